// Without WebAssembly, and with chunks that come later: the core in JavaScript, and the wait for either.

import { afterEach, beforeEach, expect, test, vi } from "vitest";

const { instantiate } = WebAssembly;

/** The package as a page has it that was just loaded. */
async function fresh() {
  vi.resetModules();
  const { EventSource } = await import("everstream");
  const { World } = await import("everstream/testing");
  return { EventSource, World };
}

beforeEach(() => {
  // Node's own fetch is made with some, too.
  const refuse = (...args: [never]) => ((args[0] as object) instanceof ArrayBuffer ? Promise.reject(new WebAssembly.CompileError("a policy")) : instantiate(...args));
  vi.spyOn(WebAssembly, "instantiate").mockImplementation(refuse as never);
});
afterEach(() => vi.restoreAllMocks());

test("everything works: names, comments, headers, text of all kinds, resuming, limits", async () => {
  const { EventSource, World } = await fresh();
  const world = await World.start();
  const comments: string[] = [];
  const source = new EventSource("http://example.org/events", { headers: { a: "b" }, onComment: (text) => comments.push(text), limits: { event: 3_000_000 } });
  const seen: unknown[] = [];
  source.subscribe(({ type, data, id }) => seen.push([type, data, id]));
  const request = (await world.request()).open();
  const long = "é".repeat(1_000_000);
  request.send({ type: "tick", data: "1", id: "1" });
  request.write(`: hello\n\ndata: 🎉\ndata: ${"x".repeat(5000)}\n\n`);
  request.write(`data: ${long}\nid: 2\n\n`);
  expect(seen).toEqual([["tick", "1", "1"], ["message", `🎉\n${"x".repeat(5000)}`, "1"], ["message", long, "2"]]);
  expect(comments).toEqual(["hello"]);
  for (const text of ["id: 3\nda", "ta: cut in ", "the middle\n\ndata: lost"]) request.write(text);
  request.fail();
  await world.advance(1000);
  const next = await world.request();
  expect([next.lastEventId, next.headers.get("a")]).toEqual(["3", "b"]);
  next.open().write(`data: ${"x".repeat(3_000_001)}\n\n`);
  expect(source.state).toMatchObject({ name: "closed", error: { kind: "event-limit" } });
  world.stop();
});

test("where nothing can be inflated, it is the core in JavaScript, too", async () => {
  vi.restoreAllMocks();
  vi.stubGlobal("DecompressionStream", undefined);
  delete (globalThis as { DecompressionStream?: unknown }).DecompressionStream;
  const { EventSource, World } = await fresh();
  const world = await World.start();
  const source = new EventSource("http://example.org/events");
  const seen: unknown[] = [];
  source.subscribe(({ data }) => seen.push(data));
  (await world.request()).open().send({ data: "1" });
  expect(seen).toEqual(["1"]);
  world.stop();
  vi.unstubAllGlobals();
});

test("a chunk that does not come is asked for again, and the source waits as for a connection", async () => {
  vi.restoreAllMocks();
  vi.spyOn(globalThis, "atob").mockImplementationOnce(() => {
    throw new TypeError("Failed to fetch dynamically imported module: http://example.org/wasm.js");
  });
  const { EventSource } = await fresh();
  vi.stubGlobal("fetch", async () => new Response("data: 1\n\n", { headers: { "content-type": "text/event-stream" } }));
  const source = new EventSource("http://example.org/events", { transport: "fetch", retry: { base: 5 } });
  const states: unknown[] = [];
  source.addEventListener("statechange", ({ state }) => states.push(state.name));
  const errors: unknown[] = [];
  source.addEventListener("error", (event) => errors.push("willRetry" in event && event.willRetry));
  const data = await new Promise((resolve) => (source.onmessage = (event) => resolve(event.data)));
  source.close();
  expect([data, states, errors]).toEqual(["1", ["waiting", "loading", "connecting", "open", "closed"], [true]]);
  vi.unstubAllGlobals();
});

test("it is not waited for beyond the retries that there are, nor after close()", async () => {
  vi.restoreAllMocks();
  vi.spyOn(globalThis, "atob").mockImplementation(() => {
    throw new TypeError("down");
  });
  const { EventSource } = await fresh();
  const source = new EventSource("http://example.org/events", { retry: { base: 1, max: 2 } });
  await vi.waitFor(() => expect(source.state).toMatchObject({ name: "closed", by: "exhausted", error: { kind: "network" } }));
  expect(atob).toHaveBeenCalledTimes(3);
  const closed = new EventSource("http://example.org/events", { retry: { base: 20 } });
  await vi.waitFor(() => expect(closed.state.name).toBe("waiting"));
  closed.close();
  const calls = vi.mocked(atob).mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([closed.state, vi.mocked(atob).mock.calls.length]).toMatchObject([{ name: "closed", by: "user" }, calls]);
});
