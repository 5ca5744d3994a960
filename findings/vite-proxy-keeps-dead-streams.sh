#!/usr/bin/env bash
# Vite: its development proxy keeps a client's stream open when the server behind it dies.
#
# `server.proxy` passes on the body of an answer as it comes. If the server behind is killed, resets the connection, or ends it in the
# middle of a chunked body, the client hears nothing of it: its answer is neither ended nor broken off, it only falls silent, for ever. A page
# whose event stream goes by way of the proxy does not notice that the server was started again, which in development is what
# happens all day. (Without a proxy the client sees a broken connection at once. So it does with
# `configure: (proxy) => proxy.on("proxyRes", (from, _, to) => from.on("close", () => to.destroy()))`.)
#
# Exits with 0 if it is still so in these versions, with 1 if not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > proxy.mjs <<'JS'
import { createServer as serve, request } from "node:http";
import { readFileSync } from "node:fs";
import { createServer } from "vite";

let socket;
const behind = serve((request, response) => {
  ({ socket } = response);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: 1\n\n");
});
await new Promise((listening) => behind.listen(0, "127.0.0.1", listening));
const target = `http://127.0.0.1:${behind.address().port}`;
const configure = (proxy) => proxy.on("proxyRes", (from, _, to) => from.on("close", () => to.destroy()));
const server = { host: "127.0.0.1", port: 0, hmr: false, proxy: { "/plain": target, "/told": { target, configure } } };
const vite = await createServer({ configFile: false, logLevel: "silent", optimizeDeps: { noDiscovery: true }, server });
await vite.listen();
console.log(`Vite ${JSON.parse(readFileSync("node_modules/vite/package.json")).version}, Node ${process.version}`);

/** What a client sees of an answer when the connection behind goes. */
const see = (port, path, how) =>
  new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path }, (answer) => {
      answer.once("data", () => socket[how]());
      answer.on("end", () => resolve("ended"));
      answer.on("error", () => resolve("broken"));
    });
    asked.on("error", () => resolve("broken"));
    asked.end();
    setTimeout(() => resolve("open, after three seconds"), 3000);
  });

const { port } = vite.httpServer.address();
let isSo = true;
for (const how of ["destroy", "resetAndDestroy", "end"]) {
  const seen = [await see(behind.address().port, "/", how), await see(port, "/plain", how), await see(port, "/told", how)];
  console.log(`socket.${how}() behind: without a proxy ${seen[0]}; with it ${seen[1]}; told to pass it on ${seen[2]}`);
  isSo &&= seen.join() === "broken,open, after three seconds,broken";
}
process.exit(isSo ? 0 : 1);
JS
for version in 7.3.8 8.4.0; do
  rm -rf node_modules
  echo '{ "private": true, "type": "module" }' > package.json
  npm install --no-audit --no-fund --no-package-lock --silent "vite@$version"
  node proxy.mjs
done
