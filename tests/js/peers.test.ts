// What other clients are known to get wrong, each by its name. A test says what happens here.

import { EventSource, type EventSourceOptions } from "everstream";
import { World } from "everstream/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const URL = "http://example.org/events";

let world: World;
let made: { close(): void }[];

beforeEach(async () => {
  world = await World.start();
  made = [];
});
afterEach(async () => {
  for (const source of made) source.close();
  await world.settled();
  expect(world.live).toEqual([]);
  world.stop();
});

function open(options?: EventSourceOptions, url: string = URL) {
  const source = new EventSource(url, options);
  made.push(source);
  return source;
}

async function streaming(options?: EventSourceOptions) {
  const source = open(options);
  return { source, request: (await world.request()).open() };
}

describe("@microsoft/fetch-event-source", () => {
  test("a page that flickers during a pending retry has one connection, and none after close()", async () => {
    const source = open({ pauseWhenHidden: true, hiddenGrace: 0 });
    (await world.request()).fail();
    for (let turn = 0; turn < 5; turn++) {
      world.hide();
      await world.advance(1);
      world.show();
      await world.advance(1);
    }
    await world.advance(60_000);
    expect(world.live).toHaveLength(1);
    source.close();
    await world.advance(60_000);
    expect(world.live).toEqual([]);
  });

  test("nothing is retried while the page is hidden, and nothing begun", async () => {
    const retrying = open({ pauseWhenHidden: true, hiddenGrace: 100 });
    (await world.request()).fail();
    world.hide();
    await world.advance(100);
    open({ pauseWhenHidden: true, hiddenGrace: 0 });
    await world.advance(600_000);
    expect([retrying.state.name, world.live.length]).toEqual(["paused", 0]);
  });

  test("a signal that was aborted before is heeded, and one that was not is let go of", async () => {
    open({ signal: AbortSignal.abort() });
    await world.advance(60_000);
    expect(world.requests).toEqual([]);
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    open({ signal }).close();
    expect(remove.mock.calls.map(([type, listener]) => [type, listener])).toEqual(add.mock.calls.map(([type, listener]) => [type, listener]));
    expect(add).toHaveBeenCalledTimes(1);
  });

  test("keep-alives and blocks without data are no messages", async () => {
    const { source, request } = await streaming();
    const seen: unknown[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    request.write(":\n\n: keep-alive\n\nid: 1\n\nevent: x\n\nretry: 5\n\n").send({ data: "1" });
    expect(seen).toEqual(["1"]);
  });

  test("a clean end of a GET is followed by the next connection", async () => {
    const { request } = await streaming();
    request.end();
    await world.advance(1000);
    expect(world.live).toHaveLength(1);
  });

  test("the id of an event that was cut off does not count, and an empty one clears", async () => {
    const { request } = await streaming();
    request.write("id: 7\ndata: x\n\nid: 8\ndata: cut o");
    request.fail();
    await world.advance(1000);
    const next = (await world.request()).open();
    expect(next.lastEventId).toBe("7");
    next.write("id\ndata: y\n\n").fail();
    await world.advance(2000);
    expect((await world.request()).lastEventId).toBe(null);
  });
});

describe("event-source-plus", () => {
  test("a server that opens and closes is not asked without pause", async () => {
    open();
    for (let tenth = 0; tenth < 120; tenth++) {
      await world.advance(100);
      world.live[0]?.open().send({ data: "x" }).end();
    }
    // At 0, 1, 3 and 7 seconds: each delay is twice the one before.
    expect(world.requests).toHaveLength(4);
  });

  test("all lines of the data are there, and what is between their ends", async () => {
    const { source, request } = await streaming();
    const seen: unknown[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    request.write("data: a\r").write("\ndata:  b \r\n\r").write("\n");
    expect(seen).toEqual(["a\n b "]);
  });
});

describe("extended-eventsource", () => {
  test("readyState is what it is after the server has closed", async () => {
    const { source, request } = await streaming();
    request.end();
    expect(source.readyState).toBe(EventSource.CONNECTING);
  });
});

describe("eventsource-client", () => {
  test("a refusal is never open, and 401 without fresh headers is final", async () => {
    for (const [status, state] of [
      [500, 0],
      [401, 2],
    ] as const) {
      const source = open();
      const opened = vi.fn();
      source.onopen = opened;
      (await world.request()).respond(status);
      await world.settled();
      expect([opened.mock.calls.length, source.readyState]).toEqual([0, state]);
      source.close();
    }
  });

  test("close and open in one tick is a new connection", async () => {
    open().close();
    open();
    await world.request();
    expect(world.live).toHaveLength(1);
  });
});

describe("reconnecting-eventsource", () => {
  test("onmessage beside a listener is called once", async () => {
    const { source, request } = await streaming();
    const seen: string[] = [];
    source.onmessage = () => seen.push("handler");
    source.addEventListener("message", () => seen.push("listener"));
    request.send({ data: "" });
    expect(seen).toEqual(["handler", "listener"]);
  });

  test("with onmessage alone the last id is known all the same", async () => {
    const { source, request } = await streaming();
    source.onmessage = () => {};
    request.send({ id: "3" }).fail();
    await world.advance(1000);
    expect((await world.request()).lastEventId).toBe("3");
  });

  test("onerror is called for each attempt that fails, also for the first", async () => {
    const source = open();
    const errors: unknown[] = [];
    source.onerror = ({ willRetry }) => errors.push(willRetry);
    for (let attempt = 0; attempt < 3; attempt++) {
      (await world.request()).fail();
      await world.advance(60_000);
    }
    expect(errors).toEqual([true, true, true]);
  });

  test("204 is the end", async () => {
    open();
    (await world.request()).respond(204);
    await world.advance(600_000);
    expect(world.requests).toHaveLength(1);
  });

  test("the id is not in the url twice, and not behind the fragment", async () => {
    const source = open({ resume: "query" }, "http://example.org/e?lastEventId=0#here");
    const urls: string[] = [];
    for (const id of ["1", "2"]) {
      const request = (await world.request()).open().send({ id });
      urls.push(request.url);
      request.fail();
      await world.advance(60_000);
    }
    urls.push((await world.request()).url);
    expect(urls).toEqual(["http://example.org/e?lastEventId=0#here", "http://example.org/e?lastEventId=1#here", "http://example.org/e?lastEventId=2#here"]);
    expect(source.url).toBe("http://example.org/e?lastEventId=0#here");
  });
});

describe("sse.js", () => {
  test("an event that is not finished when the stream ends is none", async () => {
    const { source, request } = await streaming();
    const seen = vi.fn();
    source.onmessage = seen;
    request.write("data: half").end();
    await world.advance(60_000);
    expect(seen).not.toHaveBeenCalled();
  });

  test("abort and readystatechange are names like others", async () => {
    const { source, request } = await streaming();
    const seen: unknown[] = [];
    for (const type of ["abort", "readystatechange"]) source.addEventListener(type, ({ data }: MessageEvent) => seen.push(data));
    request.send({ type: "abort", data: "1" }, { type: "readystatechange", data: "2" });
    source.close();
    expect(seen).toEqual(["1", "2"]);
  });
});

describe("event-source-polyfill", () => {
  test("the last characters of a body are there, whatever it was cut into", async () => {
    const { source, request } = await streaming();
    const seen: unknown[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    for (const byte of new TextEncoder().encode("data: 🎉é\n\n")) request.write(Uint8Array.of(byte));
    expect(seen).toEqual(["🎉é"]);
  });

  test("nothing is written to the console", async () => {
    const spies = (["error", "warn", "log"] as const).map((name) => vi.spyOn(console, name));
    const { request } = await streaming();
    request.fail();
    await world.advance(1000);
    (await world.request()).respond(503);
    await world.settled();
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe("launchdarkly-eventsource", () => {
  test("a byte order mark that is cut loses nothing", async () => {
    const { source, request } = await streaming();
    const seen: unknown[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    for (const bytes of [[0xef], [0xbb], [0xbf, 0x64]]) request.write(Uint8Array.from(bytes));
    request.write("ata: 1\n\n");
    expect(seen).toEqual(["1"]);
  });
});

describe("@hey-api/openapi-ts", () => {
  test("what looks like a number stays text, with its spaces", async () => {
    const { source, request } = await streaming();
    const seen: unknown[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    request.write("data: 1\n\ndata:   true\n\ndata\n\n");
    expect(seen).toEqual(["1", "  true", ""]);
  });
});

describe("VueUse and reactuse", () => {
  test("three retries are three", async () => {
    const source = open({ retry: { max: 3 } });
    for (let attempt = 0; attempt < 4; attempt++) {
      (await world.request()).fail();
      await world.advance(60_000);
    }
    expect([world.requests.length, source.readyState]).toEqual([4, 2]);
  });

  test("a good connection gives the retries back", async () => {
    const source = open({ retry: { max: 1 } });
    for (let round = 0; round < 5; round++) {
      const request = (await world.request()).open();
      await world.advance(6000);
      request.fail();
      await world.advance(1500);
    }
    expect(source.readyState).toBe(0);
  });

  test("reconnect() during a pending retry leaves one connection, behind the last event", async () => {
    const { source, request } = await streaming();
    request.send({ id: "5" }).fail();
    source.reconnect();
    await world.advance(60_000);
    expect(world.live.map(({ lastEventId }) => lastEventId)).toEqual(["5"]);
  });
});
