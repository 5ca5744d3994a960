// In the place of the global class, of other globals that somebody replaces, and where there is no page.

import { EventSource, type State } from "everstream";
import { EventSource as Slim, init } from "everstream/slim";
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

const ELSEWHERE = "http://elsewhere.example/events";

let asked: string[];

beforeAll(() => init(readFileSync("dist/core.wasm")));
beforeEach(() => {
  asked = [];
  vi.stubGlobal("origin", "http://here.example");
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return new Response("data: 1\n\n", { headers: { "content-type": "text/event-stream" } });
  });
});
afterEach(() => vi.unstubAllGlobals());

/** The first event, and what brought it. */
async function first(source: EventSource) {
  const seen: string[] = [];
  source.onmessage = ({ data }) => (seen.push(data), source.close());
  await vi.waitFor(() => expect(seen).toEqual(["1"]));
  return source.transport;
}

class Sub extends (EventSource as unknown as new (url: string) => EventSource) {}

describe.each([
  ["the class", EventSource],
  ["that of another entry", Slim],
  ["a class that extends it", Sub],
])("%s as the global one", (_name, global) => {
  test.each([
    ["is no native one", EventSource],
    ["is none for another copy", Slim],
  ])("%s", async (_name, made) => {
    vi.stubGlobal("EventSource", global);
    expect(await first(new (made as typeof EventSource)(ELSEWHERE))).toMatchObject({ name: "fetch", reason: "no-eventsource" });
    expect(asked).toEqual([ELSEWHERE]);
  });
});

test.each([
  ["a function", function (url: string) { return new EventSource(url); }],
  ["a class", class { constructor(url: string) { return new EventSource(url); } }],
  ["a function that makes another copy", function (url: string) { return new Slim(url); }],
])("%s around it as the global class: the source that it makes uses fetch", async (_name, wrapper) => {
  vi.stubGlobal("EventSource", wrapper);
  await first(new EventSource(ELSEWHERE));
  expect(asked).toEqual([ELSEWHERE]);
});

test.each([
  ["no constructor", () => ({})],
  ["a class with nothing in it", class {}],
  ["a class that throws", class { constructor() { throw new Error("no"); } }],
])("%s as the global class kills nobody: fetch takes over", async (_name, stub) => {
  vi.stubGlobal("EventSource", stub);
  vi.spyOn(Math, "random").mockReturnValue(0);
  const source = new EventSource(ELSEWHERE, { retry: { base: 1 } });
  expect(await first(source)).toMatchObject({ name: "fetch", reason: "took-over-closed" });
});

test("an older polyfill has events of its own, which are known by their types", async () => {
  class Polyfill {
    static last: Polyfill;
    readyState = 0;
    #listeners: [string, (event: object) => void][] = [];
    constructor(readonly url: string) {
      Polyfill.last = this;
    }
    addEventListener(type: string, listener: (event: object) => void) {
      this.#listeners.push([type, listener]);
    }
    close() {
      this.readyState = 2;
    }
    say(event: { type: string }) {
      for (const [type, listener] of this.#listeners) if (type === event.type) listener(event);
    }
  }
  vi.stubGlobal("EventSource", Polyfill);
  const source = new EventSource(ELSEWHERE);
  const seen: unknown[] = [];
  source.onmessage = ({ data, lastEventId, origin }) => seen.push([data, lastEventId, origin]);
  await vi.waitFor(() => expect(Polyfill.last).toBeDefined());
  Polyfill.last.readyState = 1;
  Polyfill.last.say({ type: "open" });
  Polyfill.last.say(Object.assign({ type: "message" }, { data: "1", lastEventId: "7", origin: "http://redirected.example" }));
  expect([source.readyState, source.lastEventId, seen]).toEqual([1, "7", [["1", "7", "http://redirected.example"]]]);
  source.close();
});

test("without an origin there is no other one, and fetch it is", async () => {
  vi.stubGlobal("origin", undefined);
  vi.stubGlobal("EventSource", class {});
  expect(await first(new EventSource(ELSEWHERE))).toMatchObject({ name: "fetch", reason: "same-origin" });
});

test("other classes of events in the place of the global ones change nothing", async () => {
  for (const name of ["Event", "MessageEvent", "EventTarget", "DOMException"]) vi.stubGlobal(name, class {});
  const source = new EventSource(ELSEWHERE, { transport: "fetch" });
  const states: State[] = [];
  source.addEventListener("statechange", ({ state }) => states.push(state));
  const opened = new Promise((resolve) => (source.onopen = resolve));
  await first(source);
  await opened;
  expect(states.map(({ name }) => name)).toEqual(["connecting", "open", "closed"]);
  expect(() => new EventSource("http://[")).toThrow("is not a url");
});

test("a fake clock moves everything", async () => {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  vi.useFakeTimers();
  try {
    const source = new EventSource(ELSEWHERE, { transport: "fetch", connectTimeout: 5000 });
    await vi.advanceTimersByTimeAsync(4999);
    expect(source.state.name).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1);
    expect(source.state).toMatchObject({ name: "waiting", cause: { kind: "connect-timeout" } });
    source.close();
  } finally {
    vi.useRealTimers();
  }
});

test("handlers are called once, also where event targets call them by themselves", async () => {
  class Target extends EventTarget {
    override dispatchEvent(event: Event): boolean {
      (this as unknown as Record<string, ((event: Event) => void) | undefined>)[`on${event.type}`]?.(event);
      return super.dispatchEvent(event);
    }
  }
  vi.stubGlobal("EventTarget", Target);
  vi.resetModules();
  const { EventSource } = await import("everstream");
  const source = new EventSource(ELSEWHERE, { transport: "fetch" });
  const seen: string[] = [];
  const listened: string[] = [];
  for (const type of ["open", "message", "statechange"] as const) {
    source[`on${type}`] = () => seen.push(type);
    source.addEventListener(type, () => listened.push(type));
  }
  await vi.waitFor(() => expect(seen).toContain("message"));
  source.close();
  expect(seen).toEqual(listened);
  source.onmessage = null;
  expect(source.onmessage).toBeNull();
});

test("of six sources without an answer there is one warning", async () => {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.useFakeTimers();
  try {
    const sources = Array.from({ length: 6 }, () => new EventSource(ELSEWHERE, { transport: "fetch" }));
    await vi.advanceTimersByTimeAsync(60_000);
    for (const source of sources) source.reconnect();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(warn.mock.calls).toEqual([[expect.stringContaining("(6 sources)")]]);
    for (const source of sources) source.close();
  } finally {
    vi.useRealTimers();
    warn.mockRestore();
  }
});
