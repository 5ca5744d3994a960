// @vitest-environment jsdom

// Pages of Vue Router, one of which comes when the other has gone, as in Nuxt.

import { useEventSource } from "everstream/vue";
import { World } from "everstream/testing";
import { expect, test } from "vitest";
import { createApp, defineComponent, h, nextTick, Transition } from "vue";
import { createMemoryHistory, createRouter, RouterView } from "vue-router";

test.each([0, 300, 900])("`out-in` between pages with one url, %d ms apart: the next one goes on where the last one was", async (ms) => {
  const world = await World.start();
  const page = (name: string) =>
    defineComponent({
      name: `page-${name}`,
      setup() {
        const { value } = useEventSource<any, string>("http://example.org/events", { initial: "", reducer: (text, { data }) => text + data });
        return () => h("p", `${name}:${value.value}`);
      },
    });
  const history = createMemoryHistory();
  history.replace("/a");
  const router = createRouter({ history, routes: ["a", "b"].map((name) => ({ path: `/${name}`, component: page(name) })) });
  // How long it takes is the test's affair.
  let isGone!: () => void;
  const onLeave = (_element: unknown, done: () => void) => (isGone = done);
  const pages = { default: ({ Component }: { Component: never }) => h(Transition, { mode: "out-in", css: false, onLeave }, () => Component && h(Component)) };
  const place = document.createElement("div");
  const app = createApp(defineComponent(() => () => h(RouterView, null, pages)));
  app.use(router);
  await router.isReady();
  app.mount(place);

  let sent = "";
  let request = (await world.request()).open();
  for (const next of ["b", "a", "b"]) {
    request.send({ id: `${next}1`, data: "1" }, { id: `${next}2`, data: "2" });
    sent += "12";
    await router.push(`/${next}`);
    // (The old one is drawn until it is gone, and leaves the connection at once.)
    if (ms) await world.advance(ms);
    expect(request.isLive).toBe(!ms);
    isGone();
    await nextTick();
    if (!request.isLive) {
      request = await world.request();
      expect(request.lastEventId).toBe(`${next}2`);
      request.open();
    }
    request.send({ id: `${next}3`, data: "3" });
    sent += "3";
    await world.advance(16);
    await nextTick();
    expect([place.textContent, world.live.length]).toEqual([`${next}:${sent}`, 1]);
  }
  app.unmount();
  world.stop();
});
