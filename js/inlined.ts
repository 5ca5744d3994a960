import type { Finder } from "./core.js";
import { failure } from "./errors.js";
import { inflate } from "./inflate.js";

/** The core, in chunks of their own. */
export const inlined: Finder = {
  // (Without what inflates it, as in Firefox before 113 and in environments of Jest's: no bytes are no WebAssembly either.)
  wasm: async () => ("DecompressionStream" in globalThis ? inflate((await found("wasm", () => import("./generated/wasm.js"))).deflated) : new ArrayBuffer()),
  plain: async () => (await found("plain", () => import("./generated/plain.js"))).make(),
};

/** The urls of chunks that could not be had. */
const missing: Record<string, string> = {};
let tries = 0;

/** A chunk. What failed once is asked for by another url, too, for Firefox keeps the failure of an `import()` (measured in 153). */
async function found<Chunk>(name: string, load: () => Promise<Chunk>): Promise<Chunk> {
  try {
    return await load();
  } catch (error) {
    if ("ServiceWorkerGlobalScope" in globalThis) throw failure("unsupported", { cause: `${error as string}: see everstream/inline` });
    const before = missing[name];
    // Where a bundler loads chunks by other ways than `import()`, there is no url in the words, and no need of another one.
    missing[name] ??= /\w+:\/\/[^\s?#]+/.exec(String(error))?.[0] ?? "";
    if (before) return import(/* @vite-ignore */ /* webpackIgnore: true */ `${before}?retry=${++tries}`) as Promise<Chunk>;
    throw error;
  }
}
