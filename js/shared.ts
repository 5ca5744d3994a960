// One connection for everybody in a page who asks for the same.

import { type EventSourceError, guarded } from "./errors.js";
import type { EventSource } from "./event-source.js";
import type { Message } from "./events.js";
import { EventSource as Source } from "./index.js";
import type { EventSourceOptions } from "./options.js";
import { platform } from "./platform.js";
import { errorOf, type State } from "./state.js";
import { eventStore, type Folded, type StoreSource } from "./store.js";

/** What hooks and composables take. */
export interface SharedOptions extends Omit<EventSourceOptions, "signal"> {
  /** Components with the same key share one connection. Default: the url. */
  key?: string | undefined;
  /** The types to hear. Default: every type, for which a server of another origin has to allow a preflight. */
  events?: readonly string[] | undefined;
}

/** A source with a count of those who hold it, which can be opened again after its end. */
export class Shared extends EventTarget {
  readonly #key: string;
  readonly #url: string;
  readonly #fingerprint: string;
  readonly #events: readonly string[] | undefined;
  readonly #subscribers = new Set<(message: Message<any>) => void>();
  #holders: Hold[] = [];
  /** All who hold it rest. */
  #rests = false;
  #source: EventSource<any>;

  private constructor(key: string, url: string, options: SharedOptions, fingerprint: string) {
    super();
    this.#key = key;
    this.#url = url;
    this.#events = options.events;
    this.#fingerprint = fingerprint;
    this.#source = this.#open(options);
  }

  /**
   * The source of this key, which is opened if nobody holds it. `latest` is asked for the options when it is opened, and for
   * the functions among them each time one is called.
   */
  static hold(url: string, latest: () => SharedOptions): Hold {
    const options = latest();
    const key = options.key ?? url;
    const fingerprint = describe(url, options);
    // Whoever changes the url has left the old one just now: it ends before the new one begins.
    for (const other of sources.values()) if (other.#fingerprint !== fingerprint) other.#endIfIdle();
    let shared = sources.get(key);
    if (!shared) sources.set(key, (shared = new Shared(key, url, options, fingerprint)));
    if (isDevelopment() && shared.#fingerprint !== fingerprint) {
      throw new Error(
        `useEventSource: two components share the key \`${key}\`, but not the options. Give one of them a \`key\` of its own.\n` +
          `${shared.#fingerprint}\n${fingerprint}`,
      );
    }
    const found = shared;
    const hold: Hold = {
      shared: found,
      latest,
      rests: false,
      rest(rests) {
        hold.rests = rests;
        found.#rest();
      },
      release: () => found.#release(hold),
    };
    found.#holders.push(hold);
    found.#rest();
    return hold;
  }

  get state() {
    return this.#source.state;
  }

  get stats() {
    return this.#source.stats;
  }

  get source(): EventSource<any> {
    return this.#source;
  }

  subscribe(listener: (message: Message<any>) => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }

  /** The same for a store of these events, which the options say that they are. */
  typed<Events>(): StoreSource<Events> {
    return this as unknown as StoreSource<Events>;
  }

  /** A new connection now, also after the end. */
  reconnect(): void {
    if (this.state.name !== "closed") return this.#source.reconnect();
    const { lastEventId } = this.#source;
    this.#source = this.#open({ ...this.#options(), ...(lastEventId && { lastEventId }) });
    this.dispatchEvent(new Event("statechange"));
  }

  #options(): SharedOptions {
    return this.#holders.at(-1)?.latest() ?? {};
  }

