// A server that answers as its query says: `body` is what it sends, piece by piece, a number being a pause in milliseconds, and
// a pair a text and how often it comes; `status`, `type` and `headers` are what comes before. `then` is the body of every later
// answer with the same `key`. It remembers what it was asked.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** In a worker: what is relative is so to its script, and errors are the same. */
const WORKER = `
  import { EventSource as DropIn } from "/package/index.js";
  onmessage = async ({ data: isNative }) => {
    const Class = isNative ? EventSource : DropIn;
    const seen = [];
    try {
      new Class("http://a:b/");
    } catch (error) {
      seen.push(error instanceof DOMException, error.name);
    }
    const source = new Class("../stream?body=" + encodeURIComponent('["id: 1\\\\ndata: x\\\\n\\\\n"]'));
    seen.push(new URL(source.url).pathname);
    source.onmessage = ({ data, origin }) => {
      source.close();
      postMessage([...seen, data, origin === location.origin, source.readyState]);
    };
  };
`;

/** Starts two of them, which are two origins; `folder` is served below `/package/`. */
export async function startServers(folder) {
  const asked = new Map();
  const handle = (request, response) => answer(request, response, asked, folder).catch(() => response.destroy());
  const servers = [createServer(handle), createServer(handle)];
  await Promise.all(servers.map((server) => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))));
  return {
    origins: servers.map((server) => `http://127.0.0.1:${server.address().port}`),
    stop: () => servers.forEach((server) => (server.close(), server.closeAllConnections())),
  };
}

async function answer(request, response, asked, folder) {
  const url = new URL(request.url, "http://here");
  const query = url.searchParams;
  if (url.pathname.startsWith("/package/")) {
    const path = normalize(url.pathname.slice("/package/".length));
    response.writeHead(200, { "content-type": path.endsWith(".wasm") ? "application/wasm" : "text/javascript" });
    return response.end(readFileSync(join(folder, path)));
  }
  if (url.pathname === "/asked") {
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify(asked.get(query.get("key")) ?? []));
  }
  if (url.pathname === "/deep/worker.js") {
    response.writeHead(200, { "content-type": "text/javascript" });
    return response.end(WORKER);
  }
  if (url.pathname === "/") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    return response.end("<!doctype html><title>conformance</title>");
  }
  const key = query.get("key");
  const before = asked.get(key) ?? [];
  const { "last-event-id": lastEventId, accept, cookie, "cache-control": cacheControl } = request.headers;
  asked.set(key, [...before, { method: request.method, lastEventId, accept, cookie, cacheControl, url: request.url }]);
  const origin = request.headers.origin;
  const cors = query.has("cors") ? { "access-control-allow-origin": query.get("cors") || origin || "*", "access-control-allow-credentials": "true", "access-control-allow-headers": "last-event-id" } : {};
  if (request.method === "OPTIONS") {
    response.writeHead(204, cors);
    return response.end();
  }
  if (query.has("redirect")) {
    response.writeHead(Number(query.get("status") ?? 302), { location: query.get("redirect"), ...cors });
    return response.end();
  }
  const later = before.length > 0 && query.has("then");
  const status = later ? Number(query.get("thenStatus") ?? 200) : Number(query.get("status") ?? 200);
  response.writeHead(status, { "content-type": query.get("type") ?? "text/event-stream", ...cors, ...JSON.parse(query.get("headers") ?? "{}") });
  for (const piece of JSON.parse((later ? query.get("then") : query.get("body")) ?? "[]")) {
    if (typeof piece === "number") await sleep(piece);
    else {
      const [text, times] = [piece, 1].flat();
      response.write(Buffer.from(text.repeat(times), "latin1"));
    }
  }
  if (query.has("end")) response.end();
}
