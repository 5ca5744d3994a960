import { guarded } from "./errors.js";
import type { EventSourceConstructor } from "./event-source.js";
import type { Accepted, Message } from "./events.js";
import { check, type EventSourceOptions, flat, isFunction, type Provided, settle } from "./options.js";
import type { State } from "./state.js";

export interface StreamOptions extends EventSourceOptions {
  /** Hears what it is doing: also of waits, with their reason. */
  onState?: ((state: State) => void) | undefined;
  /** Hears of the answer that was accepted, before its events. */
  onOpen?: ((response: Accepted) => void) | undefined;
}

/** The events of one answer, as plain data. */
export type StreamFunction = <Events = Record<string, any>>(
  url: Provided<string | URL>,
  options?: StreamOptions,
) => AsyncIterableIterator<Message<Events>, undefined>;

/**
 * Makes the function for one-shot streams: `for await (const { data } of stream(url, { body }))`.
 *
 * The request is sent when the first event is asked for. The loop ends where the answer ends as it should; leaving it ends
 * the request. Whatever else ends the stream is thrown: an `EventSourceError` with the status and the start of the body, or
 * the reason of the signal. A request with a body is sent again only when the server said that it did not act on it (429, 503,
 * once after 401).
 */
export function define(EventSource: EventSourceConstructor): StreamFunction {
  return (url, options = {}) => {
    const { onState, onOpen, ...given }: StreamOptions = flat(options ?? {});
    check({ onState, onOpen }, { onState: isFunction, onOpen: isFunction });
    const { retry = {}, transport } = given;
    if (transport === "eventsource") throw new TypeError('`transport` must not be "eventsource": it does not say how an answer ends');
    const all: EventSourceOptions = { closeOnEnd: true, unfinished: "error", ...given, retry: retry && typeof retry === "object" ? { patience: PATIENCE, ...flat(retry) } : retry };
    const { signal } = all;
    // What is wrong with the options is said at once.
    settle(url, all);
    let events: AsyncIterableIterator<any, undefined> | undefined;
    let isOver = false;
    const open = () => {
      const source = new EventSource<any>(url, all);
      if (onState) source.onstatechange = ({ state }) => guarded(() => onState(state));
      if (onOpen) source.onopen = () => guarded(() => onOpen(source.response!));
      return source[Symbol.asyncIterator]();
    };
    const end = { value: undefined, done: true as const };
    const abort = () => {
      isOver = true;
      return Promise.reject(signal!.reason);
    };
    return {
      next() {
        if (isOver) return Promise.resolve(end);
        if (signal?.aborted && !events) return abort();
        events ??= open();
        const next = events.next();
        // (Another promise in between would take as long as all else that a loop does.)
        if (!signal) return next;
        return next.then((result) => {
          if (!result.done || isOver) return result;
          isOver = true;
          return signal.aborted ? abort() : result;
        });
      },
      return() {
        isOver = true;
        void events?.return!();
        return Promise.resolve(end);
      },
      throw(error) {
        void this.return!();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };
}

/** How long it is waited for a server that is busy, in milliseconds. */
const PATIENCE = 60_000;
