// Carries out what the session decides, between the platform on one side and the user on the other.
//
// One rule holds everything together: WebAssembly never calls out. A user's function may therefore close, pause, reconnect
// or throw at any moment; what it causes is queued in the session, and done when its turn comes.

import type { Wasm } from "./core.js";
import { type ErrorDetails, type EventSourceError, failure, report } from "./errors.js";
import type { Accepted } from "./events.js";
import { resumed, retryAfter } from "./http.js";
import type { Settings } from "./options.js";
import type { Connection, Platform, Sink } from "./platform.js";
import * as is from "./protocol.js";
import type { State, Transport, TransportName } from "./state.js";

/** What hears of a stream. Its functions do not throw. */
export interface Ears {
  announce(state: State): void;
  /** An answer has come, or an event of the native one. */
  answered(origin: string, answer?: Accepted): void;
  /** A request goes there. */
  asks(url: string): void;
  deliver(type: string, data: string, id: string): void;
  comment(text: string): void;
  /** One of `NO_ANSWER`, `NOT_READ`, `NOT_PREPARED`, `JSON_BODY`, and for how many milliseconds that is so. */
  diagnose(what: number, after: number): void;
  /** The types that are heard by name, and whether every one is. */
  readonly heard: Set<string>;
  hearsAll(): boolean;
  /** Whether it can take more. Asked when bytes come, after who reads has had a turn. */
  hasRoom(): boolean;
  isCrowded(): boolean;
  /** So much waits for who reads that no more should be read. */
  isFull(): boolean;
}

/** Counted since the source was made. */
export interface Counters {
  connections: number;
  events: number;
  bytes: number;
  dropped: number;
  lastEventAt: number | null;
}

export class Client {
  readonly #platform: Platform;
  readonly #settings: Settings;
  readonly #ears: Ears;
  readonly #counters: Counters;
  readonly #wasm: Wasm;
  readonly #core: number;
  /** The core is gone. */
  #ended = false;
  #draining = false;
  /** What is under way: a connection, or the question where to. */
  #live: Connection | undefined;
  #generation = 0;
  #prepared: Prepared = {};
  /** So many events of a batch were handed over, and the session does not know it yet; one more once all of it was. */
  #handed = 0;
  /** When the latest `MOMENT` began, and how many events have come in it. */
  #moment = 0;
  #inMoment = 0;
  /** What the clocks said last. */
  #now = 0;
  #uptime = 0;
  /** Types by their number. */
  readonly #types = ["message"];
  /** What there is of the data of an event that has not ended. */
  #part = "";
  /** The last event id, while it changes by events. */
  #id = "";
  /** The session was told something: the connection may not be the current one any more. */
  #told = false;
  #timers: ((() => void) | undefined)[] = [];
  #forgetPage: () => void;
  /** What is known of the latest failure beyond what the session knows. */
  #failure: { kind?: number } & ErrorDetails = {};
  /** The latest error that was told, and how often in a row the server has refused. */
  #error: EventSourceError | undefined;
  #refusals = 0;
  /** The answer to the current request was accepted. */
  #isOpen = false;
  /** No chunk of it has come. */
  #isFirst = false;
  /** Of this source, for all of its attempts. */
  readonly #requestId: string;
  #resume: "header" | "query" | null = null;
  #lastEventId = "";
  transport: Transport | null = null;

  constructor(wasm: Wasm, platform: Platform, settings: Settings, ears: Ears, counters: Counters) {
    this.#wasm = wasm;
    this.#platform = platform;
    this.#settings = settings;
    this.#ears = ears;
    this.#counters = counters;
    wasm.say(settings.lastEventId, [...settings.forSession, ...platform.offer().map(Number)]);
    this.#core = wasm.create();
    this.#requestId = `${platform.random()}`.slice(2) + platform.now().toString(36);
    this.#forgetPage = platform.watchPage((input, reason = 0) => this.#tell(input, reason));
    for (const type of ears.heard) this.listen(type);
    if (ears.hearsAll()) this.listenToAll();
  }

