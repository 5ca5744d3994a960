// @vitest-environment jsdom

// Components that ask for the same: at the same time, and one after the other.

import { execFileSync } from "node:child_process";

import type { HookOptions } from "everstream/react";
import { World } from "everstream/testing";
import { act, Activity, StrictMode } from "react";
import { expect, test, vi } from "vitest";

import { advance, Feed, Listed, lists, render, result, root, Second, testOf19, URL, world } from "./react-stage.js";

test("a component with the headers that others have changed to joins them", async () => {
  const feeds = (token: string, names: string[]) => names.map((name) => <Feed key={name} headers={{ authorization: token }} />);
  await render(feeds("one", ["a"]));
  (await world.request()).open();
  await render(feeds("two", ["a"]));
  await render(feeds("two", ["a", "b"]));
  expect(world.requests).toHaveLength(1);
});

test("a connection outlives its last component for a moment: paused, with its place and what came", async () => {
  await render(<Listed name="one" />);
  const request = (await world.request()).open().send({ id: "1", data: "a" });
  await advance(16);
  await render(null);
  await advance(900);
  expect(request.isLive).toBe(false);
  await render(<Listed key="again" name="another" />);
  const next = await world.request();
  expect([next.lastEventId, lists["another"]]).toEqual(["1", { value: "a", latest: "a", joined: undefined }]);
  next.open().send({ id: "2", data: "b" });
  await advance(16);
  expect(lists["another"]!.value).toBe("ab");
  // The moment begins anew each time.
  await render(null);
  await advance(900);
  await render(<Listed key="more" name="more" />);
  expect([(await world.request()).lastEventId, lists["more"]!.value]).toEqual(["2", "ab"]);
  await render(null);
  await advance(1000);
  await render(<Listed key="anew" name="third" />);
  expect([(await world.request()).lastEventId, lists["third"]!.value]).toEqual([null, ""]);
});

test("with `linger: 0` it ends with the last one, and another time is kept to", async () => {
  await render(<Listed name="one" linger={0} />);
  (await world.request()).open().send({ id: "1", data: "a" });
  await render(null);
  await advance(0);
  await render(<Listed key="again" name="another" linger={5000} />);
  (await world.request()).open().send({ id: "1", data: "b" });
  expect([world.requests[1]!.lastEventId, lists["another"]!.value]).toEqual([null, ""]);
  await render(null);
  await advance(4900);
  await render(<Listed key="third" name="third" />);
  expect([(await world.request()).lastEventId, lists["third"]!.value]).toEqual(["1", "b"]);
});

test("an answer that may not be repeated goes on while its component is taken off and put on again", async () => {
  await render(<Listed name="one" method="POST" body="?" />);
  const request = (await world.request()).open().send({ data: "a" });
  await render(null);
  await advance(500);
  request.send({ data: "b" });
  await render(<Listed key="again" name="another" method="POST" body="?" />);
  request.send({ data: "c" });
  await advance(16);
  expect([lists["another"]!.value, world.requests.length]).toEqual(["abc", 1]);
});

test("what was closed or paused before the last component left is not so for the next", async () => {
  for (const how of ["close", "pause"] as const) {
    await render(<Feed key={how} />);
    (await world.request()).open();
    act(() => result[how]());
    await render(null);
    await advance(500);
    await render(<Feed key={`after ${how}`} />);
    expect((await world.request()).open().isLive).toBe(true);
    await render(null);
    await advance(1000);
  }
});

test("two worlds share nothing", async () => {
  await render(<Feed key="one" />);
  (await world.request()).open();
  await render(null);
  const other = await World.start();
  await render(<Feed key="another" />);
  expect((await other.request()).isLive).toBe(true);
  await render(null);
  await other.advance(1000);
  other.stop();
});

