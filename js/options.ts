// What can be set for a source, checked before anything is sent.

import type { Attempt } from "./client.js";
import type { EventSourceError } from "./errors.js";
import { type Accepted, Exception, type Message } from "./events.js";
import { type Fetch, making } from "./platform.js";
import type { Overflow } from "./queue.js";

/** A value, or a function that is asked for it before each attempt. */
export type Provided<T> = T | ((attempt: Attempt) => T | PromiseLike<T>);

/** What becomes of a failure. */
export type Verdict = boolean | number | null | undefined | void;

export interface RetryOptions {
  /** The first delay in milliseconds, until the server says another by `retry:`. Default 1000. */
  base?: number | undefined;
  /** What the delay grows by each time, at least 1. Default 2. */
  factor?: number | undefined;
  /** The longest delay in milliseconds. Default 30000. */
  cap?: number | undefined;
  /** So many retries in a row, then the source is closed. Default Infinity. */
  max?: number | undefined;
  /**
   * How long the waits between attempts may be, all together since the stream was open last, in milliseconds: before a wait that
   * would be longer, the source is closed. What an attempt takes does not count. Default Infinity, for `stream()` 60000.
   */
  patience?: number | undefined;
  /**
   * Which failures are retried. `resilient`, the default: 408, 425, 429, 5xx and network faults, and 401 once where a function
   * can give fresh credentials. `standard`: network faults alone, as HTML 9.2.3 has it. Or a function, asked each time: `true` is
   * the usual delay, a number is one in milliseconds (at least 500, and never before `Retry-After` is over), `false`, `null` and
   * `undefined` are the end. A promise is awaited.
   */
  on?: ("resilient" | "standard" | ((error: EventSourceError) => Verdict | PromiseLike<Verdict>)) | undefined;
  /** Whether a request with a method other than GET is sent again after a failure in which the server may have acted on it. Default false. */
  resend?: boolean | undefined;
}

/** A failure to decode stands in for the payload; the stream goes on. */
export type Decode = "json" | ((data: string, type: string) => unknown);

