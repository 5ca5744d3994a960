// The drop-in class, as code that was written for the browser's own uses it.

import { EventSource } from "everstream";

import { sawEvent, sawState } from "./seen.js";

export function follow(url) {
  const source = new EventSource(url, { retry: { base: 50 } });
  for (const type of ["message", "note", "huge"])
    source.addEventListener(type, ({ data, lastEventId }) => sawEvent({ data, id: lastEventId }));
  source.addEventListener("statechange", ({ state }) => sawState(state, source.transport));
  return source;
}
