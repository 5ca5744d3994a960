// @vitest-environment jsdom

import { useEventSource } from "everstream/vue";
import { World } from "everstream/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp, createSSRApp, defineComponent, effectScope, h, KeepAlive, nextTick, ref, type App } from "vue";
import { renderToString } from "vue/server-renderer";

const URL = "http://example.org/events";

let world: World;
let apps: App[];

beforeEach(async () => {
  world = await World.start();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) app.unmount();
  await world.advance(0);
  await world.settled();
  expect(world.live).toEqual([]);
  world.stop();
});

function mount(component: ReturnType<typeof defineComponent>) {
  const app = createApp(component);
  apps.push(app);
  app.mount(document.createElement("div"));
  return app;
}

function unmount(app: App) {
  app.unmount();
  apps = apps.filter((other) => other !== app);
}

test("refs follow the stream, and every event is folded", async () => {
  let feed!: ReturnType<typeof useEventSource<any, number>>;
  const ids: string[] = [];
  let renders = 0;
  mount(
    defineComponent(() => {
      feed = useEventSource<any, number>(URL, { initial: 0, reducer: (n) => n + 1, onEvent: ({ id }) => ids.push(id) });
      return () => (renders++, h("p", feed.value.value));
    }),
  );
  const request = (await world.request()).open();
  await world.advance(16);
  expect(feed.state.value.name).toBe("open");
  const before = renders;
  request.send(...Array.from({ length: 1000 }, (_, id) => ({ id: `${id}`, data: `${id}` })));
  await world.advance(16);
  await nextTick();
  expect([ids.length, feed.value.value, feed.latest.value?.data, renders - before]).toEqual([1000, 1000, "999", 1]);
  request.fail();
  await world.advance(16);
  expect(feed.error.value?.kind).toBe("network");
  feed.reconnect();
  expect(world.live).toHaveLength(1);
});

test("a url that changes is followed, an empty one is closed, and nothing late shows", async () => {
  const url = ref(URL);
  let feed!: ReturnType<typeof useEventSource>;
  mount(
    defineComponent(() => {
      feed = useEventSource(url);
      return () => null;
    }),
  );
  const first = (await world.request()).open().send({ data: "old" });
  url.value = "http://example.org/other";
  const second = await world.request();
  expect([first.isLive, world.live.length]).toEqual([false, 1]);
  first.send({ data: "late" });
  await world.advance(16);
  expect(feed.latest.value).toBe(undefined);
  second.fail();
  url.value = "";
  await world.advance(60_000);
  expect([world.live, world.requests.length, feed.state.value]).toMatchObject([[], 2, { name: "closed", by: "user" }]);
});

test("a scope that ends closes it, with or without a component", async () => {
  const scope = effectScope();
  scope.run(() => useEventSource(URL));
  const request = (await world.request()).open();
  scope.stop();
  await world.advance(0);
  expect(request.isLive).toBe(false);
  const app = mount(defineComponent(() => (useEventSource(URL), () => null)));
  (await world.request()).fail();
  unmount(app);
  await world.advance(60_000);
  expect(world.requests).toHaveLength(2);
});

test("what KeepAlive puts aside holds no connection, and goes on where it was", async () => {
  const shown = ref(true);
  const seen: unknown[] = [];
  const Feed = defineComponent({
    name: "Feed",
    setup: () => (useEventSource(URL, { onEvent: ({ id }) => seen.push(id) }), () => h("p")),
  });
  mount(defineComponent(() => () => h(KeepAlive, () => (shown.value ? h(Feed) : h("b")))));
  const request = (await world.request()).open().send({ id: "1" });
  shown.value = false;
  await nextTick();
  expect(request.isLive).toBe(false);
  await world.advance(600_000);
  expect(world.requests).toHaveLength(1);
  shown.value = true;
  await nextTick();
  const next = await world.request();
  expect(next.lastEventId).toBe("1");
  next.open().send({ id: "2" });
  expect(seen).toEqual(["1", "2"]);
});

