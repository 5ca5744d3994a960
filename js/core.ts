// The session and the parser, in WebAssembly: how they are loaded, and what they understand.

import { failure } from "./errors.js";

/** The functions of the core. `src/js/exports.rs` says what they do; sources go by where they are in memory, and text by way of a buffer. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  text(length: number): number;
  create(): number;
  release(core: number): void;
  time(core: number, wall: number, uptime: number, random: number): void;
  tell(core: number, input: number, generation: number, number: number): void;
  answered(core: number, generation: number, status: number, hasBody: boolean, retryAfter: number): void;
  message(core: number, generation: number, bytes: number, isHeard: boolean): number;
  next(core: number): number;
  numbers(core: number): number;
  room(core: number, generation: number, length: number, wall: number, uptime: number): number;
  parse(core: number, length: number): number;
  commit(core: number, count: number): void;
  hear(core: number): void;
  is_current(core: number, generation: number): number;
  last_event_id(core: number): number;
  unfinished(core: number): number;
}

/** The module, and what it takes to speak to it. */
export interface Wasm extends Exports {
  /** Puts a text where the next function that takes one finds it, behind numbers if there are any. */
  say(text: string, numbers?: readonly number[]): void;
  lastEventId(core: number): string;
  /** The data of the event that the body ends in, if it does. */
  rest(core: number): string | undefined;
  /** All of its memory, as of now: growing takes it away. */
  bytes(): Uint8Array;
  words(): Int32Array;
  /** Makes a string of so many bytes there. */
  decode(at: number, length: number): string;
  /** The same in a way that is faster for few bytes, or many that are not ASCII. */
  string(at: number, length: number): string;
}

/** What WebAssembly can be made of: the bytes of `everstream/core.wasm`, an answer with them, or a module of them. */
export type WasmSource = BufferSource | WebAssembly.Module | Response;

/** Where the core comes from. */
export interface Finder {
  wasm(): WasmSource | PromiseLike<WasmSource>;
  /** The same core in JavaScript, for where WebAssembly is refused (a policy without `'wasm-unsafe-eval'`). */
  plain?(): PromiseLike<Exports>;
}

/** For texts that are whole. */
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** The longest string that `strings.wat` has room for, in units. */
const LONGEST = 4096;

let loading: Promise<Wasm> | undefined;

/** Loads the core once. A failure is not kept: the next source tries again. */
export function load(finder: Finder): Promise<Wasm> {
  return (loading ??= instantiate(finder).catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

async function instantiate(finder: Finder): Promise<Wasm> {
  const source = await finder.wasm();
  let wasm: Exports;
  let module: WebAssembly.Module | undefined;
  try {
    // It imports nothing. What is made of a module is the instance alone.
    const made: Partial<WebAssembly.WebAssemblyInstantiatedSource> = await WebAssembly.instantiate(source as BufferSource);
    const { instance = made as WebAssembly.Instance } = made;
    module = made.module ?? (source as WebAssembly.Module);
    wasm = instance.exports as unknown as Exports;
  } catch (cause) {
    if (!finder.plain) throw failure("unsupported", { cause });
    wasm = await finder.plain();
  }
  let all = new Uint8Array();
  let allWords!: Int32Array;
  // Making a view takes longer than reading a whole event through one that is there.
  const view = () => {
    if (all.length) return;
    const { buffer } = wasm.memory;
    all = new Uint8Array(buffer);
    allWords = new Int32Array(buffer);
  };
  const bytes = () => {
    view();
    return all;
  };
  const decode = (at: number, length: number) => decoder.decode(bytes().subarray(at, at + length));
  const core: Wasm = {
    ...wasm,
    say(text, numbers = []) {
      const before = new Uint8Array(new Float64Array(numbers).buffer);
      const encoded = new TextEncoder().encode(text);
      const place = wasm.text(before.length + encoded.length);
      bytes().set(before, place);
      bytes().set(encoded, place + before.length);
    },
    lastEventId(core) {
      const length = wasm.last_event_id(core);
      return decode(wasm.text(length), length);
    },
    rest(core) {
      const length = wasm.unfinished(core);
      return length === -1 ? undefined : decode(wasm.text(length), length);
    },
    decode,
    string: decode,
    bytes,
    words() {
      view();
      return allWords;
    },
  };
  if (!module) return core;
  // A faster way, for engines that have it: `strings.wat`, which travels in a section of the module. Nothing waits for it.
  (WebAssembly.instantiate as (...all: unknown[]) => Promise<WebAssembly.WebAssemblyInstantiatedSource>)(
    WebAssembly.Module.customSections(module, "strings")[0],
    { core: wasm },
    { builtins: ["js-string"] },
  ).then(
    ({ instance }) => {
      const make = instance.exports["make"] as Wasm["string"];
      core.string = (at, length) => (length <= LONGEST ? make : decode)(at, length);
    },
    () => {},
  );
  return core;
}
