// What can be set, what events and states carry, and what observers get.

import { readFileSync } from "node:fs";

import { EventSource, type EventSourceOptions, OpenEvent, type State } from "everstream";
import type { World } from "everstream/testing";
import { afterEach, describe, expect, test, vi } from "vitest";

import { connected, open, URL, world } from "./stage.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("options", () => {
  test("are all on their page, and no others", () => {
    const page = readFileSync("docs/options.md", "utf8");
    const source = ["options", "shared", "follower"].map((file) => readFileSync(`js/${file}.ts`, "utf8")).join("");
    const fields = (name: string) => [...source.slice(source.search(new RegExp(`interface ${name}[ <]`))).split("\n}")[0]!.matchAll(/^  (\w+)\?:/gm)].map(([, field]) => field!);
    const inside = [...fields("RetryOptions").map((name) => `retry.${name}`), ...["event", "id", "errorBody", "queued"].map((name) => `limits.${name}`)];
    const names = [...fields("EventSourceOptions").filter((name) => !["retry", "limits"].includes(name)), ...inside];
    const listed = page.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => [...line.split("|")[1]!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name));
    expect(listed.toSorted()).toEqual([...names, "url", "onState", "onOpen", ...fields("SharedOptions"), ...fields("HookOptions")].toSorted());
  });

  test("an unknown name is a warning, once, with the name that is meant", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const cases = { header: "headers", withCredential: "withCredentials", onComments: "onComment", stalTimeout: "stallTimeout", lastEventID: "lastEventId" };
    for (const [wrong, right] of Object.entries(cases)) {
      for (let time = 0; time < 2; time++) open({ [wrong]: undefined, ...{ [wrong]: {} } } as never);
      expect(warn.mock.calls).toEqual([[`everstream: \`${wrong}\` is not an option; is \`${right}\` meant?`]]);
      warn.mockClear();
    }
  });

  test("a far name is no guess, and one in a group is named with it", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (const name of ["maxRetries", "onopen", "json", "cache", "key", "reconnect"]) open({ [name]: 1 } as never);
    open({ retry: { maxx: 1 } as never });
    const texts = warn.mock.calls.map(([text]) => String(text));
    expect(texts.filter((text) => text.includes("meant"))).toEqual(["everstream: `retry.maxx` is not an option; is `retry.max` meant?"]);
    expect(texts.length).toBe(7);
  });

  test.each([
    [{ method: "GE T" }, "`method` must be one of HTTP, and not CONNECT, HEAD, TRACE or TRACK"],
    [{ transport: "eventsource", headers: { a: "b" } }, '`transport` must not be "eventsource" with `headers`'],
    [{ transport: "eventsource", body: "?" }, '`transport` must not be "eventsource" with `body`'],
    [{ transport: "eventsource", referrer: "" }, '`transport` must not be "eventsource" with `referrer`'],
    [{ body: { a: 1 } }, "`body` cannot be used: must be text, bytes, or a form, and no stream"],
    [{ headers: { "a b": "c" } }, /^`headers` cannot be used: /],
    [{ prepareTimeout: "soon" }, /^`prepareTimeout` must be /],
  ])("%j is refused in words that help", (options, message) => {
    expect(() => open(options as never)).toThrow(message);
  });

  test("a function that forgets to return a url is no url", async () => {
    open();
    const forgetful = new EventSource((() => {}) as never);
    await world.settled();
    expect(forgetful.state).toMatchObject({ name: "closed", kind: "option", error: { message: "option url: must be a url" } });
  });

  test("inherited ones count, and what is undefined is not given", async () => {
    const shared = { lastEventId: "7", signal: undefined };
    open(Object.assign(Object.create(shared), { headers: { a: "b" }, method: undefined, body: undefined }));
    const request = await world.request();
    expect([request.method, request.lastEventId, request.headers.get("a")]).toEqual(["GET", "7", "b"]);
  });

  test("a base beyond the usual cap moves the cap", async () => {
    const source = open({ retry: { base: 60_000 } });
    (await world.request()).fail();
    expect(source.state).toMatchObject({ name: "waiting", until: world.now + 48_000 });
  });

  test("only what the parameter is changes in the query", async () => {
    new EventSource("http://example.org/e?q=a%20b&flag&s=x+y%2B&lastEventId=1#f", { lastEventId: "2 3", resume: "query" });
    expect((await world.request()).url).toBe("http://example.org/e?q=a%20b&flag&s=x+y%2B&lastEventId=2+3#f");
  });

  test("the url is the one that was asked last", async () => {
    const source = new EventSource(({ number }) => `http://example.org/${number}`);
    expect(source.url).toBe("");
    (await world.request()).fail();
    await world.advance(1000);
    await world.request();
    expect(source.url).toBe("http://example.org/2");
  });
});