test("components with one url share one connection, until the last is gone", async () => {
  const seen: string[] = [];
  const feeds = (names: string[]) => (
    <>
      {names.map((name) => (
        <Feed key={name} onEvent={({ data }) => seen.push(name + data)} />
      ))}
    </>
  );
  await render(feeds(["a", "b"]));
  const request = (await world.request()).open().send({ data: "1" });
  await render(feeds(["b"]));
  await advance(10);
  request.send({ data: "2" });
  expect([seen, world.requests.length, request.isLive]).toEqual([["a1", "b1", "b2"], 1, true]);
});

/** Two components with these options, for one url. Gives the number of their connections, and what was said. */
async function pair(name: string, one: HookOptions<any, any>, other: HookOptions<any, any>) {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const before = world.requests.length;
  const url = `${URL}/${name}`;
  await render([<Feed key="one" url={url} {...one} {...({ key: one.key } as object)} />, <Second key="other" url={url} of={other} />]);
  await advance(0);
  const said = warn.mock.calls.map(([text]) => String(text)).join();
  warn.mockRestore();
  expect([result.error, other]).toEqual([undefined, other]);
  const count = world.requests.length - before;
  await render(null);
  await advance(1000);
  return [count, said] as const;
}

test("what is equal shares a connection, and what is not, or cannot be compared, has its own", async () => {
  const same = () => ({ authorization: "a" });
  const form = () => Object.assign(new FormData(), {});
  const cases: [name: string, connections: number, one: HookOptions<any, any>, other: HookOptions<any, any>][] = [
    ["plain", 1, {}, {}],
    ["no-place", 1, {}, { lastEventId: "" }],
    ["lists", 1, { retry: { base: 5, max: 3 }, events: ["a", "b"] }, { retry: { max: 3, base: 5 }, events: ["b", "a"] }],
    ["names", 2, { events: ["a"] }, { events: ["a", "b"] }],
    ["headers", 1, { headers: { "X-A": "1" } }, { headers: new Headers({ "x-a": "1" }) }],
    ["other-headers", 2, { headers: { "x-a": "1" } }, { headers: { "x-a": "2" } }],
    ["parameters", 1, { body: new URLSearchParams("a=1") }, { body: new URLSearchParams("a=1") }],
    ["text", 2, { body: "1" }, { body: "2" }],
    ["forms", 2, { body: form() }, { body: form() }],
    ["buffers", 2, { body: new Uint8Array([1]) }, { body: new Uint8Array([1]) }],
    ["one-function", 1, { headers: same }, { headers: same }],
    ["functions", 2, { headers: () => ({}) }, { headers: () => ({}) }],
    ["decoders", 2, { decode: (text) => text }, { decode: (text) => text }],
    ["handlers", 1, { onEvent: () => {} }, { onEvent: () => {} }],
  ];
  for (const [name, connections, one, other] of cases) {
    const [count, said] = await pair(name, one, other);
    expect([name, count, said !== ""]).toEqual([name, connections, connections > 1]);
  }
});

test("functions are taken for equal under one key", async () => {
  const feed = { key: "one of mine", headers: () => ({}), retry: { on: () => true } };
  await render([<Second key="1" url={URL} of={feed} />, <Second key="2" url={URL} of={{ ...feed, headers: () => ({}), retry: { on: () => true } }} />]);
  expect(world.requests).toHaveLength(1);
});

test("what is said of it names the options and no header's value; in production nothing is said, and the rest is the same", async () => {
  const [, said] = await pair("secret", { headers: { authorization: "Bearer secret-1" } }, { headers: { authorization: "Bearer secret-2" }, decode: "json" });
  expect(said).toContain("`headers`, `decode`");
  expect(said).not.toContain("secret-");

  const production = "tests/js/.readme/production.js";
  const entry = 'export * from "everstream/react"; export { World } from "everstream/testing";';
  const flags = ["--bundle", "--format=esm", "--external:react", '--define:process.env.NODE_ENV="production"', `--outfile=${production}`];
  execFileSync("node_modules/.bin/esbuild", flags, { input: entry, stdio: "pipe" });
  const built = (await import(/* @vite-ignore */ `${process.cwd()}/${production}`)) as typeof import("everstream/react") & typeof import("everstream/testing");
  const other = await built.World.start();
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  function Feed({ method }: { method: string }) {
    built.useEventSource(URL, { method });
    return null;
  }
  await render([<Feed key="1" method="GET" />, <Feed key="2" method="POST" />]);
  await other.advance(0);
  expect([other.requests.length, warn.mock.calls]).toEqual([2, []]);
  warn.mockRestore();
  await render(null);
  await other.advance(2000);
  other.stop();
});

