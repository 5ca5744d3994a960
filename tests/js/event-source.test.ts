// The drop-in class in a scripted world: what the standard asks of it, and what it can do beyond.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { type Attempt, EventSource, EventSourceError, SourceErrorEvent, type State } from "everstream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { connected, open, start, URL, world } from "./stage.js";

describe("many at a time", () => {
  test("an event that is too long is an error at once, also behind a comment", async () => {
    for (const options of [{}, { onComment() {} }]) {
      const { source, request } = await connected({ limits: { event: 1024 }, ...options });
      request.write(`data: ${"k".repeat(1000)}\n`).write(`:\ndata: ${"0".repeat(30)}`);
      expect(source.state).toMatchObject({ name: "closed", by: "fatal", error: { kind: "event-limit" } });
    }
  });

  describe("a line of some 100 kB comes in parts", () => {
    const KIB = 1024;
    const encoder = new TextEncoder();
    const inChunks = (request: { write(bytes: Uint8Array): unknown }, text: string, size: number) => {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length; at += size) request.write(bytes.subarray(at, at + size));
    };

    test("of which nobody knows", async () => {
      const TEXTS = { ascii: "no space, 1 space,  2 ", wide: "推送 déjà vu 🎉x", spaces: " ".repeat(99) + "." };
      for (const [name, piece] of Object.entries(TEXTS)) {
        for (const head of ["data: ", "data:", ": a comment\nid: 7\nevent: note\ndata: "]) {
          const text = piece.repeat((700 * KIB) / piece.length);
          const seen: string[][] = [];
          const comments: string[] = [];
          const { source, request } = await connected({ onComment: (text) => comments.push(text) }, (source) => source.subscribe(({ type, data, id }) => seen.push([type, data, id])));
          inChunks(request, `data: 1\n\n${head}${text}`, 1_021);
          expect(source.stats).toMatchObject({ events: 1 });
          inChunks(request, `the end\n: another\ndata: line\n\ndata: 2\n\n`, 1_021);
          const [type, id] = head.includes("note") ? ["note", "7"] : ["message", ""];
          // (Of the spaces behind the colon one does not count.)
          const data = `${head === "data:" ? text.replace(/^ /, "") : text}the end\nline`;
          expect(seen.map(([, data]) => data!.length), name).toEqual([1, data.length, 1]);
          expect(seen.flat().join() === ["message", "1", "", type, data, id, "message", "2", id].join()).toBe(true);
          expect(comments.at(-1)).toBe("another");
          source.close();
        }
      }
    });

    test("which are no events", async () => {
      const { source, request } = await connected();
      inChunks(request, `data: ${"x".repeat(300 * KIB)}`, 1_000);
      expect(source.stats).toMatchObject({ events: 0, lastEventAt: null });
    });

    test("and go with the connection", async () => {
      const seen: string[] = [];
      const { request } = await connected(undefined, (source) => source.subscribe(({ data }) => seen.push(data)));
      inChunks(request, `id: 1\ndata: 1\n\nid: 2\ndata: ${"x".repeat(300 * KIB)}`, 1_000);
      request.fail();
      await world.advance(2_000);
      const next = await world.request();
      expect(next.lastEventId).toBe("1");
      const text = "y".repeat(300 * KIB);
      inChunks(next.open(), `id: 2\ndata: ${text}\n\ndata: 3\n\n`, 1_000);
      expect(seen.map((data) => data.length)).toEqual([1, text.length, 1]);
      expect(seen[1] === text).toBe(true);
    });

    test("which count towards the limit", async () => {
      for (const [size, expected] of [[300_000, "open"], [300_001, "closed"]] as const) {
        const { source, request } = await connected({ limits: { event: 300_000 + "data:".length } });
        inChunks(request, `data:${"x".repeat(size)}`, 1_000);
        expect(source.state.name).toBe(expected);
      }
    });

    test("and are let go where nobody hears the event", async () => {
      setFlagsFromString("--expose-gc");
      const collect = runInNewContext("gc") as () => void;
      const held = () => {
        collect();
        const { heapUsed, external } = process.memoryUsage();
        return heapUsed + external;
      };
      const { request } = await connected(undefined, (source) => (source.onmessage = () => {}));
      const chunk = encoder.encode("x".repeat(64 * KIB));
      const fill = (head: string) => {
        request.write(head);
        for (let count = 0; count < 640; count++) request.write(chunk);
      };
      fill("data: ");
      request.write("\nevent: other\n\ndata: 1\n\n");
      const before = held();
      fill("data: ");
      expect(held() - before, "it is there").toBeGreaterThan(30_000 * KIB);
      request.write("\nevent: other\n\ndata: 1\n\n");
      expect(held() - before).toBeLessThan(5_000 * KIB);
    });

    test("and leave nothing behind where nobody hears the event", async () => {
      const seen: string[] = [];
      const { source, request } = await connected(undefined, (source) => (source.onmessage = ({ data }) => seen.push(data)));
      const long = "x".repeat(300 * KIB);
      inChunks(request, `event: other\ndata: ${long}\n\ndata: ${long}\nevent: other\n\ndata: 1\n\ndata: ${long}\n\n`, 1_000);
      expect(seen.map((data) => data.length)).toEqual([1, long.length]);
      expect(source.stats.events).toBe(2);
    });
  });

  test("an id that makes the memory grow takes nothing from the events behind it", async () => {
    for (const length of [10_000, 100_000, 1_000_000, 3_000_000]) {
      const { source, request } = await connected({ limits: { id: 5_000_000 } });
      const seen: string[][] = [];
      source.subscribe(({ data, id }) => seen.push([data, id]));
      const id = "7".repeat(length);
      const data = Array.from({ length: 100 }, (_, at) => `event ${at}`);
      request.write(`id: ${id}\n\n${data.map((data) => `data: ${data}\n\n`).join("")}`);
      expect(seen.map(([data]) => data)).toEqual(data);
      expect(seen.every(([, its]) => its === id)).toBe(true);
      expect(source.stats.lastEventAt).not.toBe(null);
      source.close();
    }
  });

  test("a type becomes known once, however often it comes", async () => {
    const { source, request } = await connected();
    const seen: string[] = [];
    source.subscribe(({ type }) => seen.push(type));
    const encode = vi.spyOn(TextEncoder.prototype, "encode");
    const said = (type: string) => encode.mock.calls.filter(([text]) => text === type).length;
    for (let time = 0; time < 3; time++) {
      for (const type of ["message", "note"]) {
        request.write(`event: ${type}\ndata: 1\n\n`.repeat(100));
        expect(said(type)).toBe(1);
      }
    }
    encode.mockRestore();
    expect(seen.filter((type) => type === "note").length).toBe(300);
    expect(seen.length).toBe(600);
  });

  test("as many types may be heard as there are", async () => {
    const seen: string[][] = [];
    const { request } = await connected(undefined, (source) => {
      const hear = ({ type, data, lastEventId }: MessageEvent) => seen.push([type, data, lastEventId]);
      for (let number = 0; number < 1100; number++) source.addEventListener(`t${number}`, hear);
      source.onmessage = hear;
    });
    const expected = [["message", "first", "7"]];
    for (const number of [0, 252, 253, 254, 255, 256, 510, 511, 512, 1023, 1024, 1099]) expected.push([`t${number}`, `${number}`, "7"]);
    request.send({ data: "first", id: "7" }, ...expected.slice(1).map(([type = "", data = ""]) => ({ type, data })));
    expect(seen).toEqual(expected);
  });

  test("what a listener writes comes next, and nothing is lost", async () => {
    const { source, request } = await connected();
    const seen: string[] = [];
    source.subscribe(({ data, id }) => {
      seen.push(`${id}: ${data}`);
      if (data === "1") request.write("id: x\ndata: A\n\ndata: B\n\n");
    });
    request.send({ data: "1", id: "1" }, { data: "2", id: "2" }, { data: "3", id: "3" });
    expect(seen).toEqual(["1: 1", "2: 2", "3: 3", "x: A", "x: B"]);
    expect(source.lastEventId).toBe("x");
  });

  test("a type that is first heard while a chunk is being delivered is heard from the next chunk on", async () => {
    const seen: string[] = [];
    const { source, request } = await connected();
    source.onmessage = () => source.addEventListener("note", ({ data }) => seen.push(data));
    request.write("data: 1\n\nevent: note\ndata: early\n\n").write("event: note\ndata: late\n\n");
    expect(seen).toEqual(["late"]);
  });
});

