// What a component makes of its stream.

import { type EventSourceError, failure, guarded, report } from "./errors.js";
import type { EventSource } from "./event-source.js";
import type { Message } from "./events.js";
import { check, type Check, isBatch, isFunction, within } from "./options.js";
import { type Hold, isRepeatable, Shared, type SharedOptions } from "./shared.js";
import { errorOf, type State } from "./state.js";
import { batches, type Folded } from "./store.js";

/** What `useEventSource` takes, in React and in Vue. */
export interface HookOptions<Events = Record<string, any>, Value = undefined> extends SharedOptions {
  /** Called with every event from when the component is there, in order, and with what brought it. */
  onEvent?: ((message: Message<Events>, source: EventSource) => void) | undefined;
  /** Called with every state, at once and not only when the component is drawn. */
  onStateChange?: ((state: State, source: EventSource) => void) | undefined;
  /** Folds every event into `value`: of a shared connection also what came before the component joined it (see `replay`). */
  reducer?: ((value: Folded<Value>, message: Message<Events>) => Folded<Value>) | undefined;
  /** What `value` is before the first event of the connection, or behind `lastEventId`. */
  initial?: Value | undefined;
  /** How often a component is drawn again: see `EventStoreOptions`. Default `frame`. */
  batch?: "frame" | "none" | number | undefined;
}

/** What a component shows of a stream. */
export interface View<Events, Value> {
  /** What the connection is doing: `idle` on a server and before the component is mounted, `closed` without a url. */
  readonly state: State;
  /** The latest event. For every event there are `onEvent` and `reducer`. */
  readonly latest: Message<Events> | undefined;
  /** Why it waits or is closed. */
  readonly error: EventSourceError | undefined;
  /** Since when the stream is lost, in milliseconds since 1970; null before it was open, and while it is. */
  readonly downSince: number | null;
  /** What `reducer` made of all events so far. */
  readonly value: Folded<Value>;
  /** `late` if `value` begins after the first event of a connection that others share: more came before than `replay` keeps. */
  readonly joined: "late" | undefined;
}

/** What a component can do to its connection. */
export interface Steering {
  pause(): void;
  resume(): void;
  /** A new connection now, also after the end. */
  reconnect(): void;
  close(): void;
}

/** What there is before a connection, and without a url. */
export function blank<Events, Value>(url: string, initial: Value | undefined): View<Events, Value> {
  const state: State = url ? { name: "idle" } : { name: "closed", by: "user" };
  return { state, latest: undefined, error: undefined, downSince: null, value: initial as Folded<Value>, joined: undefined };
}

/** What tells one stream of a component from the next. */
export function identify(url: string, { key = url, events }: HookOptions<any, any>): string {
  return JSON.stringify([url, key, Array.isArray(events) ? [...events].sort() : events]);
}

/**
 * Follows one url after the other, and outlives its holds on connections: who leaves one and comes back to the same url (React's
 * `Activity`, StrictMode) goes on with its value, and behind the last event that is in it.
 */
