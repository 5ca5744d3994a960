#!/bin/sh
# PocketBase's JavaScript SDK, `subscribe`, two surprises around a server that is away for a moment:
#
# - A `subscribe` that was rejected has left its callback behind. Whoever tries again, as one does after a rejection, hears each event
#   twice from then on.
# - While the SDK reconnects, `await subscribe(…)` resolves at once, before the server knows of it. "Subscribe, then load the list", which is
#   written so that nothing can fall between the two, has a gap there.
#
# Why it matters: counters count twice, rows appear twice, or a change is missed, and only after an outage.
# Prints what happens, and fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts pocketbase@0.28.1 eventsource@4.0.0
echo "pocketbase 0.28.1, eventsource 4.0.0, Node $(node --version)"

cat > run.js <<'END'
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { EventSource } from "eventsource";
import PocketBase from "pocketbase";

globalThis.EventSource = EventSource;

// The realtime API: a stream that says who its client is, and a POST of what that client wants to hear.
let refusals = 1;
let stream;
let wanted = [];
const server = createServer(async (request, response) => {
  if (request.method === "POST") {
    wanted = (await json(request)).subscriptions;
    return response.writeHead(204).end();
  }
  if (refusals-- > 0) return response.writeHead(503).end();
  wanted = [];
  stream = response;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write('id:me\nevent:PB_CONNECT\ndata:{"clientId":"me"}\n\n');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const pocketbase = new PocketBase(`http://127.0.0.1:${server.address().port}`);
const heard = [];
const listen = () => pocketbase.collection("prices").subscribe("*", ({ record }) => heard.push(record.id));
await listen().then(
  () => console.log("first subscribe: resolved"),
  () => console.log("first subscribe, answered 503: rejected"),
);
await listen();
stream.write('id:me\nevent:prices/*\ndata:{"action":"create","record":{"id":"a"}}\n\n');
for (let i = 0; i < 100 && !heard.length; i++) await sleep(20);
await sleep(200);
console.log(`second subscribe: resolved; one event was sent, heard ${heard.length} times`);

refusals = 2;
stream.destroy();
for (let i = 0; i < 100 && pocketbase.realtime.isConnected; i++) await sleep(20);
wanted = [];
await pocketbase.collection("orders").subscribe("*", () => {});
console.log(`subscribe while it reconnects: resolved, connected ${pocketbase.realtime.isConnected}, the server knows of ${wanted.length} subscriptions`);
for (let i = 0; i < 200 && wanted.length < 2; i++) await sleep(50);
console.log(`later: connected, the server knows of ${wanted.length}`);
process.exit();
END

cat > expected <<'END'
first subscribe, answered 503: rejected
second subscribe: resolved; one event was sent, heard 2 times
subscribe while it reconnects: resolved, connected false, the server knows of 0 subscriptions
later: connected, the server knows of 2
END
node run.js | tee seen
cmp seen expected
