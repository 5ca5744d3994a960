import { EventSource } from "everstream";

import type { Feed } from "../shared/feed.js";

/** Opens a feed, and returns what its buttons do. */
export function read(feed: Feed): (what: string) => void {
  const source = new EventSource(feed.url, feed.options);
  for (const type of feed.types ?? ["message", "note", "huge"])
    source.addEventListener(type, ({ data, lastEventId }: MessageEvent) => feed.received({ data, id: lastEventId }, source));
  source.addEventListener("statechange", ({ state }) => feed.changed(state, source));
  return (what) => source[what as "pause" | "resume" | "reconnect" | "close"]();
}
