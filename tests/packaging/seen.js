// What an app of these has seen, for the harness: `__seen`.

export const seen = (globalThis.__seen = { ids: [], lost: 0, doubled: 0, state: { name: "idle" }, states: [], errors: [], heard: 0, handled: 0 });

/** An event has an id of its own if its data have it too; the server counts without gaps. */
export function sawEvent({ data, id }) {
  const own = Number(/"id":\s*(\d+)/.exec(data)?.[1]);
  if (String(own) !== id) return;
  const before = seen.ids.at(-1);
  if (before !== undefined && own <= before) seen.doubled++;
  if (before !== undefined && own > before) seen.lost += own - before - 1;
  seen.ids.push(own);
}

export function sawState(state, transport) {
  seen.state = { name: state.name, reason: state.by ?? null, until: state.until ?? null, transport: transport?.name ?? null, transportReason: transport?.reason ?? null, at: Date.now() };
  seen.states.push(seen.state);
}

/** Sees all that a source of the drop-in class brings. */
export function watch(source) {
  for (const type of ["message", "note", "huge"])
    source.addEventListener(type, ({ data, lastEventId }) => sawEvent({ data, id: lastEventId }));
  // A handler and a listener are called equally often.
  source.addEventListener("message", () => seen.heard++);
  source.onmessage = () => seen.handled++;
  source.addEventListener("statechange", ({ state }) => sawState(state, source.transport));
  return source;
}

/** No delay to speak of when the server is killed and comes again. */
export const options = { retry: { base: 50 } };

export const feed = new URLSearchParams(globalThis.location?.search).get("feed");
