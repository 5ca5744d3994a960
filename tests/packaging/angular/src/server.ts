// Renders pages, and follows a feed itself when it is asked to: /seen.

import { AngularNodeAppEngine, createNodeRequestHandler, writeResponseToNodeResponse } from "@angular/ssr/node";
// @ts-ignore: without Node's types.
import { readFile } from "node:fs/promises";
// @ts-ignore
import { createServer } from "node:http";

import { follow } from "../follow.js";
import { seen } from "../seen.js";

declare const process: { env: Record<string, string>; argv: string[] };

const engine = new AngularNodeAppEngine();

async function answer(request: any, response: any) {
  const url = new URL(request.url, "http://127.0.0.1");
  if (url.pathname === "/seen") {
    const source = follow(url.searchParams.get("feed"));
    const timer = setInterval(() => response.write(`${JSON.stringify(seen)}\n`), 50);
    request.on("close", () => {
      clearInterval(timer);
      source.close();
    });
    return;
  }
  if (url.pathname.endsWith(".js")) {
    response.writeHead(200, { "content-type": "text/javascript" });
    return response.end(await readFile(new URL(`../browser${url.pathname}`, import.meta.url)));
  }
  const page = await engine.handle(request);
  if (page) return writeResponseToNodeResponse(page, response);
  response.writeHead(404).end();
}

export const reqHandler = createNodeRequestHandler(answer);

if (process.env["PORT"]) createServer(answer).listen(Number(process.env["PORT"]), "127.0.0.1");
