import { browser } from "./browser.js";
import type { TransportName } from "./state.js";

/** What a source needs of its surroundings: the browser, or the fake of `everstream/testing`. */
export interface Platform {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that nobody can set. Where it is missing, `now` is such a clock. */
  uptime?(): number;
  /** In 0..1. */
  random(): number;
  /** Calls a function later. What is returned undoes it. */
  after(ms: number, fire: () => void): () => void;
  /** Calls a function before the page is drawn next. Where it is missing, there is a real page. */
  frame?(fire: () => void): () => void;
  /** A source was made here. */
  adopt?(source: { close(): void }): void;
  /** What there is to connect with. */
  offer(): Offer;
  connect(request: Request, sink: Sink): Connection;
  connect(request: NativeRequest, sink: NativeSink): Connection;
  /** Tells of what happens to the page, beginning with what is so already. */
  watchPage(tell: (input: number, reason?: number) => void): () => void;
}

/**
 * The bodies of `fetch` can be read piece by piece; there is an `EventSource`; when that reconnects, nothing of the broken
 * connection is left in it (measured: not so in WebKit); and there is a page, which may be left.
 */
export type Offer = readonly [streaming: boolean, native: boolean, reconnectsCleanly: boolean, page: boolean];

/** What takes the place of the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Request extends Omit<NativeRequest, "transport"> {
  readonly transport: TransportName;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | null;
  /** The parameter of the query by which a place is told. */
  readonly resumeQuery: string;
  /** What else `fetch` is told. */
  readonly init: RequestInit;
  readonly fetch: Fetch | undefined;
}

/** What the native one needs of it. */
export interface NativeRequest {
  readonly transport: "eventsource";
  /** Absolute, and with the query that resumes. */
  readonly url: string;
  readonly credentials: RequestCredentials;
  readonly eventTypes: Iterable<string>;
}

/** One request and its answer. What it has nothing to do for is missing. */
export interface Connection {
  /** The answer is accepted; or it is read on after `hold`. */
  read?(): void;
  /** No more of it is read until then. */
  hold?(): void;
  /** The answer is refused: the first characters of its body are for the error. */
  peek?(most: number): void;
  /** The native one is to bring events of this type, too. */
  listen?(type: string): void;
  /** Nothing is said any more after this. */
  abort(): void;
}

/** Where a connection says what happens to it. Nothing may be said before `connect` has returned. */
export interface Sink extends NativeSink {
  answered(answer: Answer): void;
  /** What there is of the body of a refused answer. */
  peeked(body: string): void;
  chunk(bytes: Uint8Array): void;
  /** Who reads the events is behind. */
  isCrowded(): boolean;
}

/** What the native one needs of it. */
export interface NativeSink {
  /**
   * An input of the session's, and what belongs to it: the kind of a failure, its cause and the option that is to blame; the url of
   * a native one that is open.
   */
  tell(input: number, number?: number, detail?: unknown, option?: string): void;
  message(type: string, data: string, id: string, origin: string): void;
}

export interface Answer {
  readonly status: number;
  /** Empty over HTTP/2. */
  readonly statusText: string;
  readonly headers: Headers;
  readonly hasBody: boolean;
  /** After redirects. */
  readonly url: string;
}

/**
 * What is being made at this moment. A source that is made while the native `EventSource` is, is what somebody has put in its
 * place: it must not look for a native one again. And headers that may change are used as they are, and not as a copy.
 */
export const making: { native: boolean; headers?: Headers | undefined } = { native: false };

/** Set by the fake. */
let current: Platform | undefined;

export function platform(): Platform {
  return current ?? browser;
}

/** Puts another platform in the browser's place, for the sources that are made from now on. */
export function setPlatform(other: Platform | undefined): void {
  current = other;
}
