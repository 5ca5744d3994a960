/** The bytes of the module, from a chunk of their own. */
export async function inlined(): Promise<ArrayBuffer> {
  const { deflated } = await import("./generated/wasm.js");
  const bytes = Uint8Array.from(atob(deflated), (char) => char.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(inflated).arrayBuffer();
}
