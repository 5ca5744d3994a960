// The session and the parser, in WebAssembly: how they are loaded, and what they understand.

import * as glue from "./generated/core_bg.js";

/** One source in WebAssembly. `src/js/mod.rs` says what the methods do. */
export interface Core {
  tell(input: number, generation: number, number: number, now: number, random: number): void;
  answered(
    generation: number,
    status: number,
    contentType: string,
    hasBody: boolean,
    retryAfter: number,
    now: number,
    random: number,
  ): void;
  message(generation: number, id: string, bytes: number, heard: boolean, now: number, random: number): boolean;
  next(): number;
  numbers(): number;
  room(generation: number, length: number, now: number): number;
  parse(length: number, now: number, random: number): number;
  batch(): number;
  commit(count: number, all: boolean, now: number): void;
  listen(type: string): void;
  is_current(generation: number): boolean;
  last_event_id(): string;
  free(): void;
}

export interface Wasm {
  create(lastEventId: string, options: number[]): Core;
  memory: WebAssembly.Memory;
}

/** What WebAssembly can be made of: the bytes of `everstream/core.wasm`, where they are, or a module of them. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | URL | string;

let loading: Promise<Wasm> | undefined;

/** Loads WebAssembly once. A failure is not kept: the next source tries again. */
export function load(find: () => WasmSource | PromiseLike<WasmSource>): Promise<Wasm> {
  return (loading ??= instantiate(find).catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

async function instantiate(find: () => WasmSource | PromiseLike<WasmSource>): Promise<Wasm> {
  let source = await find();
  if (typeof source === "string" || source instanceof URL) source = await fetch(source);
  if (source instanceof Response) source = await source.arrayBuffer();
  const imports = { "./core_bg.js": glue as unknown as WebAssembly.ModuleImports };
  const instance =
    source instanceof WebAssembly.Module
      ? await WebAssembly.instantiate(source, imports)
      : (await WebAssembly.instantiate(source, imports)).instance;
  const { exports } = instance;
  glue.__wbg_set_wasm(exports);
  (exports["__wbindgen_start"] as () => void)();
  return {
    create: (lastEventId, options) => new glue.Core(lastEventId, new Float64Array(options)),
    memory: exports["memory"] as WebAssembly.Memory,
  };
}