export class Follower<Events, Value> {
  readonly steering: Steering = {
    pause: () => this.#hold?.shared.pause(),
    resume: () => this.#hold?.shared.resume(),
    reconnect: () => (this.#hold ? this.#hold.shared.reconnect() : this.#isHere && this.#join(true)),
    close: () => this.#hold?.shared.source.close(),
  };
  #options: HookOptions<Events, Value>;
  readonly #show: (view: View<Events, Value>) => void;
  readonly #fresh: (initial: Value | undefined) => Value | undefined;
  readonly #soon = batches();
  #cancel: (() => void) | undefined;
  #identity = "";
  #url = "";
  /** What is so. A copy of it is shown. */
  #view: { -readonly [Name in keyof View<Events, Value>]: View<Events, Value>[Name] };
  /** It wants a connection. */
  #isHere = false;
  /** It can wait for it. */
  #isAside = false;
  #hold: Hold | undefined;
  /** What was held for this url, and for the one before. */
  #shared: Shared | undefined;
  #left: Shared | undefined;
  /** So many of its events are in the value, of this answer. */
  #seen = 0;
  #answer = 0;

  /** `fresh` makes something of `initial` that may be changed in place. */
  constructor(options: HookOptions<Events, Value>, show: (view: View<Events, Value>) => void, fresh = (initial: Value | undefined) => initial) {
    this.#options = options;
    this.#show = show;
    this.#fresh = fresh;
    this.#view = this.#blank();
  }

  /** Others after each render, perhaps: the latest functions among them are called. */
  set options(options: HookOptions<Events, Value>) {
    this.#options = options;
    this.#hold?.shared.renew();
  }

  /** Turns to a url, whose connection is opened or joined. */
  open(url: string): void {
    this.leave();
    const identity = identify(url, this.#options);
    if (identity !== this.#identity) {
      this.#identity = identity;
      this.#url = url;
      this.#view = this.#blank();
      this.#left = this.#shared;
      this.#shared = undefined;
    }
    this.#isHere = !!url;
    this.#join();
    this.#left = undefined;
  }

  /** Leaves the connection. */
  leave(): void {
    this.#isHere = false;
    this.#cancel?.();
    this.#cancel = undefined;
    const hold = this.#hold;
    this.#hold = undefined;
    hold?.release();
  }

  /** Puts it aside, where it can do without a connection, or takes it back. */
  put(aside: boolean): void {
    this.#isAside = aside;
    this.#hold?.rest(aside);
    if (this.#isHere) this.#join();
  }

  #join(again = false): void {
    const isFree = this.#isHere && !this.#isAside && !this.#hold;
    if (isFree && (again || this.#mayJoin())) this.#connect();
    this.#flush();
  }

  /** What has ended stays so, and what may not be repeated is not asked again because a component is shown again. */
  #mayJoin(): boolean {
    if (!this.#shared || this.#shared.isKept) return true;
    const { state } = this.#view;
    if (state.name === "closed") return false;
    const mayJoin = isRepeatable(this.#options);
    if (!mayJoin) this.#view.state = { name: "closed", by: "dropped" };
    return mayJoin;
  }

  #connect(): void {
    const latest = () => connectionOf(this.#options);
    const place = this.#view.latest?.id;
    const options = { ...latest(), ...(place && { lastEventId: place }) };
    let hold: Hold;
    try {
      const { onEvent, onStateChange, reducer, batch, key, events, replay, linger } = this.#options;
      check({ onEvent, onStateChange, reducer, batch, key, events, replay, linger }, CHECKS);
      hold = Shared.hold(this.#url, options, latest, { known: this.#shared, left: this.#left });
    } catch (cause) {
      // Here nobody could catch it without taking the component off.
      const error = failure("option", { cause });
      Object.assign(this.#view, { state: { name: "closed", by: "fatal", error }, error });
      return report(cause);
    }
    const { shared } = (this.#hold = hold);
    const isKnown = shared === this.#shared && shared.answer === this.#answer;
    const from = isKnown ? this.#seen : shared.numberOf(options.lastEventId)!;
    // Without a place nobody knows what of it is in the value.
    if (!isKnown && !place && shared.count) this.#begin();
    this.#shared = shared;
    this.#answer = shared.answer;
    const changed = () => {
      this.#see(shared);
      this.#changed();
      guarded(() => this.#options.onStateChange?.(shared.state, shared.source));
    };
    this.#see(shared);
    if (from < shared.first) this.#view.joined = "late";
    for (const message of shared.since<Events>(from)) this.#fold(message);
    this.#seen = shared.count;
    const leave = shared.subscribe<Events>((message) => this.#receive(message, shared));
    shared.addEventListener("statechange", changed);
    this.#hold = {
      ...hold,
      release() {
        leave();
        shared.removeEventListener("statechange", changed);
        hold.release();
      },
    };
  }

  #blank(): View<Events, Value> {
    return blank(this.#url, this.#fresh(this.#options.initial));
  }

  /** Forgets what came, as it is not a part of what comes now. */
  #begin(): void {
    this.#view = { ...this.#blank(), state: this.#view.state };
    this.#seen = 0;
  }

  #see({ state, answer }: Shared): void {
    if (this.#answer !== answer) this.#begin();
    this.#answer = answer;
    Object.assign(this.#view, { state, error: errorOf(state), downSince: state.downSince ?? null });
  }

  #receive(message: Message<Events>, shared: Shared): void {
    const hold = this.#hold;
    guarded(() => this.#options.onEvent?.(message, shared.source));
    // Who has left within gets it when it comes back.
    if (this.#hold !== hold) return;
    this.#fold(message);
    this.#seen = shared.count;
    this.#changed();
  }

  #fold(latest: Message<Events>): void {
    const { reducer } = this.#options;
    this.#view.latest = latest;
    guarded(() => {
      if (reducer) this.#view.value = reducer(this.#view.value, latest);
    });
  }

  #changed(): void {
    const { batch = "frame" } = this.#options;
    if (batch === "none") this.#flush();
    else this.#cancel ??= this.#soon(batch, () => this.#flush());
  }

  #flush(): void {
    this.#cancel = undefined;
    this.#show({ ...this.#view });
  }
}

/** Of the options that no source has: it checks its own. */
const CHECKS: Check = {
  onEvent: isFunction,
  onStateChange: isFunction,
  reducer: isFunction,
  batch: isBatch,
  key: (value) => typeof value !== "string" && "must be a string",
  events: (value) => !(Array.isArray(value) && value.every((type) => typeof type === "string")) && "must be a list of strings",
  replay: within(0, Infinity),
  linger: within(0, Infinity),
};

/** What a connection is made with: now, and when it is made anew after its end. */
function connectionOf<Events, Value>(options: HookOptions<Events, Value>): SharedOptions {
  const { onEvent: _onEvent, onStateChange: _onStateChange, reducer: _reducer, initial: _initial, batch: _batch, ...own } = options;
  return { pauseWhenHidden: "resumable", ...own };
}