test("a url that changes while KeepAlive has put the component aside opens nothing before it is back", async () => {
  const shown = ref(true);
  const url = ref(URL);
  const drawn: unknown[] = [];
  const Feed = defineComponent({
    name: "Feed",
    setup() {
      const { latest, state } = useEventSource(url);
      return () => (drawn.push([url.value, latest.value?.data, state.value.name]), h("p"));
    },
  });
  mount(defineComponent(() => () => h(KeepAlive, () => (shown.value ? h(Feed) : h("b")))));
  (await world.request()).open().send({ data: "old" });
  await world.advance(16);
  shown.value = false;
  await nextTick();
  url.value = "http://example.org/other";
  await world.advance(600_000);
  expect([world.requests.length, world.live]).toEqual([1, []]);
  shown.value = true;
  await world.advance(16);
  expect((await world.request()).url).toBe("http://example.org/other");
  expect(drawn.filter(([url, data, state]: any) => url !== URL && (data || state === "open" || state === "paused"))).toEqual([]);
});

test("a component that is mounted inside of what KeepAlive has put aside opens nothing before that is back", async () => {
  const [shown, inner] = [ref(true), ref(false)];
  const Feed = defineComponent({ name: "Feed", setup: () => (useEventSource(URL), () => h("p")) });
  const Page = defineComponent({ name: "Page", setup: () => () => h("div", [inner.value ? h(Feed) : null]) });
  mount(defineComponent(() => () => h(KeepAlive, () => (shown.value ? h(Page) : h("b")))));
  shown.value = false;
  await nextTick();
  inner.value = true;
  await world.advance(60_000);
  expect(world.requests).toEqual([]);
  shown.value = true;
  await nextTick();
  expect((await world.request()).isLive).toBe(true);
});

test("what comes back from KeepAlive stays paused if the user has paused it", async () => {
  const shown = ref(true);
  let feed!: ReturnType<typeof useEventSource>;
  const Feed = defineComponent({ name: "Feed", setup: () => ((feed = useEventSource(URL)), () => h("p")) });
  mount(defineComponent(() => () => h(KeepAlive, () => (shown.value ? h(Feed) : h("b")))));
  const turn = async (on: boolean) => {
    shown.value = on;
    await nextTick();
    await world.settled();
  };
  (await world.request()).open();
  feed.pause();
  await turn(false);
  await turn(true);
  expect(world.live).toEqual([]);
  await turn(false);
  feed.resume();
  await world.settled();
  expect(world.live).toEqual([]);
  await turn(true);
  expect(world.live).toHaveLength(1);
  await turn(false);
  feed.pause();
  await turn(true);
  expect(world.live).toEqual([]);
  feed.resume();
  // (Attempts that came to nothing are a second apart.)
  await world.advance(1_000);
  expect(world.live).toHaveLength(1);
});

test("a pause by the source itself is kept, too, and what is opened anew while it is aside waits", async () => {
  const shown = ref(true);
  let feed!: ReturnType<typeof useEventSource>;
  const Feed = defineComponent({
    name: "Feed",
    setup: () => ((feed = useEventSource(URL, { onEvent: (_message, source) => source.pause() })), () => h("p")),
  });
  mount(defineComponent(() => () => h(KeepAlive, () => (shown.value ? h(Feed) : h("b")))));
  const turn = async (on: boolean) => {
    shown.value = on;
    await nextTick();
    await world.settled();
  };
  (await world.request()).open().send({ data: "pause" });
  await turn(false);
  await turn(true);
  expect([world.live, world.requests.length]).toEqual([[], 1]);
  await turn(false);
  feed.close();
  feed.reconnect();
  await world.advance(60_000);
  expect([world.live, world.requests.length]).toEqual([[], 1]);
  await turn(true);
  expect(world.live).toHaveLength(1);
});

