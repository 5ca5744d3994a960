// tRPC's own server: a subscription that resumes by the id of `tracked`.

import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { COUNT, serve } from "./feed.mjs";
import { allowAll, startServer, text } from "./faults.mjs";

export async function startTrpc(workshop, { files = {}, plan, notes = false } = {}) {
  const { initTRPC, nodeHTTPRequestHandler, tracked } = await workshop.run(`
    export { initTRPC, tracked } from "@trpc/server";
    export { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
  `);
  const t = initTRPC.create();
  const router = t.router({
    hello: t.procedure.query(() => "hello"),
    prices: t.procedure
      .input((input) => input)
      .subscription(async function* ({ input, signal }) {
        let number = Number(input?.lastEventId ?? 0);
        while (number < COUNT && !signal.aborted) {
          await sleep(10);
          number++;
          yield tracked(String(number), { text: text(number) });
          // Without an id of its own. tRPC takes the id back for it, and gives it again by an event that nobody listens to.
          if (notes) yield { text: "a note" };
        }
        if (!signal.aborted) await once(signal, "abort");
      }),
  });
  return startServer((request, response) => {
    if (request.method === "OPTIONS") return response.writeHead(204, allowAll(request)).end();
    const { pathname } = new URL(request.url, "http://here");
    if (!pathname.startsWith("/trpc/")) return serve(files, pathname, response);
    for (const [name, value] of Object.entries(allowAll(request))) response.setHeader(name, value);
    return nodeHTTPRequestHandler({ router, createContext: () => ({}), path: pathname.slice("/trpc/".length), req: request, res: response });
  }, plan);
}