describe("as the standard has it", () => {
  test("constants, attributes and operations have the shape of Web IDL", () => {
    for (const target of [EventSource, EventSource.prototype]) {
      for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSED: 2 })) {
        const expected = { value, writable: false, enumerable: true, configurable: false };
        expect(Object.getOwnPropertyDescriptor(target, name)).toEqual(expected);
      }
    }
    for (const name of ["url", "withCredentials", "readyState"]) {
      const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(EventSource.prototype, name)!;
      expect([typeof get, set, enumerable, configurable]).toEqual(["function", undefined, true, true]);
    }
    for (const name of ["onopen", "onmessage", "onerror"]) {
      const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(EventSource.prototype, name)!;
      expect([typeof get, typeof set, enumerable, configurable]).toEqual(["function", "function", true, true]);
    }
    const close = Object.getOwnPropertyDescriptor(EventSource.prototype, "close")!;
    expect([close.enumerable, close.configurable, close.writable]).toEqual([true, true, true]);
    expect([EventSource.name, (EventSource as Function).length]).toEqual(["EventSource", 1]);
    expect(Object.prototype.toString.call(open())).toBe("[object EventSource]");
    expect(open()).toBeInstanceOf(EventTarget);
  });

  test("attributes of something else are refused", () => {
    const { get } = Object.getOwnPropertyDescriptor(EventSource.prototype, "readyState")!;
    expect(() => get!.call({})).toThrow(TypeError);
    expect(() => EventSource.prototype.close.call({} as never)).toThrow(TypeError);
    expect(() => (EventSource as unknown as () => void)()).toThrow(TypeError);
    expect(() => new (EventSource as unknown as new () => void)()).toThrow(TypeError);
    expect(() => new EventSource(URL, 1 as never)).toThrow(TypeError);
  });

  test("a url that is none is a SyntaxError, at once", () => {
    const error = (() => {
      try {
        return new EventSource("http://this is invalid/");
      } catch (error) {
        return error;
      }
    })();
    expect(error).toBeInstanceOf(DOMException);
    expect((error as DOMException).name).toBe("SyntaxError");
  });

  test("a url is whatever its string is", async () => {
    const url = { toString: () => "http://example.org/made" } as never;
    const source = new EventSource(url, null as never);
    expect([source.url, source.withCredentials, source.readyState]).toEqual(["http://example.org/made", false, 0]);
    expect(() => new EventSource(Symbol("url") as never)).toThrow(TypeError);
    expect(new EventSource("HTTP://EXAMPLE.org:80/a/../b", { signal: AbortSignal.abort() }).url).toBe("http://example.org/b");
  });

  test("open, message and error, in the order of readyState", async () => {
    const seen: unknown[] = [];
    const source = open();
    for (const type of ["open", "message", "error"] as const)
      source.addEventListener(type, (event) => seen.push([event.type, source.readyState, (event as MessageEvent).data]));
    expect(source.readyState).toBe(EventSource.CONNECTING);
    const request = await world.request();
    expect(request.headers.get("accept")).toBe("text/event-stream");
    expect([request.method, request.lastEventId]).toEqual(["GET", null]);
    request.open().send({ data: "a\nb", id: "1" }, { data: "c" });
    request.end();
    expect(seen).toEqual([
      ["open", 1, undefined],
      ["message", 1, "a\nb"],
      ["message", 1, "c"],
      ["error", 0, undefined],
    ]);
    await world.advance(1000);
    expect((await world.request()).lastEventId).toBe("1");
  });

  test("events have data, lastEventId, origin and their type", async () => {
    const { source, request } = await connected();
    const seen: MessageEvent[] = [];
    source.onmessage = (event) => seen.push(event);
    source.addEventListener("note", (event) => seen.push(event as MessageEvent));
    request.send({ data: "1", id: "x" }, { data: "2", type: "note" }, { data: "3", type: "other", id: "y" }, { data: "4" }, { id: "" });
    expect(seen.map(({ type, data, lastEventId, origin }) => [type, data, lastEventId, origin])).toEqual([
      ["message", "1", "x", "http://example.org"],
      ["note", "2", "x", "http://example.org"],
      ["message", "4", "y", "http://example.org"],
      ["message", "", "", "http://example.org"],
    ]);
    for (const event of seen) {
      expect(event).toBeInstanceOf(MessageEvent);
      expect(event.constructor).toBe(MessageEvent);
      expect(`${event}`).toBe(`${new MessageEvent("message")}`);
      const { bubbles, cancelable, composed, source, ports } = event;
      expect([bubbles, cancelable, composed, source, ports]).toEqual([false, false, false, null, []]);
    }
    // Whoever hands an event on makes another one of it.
    const { type, data, lastEventId, origin } = new MessageEvent("again", seen[0] as object);
    expect([type, data, lastEventId, origin]).toEqual(["again", "1", "x", "http://example.org"]);
  });

  test("whoever looks through an event finds its fields", async () => {
    const { source, request } = await connected();
    const found: string[][] = [];
    source.onmessage = (event) => {
      const names: string[] = [];
      for (const name in event) names.push(name);
      found.push(names.filter((name) => ["data", "lastEventId", "origin", "type"].includes(name)).sort());
    };
    request.send({ data: "1" });
    expect(found).toEqual([["data", "lastEventId", "origin", "type"]]);
  });

  test("the text of a large event is whole, wherever it is cut", async () => {
    const data: string[] = [];
    const { request } = await connected({}, (source) => {
      source.onmessage = (event) => data.push(event.data);
    });
    // Each begins one byte later, so that a character lies across every edge.
    const sent = [0, 1, 2, 3].map((shift) => "x".repeat(shift) + "🎉é服".repeat(40_000));
    for (const text of sent) request.send({ data: text }, { data: String(text.length) });
    await world.settled();
    expect(data.map((text) => text.length)).toEqual(sent.flatMap((text) => [text.length, String(text.length).length]));
    expect(data.filter((_, at) => at % 2 === 0)).toEqual(sent);
  });

  test("a handler has the place of its first function", async () => {
    const { source, request } = await connected();
    const order: string[] = [];
    source.onmessage = () => order.push("never");
    source.addEventListener("message", () => order.push("listener"));
    source.onmessage = () => order.push("handler");
    request.send({ data: "" });
    expect(order.splice(0)).toEqual(["handler", "listener"]);
    source.onmessage = null;
    source.onmessage = () => order.push("handler");
    request.send({ data: "" });
    expect(order.splice(0)).toEqual(["listener", "handler"]);
    (source as { onmessage: unknown }).onmessage = "a string";
    expect(source.onmessage).toBe(null);
    const object = {};
    (source as { onmessage: unknown }).onmessage = object;
    expect(source.onmessage).toBe(object);
    request.send({ data: "" });
    expect(order).toEqual(["listener"]);
  });

  test("once, signal and handleEvent are those of every EventTarget", async () => {
    const { source, request } = await connected();
    const seen: string[] = [];
    const { signal, abort } = Object.assign(new AbortController(), { abort: () => {} });
    const controller = new AbortController();
    source.addEventListener("message", () => seen.push("once"), { once: true });
    source.addEventListener("message", () => seen.push("signal"), { signal: controller.signal });
    source.addEventListener("message", { handleEvent: () => seen.push("object") }, { signal });
    source.addEventListener("message", null);
    request.send({ data: "" });
    controller.abort();
    abort();
    request.send({ data: "" });
    expect(seen).toEqual(["once", "signal", "object", "object"]);
  });

  test("names of things that every object has are names like others", async () => {
    const { source, request } = await connected();
    const seen: string[] = [];
    for (const type of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      source.addEventListener(type, (event) => seen.push(event.type));
    request.send({ type: "constructor" }, { type: "__proto__" }, { type: "hasOwnProperty" }, { type: "toString" });
    expect(seen).toEqual(["constructor", "__proto__", "hasOwnProperty", "toString"]);
  });

  test("a server's own error, open and statechange are its events", async () => {
    const { source, request } = await connected();
    const seen: unknown[] = [];
    for (const type of ["error", "open", "statechange"]) source.addEventListener(type, (event) => seen.push(event instanceof MessageEvent && event.data));
    request.send({ type: "error", data: "1" }, { type: "open", data: "2" }, { type: "statechange", data: "3" });
    expect(seen).toEqual(["1", "2", "3"]);
    expect(source.readyState).toBe(1);
  });

  test("204 and a wrong type are final, and an error each", async () => {
    const answers: [number, string][] = [
      [204, ""],
      [200, "text/html"],
      [404, "text/event-stream"],
    ];
    for (const [status, type] of answers) {
      const source = open();
      const errors: SourceErrorEvent[] = [];
      source.onerror = (event) => errors.push(event as SourceErrorEvent);
      (await world.request()).respond(status, { headers: { "content-type": type }, body: status === 204 ? undefined! : "why" });
      await world.advance(60_000);
      expect(errors.map(({ status, willRetry }) => [status, willRetry])).toEqual([[status, false]]);
      expect(source.readyState).toBe(EventSource.CLOSED);
    }
    expect(world.requests).toHaveLength(3);
  });

  test("with the standard's statuses 503 is final", async () => {
    const source = open({ retry: { on: "standard" } });
    (await world.request()).respond(503);
    await world.advance(60_000);
    expect([source.readyState, world.requests.length]).toEqual([2, 1]);
  });

  test("after close() nothing comes, not even the rest of a chunk", async () => {
    const { source, request } = await connected();
    const seen: string[] = [];
    source.onmessage = ({ data }) => {
      seen.push(data);
      source.close();
    };
    source.onerror = () => seen.push("error");
    request.send({ data: "1" }, { data: "2" });
    expect([seen, source.readyState, request.isLive]).toEqual([["1"], 2, false]);
    source.close();
    source.reconnect();
    await world.advance(60_000);
    expect(world.requests).toHaveLength(1);
  });
});