test("whoever is taken off by what changes the url never asks for the new one", async () => {
  const user = ref<{ id: number } | null>({ id: 1 });
  const errors: unknown[] = [];
  const asked: string[] = [];
  const Feed = defineComponent({
    name: "Feed",
    setup() {
      useEventSource(() => {
        const url = `${URL}/${user.value!.id}`;
        asked.push(url);
        return url;
      });
      return () => h("p");
    },
  });
  const app = createApp(defineComponent(() => () => (user.value ? h(Feed) : h("b"))));
  app.config.errorHandler = (error) => errors.push(error);
  apps.push(app);
  app.mount(document.createElement("div"));
  await world.request();
  user.value = { id: 2 };
  expect((await world.request()).url).toBe(`${URL}/2`);
  user.value = null;
  await world.advance(100);
  expect([errors, asked, world.live]).toEqual([[], [`${URL}/1`, `${URL}/2`], []]);
});

test("nothing of the old url is drawn under the new one", async () => {
  const url = ref(URL);
  const drawn: unknown[] = [];
  mount(
    defineComponent(() => {
      const { value, latest } = useEventSource<any, string>(url, { initial: "", reducer: (text, { data }) => text + data });
      return () => (drawn.push([url.value, value.value, latest.value?.data]), h("p"));
    }),
  );
  (await world.request()).open().send({ data: "old" });
  await world.advance(16);
  url.value = "http://example.org/other";
  (await world.request()).open().send({ data: "new" });
  await world.advance(16);
  expect(drawn.filter(([at, value]: any) => (at === URL ? value === "new" : value === "old"))).toEqual([]);
  expect([drawn.at(-1), drawn.some(([, value]: any) => value === "old")]).toEqual([["http://example.org/other", "new", "new"], true]);
});

test("a url that is none shows in the state, and the next one is followed", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  const url = ref(URL);
  let feed!: ReturnType<typeof useEventSource>;
  mount(defineComponent(() => ((feed = useEventSource(url)), () => h("p"))));
  (await world.request()).open();
  await world.advance(16);
  url.value = "http://[";
  await world.advance(16);
  expect([feed.state.value, feed.error.value?.kind, world.live, errors.mock.calls.length]).toMatchObject([{ name: "closed", by: "fatal" }, "option", [], 1]);
  url.value = URL;
  expect((await world.request()).isLive).toBe(true);
  vi.unstubAllGlobals();
});

test("a wrong option of the composable shows in the state, by its name", async () => {
  const errors: Error[] = [];
  vi.stubGlobal("reportError", (error: Error) => errors.push(error));
  let feed!: ReturnType<typeof useEventSource>;
  mount(defineComponent(() => ((feed = useEventSource(URL, { linger: "long" as never })), () => h("p"))));
  await world.advance(16);
  expect([feed.state.value, feed.error.value?.kind, world.requests, errors]).toMatchObject([{ name: "closed", by: "fatal" }, "option", [], [expect.any(TypeError)]]);
  expect([feed.error.value!.message, errors[0]!.message]).toEqual([expect.stringContaining("`linger` must be"), expect.stringContaining("`linger` must be")]);
  vi.unstubAllGlobals();
});

test("a reducer that changes what it was given draws", async () => {
  const place = document.createElement("div");
  const app = createApp(
    defineComponent(() => {
      const { value } = useEventSource<any, string[]>(URL, { initial: [], reducer: (lines, { data }) => (lines.push(data), lines) });
      return () => h("p", value.value.join());
    }),
  );
  apps.push(app);
  app.mount(place);
  const request = (await world.request()).open().send({ data: "a" });
  await world.advance(16);
  request.send({ data: "b" });
  await world.advance(16);
  expect(place.textContent).toBe("a,b");
});

test("a value that was changed in place is not what another url begins with", async () => {
  const url = ref(URL);
  let feed!: ReturnType<typeof useEventSource<any, { lines: string[] }>>;
  mount(
    defineComponent(() => {
      feed = useEventSource<any, { lines: string[] }>(url, { initial: { lines: [] }, reducer: (value, { data }) => (value.lines.push(data), value) });
      return () => null;
    }),
  );
  (await world.request()).open().send({ data: "old" });
  await world.advance(16);
  expect(feed.value.value.lines).toEqual(["old"]);
  url.value = "http://example.org/other";
  await world.advance(16);
  expect(feed.value.value.lines).toEqual([]);
});

