// Without WebAssembly: a policy forbids it, or its chunk is lost.

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { EventSource, type EventSourceOptions, type State } from "everstream";

/** The browser's own class, as far as it matters. */
class Native extends EventTarget {
  static made: Native[] = [];
  readyState = 0;
  readonly url: string;
  readonly withCredentials: boolean;

  constructor(url: string, { withCredentials = false } = {}) {
    super();
    this.url = url;
    this.withCredentials = withCredentials;
    Native.made.push(this);
  }

  close(): void {
    this.readyState = 2;
  }

  say(type: string, readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event(type));
  }

  send(type: string, data: string, lastEventId = ""): void {
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId }));
  }
}

const warn = vi.spyOn(console, "warn").mockImplementation(() => {});

beforeEach(() => {
  Native.made = [];
  warn.mockClear();
  vi.stubGlobal("EventSource", Native);
  const { instantiate } = WebAssembly;
  // Node's own fetch is made with some, too.
  const forbidden = (...args: [never]) => ((args[0] as object) instanceof ArrayBuffer ? Promise.reject(new Error("a policy")) : instantiate(...args));
  vi.spyOn(WebAssembly, "instantiate").mockImplementation(forbidden as never);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function open(options?: EventSourceOptions) {
  const source = new EventSource("http://example.org/events", options);
  const states: State[] = [];
  source.addEventListener("statechange", ({ state }) => states.push(state));
  await vi.waitFor(() => expect(states.length).toBeGreaterThan(0));
  return { source, states, native: Native.made[0]! };
}

test("the browser's own takes over, says so in the state, and warns", async () => {
  const { source, states, native } = await open({ withCredentials: true });
  const seen: unknown[] = [];
  source.onmessage = ({ data, lastEventId, origin }) => seen.push([data, lastEventId, origin]);
  source.addEventListener("note", ({ data }) => seen.push(data));
  source.onopen = () => seen.push("open");
  source.onerror = ({ willRetry }) => seen.push(willRetry);
  native.say("open", 1);
  native.send("message", "1", "a");
  native.send("note", "2");
  native.say("error", 0);
  native.say("open", 1);
  native.send("message", "3");
  expect(seen).toEqual(["open", ["1", "a", "http://example.org"], "2", true, "open", ["3", "a", "http://example.org"]]);
  expect(source.transport).toEqual({ name: "eventsource", reason: "no-wasm" });
  expect(states.map(({ name }) => name)).toEqual(["connecting", "open", "waiting", "open"]);
  expect([native.withCredentials, source.lastEventId, source.stats.events, warn.mock.calls.length]).toEqual([true, "a", 3, 1]);
  source.close();
  native.send("message", "late");
  expect([source.state, native.readyState, seen.length]).toEqual([{ name: "closed", by: "user" }, 2, 6]);
});

test("its end is an error, and the end", async () => {
  const { source, native } = await open();
  const seen: unknown[] = [];
  source.onerror = ({ willRetry, error }) => seen.push([willRetry, error!.kind]);
  native.say("error", 2);
  expect([seen, source.readyState]).toEqual([[[false, "network"]], 2]);
});

test("a pause ends it, and it resumes by query; one at a time", async () => {
  const { source, native } = await open();
  source.onmessage = () => {};
  native.say("open", 1);
  native.send("message", "1", "7");
  source.pause();
  source.pause();
  source.reconnect();
  expect([source.state, native.readyState]).toEqual([{ name: "paused", by: ["user"] }, 2]);
  source.resume();
  source.resume();
  expect(Native.made.map(({ url }) => url)).toEqual(["http://example.org/events", "http://example.org/events?lastEventId=7"]);
  source.reconnect();
  expect(Native.made.map(({ readyState }) => readyState)).toEqual([2, 2, 0]);
  source.close();
});

test("what it cannot do is an error that says why", async () => {
  for (const options of [{ headers: { a: "b" } }, { method: "POST", body: "x" }, { transport: "fetch" }] as EventSourceOptions[]) {
    const { source } = await open(options);
    expect(source.state).toMatchObject({ name: "closed", by: "fatal", error: { kind: "unsupported", message: "unsupported: a policy" } });
  }
  expect([Native.made, warn.mock.calls]).toEqual([[], []]);
});

test("where there is none of either, that is said, too", async () => {
  vi.stubGlobal("EventSource", undefined);
  const { source } = await open();
  expect(source.state).toMatchObject({ name: "closed", by: "fatal", error: { kind: "unsupported" } });
});

test("a failure to load is not kept: the next source has WebAssembly", async () => {
  const { source } = await open();
  expect(source.transport?.reason).toBe("no-wasm");
  source.close();
  vi.restoreAllMocks();
  vi.stubGlobal("EventSource", undefined);
  const next = new EventSource("http://127.0.0.1:1/events", { retry: { max: 0 } });
  await vi.waitFor(() => expect(next.state.name).toBe("closed"));
  expect(next.transport).toEqual({ name: "fetch", reason: "no-eventsource" });
});
