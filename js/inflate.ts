/** The bytes of the module, as the build has put them into a string. */
export function inflate(deflated: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(deflated), (char) => char.charCodeAt(0));
  // Not by way of a Blob: those of jsdom, in which people test, have no streams.
  return new Response(new Response(bytes).body!.pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}
