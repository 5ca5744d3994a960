// One-shot streams, as a language model's answer.

import { EventSource, EventSourceError, stream } from "everstream";
import { type FakeRequest, World } from "everstream/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

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
  expect(await reading).toMatchObject({ seen: ["half"], error: { kind: "incomplete" } });
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

test("a function that throws is thrown, also after a 401", async () => {
  const login = () => Promise.reject(new Error("please log in"));
  expect(await read(stream(URL, { body: "?", headers: login }))).toMatchObject({ seen: [], error: { kind: "provider", option: "headers", cause: { message: "please log in" } } });
  const reading = read(stream(URL, { body: "?", headers: ({ unauthorized }) => (unauthorized ? login() : {}) }));
  (await world.request()).respond(401);
  expect(await reading).toMatchObject({ error: { kind: "provider", cause: { message: "please log in" } } });
});

test("a server that wants to be left alone for an hour is no hour of silence", async () => {
  const states: string[] = [];
  const reading = read(stream(URL, { body: "?", onState: ({ name }) => states.push(name) }));
  (await world.request()).respond(503, { headers: { "retry-after": "3600" } });
  expect(await reading).toMatchObject({ error: { kind: "status", status: 503, retryAfter: 3_600_000, willRetry: false } });
  expect(states).toEqual(["connecting", "closed"]);
  // Whoever has more patience, or less, says so. An attempt under way never counts.
  const patient = read(stream(URL, { body: "?", retry: { patience: 3_600_000 } }));
  await world.advance(600_000);
  (await world.request()).respond(503, { headers: { "retry-after": "600" } });
  await world.advance(600_000);
  (await world.request()).open().send({ data: "late" }).end();
  expect(await patient).toEqual({ seen: ["late"] });
  const hasty = read(stream(URL, { retry: { patience: 0 } }));
  (await world.request()).fail();
  expect(await hasty).toMatchObject({ error: { kind: "network" } });
});

test("whoever wants to hears of the answer, and of each state", async () => {
  const heard: unknown[] = [];
  const reading = read(stream(URL, { body: "?", onOpen: ({ status, headers }) => heard.push(status, headers?.get("x-model")), onState: ({ name }) => heard.push(name) }));
  (await world.request()).open({ "x-model": "any" }).send({ data: "1" }).end();
  expect(await reading).toEqual({ seen: ["1"] });
  expect(heard).toEqual(["connecting", "open", 200, "any", "closed"]);
  for (const name of ["onState", "onOpen"]) expect(() => stream(URL, { [name]: 5 } as never)).toThrow(`\`${name}\` must be a function`);
  expect(() => stream(URL, { retry: 5 } as never)).toThrow("`retry` must be an object");
});

test("an answer without ids does not begin anew in the middle, one with ids goes on", async () => {
  const reading = read(stream(URL));
  (await world.request()).open().send({ data: "half" }).fail();
  expect(await reading).toMatchObject({ seen: ["half"], error: { kind: "incomplete", message: "incomplete: Failed to fetch" } });
  const resumed = read(stream(URL));
  (await world.request()).open().send({ data: "half", id: "1" }).fail();
  await world.advance(1_000);
  const again = await world.request();
  expect(again.lastEventId).toBe("1");
  again.open().send({ data: "of it", id: "2" }).end();
  expect(await resumed).toEqual({ seen: ["half", "of it"] });
});

test.each([
  ["inside an event", "data: 1\n\ndata: tw", "tw"],
  ["without the blank line", "data: 1\n\nid: 2\ndata: two\n", "two"],
  ["between two lines of data", "data: 1\n\ndata: t\ndata: wo\n", "t\nwo"],
  ["behind an empty line of data", "data: 1\n\ndata\n", ""],
  ["in a comment behind data", "data: 1\n\ndata: two\n: comm", "two"],
])("an answer that ends %s is no whole answer", async (_, text, body) => {
  const reading = read(stream(URL, { body: "?", onComment: () => {} }));
  (await world.request()).open().write(text).end();
  expect(await reading).toMatchObject({ seen: ["1"], error: { kind: "incomplete", body, message: "incomplete: it ended inside an event" } });
});

test.each(["", ": comment", "id: 2\n", "id: 2", "retry: 5", "event: x\n", "d", "unknown: x"])("an end behind %j is none of those", async (rest) => {
  const reading = read(stream(URL, { body: "?", onComment: () => {} }));
  (await world.request()).open().write(`data: 1\n\n${rest}`).end();
  expect(await reading).toEqual({ seen: ["1"] });
});

