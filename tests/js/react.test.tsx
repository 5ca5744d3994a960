// @vitest-environment jsdom

import { execFileSync } from "node:child_process";

import { useEventSource, type HookOptions } from "everstream/react";
import { World } from "everstream/testing";
import { act, Activity, StrictMode, Suspense, use, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const URL = "http://example.org/events";

let world: World;
let root: Root;
let renders: number;

beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  world = await World.start();
  root = createRoot(document.createElement("div"));
  renders = 0;
});
afterEach(async () => {
  await act(() => root.unmount());
  await world.advance(0);
  // (What may not be repeated goes on for a moment.)
  expect(world.live.filter(({ method }) => method === "GET")).toEqual([]);
  await world.advance(1000);
  expect(world.live).toEqual([]);
  world.stop();
  vi.unstubAllGlobals();
});

let result: ReturnType<typeof useEventSource<any, any>>;

function Feed({ url = URL, ...options }: { url?: string | null } & HookOptions<any, any>) {
  renders++;
  result = useEventSource<any, any>(url, options);
  return <output>{result.state.name}</output>;
}

const render = (element: React.ReactNode) => act(async () => root.render(element));
const advance = (ms: number) => act(() => world.advance(ms));

test("state, latest, error and value follow the stream", async () => {
  await render(<Feed initial={0} reducer={(sum, { data }) => sum + Number(data)} />);
  await advance(16);
  expect(result.state).toMatchObject({ name: "connecting", attempt: 1 });
  const request = await world.request();
  request.open().send({ data: "1", id: "a" }, { data: "2" });
  await advance(16);
  expect(result).toMatchObject({ state: { name: "open" }, latest: { data: "2", id: "a" }, value: 3, error: undefined });
  request.fail();
  await advance(16);
  expect(result).toMatchObject({ state: { name: "waiting" }, error: { kind: "network" }, value: 3 });
  act(() => result.reconnect());
  expect(world.live).toHaveLength(1);
});

test("1,000 events in one chunk: 1,000 calls, one drawing", async () => {
  const ids: string[] = [];
  await render(<Feed onEvent={({ id }) => ids.push(id)} initial={0} reducer={(count) => count + 1} />);
  const request = (await world.request()).open();
  await advance(100);
  const before = renders;
  request.send(...Array.from({ length: 1000 }, (_, id) => ({ id: `${id}` })));
  await advance(16);
  expect(ids).toEqual(Array.from({ length: 1000 }, (_, id) => `${id}`));
  expect([renders - before, result.value]).toEqual([1, 1000]);
});

test("inline handlers and options never connect again, and the latest handler is called", async () => {
  const seen: string[] = [];
  const feed = (name: string) => (
    <Feed onEvent={() => seen.push(name)} headers={() => ({ "x-name": name })} retry={{ base: 1000 }} />
  );
  await render(feed("first"));
  const request = (await world.request()).open();
  await render(feed("second"));
  request.send({ data: "" });
  expect([seen, world.requests.length, request.headers.get("x-name")]).toEqual([["second"], 1, "first"]);
  request.fail();
  await advance(1000);
  expect((await world.request()).headers.get("x-name")).toBe("second");
});

test("a changed url connects anew, and nothing of the old one shows any more", async () => {
  const seen: unknown[] = [];
  const feed = (url: string | null) => <Feed url={url} onEvent={({ data }) => seen.push(data)} initial={0} reducer={(n) => n + 1} />;
  await render(feed(URL));
  const first = (await world.request()).open().send({ data: "old" });
  await advance(16);
  await render(feed("http://example.org/other"));
  const second = await world.request();
  expect([first.isLive, second.isLive, second.lastEventId]).toEqual([false, true, null]);
  first.send({ data: "late" });
  second.open().send({ data: "new" });
  await advance(16);
  expect([seen, result.value]).toEqual([["old", "new"], 1]);
  await render(feed(null));
  await advance(0);
  expect([world.live, result.state, result.latest]).toMatchObject([[], { name: "closed", by: "user" }, undefined]);
});