  get lastEventId(): string {
    return this.#settle() ? this.#wasm.lastEventId(this.#core) : this.#lastEventId;
  }

  /** Says what the user wants: `OPEN`, `PAUSE`, `RESUME`, `RECONNECT` or `CLOSE`; or that an event was `COMPLETE`. */
  steer(input: number): void {
    this.#tell(input, is.BY_USER);
    // Also within a listener, before its turn: whoever closes one may open another next.
    if (input === is.CLOSE) this.#abort();
  }

  listen(type: string): void {
    this.#hear(type);
    this.#live?.listen?.(type);
  }

  listenToAll(): void {
    if (!this.#types.includes("*")) this.#hear("*");
    this.#tell(is.HEAR_ALL);
  }

  #hear(type: string): void {
    if (this.#ended) return;
    this.#types.push(type);
    this.#wasm.say(type);
    this.#wasm.hear(this.#core);
  }

  /** Tells the session what happened, and does what follows, in order. */
  #tell(input: number, number = 0, generation = this.#generation): void {
    if (!this.#settle()) return;
    this.#told = true;
    this.#time();
    this.#wasm.tell(this.#core, input, generation, number);
    this.#drain();
  }

  /** Makes the session know what time it is, which is returned. */
  #time(): number {
    const platform = this.#platform;
    this.#now = platform.now();
    this.#uptime = platform.uptime?.() ?? this.#now;
    this.#wasm.time(this.#core, this.#now, this.#uptime, platform.random());
    return this.#now;
  }

