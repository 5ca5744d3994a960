import { inflate } from "./inflate.js";

/** The bytes of the module, from a chunk of their own. */
export async function inlined(): Promise<ArrayBuffer> {
  const { deflated } = await import("./generated/wasm.js").catch((error) => {
    // Service workers and worklets refuse it.
    throw Error(`${error as string}: see everstream/inline`);
  });
  return inflate(deflated);
}
