#!/bin/sh
# VueUse `useEventSource` with `autoReconnect: { retries: N }`, three surprises:
#
# - `retries: 1` retries never, and `retries: 2` once: the first failure is counted as a retry.
# - The count never starts anew after a good connection. A page that comes back after each of a few deploys (a 503 for a moment each
#   time) is dead after the last of them, days later, although no outage lasted longer than one attempt.
# - The stream that it opens again does not say where it was: there is no `Last-Event-ID`, although the composable has `lastEventId`.
#   (A connection that merely ends is the engine's to open again, and that one says it: what is lost depends on how it broke.)
#
# Why it matters: a feed that is thought to survive deploys stops for good, or skips what was sent meanwhile, without an exception.
# Prints what was asked for, and fails if any of this is not so any more.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @vueuse/core@14.4.0 vue@3.5.45 eventsource@4.0.0
echo "@vueuse/core 14.4.0, eventsource 4.0.0, Node $(node --version)"

cat > run.js <<'END'
import { createServer } from "node:http";
import { EventSource } from "eventsource";

// What it takes for a browser.
globalThis.window = globalThis;
globalThis.document = { createElement: () => ({}) };
globalThis.EventSource = EventSource;
const { useEventSource } = await import("@vueuse/core");
const { effectScope } = await import("vue");

/** Plays a server's answers: 503, or a stream of one event that ends or stays. Returns the Last-Event-ID of each request. */
async function play(retries, answers, isOver) {
  const asked = [];
  let failed = false;
  const server = createServer((request, response) => {
    asked.push(request.headers["last-event-id"] ?? "none");
    const answer = answers[asked.length - 1] ?? "stays";
    if (answer === 503) return response.writeHead(503).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`retry: 50\nid: ${asked.length}\ndata: x\n\n`);
    if (answer === "ends") setTimeout(() => response.end(), 50);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const scope = effectScope();
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { status } = scope.run(() => useEventSource(url, [], { autoReconnect: { retries, delay: 50, onFailed: () => (failed = true) } }));
  for (let i = 0; i < 200 && !isOver({ asked, failed }); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 500));
  console.log(`retries: ${retries}, server: ${answers.join(" ")}: ${asked.length} requests, ids ${asked.join(" ")}, ${failed ? "gave up" : status.value}`);
  scope.stop();
  server.close();
  server.closeAllConnections();
}

await play(1, [503], ({ failed }) => failed);
await play(2, [503, 503], ({ failed }) => failed);
await play(3, ["ends", 503, "ends", 503, "ends", 503], ({ failed }) => failed);
await play(-1, ["ends", 503, "stays"], ({ asked }) => asked.length === 3);
process.exit();
END

cat > expected <<'END'
retries: 1, server: 503: 1 requests, ids none, gave up
retries: 2, server: 503 503: 2 requests, ids none none, gave up
retries: 3, server: ends 503 ends 503 ends 503: 6 requests, ids none 1 none 3 none 5, gave up
retries: -1, server: ends 503 stays: 3 requests, ids none 1 none, OPEN
END
node run.js | tee seen
cmp seen expected
