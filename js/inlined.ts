/** The bytes of the module, from a chunk of their own. */
export async function inlined(): Promise<ArrayBuffer> {
  const { deflated } = await import("./generated/wasm.js");
  // Not by way of a Blob: those of jsdom, in which people test, have no streams.
  const { body } = new Response(Uint8Array.from(atob(deflated), (char) => char.charCodeAt(0)));
  return new Response(body!.pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}
