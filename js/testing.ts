// A world without a network: for tests of what is built on everstream. The sources in it are real ones; their clock, their
// page and their server are the test's.

import { load } from "./core.js";
import type { Closed } from "./event-source.js";
import { inlined } from "./inlined.js";
import { type Connection, type NativeRequest, type NativeSink, type Platform, platform, type Request, setPlatform, type Sink } from "./platform.js";
import * as is from "./protocol.js";
import type { TransportName } from "./state.js";

export interface WorldOptions {
  /** What the clock shows at first, in milliseconds since 1970. Default 2026-01-01. */
  now?: number | undefined;
  /** The random number of every jitter, in 0..1. Default 0: the shortest delay. */
  random?: number | undefined;
  /** Whether there is a native `EventSource`. Default false, so that every request is one by fetch. */
  native?: boolean | undefined;
}

/** An event as a server sends it. */
export interface ServerEvent {
  data?: string | undefined;
  type?: string | undefined;
  id?: string | undefined;
  /** In milliseconds. */
  retry?: number | undefined;
}

/**
 * A world for sources: from its start to its end, each source that is made is in it.
 *
 * ```js
 * const world = await World.start();
 * const source = new EventSource("http://example.org/events");
 * const request = await world.request();
 * request.open().send({ data: "hello", id: "1" });
 * request.fail();
 * await world.advance(1000);
 * (await world.request()).lastEventId; // "1"
 * world.stop();
 * ```
 */
export class World {
  /** Every request so far, oldest first. */
  readonly requests: FakeRequest[] = [];
  /** Since the world began, and what the clock showed then. Timers follow the first alone. */
  #uptime = 0;
  #start: number;
  #timers: { readonly at: number; readonly fire: () => void }[] = [];
  #pages = new Set<(input: number, reason?: number) => void>();
  #hidden = false;
  #taken = 0;
  readonly #sources: { close(): void }[] = [];
  readonly #platform: Platform;

