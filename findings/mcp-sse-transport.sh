#!/bin/sh
# The SSE client transport of the MCP TypeScript SDK, two surprises when a stream breaks:
#
# - It reconnects, but without `Last-Event-ID`, though the server gives ids and the `eventsource` package under it would send the last one: the
#   transport hands its own headers to `fetch` in place of those that it was given. A server that could resume is never asked to.
# - A request that was under way is neither answered nor rejected: the loss is told to `onerror`, and the request waits for its own time-out, by
#   default a minute.
#
# Why it matters: messages of a server with a log are lost at each break, and a user waits a minute for what is known to be lost at once.
# Prints what happens, and fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @modelcontextprotocol/sdk@1.32.2 eventsource@3.0.7
echo "@modelcontextprotocol/sdk 1.32.2, eventsource 3.0.7, Node $(node --version)"

cat > run.js <<'END'
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { EventSource } from "eventsource";

const asked = [];
let stream;
const server = createServer(async (request, response) => {
  if (request.method === "POST") {
    const { id, method, params } = await json(request);
    response.writeHead(202).end("Accepted");
    if (method === "initialize") {
      const result = { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "server", version: "1" } };
      stream.write(`id: 7\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
    }
    if (method === "ping") stream.destroy();
    return;
  }
  asked.push(request.headers["last-event-id"] ?? "none");
  stream = response;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("retry: 50\nevent: endpoint\ndata: /messages\n\n");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = new URL(`http://127.0.0.1:${server.address().port}/sse`);

const client = new Client({ name: "client", version: "1" });
let told = 0;
client.onerror = () => told++;
await client.connect(new SSEClientTransport(url));
const before = Date.now();
const outcome = await client.ping({ timeout: 4000 }).then(
  () => "answered",
  ({ code }) => `error ${code}${Date.now() - before >= 3900 ? ", when its own time was over" : " at once"}`,
);
console.log(`the SDK: ids asked for ${asked.join(" ")}; errors told ${told}; the request under way: ${outcome}`);
await client.close();

// The package that it stands on, by itself, with the same server.
asked.length = 0;
const source = new EventSource(url);
await new Promise((resolve) => source.addEventListener("endpoint", resolve));
stream.write("id: 7\ndata: x\n\n");
await new Promise((resolve) => (source.onmessage = resolve));
stream.destroy();
for (let i = 0; i < 200 && asked.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 20));
console.log(`eventsource alone: ids asked for ${asked.join(" ")}`);
process.exit();
END

cat > expected <<'END'
the SDK: ids asked for none none; errors told 1; the request under way: error -32001, when its own time was over
eventsource alone: ids asked for none 7
END
node run.js | tee seen
cmp seen expected
