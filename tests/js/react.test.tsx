// @vitest-environment jsdom

import { useEventSource } from "everstream/react";
import { act, Activity, StrictMode, Suspense, use, useState, version } from "react";
import { flushSync } from "react-dom";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";

import { advance, Feed, render, renders, result, root, Second, testOf19, URL, world } from "./react-stage.js";

test("this is the React that the run is for", () => {
  expect(version).toBe(process.env["REACT"] ?? "19.3.1");
});

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

testOf19("under StrictMode a boundary that suspends and shows again keeps the value", async () => {
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

testOf19("what Activity hides holds no connection, and goes on with its value and its place", async () => {
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

testOf19("what has ended, or may not be repeated, is not asked again by Activity", async () => {
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

test("a handler that takes its component off, puts it on again or turns it elsewhere", async () => {
  const seen: string[] = [];
  const texts: string[] = [];
  const feed = (key: string, url: string) => (
    <Feed
      key={key}
      url={url}
      batch="none"
      initial=""
      reducer={(text, { data }) => (texts.push(`${url.slice(-1)} ${text}${data}`), text + data)}
      onEvent={({ data }) => {
        seen.push(data);
        if (data === "off") flushSync(() => root.render(null));
        if (data === "again") flushSync(() => root.render(feed("2", url)));
        if (data === "elsewhere") flushSync(() => root.render(feed("2", `${URL}/b`)));
      }}
    />
  );
  await render(feed("1", `${URL}/a`));
  const first = (await world.request()).open();
  await act(async () => void first.send({ data: "1" }, { data: "again" }, { data: "2" }));
  // The one that is new gets what came before by its reducer alone, and once.
  expect([seen, texts]).toEqual([["1", "again", "2"], ["a 1", "a 1", "a 1again", "a 1again2"]]);
  await act(async () => void first.send({ data: "elsewhere" }, { data: "lost" }));
  await advance(16);
  expect([seen.at(-1), world.live.map(({ url }) => url)]).toEqual(["elsewhere", [`${URL}/b`]]);
  const second = (await world.request()).open();
  await act(async () => void second.send({ data: "off" }, { data: "lost" }));
  await advance(0);
  expect([seen.at(-1), world.live]).toEqual(["off", []]);
});

test("a reducer and a watcher of states that throw change nothing for the others", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  const bad = () => {
    throw new Error("one of mine");
  };
  await render([<Second key="1" url={URL} of={{ reducer: bad, onStateChange: bad }} />, <Feed key="2" initial={0} reducer={(n) => n + 1} />]);
  (await world.request()).open().send({ data: "1" }, { data: "2" });
  await advance(16);
  expect([result.value, result.state.name]).toEqual([2, "open"]);
  expect(errors.mock.calls.length).toBeGreaterThan(2);
});

test.each<[string, unknown]>([
  ["onEvent", "log"],
  ["onStateChange", 1],
  ["reducer", {}],
  ["batch", "16"],
  ["batch", -1],
  ["key", 7],
  ["events", "price"],
  ["events", 7],
  ["events", [1]],
  ["replay", "all"],
  ["replay", -1],
  ["linger", NaN],
  ["linger", null],
  ["decode", "xml"],
  ["decode", {}],
])("a wrong `%s` (%j) is a TypeError that names it, and nothing is asked for", async (name, value) => {
  const errors: unknown[] = [];
  vi.stubGlobal("reportError", (error: unknown) => errors.push(error));
  await render(<Second url={URL} of={{ [name]: value }} />);
  await advance(16);
  expect([errors, world.requests]).toMatchObject([[expect.any(TypeError)], []]);
  expect((errors[0] as Error).message).toMatch(new RegExp(`^\`${name}\` must be`));
  expect(result).toMatchObject({ state: { name: "closed", by: "fatal" }, error: { kind: "option" } });
});
