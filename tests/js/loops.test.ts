// Loops over events: how they end, where they are, and what becomes of events that come faster than they are read.

import { EventSource, stream } from "everstream";
import type { World } from "everstream/testing";
import { describe, expect, test } from "vitest";

import { connected, start, URL, world } from "./stage.js";

/** Events with ids, numbered. */
function numbered(first: number, last: number) {
  return Array.from({ length: last - first + 1 }, (_, at) => ({ data: `${first + at}`, id: `${first + at}` }));
}

/** Reads so many, and says their ids. */
async function take(events: AsyncIterator<{ id: string }, undefined>, count: number) {
  const ids: number[] = [];
  for (let read = 0; read < count; read++) {
    const { value } = await events.next();
    if (value) ids.push(Number(value.id));
  }
  return ids;
}

const ids = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe("the end of a loop", () => {
  test("return() while next() waits: both settle, and the request ends", async () => {
    const { source, request } = await connected();
    const events = source[Symbol.asyncIterator]();
    const waiting = [events.next(), events.next()];
    expect(await events.return!()).toEqual({ value: undefined, done: true });
    for (const next of waiting) expect(await next).toEqual({ value: undefined, done: true });
    expect([source.readyState, request.isLive]).toEqual([2, false]);
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("so it is with throw(), which throws", async () => {
    const { source, request } = await connected();
    const events = source[Symbol.asyncIterator]();
    const waiting = events.next();
    await expect(events.throw!(new Error("mine"))).rejects.toThrow("mine");
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect([source.readyState, request.isLive]).toEqual([2, false]);
  });

  test("return() before the first next() closes the source", async () => {
    const { source, request } = await connected();
    await source[Symbol.asyncIterator]().return!();
    expect([source.readyState, request.isLive]).toEqual([2, false]);
  });

  test("a stream made of it is cancelled while it waits", async () => {
    const { source, request } = await connected();
    const reader = (ReadableStream as unknown as { from(events: unknown): ReadableStream }).from(source).getReader();
    const pending = reader.read();
    await world.settled();
    await reader.cancel();
    expect(await pending).toEqual({ value: undefined, done: true });
    expect([source.readyState, request.isLive]).toEqual([2, false]);
  });

  test("stream() is left in the same ways", async () => {
    for (const leave of ["return", "throw"] as const) {
      const events = stream(URL, { body: "?" });
      const waiting = events.next();
      const request = (await world.request()).open();
      const left = leave === "return" ? events.return!() : events.throw!(new Error("mine")).catch(({ message }) => message);
      expect(await left).toEqual(leave === "return" ? { value: undefined, done: true } : "mine");
      expect(await waiting).toEqual({ value: undefined, done: true });
      expect(request.isLive).toBe(false);
    }
    // Nothing was asked for, and nothing will be.
    const unread = stream(URL, { body: "?" });
    await unread.return!();
    expect(await unread.next()).toEqual({ value: undefined, done: true });
    await world.settled();
    expect(world.live).toEqual([]);
  });

  test("the user's close() discards what waits, also within the body of the loop", async () => {
    const { source, request } = await connected();
    const events = source[Symbol.asyncIterator]();
    request.send(...numbered(1, 100));
    const seen: string[] = [];
    for await (const { id } of events) {
      seen.push(id);
      if (id === "10") source.close();
    }
    expect(seen.length).toBe(10);
    expect(source.lastEventId).toBe("10");
  });

  test.each([
    ["a 204", (request: Awaited<ReturnType<World["request"]>>) => request.fail(), 204],
    ["the end of the answer", (request: Awaited<ReturnType<World["request"]>>) => request.end(), 0],
    ["a fatal answer", (request: Awaited<ReturnType<World["request"]>>) => request.fail(), 404],
  ])("%s hands over what waits", async (_, end, status) => {
    const { source, request } = await connected({ closeOnEnd: !status });
    const events = source[Symbol.asyncIterator]();
    request.send(...numbered(1, 5));
    end(request);
    if (status) {
      await world.advance(2_000);
      (await world.request()).respond(status);
    }
    await world.settled();
    expect(source.readyState).toBe(2);
    expect(source.lastEventId).toBe("");
    expect(await take(events, 5)).toEqual(ids(1, 5));
    expect(source.lastEventId).toBe("5");
    if (status === 404) await expect(events.next()).rejects.toMatchObject({ status });
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });
});

describe("the place", () => {
  test("is that of the event at which the loop is, and stays so when it is left", async () => {
    const { source, request } = await connected({ lastEventId: "0" });
    const events = source[Symbol.asyncIterator]();
    request.send(...numbered(1, 100));
    expect(source.lastEventId).toBe("0");
    for await (const { id } of events) {
      expect(source.lastEventId).toBe(id);
      if (id === "10") break;
    }
    expect(source.lastEventId).toBe("10");
    // Whoever goes on from there misses nothing.
    new EventSource(URL, { lastEventId: source.lastEventId });
    expect((await world.request()).lastEventId).toBe("10");
  });

  test("is that of the slowest of several consumers", async () => {
    const { source, request } = await connected();
    const heard: string[] = [];
    source.subscribe(({ id }) => heard.push(source.lastEventId === "" ? id : source.lastEventId));
    const [slow, quick] = [source[Symbol.asyncIterator](), source[Symbol.asyncIterator]()];
    request.send(...numbered(1, 10));
    await take(quick, 7);
    await take(slow, 2);
    expect(source.lastEventId).toBe("2");
    await take(slow, 8);
    expect(source.lastEventId).toBe("7");
    await take(quick, 3);
    expect(source.lastEventId).toBe("10");
    expect(heard.length).toBe(10);
  });

  test("connections go on behind what waits, and what waits survives them", async () => {
    const { source, request } = await connected();
    const events = source[Symbol.asyncIterator]();
    request.send(...numbered(1, 5)).fail();
    await world.advance(2_000);
    const again = await world.request();
    expect([again.lastEventId, source.lastEventId]).toEqual(["5", ""]);
    again.open().send(...numbered(6, 8));
    expect(await take(events, 8)).toEqual(ids(1, 8));
    expect(source.lastEventId).toBe("8");
  });

  test("a loop that begins later begins where the source is", async () => {
    const { source, request } = await connected();
    source.subscribe(() => {});
    request.send(...numbered(1, 3));
    const events = source[Symbol.asyncIterator]();
    expect(source.lastEventId).toBe("3");
    request.send(...numbered(4, 5));
    expect(source.lastEventId).toBe("3");
    expect(await take(events, 2)).toEqual([4, 5]);
  });
});

describe("a loop that is slower than the server", () => {
  const LIMITS = { limits: { queued: 1_000 } };

  test("may be behind by any number of events", async () => {
    const { source, request } = await connected();
    const events = source[Symbol.asyncIterator]();
    for (let at = 0; at < 50; at++) request.send(...numbered(at * 1_000 + 1, at * 1_000 + 1_000));
    expect(await take(events, 50_000)).toEqual(ids(1, 50_000));
    expect(source.readyState).toBe(1);
  });

  test("is waited for when too much waits, and goes on where it was", async () => {
    const diagnosed: [string, number][] = [];
    const { source, request } = await connected({ ...LIMITS, stallTimeout: 20_000, onDiagnostic: (...said) => diagnosed.push(said) });
    const events = source[Symbol.asyncIterator]();
    for (let at = 1; at <= 1_000; at++) request.send(...numbered(at, at));
    expect(source.stats.events).toBeLessThan(150);
    await world.advance(60_000);
    expect([source.readyState, diagnosed]).toEqual([1, [[expect.stringContaining("not read for 10000 ms"), 10_000]]]);
    expect(await take(events, 1_000)).toEqual(ids(1, 1_000));
    // It is read on, and watched again.
    await world.advance(20_000);
    expect(source.state).toMatchObject({ name: "waiting", kind: "stalled" });
  });

  test("loses nothing of what was not read when the connection is cut", async () => {
    const { source, request } = await connected(LIMITS);
    const events = source[Symbol.asyncIterator]();
    for (let at = 1; at <= 500; at++) request.send(...numbered(at, at));
    const { events: queued } = source.stats;
    request.fail();
    const seen = await take(events, queued);
    await world.advance(2_000);
    const again = await world.request();
    expect(Number(again.lastEventId)).toBe(queued);
    again.open().send(...numbered(queued + 1, 500));
    expect([...seen, ...(await take(events, 500 - queued))]).toEqual(ids(1, 500));
  });

  test.each([
    ["without ids", {}],
    ["by POST", { body: "?" }],
    ["that counts events", { queue: 10, overflow: "error" as const }],
  ])("%s, it closes the source when too much waits, which can still be read", async (name, options) => {
    const { source, request } = await connected({ ...LIMITS, ...options });
    const events = source[Symbol.asyncIterator]();
    for (let at = 1; at <= 500; at++) request.send(name === "without ids" ? { data: `${at}` } : { data: `${at}`, id: `${at}` });
    await world.settled();
    expect(source.state).toMatchObject({ name: "closed", by: "fatal", kind: "overflow" });
    const { events: queued } = source.stats;
    const seen: number[] = [];
    for (let read = 0; read < queued; read++) seen.push(Number((await events.next()).value!.data));
    expect(seen).toEqual(ids(1, queued));
    await expect(events.next()).rejects.toThrow("overflow: more events wait to be read than `queue` or `limits.queued` allow");
  });

  test("the browser's own EventSource cannot wait", async () => {
    await start({ native: true });
    const { source, request } = await connected({ transport: "eventsource", limits: { queued: 1_000 } });
    const events = source[Symbol.asyncIterator]();
    for (let at = 1; at <= 500 && request.isLive; at++) request.send(...numbered(at, at));
    await world.settled();
    expect(source.state).toMatchObject({ name: "closed", kind: "overflow" });
    expect(await take(events, 5)).toEqual(ids(1, 5));
  });

  test("of two, the slower one decides", async () => {
    const { source, request } = await connected(LIMITS);
    const [slow, quick] = [source[Symbol.asyncIterator](), source[Symbol.asyncIterator]()];
    for (let at = 1; at <= 1_000; at++) request.send(...numbered(at, at));
    const { events: queued } = source.stats;
    await take(quick, queued);
    await world.settled();
    expect(source.stats.events).toBe(queued);
    await take(slow, queued);
    expect(source.stats.events).toBeGreaterThan(queued);
  });

  test("may close, pause or reconnect when it is waited for", async () => {
    for (const act of ["close", "pause", "reconnect"] as const) {
      const { source, request } = await connected(LIMITS);
      const events = source[Symbol.asyncIterator]();
      for (let at = 1; at <= 200; at++) request.send(...numbered(at, at));
      const { events: queued } = source.stats;
      source[act]();
      expect(request.isLive).toBe(false);
      const seen = await take(events, act === "close" ? 1 : queued);
      expect(seen).toEqual(act === "close" ? [] : ids(1, queued));
      source.close();
    }
  });
});

describe("found by who tried to break it", () => {
  test.each(["close", "abort"])("what waits when the server has ended the stream is discarded, too: %s", async (way) => {
    const abort = new AbortController();
    const { source, request } = await connected({ closeOnEnd: true, signal: abort.signal });
    const events = source[Symbol.asyncIterator]();
    request.send(...numbered(1, 50)).end();
    expect(source.readyState).toBe(2);
    const seen: number[] = [];
    for await (const { id } of events) {
      seen.push(Number(id));
      if (id !== "10") continue;
      if (way === "close") source.close();
      else abort.abort();
    }
    expect([seen, source.lastEventId]).toEqual([ids(1, 10), "10"]);
  });

  test("stream(): an abort behind the end of the answer is thrown at once", async () => {
    const abort = new AbortController();
    const reading = (async () => {
      let seen = 0;
      try {
        for await (const _ of stream(URL, { signal: abort.signal })) if (++seen === 3) abort.abort(new Error("enough"));
      } catch (error) {
        return [seen, (error as Error).message];
      }
      return [seen];
    })();
    (await world.request()).open().send(...numbered(1, 50)).end();
    expect(await reading).toEqual([3, "enough"]);
  });

  test("a burst that is read is no overflow, where nothing can be asked for again", async () => {
    const { source, request } = await connected({ queue: 100 });
    const reading = (async () => {
      let seen = 0;
      for await (const _ of source) if (++seen === 301) break;
      return seen;
    })();
    await world.settled();
    request.send(...Array.from({ length: 300 }, (_, at) => ({ data: `${at}` })));
    for (let turn = 0; turn < 20; turn++) await world.settled();
    request.send({ data: "300" });
    expect(await reading).toBe(301);
  });

  test("one event alone is never too much", async () => {
    const { source, request } = await connected({ limits: { queued: 100 } });
    const events = source[Symbol.asyncIterator]();
    request.send({ data: "x".repeat(10_000) });
    request.send({ data: "next" });
    expect((await events.next()).value?.data.length).toBe(10_000);
    expect((await events.next()).value?.data).toBe("next");
  });

  test("what is undefined leaves the defaults of stream() as they are", async () => {
    const events = stream(URL, { closeOnEnd: undefined, unfinished: undefined, retry: { patience: undefined } });
    const reading = events.next();
    (await world.request()).open().write("data: 1\n\ndata: half").end();
    expect((await reading).value?.data).toBe("1");
    await expect(events.next()).rejects.toMatchObject({ kind: "incomplete" });
    expect(() => stream(URL, { transport: "eventsource" })).toThrow("`transport` must not be");
  });

  test("while an event is on its way, the place is before it for whoever reads by a loop", async () => {
    const { source, request } = await connected({ lastEventId: "0" });
    const events = source[Symbol.asyncIterator]();
    const places: string[] = [];
    source.subscribe(() => places.push(source.lastEventId));
    request.send(...numbered(1, 3));
    expect(places).toEqual(["0", "0", "0"]);
    await take(events, 3);
    request.send(...numbered(4, 4));
    expect(places[3]).toBe("3");
  });

  test.each(["a subscriber", "the decoder"])("who is closed by %s has not got that event, and says so", async (who) => {
    const close = ({ id, data }: { id?: string; data?: unknown }) => void ((id === "2" || data === "2") && source.close());
    const { source, request } = await connected(who === "the decoder" ? { decode: (data) => (close({ data }), data) } : {});
    if (who === "a subscriber") source.subscribe(close);
    const events = source[Symbol.asyncIterator]();
    const first = events.next();
    request.send(...numbered(1, 3));
    expect((await first).value?.id).toBe("1");
    expect(await events.next()).toEqual({ value: undefined, done: true });
    expect(source.lastEventId).toBe("1");
  });

  test("a loop that is made while an event is on its way begins with it", async () => {
    for (const isAlone of [true, false]) {
      const { source, request } = await connected();
      let events: AsyncIterator<{ id: string }, undefined> | undefined;
      source.subscribe(({ id }) => {
        if (id === "2") events = source[Symbol.asyncIterator]();
      });
      if (!isAlone) source.onmessage = () => {};
      request.send(...numbered(1, 4));
      const first = isAlone ? 3 : 2;
      expect(source.lastEventId).toBe(`${first - 1}`);
      expect(await take(events!, 4 - first + 1)).toEqual(ids(first, 4));
      expect(source.lastEventId).toBe("4");
      source.close();
    }
  });

  test.each(["another subscriber", "a loop"])("a subscriber that leaves for %s does not move the place over the event that is on its way", async (what) => {
    const { source, request } = await connected();
    let events = what === "a loop" ? undefined : source[Symbol.asyncIterator]();
    const others: (() => void)[] = [];
    const leave = source.subscribe(() => {
      // One consumer alone is left for a moment.
      for (const end of [...others.splice(0), ...(events ? [leave] : [])]) end();
      if (events) source.subscribe(() => {});
      else events = source[Symbol.asyncIterator]();
    });
    if (!events) others.push(source.subscribe(() => {}));
    request.send(...numbered(1, 1));
    expect(source.lastEventId).toBe("");
    expect(await take(events!, 1)).toEqual([1]);
    expect(source.lastEventId).toBe("1");
  });

  test("of two loops the slower one counts, also where events were dropped", async () => {
    const { source, request } = await connected({ queue: 2, overflow: "oldest" });
    const [one, other] = [source[Symbol.asyncIterator](), source[Symbol.asyncIterator]()];
    request.send(...numbered(1, 10));
    await take(other, 9);
    request.send(...numbered(11, 20));
    // The first kept 1 and 2 and what came behind them, the second 10 and what came.
    await take(one, 1);
    expect(source.lastEventId).toBe("1");
  });

  test("no connection adds anything while a loop stands still", async () => {
    const { source, request } = await connected({ limits: { queued: 200 } });
    const events = source[Symbol.asyncIterator]();
    let last: Awaited<ReturnType<World["request"]>> = request;
    for (let at = 1; at <= 200; at++) last.send(...numbered(at, at));
    const { events: queued } = source.stats;
    for (let times = 0; times < 20; times++) {
      last.fail();
      await world.advance(60_000);
      last = (await world.request()).open();
      expect(last.lastEventId).toBe(`${queued}`);
      last.send(...numbered(queued + 1, queued + 30));
    }
    expect(source.stats.events).toBe(queued);
    expect(await take(events, queued + 30)).toEqual(ids(1, queued + 30));
  });

  test("a source that gave up says so to its loop, also behind ends as they should be", async () => {
    const { source, request } = await connected({ retry: { max: 1 } });
    const reading = source[Symbol.asyncIterator]().next();
    request.end();
    await world.advance(2_000);
    (await world.request()).open().end();
    await expect(reading).rejects.toMatchObject({ kind: "network", message: "network (cut): it ended, and no retry is left" });
  });

  test("a loop that leaves behind the end does not hold the place of another that reads on", async () => {
    const { source, request } = await connected({ closeOnEnd: true });
    const [one, other] = [source[Symbol.asyncIterator](), source[Symbol.asyncIterator]()];
    request.send(...numbered(1, 6)).end();
    await take(one, 1);
    await one.return!();
    for (let id = 1; id <= 6; id++) {
      await take(other, 1);
      expect(source.lastEventId).toBe(`${id}`);
    }
  });

  test("what a loop gets is an iterator and nothing else", async () => {
    const { source } = await connected();
    expect(Reflect.ownKeys(source[Symbol.asyncIterator]())).toEqual(["next", "return", "throw", Symbol.asyncIterator]);
  });

  test("the scripted server can be held again and again", async () => {
    const { source, request } = await connected({ queue: 2 });
    const events = source[Symbol.asyncIterator]();
    for (let id = 1; id <= 30; id++) request.send(...numbered(id, id));
    for (let id = 1; id <= 30; id++) {
      expect(await take(events, 1)).toEqual([id]);
      expect(source.stats.events).toBeLessThan(id + 5);
    }
  });

  test("a listener that makes another connection in the chunk that fills the queue closes nothing", async () => {
    const { source, request } = await connected({ limits: { queued: 200 } });
    const events = source[Symbol.asyncIterator]();
    let did = false;
    source.subscribe(({ id }) => {
      if (id !== "50" || did) return;
      did = true;
      source.reconnect();
    });
    request.send(...numbered(1, 60));
    const again = (await world.request()).open();
    again.send(...numbered(Number(again.lastEventId) + 1, 100));
    expect(source.readyState).toBe(1);
    expect(await take(events, 100)).toEqual(ids(1, 100));
  });

  test("what was sent to a loop that is behind is read before the end of the answer", async () => {
    const events = stream(URL, { limits: { queued: 100 } });
    const first = events.next();
    let request = (await world.request()).open();
    for (let id = 1; id <= 40; id++) request.send(...numbered(id, id));
    expect((await first).value?.id).toBe("1");
    request.fail();
    await world.advance(2_000);
    request = await world.request();
    const from = Number(request.lastEventId) + 1;
    request.open().send(...numbered(from, 40)).end();
    const seen = [1];
    for await (const { id } of events) seen.push(Number(id));
    expect(seen).toEqual(ids(1, 40));
  });
});
