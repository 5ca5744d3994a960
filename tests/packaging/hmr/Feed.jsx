import { useEventSource } from "everstream/react";
import { useEffect } from "react";

import { feed, options, sawEvent, sawState, seen } from "./seen.js";

export function Feed() {
  const { value } = useEventSource(feed, {
    ...options,
    initial: 0,
    reducer: (count) => count + 1,
    onEvent: sawEvent,
    onStateChange: (state, source) => sawState(state, source.transport),
  });
  useEffect(() => void (seen.folded = value));
  return <p>version 1: {value}</p>;
}