test("what is drawn under a url is of that url", async () => {
  const drawn: unknown[] = [];
  function Room({ url }: { url: string }) {
    const { value, latest, state } = useEventSource<any, string>(url, { initial: "", reducer: (text, { data }) => text + data });
    drawn.push([url.slice(-1), value, latest?.data, state.name === "open"]);
    return null;
  }
  await render(<Room url={`${URL}/a`} />);
  (await world.request()).open().send({ data: "old" });
  await advance(16);
  expect(drawn.at(-1)).toEqual(["a", "old", "old", true]);
  await render(<Room url={`${URL}/b`} />);
  (await world.request()).open().send({ data: "new" });
  await advance(16);
  expect(drawn.filter(([url, value, data, isOpen]: any) => url === "b" && (value === "old" || data === "old" || (isOpen && !value)))).toEqual([]);
  expect(drawn.at(-1)).toEqual(["b", "new", "new", true]);
});

test("static headers that change reach the next attempt, and bad ones change nothing", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  await render(<Feed headers={{ authorization: "one", "x-a": "1" }} />);
  const first = (await world.request()).open();
  await render(<Feed headers={{ authorization: "two" }} />);
  expect(world.requests).toHaveLength(1);
  first.fail();
  await advance(1000);
  const second = await world.request();
  expect([second.headers.get("authorization"), second.headers.get("x-a")]).toEqual(["two", null]);
  second.open();
  await render(<Feed headers={{ "not a name": "?" }} />);
  second.fail();
  await advance(2000);
  expect([(await world.request()).headers.get("authorization"), errors.mock.calls.length]).toEqual(["two", 1]);
});

test("a component with the headers that others have changed to joins them", async () => {
  const feeds = (token: string, names: string[]) => names.map((name) => <Feed key={name} headers={{ authorization: token }} />);
  await render(feeds("one", ["a"]));
  (await world.request()).open();
  await render(feeds("two", ["a"]));
  await render(feeds("two", ["a", "b"]));
  expect(world.requests).toHaveLength(1);
});

test("options of another url do not reach the connection that is left", async () => {
  const seen: string[] = [];
  const feed = (url: string) => <Feed url={url} headers={{ "x-url": url }} onStateChange={(state) => seen.push(`${url.slice(-1)} ${state.name}`)} />;
  await render([<Feed key="stays" url={`${URL}/a`} headers={{ "x-url": `${URL}/a` }} />, <div key="turns">{feed(`${URL}/a`)}</div>]);
  const first = (await world.request()).open();
  await render([<Feed key="stays" url={`${URL}/a`} headers={{ "x-url": `${URL}/a` }} />, <div key="turns">{feed(`${URL}/b`)}</div>]);
  first.fail();
  await advance(1000);
  const headers = world.requests.map(({ url, headers }) => [url, headers.get("x-url")]);
  expect(headers).toEqual([`${URL}/a`, `${URL}/b`, `${URL}/a`].map((url) => [url, url]));
});

test("two components with urls of their own that come back in one commit keep their connections", async () => {
  const both = (key: string) => (
    <div key={key}>
      <Feed url={`${URL}/a`} />
      <Feed url={`${URL}/b`} />
    </div>
  );
  await render(both("1"));
  await render(both("2"));
  await advance(100);
  expect([world.requests.length, world.live.length]).toEqual([2, 2]);
});

test("under StrictMode a boundary that suspends and shows again keeps the value", async () => {
  let suspend!: (promise: Promise<void> | undefined) => void;
  function Sometimes() {
    const [promise, set] = useState<Promise<void>>();
    suspend = set;
    if (promise) use(promise);
    return null;
  }
  await render(
    <StrictMode>
      <Suspense fallback="…">
        <Feed initial={0} reducer={(n) => n + 1} />
        <Sometimes />
      </Suspense>
    </StrictMode>,
  );
  const request = (await world.request()).open().send({ id: "1" }, { id: "2" });
  await advance(16);
  expect(result.value).toBe(2);
  let show!: () => void;
  await act(async () => suspend(new Promise((go) => (show = go))));
  await act(async () => show());
  request.send({ id: "3" });
  await advance(16);
  expect([result.value, world.requests.length]).toEqual([3, 1]);
});

/** What `Activity` hides, and shows again. */
const hideable = (isShown: boolean, feed: React.ReactNode) => <Activity mode={isShown ? "visible" : "hidden"}>{feed}</Activity>;

