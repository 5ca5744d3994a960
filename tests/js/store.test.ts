// A value folded from every event.

import { EventSource } from "everstream";
import { eventStore } from "everstream/store";
import { World } from "everstream/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

let world: World;
let source: EventSource;

beforeEach(async () => {
  world = await World.start();
  source = new EventSource("http://example.org/events");
});
afterEach(() => {
  source.close();
  world.stop();
});

const counting = { initial: 0, reduce: (sum: number, { data }: { data: unknown }) => sum + Number(data) };

async function streaming() {
  return (await world.request()).open();
}

test("every event is folded, in order, and listeners hear once a frame", async () => {
  const store = eventStore(source, { initial: "", reduce: (text, { data }) => text + data });
  const request = await streaming();
  await world.advance(100);
  const heard = vi.fn();
  const leave = store.subscribe(heard);
  expect(heard).toHaveBeenCalledTimes(1);
  const before = store.getSnapshot();
  request.send(...Array.from({ length: 1000 }, (_, at) => ({ data: String(at % 10) })));
  expect(store.getSnapshot()).toBe(before);
  await world.advance(16);
  expect(heard).toHaveBeenCalledTimes(2);
  expect(store.getSnapshot()).toEqual({ value: "0123456789".repeat(100), state: source.state, dropped: 0 });
  leave();
  request.send({ data: "!" });
  await world.advance(16);
  expect(heard).toHaveBeenCalledTimes(2);
});

test("without batches, or in batches of a time", async () => {
  const each = eventStore(source, { ...counting, batch: "none" });
  const slow = eventStore(source, { ...counting, batch: 500 });
  const request = await streaming();
  await world.advance(500);
  const [heardEach, heardSlow] = [vi.fn(), vi.fn()];
  each.subscribe(heardEach);
  slow.subscribe(heardSlow);
  request.send({ data: "1" }, { data: "2" });
  expect([heardEach.mock.calls.length, heardSlow.mock.calls.length]).toEqual([3, 1]);
  await world.advance(499);
  expect(slow.getSnapshot().value).toBe(0);
  await world.advance(1);
  expect([each.getSnapshot().value, slow.getSnapshot().value]).toEqual([3, 3]);
});

test("stores with one batch are told in one go", async () => {
  const [one, other] = [0, 1].map(() => eventStore(source, { ...counting, batch: 100 }));
  const request = await streaming();
  await world.advance(100);
  const heard: string[] = [];
  one!.subscribe(({ value }) => value && heard.push(`one ${value}`));
  other!.subscribe(({ value }) => value && heard.push(`other ${value}`));
  one!.update(() => 1);
  await world.advance(50);
  other!.update(() => 2);
  await world.advance(50);
  expect(heard).toEqual(["one 1", "other 2"]);
  request.send({ data: "1" });
  await world.advance(99);
  expect(heard).toHaveLength(2);
  await world.advance(1);
  expect(heard.slice(2)).toEqual(["one 2", "other 3"]);
});

test("it carries the state", async () => {
  const store = eventStore(source, counting);
  expect(store.getSnapshot().state.name).toBe("connecting");
  const request = await streaming();
  await world.advance(16);
  expect(store.getSnapshot().state.name).toBe("open");
  request.fail();
  await world.advance(16);
  expect(store.getSnapshot().state).toMatchObject({ name: "waiting", attempt: 2 });
});

test("an event at which reduce throws is counted, and the rest goes on", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  const store = eventStore(source, {
    initial: 0,
    reduce: (sum, { data }) => {
      if (data === "x") throw new Error("no number");
      return sum + Number(data);
    },
  });
  const request = await streaming();
  request.send({ data: "1" }, { data: "x" }, { data: "2" });
  await world.advance(16);
  expect(store.getSnapshot()).toMatchObject({ value: 3, dropped: 1 });
  expect(errors).toHaveBeenCalledTimes(1);
  vi.unstubAllGlobals();
});

