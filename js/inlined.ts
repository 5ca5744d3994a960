/** The bytes of the module, from a chunk of their own. */
export async function inlined(): Promise<ArrayBuffer> {
  const { deflated } = await import("./generated/wasm.js");
  // Not by way of a Blob: those of jsdom, in which people test, have no streams.
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const writer = writable.getWriter();
  void writer.write(Uint8Array.from(atob(deflated), (char) => char.charCodeAt(0)));
  void writer.close();
  return new Response(readable).arrayBuffer();
}