test("outside of a component and of a scope there is a warning", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { close } = useEventSource(`${URL}/outside`);
  await world.request();
  await world.advance(0);
  expect(warn.mock.calls.map(([text]) => text)).toEqual([expect.stringContaining("outside of a component")]);
  close();
  const scope = effectScope();
  scope.run(() => useEventSource(`${URL}/scope`));
  scope.stop();
  await world.advance(0);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test("pages with one url that follow each other with a pause between have no gap", async () => {
  const page = ref("a");
  const values: Record<string, unknown> = {};
  const Page = (name: string) =>
    defineComponent({
      setup() {
        const { value, downSince } = useEventSource<any, string>(URL, { initial: "", reducer: (text, { data }) => text + data });
        return () => (values[name] = [value.value, downSince.value], h("p"));
      },
    });
  const pages: Record<string, ReturnType<typeof Page>> = { a: Page("a"), b: Page("b") };
  mount(defineComponent(() => () => (pages[page.value] ? h(pages[page.value]!) : h("b"))));
  (await world.request()).open().send({ id: "1", data: "x" });
  await world.advance(16);
  page.value = "";
  await world.advance(300);
  const away = world.now - 300;
  page.value = "b";
  await nextTick();
  const next = await world.request();
  expect([next.lastEventId, values["b"]]).toEqual(["1", ["x", away]]);
  next.open().send({ id: "2", data: "y" });
  await world.advance(16);
  expect(values["b"]).toEqual(["xy", null]);
});

test("one that is put aside does not silence another that shares its connection", async () => {
  const shown = ref(true);
  const Feed = defineComponent({ name: "Feed", setup: () => (useEventSource(URL), () => h("p")) });
  mount(defineComponent(() => () => [h(Feed), h(KeepAlive, () => (shown.value ? h(Feed) : h("b")))]));
  const request = (await world.request()).open();
  expect(world.requests).toHaveLength(1);
  shown.value = false;
  await nextTick();
  expect(request.isLive).toBe(true);
});

test("a handler that throws, and one that closes", async () => {
  const errors = vi.fn();
  vi.stubGlobal("reportError", errors);
  const seen: unknown[] = [];
  mount(
    defineComponent(() => {
      const { close } = useEventSource(URL, {
        onEvent: ({ data }) => {
          seen.push(data);
          if (data === "throw") throw new Error("a handler");
          if (data === "close") close();
        },
      });
      return () => null;
    }),
  );
  (await world.request()).open().send({ data: "throw" }, { data: "on" }, { data: "close" }, { data: "never" });
  await world.advance(60_000);
  expect([seen, errors.mock.calls.length, world.requests.length]).toEqual([["throw", "on", "close"], 1, 1]);
  vi.unstubAllGlobals();
});

test("what is opened anew after the end has the options of the composable, and its defaults", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  let feed!: ReturnType<typeof useEventSource<any, number>>;
  mount(
    defineComponent(() => {
      feed = useEventSource<any, number>(URL, { initial: 0, reducer: (n) => n + 1 });
      return () => null;
    }),
  );
  (await world.request()).open();
  feed.close();
  feed.reconnect();
  (await world.request()).open().send({ id: "1" });
  world.hide();
  await world.advance(60_016);
  expect([feed.value.value, feed.state.value, warn.mock.calls]).toMatchObject([1, { name: "paused", by: ["hidden"] }, []]);
  warn.mockRestore();
});

test("on a server nothing is opened", async () => {
  const app = createSSRApp(
    defineComponent(() => {
      const { state } = useEventSource(URL);
      return () => h("p", state.value.name);
    }),
  );
  expect(await renderToString(app)).toBe("<p>idle</p>");
  await world.settled();
  expect(world.requests).toEqual([]);
});
