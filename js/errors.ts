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
 * - `unsupported`: nothing here can make the connection: see `message`.
 */
export type ErrorKind = Exclude<(typeof ERROR_KINDS)[number], "">;

/** What is known about a failure beyond its kind. */
export interface ErrorDetails {
  readonly willRetry?: boolean;
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly body?: string | undefined;
  readonly option?: string | undefined;
  readonly cause?: unknown;
}

/** Why a connection failed, or why it was never made. */
export class EventSourceError extends Error {
  /** What went wrong. */
  readonly kind: ErrorKind;
  /** Whether everstream tries again by itself. If not, the source is closed. */
  readonly willRetry: boolean;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The headers of a refused answer. */
  readonly headers: Headers | undefined;
  /** The start of the body of a refused answer, at most 1,024 bytes. */
  readonly body: string | undefined;
  /** The option that is to blame, for `provider` and `option`. */
  readonly option: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "EventSourceError";
    this.kind = kind;
    this.willRetry = details.willRetry ?? false;
    this.status = details.status;
    this.headers = details.headers;
    this.body = details.body;
    this.option = details.option;
  }
}

/** The kind, what is special about it (a limit in bytes, a time in milliseconds), and what is known of the reason. */
export function explain(kind: ErrorKind, number: number, { status, headers, body, option, cause }: ErrorDetails): string {
  const special = kind === "status" ? status : kind === "content-type" ? headers?.get(kind) : (option ?? number);
  const reason = body || (cause instanceof Error ? cause.message : cause);
  return kind + (special ? ` ${special}` : "") + (reason ? `: ${reason as string}` : "");
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
