import { EventSource, type EventSourceOptions, stream } from "everstream";
import { eventStore } from "everstream/store";
import { useEventSource } from "everstream/react";
import { World } from "everstream/testing";

// One with typed events is what the browser's own is.
const typed = new EventSource<{ tick: number }>("/events");
const native: globalThis.EventSource = typed;
globalThis.EventSource = EventSource;

// What is undefined is not given: with exact optional properties it is left out.
const options: EventSourceOptions = { ...(native.withCredentials && { withCredentials: true }) };
for await (const { data } of stream("/answer", options)) console.log(data);

// An empty list may become a longer one.
const store = eventStore(new EventSource("/events"), { initial: [], reduce: (lines, { data }) => [...lines, data] });
const lines: readonly string[] = store.getSnapshot().value;
const total: number = eventStore(new EventSource("/events"), { initial: 0, reduce: (sum, { data }) => sum + data }).getSnapshot().value;
const hook = () => useEventSource("/events", { initial: [], reducer: (lines, { data }) => [...lines, data] });

// What may be left out may be undefined.
const none = { onOpen: undefined, batch: undefined, error: undefined, id: undefined, body: undefined, now: undefined };
stream("/answer", { onOpen: none.onOpen });
eventStore(typed, { initial: 0, reduce: (sum) => sum, batch: none.batch }).subscribe({ next: console.log, error: none.error });
const world = await World.start({ now: none.now });
(await world.request()).respond(200, { body: none.body }).send({ data: "1", id: none.id });
export { hook, lines, total };
