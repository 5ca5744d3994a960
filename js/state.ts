import type { EventSourceError } from "./errors.js";
import type { PAUSES, TRANSPORT_REASONS } from "./protocol.js";

/** What carries the events: `fetch` and a stream, or the browser's own `EventSource`. */
export type TransportName = "fetch" | "eventsource";

/** Which transport is in use, and why. */
export interface Transport {
  readonly name: TransportName;
  /**
   * - `asked`: the option `transport` says so. `needs`: another option, or hearing every event, needs fetch.
   * - `same-origin`: fetch, which costs nothing there and tells more.
   * - `cross-origin`: the native one, for only the browser may send `Last-Event-ID` there without a preflight.
   * - `no-eventsource`, `no-streaming`: the other one does not exist here.
   * - `took-over-…`: fetch took over from the native one, which gave up (`closed`), came back too fast (`storm`), was ended
   *   by a pause or `reconnect()` (`stopped`), or mixes up connections in this engine (`unsound`).
   * - `no-wasm`: WebAssembly cannot run here, and the native one is all there is.
   */
  readonly reason: (typeof TRANSPORT_REASONS)[number] | "no-wasm";
}

/** One of those who can ask for a pause. */
export type PauseReason = (typeof PAUSES)[number];

/** What a source is doing, and why. Times are in milliseconds since 1970. */
export type State =
  /** Not opened yet: before a hook has run, or on a server. */
  | { readonly name: "idle" }
  /** WebAssembly is being loaded, or a function for url, headers or body has not answered yet. */
  | { readonly name: "loading"; readonly attempt: number }
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "open"; readonly transport: TransportName; readonly since: number }
  /** `until` is null where the browser's own `EventSource` decides. */
  | { readonly name: "waiting"; readonly attempt: number; readonly until: number | null; readonly cause: "ended" | EventSourceError }
  | { readonly name: "paused"; readonly by: readonly PauseReason[] }
  /** By the application, its signal, or the server (status 204, the end of a one-shot stream). */
  | { readonly name: "closed"; readonly by: "user" | "signal" | "server" | "ended" }
  /** No retry is left; `error` is missing where the last one ended as it should. */
  | { readonly name: "closed"; readonly by: "exhausted"; readonly error?: EventSourceError }
  /** Trying again would not mend it. */
  | { readonly name: "closed"; readonly by: "fatal"; readonly error: EventSourceError };

/** The error in a state, if there is one. */
export function errorOf(state: State): EventSourceError | undefined {
  const { cause, error = cause } = state as { cause?: "ended" | EventSourceError; error?: EventSourceError };
  return error === "ended" ? undefined : error;
}
