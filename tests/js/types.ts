// What the types say. Nothing here runs: `tsc` reads it.

import { EventSource, EventSourceError, init, type Message, type State, stream } from "everstream";
import { EventSource as Inline, init as initInline } from "everstream/inline";
import { useEventSource as useInReact } from "everstream/react";
import { EventSource as Slim, init as initSlim } from "everstream/slim";
import { eventStore } from "everstream/store";
import { useEventSource as useInVue } from "everstream/vue";
import { ref } from "vue";

type Events = { message: { text: string }; price: number };

function is<T>(_value: T): void {}

// Code that was written for the browser's own class takes this one, and the other way round.
const native: globalThis.EventSource = new EventSource("/events", { withCredentials: true });
native.onmessage = (event) => is<string>(event.data);
function takesNative(source: globalThis.EventSource): void {
  source.close();
}
takesNative(new EventSource("/events"));
takesNative(new Slim("/events"));
takesNative(new Inline("/events"));

// Without a map everything is possible.
const plain = new EventSource("/events");
plain.onmessage = ({ data, lastEventId }) => is<[string, string]>([data, lastEventId]);
plain.addEventListener("whatever", ({ data }) => is<string>(data));
plain.onerror = ({ status, willRetry, error }) => is<[number | undefined, boolean | undefined, EventSourceError | undefined]>([status, willRetry, error]);
plain.onerror = (event) => ("data" in event ? is<MessageEvent>(event) : is<boolean>(event.willRetry));
plain.onerror = (event: Event) => is<Event>(event);
plain.addEventListener("statechange", ({ state }) => is<State>(state));

// With one the payloads have their types.
const typed = new EventSource<Events>(({ number }) => `/events?attempt=${number}`, { decode: "json" });
typed.onmessage = ({ data }) => is<{ text: string }>(data);
typed.addEventListener("price", ({ data }) => is<number>(data));
// @ts-expect-error: a price is a number
typed.addEventListener("price", ({ data }) => is<string>(data));
typed.addEventListener("decodeerror", ({ error, message }) => is<[Error, string]>([error, message.data]));
typed.subscribe((message) => {
  is<Message<Events>>(message);
  if (message.error) is<string>(message.data);
  else if (message.type === "price") is<number>(message.data);
  else is<{ text: string }>(message.data);
});
typed.subscribe(({ type, data, error }) => {
  if (!error && type === "price") is<number>(data);
});
for await (const { type, data, error } of typed) if (!error && type === "message") is<string>(data.text);
for await (const { data } of stream("/answer", { body: "?", headers: async () => ({ authorization: "x" }) })) is<string>(data);

// A state says only what is so.
function explain(state: State): string {
  switch (state.name) {
    case "waiting":
      return typeof state.cause === "string" ? state.cause : `${state.cause.kind} ${state.until}`;
    case "closed":
      return state.by === "fatal" ? state.error.message : state.by;
    case "paused":
      return state.by.join();
    case "open":
      return `${state.transport} ${state.since}`;
    default:
      return state.name;
  }
}
explain(plain.state);
// @ts-expect-error: states are read, not written
plain.state.name = "open";

// Options are checked before they are tried.
// @ts-expect-error
new EventSource("/events", { colour: "red" });
new EventSource("/events", { retry: { on: async ({ status }) => (status === 502 ? 10_000 : true) }, accept: ({ status }) => status === 201, fetch });
// @ts-expect-error
new EventSource("/events", { transport: "websocket" });
// @ts-expect-error
new EventSource("/events", { retry: { on: "always" } });
// @ts-expect-error
new EventSource("/events", { body: { question: "?" } });

// Stores, hooks and composables.
const store = eventStore<number, Events>(typed, { initial: 0, reduce: (sum, { type, data, error }) => (!error && type === "price" ? sum + data : sum) });
is<number>(store.getSnapshot().value);
const hook = useInReact<Events, string[]>("/events", { initial: [], reducer: (all, { data, error }) => (error ? all : [...all, typeof data === "number" ? `${data}` : data.text]) });
is<string[]>(hook.value);
is<Message<Events> | undefined>(hook.latest);
is<undefined>(useInReact("/events").value);
const prices = useInReact("/events", { decode: "json", initial: {}, reducer: (all, { data, error }) => (error ? all : { ...all, [data.symbol]: data.price }) });
is<Record<string, any>>(prices.value);
is<[number | null, "late" | undefined]>([prices.downSince, prices.joined]);
is<{ count: number }>(useInVue("/events", { initial: { count: 0 }, reducer: ({ count }) => ({ count: count + 1 }) }).value.value);
is<number | null>(useInVue("/events", { replay: 0, linger: 0 }).downSince.value);
is<State>(useInVue(ref("/events")).state.value);
is<number>(useInVue<Events, number>(() => null, { initial: 0 }).value.value);
is<Promise<void>>(init());
is<Promise<void>>(initInline());
is<Promise<void>>(initSlim(fetch("/core.wasm")));
// @ts-expect-error: there are no bytes in it
initSlim();
