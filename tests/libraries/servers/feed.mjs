// The stream that most libraries only carry: numbered events with ids, from behind the last one that the client has seen.

import { allowAll, startServer, text } from "./faults.mjs";

/** So many events there are; then the stream stays open and silent. */
export const COUNT = 16;

/** `write` makes an event of a number; `files` has what is served besides, by path. */
export function startFeed({ plan, write = plain, files = {}, path = "/prices" } = {}) {
  return startServer(async (request, response) => {
    const url = new URL(request.url, "http://here");
    if (request.method === "OPTIONS") return response.writeHead(204, allowAll(request)).end();
    if (url.pathname !== path) return serve(files, url.pathname, response);
    response.writeHead(200, { "content-type": "text/event-stream", ...allowAll(request) });
    response.write("retry: 500\n\n");
    let number = Number(request.headers["last-event-id"] ?? url.searchParams.get("lastEventId") ?? 0);
    const timer = setInterval(() => {
      if (number === COUNT) return clearInterval(timer);
      response.write(write(++number));
    }, 10);
    response.once("close", () => clearInterval(timer));
  }, plan);
}

const plain = (number) => `id: ${number}\ndata: ${JSON.stringify({ text: text(number) })}\n\n`;

export function serve(files, path, response) {
  const body = files[path];
  if (body === undefined) return response.writeHead(404).end();
  const type = path.endsWith(".js") ? "text/javascript" : "text/html";
  return response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
}