test("a component of its own connection comes back to it", async () => {
  const feed = (name: string) => (
    <StrictMode>
      <Feed headers={() => ({ "x-name": name })} />
    </StrictMode>
  );
  await render(feed("a"));
  await render(feed("b"));
  await advance(100);
  expect(world.requests).toHaveLength(1);
});

testOf19("a component that is hidden for a moment comes back to its own connection, though its functions are others by now", async () => {
  const feed = (isShown: boolean, name: string) => (
    <Activity mode={isShown ? "visible" : "hidden"}>
      <Listed name="own" headers={() => ({ "x-name": name })} />
    </Activity>
  );
  await render(feed(true, "a"));
  (await world.request()).open().send({ data: "1" });
  await render(feed(true, "b"));
  await act(async () => root.render(feed(false, "c")));
  await act(async () => root.render(feed(true, "d")));
  await advance(100);
  expect([world.requests.length, lists["own"]!.value]).toEqual([1, "1"]);
});

testOf19("a component that comes back to a stream without ids, which another has opened meanwhile, begins with that", async () => {
  const both = (isShown: boolean, isOther: boolean) => [
    isOther && <Listed key="1" name="other" />,
    <Activity key="2" mode={isShown ? "visible" : "hidden"}>
      <Listed name="hidden" />
    </Activity>,
  ];
  await render(both(true, false));
  (await world.request()).open().send({ data: "a" });
  await advance(16);
  await render(both(false, false));
  await advance(60_000);
  await render(both(false, true));
  (await world.request()).open().send({ data: "a" }, { data: "b" });
  await advance(16);
  await render(both(true, true));
  expect([lists["hidden"]!.value, lists["other"]!.value]).toEqual(["ab", "ab"]);
});

test("who joins a shared connection gets what came before for its reducer, and not for its handler", async () => {
  const seen: unknown[] = [];
  const both = (joins: boolean) => [<Listed key="1" name="first" />, joins && <Listed key="2" name="late" onEvent={({ data }) => seen.push(data)} />];
  await render(both(false));
  const request = (await world.request()).open().send({ data: "a" }, { data: "b" });
  await advance(16);
  await render(both(true));
  expect([lists["late"], seen]).toEqual([{ value: "ab", latest: "b", joined: undefined }, []]);
  request.send({ data: "c" });
  await advance(16);
  expect([lists["late"], lists["first"]!.value, seen, world.requests.length]).toEqual([{ value: "abc", latest: "c", joined: undefined }, "abc", ["c"], 1]);
});

test("beyond `replay` a joiner is told that it is late, and gets what is kept", async () => {
  const both = (joins: boolean, replay: number) => [
    <Listed key="1" name="first" replay={replay} decode={decodeText} />,
    joins && <Listed key="2" name="late" decode={decodeText} />,
  ];
  // A type of 7 letters, 64 and 29 characters of text are 100.
  const text = (letter: string) => ({ data: JSON.stringify(letter.repeat(27)) });
  await render(both(false, 250));
  (await world.request()).open().send(text("a"), text("b"));
  await advance(16);
  await render(both(true, 250));
  expect(lists["late"]).toMatchObject({ value: "a".repeat(27) + "b".repeat(27), joined: undefined });
  await render(both(false, 250));
  world.requests[0]!.send(text("c"));
  await advance(16);
  await render(both(true, 250));
  expect(lists["late"]).toMatchObject({ value: "b".repeat(27) + "c".repeat(27), joined: "late" });
  await render(null);
  await advance(2000);

  await render(both(false, 0));
  (await world.request()).open();
  await render(both(true, 0));
  expect(lists["late"]).toMatchObject({ value: "", joined: undefined });
  await render(both(false, 0));
  world.requests[1]!.send(text("a"));
  await advance(16);
  await render(both(true, 0));
  expect(lists["late"]).toMatchObject({ value: "", latest: undefined, joined: "late" });
});