describe("what comes after a failure", () => {
  test.each([
    [false, "closed", 0],
    [null, "closed", 0],
    [undefined, "closed", 0],
    [NaN, "closed", 0],
    [true, "waiting", 1000],
    [5000, "waiting", 5000],
    [1, "waiting", 500],
    [async () => 7000, "waiting", 7000],
    [async () => false, "closed", 0],
    [() => Promise.reject(new Error("no")), "closed", 0],
    [
      () => {
        throw new Error("no");
      },
      "closed",
      0,
    ],
  ])("a function that says %s: %s", async (verdict, name, delay) => {
    vi.stubGlobal("reportError", () => {});
    const source = open({ retry: { on: () => (typeof verdict === "function" ? verdict() : verdict) as never } });
    (await world.request()).fail();
    await world.settled();
    expect(source.state.name).toBe(name);
    if (delay) expect((source.state as { until: number }).until - world.now).toBe(delay);
  });

  test("while a function takes its time, the source is not open, and says since when", async () => {
    let decide = (_: boolean) => {};
    const on = () => new Promise<boolean>((resolve) => (decide = resolve));
    const { source, request } = await connected({ retry: { on } });
    const states: string[] = [];
    source.addEventListener("statechange", ({ state }) => states.push(state.name));
    await world.advance(10);
    request.fail();
    await world.settled();
    expect([source.state, source.readyState]).toEqual([{ name: "loading", attempt: 2, downSince: world.now }, 0]);
    // A person may take a minute to log in again: no delay comes on top of that.
    await world.advance(60_000);
    decide(true);
    await world.advance(0);
    await world.request();
    expect(states).toEqual(["loading", "waiting", "connecting"]);
  });

  test.each(["close", "pause", "reconnect"] as const)("what a function decides after %s() is late", async (act) => {
    let decide = (_: boolean) => {};
    const { source, request } = await connected({ retry: { on: () => new Promise<boolean>((resolve) => (decide = resolve)) } });
    request.fail();
    await world.settled();
    source[act]();
    const { name } = source.state;
    decide(act === "close");
    await world.settled();
    expect(source.state.name).toBe(name);
    expect(name).toBe({ close: "closed", pause: "paused", reconnect: "connecting" }[act]);
  });

  test("what is no verdict is the end, and is said", async () => {
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", ({ message }: Error) => reported.push(message));
    for (const verdict of ["yes", Promise.resolve("yes"), -1, "1000", [1000], 1000n, new Date()]) {
      const source = open({ retry: { on: () => verdict as never } });
      (await world.request()).fail();
      await world.settled();
      expect(source.state.name).toBe("closed");
    }
    expect(reported).toEqual(Array(7).fill("`retry.on` must return true, false, or milliseconds"));
  });

  test("functions are told what went wrong, how often, and the same id each time", async () => {
    const attempts: unknown[] = [];
    open({ retry: { on: () => true }, headers: ({ error, refusals, id }) => (attempts.push([error?.status, refusals, id]), {}) });
    for (const status of [419, 498]) {
      (await world.request()).respond(status);
      await world.advance(10_000);
    }
    (await world.request()).open().fail();
    await world.advance(10_000);
    await world.request();
    const ids = new Set(attempts.map((attempt) => (attempt as unknown[])[2]));
    expect(attempts.map((attempt) => (attempt as unknown[]).slice(0, 2))).toEqual([[undefined, 0], [419, 1], [498, 2], [undefined, 0]]);
    expect(ids.size).toBe(1);
  });

  test("a function for headers that fails is asked about, too", async () => {
    const asked: unknown[] = [];
    const source = open({ headers: () => Promise.reject(new Error("no token")), retry: { on: ({ kind, option }) => void asked.push([kind, option]) } });
    await world.settled();
    expect([asked, source.state.name]).toEqual([[["provider", "headers"]], "closed"]);
  });

  test.each(["decode", "until"])("`%s` that closes the source leaves the place before the event that nobody has had", async (name) => {
  for (const begins of [undefined, "5"]) {
    let source!: EventSource<any>;
    const closing = (data: unknown) => (JSON.stringify(data).includes("stop") && source.close(), false);
    const { request } = await connected({ lastEventId: begins, [name]: closing } as never, (made) => (source = made));
    const seen: string[] = [];
    source.subscribe(({ id }: { id: string }) => seen.push(id));
    if (!begins) request.send({ data: "go", id: "6" });
    request.send({ data: "stop", id: "7" }, { data: "more", id: "8" });
    expect([seen, source.lastEventId]).toEqual(begins ? [[], "5"] : [["6"], "6"]);
  }
});

test("a world says what an event cannot have", async () => {
  const { request } = await connected();
  expect(() => request.send({ event: "saved" } as never)).toThrow("send(): an event has no `event`; `type` is meant");
  expect(() => request.send({ data: {} } as never)).toThrow("send(): `data` must be a text");
});

test("a function that does not answer is worth a word after 10 s, and a failure after `prepareTimeout`; what it says later counts no more", async () => {
  const said: [string, number][] = [];
  const answers: ((headers: HeadersInit) => void)[] = [];
  const source = open({
    headers: () => new Promise<HeadersInit>((answer) => answers.push(answer)),
    prepareTimeout: 25_000,
    onDiagnostic: (...all: [string, number]) => said.push(all),
  });
  const errors: string[] = [];
  source.onerror = (event) => errors.push((event as { message: string }).message);
  await world.advance(24_999);
  expect([said, source.state.name]).toEqual([[["everstream: a function for url, headers or body has not answered for 10000 ms", 10_000]], "loading"]);
  await world.advance(1);
  expect([errors, source.state.name]).toEqual([["provider headers: no answer in `prepareTimeout`"], "waiting"]);
  answers[0]!({ late: "1" });
  await world.advance(999);
  expect(world.requests.length).toBe(0);
  await world.advance(1);
  answers[1]!({ good: "1" });
  const request = await world.request();
  expect([request.headers.get("late"), request.headers.get("good")]).toEqual([null, "1"]);
});

test("409 and 529 are retried where a request has a body", async () => {
    for (const status of [409, 529]) {
      const source = open({ body: "x", retry: { base: 1 } });
      (await world.request()).respond(status, { headers: { "retry-after-ms": "2500" } });
      expect(source.state).toMatchObject({ name: "waiting", until: world.now + 2500 });
      source.close();
    }
    const source = open();
    (await world.request()).respond(409);
    expect(source.state.name).toBe("closed");
  });

  test("an error says in one line what a person needs, and has the body beside it", async () => {
    const source = open();
    (await world.request()).respond(500, { body: `{"why":\n"${"x".repeat(700)}"}` });
    await world.settled();
    const { cause } = source.state as { cause: import("everstream").EventSourceError };
    expect([cause.message, (cause.json() as { why: string }).why.length]).toEqual(["status 500", 700]);
    await world.advance(1000);
    (await world.request()).respond(200, { headers: { "content-type": "text/html" }, body: "<p>" });
    await world.settled();
    expect(source.state).toMatchObject({ name: "closed", error: { message: "content-type text/html: expected text/event-stream, or what `accept` takes" } });
  });
});

