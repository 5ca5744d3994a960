import { ERROR_KINDS } from "./protocol.js";

/**
 * What went wrong.
 *
 * - `network`: no answer, or the stream broke off. Browsers do not say why.
 * - `status`: the server answered with a status other than 200.
 * - `content-type`: the answer was not `text/event-stream`.
 * - `no-body`: the answer had nothing to stream from.
 * - `event-limit`, `id-limit`: the stream sent more than `limits` allows. What came before was delivered.
 * - `overflow`: more events wait unread in an iterator than `queue` allows.
 * - `stalled`: no byte for `stallTimeout`. `connect-timeout`: no answer for `connectTimeout`.
 * - `provider`: a function for `url`, `headers` or `body` failed. `option`: what it returned cannot work.
 * - `resume`: the last event id fits no header, and `resume` allows nothing else.
 * - `interrupted`: the page was put aside while a request with a body was under way, which is not sent again unasked.
 * - `incomplete`: an answer ended before it was complete: inside an event (`unfinished`; `body` is the text of that one), without what
 *   `until` waits for, or, if it is one answer (`closeOnEnd`), after events without ids, behind which it cannot go on.
 * - `unsupported`: nothing here can make the connection: see `message`.
 */
export type ErrorKind = Exclude<(typeof ERROR_KINDS)[number], "">;

/** What is known about a failure beyond its kind. */
export interface ErrorDetails {
  readonly willRetry?: boolean;
  readonly status?: number | undefined;
  readonly statusText?: string | undefined;
  readonly headers?: Headers | undefined;
  /** Where redirects ended, if there were any. */
  readonly redirected?: string | undefined;
  /** A failure of the network: whether the answer was there already. */
  readonly wasOpen?: boolean | undefined;
  readonly body?: string | undefined;
  readonly option?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** Why a connection failed, or why it was never made. */
export class EventSourceError extends Error implements ErrorDetails {
  /** What went wrong. */
  declare readonly kind: ErrorKind;
  /** Whether everstream tries again by itself. If not, the source is closed. */
  declare readonly willRetry: boolean;
  /** The HTTP status, where there was an answer. */
  declare readonly status: number | undefined;
  /** How long the server asked to be left alone, in milliseconds (`Retry-After`). */
  declare readonly retryAfter: number | undefined;
  /** The headers of a refused answer. */
  declare readonly headers: Headers | undefined;
  /** The body of a refused answer, `limits.errorBody` characters at the most, as far as it came within a second. */
  declare readonly body: string | undefined;
  /** The option that is to blame, for `provider` and `option`. */
  declare readonly option: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message);
    Object.assign(this, { name: "EventSourceError", willRetry: false, ...details, kind });
  }

  /** The body as JSON; throws what `JSON.parse` throws. */
  json(): unknown {
    return JSON.parse(this.body ?? "");
  }
}

/**
 * An error in one line: the kind, what is special about it (a status, a type, a limit in bytes, a time in milliseconds), and the
 * reason.
 */
export function failure(kind: ErrorKind, details: ErrorDetails, number = 0): EventSourceError {
  const { status, statusText, headers, option, cause, redirected, wasOpen } = details;
  const type = kind === "content-type" && (headers?.get(kind) || "none");
  const special = type || (kind === "status" ? status! + (statusText ? ` (${statusText})` : "") : option || (number && `${number} ${/limit/.test(kind) ? "bytes" : "ms"}`));
  const reason =
    (redirected && `at ${redirected}`) ||
    (type && "expected text/event-stream, or what `accept` takes") ||
    textOf(cause);
  const stage = kind === "network" && (wasOpen ? " (cut)" : " (no answer)");
  const text = kind + (special ? ` ${special}` : "") + (stage || "") + (reason ? `: ${reason}` : "");
  return new EventSourceError(kind, text.replace(/\s+/g, " ").slice(0, 200), details);
}

/** What somebody has thrown, in words: it may be anything. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown ?? "");
  } catch {
    return "";
  }
}

/** Tells whoever watches over the page of an exception in a function of its own. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    setTimeout(() => {
      throw error;
    });
}

/** Calls a function of the user's: what it throws is nobody else's business. */
export function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    report(error);
  }
}