test("an optimistic update is overtaken by the stream, and close() leaves the source", async () => {
  const store = eventStore<Record<string, string>>(source, {
    initial: {},
    reduce: (todos, { data, id }) => ({ ...todos, [id]: data as string }),
  });
  const request = await streaming();
  store.update((todos) => ({ ...todos, 1: "milk (saving)" }));
  await world.advance(16);
  expect(store.getSnapshot().value).toEqual({ 1: "milk (saving)" });
  request.send({ id: "1", data: "milk" });
  await world.advance(16);
  expect(store.getSnapshot().value).toEqual({ 1: "milk" });
  store.close();
  request.send({ id: "2", data: "eggs" });
  await world.advance(16);
  expect(store.getSnapshot().value).toEqual({ 1: "milk" });
  expect(source.readyState).toBe(1);
});

test("close() with a frame pending tells what came, and updates go on", async () => {
  const store = eventStore(source, counting);
  const request = await streaming();
  await world.advance(16);
  const heard: number[] = [];
  store.subscribe(({ value }) => heard.push(value));
  request.send({ data: "5" });
  store.close();
  expect([store.getSnapshot().value, heard]).toEqual([5, [0, 5]]);
  request.send({ data: "6" });
  store.update((value) => value + 1);
  await world.advance(16);
  expect([store.getSnapshot().value, heard]).toEqual([6, [0, 5, 6]]);
  const before = store.getSnapshot();
  store.close();
  expect([store.getSnapshot(), heard.length]).toEqual([before, 3]);
});

test("a listener that closes it while it is told of the end hears each value once", async () => {
  const store = eventStore(source, counting);
  const request = await streaming();
  await world.advance(16);
  const heard: number[] = [];
  store.subscribe(({ value }) => {
    heard.push(value);
    if (value) store.close();
  });
  request.send({ data: "5" });
  await world.advance(16);
  expect(heard).toEqual([0, 5]);
});

test("the snapshot is the same object while nothing has changed, and nobody is told", async () => {
  const store = eventStore(source, { initial: 0, reduce: (sum: number, { data }) => (data === "ignored" ? sum : sum + 1) });
  const request = await streaming();
  await world.advance(16);
  const heard = vi.fn();
  store.subscribe(heard);
  const before = store.getSnapshot();
  request.send({ data: "ignored" });
  store.update((value) => value);
  await world.advance(16);
  expect([store.getSnapshot() === before, heard.mock.calls.length]).toEqual([true, 1]);
  request.send({ data: "counted" });
  await world.advance(16);
  expect([store.getSnapshot().value, heard.mock.calls.length]).toEqual([1, 2]);
});

test("it is what Svelte takes for a store", async () => {
  const store = eventStore(source, counting);
  const seen: number[] = [];
  const leave = store.subscribe(({ value }) => seen.push(value));
  (await streaming()).send({ data: "5" });
  await world.advance(16);
  leave();
  expect(seen).toEqual([0, 5]);
});

test("observers may subscribe to it, and libraries find it", async () => {
  const world = await World.start();
  const source = new EventSource("http://example.org/events");
  const store = eventStore<number>(source, { initial: 0, reduce: (count) => count + 1, batch: "none" });
  const seen: number[] = [];
  const subscription = store.subscribe({ next: ({ value }) => seen.push(value) });
  (await world.request()).open().send({ data: "1" }, { data: "2" });
  subscription.unsubscribe();
  store.update(() => 7);
  expect([...new Set(seen)]).toEqual([0, 1, 2]);
  expect((store as unknown as Record<string, () => unknown>)["@@observable"]!()).toBe(store);
  source.close();
  world.stop();
});

test.each([
  ["reduce", { initial: 0 }],
  ["reduce", { initial: 0, reduce: "sum" }],
  ["batch", { initial: 0, reduce: () => 0, batch: "16" }],
  ["batch", { initial: 0, reduce: () => 0, batch: -1 }],
  ["batch", { initial: 0, reduce: () => 0, batch: NaN }],
])("a wrong `%s` is a TypeError that names it", (name, options) => {
  expect(() => eventStore(source, options as never)).toThrow(TypeError);
  expect(() => eventStore(source, options as never)).toThrow(`\`${name}\` must be`);
});