test("what is unfinished is delivered or dropped where that is asked for, as sources drop it", async () => {
  for (const [unfinished, seen] of [["deliver", ["1", "tw"]], ["drop", ["1"]]] as const) {
    const reading = read(stream(URL, { body: "?", unfinished }));
    (await world.request()).open().write("id: 1\ndata: 1\n\nid: 2\ndata: tw").end();
    expect(await reading).toEqual({ seen });
  }
  const source = new EventSource(URL, { closeOnEnd: true });
  const heard: unknown[] = [];
  source.subscribe(({ data }) => heard.push(data));
  (await world.request()).open().write("id: 1\ndata: 1\n\nid: 2\ndata: tw").end();
  expect([heard, source.lastEventId, source.state]).toMatchObject([["1"], "1", { name: "closed", by: "ended" }]);
});

test("an event that did not come whole moves no place", async () => {
  const source = new EventSource(URL, { unfinished: "error" });
  source.onmessage = () => {};
  (await world.request()).open().write("id: 1\ndata: 1\n\nid: 2\ndata: tw").end();
  expect([source.lastEventId, source.state]).toMatchObject(["1", { name: "waiting", cause: { kind: "incomplete", body: "tw" } }]);
  await world.advance(2_000);
  expect((await world.request()).lastEventId).toBe("1");
  expect(source.stats.bytes).toBe("id: 1\ndata: 1\n\nid: 2\ndata: tw".length);
  source.close();
});

test("`until` says what makes it whole: an end before that is none, and a cut behind it is one", async () => {
  const until = ({ data }: { data: unknown }) => data === "[DONE]";
  const early = read(stream(URL, { body: "?", until }));
  (await world.request()).open().send({ data: "half" }).end();
  expect(await early).toMatchObject({ seen: ["half"], error: { kind: "incomplete", message: "incomplete: it ended too soon" } });
  for (const end of ["end", "fail"] as const) {
    const whole = read(stream(URL, { body: "?", until }));
    const request = (await world.request()).open().send({ data: "all" }, { data: "[DONE]" }, { data: "usage" });
    await world.settled();
    expect(request.isLive).toBe(true);
    request[end]();
    expect(await whole).toEqual({ seen: ["all", "[DONE]", "usage"] });
  }
  const cut = read(stream(URL, { body: "?", until }));
  (await world.request()).open().send({ data: "half" }).fail();
  expect(await cut).toMatchObject({ error: { kind: "incomplete" } });
});

test("behind what makes it whole neither silence, nor an event that is too long, nor a frozen page is a failure", async () => {
  const until = ({ data }: { data: unknown }) => data === "[DONE]";
  const whole = { seen: ["half", "[DONE]"] };
  const faults: ((request: FakeRequest) => unknown)[] = [
    () => world.advance(5_000),
    (request) => request.write(`data: ${"x".repeat(2_000)}\n\n`),
    (request) => request.write("data: 1").end(),
    () => world.freeze(),
  ];
  for (const [at, fault] of faults.entries()) {
    const reading = read(stream(URL, { body: "?", until, stallTimeout: 5_000, limits: { event: 1_000 } }));
    const request = await world.request();
    request.open().send({ data: "half" }, { data: "[DONE]" });
    await world.settled();
    await fault(request);
    expect([at, await reading]).toEqual([at, whole]);
    world.thaw();
  }
});

test("a function for `until` may throw or close", async () => {
  const reported: unknown[] = [];
  vi.stubGlobal("reportError", ({ message }: Error) => reported.push(message));
  const reading = read(
    stream(URL, {
      body: "?",
      until: () => {
        throw new Error("mine");
      },
    }),
  );
  (await world.request()).open().send({ data: "1" }).end();
  expect([await reading, reported]).toMatchObject([{ seen: ["1"], error: { kind: "incomplete" } }, ["mine"]]);
  vi.unstubAllGlobals();
  const source: EventSource = new EventSource(URL, { until: (): boolean => (source.close(), true) });
  const heard: unknown[] = [];
  source.subscribe(({ data }) => heard.push(data));
  (await world.request()).open().send({ data: "1" }, { data: "2" });
  expect(heard).toEqual([]);
});

