import { Client, type Counters, type Ears } from "./client.js";
import { type Finder, load, type Wasm } from "./core.js";
import { diagnose } from "./diagnostics.js";
import { EventSourceError, failure, guarded, report, textOf } from "./errors.js";
import { type Accepted, BRAND, callsHandlers, DecodeErrorEvent, type FailedMessage, type Message, observable, OpenEvent, type ServerErrorEvent, ServerEvent, SourceErrorEvent, StateChangeEvent } from "./events.js";
import { type EventSourceOptions, flat, type Provided, type Settings, settle } from "./options.js";
import { platform } from "./platform.js";
import * as is from "./protocol.js";
import { Queue } from "./queue.js";
import { ERRORS, errorOf, failureOf, type State, type Transport } from "./state.js";

/** Counters of a source, for diagnostics. */
export interface Stats {
  /** Connections that were started. */
  readonly connections: number;
  /** Events that were handed over. */
  readonly events: number;
  /** Bytes of the bodies that were read; the browser's own `EventSource` does not say how many it read. */
  readonly bytes: number;
  /** Events that an iterator dropped. */
  readonly dropped: number;
  /** When the last event came, in milliseconds since 1970; null if none did. */
  readonly lastEventAt: number | null;
}

type Own = { open: OpenEvent; error: SourceErrorEvent | ServerErrorEvent; statechange: StateChangeEvent; decodeerror: DecodeErrorEvent };

/** What a listener for events of a type is called with. */
export type EventOf<Events, Type> = Type extends keyof Own
  ? Own[Type]
  : Type extends keyof Events
    ? MessageEvent<Events[Type]>
    : MessageEvent;

/** Compared as methods are, so that a handler may ask for less than it gets. */
type Handler<E> = { call(this: any, event: E): unknown }["call"] | null;

type Listener<E> = { call(event: E): unknown }["call"] | { handleEvent(event: E): unknown } | null;

/**
 * A drop-in for the browser's `EventSource` (HTML, 9.2) that backs off, resumes, pauses and says why. `Events` maps the
 * types of the server's events to their payloads.
 */
export interface EventSource<Events = Record<string, any>> extends EventTarget, Closed {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  // Read as the browser's own has them, so that this is one, too.
  get onopen(): ((this: any, event: any) => any) | null;
  set onopen(handler: Handler<OpenEvent>);
  onmessage: Handler<EventOf<Events, "message">>;
  get onerror(): ((this: any, event: any) => any) | null;
  /** Also for a server's own event of that type, which has `data`. */
  set onerror(handler: Handler<SourceErrorEvent | ServerErrorEvent>);
  onstatechange: Handler<StateChangeEvent>;
  close(): void;
  addEventListener<Type extends keyof Own | (keyof Events & string)>(
    type: Type,
    listener: Listener<EventOf<Events, Type>>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener<any>, options?: boolean | AddEventListenerOptions): void;
  removeEventListener(type: string, listener: Listener<any>, options?: boolean | EventListenerOptions): void;

