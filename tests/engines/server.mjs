// A server that does to streams and pages what the demo server does not: on two ports, and so of two origins.

import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const PAGE = `<!doctype html><meta charset="utf-8"><title>page</title><script type="module">
  import * as everstream from "/dist/index.js";
  window.everstream = everstream;
</script>`;
const WORKER = `import { EventSource } from "/dist/index.js";
  import { followPage } from "/dist/page.js";
  followPage();
  self.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return;
    const source = new EventSource(data);
    source.onmessage = ({ lastEventId }) => postMessage(Number(lastEventId));
    source.onstatechange = ({ state }) => postMessage(state.name);
    source.onerror = ({ message }) => postMessage(message);
  });`;
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".map": "application/json" };

export class Server {
  /** Every request for a stream: its run, its place and how it came, and whether it is open. */
  requests = [];
  /** How often the chunk with WebAssembly is still refused. */
  refuseChunk = 0;
  /** The files that were asked for. */
  files = [];

  static async start() {
    const server = new Server();
    server.near = await server.#listen();
    server.far = await server.#listen();
    return server;
  }

  async #listen() {
    const listener = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
    (this.listeners ??= []).push(listener);
    return `http://127.0.0.1:${listener.address().port}`;
  }

  of(run) {
    return this.requests.filter((request) => request.run === run);
  }

  open(run) {
    return this.of(run).filter(({ isOpen }) => isOpen);
  }

  stop() {
    for (const listener of this.listeners) {
      listener.closeAllConnections();
      listener.close();
    }
  }

  #answer(request, response) {
    const url = new URL(request.url, "http://127.0.0.1");
    const query = url.searchParams;
    response.setHeader("cache-control", "no-store");
    if (url.pathname.startsWith("/dist/")) return this.#file(url.pathname.slice(6), response);
    if (url.pathname === "/events") return this.#events(request, response, query);
    if (url.pathname === "/flood") return this.#flood(request, response, query);
    if (url.pathname === "/redirect") return response.writeHead(307, { location: query.get("to"), ...cors(request) }).end();
    if (url.pathname === "/nothing") return response.writeHead(204).end();
    if (url.pathname === "/file") return response.writeHead(200, { "content-disposition": "attachment; filename=file.bin" }).end("file");
    // A page whose headers are slow: the one before it is left only when they are here.
    const policy = query.get("policy");
    if (policy) response.setHeader("content-security-policy", policy);
    if (url.pathname === "/worker.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(WORKER);
    setTimeout(() => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(PAGE);
    }, Number(query.get("slow")));
  }

  #file(path, response) {
    this.files.push(path);
    if (path.includes("wasm-") && this.refuseChunk > 0) {
      this.refuseChunk--;
      return response.writeHead(503).end();
    }
    const file = join(DIST, path);
    if (path.includes("..") || !existsSync(file)) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[extname(file)] ?? "text/plain");
    createReadStream(file).pipe(response);
  }

  /** Events that are numbered from 1 on; `preflight=no`: no answer to `OPTIONS`; `status`: that, once. */
  #events(request, response, query) {
    const record = { run: query.get("run"), method: request.method, header: request.headers["last-event-id"], query: query.get("lastEventId"), isOpen: true };
    if (request.method === "OPTIONS") {
      if (query.get("preflight") === "no") return response.writeHead(404).end();
      return response.writeHead(204, { ...cors(request), "access-control-allow-headers": "last-event-id, x-key" }).end();
    }
    this.requests.push(record);
    response.on("close", () => (record.isOpen = false));
    const status = Number(query.get("status"));
    if (status && this.of(record.run).length === 1) return response.writeHead(status, cors(request)).end();
    response.writeHead(200, { "content-type": "text/event-stream", connection: "close", ...cors(request) });
    let id = Number(record.header ?? record.query ?? 0);
    const send = () => response.write(`id: ${++id}\ndata: ${id}\n\n`);
    send();
    const timer = setInterval(send, Number(query.get("every") ?? 20));
    response.on("close", () => clearInterval(timer));
  }
  /**
   * As many events as `count` says, as fast as they are taken. The first connection is cut when nothing was taken for a while; `ids=no`:
   * they have none.
   */
  async #flood(request, response, query) {
    const record = { run: query.get("run"), method: request.method, header: request.headers["last-event-id"], isOpen: true };
    this.requests.push(record);
    response.on("close", () => (record.isOpen = false));
    response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
    const isFirst = this.of(record.run).length === 1;
    const count = Number(query.get("count"));
    for (let id = Number(record.header ?? 0) + 1; id <= count && record.isOpen; id++) {
      const text = `${query.get("ids") === "no" ? "" : `id: ${id}\n`}data: ${id} ${"x".repeat(200)}\n\n`;
      if (response.write(text)) continue;
      const isTaken = await Promise.race([once(response, "drain").then(() => true, () => false), sleep(500)]);
      if (!isTaken && isFirst) {
        record.cutAt = id;
        return response.destroy();
      }
      if (!isTaken && record.isOpen) await once(response, "drain").catch(() => {});
    }
    response.write("event: done\ndata\n\n");
  }
}

function cors(request) {
  const { origin } = request.headers;
  return origin ? { "access-control-allow-origin": origin } : {};
}
