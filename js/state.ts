import { type ErrorKind, type EventSourceError, failure } from "./errors.js";
import type { PAUSES, TRANSPORT_REASONS } from "./protocol.js";

/** What carries the events: `fetch` and a stream, or the browser's own `EventSource`. */
export type TransportName = "fetch" | "eventsource";

/** Which transport is in use, and why. */
export interface Transport {
  readonly name: TransportName;
  /**
   * - `asked`: the option `transport` says so. `needs`: another option, or hearing every event, needs fetch.
   * - `same-origin`: fetch, which costs nothing there and tells more. Outside of pages there is no other origin.
   * - `cross-origin`: the native one, for only the browser may send `Last-Event-ID` there without a preflight.
   * - `no-eventsource`, `no-streaming`: the other one does not exist here.
   * - `took-over-…`: fetch took over from the native one, which gave up (`closed`), came back too fast (`storm`), was ended
   *   by a pause or `reconnect()` (`stopped`), or mixes up connections in this engine (`unsound`).
   */
  readonly reason: (typeof TRANSPORT_REASONS)[number];
  /**
   * How the last request said where to go on; null if there was no place yet. Where a server of another origin never answers
   * requests with the header, which need its permission, header and query take turns until one is answered.
   */
  readonly resume?: "header" | "query" | null;
}

/** One of those who can ask for a pause. */
export type PauseReason = (typeof PAUSES)[number];

/** What a source is doing, and why. Times are in milliseconds since 1970. */
export type State = Doing & {
  /** Since when the stream is lost, through all waiting and connecting; null before it was open, and while it is. */
  readonly downSince?: number | null;
  /** Of the error, if there is one: these survive `postMessage`, which errors do not. */
  readonly kind?: ErrorKind;
  readonly status?: number;
};

type Doing =
  /** Not opened yet: before a hook has run, or on a server. */
  | { readonly name: "idle" }
  /** WebAssembly is being loaded, or a function for url, headers, body or `retry.on` has not answered yet. */
  | { readonly name: "loading"; readonly attempt: number }
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "open"; readonly transport: TransportName; readonly since: number }
  /**
   * `until` is null where the browser's own `EventSource` decides. The cause is `unknown` where that gave up without a word: fetch
   * asks why, in the next attempt, and the one `error` event follows its answer. So it is where a pause has ended an attempt and was
   * taken back within a second of its start.
   */
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly until: number | null;
      readonly cause: "ended" | "unknown" | EventSourceError;
    }
  | { readonly name: "paused"; readonly by: readonly PauseReason[] }
  /** By the application, its signal, the server (status 204, the end of a one-shot stream), or with its page (`dropped`). */
  | { readonly name: "closed"; readonly by: "user" | "signal" | "server" | "ended" | "dropped" }
  /** No retry is left; `error` is missing where the last one ended as it should. */
  | { readonly name: "closed"; readonly by: "exhausted"; readonly error?: EventSourceError }
  /** Trying again would not mend it. */
  | { readonly name: "closed"; readonly by: "fatal"; readonly error: EventSourceError };

/** The error in a state, if there is one. */
export function errorOf(state: State): EventSourceError | undefined {
  const { cause, error = cause } = state as { cause?: string | EventSourceError; error?: EventSourceError };
  return typeof error === "string" ? undefined : error;
}

/** What an end is for whoever reads: a source that gave up has an error, also if the server ended each answer as it should. */
export function failureOf(state: State): EventSourceError | undefined {
  const isExhausted = state.name === "closed" && state.by === "exhausted";
  return errorOf(state) ?? (isExhausted ? failure("network", { cause: "it ended, and no retry is left", wasOpen: true }) : undefined);
}

/** The ends that the standard calls an error (HTML, 9.2.3, "fail the connection"). */
export const ERRORS = ["server", "exhausted", "fatal"];
