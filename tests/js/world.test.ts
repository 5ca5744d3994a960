// The scripted world itself.

import { readFileSync } from "node:fs";

import { EventSource, EventSourceError } from "everstream";
import { World } from "everstream/testing";
import { expect, test } from "vitest";

const URL = "http://example.org/events";

test("its end closes every source in it, in whatever state", async () => {
  const world = await World.start();
  const sources = [URL, URL, URL].map((url) => new EventSource(url));
  (await world.request()).open();
  (await world.request()).fail();
  world.stop();
  const early = await World.start();
  const loading = new EventSource(URL);
  early.stop();
  expect([...sources, loading].map(({ readyState }) => readyState)).toEqual([2, 2, 2, 2]);
  expect([...world.live, ...early.live]).toEqual([]);
});

test("two worlds are two worlds: clocks, requests and ends of their own", async () => {
  const one = await World.start({ now: 1_000 });
  const source = new EventSource(URL);
  const first = (await one.request()).open();
  const other = await World.start({ now: 5_000_000 });
  const another = new EventSource(URL);
  (await other.request()).open();
  first.fail();
  expect(source.state).toMatchObject({ name: "waiting", until: 2_000, downSince: 1_000 });
  await one.advance(1_000);
  expect([one.requests.length, other.requests.length]).toEqual([2, 1]);
  one.stop();
  expect([source.readyState, another.readyState]).toEqual([2, 1]);
  // It is still the one that sources are made in.
  const third = new EventSource(URL);
  await other.request();
  other.stop();
  expect([another.readyState, third.readyState]).toEqual([2, 2]);
});

test("a request knows its place by whatever name it is told, and sends nothing before it has answered", async () => {
  const world = await World.start();
  const source = new EventSource(URL, { resume: "query", resumeQuery: "after", lastEventId: "7" });
  const request = await world.request();
  expect(request.lastEventId).toBe("7");
  for (const act of [() => request.send({ data: "1" }), () => request.write("data: 1\n\n")]) expect(act).toThrow("before open()");
  const heard: unknown[] = [];
  source.onmessage = ({ data }) => heard.push(data);
  request.open().send({ data: "1" });
  expect(heard).toEqual(["1"]);
  world.stop();
});

test("what was not read is gone when the connection fails, and read before its end", async () => {
  for (const [end, seen] of [["fail", 0], ["end", 200]] as const) {
    const world = await World.start();
    const source = new EventSource(URL, { limits: { queued: 100 }, closeOnEnd: true });
    const events = source[Symbol.asyncIterator]();
    const request = (await world.request()).open();
    for (let id = 1; id <= 200; id++) request.send({ data: "x", id: `${id}` });
    const { events: queued } = source.stats;
    expect(queued).toBeLessThan(50);
    request[end]();
    for (let read = 0; read < Math.max(queued, seen); read++) expect((await events.next()).value?.id).toBe(`${read + 1}`);
    expect(source.readyState).toBe(end === "end" ? 2 : 0);
    world.stop();
  }
});

test("whatever the declarations say of a class is there at run time", async () => {
  const world = await World.start();
  const source = new EventSource(URL);
  const errors: EventSourceError[] = [];
  source.onerror = (event) => "error" in event && event.error && errors.push(event.error);
  const request = await world.request();
  request.respond(404);
  await world.settled();
  const made: Record<string, object> = { World: world, FakeRequest: request, EventSource: source, EventSourceError: errors[0]! };
  const missing: string[] = [];
  let count = 0;
  for (const file of ["testing", "event-source", "errors"]) {
    const text = readFileSync(`dist/${file}.d.ts`, "utf8");
    for (const [, name, body] of text.matchAll(/^export (?:declare class|interface) (\w+)[^{]*\{\n([^]*?)^\}/gm)) {
      if (!made[name!]) continue;
      for (const [, member] of body!.matchAll(/^ {4}(?!private|constructor)(?:static |readonly |get |set )*([a-z]\w*)[(:<].*(?<!undefined);$/gim)) {
        count++;
        if (!(member! in made[name!]! || member! in made[name!]!.constructor)) missing.push(`${name}.${member}`);
      }
    }
  }
  world.stop();
  expect(missing).toEqual([]);
  expect(count).toBeGreaterThan(50);
});
