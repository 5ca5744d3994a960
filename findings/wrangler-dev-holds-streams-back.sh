#!/usr/bin/env bash
# Wrangler: `wrangler dev` packs a streamed answer whose type is text or JSON, and sends none of it until there is a lot.
#
# A worker that writes a line every 50 ms as `text/event-stream` or `application/x-ndjson` is heard line by line. The same stream as
# `text/plain` (as many send the words of a language model) or `application/json` arrives not at all for as long as one cares to wait, if
# the client accepts gzip, as every browser and every `fetch` does: the server compresses it without flushing, and only the ten bytes of a
# gzip header leave it. It says nothing about it. `Content-Encoding: identity` in the answer helps, or a type of the first kind.
#
# Exits with 0 if it is still so in this version, with 1 if not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --no-audit --no-fund --silent wrangler@4.164.0 node@24.21.0

cat > wrangler.jsonc <<'JSON'
{ "name": "lines", "main": "worker.js", "compatibility_date": "2026-07-01", "send_metrics": false }
JSON
cat > worker.js <<'JS'
export default {
  fetch(request) {
    const headers = Object.fromEntries(new URL(request.url).searchParams);
    let timer;
    const lines = new ReadableStream({
      start(controller) {
        let count = 0;
        timer = setInterval(() => controller.enqueue(new TextEncoder().encode(`data: ${count++}\n\n`)), 50);
      },
      cancel: () => clearInterval(timer),
    });
    return new Response(lines, { headers });
  },
};
JS
cat > listen.mjs <<'JS'
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { get, createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const free = createServer().listen(0, "127.0.0.1");
await new Promise((listening) => free.once("listening", listening));
const { port } = free.address();
await new Promise((closed) => free.close(closed));

const args = ["node_modules/wrangler/bin/wrangler.js", "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
const wrangler = spawn(process.execPath, args, { detached: true, stdio: "ignore" });
process.on("exit", () => process.kill(-wrangler.pid, "SIGKILL"));

/** How many bytes of the body there are after two seconds, as they come from the socket. */
const bytes = (query, encoding) =>
  new Promise((resolve, reject) => {
    const asked = get({ host: "127.0.0.1", port, path: `/?${query}`, headers: { "accept-encoding": encoding } }, (answer) => {
      let count = 0;
      answer.on("data", (chunk) => (count += chunk.length)).on("error", () => {});
      setTimeout(() => {
        asked.destroy();
        resolve(count);
      }, 2000);
    });
    asked.on("error", reject);
  });

for (let attempt = 0; ; attempt++) {
  try {
    await bytes("", "identity");
    break;
  } catch (error) {
    if (attempt === 300) throw error;
    await sleep(100);
  }
}
const { version } = JSON.parse(readFileSync("node_modules/wrangler/package.json"));
console.log(`Wrangler ${version}; bytes after two seconds`);
let isSo = true;
for (const [type, isHeld] of [["text/event-stream", false], ["application/x-ndjson", false], ["text/plain", true], ["application/json", true]]) {
  const query = `content-type=${type}`;
  const seen = [await bytes(query, "identity"), await bytes(query, "gzip"), await bytes(`${query}&content-encoding=identity`, "gzip")];
  console.log(`${type}: ${seen[0]}; to a client that accepts gzip ${seen[1]}; with content-encoding: identity ${seen[2]}`);
  isSo &&= seen[0] > 200 && (isHeld ? seen[1] < 30 : seen[1] > 200);
}
process.exit(isSo ? 0 : 1);
JS
node_modules/.bin/node listen.mjs