export interface EventSourceOptions {
  /** Whether cookies go to other origins, too. Default false. */
  withCredentials?: boolean | undefined;
  /** As for `fetch`. Default `same-origin`, or `include` with `withCredentials`. */
  credentials?: RequestCredentials | undefined;
  /** Default GET, or POST with a body. */
  method?: string | undefined;
  headers?: Provided<HeadersInit> | undefined;
  /** Anything that `fetch` takes and that can be sent twice: no stream. */
  body?: Provided<BodyInit | null> | undefined;
  /** `auto`, the default: fetch, but the browser's own `EventSource` for a plain stream of another origin that is heard by name. */
  transport?: "auto" | "eventsource" | "fetch" | undefined;
  retry?: RetryOptions | undefined;
  /** Whether a clean end of the body closes the source. Default: for requests with a method other than GET. */
  closeOnEnd?: boolean | undefined;
  /**
   * What becomes of an event that has data and is not finished when the body ends as it should: `drop`, the default (HTML, 9.2.6);
   * `deliver`; or `error`, the default of `stream()`: the answer is `incomplete`.
   */
  unfinished?: "drop" | "deliver" | "error" | undefined;
  /** Whether an event makes the answer complete. An end before one that does is `incomplete`; what breaks behind it is an end. */
  until?: ((message: Message<any>) => boolean) | undefined;
  /** Whether a hidden page pauses: never (false, the default), if ids were seen (`resumable`), or always. */
  pauseWhenHidden?: boolean | "resumable" | undefined;
  /** How long a page may be hidden before that, in milliseconds; 0 is at once. Default 60000. */
  hiddenGrace?: number | undefined;
  /** How long a stream may be silent, in milliseconds. Default 0: for ever. */
  stallTimeout?: number | undefined;
  /** How long functions for url, headers and body may take, in milliseconds. Default 0: for ever. */
  prepareTimeout?: number | undefined;
  /** How long an answer may take, in milliseconds. Default 0: for ever. */
  connectTimeout?: number | undefined;
  /** Where to begin. Default: where the server pleases. */
  lastEventId?: string | undefined;
  /** How a place in the stream is told to the server. `auto`, the default: by header where the id is safe in one, else by query. */
  resume?: "auto" | "header" | "query" | undefined;
  /** The name of that query parameter. Default `lastEventId`. */
  resumeQuery?: string | undefined;
  /**
   * The longest event and id, in bytes; the longest body of an error and what may wait for a loop, in characters. Default 64 MiB,
   * 4 KiB, 65536 and 16 Mi.
   */
  limits?: { event?: number | undefined; id?: number | undefined; errorBody?: number | undefined; queued?: number | undefined } | undefined;
  /** Takes the place of the global `fetch`, and rules out the native `EventSource`. Its `init.headers` is a plain object. */
  fetch?: Fetch | undefined;
  /** As for `fetch`, and only for that. */
  redirect?: "follow" | "error" | undefined;
  referrer?: string | undefined;
  referrerPolicy?: ReferrerPolicy | undefined;
  mode?: "cors" | "same-origin" | undefined;
  priority?: RequestPriority | undefined;
  targetAddressSpace?: string | undefined;
  /** Asked about an answer with another type or status: 2xx, but for 204, which is always the end. Default: none is accepted. */
  accept?: ((answer: Required<Accepted>) => boolean) | undefined;
  /** How many events may wait to be read by a loop. Default 1024, or with `wait` any number. */
  queue?: number | undefined;
  /**
   * What becomes of more. `wait`, the default: the stream is not read on until loops have caught up, where what is unread can be
   * asked for again (a GET whose events have ids); elsewhere, and with `error`, the source closes, and what waits can still be
   * read. `latest` keeps the latest, `oldest` the oldest.
   */
  overflow?: Overflow | undefined;
  /** How payloads are decoded. Default: not at all. */
  decode?: Decode | undefined;
  /** Closes the source. */
  signal?: AbortSignal | undefined;
  /** Hears comments. */
  onComment?: ((text: string) => void) | undefined;
  /**
   * Told of what is no error, but worth mending: a request that has had no answer for so many milliseconds, with likely causes; a
   * stream that was not read for so many because a loop is behind; or, with 0, a body that is JSON under the label of an event
   * stream. Default: a warning on the console.
   */
  onDiagnostic?: ((message: string, after: number) => void) | undefined;
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
  readonly judge: ((error: EventSourceError) => unknown) | undefined;
  readonly init: RequestInit;
  readonly fetch: Fetch | undefined;
  readonly accept: EventSourceOptions["accept"];
  readonly unfinished: "drop" | "deliver" | "error";
  readonly until: EventSourceOptions["until"];
  readonly closeOnEnd: boolean;
  readonly lastEventId: string;
  readonly resumeQuery: string;
  readonly limits: { readonly event: number; readonly id: number; readonly errorBody: number; readonly queued: number };
  /** What the session is made with, in the order of `Core::new`, up to what the platform offers. */
  readonly forSession: readonly number[];
}

const MiB = 1 << 20;
const LONGEST = 0x7fff_ffff;

/** Says what is wrong with a value, or nothing; or the checks of what is in it. */
export type Check = ((value: unknown) => string | false | void) | { readonly [name: string]: Check };

