// What PocketBase's realtime API does: a stream tells its client who it is (`PB_CONNECT`), the client posts what it wants to hear, and
// from then on hears each change. There is no replay: what happens while nobody listens is heard by nobody.

import { randomUUID } from "node:crypto";
import { json } from "node:stream/consumers";

import { serve } from "./feed.mjs";
import { allowAll, startServer, text } from "./faults.mjs";

export function startPocketBase({ files = {}, plan } = {}) {
  const clients = new Map();
  let number = 0;
  return startServer(async (request, response) => {
    const cors = allowAll(request);
    if (request.method === "OPTIONS") return response.writeHead(204, cors).end();
    const { pathname } = new URL(request.url, "http://here");
    if (pathname !== "/api/realtime") return serve(files, pathname, response);
    if (request.method === "POST") {
      const { clientId, subscriptions } = await json(request);
      const client = clients.get(clientId);
      if (!client) return response.writeHead(404, { "content-type": "application/json", ...cors }).end('{ "status": 404, "message": "Missing or invalid client id." }');
      client.subscriptions = subscriptions;
      return response.writeHead(204, cors).end();
    }
    const id = randomUUID();
    const client = { subscriptions: [] };
    clients.set(id, client);
    response.writeHead(200, { "content-type": "text/event-stream", ...cors });
    response.write(`id:${id}\nevent:PB_CONNECT\ndata:${JSON.stringify({ clientId: id })}\n\n`);
    const timer = setInterval(() => {
      if (!client.subscriptions.includes("prices/*") || response.writableEnded) return;
      const data = JSON.stringify({ action: "create", record: { id: String(++number), text: text(number) } });
      response.write(`id:${id}\nevent:prices/*\ndata:${data}\n\n`);
    }, 10);
    response.once("close", () => {
      clearInterval(timer);
      clients.delete(id);
    });
  }, plan);
}
