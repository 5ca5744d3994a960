// Which feed the pages of this folder read and how, as their query says; and what tests read of them. The query is that of
// demo/page/src/feed.rs.

import type { EventSourceError, EventSourceOptions, State, Transport } from "everstream";

/** What a page does besides showing events. */
export interface Feed {
  readonly url: string;
  readonly options: EventSourceOptions;
  /** The types that are heard by name; undefined is every type. */
  readonly types: string[] | undefined;
  readonly seen: Seen;
  /** Notes an event, and then does with it what the query says. */
  received(event: { data: string; id: string }, source: Steered): void;
  changed(state: State, source: Steered): void;
}

interface Steered {
  readonly transport: Transport | null;
  close(): void;
  reconnect(): void;
}

/** `window.__seen`. */
export interface Seen {
  readonly ids: number[];
  lost: number;
  doubled: number;
  state: SeenState;
  readonly states: SeenState[];
  readonly errors: object[];
  comments: number;
  /** How often the page was drawn. */
  renders: number;
}

interface SeenState {
  name: string;
  reason: string | null;
  attempt: number | null;
  until: number | null;
  transport: string | null;
  transportReason: string | null;
  at?: number;
}

const REASONS: Record<Transport["reason"], string> = {
  asked: "asked for",
  "same-origin": "same origin",
  "cross-origin": "another origin, where it needs no preflight",
  needs: "needed for an option",
  "no-eventsource": "there is no EventSource here",
  "no-streaming": "fetch cannot stream here",
  "took-over-closed": "EventSource gave up",
  "took-over-storm": "EventSource came back too fast, again and again",
  "took-over-stopped": "EventSource was stopped and could not say where to go on",
  "took-over-unsound": "EventSource lost its connection in WebKit, which mixes old bytes into the next",
};

const PAUSES = { user: "by the user", hidden: "while the page is hidden", frozen: "while the page is frozen", cached: "while the page is put aside" };

/** Every so many events the handler does its deed, for so many events. */
const DEED_EVERY = 20;
const LAST_DEED = 60;

export function feedOf(search: string, page: string): Feed {
  const query = new URLSearchParams(search);
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const transport = query.get("transport") as EventSourceOptions["transport"] | null;
  const [retryBase, grace, stall] = [number("retryBase"), number("grace"), number("stall")];
  const seen: Seen = {
    ids: [],
    lost: 0,
    doubled: 0,
    state: { name: "idle", reason: null, attempt: null, until: null, transport: null, transportReason: null },
    states: [],
    errors: [],
    comments: 0,
    renders: 0,
  };
  Object.assign(globalThis, { __seen: seen });
  const options: EventSourceOptions = {
    pauseWhenHidden: grace !== undefined,
    ...(grace !== undefined && { hiddenGrace: grace }),
    ...(transport && { transport }),
    ...(retryBase !== undefined && { retry: { base: retryBase } }),
    ...(stall !== undefined && { stallTimeout: stall }),
    ...(query.has("auth") && {
      headers: ({ unauthorized }) => ({ authorization: `Bearer ${unauthorized ? "fresh" : "stale"}` }),
    }),
    ...(query.has("comments") && { onComment: () => void seen.comments++ }),
  };
  let count = 0;
  return {
    url: new URL(query.get("feed") ?? "/events", page).href,
    options,
    types: transport ? (query.get("types")?.split(",") ?? ["message", "note", "huge"]) : undefined,
    seen,
    received({ data, id }, source) {
      note(seen, data, id);
      const deed = ++count % DEED_EVERY === 0 && count <= LAST_DEED ? query.get("on") : null;
      if (deed === "throw") throw new Error("a handler that throws");
      if (deed === "close") source.close();
      if (deed === "reconnect") source.reconnect();
    },
    changed(state, source) {
      const error = failure(state);
      if (error) seen.errors.push({ kind: error.kind, status: error.status ?? null, willRetry: error.willRetry, message: error.message });
      seen.state = describe(state, source.transport);
      seen.states.push(seen.state);
      // The style of a page goes by it; a worker has none.
      globalThis.document?.body.setAttribute("data-state", state.name);
      if (query.get("closeAt") === state.name) source.close();
    },
  };
}

/** What tests do to the component of a page: `window.__app`. */
export function steerable(app: { setUrl?(url: string): void; show?(isShown: boolean): void }): void {
  const global = globalThis as { __app?: object };
  global.__app = { ...global.__app, ...app };
}

/** An event has an id of its own if its data have it too; the others inherit one. The server counts without gaps. */
function note(seen: Seen, data: string, lastEventId: string): void {
  const id = Number(/"id":\s*(\d+)/.exec(data)?.[1]);
  if (String(id) !== lastEventId) return;
  const before = seen.ids.at(-1);
  if (before !== undefined) {
    if (id <= before) seen.doubled++;
    else seen.lost += id - before - 1;
  }
  seen.ids.push(id);
}

function failure(state: State): EventSourceError | undefined {
  if (state.name === "waiting") return typeof state.cause === "string" ? undefined : state.cause;
  return state.name === "closed" && "error" in state ? state.error : undefined;
}

export function describe(state: State, transport: Transport | null): SeenState {
  return {
    name: state.name,
    reason: reason(state),
    attempt: "attempt" in state ? state.attempt : null,
    until: state.name === "waiting" ? state.until : null,
    transport: transport && (transport.name === "fetch" ? "fetch" : "EventSource"),
    transportReason: transport && REASONS[transport.reason],
    at: Date.now(),
  };
}

/** Why, in words. */
export function reason(state: State): string | null {
  if (state.name === "paused") return state.by.map((by) => PAUSES[by]).join(", ");
  if (state.name === "waiting" && state.cause === "ended") return "the server ended the stream";
  if (state.name === "closed") return failure(state)?.message ?? `by the ${state.by}`;
  return failure(state)?.message ?? null;
}
