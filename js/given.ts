import type { WasmSource } from "./core.js";

/**
 * What was given to `init`, with an answer read.
 * @throws {TypeError} if it is no WebAssembly: a page that says that there is none, for instance.
 */
export async function given(source: WasmSource | PromiseLike<WasmSource>): Promise<WasmSource> {
  let found = await source;
  if (found instanceof Response) {
    if (!found.ok) throw new TypeError(`status ${found.status} in place of everstream/core.wasm`);
    found = await found.arrayBuffer();
  }
  // Where there is none at all, the next step says so.
  const { WebAssembly } = globalThis;
  if (WebAssembly && !(found instanceof WebAssembly.Module) && !WebAssembly.validate(found as BufferSource))
    throw new TypeError("these are not the bytes of everstream/core.wasm");
  return found;
}
