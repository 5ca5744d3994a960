// The same without the bytes of WebAssembly in it: whoever uses it calls `init` with those of `everstream/core.wasm`.

import { load, type WasmSource } from "./core.js";
import { define, type EventSource as Source, type EventSourceConstructor } from "./event-source.js";
import { define as defineStream, type StreamFunction } from "./stream.js";

export * from "./exports.js";

export type EventSource<Events = Record<string, any>> = Source<Events>;
export const EventSource: EventSourceConstructor = /* @__PURE__ */ define(missing);

export const stream: StreamFunction = /* @__PURE__ */ defineStream(EventSource);

/** Loads WebAssembly. Sources that were made before wait for it. */
export async function init(source: WasmSource | PromiseLike<WasmSource>): Promise<void> {
  ready(source);
  await load(() => source);
}

let ready: (source: WasmSource | PromiseLike<WasmSource>) => void;
const given = /* @__PURE__ */ new Promise<WasmSource>((resolve) => (ready = resolve));

function missing(): Promise<WasmSource> {
  return given;
}
