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
