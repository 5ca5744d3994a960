import { stream } from "everstream";

/** The text of an answer, piece by piece. */
export async function* ask(url: string, request: object, { headers = {}, signal }: { headers?: HeadersInit; signal?: AbortSignal } = {}) {
  const events = stream(url, {
    body: JSON.stringify({ ...request, stream: true }),
    headers: { "content-type": "application/json", ...Object.fromEntries(new Headers(headers)) },
    signal,
    decode: "json",
    until: ({ type }) => type === "message_stop", // or else it is `incomplete`
  });
  for await (const { type, data, error } of events) {
    if (error) throw error;
    if (type === "error") throw new Error(data.error.message, { cause: data.error }); // inside a 200: overloaded, for instance
    if (type === "content_block_delta" && data.delta.type === "text_delta") yield data.delta.text as string;
  }
}
