import { guarded, report } from "./errors.js";
import type { EventSource, Observer, Subscription } from "./event-source.js";
import { type Message, observable } from "./events.js";
import { check, isBatch, isFunction } from "./options.js";
import { type Platform, platform } from "./platform.js";
import type { State } from "./state.js";

/** A value made of every event of a source, for whatever draws it. */
export interface EventStore<Value> {
  /**
   * Calls a function, or the `next` of an observer, with what is so now, at once and after each change. What is returned ends it.
   * (Svelte's contract, what an effect of React asks for, and, by `Symbol.observable`, what RxJS and others do.)
   */
  subscribe(listener: ((snapshot: Snapshot<Value>) => void) | Observer<Snapshot<Value>>): Subscription;
  /** What is so now: the same object until something changes. */
  getSnapshot(): Snapshot<Value>;
  /** Changes the value by something other than an event: an optimistic update, for instance. */
  update(change: (value: Value) => Value): void;
  /** Leaves the source, without closing it. What came before is told at once, and `update` goes on. */
  close(): void;
}

export interface Snapshot<Value> {
  readonly value: Value;
  /** What the source is doing. */
  readonly state: State;
  /** Events that are not in the value: `reduce` threw at them, or an iterator of the source dropped them. */
  readonly dropped: number;
}

/** What a value may become that begins as an empty list or object: of that alone TypeScript makes one that stays empty. */
export type Folded<Value> = 0 extends 1 & Value
  ? Value
  : [Value] extends [never[]]
    ? any[]
    : [{}, keyof Value, Value] extends [Value, never, object]
      ? Record<string, any>
      : Value;

export interface EventStoreOptions<Events, Value> {
  readonly initial: Value;
  /** Called with every event, in order. It returns the next value, and a new object if anything is different. */
  readonly reduce: (value: Folded<Value>, message: Message<Events>) => Folded<Value>;
  /**
   * When listeners hear of changes: `frame`, the default, once before the page is drawn, however many events came (by a timer
   * while it is hidden); or a number of milliseconds; or `none`, after each.
   */
  readonly batch?: "frame" | "none" | number | undefined;
}

/** What a store needs of a source. */
export type StoreSource<Events> = Pick<
  EventSource<Events>,
  "state" | "stats" | "subscribe" | "addEventListener" | "removeEventListener"
>;

/**
 * Folds every event of a source into a value. Values are the store's own: several stores can share a source.
 * @throws {TypeError} if an option cannot work; the message names it.
 */
export function eventStore<Value, Events = Record<string, any>>(
  source: StoreSource<Events>,
  { initial, reduce, batch = "frame" }: EventStoreOptions<Events, Value>,
): EventStore<Folded<Value>> {
  // (What is undefined is not looked at.)
  check({ reduce: reduce ?? null, batch }, { reduce: isFunction, batch: isBatch });
  const listeners = new Set<(snapshot: Snapshot<Folded<Value>>) => void>();
  const soon = batches();
  let value = initial as Folded<Value>;
  let failures = 0;
  let snapshot: Snapshot<Folded<Value>> = { value, state: source.state, dropped: source.stats.dropped };
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel = undefined;
    const { state } = source;
    const dropped = failures + source.stats.dropped;
    if (value === snapshot.value && state === snapshot.state && dropped === snapshot.dropped) return;
    snapshot = { value, state, dropped };
    for (const listener of [...listeners]) guarded(() => listener(snapshot));
  };
  const changed = () => {
    if (batch === "none") flush();
    else cancel ??= soon(batch, flush);
  };
  const update = (change: (value: Folded<Value>) => Folded<Value>) => {
    value = change(value);
    changed();
  };
  const leave = source.subscribe((message) => {
    try {
      update((value) => reduce(value, message));
    } catch (error) {
      failures++;
      changed();
      report(error);
    }
  });
  source.addEventListener("statechange", changed);

  return observable({
    subscribe(listener: ((snapshot: Snapshot<Folded<Value>>) => void) | Observer<Snapshot<Folded<Value>>>) {
      const own = (snapshot: Snapshot<Folded<Value>>) => (typeof listener === "function" ? listener(snapshot) : listener.next?.(snapshot));
      own(snapshot);
      listeners.add(own);
      const unsubscribe = () => void listeners.delete(own);
      return Object.assign(unsubscribe, { unsubscribe });
    },
    getSnapshot: () => snapshot,
    update,
    close() {
      leave();
      source.removeEventListener("statechange", changed);
      // What came is told now.
      cancel?.();
      flush();
    },
  });
}

/**
 * Calls functions after a batch. Those that wait for the same one are called in one task, so that nothing is drawn that has
 * only a part of them: components that show one stream show the same of it. What is returned undoes it.
 */
export function batches(): (batch: "frame" | number, flush: () => void) => () => void {
  const here = platform();
  return (batch, flush) => {
    if (!waiting.has(here)) waiting.set(here, new Map());
    const rounds = waiting.get(here)!;
    let round = rounds.get(batch);
    if (!round) {
      rounds.set(batch, (round = new Set()));
      const fire = () => {
        const due = rounds.get(batch)!;
        rounds.delete(batch);
        for (const flush of due) flush();
      };
      if (batch === "frame") (here.frame ?? frame)(fire);
      else here.after(batch, fire);
    }
    round.add(flush);
    return () => round.delete(flush);
  };
}

const waiting = /* @__PURE__ */ new WeakMap<Platform, Map<"frame" | number, Set<() => void>>>();

/** How long a frame may take to come, in milliseconds, before it is given up. */
const FRAME = 100;

/** Calls a function before the page is drawn next, or soon if it is not drawn at all. */
function frame(fire: () => void): void {
  // A hidden page gets no frames, and one that is hidden while it waits for a frame gets none any more.
  const once = () => {
    clearTimeout(timer);
    globalThis.cancelAnimationFrame?.(request);
    fire();
  };
  const timer = setTimeout(once, FRAME);
  const request = globalThis.requestAnimationFrame?.(once);
}
