import { Client, type Counters, type Driver, type Ears } from "./client.js";
import { load, type WasmSource } from "./core.js";
import { guarded, report } from "./errors.js";
import { DecodeErrorEvent, type FailedMessage, type Message, ServerEvent, SourceErrorEvent, StateChangeEvent } from "./events.js";
import { Bare } from "./fallback.js";
import { type EventSourceOptions, type Provided, type Settings, settle } from "./options.js";
import { platform } from "./platform.js";
import * as is from "./protocol.js";
import { Queue } from "./queue.js";
import { errorOf, type State, type Transport } from "./state.js";

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

type Own = { open: Event; error: SourceErrorEvent; statechange: StateChangeEvent; decodeerror: DecodeErrorEvent };

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
export interface EventSource<Events = Record<string, any>> extends EventTarget {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  onopen: Handler<Event>;
  onmessage: Handler<EventOf<Events, "message">>;
  /** Read as the browser's own has it, so that this is one, too. */
  get onerror(): ((this: any, event: any) => any) | null;
  set onerror(handler: Handler<SourceErrorEvent>);
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
  /** The id of the last event that was handed over: where the next connection goes on. */
  readonly lastEventId: string;
  readonly stats: Stats;
  /** Lets the connection go until `resume()`. */
  pause(): void;
  resume(): void;
  /** Makes a new connection now, which goes on where this one is. */
  reconnect(): void;
  /** Hears every event, whatever its type, as plain data and without a DOM event. What is returned ends it. */
  subscribe(listener: (message: Message<Events>) => void): () => void;
  /** Every event; leaving the loop closes the source. An error that closes the source is thrown. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<Events>, undefined>;
  /** Closes it. */
  [Symbol.dispose](): void;
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
}

/** A message on its way. */
interface Delivered {
  readonly type: string;
  data: unknown;
  readonly id: string;
  error?: unknown;
}

const READY_STATES = ["CONNECTING", "OPEN", "CLOSED"];

/** A word on the console is said once. */
let warned = false;

