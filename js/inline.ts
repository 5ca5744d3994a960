// The package in one piece: no `import()`, for where that is refused (service workers) or cannot be built (classic workers).

import { type Finder, load, type WasmSource } from "./core.js";
import { define, type EventSource as Source, type EventSourceConstructor } from "./event-source.js";
import { make } from "./generated/plain.js";
import { deflated } from "./generated/wasm.js";
import { given } from "./given.js";
import { inflate } from "./inflate.js";
import { define as defineStream, type StreamFunction } from "./stream.js";

export * from "./exports.js";

const here: Finder = { wasm: () => inflate(deflated), plain: async () => make() };

export type EventSource<Events = Record<string, any>> = Source<Events>;
export const EventSource: EventSourceConstructor = /* @__PURE__ */ define(here);

export const stream: StreamFunction = /* @__PURE__ */ defineStream(EventSource);

/** Makes WebAssembly ready now, so that the first source need not wait for it. Without a source the bytes in here are taken. */
export async function init(source?: WasmSource | PromiseLike<WasmSource>): Promise<void> {
  await load(source ? { ...here, wasm: () => given(source) } : here);
}
