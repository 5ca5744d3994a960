// What can be set for a source, checked before anything is sent.

import type { Attempt } from "./client.js";
import type { EventSourceError } from "./errors.js";

/** A value, or a function that is asked for it before each attempt. */
export type Provided<T> = T | ((attempt: Attempt) => T | PromiseLike<T>);

export interface RetryOptions {
  /** The first delay in milliseconds, until the server says another by `retry:`. Default 1000. */
  base?: number;
  /** What the delay grows by each time, at least 1. Default 2. */
  factor?: number;
  /** The longest delay in milliseconds. Default 30000. */
  cap?: number;
  /** So many retries in a row, then the source is closed. Default Infinity. */
  max?: number;
  /**
   * Which failures are retried. `resilient`, the default: 408, 425, 429, 5xx and network faults, and 401 once where a function
   * can give fresh credentials. `standard`: network faults alone, as HTML 9.2.3 has it. Or a function, asked each time.
   */
  on?: "resilient" | "standard" | ((error: EventSourceError) => boolean);
  /** Whether a request with a method other than GET is sent again after a failure in which the server may have acted on it. Default false. */
  resend?: boolean;
}

/** A failure to decode stands in for the payload; the stream goes on. */
export type Decode = "json" | ((data: string, type: string) => unknown);

export interface EventSourceOptions {
  /** Whether cookies go to other origins, too. Default false. */
  withCredentials?: boolean;
  /** As for `fetch`. Default `same-origin`, or `include` with `withCredentials`. */
  credentials?: RequestCredentials;
  /** Default GET, or POST with a body. */
  method?: string;
  headers?: Provided<HeadersInit>;
  /** Anything that `fetch` takes and that can be sent twice: no stream. */
  body?: Provided<BodyInit | null>;
  /** `auto`, the default: fetch, but the browser's own `EventSource` for a plain stream of another origin that is heard by name. */
  transport?: "auto" | "eventsource" | "fetch";
  retry?: RetryOptions;
  /** Whether a clean end of the body closes the source. Default: for requests with a method other than GET. */
  closeOnEnd?: boolean;
  /** Whether a hidden page pauses: never (false, the default), if ids were seen (`resumable`), or always. */
  pauseWhenHidden?: boolean | "resumable";
  /** How long a page may be hidden before that, in milliseconds. Default 60000. */
  hiddenGrace?: number;
  /** How long a stream may be silent, in milliseconds. Default 0: for ever. */
  stallTimeout?: number;
  /** How long an answer may take, in milliseconds. Default 0: for ever. */
  connectTimeout?: number;
  /** Where to begin. Default: where the server pleases. */
  lastEventId?: string;
  /** How a place in the stream is told to the server. `auto`, the default: by header where the id is safe in one, else by query. */
  resume?: "auto" | "header" | "query";
  /** The name of that query parameter. Default `lastEventId`. */
  resumeQuery?: string;
  /** The longest event and id, in bytes. Default 64 MiB and 4 KiB. */
  limits?: { event?: number; id?: number };
  /** How many events may wait unread in an iterator. Default 1024. */
  queue?: number;
  /** What becomes of more: `error`, the default, closes the source; `latest` keeps the latest, `oldest` the oldest. */
  overflow?: "error" | "latest" | "oldest";
  /** How payloads are decoded. Default: not at all. */
  decode?: Decode;
  /** Closes the source. */
  signal?: AbortSignal;
  /** Hears comments. */
  onComment?: (text: string) => void;
  /** Hears of a request that has had no answer for so many milliseconds, with likely causes. Default: a warning on the console. */
  onDiagnostic?: (message: string, after: number) => void;
}

/** A function to be asked before each attempt. */
interface Provider {
  readonly option: "url" | "headers" | "body";
  ask(attempt: Attempt): unknown;
  /** Throws what is wrong with an answer. */
  check(answer: unknown): unknown;
}

/** Options that were checked. */
export interface Settings {
  /** Absolute; empty where a function is asked for it. */
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | null;
  readonly credentials: RequestCredentials;
  readonly providers: readonly Provider[];
  readonly judge: ((error: EventSourceError) => boolean) | undefined;
  readonly lastEventId: string;
  readonly resumeQuery: string;
  readonly limits: { readonly event: number; readonly id: number };
  /** Whether the browser's own `EventSource` could make the connection at all. */
  readonly isPlain: boolean;
  /** What the session is made with, in the order of `Core::new`, up to what the platform offers. */
  readonly forSession: readonly number[];
}