test("what Activity hides holds no connection, and goes on with its value and its place", async () => {
  const feed = <Feed initial="" reducer={(text, { data }) => text + data} />;
  await render(hideable(true, feed));
  const request = (await world.request()).open().send({ id: "1", data: "a" });
  await advance(16);
  await render(hideable(false, feed));
  await advance(60_000);
  expect(request.isLive).toBe(false);
  await render(hideable(true, feed));
  const next = await world.request();
  expect([result.value, next.lastEventId]).toEqual(["a", "1"]);
  next.open().send({ id: "2", data: "b" });
  await advance(16);
  expect(result.value).toBe("ab");
});

test("what has ended, or may not be repeated, is not asked again by Activity", async () => {
  const ended = <Feed initial="" reducer={(text, { data }) => text + data} method="POST" body="?" />;
  await render(hideable(true, ended));
  (await world.request()).open().send({ data: "whole" }).end();
  await advance(16);
  await render(hideable(false, ended));
  await advance(60_000);
  await render(hideable(true, ended));
  await advance(60_000);
  expect([result.value, result.state, world.requests.length]).toMatchObject(["whole", { name: "closed", by: "ended" }, 1]);

  const cut = <Feed initial="" reducer={(text, { data }) => text + data} method="POST" body="?" url={`${URL}/cut`} />;
  await render(hideable(true, cut));
  (await world.request()).open().send({ data: "hal" });
  await advance(16);
  await render(hideable(false, cut));
  await advance(60_000);
  await render(hideable(true, cut));
  await advance(60_000);
  expect([result.value, result.state, world.requests.length]).toMatchObject(["hal", { name: "closed", by: "dropped" }, 2]);
  await act(async () => result.reconnect());
  expect((await world.request()).isLive).toBe(true);
});

test("a url that is none shows in the state", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  await render(<Feed url="http://[" />);
  expect([result.state, result.error?.kind, errors.mock.calls.length]).toMatchObject([{ name: "closed", by: "fatal" }, "option", 1]);
  expect(result.error?.message).toContain("is not a url");
  await render(<Feed />);
  expect((await world.request()).isLive).toBe(true);
});

test("a changed url while a retry is pending leaves no retry behind", async () => {
  await render(<Feed />);
  (await world.request()).fail();
  await render(<Feed url="http://example.org/other" />);
  await advance(60_000);
  expect(world.requests.map(({ url }) => url)).toEqual([URL, "http://example.org/other"]);
});

test("StrictMode makes no second connection", async () => {
  await render(
    <StrictMode>
      <Feed />
    </StrictMode>,
  );
  await advance(10);
  expect(world.requests).toHaveLength(1);
  expect(world.live).toHaveLength(1);
});

test("unmounting closes, and coming back at once does not", async () => {
  await render(<Feed key="a" />);
  (await world.request()).open();
  await render(<Feed key="b" />);
  await advance(100);
  expect([world.requests.length, world.live.length]).toEqual([1, 1]);
  await render(null);
  await advance(0);
  expect(world.live).toEqual([]);
  await render(<Feed />);
  expect(world.live).toHaveLength(1);
});