describe("what is said of it", () => {
  test("states, with their reasons", async () => {
    const source = open();
    const states: State[] = [];
    source.addEventListener("statechange", ({ state }) => states.push(state));
    expect(source.state).toMatchObject({ name: "loading", attempt: 1 });
    (await world.request()).fail();
    await world.advance(1000);
    (await world.request()).open();
    source.pause();
    source.resume();
    (await world.request()).open();
    source.close();
    expect(states.map(({ name }) => name)).toEqual([
      "connecting",
      "waiting",
      "connecting",
      "open",
      "paused",
      "connecting",
      "open",
      "closed",
    ]);
    const [connecting, waiting, again, opened, paused] = states;
    expect(connecting).toMatchObject({ name: "connecting", attempt: 1 });
    expect(waiting).toMatchObject({ name: "waiting", attempt: 2, until: Date.UTC(2026) + 1000 });
    expect((waiting as { cause: EventSourceError }).cause).toMatchObject({ kind: "network", willRetry: true });
    expect(again).toMatchObject({ name: "connecting", attempt: 2 });
    expect(opened).toMatchObject({ name: "open", transport: "fetch", since: Date.UTC(2026) + 1000 });
    expect(paused).toMatchObject({ name: "paused", by: ["user"] });
    expect(source.state).toMatchObject({ name: "closed", by: "user" });
  });

  test("errors know the status, the headers, the start of the body and what follows", async () => {
    const source = open();
    const errors: SourceErrorEvent[] = [];
    source.onerror = (event) => errors.push(event as SourceErrorEvent);
    (await world.request()).respond(503, { headers: { "retry-after": "7", "x-why": "load" }, body: "b".repeat(2000) });
    await world.settled();
    expect(errors[0]).toMatchObject({ status: 503, willRetry: true });
    expect(errors[0]!.error).toBeInstanceOf(EventSourceError);
    expect(errors[0]!.error!.headers!.get("x-why")).toBe("load");
    expect(errors[0]!.error!.body).toBe("b".repeat(2000));
    expect(errors[0]).toMatchObject({ code: 503, message: "status 503", reason: "status 503" });
    expect(source.state).toMatchObject({ name: "waiting", until: world.now + 7000 });
    await world.advance(6999);
    expect(world.requests).toHaveLength(1);
    await world.advance(1);
    (await world.request()).respond(404, { body: "gone" });
    await world.settled();
    expect(errors[1]).toMatchObject({ status: 404, willRetry: false, reason: "status 404" });
    expect(source.state).toMatchObject({ name: "closed", by: "fatal" });
  });

  test("Retry-After may be a date, by the server's clock", async () => {
    const source = open();
    const headers = { date: "Thu, 01 Jan 2099 00:00:00 GMT", "retry-after": "Thu, 01 Jan 2099 00:00:09 GMT" };
    (await world.request()).respond(429, { headers });
    expect(source.state).toMatchObject({ name: "waiting", until: world.now + 9000 });
  });

  test("a clean end is an error without one", async () => {
    const { source, request } = await connected();
    const reasons: unknown[] = [];
    source.onerror = ({ error, reason, willRetry }) => reasons.push([error, reason, willRetry]);
    request.end();
    expect(reasons).toEqual([[undefined, "ended", true]]);
  });

  test("transport, last event id and counters", async () => {
    const source = open();
    expect([source.transport, source.lastEventId]).toEqual([null, ""]);
    const request = (await world.request()).open();
    source.subscribe(() => {});
    request.send({ data: "x", id: "4" }, { data: "y" });
    expect(source.transport).toMatchObject({ name: "fetch", reason: "no-eventsource" });
    expect([source.lastEventId, source.stats]).toEqual([
      "4",
      { connections: 1, events: 2, bytes: 24, dropped: 0, lastEventAt: world.now },
    ]);
    source.close();
    expect(source.lastEventId).toBe("4");
  });

  test("the id that a handler reads is that of its event, and reconnect() goes on behind it", async () => {
    const { source, request } = await connected();
    const ids: string[] = [];
    source.onmessage = () => {
      ids.push(source.lastEventId);
      if (ids.length === 2) source.reconnect();
    };
    request.send({ id: "1" }, { id: "2" }, { id: "3" });
    expect(ids).toEqual(["1", "2"]);
    const next = await world.request();
    expect([next.lastEventId, request.isLive]).toEqual(["2", false]);
    next.open().send({ id: "3" });
    expect(ids).toEqual(["1", "2", "3"]);
  });

  test("comments and the silence of a server are heard where somebody asks", async () => {
    const comments: string[] = [];
    const { request } = await connected({ onComment: (text) => comments.push(text) });
    request.write(": one\n\n:two\n");
    expect(comments).toEqual(["one", "two"]);

    const onDiagnostic = vi.fn();
    open({ onDiagnostic });
    await world.settled();
    await world.advance(10_000);
    expect(onDiagnostic.mock.calls).toEqual([[expect.stringContaining("six connections"), 10_000]]);
  });
});

