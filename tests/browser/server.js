// Stands in for the network: `fetch` answers from functions, with the browser's own Response and ReadableStream.

const routes = new Map();
const log = [];
const encoder = new TextEncoder();

/** Answers every request whose url contains `path` with what the function body returns. `n` counts them. */
export function serve(path, body) {
  routes.set(path, { count: 0, answer: new Function("request", "n", "stream", body) });
}

/** What was asked of `path`, in order. */
export function asked(path) {
  return log
    .filter((entry) => entry.path === path)
    .map(({ request, headers, body }) => [
      request.method,
      request.url,
      headers,
      request.cache,
      request.credentials,
      body,
      request.signal.aborted ? "aborted" : "alive",
    ]);
}

globalThis.fetch = ((real) => async (input, init) => {
  const request = new Request(input, init);
  const path = [...routes.keys()].find((path) => request.url.includes(path));
  if (path === undefined) return real(input, init);
  const route = routes.get(path);
  const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const entry = { path, request, headers, body: "" };
  log.push(entry);
  const aborted = new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason));
  });
  aborted.catch(() => {});
  entry.body = await request.clone().text();
  const answer = route.answer(request, route.count++, (...args) => stream(request.signal, ...args));
  return Promise.race([answer, aborted]);
})(globalThis.fetch);

/** A streamed answer: its chunks, one a turn, and then `end`, `error` or `open` (nothing more); `texts` sends no bytes. */
function stream(signal, chunks, then = "end", status = 200) {
  const rest = [...chunks];
  const body = new ReadableStream({
    start(controller) {
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      if (rest.length > 0) {
        const chunk = rest.shift();
        controller.enqueue(then === "texts" ? chunk : encoder.encode(chunk));
      } else if (then === "end") {
        controller.close();
      } else if (then === "error") {
        controller.error(new TypeError("network error"));
      } else {
        await new Promise(() => {});
      }
    },
  });
  return new Response(body, { status, headers: { "Content-Type": "text/event-stream" } });
}
