// All classes that are made or extended are those of the moment of import: Angular's server rendering puts others in their
// place, which no `EventTarget` accepts.

import type { EventSourceError } from "./errors.js";
import { errorOf, type State } from "./state.js";

const PlainEvent = /* @__PURE__ */ (() => globalThis.Event)();
export const Exception = /* @__PURE__ */ (() => globalThis.DOMException)();

/** What tells the classes of everstream, of any copy of it, from the browser's own. */
export const BRAND = /* @__PURE__ */ Symbol.for("everstream");

/** Makes an observable of what has `subscribe`: libraries ask for it by one name or the other. */
export function observable<Thing extends object>(thing: Thing): Thing {
  for (const name of ["@@observable", (Symbol as { observable?: symbol }).observable]) {
    if (name) Object.defineProperty(thing, name, { value: self, configurable: true });
  }
  return thing;
}

function self(this: unknown): unknown {
  return this;
}

/** Whether this is an `EventTarget` that calls `on…` of whatever it is by itself (workerd: measured in 1.20261117). */
export function callsHandlers(): boolean {
  if (isCalled === undefined) {
    isCalled = false;
    const target = Object.assign(new EventTarget(), { onprobe: () => (isCalled = true) });
    target.dispatchEvent(new PlainEvent("probe"));
  }
  return isCalled;
}

let isCalled: boolean | undefined;

/** One event of a stream, as plain data. With the option `decode`, `data` is the payload, or `error` says why there is none. */
export type Message<Events = Record<string, string>> = {
  [Type in keyof Events & string]: DecodedMessage<Type, Events[Type]> | FailedMessage<Type>;
}[keyof Events & string];

export interface DecodedMessage<Type extends string = string, Payload = unknown> {
  readonly type: Type;
  readonly data: Payload;
  /** The last event id at this event: its own, or that of an earlier one. */
  readonly id: string;
  readonly error?: undefined;
}

/** An event that could not be decoded. */
export interface FailedMessage<Type extends string = string> {
  readonly type: Type;
  /** What the server sent. */
  readonly data: string;
  readonly id: string;
  /** What the decoder threw. */
  readonly error: Error;
}

/**
 * An event of the server (HTML, 9.2.6), as a `MessageEvent` whose fields are properties of its own. What an engine gets it copies
 * and, of each event anew, parses the origin as a url: in Chromium that is half of all that an event takes.
 *
 * Where pages are rendered on a server there may be no `MessageEvent`, and no events.
 */
export class ServerEvent extends ((globalThis.MessageEvent ?? Event) as typeof MessageEvent)<unknown> {
  override readonly data: unknown;
  override readonly lastEventId: string;
  override readonly origin: string;

  constructor({ type, data, id }: Message<Record<string, unknown>>, origin: string) {
    // (Older versions of workerd want the second one, too.)
    super(type, {});
    this.origin = origin;
    this.data = data;
    this.lastEventId = id;
  }

  static {
    // To whoever asks, also a console, it is a `MessageEvent`.
    delete (this.prototype as { constructor?: unknown }).constructor;
  }
}

/** `open`: an answer was accepted. */
export class OpenEvent extends Event implements Accepted {
  declare readonly url: string;
  declare readonly status: number | undefined;
  declare readonly headers: Headers | undefined;

  constructor(answer: Accepted) {
    super("open");
    Object.assign(this, answer);
  }
}

/** An answer that was accepted. The browser's own `EventSource` shows nothing of it but the url. */
export interface Accepted {
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
}

/** `statechange`: the source does something else now. */
export class StateChangeEvent extends Event {
  readonly state: State;

  constructor(state: State) {
    super("statechange");
    this.state = state;
  }
}

/** `error`: a connection ended, or could not be made. The standard's event of that name, and why. */
export class SourceErrorEvent extends Event {
  /** What went wrong. Undefined where the server merely ended the stream, or asked to stop. */
  declare readonly error: EventSourceError | undefined;
  /** Whether everstream tries again by itself; if not, the source is closed. */
  declare readonly willRetry: boolean;
  /** The HTTP status, where there was an answer. */
  declare readonly status: number | undefined;
  /** The error in words, in one line, or how the stream ended. */
  declare readonly reason: string;
  /** The reason, and the status, by the names that the package `eventsource` has for them. */
  declare readonly message: string;
  declare readonly code: number | undefined;

  constructor(state: State) {
    super("error");
    const error = errorOf(state);
    const isClosed = state.name === "closed";
    const isStop = isClosed && state.by === "server";
    const status = isStop ? 204 : error?.status;
    const reason = error?.message ?? (isStop ? "status 204" : "ended");
    Object.assign(this, { error, willRetry: !isClosed, status, code: status, reason, message: reason });
  }
}

/** A server's own event of the type `error`: it has `data`, and nothing of what a `SourceErrorEvent` has. */
export type ServerErrorEvent = MessageEvent & { readonly [Name in "error" | "willRetry" | "status" | "reason" | "message" | "code"]?: undefined };

/** `decodeerror`: an event came whose payload could not be decoded. */
export class DecodeErrorEvent extends Event {
  /** The event as the server sent it. */
  readonly message: FailedMessage;
  /** What the decoder threw. */
  readonly error: Error;

  constructor(message: FailedMessage) {
    super("decodeerror");
    this.message = message;
    this.error = message.error;
  }
}
