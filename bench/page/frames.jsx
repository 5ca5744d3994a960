// Apps that draw a feed of ten thousand events a second, and how long their frames take.

import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createApp, h } from "vue";

import { useEventSource as useInReact } from "../../js/react.js";
import { useEventSource as useInVue } from "../../js/vue.js";

const LATEST = 30;
const nothing = { count: 0, lost: 0, latest: [] };

/** Every event counts, and each says by its id which one it is. */
function reducer({ count, lost, latest }, { id, data }) {
  const { symbol, price, volume } = JSON.parse(data);
  const next = count + 1;
  return { count: next, lost: lost + (Number(id) === count ? 0 : 1), latest: [{ id, symbol, price, volume }, ...latest.slice(0, LATEST - 1)] };
}

const options = { events: ["tick"], initial: nothing, reducer };

/** The table of the latest events, as React and Vue have it. */
const table = (element, { count, lost, latest }) =>
  element("main", null, [
    element("h1", { key: "count" }, `${count} events, ${lost} out of place`),
    element("table", { key: "table" }, [
      element("tbody", { key: "body" }, latest.map(({ id, symbol, price, volume }) =>
        element("tr", { key: id }, [id, symbol, price, volume].map((value, at) => element("td", { key: at }, String(value)))),
      )),
    ]),
  ]);

const APPS = {
  /** What becomes of frames on this machine where nothing is drawn. */
  "no app at all"(url, root, seen, events) {
    const begun = performance.now();
    const timer = setInterval(() => seen({ ...nothing, count: Math.min(events, Math.floor((performance.now() - begun) * 10)) }), 10);
    return () => clearInterval(timer);
  },
  react(url, root, seen) {
    function Feed() {
      const { value } = useInReact(url, options);
      seen(value);
      return table(createElement, value);
    }
    const app = createRoot(root);
    app.render(createElement(StrictMode, null, createElement(Feed)));
    return () => app.unmount();
  },
  vue(url, root, seen) {
    const app = createApp({
      setup() {
        const { value } = useInVue(url, options);
        return () => {
          seen(value.value);
          return table(h, value.value);
        };
      },
    });
    app.mount(root);
    return () => app.unmount();
  },
};

/** Runs one until so many events were drawn; how far frames were apart, in milliseconds, from the first event on. */
export async function frames(name, url, events) {
  const root = document.body.appendChild(document.createElement("div"));
  let value = nothing;
  let renders = 0;
  const leave = APPS[name](url, root, (latest) => {
    value = latest;
    renders++;
  }, events);
  const apart = [];
  for (let before = 0; value.count < events; ) {
    const now = await new Promise(requestAnimationFrame);
    if (before && value.count) apart.push(now - before);
    before = now;
  }
  leave();
  root.remove();
  apart.sort((one, other) => one - other);
  return { events: value.count, lost: value.lost, renders, median: apart[apart.length >> 1], longest: apart.at(-1), frames: apart.length };
}