export function within(least: number, most: number): Check {
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
export const isFunction = oneOf(Function);

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
    !(typeof value === "string" && /^(?!(connect|head|trace|track)$)[\w!#$%&'*+.^`|~-]+$/i.test(value)) && "must be one of HTTP, and not CONNECT, HEAD, TRACE or TRACK",
  headers: (value) => typeof value !== "function" && void headersOf(value),
  body: (value) => typeof value !== "function" && void bodyOf(value),
  transport: oneOf(...TRANSPORTS),
  retry: {
    base: isSize,
    factor: within(1, 100),
    cap: isSize,
    max: within(0, Infinity),
    patience: within(0, Infinity),
    on: oneOf(...RETRIES),
    resend: isBoolean,
  },
  closeOnEnd: isBoolean,
  unfinished: oneOf("drop", "deliver", "error"),
  until: isFunction,
  pauseWhenHidden: oneOf(...PAUSES),
  hiddenGrace: isTime,
  stallTimeout: isTime,
  prepareTimeout: isTime,
  connectTimeout: isTime,
  lastEventId: (value) => (typeof value !== "string" || /[\0\r\n]/.test(value)) && "must be one line without NUL",
  resume: oneOf(...RESUMES),
  resumeQuery: (value) => (typeof value !== "string" || !value) && "must be a name",
  limits: { event: isSize, id: isSize, errorBody: isSize, queued: within(1, Infinity) },
  fetch: isFunction,
  accept: isFunction,
  redirect: oneOf("follow", "error"),
  referrer: (value) => void new Request("data:,", { referrer: value as string }),
  referrerPolicy: (value) => void new Request("data:,", { referrerPolicy: value as ReferrerPolicy }),
  mode: oneOf("cors", "same-origin"),
  priority: oneOf("auto", "high", "low"),
  targetAddressSpace: (value) => typeof value !== "string" && "must be a string",
  // Fetch, 4.6, "main fetch".
  integrity: () => "waits for the end of the body",
  queue: within(1, Infinity),
  overflow: oneOf("wait", "error", "latest", "oldest"),
  decode: oneOf("json", Function),
  // That of another realm is one, too.
  signal: (value) => ({}).toString.call(value) !== "[object AbortSignal]" && "must be an AbortSignal",
  onComment: isFunction,
  onDiagnostic: isFunction,
};

/** How often something is drawn or told. */
export const isBatch: Check = (value) =>
  value !== "frame" && value !== "none" && !(typeof value === "number" && value >= 0) && 'must be "frame", "none" or a number of milliseconds';

/** @throws {TypeError} which names what is wrong. */
export function check(value: unknown, how: Check, name = ""): void {
  let wrong: string | false | void = undefined;
  if (typeof how === "object") {
    if (typeof value !== "object" || !value) wrong = "must be an object";
    // Whatever is undefined is left alone.
    else for (const key in value) {
      const inner = (value as Record<string, unknown>)[key];
      const path = name ? `${name}.${key}` : key;
      if (inner === undefined) continue;
      if (Object.hasOwn(how, key)) check(inner, how[key]!, path);
      else warn(`\`${path}\` is not an option${nearest(key, Object.keys(how), path)}`);
    }
  } else {
    try {
      wrong = how(value);
    } catch (error) {
      wrong = `cannot be used: ${(error as Error).message}`;
    }
  }
  if (wrong) throw new TypeError(`\`${name || "options"}\` ${wrong}`);
}

const warnings = /* @__PURE__ */ new Set<string>();

/** Says something to whoever develops the page, once. */
function warn(text: string): void {
  if (!warnings.has(text)) console.warn(`everstream: ${text}`);
  warnings.add(text);
}

/** The name that takes the fewest letters more, less or other (Levenshtein), if that is no more than every third. */
function nearest(name: string, names: string[], path: string): string {
  const distance = (other: string) => {
    let row = [...other, ""].map((_, at) => at);
    [...name].forEach((letter, at) => {
      let last = at + 1;
      row = row.map((above, to) => (last = to ? Math.min(above + 1, last + 1, row[to - 1]! + Number(letter !== other[to - 1])) : last));
    });
    return row.at(-1)!;
  };
  const [other] = names.sort((a, b) => distance(a) - distance(b));
  return distance(other!) > name.length / 3 ? "" : `; is \`${path.slice(0, -name.length)}${other}\` meant?`;
}

/** The options with those that are inherited, and without those that are not given. */
export function flat<Options extends object>(options: Options): Options {
  const all = {} as Options;
  for (const name in options) if (options[name] !== undefined) all[name] = options[name];
  return all;
}

/** fetch, too, knows these by their upper-case names alone. */
export function methodOf({ method, body }: EventSourceOptions): string {
  return (method ?? ((body ?? null) === null ? "GET" : "POST")).replace(/^(delete|get|options|post|put)$/i, (name) => name.toUpperCase());
}

/** Checks everything that can be known now. */
export function settle(url: unknown, options: EventSourceOptions): Settings {
  check(options, CHECKS);
  const { fetch, accept, unfinished = "drop", until } = options;
  const init: RequestInit = {};
  for (const name of ["redirect", "referrer", "referrerPolicy", "mode", "priority", "targetAddressSpace"] as const) {
    if (options[name] !== undefined) Object.assign(init, { [name]: options[name] });
  }
  const { headers, body, withCredentials, resumeQuery = "lastEventId", lastEventId = "" } = options;
  // The native class is what somebody has put in its place, and that makes this source.
  const transport = making.native ? "fetch" : (options.transport ?? "auto");
  const { base = 1000, factor = 2, cap = Math.max(base, 30_000), max = Infinity, patience = Infinity, on = "resilient", resend = false } = options.retry ?? {};
  const { event = 64 * MiB, id = 4096, errorBody = 1 << 16, queued = 16 * MiB } = options.limits ?? {};
  const limits = { event, id, errorBody, queued };
  const hasBody = body !== undefined && body !== null;
  const method = methodOf(options);
  const unsafe = method !== "GET";
  if (hasBody && !unsafe) throw new TypeError("`body` needs another `method`");
  if (cap < base) throw new TypeError("`retry.cap` is less than `retry.base`");
  if (new TextEncoder().encode(lastEventId).length > limits.id) throw new TypeError("`lastEventId` is longer than `limits.id`");
  const credentials = options.credentials ?? (withCredentials ? "include" : "same-origin");

  const providers: Provider[] = [];
  if (typeof url === "function") providers.push({ option: "url", ask: url as Provider["ask"], check: answered });
  if (typeof headers === "function") providers.push({ option: "headers", ask: headers, check: headersOf });
  if (typeof body === "function") providers.push({ option: "body", ask: body, check: bodyOf });

  // What the browser's own EventSource cannot do at all, and what it does only in part.
  const closeOnEnd = options.closeOnEnd ?? unsafe;
  const needs = { url: typeof url === "function", headers, body: hasBody, method: unsafe, closeOnEnd, "retry.on": typeof on === "function", credentials: credentials === "omit", fetch, accept, until, unfinished: unfinished !== "drop" };
  const [need] = [...Object.entries(needs).filter(([, value]) => value), ...Object.entries(init)];
  if (transport === "eventsource" && need) throw new TypeError(`\`transport\` must not be "eventsource" with \`${need[0]}\``);
  const isBeyond =
    !!need ||
    !!(lastEventId || options.limits || options.onComment || options.stallTimeout) ||
    (options.resume ?? "auto") !== "auto";

  const absoluteUrl = typeof url === "function" ? "" : absolute(url);
  return {
    url: absoluteUrl,
    method,
    headers: making.headers ?? new Headers(typeof headers === "function" ? {} : headers),
    body: typeof body === "function" ? null : (body ?? null),
    credentials,
    providers,
    judge: typeof on === "function" ? on : undefined,
    lastEventId,
    resumeQuery,
    limits,
    init,
    fetch,
    accept,
    unfinished,
    until,
    closeOnEnd,
    forSession: [
        base,
        factor,
        cap,
        max,
        patience,
        RETRIES.indexOf(typeof on === "function" ? Function : on),
        unsafe,
        resend,
        closeOnEnd,
        !!until,
        providers.length,
        RESUMES.indexOf(options.resume ?? "auto"),
        TRANSPORTS.indexOf(transport),
        isBeyond,
        // Where there is no origin, as outside of pages, there is no other one.
        !globalThis.origin || new URL(absoluteUrl || "about:").origin === globalThis.origin,
        options.prepareTimeout ?? 0,
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
    const why = base || /^\w+:/.test(text) ? "" : ": a relative one needs a page";
    throw new Exception(`\`${text}\` is not a url${why}`, "SyntaxError");
  }
  // No request may have them (Fetch, 5.4), and their place is a header.
  if (parsed.username || parsed.password) throw new TypeError("`url` has credentials in it");
  return parsed.href;
}

/** What a function has forgotten to return is no url. */
function answered(url: unknown): string {
  if (url === undefined) throw new TypeError("must be a url");
  return absolute(url);
}

/** Refuses what `fetch` would reject, and what it would leave out in silence. */
export function headersOf(value: unknown): Headers {
  const headers = new Headers(value as HeadersInit);
  // A request has only what may be sent (Fetch, 2.2.2, "forbidden request-header").
  const sent = new Request("data:,", { headers }).headers;
  for (const name of headers.keys())
    if (name === "last-event-id" || !sent.has(name)) throw new TypeError(`must not have \`${name}\``);
  return headers;
}

function bodyOf(value: unknown): BodyInit | null {
  const isStream = ({}).toString.call(value) === "[object ReadableStream]";
  // What fetch does not know it makes a string of, which says so by its type: `[object Object]`, or the Blob of another realm.
  const type = !isStream && new Request("data:,", { method: "POST", body: value as BodyInit }).headers.get("content-type");
  if (isStream || (typeof value !== "string" && type === "text/plain;charset=UTF-8"))
    throw new TypeError("must be text, bytes, or a form, and no stream");
  return (value as BodyInit) ?? null;
}