  /** What it is doing, and why. A `statechange` event follows each change. */
  readonly state: State;
  /** What carries the events, and why; null before the first connection. */
  readonly transport: Transport | null;
  /**
   * The id of the last event that was handed over; of several consumers, that of the slowest. What waits to be read by a loop was
   * not. It is what to save, to go on from later. (Connections of this source go on behind what waits.)
   */
  readonly lastEventId: string;
  readonly stats: Stats;
  /** The answer that was accepted last. */
  readonly response: Accepted | null;
  /** Lets the connection go until `resume()`. */
  pause(): void;
  resume(): void;
  /** Makes a new connection now, which goes on where this one is. What is left of a `Retry-After` is waited for all the same. */
  reconnect(): void;
  /**
   * Delivers every event, whatever its type, as plain data and without a DOM event. What is returned ends it, and not the source.
   * An observer hears of the end, too: `complete` where it was closed by you, the server or the end of the answer, and else `error`.
   */
  subscribe(listener: ((message: Message<Events>) => void) | Observer<Message<Events>>): Subscription;
  /**
   * Every event from now on; leaving the loop closes the source. What waits when the server ends the stream is still read, and an
   * error that closes the source is thrown behind it. `close()` discards what waits, and ends the loop.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<Events>, undefined>;
}

/** `using` closes it. (Where the `lib` of TypeScript has no such symbol, there is no such property.) */
export type Closed = SymbolConstructor extends { readonly dispose: infer Dispose extends symbol } ? { [Name in Dispose]: () => void } : {};

/** What takes part in a stream (as observables have it). */
export interface Observer<Value> {
  next?: ((value: Value) => void) | undefined;
  error?: ((error: unknown) => void) | undefined;
  complete?: (() => void) | undefined;
}

/** Ends a subscription, called by itself or by its name. */
export interface Subscription {
  (): void;
  unsubscribe(): void;
}

export interface EventSourceConstructor {
  /**
   * @throws {DOMException} `SyntaxError` if the url is none.
   * @throws {TypeError} if an option cannot work; the message names it.
   */
  new <Events = Record<string, any>>(url: Provided<string | URL>, options?: EventSourceOptions): EventSource<Events>;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

interface Subscriber {
  listener: ((message: never) => void) | undefined;
  error?: ((error: unknown) => void) | undefined;
  complete?: (() => void) | undefined;
}

/** A message on its way. */
interface Delivered {
  readonly type: string;
  data: unknown;
  readonly id: string;
  error?: unknown;
}

const READY_STATES = ["CONNECTING", "OPEN", "CLOSED"];

/** Makes the class. `finder` is asked for the core when the first source is opened. */
export function define(finder: Finder): EventSourceConstructor {
  class EventSource extends EventTarget {
    /** Where it was made is where it lives, also when another platform is put there. */
    readonly #platform = platform();
    readonly #settings: Settings;
    readonly #options: EventSourceOptions;
    readonly #counters: Counters = { connections: 0, events: 0, bytes: 0, dropped: 0, lastEventAt: null };
    readonly #heard = new Set<string>();
    readonly #slots: Record<string, unknown> = {};
    /** Another array after each change, and one that left has no function any more. */
    #subscribers: readonly Subscriber[] = [];
    /** What takes an event, as long as only one function or one loop does. */
    #only: ((message: never) => void) | undefined;
    readonly #queues = new Set<Queue<Delivered>>();
    /** Reading may have to go on when something was taken from a queue. */
    #isFull = false;
    /** The last event id, and the number of the last event, as of what was pushed into queues. */
    #pushed = "";
    #number = 0;
    /** An event is on its way, and not in the queues yet. */
    #isDelivering = false;
    /** The place of whoever was the slowest when nothing more was to be read. */
    #left: string | undefined;
    #driver: Client | undefined;
    /** What was asked for before there was a driver. */
    #early: number[] = [];
    #state: State = { name: "loading", attempt: 1 };
    #downSince: number | null = null;
    #url: string;
    #origin = "";
    #response: Accepted | null = null;
    /** The latest one, accepted or not. */
    #answer: Accepted | undefined;
    #stopListening: (() => void) | undefined;
    /** Ends the wait for a chunk that did not come. */
    #stopWaiting: (() => void) | undefined;
    /** The end, from the moment at which it was asked for: a listener may be what asks. */
    #closing: State | undefined;

    // What may be left out does not count in `length`.
    constructor(url: unknown, ...[options]: [(EventSourceOptions | null)?]) {
      super();
      if (!arguments.length) throw new TypeError("`url` is missing");
      // Web IDL, "dictionary": nothing at all, or an object.
      this.#settings = settle(url, options ?? {});
      this.#url = this.#settings.url;
      this.#pushed = this.#settings.lastEventId;
      this.#options = flat(options ?? {});
      const { signal } = this.#options;
      // A frame that was taken away is closed, and nothing would come of it.
      if (signal?.aborted || globalThis.closed) {
        this.#state = { name: "closed", by: signal?.aborted ? "signal" : "dropped" };
        return;
      }
      const abort = () => this.#close("signal");
      signal?.addEventListener("abort", abort);
      this.#stopListening = () => signal?.removeEventListener("abort", abort);
      this.#platform.adopt?.(this);
      void this.#open(this.#settings);
    }

    get url(): string {
      return this.#url;
    }

    get withCredentials(): boolean {
      return this.#settings.credentials === "include";
    }

    get readyState(): number {
      const { name } = this.state;
      return name === "open" ? 1 : name === "closed" ? 2 : 0;
    }

    get state(): State {
      return this.#closing ?? this.#state;
    }

    get transport(): Transport | null {
      return this.#driver?.transport ?? null;
    }

    get lastEventId(): string {
      return this.#left ?? this.#behind() ?? this.#place;
    }

    /** The place of the slowest consumer, if it is not that of the source. */
    #behind(): string | undefined {
      let slowest: Queue<Delivered> | undefined;
      for (const queue of this.#queues) if (queue.length && queue.number < (slowest?.number ?? Infinity)) slowest = queue;
      return slowest?.place ?? (this.#isDelivering && this.#queues.size ? this.#pushed : undefined);
    }

    /** Where the next connection goes on. */
    get #place(): string {
      return this.#driver?.lastEventId ?? this.#options.lastEventId ?? "";
    }

    get stats(): Stats {
      return { ...this.#counters };
    }

    get response(): Accepted | null {
      return this.#response;
    }

    close(): void {
      this.#close("user");
    }

    pause(): void {
      this.#steer(is.PAUSE);
    }

    resume(): void {
      this.#steer(is.RESUME);
    }

    reconnect(): void {
      this.#steer(is.RECONNECT);
    }

    subscribe(observer: ((message: never) => void) | Observer<never>): Subscription {
      const isFunction = typeof observer === "function";
      if (!isFunction && (typeof observer !== "object" || !observer)) throw new TypeError("the listener must be a function, or an observer");
      const subscriber: Subscriber = isFunction
        ? { listener: observer }
        : {
            listener: (message) => observer.next?.(message),
            error: (error) => observer.error?.(error),
            complete: () => observer.complete?.(),
          };
      if (this.#state.name === "closed") end(subscriber, this.#state);
      else this.#subscribers = [...this.#subscribers, subscriber];
      this.#findOnly();
      this.#driver?.listenToAll();
      const unsubscribe = () => {
        subscriber.listener = subscriber.error = subscriber.complete = undefined;
        this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
        this.#findOnly();
      };
      return Object.assign(unsubscribe, { unsubscribe });
    }

    override addEventListener(type: string, ...rest: [never, never?]): void {
      super.addEventListener(type, ...rest);
      this.#hear(`${type}`);
    }

    [Symbol.asyncIterator](): AsyncIterableIterator<never, undefined> {
      const leave = () => {
        if (this.readyState !== 2) this.close();
        this.#queues.delete(queue);
        this.#findOnly();
        // (As long as another loop reads what the source has left, that one's place counts.)
        if (queue.length && !this.#queues.size) this.#left ??= queue.place;
        this.#stopListeningIfRead();
      };
      const tookOne = () => {
        if (this.#isFull && !this.#holds(0.5)) {
          this.#isFull = false;
          this.#steer(is.ROOM);
        }
      };
      const queue = new Queue<Delivered>(leave, tookOne);
      // Events wait from now on, not from when the first is asked for.
      if (!this.#isDelivering) this.#pushed = this.#place;
      this.#queues.add(queue);
      this.#findOnly();
      this.#driver?.listenToAll();
      if (this.#state.name === "closed") queue.end({ error: failureOf(this.#state) });
      return queue.iterator as AsyncIterableIterator<never, undefined>;
    }

    /** Whether more waits in a queue than this share of what may. */
    #holds(share: number): boolean {
      const { queue: most = Infinity, overflow = "wait" } = this.#options;
      const { queued } = this.#settings.limits;
      // (One alone is never too much: an event may be as long as `limits.event` says.)
      const isTooMuch = ({ text, length }: Queue<Delivered>) => length > 1 && (text > queued * share || length > most * share);
      return overflow === "wait" && [...this.#queues].some(isTooMuch);
    }

    /** Drops what is too much, if that is wanted; `false` if it is an error. */
    #makeRoom(): boolean {
      const { queue: capacity = CROWD, overflow = "wait" } = this.#options;
      if (overflow === "wait") return !this.#holds(1);
      for (const queue of this.#queues) {
        for (; queue.length > capacity; this.#counters.dropped++) {
          if (overflow === "error") return false;
          if (overflow === "latest") queue.dropFirst();
          else queue.dropLast();
        }
      }
      return true;
    }

    /** Listens to the signal for as long as something waits to be read. */
    #stopListeningIfRead(): void {
      if (this.#closing && [...this.#queues].every(({ length }) => !length)) this.#stopListening?.();
    }

    [Symbol.dispose](): void {
      this.close();
    }

    /** Opens it when whoever made it has had the time to listen. */
    async #open(settings: Settings): Promise<void> {
      const wasm = await this.#load();
      if (!wasm || this.readyState === 2) return;
      this.#driver = new Client(wasm, this.#platform, settings, this.#ears(), this.#counters);
      for (const input of [...this.#early, is.OPEN]) this.#steer(input);
    }

    /**
     * The core. Until it is here there is nothing that could decide how long to wait for a chunk that does not come: the same delays
     * as for a connection, without their jitter.
     */
    async #load(): Promise<Wasm | undefined> {
      const { now, after } = this.#platform;
      const [base, factor, cap, max] = this.#settings.forSession as [number, number, number, number];
      for (let attempt = 1; ; attempt++) {
        try {
          return await load(finder);
        } catch (cause) {
          if (this.readyState === 2) return;
          // What is refused stays refused.
          const isFatal = cause instanceof EventSourceError;
          const willRetry = !isFatal && attempt <= max;
          const error = isFatal ? cause : failure("network", { cause, willRetry });
          if (!willRetry) {
            this.#announce({ name: "closed", by: isFatal ? "fatal" : "exhausted", error });
            return;
          }
          const delay = Math.min(cap, base * factor ** (attempt - 1));
          this.#announce({ name: "waiting", attempt: attempt + 1, until: now() + delay, cause: error });
          await new Promise<void>((go) => {
            const cancel = after(delay, go);
            this.#stopWaiting = () => (cancel(), go());
          });
          if (this.readyState === 2) return;
          this.#announce({ name: "loading", attempt: attempt + 1 });
        }
      }
    }

    #steer(input: number): void {
      if (this.readyState === 2) return;
      if (this.#driver) this.#driver.steer(input);
      else this.#early.push(input);
    }

    #close(by: "user" | "signal"): void {
      // Nobody wants what waits any more, also where the server has ended it.
      this.#left ??= this.#behind();
      const isLate = this.readyState === 2;
      this.#closing ??= { name: "closed", by };
      for (const queue of this.#queues) queue.discard();
      if (isLate) return this.#stopListeningIfRead();
      if (this.#driver) this.#driver.steer(is.CLOSE);
      else this.#announce(this.#closing);
    }

    #hear(type: string): void {
      if (this.#heard.has(type)) return;
      this.#heard.add(type);
      this.#findOnly();
      this.#driver?.listen(type);
    }

    /** Who hears has changed. */
    #findOnly(): void {
      const [one] = this.#subscribers;
      const [queue] = this.#queues;
      const had = this.#only;
      const { decode, until } = this.#options;
      const isOnly = !(decode || until || this.#heard.size) && this.#subscribers.length + this.#queues.size === 1;
      this.#only = isOnly ? one?.listener ?? ((message: Delivered) => this.#push(queue!, message)) : undefined;
      // The quick way keeps no account of ids. (What is on its way is not behind anybody yet.)
      if (had && !this.#only && !this.#isDelivering) this.#pushed = this.#place;
    }

    #ears(): Ears {
      return {
        announce: (state) => this.#announce(state),
        asks: (url) => (this.#url = url),
        answered: (origin, answer) => {
          this.#origin = origin;
          if (answer) this.#answer = answer;
        },
        deliver: (type, data, id) => {
          const message: Delivered = { type, data, id };
          // One consumer alone, as most sources have: the rest is a third of what happens here.
          const only = this.#only;
          if (!only) return this.#deliver(message);
          try {
            only(message as never);
          } catch (error) {
            report(error);
          }
        },
        comment: (text) => guarded(() => this.#options.onComment?.(text)),
        diagnose: (what, after) => diagnose(what, after, this.#options.onDiagnostic),
        heard: this.#heard,
        hearsAll: () => this.#subscribers.length + this.#queues.size > 0 || !!this.#options.until,
        // (Asked for each chunk: most sources have no loop.)
        hasRoom: () => !this.#queues.size || this.#makeRoom(),
        isCrowded: () => {
          const { queue: capacity = CROWD } = this.#options;
          return [...this.#queues].some(({ length, text }) => length > capacity || text > this.#settings.limits.queued);
        },
        isFull: () => (this.#isFull = this.#queues.size > 0 && this.#holds(1)),
      };
    }

    #announce(said: State): void {
      if (this.#state.name === "closed") return;
      // In the words of whoever closed it.
      const why = (said.name === "closed" && this.#closing) || said;
      if (why.name === "open") {
        this.#downSince = null;
        this.#response = this.#answer!;
      } else if (this.#state.name === "open") this.#downSince = this.#platform.now();
      const { kind, status } = errorOf(why) ?? {};
      const state: State = { ...why, downSince: this.#downSince, ...(kind && { kind }), ...(status && { status }) };
      this.#state = state;
      if (state.name === "closed") {
        this.#closing = state;
        this.#stopListeningIfRead();
        this.#stopWaiting?.();
        for (const queue of this.#queues) queue.end({ error: failureOf(state) });
      }
      this.dispatchEvent(new StateChangeEvent(state));
      // A listener may have changed it again, and then this is not so any more.
      if (this.state === state) {
        if (state.name === "open") this.dispatchEvent(new OpenEvent(this.#response!));
        const isError = state.name === "waiting" ? state.cause !== "unknown" : state.name === "closed" && ERRORS.includes(state.by);
        if (isError) this.dispatchEvent(new SourceErrorEvent(state));
      }
      if (state.name === "closed") for (const subscriber of this.#subscribers) end(subscriber, state);
    }

    #push(queue: Queue<Delivered>, message: Delivered): void {
      queue.push(message, lengthOf(message), ++this.#number, this.#pushed);
      this.#pushed = message.id;
    }

    #deliver(message: Delivered): void {
      const { id } = message;
      this.#isDelivering = true;
      this.#number++;
      try {
        this.#dispatch(message);
      } finally {
        this.#isDelivering = false;
        this.#pushed = id;
      }
    }

    #dispatch(message: Delivered): void {
      const text = lengthOf(message);
      const failed = this.#options.decode && this.#decode(message);
      const { until } = this.#options;
      if (until)
        guarded(() => {
          const isWhole: unknown = until(message as never);
          if (isWhole && typeof isWhole === "object") throw new TypeError("`until` must not return a promise");
          if (isWhole) this.#driver!.steer(is.COMPLETE);
        });
      // These may have closed it: then nobody has had this event, and it is not behind anybody.
      if (this.#closing) return void (this.#left ??= this.#pushed);
      for (const { listener } of this.#subscribers) {
        guarded(() => listener?.(message as never));
        if (this.#closing) return;
      }
      for (const queue of this.#queues) queue.push(message, text, this.#number, this.#pushed);
      this.#isDelivering = false;
      if (failed) this.dispatchEvent(new DecodeErrorEvent(failed));
      else if (this.#heard.has(message.type)) this.dispatchEvent(new ServerEvent(message as Message, this.#origin));
    }

    #decode(message: Delivered): FailedMessage | undefined {
      const { decode } = this.#options;
      const data = message.data as string;
      try {
        message.data = decode === "json" ? JSON.parse(data) : decode!(data, message.type);
        return;
      } catch (error) {
        message.error = error instanceof Error ? error : new Error(textOf(error));
        return message as FailedMessage;
      }
    }

    // HTML, 8.1.8.1, "event handler IDL attributes": what is no object is null; the place in the order is that of the
    // first function.
    #set(type: string, value: unknown): void {
      const handler = typeof value === "function" || (typeof value === "object" && value) ? value : null;
      const before = this.#slots[type];
      this.#slots[type] = handler;
      // (Some call it by themselves.)
      if (callsHandlers()) this.#hear(type);
      else if (!before && handler) this.addEventListener(type, this.#call as never);
      if (before && !handler) this.removeEventListener(type, this.#call);
    }

    readonly #call = (event: Event) => {
      const handler = this.#slots[event.type];
      // A server's own event of that type is none of ours.
      if (event.type === "statechange" && !(event instanceof StateChangeEvent)) return;
      if (typeof handler === "function") handler.call(this, event);
    };

    /** Those of another copy of the package, or of another entry, are ones, too. (A class that extends it means its own.) */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return this === EventSource ? !!Object.getPrototypeOf(Object(value))?.[BRAND] : super[Symbol.hasInstance](value);
    }

    static {
      for (const type of ["open", "message", "error", "statechange"]) {
        const name = `on${type}`;
        // (Web IDL, 3.7.6: their functions are called `get onopen` and so on.)
        const attribute = {
          get [name](): unknown {
            return (this as unknown as EventSource).#slots[type] ?? null;
          },
          set [name](value: unknown) {
            (this as unknown as EventSource).#set(type, value);
          },
        };
        Object.defineProperty(this.prototype, name, { ...Object.getOwnPropertyDescriptor(attribute, name), configurable: true });
      }
      // Web IDL, 3.7: attributes and operations are enumerable, constants are on the class as on its instances.
      for (const name of Object.getOwnPropertyNames(this.prototype)) {
        if (name !== "constructor") Object.defineProperty(this.prototype, name, { enumerable: true });
      }
      READY_STATES.forEach((name, value) => {
        for (const target of [this, this.prototype]) Object.defineProperty(target, name, { value, enumerable: true });
      });
      observable(this.prototype);
      Object.defineProperty(this.prototype, BRAND, { value: true });
      Object.defineProperty(this.prototype, Symbol.toStringTag, { value: "EventSource", configurable: true });
    }
  }
  return EventSource as unknown as EventSourceConstructor;
}

/** Tells a subscriber of the end. */
function end({ error, complete }: Subscriber, state: State): void {
  const failed = state.name === "closed" && (state.by === "signal" || ["exhausted", "fatal"].includes(state.by));
  guarded(() => (failed ? error?.(failureOf(state) ?? new Error(state.by)) : complete?.()));
}

/** How much text it holds, before it is decoded. */
const lengthOf = ({ type, data, id }: Delivered) => type.length + (data as string).length + id.length;

/** While so many events wait, whoever reads gets a turn after each chunk. */
const CROWD = 1024;