/** Makes an object, whose length nobody knows. */
const decodeText = (text: string) => ({ toString: () => JSON.parse(text) as string });

test("a joiner that has a place gets only what came after it; one whose place is not known goes on from there by itself", async () => {
  const listed = (...more: [string, string][]) => [
    <Listed key="first" name="first" lastEventId="5" />,
    ...more.map(([name, lastEventId]) => <Listed key={name} name={name} lastEventId={lastEventId} />),
  ];
  await render(listed());
  (await world.request()).open().send({ id: "6", data: "a" }, { data: "b" }, { id: "7", data: "c" });
  await advance(16);
  await render(listed(["same", "5"], ["behind", "6"], ["last", "7"], ["unknown", "9"]));
  expect(["same", "behind", "last", "unknown"].map((name) => lists[name]!.value)).toEqual(["abc", "bc", "", ""]);
  expect([world.requests.length, world.requests[1]!.lastEventId]).toEqual([2, "9"]);
});

testOf19("who joins a connection that went on from another's place is late", async () => {
  const both = (isShown: boolean, joins = false) => [
    <Activity key="1" mode={isShown ? "visible" : "hidden"}>
      <Listed name="first" />
    </Activity>,
    joins && <Listed key="2" name="late" />,
  ];
  await render(both(true));
  (await world.request()).open().send({ id: "1", data: "a" });
  await advance(16);
  await render(both(false));
  await advance(60_000);
  await render(both(true));
  (await world.request()).open().send({ id: "2", data: "b" });
  await advance(16);
  await render(both(true, true));
  expect([lists["first"], lists["late"], world.requests.length]).toMatchObject([{ value: "ab", joined: undefined }, { value: "b", joined: "late" }, 2]);
});

test("who joins what has ended and may not be repeated gets all of it, and the end", async () => {
  const both = (joins: boolean) => [
    <Listed key="1" name="first" method="POST" body="?" />,
    joins && <Listed key="2" name="late" method="POST" body="?" />,
    joins && <Feed key="3" method="POST" body="?" />,
  ];
  await render(both(false));
  (await world.request()).open().send({ data: "all" }).end();
  await advance(16);
  await render(both(true));
  await advance(60_000);
  expect([lists["late"]!.value, result.state, world.requests.length]).toMatchObject(["all", { name: "closed", by: "ended" }, 1]);
});

test("what may not be repeated and is asked again begins anew, without the place and the value of the first answer", async () => {
  const both = (joins: boolean) => [
    <Listed key="1" name="first" method="POST" body="?" />,
    <Feed key="2" method="POST" body="?" />,
    joins && <Listed key="3" name="late" method="POST" body="?" />,
  ];
  await render(both(false));
  (await world.request()).open().send({ id: "1", data: "one" }).end();
  await advance(16);
  await act(async () => result.reconnect());
  const second = await world.request();
  expect(second.lastEventId).toBe(null);
  second.open().send({ id: "1", data: "two" });
  await advance(16);
  await render(both(true));
  expect([lists["first"]!.value, lists["late"]]).toMatchObject(["two", { value: "two", joined: undefined }]);
});

testOf19("a component that Activity has hidden catches up from another's connection", async () => {
  const both = (isShown: boolean) => [<Listed key="1" name="other" />, <Activity key="2" mode={isShown ? "visible" : "hidden"}><Listed name="hidden" /></Activity>];
  await render(both(true));
  const request = (await world.request()).open().send({ data: "a" });
  await advance(16);
  await render(both(false));
  request.send({ data: "b" });
  await advance(60_000);
  await render(both(true));
  expect([lists["hidden"]!.value, lists["other"]!.value, world.requests.length]).toEqual(["ab", "ab", 1]);
});
