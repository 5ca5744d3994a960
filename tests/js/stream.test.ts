// One-shot streams, as a language model's answer.

import { EventSourceError, stream } from "everstream";
import { World } from "everstream/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

const URL = "http://example.org/answer";

let world: World;

beforeEach(async () => {
  world = await World.start();
});
afterEach(async () => {
  await world.settled();
  expect(world.live).toEqual([]);
  world.stop();
});

/** Reads to the end, or to what is thrown. */
async function read(events: AsyncIterable<{ data: unknown }>) {
  const seen: unknown[] = [];
  try {
    for await (const { data } of events) seen.push(data);
    return { seen };
  } catch (error) {
    return { seen, error: error as EventSourceError };
  }
}

test("sends when it is read, brings every event, and ends where the answer ends", async () => {
  const events = stream(URL, { body: JSON.stringify({ prompt: "?" }), headers: { "content-type": "application/json" } });
  await world.settled();
  expect(world.requests).toEqual([]);
  const reading = read(events);
  const request = await world.request();
  expect([request.method, request.body, request.headers.get("content-type")]).toEqual(["POST", '{"prompt":"?"}', "application/json"]);
  request.open().send({ data: "Once" }, { data: "upon" }).send({ data: "a time" }).end();
  expect(await reading).toEqual({ seen: ["Once", "upon", "a time"] });
  await world.advance(60_000);
  expect(world.requests).toHaveLength(1);
  expect(await events.next()).toEqual({ value: undefined, done: true });
});

test("a refusal is thrown, with the status and the start of the body", async () => {
  const reading = read(stream(URL, { body: "?" }));
  (await world.request()).respond(400, { body: '{"error":"too long"}' });
  const { error } = await reading;
  expect(error).toBeInstanceOf(EventSourceError);
  expect(error).toMatchObject({ kind: "status", status: 400, body: '{"error":"too long"}', willRetry: false });
});

test("a break in the middle is thrown after what came, and the question is not asked twice", async () => {
  const reading = read(stream(URL, { body: "?" }));
  (await world.request()).open().send({ data: "half" }).fail();
  expect(await reading).toMatchObject({ seen: ["half"], error: { kind: "network" } });
  await world.advance(60_000);
  expect(world.requests).toHaveLength(1);
});

test("a server that did not act on it is asked again, when it says", async () => {
  const reading = read(stream(URL, { body: "?" }));
  (await world.request()).respond(429, { headers: { "retry-after": "2" } });
  await world.advance(2000);
  (await world.request()).open().send({ data: "now" }).end();
  expect(await reading).toEqual({ seen: ["now"] });
});

test("a GET goes on behind the last event after a break, and ends with the stream", async () => {
  const reading = read(stream(URL));
  (await world.request()).open().send({ data: "1", id: "1" }).fail();
  await world.advance(1000);
  const next = await world.request();
  expect(next.lastEventId).toBe("1");
  next.open().send({ data: "2", id: "2" }).end();
  expect(await reading).toEqual({ seen: ["1", "2"] });
});

test("leaving the loop ends the request", async () => {
  const events = stream(URL, { body: "?" });
  const reading = (async () => {
    for await (const { data } of events) if (data === "enough") break;
  })();
  const request = await world.request();
  request.open().send({ data: "enough" }, { data: "more" });
  await reading;
  expect(request.isLive).toBe(false);
});

test("an abort is thrown as its reason, before and while it is read", async () => {
  const reason = new Error("stop");
  expect(await read(stream(URL, { signal: AbortSignal.abort(reason) }))).toEqual({ seen: [], error: reason });
  expect(world.requests).toEqual([]);
  const controller = new AbortController();
  const reading = read(stream(URL, { body: "?", signal: controller.signal }));
  const request = (await world.request()).open().send({ data: "1" });
  await world.settled();
  controller.abort(reason);
  expect([await reading, request.isLive]).toEqual([{ seen: ["1"], error: reason }, false]);
});

test("decodes, with a result for each event", async () => {
  const reading = (async () => {
    const seen: unknown[] = [];
    for await (const { data, error } of stream(URL, { decode: "json" })) seen.push(error ? "broken" : data);
    return seen;
  })();
  (await world.request()).open().send({ data: "[1]" }, { data: "[" }, { data: "2" }).end();
  expect(await reading).toEqual([[1], "broken", 2]);
});

test("bad options are said when it is made", () => {
  expect(() => stream(URL, { method: 5 } as never)).toThrow("`method`");
  expect(() => stream("http://not a url")).toThrow(DOMException);
});

test("an answer far ahead of its reader is kept", async () => {
  const events = stream(URL, { body: "?" });
  const first = events.next();
  const request = (await world.request()).open();
  for (let at = 0; at < 5000; at++) request.send({ data: `${at}` });
  request.end();
  expect((await first).value?.data).toBe("0");
  expect((await read(events)).seen).toHaveLength(4999);
});