describe("states and events", () => {
  test("since when it is down, through all waiting and connecting", async () => {
    const source = open();
    expect(source.state.downSince ?? null).toBeNull();
    const request = (await world.request()).open();
    expect(source.state.downSince).toBeNull();
    await world.advance(10_000);
    const lost = world.now;
    request.fail();
    await world.advance(1000);
    expect([source.state.name, source.state.downSince]).toEqual(["connecting", lost]);
    (await world.request()).open();
    expect(source.state.downSince).toBeNull();
  });

  test("a state survives postMessage with kind and status", async () => {
    const source = open();
    (await world.request()).respond(503);
    await world.settled();
    const { port1, port2 } = new MessageChannel();
    const received = new Promise<State>((resolve) => (port2.onmessage = ({ data }) => resolve(data)));
    port1.postMessage({ ...source.state, cause: undefined });
    expect(await received).toMatchObject({ name: "waiting", kind: "status", status: 503, attempt: 2 });
    port1.close();
  });

  test("open events and `response` carry the answer", async () => {
    const source = open();
    const opened: OpenEvent[] = [];
    source.onopen = (event) => opened.push(event);
    expect(source.response).toBeNull();
    (await world.request()).open({ "x-server": "7" });
    expect(opened[0]).toBeInstanceOf(OpenEvent);
    const refused = open();
    (await world.request()).respond(404);
    expect(refused.response, "it was not accepted").toBeNull();
    for (const answer of [opened[0]!, source.response!]) expect([answer.url, answer.status, answer.headers!.get("x-server")]).toEqual([URL, 200, "7"]);
  });

  test("`accept` decides on other types and statuses, and 204 stays the end", async () => {
    const asked: unknown[] = [];
    const accept: EventSourceOptions["accept"] = ({ status, headers }) => (asked.push([status, headers!.get("content-type")]), status !== 202);
    for (const [status, type, name] of [
      [200, "text/plain", "open"],
      [201, "text/event-stream", "open"],
      [202, "text/plain", "closed"],
      [204, "text/plain", "closed"],
      [404, "text/plain", "closed"],
      [200, "text/event-stream", "open"],
    ] as const) {
      const source = open({ accept });
      (await world.request()).respond(status, { headers: { "content-type": type }, ...(status !== 204 && { body: "data: 1\n\n" }) });
      await world.settled();
      expect([status, type, source.state.name]).toEqual([status, type, name]);
      source.close();
    }
    expect(asked).toEqual([[200, "text/plain"], [201, "text/event-stream"], [202, "text/plain"]]);
  });

  test("a server's own events of our names are events like any others", async () => {
    const { source, request } = await connected();
    const seen: unknown[] = [];
    source.onerror = (event) => seen.push("data" in event ? event.data : event.reason);
    source.onstatechange = ({ state }) => seen.push(state.name);
    source.addEventListener("statechange", (event: Event) => "data" in event && seen.push(event.data));
    source.subscribe(({ type, data }) => seen.push([type, data]));
    request.send({ type: "error", data: "1" }, { type: "statechange", data: "2" });
    expect(seen).toEqual([["error", "1"], "1", ["statechange", "2"], "2"]);
  });

  test("JSON under the label of an event stream is worth a word", async () => {
    const said: unknown[] = [];
    const onDiagnostic = (message: string, after: number) => said.push([message, after]);
    for (const [body, words] of [['{"data": 1}\n', 1], ["[1]\n\n", 1], ["data: {}\n\n", 0]] as const) {
      const { source, request } = await connected({ onDiagnostic });
      request.write(body).write(body);
      expect(said.splice(0)).toHaveLength(words);
      source.close();
    }
  });

  test("after a decoder has closed the source nothing is delivered", async () => {
    const seen: unknown[] = [];
    const { source, request } = await connected({ decode: (data) => (source.close(), data) });
    source.subscribe((message) => seen.push(message));
    source.onmessage = (event) => seen.push(event);
    request.send({ data: "1" });
    expect(seen).toEqual([]);
  });

  test("attributes have the names of the standard", () => {
    const { get, set } = Object.getOwnPropertyDescriptor(EventSource.prototype, "onmessage")!;
    expect([get!.name, set!.name]).toEqual(["get onmessage", "set onmessage"]);
  });
});

