// What the page is served from: itself, streams in a burst, one event every five milliseconds, and ten thousand a second.

import { once } from "node:events";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { Readable } from "node:stream";

import { EVENTS } from "./page/workloads.js";

const STREAM = { "content-type": "text/event-stream", "cache-control": "no-store" };
/** Events of a feed. */
const PER_MILLISECOND = 10;
const tick = EVENTS["b: ticks of 228 B"];
/** How much is written at a time, in bytes. */
const PIECE = 65_536;

/** Starts it with these files, by their path: `[type, content]`; a page asks `/clock` for what `clock` says. */
export async function serve(files, clock) {
  const bursts = {};
  const server = createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const number = Number(searchParams.get("events"));
    if (pathname === "/clock") return response.writeHead(200, { "cache-control": "no-store" }).end(String(clock()));
    if (pathname === "/burst") {
      const name = searchParams.get("of");
      // Made once: what it takes is not the server's to tell.
      const bytes = (bursts[name + number] ??= burst(name, number));
      response.writeHead(200, STREAM);
      return Readable.from(pieces(bytes)).pipe(response);
    }
    if (pathname === "/ticks") {
      response.writeHead(200, STREAM).flushHeaders();
      let left = number;
      const timer = setInterval(() => {
        response.write(`data: ${performance.timeOrigin + performance.now()}\n\n`);
        if (--left === 0) response.end();
      }, Number(searchParams.get("every") ?? 5));
      return response.on("close", () => clearInterval(timer));
    }
    if (pathname === "/feed") {
      response.writeHead(200, STREAM).flushHeaders();
      const began = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = Math.min(number, Math.floor((performance.now() - began) * PER_MILLISECOND));
        let text = "";
        while (sent < due) text += tick(sent++);
        response.write(text);
        if (sent >= number) clearInterval(timer);
      }, 10);
      return response.on("close", () => clearInterval(timer));
    }
    const [type, content] = files[pathname] ?? ["text/plain", ""];
    response.writeHead(200, { "content-type": type, "cache-control": "max-age=3600" }).end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close().closeAllConnections() };
}

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function burst(name, events) {
  const event = Object.entries(EVENTS).find(([title]) => title.startsWith(`${name}:`))[1];
  const all = [];
  for (let number = 0; number < events; number++) all.push(event(number));
  return Buffer.from(all.join(""));
}