/** Makes the class. `find` is asked for WebAssembly when the first source is opened. */
export function define(find: () => WasmSource | PromiseLike<WasmSource>): EventSourceConstructor {
  class EventSource extends EventTarget {
    readonly #settings: Settings;
    readonly #options: EventSourceOptions;
    readonly #counters: Counters = { connections: 0, events: 0, bytes: 0, dropped: 0, lastEventAt: null };
    readonly #heard = new Set<string>();
    readonly #slots: Record<string, unknown> = {};
    /** Another array after each change, and one that left has no function any more. */
    #subscribers: readonly Subscriber[] = [];
    /** The function of the only one that hears, as long as that is so and it hears what came. */
    #only: Subscriber["listener"];
    readonly #queues = new Set<Queue<never>>();
    #driver: Driver | undefined;
    /** What was asked for before there was a driver. */
    #early: number[] = [];
    #state: State = { name: "loading", attempt: 1 };
    #origin = "";
    #stopListening: (() => void) | undefined;
    /** The end, from the moment at which it was asked for: a listener may be what asks. */
    #closing: State | undefined;

    // What may be left out does not count in `length`.
    constructor(url: unknown, ...[options]: [(EventSourceOptions | null)?]) {
      super();
      if (!arguments.length) throw new TypeError("`url` is missing");
      // Web IDL, "dictionary": nothing at all, or an object.
      this.#settings = settle(url, options ?? {});
      this.#options = { ...options };
      const { signal } = this.#options;
      if (signal?.aborted) {
        this.#state = { name: "closed", by: "signal" };
        return;
      }
      const abort = () => this.#close("signal");
      signal?.addEventListener("abort", abort);
      this.#stopListening = () => signal?.removeEventListener("abort", abort);
      void this.#open(this.#settings);
    }

    get url(): string {
      return this.#settings.url;
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
      return this.#driver?.lastEventId ?? this.#options.lastEventId ?? "";
    }

    get stats(): Stats {
      return { ...this.#counters };
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

    subscribe(listener: (message: never) => void): () => void {
      if (typeof listener !== "function") throw new TypeError("the listener must be a function");
      const subscriber: Subscriber = { listener };
      this.#subscribers = [...this.#subscribers, subscriber];
      this.#findOnly();
      this.#driver?.listenToAll();
      return () => {
        subscriber.listener = undefined;
        this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
        this.#findOnly();
      };
    }

    override addEventListener(type: string, ...rest: [never, never?]): void {
      super.addEventListener(type, ...rest);
      this.#hear(`${type}`);
    }

    [Symbol.asyncIterator](): AsyncIterableIterator<never, undefined> {
      const { queue: capacity = 1024, overflow = "error" } = this.#options;
      const queue = new Queue<never>(capacity, overflow, this.#counters);
      // Events wait from now on, not from when the first is asked for.
      this.#queues.add(queue);
      this.#findOnly();
      this.#driver?.listenToAll();
      if (this.#state.name === "closed") queue.end({ error: errorOf(this.#state) });
      return queue.read(() => {
        this.#queues.delete(queue);
        this.#findOnly();
        this.close();
      });
    }

    [Symbol.dispose](): void {
      this.close();
    }

    /** Opens it when whoever made it has had the time to listen. */
    async #open(settings: Settings): Promise<void> {
      const here = platform();
      const ears = this.#ears();
      try {
        const wasm = await load(find);
        if (this.readyState === 2) return;
        this.#driver = new Client(wasm, here, settings, ears, this.#counters);
        this.#early.push(is.OPEN);
      } catch (reason) {
        if (this.readyState === 2) return;
        if (settings.isPlain && !warned) console.warn("everstream: no WebAssembly, EventSource instead", reason);
        warned ||= settings.isPlain;
        const bare = new Bare(here, settings, ears, this.#counters);
        this.#driver = bare;
        bare.open(reason);
      }
      for (const input of this.#early) this.#steer(input);
    }

    #steer(input: number): void {
      if (this.readyState === 2) return;
      if (this.#driver) this.#driver.steer(input);
      else this.#early.push(input);
    }

    #close(by: "user" | "signal"): void {
      if (this.readyState === 2) return;
      this.#closing = { name: "closed", by };
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
      const [one, other] = this.#subscribers;
      const isOnly = !(other || this.#options.decode || this.#queues.size || this.#heard.size);
      this.#only = isOnly ? one?.listener : undefined;
    }

    #ears(): Ears {
      return {
        announce: (state) => this.#announce(state),
        heardFrom: (url) => (this.#origin = new URL(url).origin),
        deliver: (type, data, id) => {
          const message: Delivered = { type, data, id };
          // One function for all, as most sources have: the rest is a third of what happens here.
          const only = this.#only;
          if (!only) return this.#deliver(message);
          try {
            only(message as never);
          } catch (error) {
            report(error);
          }
        },
        comment: (text) => guarded(() => this.#options.onComment?.(text)),
        diagnose: (after) => guarded(() => (this.#options.onDiagnostic ?? console.warn)(NO_ANSWER(after), after)),
        heard: this.#heard,
        hearsAll: () => this.#subscribers.length + this.#queues.size > 0,
        hasRoom: () => !this.#queues.size || [...this.#queues].every((queue) => queue.makeRoom()),
        isCrowded: () => [...this.#queues].some((queue) => queue.isCrowded),
      };
    }

    #announce(said: State): void {
      if (this.#state.name === "closed") return;
      // In the words of whoever closed it.
      const state = (said.name === "closed" && this.#closing) || said;
      this.#state = state;
      if (state.name === "closed") {
        this.#closing = state;
        this.#stopListening?.();
        for (const queue of this.#queues) queue.end({ error: errorOf(state) });
      }
      this.dispatchEvent(new StateChangeEvent(state));
      // A listener may have changed it again, and then this is not so any more.
      if (this.state !== state) return;
      if (state.name === "open") this.dispatchEvent(new Event("open"));
      const isError = state.name === "waiting" || (state.name === "closed" && ERRORS.includes(state.by));
      if (isError) this.dispatchEvent(new SourceErrorEvent(state));
    }

    #deliver(message: Delivered): void {
      const failed = this.#options.decode && this.#decode(message);
      for (const { listener } of this.#subscribers) {
        guarded(() => listener?.(message as never));
        if (this.#closing) return;
      }
      for (const queue of this.#queues) queue.push(message as never);
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
        message.error = error instanceof Error ? error : new Error(String(error));
        return message as FailedMessage;
      }
    }

    // HTML, 8.1.8.1, "event handler IDL attributes": what is no object is null; the place in the order is that of the
    // first function.
    #set(type: string, value: unknown): void {
      const handler = typeof value === "function" || (typeof value === "object" && value) ? value : null;
      const before = this.#slots[type];
      this.#slots[type] = handler;
      if (!before && handler) this.addEventListener(type, this.#call as never);
      if (before && !handler) this.removeEventListener(type, this.#call);
    }

    readonly #call = (event: Event) => {
      const handler = this.#slots[event.type];
      if (typeof handler === "function") handler.call(this, event);
    };

    static {
      for (const type of ["open", "message", "error", "statechange"])
        Object.defineProperty(this.prototype, `on${type}`, {
          get(this: EventSource) {
            return this.#slots[type] ?? null;
          },
          set(this: EventSource, value: unknown) {
            this.#set(type, value);
          },
          configurable: true,
        });
      // Web IDL, 3.7: attributes and operations are enumerable, constants are on the class as on its instances.
      for (const name of Object.getOwnPropertyNames(this.prototype)) {
        if (name !== "constructor") Object.defineProperty(this.prototype, name, { enumerable: true });
      }
      READY_STATES.forEach((name, value) => {
        for (const target of [this, this.prototype]) Object.defineProperty(target, name, { value, enumerable: true });
      });
      Object.defineProperty(this.prototype, Symbol.toStringTag, { value: "EventSource", configurable: true });
    }
  }
  return EventSource as unknown as EventSourceConstructor;
}

/** The ends that the standard calls an error (HTML, 9.2.3, "fail the connection"). */
const ERRORS = ["server", "exhausted", "fatal"];

/** The likely causes were measured. */
const NO_ANSWER = (after: number) =>
  `everstream: no answer for ${after} ms: six connections to this host (HTTP/1.1), a buffering proxy, or no first byte?`;