describe("observers", () => {
  test("hear of events, of a good end and of a bad one", async () => {
    const ends: [(source: EventSource, request: Awaited<ReturnType<World["request"]>>) => void, unknown][] = [
      [(source) => source.close(), "complete"],
      [(_, request) => request.respond(204), "complete"],
      [(_, request) => request.respond(404), "error status"],
    ];
    for (const [act, expected] of ends) {
      const source = open({ closeOnEnd: true });
      const seen: unknown[] = [];
      const { unsubscribe } = source.subscribe({ next: ({ data }) => seen.push(data), error: (error) => seen.push(`error ${(error as { kind: string }).kind}`), complete: () => seen.push("complete") });
      act(source, await world.request());
      await world.settled();
      expect(seen).toEqual([expected]);
      unsubscribe();
    }
    const { source, request } = await connected({ signal: AbortSignal.abort() }).catch(() => ({ source: open({ signal: AbortSignal.abort() }), request: undefined }));
    const late: unknown[] = [];
    source.subscribe({ error: () => late.push("error"), complete: () => late.push("complete") });
    expect([late, request]).toEqual([["error"], undefined]);
  });

  test("unsubscribing never closes a source, by either name", async () => {
    const { source, request } = await connected();
    const seen: unknown[] = [];
    const observer = Object.assign(Object.create(null), { next: ({ data }: { data: string }) => seen.push(data), complete: () => seen.push("complete") });
    const subscription = source.subscribe(observer);
    const other = source.subscribe({});
    request.send({ data: "1" });
    subscription.unsubscribe();
    other();
    request.send({ data: "2" });
    expect([seen, source.readyState]).toEqual([["1"], 1]);
    expect((source as unknown as Record<string, () => unknown>)["@@observable"]!()).toBe(source);
  });
});

test("a function in the place of fetch gets a url and plain headers, and its own failures are failures", async () => {
  world.stop();
  const calls: unknown[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    calls.push([url, init.headers, init.redirect, init.signal instanceof AbortSignal]);
    return new Response("data: 1\n\n", { headers: { "content-type": "text/event-stream" } });
  };
  const source = new EventSource("http://elsewhere.example:6000/", { fetch, redirect: "error", headers: { a: "b" } });
  const seen = await new Promise((resolve) => (source.onmessage = ({ data }) => resolve(data)));
  source.close();
  expect([seen, calls[0]]).toEqual(["1", ["http://elsewhere.example:6000/", { a: "b", accept: "text/event-stream" }, "error", true]]);
  expect(source.transport).toMatchObject({ name: "fetch" });
});