test("what is complete stays so: a source with `until` goes on, and an answer that is asked for again is no less", async () => {
  const until = ({ data }: { data: unknown }) => data === "[DONE]";
  const feed = new EventSource(URL, { until });
  feed.onmessage = () => {};
  (await world.request()).open().send({ data: "[DONE]", id: "1" }).end();
  for (let times = 0; times < 3; times++) {
    await world.advance(60_000);
    (await world.request()).fail();
    expect(feed.state.name).toBe("waiting");
  }
  feed.close();

  const reading = read(stream(URL, { until }));
  (await world.request()).open().send({ data: "[DONE]", id: "1" });
  await world.settled();
  world.freeze();
  world.thaw();
  (await world.request()).fail();
  await world.advance(2_000);
  (await world.request()).open().end();
  expect(await reading).toEqual({ seen: ["[DONE]"] });
});

test.each(["id: 6\n", "id: 6\nda", "id: 6", "retry: 60", "event: y\nid: 6"])("an end behind %j moves no place, and no delay", async (rest) => {
  for (const unfinished of ["error", "deliver"] as const) {
    const source = new EventSource(URL, { unfinished });
    const heard: unknown[] = [];
    source.subscribe(({ data }) => heard.push(data));
    (await world.request()).open().write(`retry: 20000\nid: 5\ndata: five\n\n${rest}`).end();
    expect([heard, source.lastEventId, (source.state as { until: number }).until - world.now]).toEqual([["five"], "5", 20_000]);
    source.close();
  }
});

test("a whole event in front of the rest is delivered, and what is behind data is not", async () => {
  for (const [unfinished, expected] of [["deliver", ["1", "two"]], ["error", ["1"]]] as const) {
    const source = new EventSource(URL, { unfinished });
    const heard: unknown[] = [];
    source.onmessage = ({ data }) => heard.push(data);
    (await world.request()).open().write("id: 1\ndata: 1\n\ndata: two\n").end();
    expect(heard).toEqual(expected);
    expect(source.state).toMatchObject({ cause: unfinished === "error" ? { kind: "incomplete", body: "two" } : "ended" });
    source.close();
  }
});

test("an end inside an event of a type that nobody listens to is one as well, and `until` sees them all", async () => {
  const source = new EventSource(URL, { closeOnEnd: true, unfinished: "error", body: "?" });
  (await world.request()).open().write("event: foo\ndata: half").end();
  expect(source.state).toMatchObject({ kind: "incomplete" });
  const whole = new EventSource(URL, { until: ({ type }) => type === "stop", body: "?" });
  whole.onmessage = () => {};
  (await world.request()).open().send({ data: "1" }, { type: "stop", data: "" }).end();
  expect(whole.state).toMatchObject({ name: "closed", by: "ended" });
});

test("the text of the event that the body ends in is its own, also behind a long one and a comment", async () => {
  const source = new EventSource(URL, { unfinished: "error", onComment() {} });
  const heard: number[] = [];
  source.subscribe(({ data }) => heard.push(data.length));
  const request = (await world.request()).open();
  request.write(`data: ${"x".repeat(200_000)}`).write("x\n\n: comment\ndata: half").end();
  expect(heard).toEqual([200_001]);
  expect(source.state).toMatchObject({ cause: { kind: "incomplete", body: "half" } });
  source.close();
});

test("what is delivered at the end is not too much for a loop that is behind", async () => {
  const events = stream(URL, { body: "?", queue: 2, unfinished: "deliver" });
  const first = events.next();
  (await world.request()).open().write("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5").end();
  expect((await first).value?.data).toBe("1");
  expect(await read(events)).toEqual({ seen: ["2", "3", "4", "5"] });
});

test("a promise is no answer to `until`", async () => {
  const reported: unknown[] = [];
  vi.stubGlobal("reportError", ({ message }: Error) => reported.push(message));
  const reading = read(stream(URL, { body: "?", until: (async () => true) as never }));
  (await world.request()).open().send({ data: "1" }).end();
  expect([await reading, reported]).toMatchObject([{ error: { kind: "incomplete" } }, ["`until` must not return a promise"]]);
  vi.unstubAllGlobals();
});

test("an answer in which only some events have ids does not give any of them twice", async () => {
  const reading = read(stream(URL));
  (await world.request()).open().send({ data: "a", id: "1" }, { data: "b" }, { data: "c" }).fail();
  expect(await reading).toMatchObject({ seen: ["a", "b", "c"], error: { kind: "incomplete" } });
});

test("an iterator that is done stays done when its signal is aborted later", async () => {
  const abort = new AbortController();
  const events = stream(URL, { body: "?", signal: abort.signal });
  const first = events.next();
  (await world.request()).open().end();
  expect(await first).toEqual({ value: undefined, done: true });
  abort.abort();
  expect(await events.next()).toEqual({ value: undefined, done: true });
});
