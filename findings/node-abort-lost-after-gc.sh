#!/usr/bin/env bash
# Node: a `fetch` that was given a `Request` cannot be aborted any more once the garbage collector has been by.
#
# `fetch(url, { signal })` and `fetch(new Request(url, { signal }))` are the same by the standard (Fetch, 5.6): when the signal is
# aborted, the body that is being read fails with an AbortError and the connection is closed. In Node only the first is so for as
# long as the body is read. With the second, if the program keeps the controller, its signal and the reader, but not the request
# (who would?), a garbage collection between the answer and the abort makes `controller.abort()` do nothing at all: the read
# that is pending stays pending, and the server keeps the connection. For an event stream, which is read for hours, that is the
# rule and no accident. Holding the request helps.
#
# Exits with 0 if it is still so in this version, with 1 if not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --no-audit --no-fund --silent node@26.10.0

cat > abort.mjs <<'JS'
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const held = [];
const ways = {
  "fetch(url, { signal })": (url, signal) => fetch(url, { signal }),
  "fetch(new Request(url, { signal }))": (url, signal) => fetch(new Request(url, { signal })),
  "the same, and the request is held": (url, signal) => fetch(held[0] = new Request(url, { signal })),
};
const expected = ["AbortError, and the server is rid of it", "nothing happens", "AbortError, and the server is rid of it"];

/** What happens at an abort after a collection. */
async function abort(ask) {
  const { promise: gone, resolve: close } = Promise.withResolvers();
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": hello\n\n");
    request.on("close", close);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const controller = new AbortController();
  const { signal } = controller;
  const reader = await (async () => (await ask(`http://127.0.0.1:${server.address().port}/`, signal)).body.getReader())();
  await reader.read();
  const pending = reader.read().then(() => "a value", (error) => error.name);
  for (let round = 0; round < 10; round++) {
    gc();
    await sleep(20);
  }
  controller.abort();
  const both = Promise.all([pending, gone]).then(([name]) => `${name}, and the server is rid of it`);
  const what = await Promise.race([both, sleep(2000, "nothing happens")]);
  server.closeAllConnections();
  server.close();
  // Both are needed until here.
  void [reader, signal.aborted];
  return what;
}

console.log(`Node ${process.version}`);
const seen = [];
for (const [name, ask] of Object.entries(ways)) {
  seen.push(await abort(ask));
  console.log(`${name}: ${seen.at(-1)}`);
}
process.exit(seen.join() === expected.join() ? 0 : 1);
JS
node_modules/.bin/node --expose-gc abort.mjs
