// The package: the drop-in class, with WebAssembly in a chunk of its own that the first source loads.

import { load, type WasmSource } from "./core.js";
import { define, type EventSource as Source, type EventSourceConstructor } from "./event-source.js";
import { given } from "./given.js";
import { inlined } from "./inlined.js";
import { define as defineStream, type StreamFunction } from "./stream.js";

export * from "./exports.js";

export type EventSource<Events = Record<string, any>> = Source<Events>;
export const EventSource: EventSourceConstructor = /* @__PURE__ */ define(inlined);

export const stream: StreamFunction = /* @__PURE__ */ defineStream(EventSource);

/** Loads WebAssembly now, so that the first source need not wait for it. Without a source the inlined bytes are taken. */
export async function init(source?: WasmSource | PromiseLike<WasmSource>): Promise<void> {
  await load(source ? { ...inlined, wasm: () => given(source) } : inlined);
}
