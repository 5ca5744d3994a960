// What LaunchDarkly does for its JavaScript client: flags by polling, and by a stream that begins with all of them (`put`) and goes on
// with changes (`patch`). There are no ids: whoever comes back is told all of it again.

import { serve } from "./feed.mjs";
import { startServer, text } from "./faults.mjs";

export function startLaunchDarkly({ files = {}, plan, count } = {}) {
  let number = 0;
  const flags = () => ({ price: { value: text(number), version: number + 1, variation: 0, trackEvents: false } });
  return startServer((request, response) => {
    const { pathname } = new URL(request.url, "http://here");
    const json = (value) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (pathname.startsWith("/sdk/evalx/")) return json(flags());
    if (pathname.startsWith("/sdk/goals/")) return json([]);
    if (!pathname.startsWith("/eval/")) return serve(files, pathname, response);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`event: put\ndata: ${JSON.stringify(flags())}\n\n`);
    const timer = setInterval(() => {
      if (response.writableEnded || response.destroyed || number === count) return;
      number++;
      response.write(`event: patch\ndata: ${JSON.stringify({ key: "price", ...flags().price })}\n\n`);
    }, 30);
    response.once("close", () => clearInterval(timer));
  }, plan);
}