describe("a fault of a listener", () => {
  test("is reported and no network fault", async () => {
    const { source, request } = await connected();
    const caught: unknown[] = [];
    const listen = (error: unknown) => caught.push((error as Error).message);
    process.on("uncaughtException", listen);
    const before = process.listeners("uncaughtException").filter((listener) => listener !== listen);
    for (const other of before) process.off("uncaughtException", other);
    const seen: string[] = [];
    source.onmessage = ({ data }) => {
      seen.push(data);
      throw new Error(`message ${data}`);
    };
    source.subscribe(({ data }) => {
      throw new Error(`subscriber ${data}`);
    });
    request.send({ data: "1" }, { data: "2" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("uncaughtException", listen);
    for (const other of before) process.on("uncaughtException", other as never);
    expect(seen).toEqual(["1", "2"]);
    expect(caught.sort()).toEqual(["message 1", "message 2", "subscriber 1", "subscriber 2"]);
    expect([source.readyState, world.requests.length]).toEqual([1, 1]);
  });
});

describe("every event", () => {
  test("reaches subscribers as plain data, in order, whatever its type", async () => {
    const seen: unknown[] = [];
    const { source, request } = await connected({}, (source) => source.subscribe((message) => seen.push(message)));
    request.send({ data: "1", id: "a" }, { data: "2", type: "x" });
    expect(seen).toEqual([
      { type: "message", data: "1", id: "a" },
      { type: "x", data: "2", id: "a" },
    ]);
    const events: string[] = [];
    source.addEventListener("x", ({ data }) => events.push(data));
    const leave = source.subscribe(() => seen.push("twice"));
    leave();
    request.send({ data: "3", type: "x" });
    expect([seen.length, events]).toEqual([3, ["3"]]);
  });

  test("1,000 in one chunk are 1,000, with what lies between them", async () => {
    const seen: string[] = [];
    const { request } = await connected({}, (source) => source.subscribe(({ data, id }) => seen.push(`${data} ${id}`)));
    const events = Array.from({ length: 1000 }, (_, at) => ({ data: `ünï ${at} 🎉${"x".repeat(at % 70)}`, id: `${at}` }));
    request.send(...events);
    expect(seen).toEqual(events.map(({ data, id }) => `${data} ${id}`));
  });

  test("is the same however the bytes are cut", async () => {
    const text = "\ufeffid: 1\ndata: ä\r\n\r\nevent: n\rdata: 🎉\rdata:b\r\r: c\nretry: 9\nid\ndata\n\nid: 7\n\n";
    const bytes = new TextEncoder().encode(text);
    const expected = [
      { type: "message", data: "ä", id: "1" },
      { type: "n", data: "🎉\nb", id: "1" },
      { type: "message", data: "", id: "" },
    ];
    for (let cut = 0; cut <= bytes.length; cut++) {
      const seen: unknown[] = [];
      const { source, request } = await connected({}, (source) => source.subscribe((message) => seen.push(message)));
      request.write(bytes.slice(0, cut)).write(bytes.slice(cut));
      expect(seen).toEqual(expected);
      expect(source.lastEventId).toBe("7");
      source.close();
    }
  });

  test("events that nobody hears move the cursor, and their ids are inherited", async () => {
    const seen: unknown[] = [];
    const { source, request } = await connected();
    source.onmessage = ({ data, lastEventId }) => seen.push([data, lastEventId]);
    request.send({ data: "1", id: "1" }, { type: "unheard", id: "2" }, { data: "3" }, { type: "unheard", id: "4", retry: 2000 });
    request.write("data: 5\n\nid: 6\n\ndata: 7\n\n");
    expect(seen).toEqual([
      ["1", "1"],
      ["3", "2"],
      ["5", "4"],
      ["7", "6"],
    ]);
    expect(source.lastEventId).toBe("6");
  });
});

describe("for await", () => {
  test("reads everything, and leaving it closes the source", async () => {
    const { source, request } = await connected();
    const events = source[Symbol.asyncIterator]();
    request.send({ data: "1" }, { data: "2" }, { data: "3" });
    const seen: unknown[] = [];
    for await (const { data } of events) {
      seen.push(data);
      if (data === "2") break;
    }
    expect([seen, source.readyState, request.isLive]).toEqual([["1", "2"], 2, false]);
  });

  test("ends with the source, and throws what closed it", async () => {
    const { source, request } = await connected();
    const reading = (async () => {
      const seen: unknown[] = [];
      for await (const { data } of source) seen.push(data);
      return seen;
    })();
    await world.settled();
    request.send({ data: "1" });
    source.close();
    expect(await reading).toEqual(["1"]);

    const failing = open();
    const events = failing[Symbol.asyncIterator]();
    (await world.request()).respond(403, { body: "no" });
    await expect(events.next()).rejects.toMatchObject({ kind: "status", status: 403, body: "no" });
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("what waits unread is bounded, by the policy that was named", async () => {
    const policies = { latest: ["3", "4", "5"], oldest: ["1", "2", "5"], error: ["1", "2", "3", "4"] } as const;
    for (const [overflow, expected] of Object.entries(policies)) {
      const { source, request } = await connected({ queue: 2, overflow: overflow as "error" });
      const events = source[Symbol.asyncIterator]();
      request.send({ data: "1" }, { data: "2" }, { data: "3" }, { data: "4" });
      // Nobody has read anything when the next bytes come.
      request.send({ data: "5" });
      expect(source.stats.dropped).toBe(overflow === "error" ? 0 : 2);
      for (const data of expected) expect((await events.next()).value?.data).toBe(data);
      if (overflow === "error") await expect(events.next()).rejects.toMatchObject({ kind: "overflow" });
      source.close();
    }
  });
});

describe("decode", () => {
  test("turns payloads into values, and a failure is an event", async () => {
    const { source, request } = await connected({ decode: "json" });
    const seen: unknown[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    source.addEventListener("decodeerror", ({ message, error }) => seen.push([message.data, error.name]));
    source.subscribe(({ data, error }) => seen.push(error ? "failed" : data));
    request.send({ data: '{"a":1}' }, { data: "not json" }, { data: "2" });
    expect(seen).toEqual([{ a: 1 }, { a: 1 }, "failed", ["not json", "SyntaxError"], 2, 2]);
    expect(source.readyState).toBe(1);
  });

  test("may be a function of data and type", async () => {
    const { source, request } = await connected({ decode: (data, type) => `${type}:${data}` });
    const seen: unknown[] = [];
    source.addEventListener("n", ({ data }) => seen.push(data));
    request.send({ data: "1", type: "n" });
    expect(seen).toEqual(["n:1"]);
  });
});

describe("a request", () => {
  test("takes values, and functions of the attempt", async () => {
    const attempts: unknown[] = [];
    const source = new EventSource((attempt) => `http://example.org/${attempt.number}`, {
      method: "post",
      headers: async (attempt) => {
        attempts.push(attempt);
        return { authorization: attempt.unauthorized ? "fresh" : "stale" };
      },
      body: () => "question",
      credentials: "omit",
    });
    const first = await world.request();
    expect([first.url, first.method, first.body, first.credentials]).toEqual(["http://example.org/1", "POST", "question", "omit"]);
    expect(first.headers.get("authorization")).toBe("stale");
    first.respond(401);
    await world.settled();
    const second = await world.request();
    expect(second.headers.get("authorization")).toBe("fresh");
    const { id } = attempts[0] as Attempt;
    expect(attempts).toEqual([
      { number: 1, unauthorized: false, error: undefined, refusals: 0, id },
      { number: 1, unauthorized: true, error: expect.objectContaining({ status: 401, willRetry: true }), refusals: 1, id },
    ]);
    second.open().end();
    expect(source.state).toMatchObject({ name: "closed", by: "ended" });
  });

  test("a function that fails is an error that names it; an answer that cannot work, too", async () => {
    const failing = open({ headers: () => Promise.reject(new Error("no token")) });
    await world.settled();
    expect(failing.state).toMatchObject({ name: "waiting", cause: { kind: "provider", option: "headers" } });
    expect((failing.state as { cause: Error }).cause.message).toContain("no token");
    failing.close();
    const wrong = open({ headers: () => ({ "last-event-id": "1" }) });
    await world.settled();
    expect(wrong.state).toMatchObject({ name: "closed", error: { kind: "option", option: "headers" } });
  });

  test("a pending function cannot outlive close()", async () => {
    let answer!: (headers: HeadersInit) => void;
    const source = open({ headers: () => new Promise((resolve) => (answer = resolve)) });
    await world.settled();
    expect(source.state).toMatchObject({ name: "loading", attempt: 1 });
    source.close();
    answer({});
    await world.advance(60_000);
    expect(world.requests).toEqual([]);
  });

  test("resumes by query where it is asked to, before the fragment, replacing", async () => {
    new EventSource("http://example.org/e?since=1&a=b#part", { lastEventId: "7", resume: "query", resumeQuery: "since" });
    expect((await world.request()).url).toBe("http://example.org/e?a=b&since=7#part");
  });

  test("an id that fits no header goes into the query", async () => {
    for (const [id, sent] of [
      ["é", "%C3%A9"],
      ["🎉", "%F0%9F%8E%89"],
    ]) {
      const { source, request } = await connected();
      request.send({ id: id! });
      request.fail();
      await world.advance(1000);
      const next = await world.request();
      expect([next.url, next.headers.get("last-event-id")]).toEqual([`${URL}?lastEventId=${sent}`, null]);
      source.close();
    }
  });

  test("an abort signal closes it, before and after", async () => {
    const source = open({ signal: AbortSignal.abort() });
    expect([source.readyState, source.state]).toMatchObject([2, { name: "closed", by: "signal" }]);
    const controller = new AbortController();
    const { source: other, request } = await connected({ signal: controller.signal });
    controller.abort();
    expect([other.state, request.isLive]).toMatchObject([{ name: "closed", by: "signal" }, false]);
    await world.advance(60_000);
    expect(world.requests).toHaveLength(1);
  });

  test("close() in a listener is so at once, and what it was to hear next is not said", async () => {
    const source = open();
    const seen: unknown[] = [];
    source.addEventListener("statechange", ({ state }) => {
      seen.push(state.name);
      if (state.name !== "open") return;
      source.close();
      seen.push(source.readyState, source.state, world.live.length);
    });
    source.onopen = () => seen.push("never");
    const request = (await world.request()).open();
    expect(seen).toMatchObject(["connecting", "open", 2, { name: "closed", by: "user" }, 0, "closed"]);
    expect(request.isLive).toBe(false);
  });

  test("using disposes of it", async () => {
    const { source } = await connected();
    source[Symbol.dispose]();
    expect(source.readyState).toBe(2);
  });
});

describe("retry", () => {
  test("grows, never below what the server asks for, and starts anew after a good connection", async () => {
    const source = open({ retry: { base: 100, factor: 3, cap: 1000 } });
    const waits: number[] = [];
    source.addEventListener("statechange", ({ state }) => state.name === "waiting" && waits.push(state.until! - world.now));
    for (let attempt = 0; attempt < 4; attempt++) {
      (await world.request()).fail();
      await world.advance(1000);
    }
    const request = (await world.request()).open();
    request.send({ retry: 700 });
    await world.advance(5000);
    request.end();
    expect(waits).toEqual([100, 300, 900, 800, 700]);
  });

  test("retry: 0 and a retry: beyond all bounds do no harm", async () => {
    for (const [ms, least] of [
      [0, 500],
      [31_000, 31_000],
      [99_999_999_999, 86_400_000],
    ] as const) {
      const { source, request } = await connected();
      request.send({ retry: ms });
      request.end();
      expect((source.state as { until: number }).until - world.now).toBe(least);
      source.close();
    }
  });

  test("so many times, or as a function has it", async () => {
    const source = open({ retry: { max: 1 } });
    (await world.request()).fail();
    await world.advance(1000);
    (await world.request()).fail();
    expect(source.state).toMatchObject({ name: "closed", by: "exhausted", error: { kind: "network" } });

    const asked: unknown[] = [];
    const judged = open({ retry: { on: ({ status }) => (asked.push(status), status === 404) } });
    (await world.request()).respond(404);
    await world.advance(1000);
    (await world.request()).respond(500);
    expect([judged.readyState, asked]).toEqual([2, [404, 500]]);
  });

  test("a request with a body is sent again only if the server did not act on it", async () => {
    const source = open({ method: "POST", body: "x" });
    (await world.request()).respond(503);
    await world.advance(60_000);
    (await world.request()).open().fail();
    expect(source.state).toMatchObject({ name: "closed", by: "fatal", error: { kind: "network" } });
    await world.advance(60_000);
    expect(world.requests).toHaveLength(2);
  });
});

describe("the page", () => {
  test("a hidden page pauses after its grace, and only if it was asked to", async () => {
    const { source } = await connected({ pauseWhenHidden: true, hiddenGrace: 1000 });
    const { source: stays } = await connected();
    world.hide();
    await world.advance(999);
    expect(source.readyState).toBe(1);
    await world.advance(1);
    expect([source.state, stays.readyState]).toMatchObject([{ name: "paused", by: ["hidden"] }, 1]);
    await world.advance(600_000);
    expect(world.requests).toHaveLength(2);
    world.show();
    (await world.request()).open();
    expect(source.readyState).toBe(1);
  });

  test("frozen, cached, offline: one connection at a time, and the retry that was pending is gone", async () => {
    const source = open();
    (await world.request()).fail();
    world.freeze();
    world.leave();
    await world.advance(60_000);
    expect([source.state, world.requests.length]).toMatchObject([{ name: "paused", by: ["frozen", "cached"] }, 1]);
    world.thaw();
    expect(world.requests).toHaveLength(1);
    world.comeBack();
    expect(world.live).toHaveLength(1);
    (await world.request()).fail();
    world.goOffline();
    await world.advance(120_000);
    world.goOnline();
    await world.advance(1000);
    expect([world.live.length, source.readyState]).toEqual([1, 0]);
  });

  test("what is asked for before WebAssembly is there is done then", async () => {
    const source = open();
    source.pause();
    await world.advance(60_000);
    expect([source.state, world.requests]).toMatchObject([{ name: "paused", by: ["user"] }, []]);
    source.resume();
    await world.request();
    const closed = open();
    closed.close();
    await world.advance(60_000);
    expect([closed.state, world.requests.length]).toMatchObject([{ name: "closed", by: "user" }, 1]);
  });

  test("time-outs", async () => {
    const source = open({ connectTimeout: 5000, stallTimeout: 2000 });
    await world.request();
    await world.advance(5000);
    expect(source.state).toMatchObject({ name: "waiting", cause: { kind: "connect-timeout" } });
    await world.advance(1000);
    const request = (await world.request()).open();
    await world.advance(1500);
    request.write(":\n");
    await world.advance(1999);
    expect(source.readyState).toBe(1);
    await world.advance(1);
    expect(source.state).toMatchObject({ name: "waiting", cause: { kind: "stalled" } });
  });
});

describe("the browser's own", () => {
  beforeEach(async () => {
    await start({ native: true });
    vi.stubGlobal("origin", "http://here.example");
  });
  afterEach(() => vi.unstubAllGlobals());

  test("comes first for a plain stream of another origin, and brings what is heard", async () => {
    const source = open();
    const seen: unknown[] = [];
    source.onmessage = ({ data, lastEventId }) => seen.push([data, lastEventId]);
    const request = await world.request();
    expect(request.transport).toBe("eventsource");
    request.open();
    source.addEventListener("later", ({ data }) => seen.push(data));
    request.send({ data: "1", id: "1" }, { type: "other" }, { type: "later", data: "2", id: "2" });
    expect(seen).toEqual([["1", "1"], "2"]);
    expect(source.transport).toMatchObject({ name: "eventsource", reason: "cross-origin" });
    request.fail();
    expect(source.state).toMatchObject({ name: "waiting", until: null });
    const errors: unknown[] = [];
    source.onerror = (event) => errors.push("reason" in event && event.reason);
    request.open().giveUp();
    expect(source.state).toMatchObject({ name: "waiting", cause: "unknown", until: world.now + 2000 });
    await world.advance(2000);
    const next = await world.request();
    expect([next.transport, next.lastEventId, errors]).toEqual(["fetch", "2", []]);
    next.respond(403);
    expect(source.state).toMatchObject({ name: "closed", error: { status: 403 } });
    expect(errors).toEqual(["status 403"]);
  });

  test("gives way to fetch when every event is to be heard", async () => {
    const source = open();
    const native = (await world.request()).open();
    native.send({ id: "5" });
    source.subscribe(() => {});
    const next = await world.request();
    expect([native.isLive, next.transport, next.lastEventId]).toEqual([false, "fetch", "5"]);
    open().subscribe(() => {});
    expect((await world.request()).transport).toBe("fetch");
  });

  test("that was asked for brings what is heard by name to those who hear everything, too", async () => {
    const source = open({ transport: "eventsource" });
    const seen: unknown[] = [];
    source.subscribe(({ data }) => seen.push(data));
    source.addEventListener("note", () => {});
    const request = (await world.request()).open();
    request.send({ data: "1" }, { type: "note", data: "2" }, { type: "other", data: "3" });
    expect([seen, request.transport]).toEqual([["1", "2"], "eventsource"]);
  });

  test("is not asked for what it cannot do", async () => {
    open({ headers: { a: "b" } });
    expect((await world.request()).transport).toBe("fetch");
    expect(() => open({ transport: "eventsource", headers: { a: "b" } })).toThrow("`transport`");
    open({ transport: "eventsource" });
    expect((await world.request()).transport).toBe("eventsource");
  });
});

describe("bad input", () => {
  const cases: [string, unknown][] = [
    ["method", 5],
    ["integrity", "sha256-x"],
    ["redirect", "manual"],
    ["mode", "no-cors"],
    ["referrerPolicy", "sometimes"],
    ["priority", "highest"],
    ["fetch", {}],
    ["accept", true],
    ["method", "CONNECT"],
    ["method", "a b"],
    ["headers", { "bad name": "x" }],
    ["headers", { ok: "line\nbreak" }],
    ["headers", { "Last-Event-ID": "1" }],
    ["headers", { "x-emoji": "🎉" }],
    ["body", { question: "?" }],
    ["credentials", "always"],
    ["transport", "websocket"],
    ["retry", 5],
    ["closeOnEnd", "yes"],
    ["pauseWhenHidden", "sometimes"],
    ["hiddenGrace", -1],
    ["stallTimeout", NaN],
    ["connectTimeout", 2 ** 31],
    ["lastEventId", "a\0b"],
    ["lastEventId", "x".repeat(5000)],
    ["resume", "cookie"],
    ["resumeQuery", ""],
    ["limits", 1],
    ["queue", 0],
    ["overflow", "drop"],
    ["decode", "xml"],
    ["signal", {}],
    ["onComment", 1],
    ["onDiagnostic", 1],
  ];
  test.each(cases)("%s: %j is a TypeError that names it", (name, value) => {
    expect(() => new EventSource(URL, { [name]: value } as never)).toThrow(TypeError);
    expect(() => new EventSource(URL, { [name]: value } as never)).toThrow(`\`${name}\``);
  });
  test.each([
    [{ retry: { base: 0 } }, "`retry.base`"],
    [{ retry: { factor: 0.5 } }, "`retry.factor`"],
    [{ retry: { cap: 10 } }, "`retry.cap`"],
    [{ retry: { max: -1 } }, "`retry.max`"],
    [{ retry: { on: "always" } }, "`retry.on`"],
    [{ limits: { event: 0 } }, "`limits.event`"],
    [{ limits: { id: "1" } }, "`limits.id`"],
    [{ method: "GET", body: "x" }, "`body`"],
  ])("%j", (options, name) => {
    expect(() => new EventSource(URL, options as never)).toThrow(name);
  });
  test("credentials in a url", () => {
    expect(() => new EventSource("http://me:secret@example.org/")).toThrow("`url`");
  });
  test("an option that is undefined is left alone", async () => {
    open({ method: undefined, headers: undefined, retry: undefined } as never);
    expect((await world.request()).method).toBe("GET");
  });
});
