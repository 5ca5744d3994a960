// @vitest-environment jsdom

// Two copies of the package in one page, as micro-frontends have them.

import { afterEach, beforeAll, expect, test, vi } from "vitest";

type Copy = typeof import("everstream") & typeof import("everstream/store");

let one: Copy;
let other: Copy;

beforeAll(async () => {
  const load = async () => {
    vi.resetModules();
    return { ...(await import("everstream")), ...(await import("everstream/store")) } as Copy;
  };
  one = await load();
  other = await load();
});
afterEach(() => vi.unstubAllGlobals());

const URL = "http://example.org/events";

test("a source of the one is an instance of the other's class, whatever entry it is of", async () => {
  expect(one.EventSource).not.toBe(other.EventSource);
  const { EventSource: Slim } = await import("everstream/slim");
  const source = new one.EventSource(URL);
  const classes = [one.EventSource, other.EventSource, Slim, EventTarget];
  expect(classes.map((class_) => source instanceof class_)).toEqual([true, true, true, true]);
  source.close();
});

test("nothing else is, and a class that extends it means its own", () => {
  class Sub extends one.EventSource {}
  class OtherSub extends other.EventSource {}
  class Native extends EventTarget {
    url = URL;
    close() {}
  }
  const sub = new Sub(URL);
  const plain = new one.EventSource(URL);
  const classes = [Sub, OtherSub, one.EventSource, other.EventSource];
  const is = (value: unknown) => classes.map((class_) => value instanceof class_);
  expect(is(sub)).toEqual([true, false, true, true]);
  expect(is(plain)).toEqual([false, false, true, true]);
  for (const none of [new Native(), new EventTarget(), { close() {} }, null, undefined, 7, "text", Object.create(null), one.EventSource, one.EventSource.prototype])
    expect(is(none)).toEqual([false, false, false, false]);
  vi.stubGlobal("EventSource", Native);
  expect(plain instanceof EventSource).toBe(false);
  sub.close();
  plain.close();
});

test("what takes a source takes that of the other copy", async () => {
  const answer = new Response("data: 2\n\ndata: 3\n\n", { headers: { "content-type": "text/event-stream" } });
  vi.stubGlobal("fetch", async () => answer);
  const source = new one.EventSource(URL, { closeOnEnd: true });
  const store = other.eventStore(source, { initial: 0, reduce: (sum: number, { data }) => sum + Number(data), batch: "none" });
  await vi.waitFor(() => expect(store.getSnapshot()).toMatchObject({ value: 5, state: { name: "closed" } }));
});
