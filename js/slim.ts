// The same without the bytes of WebAssembly in it: whoever uses it calls `init` with those of `everstream/core.wasm`.

import { load, type WasmSource } from "./core.js";
import { define, type EventSource as Source, type EventSourceConstructor } from "./event-source.js";
import { given } from "./given.js";
import { define as defineStream, type StreamFunction } from "./stream.js";

export * from "./exports.js";

export type EventSource<Events = Record<string, any>> = Source<Events>;
export const EventSource: EventSourceConstructor = /* @__PURE__ */ define({ wasm: awaited });

export const stream: StreamFunction = /* @__PURE__ */ defineStream(EventSource);

/**
 * Loads WebAssembly. Sources that were made before wait for it. If what is given cannot be had, or is no WebAssembly, the promise is
 * rejected, and sources wait for the next call.
 */
export async function init(source: WasmSource | PromiseLike<WasmSource>): Promise<void> {
  const good = (latest = await given(source));
  ready(good);
  // If it is refused here, by a policy, it always will be: sources are not kept waiting for better.
  await load({ wasm: () => good });
}

let latest: WasmSource | undefined;
let ready: (source: WasmSource) => void;
const first = /* @__PURE__ */ new Promise<WasmSource>((resolve) => (ready = resolve));

function awaited(): WasmSource | Promise<WasmSource> {
  return latest ?? first;
}
