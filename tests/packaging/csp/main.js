import { feed, sawEvent, sawState } from "./seen.js";
import { EventSource } from "./node_modules/everstream/dist/index.js";

const source = new EventSource(feed, { retry: { base: 50 } });
for (const type of ["message", "note", "huge"])
  source.addEventListener(type, ({ data, lastEventId }) => sawEvent({ data, id: lastEventId }));
source.addEventListener("statechange", ({ state }) => sawState(state, source.transport));
