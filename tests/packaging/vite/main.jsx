import { useEventSource } from "everstream/react";
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { feed, sawEvent, sawState } from "./seen.js";

function Feed() {
  const { state, value } = useEventSource(feed, {
    retry: { base: 50 },
    initial: 0,
    reducer: (count) => count + 1,
    onEvent: sawEvent,
    onStateChange: (state, source) => sawState(state, source.transport),
  });
  return createElement("p", null, state.name, " ", value);
}

createRoot(document.getElementById("root")).render(createElement(StrictMode, null, createElement(Feed)));