  #open(options: SharedOptions): EventSource<any> {
    const { key: _key, events: _events, ...own } = options;
    // Whoever renders again brings new functions: the latest are called.
    for (const [name, value] of Object.entries(own)) {
      if (typeof value === "function") Object.assign(own, { [name]: this.#latest(name as keyof SharedOptions, value) });
    }
    if (typeof own.retry?.on === "function") {
      const { on } = own.retry;
      own.retry = { ...own.retry, on: (error) => ((this.#options().retry?.on as typeof on | undefined) ?? on)(error) };
    }
    const source = new Source<any>(this.#url, own);
    const tell = (message: Message<any>) => {
      for (const subscriber of [...this.#subscribers]) guarded(() => subscriber(message));
    };
    source.addEventListener("statechange", () => this.#source === source && this.dispatchEvent(new Event("statechange")));
    if (!this.#events) source.subscribe(tell);
    else {
      for (const type of this.#events)
        source.addEventListener(type, (event) => {
          if (event instanceof MessageEvent) tell({ type, data: event.data, id: event.lastEventId });
        });
      source.addEventListener("decodeerror", ({ message }) => tell(message));
    }
    return source;
  }

  #latest(name: keyof SharedOptions, first: unknown) {
    return (...args: never[]) => {
      const now = this.#options()[name];
      return ((typeof now === "function" ? now : first) as (...args: never[]) => unknown)(...args);
    };
  }

  /** Pauses while nobody who holds it wants anything. */
  #rest(): void {
    const rests = this.#holders.length > 0 && this.#holders.every(({ rests }) => rests);
    if (rests === this.#rests) return;
    this.#rests = rests;
    if (rests) this.#source.pause();
    else this.#source.resume();
  }

  #release(hold: Hold): void {
    this.#holders = this.#holders.filter((other) => other !== hold);
    this.#rest();
    // React takes components off and puts them on again: who comes back at once finds the connection open.
    if (!this.#holders.length) platform().after(0, () => this.#endIfIdle());
  }

  #endIfIdle(): void {
    if (this.#holders.length || sources.get(this.#key) !== this) return;
    sources.delete(this.#key);
    this.#source.close();
  }
}

/** The hold of one component. */
export interface Hold {
  readonly shared: Shared;
  latest(): SharedOptions;
  rests: boolean;
  /** Whether it can do without the connection for a while. */
  rest(rests: boolean): void;
  release(): void;
}

const sources = new Map<string, Shared>();

/** What makes two connections different: functions count as equal, for each render makes new ones. */
function describe(url: string, { key: _key, ...options }: SharedOptions): string {
  const sorted = (_name: string, value: unknown): unknown => {
    if (typeof value === "function") return "a function";
    if (value instanceof Headers) return [...value];
    const isPlain = value && Object.getPrototypeOf(value) === Object.prototype;
    return isPlain ? Object.fromEntries(Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  };
  return JSON.stringify({ url, ...options }, sorted);
}

declare const process: { env: { NODE_ENV?: string } };

/** Bundlers put the value in the place of the expression; without one there is no `process`. */
function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== "production";
  } catch {
    return false;
  }
}

/** What `useEventSource` takes, in React and in Vue. */
export interface HookOptions<Events = Record<string, any>, Value = undefined> extends SharedOptions {
  /** Called with every event, in order, and with what brought it. */
  onEvent?: ((message: Message<Events>, source: EventSource) => void) | undefined;
  /** Called with every state, at once and not only when the component is drawn. */
  onStateChange?: ((state: State, source: EventSource) => void) | undefined;
  /** Folds every event into `value`. */
  reducer?: ((value: Folded<Value>, message: Message<Events>) => Folded<Value>) | undefined;
  /** What `value` is at first. */
  initial?: Value | undefined;
  /** How often a component is drawn again: see `EventStoreOptions`. Default `frame`. */
  batch?: "frame" | "none" | number | undefined;
}

/** What a connection is made with: now, and when it is made anew after its end. */
function connectionOf<Events, Value>(options: HookOptions<Events, Value>): SharedOptions {
  const { onEvent: _onEvent, onStateChange: _onStateChange, reducer: _reducer, initial: _initial, batch: _batch, ...own } = options;
  return { pauseWhenHidden: "resumable", ...own };
}

/** What a component shows of a stream. */
export interface View<Events, Value> {
  /** What the connection is doing: `idle` on a server and before the component is mounted, `closed` without a url. */
  readonly state: State;
  /** The latest event. For every event there are `onEvent` and `reducer`. */
  readonly latest: Message<Events> | undefined;
  /** Why it waits or is closed. */
  readonly error: EventSourceError | undefined;
  /** What `reducer` made of all events so far. */
  readonly value: Folded<Value>;
}

/** What a component can do to its connection. */
export interface Steering {
  pause(): void;
  resume(): void;
  /** A new connection now, also after the end. */
  reconnect(): void;
  close(): void;
}

/** What there is without a connection. */
export function empty<Events, Value>({ initial }: HookOptions<Events, Value>, state: State): View<Events, Value> {
  return { state, latest: undefined, error: undefined, value: initial as Folded<Value> };
}

/** Holds a source for a component and shows it what comes. `latest` is asked for the options each time they are needed. */
export function follow<Events, Value>(
  url: string,
  latest: () => HookOptions<Events, Value>,
  show: (view: View<Events, Value>) => void,
): Hold {
  const { initial, batch = "frame" } = latest();
  const hold = Shared.hold(url, () => connectionOf(latest()));
  const { shared } = hold;
  type Both = Pick<View<Events, Value>, "latest" | "value">;
  const store = eventStore<Both, Events>(shared.typed<Events>(), {
    initial: { latest: undefined, value: initial as Folded<Value> },
    reduce: ({ value }, message) => {
      const { onEvent, reducer } = latest();
      guarded(() => onEvent?.(message, shared.source));
      return { latest: message, value: reducer ? reducer(value, message) : value };
    },
    batch,
  });
  const leave = store.subscribe(({ value, state }) => show({ ...value, state, error: errorOf(state) }));
  const changed = () => guarded(() => latest().onStateChange?.(shared.state, shared.source));
  shared.addEventListener("statechange", changed);
  return {
    ...hold,
    release() {
      leave();
      store.close();
      shared.removeEventListener("statechange", changed);
      hold.release();
    },
  };
}