  /** Makes the session know all that was handed over. `false` if there is none any more. */
  #settle(): boolean {
    if (this.#handed && !this.#ended) this.#wasm.commit(this.#core, this.#handed);
    return !this.#ended;
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let action; !this.#ended && (action = this.#wasm.next(this.#core)); ) this.#perform(action);
    } finally {
      this.#draining = false;
    }
  }

  #perform(action: number): void {
    const numbers = [...new Float64Array(this.#wasm.memory.buffer, this.#wasm.numbers(this.#core), 9)] as Numbers;
    const [generation, first, second] = numbers;
    switch (action) {
      case is.PREPARE:
        this.#generation = generation;
        // Nothing is said of a 401 that the functions are asked about.
        if (second) this.#error = failure("status", { ...this.#failure, willRetry: true });
        this.#prepare({ number: first, unauthorized: !!second, error: this.#error, refusals: this.#refusals, id: this.#requestId });
        break;
      case is.CONNECT:
        this.#connect(numbers);
        break;
      case is.READ:
        this.#live?.read?.();
        break;
      case is.HOLD:
        this.#live?.hold?.();
        break;
      case is.PEEK:
        this.#live?.peek?.(this.#settings.limits.errorBody);
        break;
      case is.ABORT:
        this.#abort();
        break;
      case is.JUDGE:
        void this.#judge(this.#makeError(numbers), generation);
        break;
      case is.ARM:
        this.#disarm(first);
        this.#timers[slot(first)] = this.#platform.after(second, () => this.#tell(is.FIRED, first, generation));
        break;
      case is.DISARM:
        this.#disarm(first);
        break;
      case is.ANNOUNCE:
        this.#announce(numbers);
        break;
      case is.DIAGNOSE:
        this.#ears.diagnose(second, first);
    }
  }

  #abort(): void {
    const live = this.#live;
    this.#live = undefined;
    this.#part = "";
    live?.abort();
  }

  #disarm(timer: number): void {
    this.#timers[slot(timer)]?.();
    this.#timers[slot(timer)] = undefined;
  }

  /** Asks the user's function: true is the usual delay, a number is one, and everything else the end. */
  async #judge(error: EventSourceError, generation: number): Promise<void> {
    let verdict: unknown;
    try {
      verdict = this.#settings.judge?.(error);
      // (Who answers at once is heard at once.)
      if (verdict && typeof verdict === "object") {
        this.#tell(is.JUDGING, 0, generation);
        verdict = await verdict;
      }
      // `undefined`, which is the end, is what a function returns that has nothing to say.
      if (typeof (verdict ?? false) !== "boolean" && !(typeof verdict === "number" && verdict >= 0)) throw new TypeError("`retry.on` must return true, false, or milliseconds");
    } catch (thrown) {
      report(thrown);
    }
    const delay = verdict === true ? 0 : typeof verdict === "number" && verdict >= 0 ? Math.max(verdict, 1) : -1;
    this.#tell(is.JUDGED, delay, generation);
  }

  /** Asks the functions, one after the other. */
  #prepare(attempt: Attempt): void {
    const generation = this.#generation;
    let asked = true;
    this.#live = { abort: () => (asked = false) };
    const fail = (kind: number, option: string, cause: unknown) => {
      this.#failure = { kind, option, cause };
      this.#tell(is.FAILED, kind, generation);
    };
    const ask = async () => {
      const prepared: Prepared = {};
      for (const provider of this.#settings.providers) {
        // As long as it has not answered: there may be a time-out.
        this.#failure = { kind: is.PROVIDER, option: provider.option, cause: "no answer in `prepareTimeout`" };
        let answer;
        try {
          answer = await provider.ask(attempt);
        } catch (error) {
          return asked && fail(is.PROVIDER, provider.option, error);
        }
        if (!asked) return;
        try {
          prepared[provider.option] = provider.check(answer) as never;
        } catch (error) {
          return fail(is.OPTION, provider.option, error);
        }
      }
      this.#prepared = prepared;
      this.#tell(is.PREPARED, 0, generation);
    };
    void ask();
  }

  #connect([generation, native, resume]: Numbers): void {
    this.#generation = generation;
    const { method, credentials, resumeQuery, init, fetch, ...settings } = this.#settings;
    const { url = settings.url, headers = settings.headers, body = settings.body } = this.#prepared;
    this.#prepared = {};
    const id = (this.#id = this.#wasm.lastEventId(this.#core));
    const address = resume === is.BY_QUERY ? resumed(url, resumeQuery, id) : url;
    this.#resume = resume === is.BY_QUERY ? "query" : resume === is.BY_HEADER ? "header" : null;
    this.#isOpen = false;
    this.#ears.asks(url);
    const all = new Headers(headers);
    if (!all.has("accept")) all.set("accept", STREAM);
    if (resume === is.BY_HEADER) all.set("last-event-id", id);
    const name = TRANSPORTS[native]!;
    this.#counters.connections++;
    this.#live = this.#platform.connect(
      {
        transport: name,
        url: address,
        method,
        headers: all,
        body,
        credentials,
        resumeQuery,
        init,
        fetch,
        // Also where nobody listens to it: its ids are where the next connection goes on. (tRPC gives ids back by events of a type
        // that only its own client knows: without them a server would begin anew.)
        eventTypes: new Set(["message", "restore-id", ...this.#ears.heard]),
      },
      this.#sink(generation, address),
    );
  }

  #sink(generation: number, address: string): Sink {
    const isCurrent = () => this.#live && this.#generation === generation;
    return {
      answered: ({ status, statusText, headers, hasBody, ...answer }) => {
        if (!isCurrent()) return;
        // Whoever puts a function in place of `fetch` may leave it out.
        const { href: url, origin } = new URL(answer.url || address, address);
        this.#ears.answered(origin, { url, status, headers });
        const redirected = url.split("#")[0] === address.split("#")[0] ? undefined : url;
        const wait = retryAfter(headers, this.#time());
        this.#failure = { kind: status === 200 ? is.CONTENT_TYPE : is.STATUS, status, statusText, headers, redirected, retryAfter: wait >= 0 ? wait : undefined };
        if (status > 399) this.#refusals++;
        const isAccepted = this.#accepts({ url, status, headers });
        // The user's function may have closed the source.
        if (this.#ended || !isCurrent()) return;
        this.#wasm.say(isAccepted ? STREAM : headers.get("content-type") ?? "");
        this.#wasm.answered(this.#core, generation, isAccepted ? 200 : status, hasBody, wait);
        this.#drain();
      },
      peeked: (body) => {
        if (isCurrent()) this.#failure = { ...this.#failure, body };
      },
      chunk: (bytes) => this.#chunk(bytes, generation),
      isCrowded: () => this.#ears.isCrowded(),
      tell: (input, number = 0, detail, option = "url") => {
        if (isCurrent()) {
          if (this.#isOpen && input === is.ENDED) return this.#end(generation);
          if (input === is.FAILED) {
            this.#failure = { kind: number, cause: detail, option: number === is.OPTION ? option : undefined, wasOpen: this.#isOpen };
          }
          if (input === is.NATIVE_RETRIES || input === is.NATIVE_CLOSED) {
            this.#failure = { kind: is.NETWORK, wasOpen: this.#isOpen };
            this.#isOpen = false;
          }
          if (input === is.NATIVE_OPENED) {
            const { href, origin } = new URL((detail as string | undefined) ?? address, address);
            this.#ears.answered(origin, { url: href });
          }
        }
        this.#tell(input, number, generation);
      },
      message: (type, data, id, origin) => {
        this.#ears.answered(origin);
        this.#message(type, data, id, generation);
      },
    };
  }

  /** The body has ended as it should. */
  #end(generation: number): void {
    const { unfinished } = this.#settings;
    const rest = unfinished !== "drop" && this.#settle() ? this.#wasm.rest(this.#core) : undefined;
    if (rest !== undefined && unfinished === "deliver") this.#parse(END, generation);
    if (this.#ended) return;
    // (It may have been handed over in parts.)
    const body = rest !== undefined && unfinished === "error" ? this.#part + rest : undefined;
    const isInside = body !== undefined;
    this.#failure = { kind: is.INCOMPLETE, body, cause: isInside ? "it ended inside an event" : "it ended too soon" };
    this.#tell(isInside ? is.FAILED : is.ENDED, is.INCOMPLETE, generation);
  }

  /** Whether the user wants an answer that is no event stream, or has another status (2xx, but for 204, which is the end). */
  #accepts(answer: Required<Accepted>): unknown {
    const { accept } = this.#settings;
    const { status, headers } = answer as { status: number; headers: Headers };
    const isUsual = status === 200 && /^text\/event-stream\s*(;|$)/i.test(headers.get("content-type") ?? "");
    if (!accept || isUsual || status < 200 || status > 299 || status === 204) return;
    try {
      const isAccepted: unknown = accept(answer);
      if (typeof isAccepted !== "boolean") throw new TypeError("`accept` must return true or false");
      return isAccepted;
    } catch (thrown) {
      report(thrown);
      return;
    }
  }

  #chunk(bytes: Uint8Array, generation: number): void {
    if (!this.#ears.hasRoom()) return this.#overflow(generation);
    // `[` or `{`: no field of an event stream begins so. (Whoever is told may close the source.)
    const isJson = this.#isFirst && (bytes[0]! | 32) === 0x7b;
    this.#isFirst = false;
    if (isJson) this.#ears.diagnose(is.JSON_BODY, 0);
    if (this.#ended) return;
    if (this.#parse(bytes, generation)) this.#drain();
    this.#isFull(generation);
  }

  /** Parses bytes, and delivers what they bring. `false` if that was all, or the connection ended meanwhile. */
  #parse(bytes: Uint8Array, generation: number): boolean {
    const wasm = this.#wasm;
    const core = this.#core;
    const platform = this.#platform;
    const time = platform.now();
    // The other clock has moved as far, unless this one was set back. (To ask it takes as long as to parse an event.)
    this.#uptime = time < this.#now ? platform.uptime?.() ?? time : this.#uptime + time - this.#now;
    this.#now = time;
    const place = wasm.room(core, generation, bytes.length, time, this.#uptime);
    if (!place) return false;
    this.#handed = 0;
    if (bytes !== END) this.#counters.bytes += bytes.length;
    wasm.bytes().set(bytes, place >>> 0);
    for (let table, { length } = bytes; (table = wasm.parse(core, length)); length = 0) {
      // (Asking for more when there is none would take a tenth of the time that a chunk of one event takes.)
      if (!this.#deliver(table >>> 2, time, generation)) return false;
    }
    this.#handed = 0;
    return true;
  }

  /** Says so if too much waits for who reads. */
  #isFull(generation: number): void {
    if (this.#ears.isFull()) this.#tell(is.FULL, 0, generation);
  }

  /** Who reads has had a turn since the last bytes came: what is too much now, is too much. */
  #overflow(generation: number): void {
    this.#failure = { kind: is.OVERFLOW, cause: "more events wait to be read than `queue` or `limits.queued` allow" };
    this.#tell(is.FAILED, is.OVERFLOW, generation);
  }

  /** Hands a batch over. 0 if that was all, or the connection ended meanwhile. */
  #deliver(at: number, time: number, generation: number): number {
    const wasm = this.#wasm;
    const counters = this.#counters;
    const types = this.#types;
    const flags = wasm.words()[at + 3]!;
    // In a variable while it changes: storing a new string in an old object takes longer than an event without an id.
    let id = (this.#id = flags & is.NEW_ID ? wasm.lastEventId(this.#core) : this.#id);
    // (That may have made the memory grow.)
    let words = wasm.words();
    const count = words[at]!;
    const start = words[at + 1]! >>> 0;
    // Parts of one text take a third of the time, but whoever keeps one keeps all of it: only where events come in thousands.
    const isWhole = flags & is.WHOLE && !this.#ears.heard.size && this.#isBurst(count, time);
    const text = isWhole ? wasm.decode(start, words[at + 2]!) : "";
    const field = (from: number, to: number) => (isWhole ? text.slice(from, to) : wasm.string(start + from, to - from));
    if (words[at + is.ROW]! < is.COMMENT) counters.lastEventAt = time;
    const { deliver } = this.#ears;
    // If it is not of what comes now, nobody hears what it is of.
    let begun = this.#part;
    this.#part = "";
    this.#told = false;
    for (let handed = 1; handed <= count; handed++) {
      this.#handed = handed;
      at += is.ROW;
      let kind = words[at];
      // Whatever a listener does may make the memory grow, and take the view away.
      if (kind === undefined) kind = (words = wasm.words())[at]!;
      let data = field(words[at + 1]!, words[at + 2]!);
      if (kind & is.PARTS) data = begun + data;
      if (kind & is.PART) {
        this.#part = data;
      } else if (kind & is.COMMENT) {
        this.#part = begun;
        this.#ears.comment(data);
      } else {
        if (kind & is.ID) id = field(words[at + 3]!, words[at + 4]!);
        let type = types[kind & (is.ID - 1)]!;
        if (kind & is.SPELLED) {
          type = field(words[at + 5]!, words[at + 6]!);
          // Nobody listens to it by its name, and so it has no number yet. (The first of them is for events without a type.)
          if (types.length < is.TYPES && !types.includes(type, 1)) this.#hear(type);
        }
        counters.events++;
        begun = "";
        deliver(type, data, id);
      }
      if (this.#told && (this.#ended || !wasm.is_current(this.#core, generation))) return 0;
    }
    this.#id = id;
    this.#handed = count + 1;
    return flags & is.MORE;
  }

  /** Whether so many events in a moment are too many for a text of its own each. */
  #isBurst(count: number, time: number): boolean {
    if (Math.abs(time - this.#moment) >= MOMENT) {
      this.#moment = time;
      this.#inMoment = 0;
    }
    return (this.#inMoment += count) > BURST;
  }

  #message(type: string, data: string, id: string, generation: number): void {
    if (!this.#ears.hasRoom()) return this.#overflow(generation);
    const isHeard = this.#ears.hearsAll() || this.#ears.heard.has(type);
    // At most three bytes a unit.
    const mayBeLong = data.length * 3 > this.#settings.limits.event;
    const bytes = mayBeLong ? new Blob([data]).size : data.length;
    if (this.#ended) return;
    const now = this.#time();
    this.#wasm.say(id);
    const counts = this.#wasm.message(this.#core, generation, bytes, isHeard);
    if (counts && isHeard) {
      this.#counters.events++;
      this.#counters.lastEventAt = now;
      // Each of these objects begins without an id, also where this source has one already.
      this.#ears.deliver(type, data, this.#wasm.lastEventId(this.#core));
    }
    this.#drain();
    this.#isFull(generation);
  }

  #announce(numbers: Numbers): void {
    const state = this.#state(numbers);
    if (state.name === "open") {
      this.#isFirst = this.#isOpen = true;
      this.#error = undefined;
      this.#refusals = 0;
    }
    if (state.name === "closed") {
      this.#forgetPage();
      this.#lastEventId = this.#wasm.lastEventId(this.#core);
      this.#ended = true;
      this.#wasm.release(this.#core);
    }
    this.#ears.announce(state);
  }

  #state(numbers: Numbers): State {
    const [chosen, code, attempt, at, detail, failed] = numbers;
    if (chosen) {
      const reason = is.TRANSPORT_REASONS[(chosen - 1) >> 1]!;
      this.transport = { name: TRANSPORTS[(chosen - 1) & 1]!, reason, resume: this.#resume };
    }
    const error = failed ? this.#makeError(numbers) : undefined;
    const name = is.STATES[code]!;
    switch (name) {
      case "open":
        return { name, transport: this.transport!.name, since: at };
      case "waiting":
        return { name, attempt, until: detail ? at : null, cause: error ?? (detail > 1 ? "unknown" : "ended") };
      case "paused":
        return { name, by: is.PAUSES.filter((_, bit) => detail & (1 << bit)) };
      case "closed":
        return { name, by: is.CLOSED_BY[detail], ...(error && { error }) } as State;
      default:
        return { name, attempt } as State;
    }
  }

  #makeError([, , , , , code, status, willRetry, number]: Numbers): EventSourceError {
    const kind = is.ERROR_KINDS[code] || "network";
    // What made an answer incomplete is known by another name.
    const latest = this.#failure.kind;
    const known = latest === code || (code === is.INCOMPLETE && latest === is.NETWORK) ? this.#failure : {};
    return (this.#error = failure(kind, { ...known, status: status || undefined, willRetry: !!willRetry }, number));
  }
}

/** What a function for url, headers or body may want to know. */
export interface Attempt {
  /** Counted from 1, anew after each good connection. */
  readonly number: number;
  /** The server has just answered 401: what was sent last time is not good any more. */
  readonly unauthorized: boolean;
  /** What went wrong last, if nothing has gone well since. */
  readonly error: EventSourceError | undefined;
  /** So many times in a row the server has answered with a status that is no success: 403, 419, 498, … */
  readonly refusals: number;
  /** The same for all attempts of a source, to make an idempotency key of. */
  readonly id: string;
}

/** What the functions have answered for the attempt that is about to be made. */
interface Prepared {
  url?: string;
  headers?: Headers;
  body?: BodyInit | null;
}

type Numbers = [number, number, number, number, number, number, number, number, number];

/** In the order of their numbers. */
const TRANSPORTS: TransportName[] = ["fetch", "eventsource"];

/** All timers replace each other, but for that of the hidden page. */
const slot = (timer: number) => Number(timer === is.TIMER_HIDDEN);

const STREAM = "text/event-stream";

/** So many events in so many milliseconds are a burst. A text of its own for each of fewer takes 0.2 % of the time. */
const BURST = 2000;
const MOMENT = 100;

/** Ends the line and the event that it ends in. */
const END = /* @__PURE__ */ new Uint8Array([10, 10]);
