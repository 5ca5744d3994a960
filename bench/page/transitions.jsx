// How long a transition takes beside a stream in a layout: a page that React draws in 100 ms, and an event each 16 ms.

import { createElement, memo, startTransition, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import { useEventSource } from "../../js/react.js";

/** What gives the text of the latest event. */
const STREAMS = {
  "native EventSource and useState"(url) {
    const [latest, setLatest] = useState("");
    useEffect(() => {
      const source = new EventSource(url);
      source.onmessage = ({ data }) => setLatest(data);
      return () => source.close();
    }, [url]);
    return latest;
  },
  "everstream/react": (url) => useEventSource(url).latest?.data,
  /** What a transition takes by itself. */
  "no stream at all": () => "none",
};

/** 5 ms. */
const Slow = memo(function Slow({ text }) {
  for (const end = performance.now() + 5; performance.now() < end; );
  return createElement("i", null, text);
});

const Page = memo(function Page({ number, shown }) {
  useEffect(() => shown(number), [number]);
  return number > 0 && Array.from({ length: 20 }, (_, key) => createElement(Slow, { key, text: `${number}` }));
});

/** Goes to so many pages, one after the other, and gives how long each took, in milliseconds. */
export async function transitions(name, url, pages) {
  const useLatest = STREAMS[name];
  const root = document.body.appendChild(document.createElement("div"));
  let go;
  let shown = () => {};
  let latest;
  const isShown = (number) => shown(number);
  function Layout() {
    latest = useLatest(url);
    const [number, setNumber] = useState(0);
    go = setNumber;
    return createElement("main", null, createElement("output", null, latest), createElement(Page, { number, shown: isShown }));
  }
  const app = createRoot(root);
  app.render(createElement(Layout));
  const took = [];
  for (let page = 1; page <= pages; page++) {
    // The stream flows, and React has drawn what was there before.
    const before = latest;
    while (!latest || (latest === before && latest !== "none")) await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begun = performance.now();
    const drawn = new Promise((resolve) => (shown = (number) => number === page && resolve()));
    startTransition(() => go(page));
    await drawn;
    took.push(performance.now() - begun);
  }
  app.unmount();
  root.remove();
  return { took };
}
