// Functions of the user's that close, reconnect, throw anything or answer from another realm, where that is least convenient.

import { runInNewContext } from "node:vm";

import { EventSource, stream } from "everstream";
import { World } from "everstream/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const URL = "http://example.org/events";

let world: World;

beforeEach(async () => {
  world = await World.start();
});
afterEach(() => {
  world.stop();
  vi.unstubAllGlobals();
});

describe("a function that is told of a body that is JSON", () => {
  const json = `[${"Z".repeat(60_000)}\n\ndata: of the old one\n\n`;

  test("may close the source, and make others", async () => {
    const got: unknown[] = [];
    const made: EventSource[] = [];
    const source = new EventSource(URL, {
      onDiagnostic() {
        source.close();
        for (let count = 0; count < 5; count++) {
          const other = new EventSource(`http://example.org/${count}`, { lastEventId: "A".repeat(200) });
          other.subscribe(({ data, id }) => got.push([data, id]));
          made.push(other);
        }
      },
    });
    source.subscribe((message) => got.push(message));
    (await world.request()).open().write(json);
    for (const _ of made) (await world.request()).open().send({ data: "x" });
    expect(got).toEqual(Array(5).fill(["x", "A".repeat(200)]));
  });

  test("may connect anew", async () => {
    const got: unknown[] = [];
    const source = new EventSource(URL, { onDiagnostic: () => source.reconnect() });
    source.subscribe(({ data }) => got.push(data));
    (await world.request()).open().write(json);
    (await world.request()).open().send({ data: "x" });
    expect(got).toEqual(["x"]);
    source.close();
  });
});

test("`accept` may close the source while others are told of new listeners", async () => {
  for (let size = 400; size < 700; size += 20) {
    const victim = new EventSource("http://example.org/victim");
    const request = (await world.request()).open();
    const type = "x".repeat(size);
    const seen = vi.fn();
    const source = new EventSource(URL, {
      accept() {
        source.close();
        victim.addEventListener(type, seen);
        return true;
      },
    });
    (await world.request()).respond(200, { headers: { "content-type": "text/plain" }, body: "" });
    request.send({ type, data: "hello" });
    expect([source.state.name, seen.mock.calls.length]).toEqual(["closed", 1]);
    victim.close();
  }
});

test("`accept` says true, and nothing else will do; a type that only begins alike is another one", async () => {
  const reported: unknown[] = [];
  vi.stubGlobal("reportError", ({ message }: Error) => reported.push(message));
  for (const [answer, type, name] of [
    [async () => true, "text/html", "closed"],
    [() => 1, "text/html", "closed"],
    [() => true, "text/event-stream-x", "open"],
  ] as const) {
    const source = new EventSource(URL, { accept: answer as never });
    (await world.request()).respond(200, { headers: { "content-type": type }, body: "<p>" });
    await world.settled();
    expect(source.state.name).toBe(name);
    source.close();
  }
  vi.unstubAllGlobals();
  expect(reported).toEqual(Array(2).fill("`accept` must return true or false"));
});

test("an observer that comes in the middle of the end hears of it once", async () => {
  const source = new EventSource(URL);
  (await world.request()).open();
  const complete = vi.fn();
  source.addEventListener("statechange", ({ state }) => {
    if (state.name === "closed") source.subscribe({ complete });
  });
  source.close();
  expect(complete).toHaveBeenCalledTimes(1);
});

test("a promise of another realm is one", async () => {
  const source = new EventSource(URL, { retry: { on: runInNewContext("async () => true") } });
  (await world.request()).respond(500);
  await world.settled();
  expect(source.state.name).toBe("waiting");
  source.close();
});

describe.each([
  ["without a prototype", Object.create(null)],
  ["a symbol", Symbol("x")],
  [
    "with a `toString` that throws",
    {
      toString() {
        throw new Error("no");
      },
    },
  ],
])("what is thrown: %s", (_name, thrown) => {
  const fail = () => {
    throw thrown;
  };

  test("by functions for headers and url", async () => {
    const ended = new EventSource(URL, { headers: fail, retry: { max: 0 } });
    const waits = new EventSource(fail);
    await world.settled();
    expect([ended.state, waits.state]).toMatchObject([{ name: "closed", kind: "provider" }, { name: "waiting", kind: "provider" }]);
    waits.close();
  });

  test("by a decoder", async () => {
    const source = new EventSource(URL, { decode: (data) => (data === "1" ? fail() : data) });
    const got: unknown[] = [];
    source.subscribe(({ data, error }) => got.push(error ? "failed" : data));
    (await world.request()).open().send({ data: "0" }, { data: "1" }, { data: "2" });
    expect(got).toEqual(["0", "failed", "2"]);
    source.close();
  });

  test("by a function that judges", async () => {
    vi.stubGlobal("reportError", () => {});
    const source = new EventSource(URL, { retry: { on: fail } });
    (await world.request()).fail();
    expect(source.state.name).toBe("closed");
  });
});

test("what a refusal asks for holds while its body is read, and while a function judges", async () => {
  for (const on of ["resilient", () => new Promise<boolean>(() => {})] as const) {
    const source = new EventSource(URL, { retry: { on } });
    (await world.request()).respond(503, { headers: { "retry-after": "60" }, body: "busy" });
    const before = world.requests.length;
    source.reconnect();
    await world.advance(59_000);
    expect([source.state.name, world.requests.length]).toEqual(["waiting", before]);
    await world.advance(1000);
    expect(world.requests.length).toBe(before + 1);
    await world.request();
    source.close();
  }
});

test("a url of an answer may be relative, or missing", async () => {
  world.stop();
  for (const url of ["/events", "", undefined]) {
    const fetch = async () => Object.defineProperty(new Response("data: 1\n\n", { headers: { "content-type": "text/event-stream" } }), "url", { value: url });
    const source = new EventSource(URL, { fetch });
    expect(await new Promise((resolve) => (source.onmessage = ({ origin }) => resolve(origin)))).toBe("http://example.org");
    source.close();
  }
});

test("one-shot streams take inherited options, and refuse what is no signal", async () => {
  void stream(URL, Object.create({ headers: { authorization: "x" } })).next();
  expect((await world.request()).headers.get("authorization")).toBe("x");
  expect(() => stream(URL, { signal: 5 as never })).toThrow("`signal`");
});

test("after close() no timer is left of the wait for a chunk", async () => {
  vi.resetModules();
  vi.spyOn(globalThis, "atob").mockImplementation(() => {
    throw new TypeError("down");
  });
  const { EventSource } = await import("everstream");
  vi.useFakeTimers();
  try {
    const source = new EventSource(URL);
    await vi.waitFor(() => expect(source.state.name).toBe("waiting"));
    source.close();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
});
