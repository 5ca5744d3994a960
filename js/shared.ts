// One connection for everybody in a page who asks for the same.

import { advise, differing } from "./compare.js";
import { guarded } from "./errors.js";
import type { EventSource } from "./event-source.js";
import type { Message } from "./events.js";
import { EventSource as Source } from "./index.js";
import { type EventSourceOptions, headersOf, methodOf } from "./options.js";
import { making, type Platform, platform } from "./platform.js";

/** What hooks and composables take. */
export interface SharedOptions extends Omit<EventSourceOptions, "signal"> {
  /**
   * Components with the same key and equal options share one connection. Functions are equal if they are the same one, or under a
   * key that was given; forms, blobs and buffers if they are the same. What is not equal has a connection of its own. Default: the
   * url.
   */
  key?: string | undefined;
  /** The types to hear. Default: every type, for which a server of another origin has to allow a preflight. */
  events?: readonly string[] | undefined;
  /**
   * How much a shared connection keeps of what came, in characters (64 more for each event), for the `reducer` of a component that
   * joins it later. Default 262144; 0 keeps nothing.
   */
  replay?: number | undefined;
  /**
   * How long a shared connection outlives the last component that holds it, in milliseconds: paused, with its place and what it has
   * kept, for whoever asks for it again. (What may not be repeated goes on meanwhile.) Default 1000.
   */
  linger?: number | undefined;
}

/** A source with a count of those who hold it, which can be opened again after its end. */
export class Shared extends EventTarget {
  readonly #siblings = all();
  readonly #key: string;
  readonly #url: string;
  /** What it was opened with, for others to compare with. */
  #opened: SharedOptions;
  readonly #subscribers = new Set<(message: any) => void>();
  #holders: Hold[] = [];
  /** All who hold it rest. */
  #rests = false;
  /** How often the last one has left. */
  #leaves = 0;
  /** Somebody has asked for a pause. */
  #isPaused = false;
  #source: EventSource<any>;
  /** What came, as far as it is kept; the number of the first of it, the place of that in the list, and how much text it is. */
  #log: { readonly message: any; readonly size: number }[] = [];
  #first: number;
  #head = 0;
  #size = 0;
  /** The number of its first event: 1 where somebody goes on who has left another connection, for something came before. */
  #start: number;
  /** The length of the text that was decoded last. */
  #decoded = 0;
  /** Another answer to what may not be repeated has another number. */
  answer = 0;
  /** Static ones, as the next attempt has them, and what they were made of. */
  #headers: Headers | undefined;
  #renewed: string | undefined;

  private constructor(url: string, options: SharedOptions, start: number) {
    super();
    this.#start = this.#first = start;
    this.#key = options.key ?? url;
    this.#url = url;
    this.#opened = options;
    this.#source = this.#open(options);
  }

