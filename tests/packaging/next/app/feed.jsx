"use client";

import { useEventSource } from "everstream/react";
import { useEffect, useState } from "react";

import { sawEvent, sawState } from "../seen.js";

export function Feed() {
  // The address is known to the browser alone.
  const [feed, setFeed] = useState(null);
  useEffect(() => setFeed(new URLSearchParams(location.search).get("feed")), []);
  const { state } = useEventSource(feed, {
    retry: { base: 50 },
    onEvent: sawEvent,
    onStateChange: (state, source) => sawState(state, source.transport),
  });
  return <p id="state">{state.name}</p>;
}