  private constructor({ now = Date.UTC(2026), random = 0, native = false }: WorldOptions) {
    this.#start = now;
    this.#platform = {
      now: () => this.now,
      uptime: () => this.#uptime,
      random: () => random,
      after: (ms, fire) => this.#after(ms, fire),
      frame: (fire) => this.#after(FRAME, fire),
      adopt: (source) => this.#sources.push(source),
      offer: () => [true, native, true, false],
      connect: (request: Request | NativeRequest, sink: Sink | NativeSink) => {
        const fake = new FakeRequest(request as Request, sink as Sink);
        this.requests.push(fake);
        return connectionOf(fake);
      },
      watchPage: (tell) => {
        this.#pages.add(tell);
        tell(this.#hidden ? is.HIDDEN : is.VISIBLE);
        return () => this.#pages.delete(tell);
      },
    };
    setPlatform(this.#platform);
  }

  /** Begins one. */
  static async start(options: WorldOptions = {}): Promise<World> {
    await load(inlined);
    return new World(options);
  }

  /** Closes all of its sources. Those that are made from now on are real ones again. */
  stop(): void {
    for (let source; (source = this.#sources.pop()); ) source.close();
    if (platform() === this.#platform) setPlatform(undefined);
  }

  static {
    Object.defineProperty(this.prototype, Symbol.dispose, { value: this.prototype.stop });
  }

  /** What the clock shows. */
  get now(): number {
    return this.#start + this.#uptime;
  }

  /** Sets the clock without letting time go by, as a user does. Timers do not care. */
  setClock(now: number): void {
    this.#start = now - this.#uptime;
  }

  /** The requests that nobody has ended. Never more than one of a source. */
  get live(): FakeRequest[] {
    return this.requests.filter(({ isLive }) => isLive);
  }

  /** The next request that was not taken yet. Throws if none is made without time going by. */
  async request(): Promise<FakeRequest> {
    await this.settled();
    const request = this.requests[this.#taken];
    if (!request) throw new Error("no request was made; a delay may have to go by first: see advance()");
    this.#taken++;
    return request;
  }

  /** Lets time go by, and what is due happen in its order. */
  async advance(ms: number): Promise<void> {
    const end = this.#uptime + ms;
    for (;;) {
      await this.settled();
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#uptime = Math.max(this.#uptime, next.at);
      next.fire();
    }
    this.#uptime = end;
  }

  /** Waits for promises, which take no time here. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await null;
  }

  hide(): void {
    this.#hidden = true;
    this.#tell(is.HIDDEN);
  }

  show(): void {
    this.#hidden = false;
    this.#tell(is.VISIBLE);
  }

  freeze(): void {
    this.#tell(is.PAUSE, is.FROZEN);
  }

  thaw(): void {
    this.#tell(is.RESUME, is.FROZEN);
  }

  /** The page goes into the back/forward cache. */
  leave(): void {
    this.#tell(is.PAUSE, is.CACHED);
  }

  comeBack(): void {
    this.#tell(is.RESUME, is.CACHED);
  }

  goOffline(): void {
    this.#tell(is.OFFLINE);
  }

  goOnline(): void {
    this.#tell(is.ONLINE);
  }

  #tell(input: number, reason?: number): void {
    for (const tell of this.#pages) tell(input, reason);
  }

  #after(ms: number, fire: () => void): () => void {
    const timer = { at: this.#uptime + ms, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
}

/** `using` stops it. */
export interface World extends Closed {}

/** How often a page is drawn, in milliseconds. */
const FRAME = 16;

/** What a source makes of a request. */
let connectionOf: (request: FakeRequest) => Connection;

/** One request, and the server that answers it. */
export class FakeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | undefined;
  readonly credentials: RequestCredentials;
  readonly transport: TransportName;
  readonly #connection: Connection;
  readonly #sink: Sink;
  readonly #heard: Set<string>;
  readonly #resumeQuery: string;
  #isAnswered = false;
  #isLive = true;
  readonly #chunks: Uint8Array[] = [];
  #isWriting = false;
  /** Whether its body is read. */
  #reading: "not yet" | "on" | "held";
  /** The end, where there is something before it that was not read yet. */
  #end: (() => void) | undefined;
  #refused = "";

  constructor({ url, method, headers, body, credentials, transport, resumeQuery, eventTypes }: Request, sink: Sink) {
    this.url = url;
    this.method = method;
    this.headers = headers;
    this.body = body ?? undefined;
    this.credentials = credentials;
    this.transport = transport;
    this.#sink = sink;
    this.#heard = new Set(eventTypes);
    this.#resumeQuery = resumeQuery;
    this.#reading = transport === "fetch" ? "not yet" : "on";
    this.#connection = {
      read: () => {
        this.#reading = "on";
        // (Not within what the source is doing: it may want to hold it again.)
        queueMicrotask(() => this.#flush());
      },
      hold: () => (this.#reading = "held"),
      peek: (most) =>
        queueMicrotask(() =>
          this.#say(() => {
            sink.peeked(this.#refused.slice(0, most));
            sink.tell(is.PEEKED);
          }),
        ),
      listen: (type) => this.#heard.add(type),
      abort: () => (this.#isLive = false),
    };
  }

  static {
    connectionOf = (request) => request.#connection;
  }

  /** Whether neither side has ended it. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Where the source wants to go on, by header or by query. */
  get lastEventId(): string | null {
    return this.headers.get("last-event-id") ?? new URL(this.url).searchParams.get(this.#resumeQuery);
  }

  /** Accepts it. Also again, where the native `EventSource` is back. */
  open(headers: HeadersInit = {}): this {
    this.#isAnswered = true;
    if (this.transport === "eventsource") this.#say(() => this.#sink.tell(is.NATIVE_OPENED, 0, this.url));
    else this.#answer(200, { "content-type": "text/event-stream", ...Object.fromEntries(new Headers(headers)) }, true);
    return this;
  }

  /** Answers otherwise. */
  respond(status: number, { headers = {}, body }: { headers?: HeadersInit | undefined; body?: string | undefined } = {}): this {
    this.#isAnswered = true;
    this.#refused = body ?? "";
    this.#answer(status, headers, body !== undefined);
    return this;
  }

  /** Sends events, all in one chunk. Throws if there was no answer yet: see `open()`. */
  send(...events: ServerEvent[]): this {
    this.#mustBeAnswered();
    if (this.transport === "fetch") return this.write(events.map(serialise).join(""));
    for (const { type = "message", data = "", id = "" } of events) {
      if (this.#heard.has(type)) this.#say(() => this.#sink.message(type, data, id, new URL(this.url).origin));
    }
    return this;
  }

  /** Sends bytes, as one chunk. Throws if there was no answer yet. */
  write(bytes: string | Uint8Array): this {
    this.#mustBeAnswered();
    const chunk = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.#chunks.push(chunk);
    this.#flush();
    return this;
  }

  /** Ends the body as it should be ended. */
  end(): void {
    this.#end = () => this.#finish(() => this.#sink.tell(this.transport === "fetch" ? is.ENDED : is.NATIVE_RETRIES));
    this.#flush();
  }

  /**
   * Breaks the connection off, or never makes it. What the source has not read yet is gone, as it is in Chromium. The native
   * `EventSource` tries again by itself.
   */
  fail(reason: unknown = new TypeError("Failed to fetch")): void {
    this.#finish(() => this.transport === "fetch" ? this.#sink.tell(is.FAILED, is.NETWORK, reason) : this.#sink.tell(is.NATIVE_RETRIES));
  }

  /** The native `EventSource` gives up. */
  giveUp(): void {
    this.#finish(() => this.#sink.tell(is.NATIVE_CLOSED));
  }

  #mustBeAnswered(): void {
    if (!this.#isAnswered) throw new Error("nothing can be sent before open() or respond()");
  }

  #answer(status: number, headers: HeadersInit, hasBody: boolean): void {
    this.#say(() => this.#sink.answered({ status, statusText: "", headers: new Headers(headers), hasBody, url: this.url }));
  }

  #flush(): void {
    // A listener may write, too: that comes when the chunk before it was delivered, as it does from a network.
    if (this.#isWriting) return;
    this.#isWriting = true;
    for (let chunk; this.#reading === "on" && (chunk = this.#chunks.shift()); ) this.#say(() => this.#sink.chunk(chunk!));
    this.#isWriting = false;
    // What nobody began to read is over at once, and what is held when it is read on.
    if (this.#reading === "held" || this.#chunks.length) return;
    this.#end?.();
    this.#end = undefined;
  }

  #finish(how: () => void): void {
    // A native one lives on.
    const wasLive = this.#isLive;
    if (this.transport === "fetch") this.#isLive = false;
    if (wasLive) how();
  }

  #say(what: () => void): void {
    if (this.#isLive) what();
  }
}

function serialise({ data = "", type, id, retry, ...rest }: ServerEvent): string {
  for (const name of Object.keys(rest)) throw new TypeError(`send(): an event has no \`${name}\`${name === "event" ? "; `type` is meant" : ""}`);
  if (typeof data !== "string") throw new TypeError("send(): `data` must be a text");
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  if (type !== undefined) lines.unshift(`event: ${type}\n`);
  if (id !== undefined) lines.unshift(`id: ${id}\n`);
  if (retry !== undefined) lines.unshift(`retry: ${retry}\n`);
  return `${lines.join("")}\n`;
}