const MiB = 1 << 20;
const LONGEST = 0x7fff_ffff;

/** Says what is wrong with a value, or nothing; or the checks of what is in it. */
type Check = ((value: unknown) => string | false | void) | { readonly [name: string]: Check };

function within(least: number, most: number): Check {
  return (value) => !(typeof value === "number" && value >= least && value <= most) && `must be from ${least} to ${most}`;
}

/** Functions stand for every function. */
function oneOf(...values: readonly unknown[]): Check {
  return (value) =>
    !values.includes(typeof value === "function" ? Function : value) &&
    `must be ${values.map((value) => (value === Function ? "a function" : JSON.stringify(value))).join(" or ")}`;
}

const isBoolean = oneOf(true, false);
const isTime = within(0, LONGEST);
const isSize = within(1, LONGEST);
const isFunction = oneOf(Function);

// In the order of the session's numbers.
const TRANSPORTS = ["auto", "eventsource", "fetch"];
const RESUMES = ["auto", "header", "query"];
const PAUSES = [false, "resumable", true];
const RETRIES = ["resilient", "standard", Function];

const CHECKS: Check = {
  // Web IDL makes a boolean of whatever comes.
  withCredentials() {},
  credentials: oneOf("omit", "same-origin", "include"),
  // RFC 9110, 5.6.2, without what fetch refuses or has no body to stream for.
  method: (value) =>
    !/^(?!(connect|head|trace|track)$)[\w!#$%&'*+.^`|~-]+$/i.test(String(value)) && "cannot be streamed",
  headers: (value) => typeof value !== "function" && void headersOf(value),
  body: (value) => typeof value !== "function" && void bodyOf(value),
  transport: oneOf(...TRANSPORTS),
  retry: {
    base: isSize,
    factor: within(1, 100),
    cap: isSize,
    max: within(0, Infinity),
    on: oneOf(...RETRIES),
    resend: isBoolean,
  },
  closeOnEnd: isBoolean,
  pauseWhenHidden: oneOf(...PAUSES),
  hiddenGrace: isTime,
  stallTimeout: isTime,
  connectTimeout: isTime,
  lastEventId: (value) => (typeof value !== "string" || /[\0\r\n]/.test(value)) && "must be one line without NUL",
  resume: oneOf(...RESUMES),
  resumeQuery: (value) => (typeof value !== "string" || !value) && "must be a name",
  limits: { event: isSize, id: isSize },
  queue: isSize,
  overflow: oneOf("error", "latest", "oldest"),
  decode: oneOf("json", Function),
  signal: (value) => !(value instanceof AbortSignal) && "must be an AbortSignal",
  onComment: isFunction,
  onDiagnostic: isFunction,
};

function check(value: unknown, how: Check | undefined, name = ""): void {
  let wrong: string | false | void = undefined;
  if (typeof how === "object") {
    if (typeof value !== "object" || !value) wrong = "must be an object";
    // Whatever is undefined is left alone.
    else for (const key in value) {
      const inner = (value as Record<string, unknown>)[key];
      if (inner !== undefined) check(inner, Object.hasOwn(how, key) ? how[key] : undefined, name ? `${name}.${key}` : key);
    }
  } else {
    try {
      wrong = how ? how(value) : "is not an option";
    } catch (error) {
      wrong = (error as Error).message;
    }
  }
  if (wrong) throw new TypeError(`\`${name || "options"}\` ${wrong}`);
}

/** Checks everything that can be known now. */
export function settle(url: unknown, options: EventSourceOptions): Settings {
  check(options, CHECKS);
  const { headers, body, withCredentials, resumeQuery = "lastEventId", lastEventId = "", transport = "auto" } = options;
  const { base = 1000, factor = 2, cap = 30_000, max = Infinity, on = "resilient", resend = false } = options.retry ?? {};
  const limits = { event: options.limits?.event ?? 64 * MiB, id: options.limits?.id ?? 4096 };
  const hasBody = body !== undefined && body !== null;
  // fetch, too, knows these by their upper-case names alone.
  const method = (options.method ?? (hasBody ? "POST" : "GET")).replace(/^(delete|get|options|post|put)$/i, (name) => name.toUpperCase());
  const unsafe = method !== "GET";
  if (hasBody && !unsafe) throw new TypeError("`body` needs another `method`");
  if (cap < base) throw new TypeError("`retry.cap` is less than `retry.base`");
  if (new TextEncoder().encode(lastEventId).length > limits.id) throw new TypeError("`lastEventId` is longer than `limits.id`");
  const credentials = options.credentials ?? (withCredentials ? "include" : "same-origin");

  const providers: Provider[] = [];
  if (typeof url === "function") providers.push({ option: "url", ask: url as Provider["ask"], check: absolute });
  if (typeof headers === "function") providers.push({ option: "headers", ask: headers, check: headersOf });
  if (typeof body === "function") providers.push({ option: "body", ask: body, check: bodyOf });

  // What the browser's own EventSource cannot do at all, and what it does only in part.
  const closeOnEnd = options.closeOnEnd ?? unsafe;
  const isPlain =
    !providers.length && !unsafe && headers === undefined && !closeOnEnd && typeof on === "string" && credentials !== "omit";
  if (transport === "eventsource" && !isPlain)
    throw new TypeError("`transport` cannot do what other options ask for");
  const isBeyond =
    !isPlain ||
    !!(lastEventId || options.limits || options.onComment || options.stallTimeout) ||
    (options.resume ?? "auto") !== "auto";

  const absoluteUrl = typeof url === "function" ? "" : absolute(url);
  return {
    url: absoluteUrl,
    method,
    headers: typeof headers === "function" ? new Headers() : headersOf(headers ?? {}),
    body: typeof body === "function" ? null : (body ?? null),
    credentials,
    providers,
    judge: typeof on === "function" ? on : undefined,
    lastEventId,
    resumeQuery,
    limits,
    isPlain: isPlain && transport !== "fetch",
    forSession: [
        base,
        factor,
        cap,
        max,
        RETRIES.indexOf(typeof on === "function" ? Function : on),
        unsafe,
        resend,
        closeOnEnd,
        providers.length,
        RESUMES.indexOf(options.resume ?? "auto"),
        TRANSPORTS.indexOf(transport),
        isBeyond,
        new URL(absoluteUrl || "about:").origin === globalThis.origin,
        options.connectTimeout ?? 0,
        options.stallTimeout ?? 0,
        PAUSES.indexOf(options.pauseWhenHidden ?? false),
        options.hiddenGrace ?? 60_000,
        limits.event,
        limits.id,
        !!options.onComment,
      ].map(Number),
  };
}

/**
 * A url relative to the page, or to the script of a worker.
 * @throws {DOMException} `SyntaxError`, as the standard has it (HTML, 9.2.2).
 */
export function absolute(url: unknown): string {
  // Web IDL makes a string of whatever comes, and throws where it cannot.
  const text = `${url as string}`;
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  let parsed: URL;
  try {
    parsed = new URL(text, base);
  } catch {
    throw new DOMException(`\`${text}\` is not a url`, "SyntaxError");
  }
  // No request may have them (Fetch, 5.4), and their place is a header.
  if (parsed.username || parsed.password) throw new TypeError("`url` has credentials in it");
  return parsed.href;
}

/** Refuses what `fetch` would reject, and what it would leave out in silence. */
function headersOf(value: unknown): Headers {
  const headers = new Headers(value as HeadersInit);
  // A request has only what may be sent (Fetch, 2.2.2, "forbidden request-header").
  const sent = new Request("data:,", { headers }).headers;
  for (const name of headers.keys())
    if (name === "last-event-id" || !sent.has(name)) throw new TypeError(`must not have \`${name}\``);
  return headers;
}

function bodyOf(value: unknown): BodyInit | null {
  const isSendable =
    value === null ||
    typeof value === "string" ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    value instanceof Blob ||
    value instanceof URLSearchParams ||
    value instanceof FormData;
  if (!isSendable) throw new TypeError("must be what fetch sends, and no stream");
  return value as BodyInit | null;
}