  /**
   * The source of this key, or `known`, if it can be held. Else it is opened, and also where the options are not those of who has
   * opened the other one: one of the two would get what it did not ask for. `latest` is asked for the functions among the options
   * each time one is called, and for static headers when they may have changed. Whoever turns from another one has `left` it: if
   * nobody else holds that, it rests before this one begins.
   */
  static hold(url: string, options: SharedOptions, latest: () => SharedOptions, { known, left }: Past = {}): Hold {
    if (left) left.#restIfIdle();
    let found = known?.isKept ? known : undefined;
    let reasons: string[] = [];
    for (const other of all()) {
      if (found || other.#key !== (options.key ?? url)) continue;
      const differ = other.#differs(url, options);
      if (!differ.length) found = other;
      else if (other.#holders.length && differ[0] !== "lastEventId") reasons = differ;
    }
    if (!found) {
      found = new Shared(url, options, Number(options.lastEventId !== latest().lastEventId));
      found.#siblings.add(found);
      if (reasons.length) {
        const names = reasons.map((name) => `\`${name}\``).join(", ");
        advise(
          `components with the key \`${options.key ?? url}\` have a connection each, for these differ or cannot be compared: ${names}. ` +
            (options.key ? "Give them different keys" : "Functions that do the same are taken for equal if both are given the same `key`"),
        );
      }
    }
    const shared = found;
    // Whose pause it was is gone.
    if (!shared.#holders.length && shared !== known) shared.#isPaused = false;
    const hold: Hold = {
      shared,
      latest,
      rests: false,
      rest(rests) {
        hold.rests = rests;
        shared.#rest();
      },
      release: () => shared.#release(hold),
    };
    shared.#holders.push(hold);
    shared.#rest();
    return hold;
  }

  /** What keeps these options from sharing it: nothing, if who has them gets what it asks for. */
  #differs(url: string, options: SharedOptions): string[] {
    if (this.numberOf(options.lastEventId) === undefined) return ["lastEventId"];
    const comparable = ({ key: _key, lastEventId: _place, replay: _replay, linger: _linger, events, ...rest }: SharedOptions) => ({
      ...rest,
      events: events && [...events].sort(),
    });
    const names = differing(comparable(this.#opened), comparable(options), options.key !== undefined && this.#opened.key !== undefined);
    return url === this.#url ? names : ["url", ...names];
  }

  get state() {
    return this.#source.state;
  }

  get source(): EventSource<any> {
    return this.#source;
  }

  subscribe<Events>(listener: (message: Message<Events>) => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }

  /** How many events came. */
  get count(): number {
    return this.#first + this.#log.length - this.#head;
  }

  /** The number of the first event that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number of the event behind a place, as a server would go on; nothing if it is not known here. */
  numberOf(place: string | undefined): number | undefined {
    if (!place) return 0;
    if (place === this.#opened.lastEventId) return this.#start;
    const { length } = this.#log;
    let at = length - 1;
    while (at >= this.#head && this.#log[at]!.message.id !== place) at--;
    // Events without an id of their own have that of the one before.
    while (at > this.#head && this.#log[at - 1]!.message.id === place) at--;
    return at < this.#head ? undefined : this.#first + at - this.#head + 1;
  }

  /** What is kept of the events from a number on. */
  since<Events>(number: number): Message<Events>[] {
    return this.#log.slice(this.#head + Math.max(number - this.#first, 0)).map(({ message }) => message);
  }

  /** Whether it can be held again. */
  get isKept(): boolean {
    return this.#siblings.has(this);
  }

  /** A new connection now, also after the end. */
  reconnect(): void {
    if (this.state.name !== "closed") return this.#source.reconnect();
    const options = this.#options();
    const { lastEventId } = this.#source;
    const mayGoOn = isRepeatable(options);
    this.#source = this.#open({ ...options, ...(mayGoOn && lastEventId && { lastEventId }) });
    this.#isPaused = false;
    if (!mayGoOn) {
      this.answer++;
      this.#log = [];
      this.#first = this.#start = this.#head = this.#size = 0;
    }
    if (this.#rests) this.#source.pause();
    this.dispatchEvent(new Event("statechange"));
  }

  #options(): SharedOptions {
    return this.#holders.at(-1)?.latest() ?? {};
  }

  #open(options: SharedOptions): EventSource<any> {
    const { key: _key, events: _events, replay: _replay, linger: _linger, ...own } = options;
    // Whoever renders again brings new functions: the latest are called.
    for (const [name, value] of Object.entries(own)) {
      if (typeof value === "function") Object.assign(own, { [name]: this.#latest(name as keyof SharedOptions, value) });
    }
    if (typeof own.retry?.on === "function") {
      const { on } = own.retry;
      own.retry = { ...own.retry, on: (error) => ((this.#options().retry?.on as typeof on | undefined) ?? on)(error) };
    }
    const { decode } = own;
    // (What cannot decode is the source's to refuse.)
    if (decode === "json" || typeof decode === "function") {
      own.decode = (data, type) => {
        this.#decoded = data.length;
        return decode === "json" ? JSON.parse(data) : decode(data, type);
      };
    }
    const source = this.#make(own);
    const tell = (message: Message<any>) => {
      this.#keep(message);
      for (const subscriber of [...this.#subscribers]) guarded(() => subscriber(message));
    };
    source.addEventListener("statechange", () => this.#source === source && this.dispatchEvent(new Event("statechange")));
    const { events } = this.#opened;
    if (!events) source.subscribe(tell);
    else {
      for (const type of events)
        source.addEventListener(type, (event) => {
          if (event instanceof MessageEvent) tell({ type, data: event.data, id: event.lastEventId });
        });
      source.addEventListener("decodeerror", ({ message }) => tell(message));
    }
    return source;
  }

  #keep(message: Message<any>): void {
    const { replay = REPLAY } = this.#opened;
    const length = typeof message.data === "string" ? message.data.length : this.#decoded;
    const size = length + message.type.length + message.id.length + OVERHEAD;
    this.#log.push({ message, size });
    this.#size += size;
    while (this.#size > replay) {
      this.#size -= this.#log[this.#head++]!.size;
      this.#first++;
    }
    // What is dropped is taken out of the list by half, and not one by one.
    if (this.#head > this.#log.length / 2) {
      this.#log.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Headers that are no function are read at each attempt, and may be others by then. */
  #make(options: EventSourceOptions): EventSource<any> {
    const { headers } = options;
    this.#headers = making.headers = headers && typeof headers !== "function" ? new Headers(headers) : undefined;
    try {
      return new Source<any>(this.#url, options);
    } finally {
      making.headers = undefined;
    }
  }

  /** The options have changed: static headers among them are those of the next attempt. */
  renew(): void {
    const { headers } = this.#options();
    const kept = this.#headers;
    if (!kept || typeof headers === "function") return;
    // Most renders change nothing, and what is wrong is said once.
    const text = JSON.stringify(headers instanceof Headers ? [...headers] : headers);
    if (text === this.#renewed) return;
    this.#renewed = text;
    guarded(() => {
      const now = headersOf(headers ?? {});
      for (const name of [...kept.keys()]) kept.delete(name);
      for (const [name, value] of now) kept.append(name, value);
      // Whoever joins from now on has these, too.
      this.#opened = { ...this.#opened, headers: now };
    });
  }

  #latest(name: keyof SharedOptions, first: unknown) {
    return (...args: never[]) => {
      const now = this.#options()[name];
      return ((typeof now === "function" ? now : first) as (...args: never[]) => unknown)(...args);
    };
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#rests) this.#source.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#rests) this.#source.resume();
  }

  /** Pauses while nobody wants anything of it, and leaves a pause that somebody has asked for. */
  #rest(rests = this.#holders.every(({ rests }) => rests)): void {
    // What is cut short and may not be repeated would be lost.
    if (rests === this.#rests || (rests && !isRepeatable(this.#opened))) return;
    this.#rests = rests;
    const { state } = this.#source;
    if (rests) this.#isPaused ||= state.name === "paused" && state.by.includes("user");
    if (rests) this.#source.pause();
    else if (!this.#isPaused) this.#source.resume();
  }

  #release(hold: Hold): void {
    const { linger = LINGER } = hold.latest();
    this.#holders = this.#holders.filter((other) => other !== hold);
    if (this.#holders.length) return this.#rest();
    const { after } = platform();
    const leaves = ++this.#leaves;
    // React takes components off and puts them on again: who comes back at once finds the connection open.
    after(0, () => {
      this.#restIfIdle();
      // What has ended is asked for anew by whoever comes later, if that may be.
      if (this.state.name === "closed" && isRepeatable(this.#opened)) this.#endIfIdle();
    });
    after(linger, () => {
      if (leaves === this.#leaves) this.#endIfIdle();
    });
  }

  /** Lets the connection go if nobody holds it. */
  #restIfIdle(): void {
    if (!this.#holders.length) this.#rest();
  }

  #endIfIdle(): void {
    if (this.#holders.length || !this.isKept) return;
    this.#siblings.delete(this);
    this.#source.close();
  }
}

/** What a component held before: for this stream, or for the one that it has turned from. */
interface Past {
  known?: Shared | undefined;
  left?: Shared | undefined;
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

const REPLAY = 1 << 18;

const LINGER = 1000;

/** What an event takes beside its text. */
const OVERHEAD = 64;

/** Whether a request may be made again though the server may have acted on it. */
export function isRepeatable(options: SharedOptions): boolean {
  return options.retry?.resend || methodOf(options) === "GET";
}

/** Those of a platform, in the order in which they were opened: two worlds share nothing. */
function all(): Set<Shared> {
  const here = platform();
  if (!registry.has(here)) registry.set(here, new Set());
  return registry.get(here)!;
}

const registry = /* @__PURE__ */ new WeakMap<Platform, Set<Shared>>();