test("unmounting before WebAssembly is there, or while a retry is pending, leaves nothing", async () => {
  await render(<Feed />);
  (await world.request()).fail();
  await render(null);
  await advance(60_000);
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

test("it says since when the stream is lost", async () => {
  await render(<Feed />);
  await advance(16);
  expect(result.downSince).toBe(null);
  const request = (await world.request()).open();
  await advance(100);
  expect(result.downSince).toBe(null);
  request.fail();
  const lost = world.now;
  await advance(1016);
  expect([result.state.name, result.downSince]).toEqual(["connecting", lost]);
  (await world.request()).open();
  await advance(16);
  expect(result.downSince).toBe(null);
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

function Second({ url, of }: { url: string; of: HookOptions<any, any> }) {
  result = useEventSource<any, any>(url, of);
  return null;
}

test("what is equal shares a connection, and what is not, or cannot be compared, has its own", async () => {
  const same = () => ({ authorization: "a" });
  const form = () => Object.assign(new FormData(), {});
  const cases: [name: string, connections: number, one: HookOptions<any, any>, other: HookOptions<any, any>][] = [
    ["plain", 1, {}, {}],
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

/** What each of several components has made of one stream. */
const lists: Record<string, { value: string; latest: unknown; joined: unknown }> = {};

function Listed({ name, url = URL, ...options }: { name: string; url?: string } & HookOptions<any, string>) {
  const { value, latest, joined } = useEventSource<any, string>(url, { initial: "", reducer: (text, { data, error }) => text + (error ? "?" : data), ...options });
  lists[name] = { value, latest: latest?.data, joined };
  return null;
}

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

const decodeText = (text: string) => JSON.parse(text) as unknown;

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

test("who joins a connection that went on from another's place is late", async () => {
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

test("a component that Activity has hidden catches up from another's connection", async () => {
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

test("after the end reconnect() opens anew, behind the last event", async () => {
  await render(<Feed />);
  (await world.request()).open().send({ id: "9" });
  act(() => result.close());
  await advance(16);
  expect(result.state).toMatchObject({ name: "closed", by: "user" });
  await act(async () => result.reconnect());
  const next = await world.request();
  expect(next.lastEventId).toBe("9");
  next.open();
  await advance(16);
  expect(result.state.name).toBe("open");
});

test("what is opened anew after the end has the options of the hook, and its defaults", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  await render(<Feed initial={0} reducer={(n) => n + 1} onEvent={() => {}} onStateChange={() => {}} batch="none" headers={{ "x-a": "1" }} />);
  (await world.request()).open();
  await act(async () => result.close());
  await act(async () => result.reconnect());
  const request = await world.request();
  expect(request.headers.get("x-a")).toBe("1");
  await act(async () => void request.open().send({ id: "1" }));
  await act(async () => world.hide());
  await advance(60_000);
  expect([result.value, result.state, warn.mock.calls]).toMatchObject([1, { name: "paused", by: ["hidden"] }, []]);
  warn.mockRestore();
});

test("a handler that closes gets nothing more; one that throws gets the rest", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  const seen: unknown[] = [];
  const handle = ({ data }: { data: unknown }) => {
    seen.push(data);
    if (data === "throw") throw new Error("a handler");
    if (data === "close") result.close();
  };
  await render(<Feed onEvent={handle} />);
  const request = (await world.request()).open();
  request.send({ data: "throw" }, { data: "on" }, { data: "close" }, { data: "never" });
  await advance(60_000);
  expect([seen, errors.mock.calls.length, world.requests.length]).toEqual([["throw", "on", "close"], 1, 1]);
});

test("a hidden page pauses after a minute if ids were seen", async () => {
  await render(<Feed />);
  const request = (await world.request()).open().send({ id: "1" });
  world.hide();
  await advance(60_016);
  expect([request.isLive, result.state]).toMatchObject([false, { name: "paused", by: ["hidden"] }]);
  await act(async () => world.show());
  expect((await world.request()).lastEventId).toBe("1");
});

test("on a server nothing is opened, and what is rendered is what is hydrated", async () => {
  expect(renderToString(<Feed initial={5} />)).toBe("<output>idle</output>");
  await world.settled();
  expect([world.requests, result.value]).toEqual([[], 5]);
});

test("other names of events are heard from when they are asked for", async () => {
  const seen: unknown[] = [];
  const feed = (events: string[]) => <Feed events={events} onEvent={({ type }) => seen.push(type)} />;
  await render(feed(["a"]));
  (await world.request()).open().send({ type: "a" }, { type: "b" });
  await render(feed(["a"]));
  expect(world.requests).toHaveLength(1);
  await render(feed(["b"]));
  (await world.request()).open().send({ type: "a" }, { type: "b" });
  expect([seen, world.live.length]).toEqual([["a", "b"], 1]);
});

test("only the parts of a message that a component asks for", async () => {
  function Other() {
    const [on, setOn] = useState(true);
    useEventSource(on ? URL : "", { events: ["note"], onEvent: () => setOn(false) });
    return null;
  }
  await render(<Other />);
  const request = (await world.request()).open();
  request.send({ data: "1" });
  expect(request.isLive).toBe(true);
  await act(async () => void request.send({ type: "note" }));
  await advance(0);
  expect(request.isLive).toBe(false);
});
