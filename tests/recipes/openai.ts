import { stream } from "everstream";

/** The text of an answer, piece by piece. */
export async function* ask(url: string, request: object, { headers = {}, signal }: { headers?: HeadersInit; signal?: AbortSignal } = {}) {
  const events = stream(url, {
    body: JSON.stringify({ ...request, stream: true }),
    headers: { "content-type": "application/json", ...Object.fromEntries(new Headers(headers)) },
    signal,
    decode: (data) => (data === "[DONE]" ? { isDone: true } : JSON.parse(data)),
    until: ({ data }) => !!(data?.isDone || data?.choices?.[0]?.finish_reason), // or else it is `incomplete`
  });
  for await (const { data, error } of events) {
    if (error ?? data?.error) throw error ?? new Error(data.error.message ?? data.error, { cause: data.error }); // a provider's own, inside a 200
    const text: string | null | undefined = data?.choices?.[0]?.delta?.content; // the first chunk may have no choices, the last ones no delta
    if (text) yield text;
  }
}
