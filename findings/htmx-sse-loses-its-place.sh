#!/bin/sh
# htmx's SSE extension comes back by itself after a 503 (which `EventSource` takes for the end), but with a new source that knows nothing
# of the old one: no `Last-Event-ID` is sent, and a server that could replay what was missed is not asked to. After a mere break the engine
# itself reconnects, and nothing is missing. So the same page loses events or does not, by how the server was away.
#
# Why it matters: during a deploy that answers 503 for a moment a list on the page gets a hole, and nothing says so.
# Prints what came, and fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts htmx.org@2.0.11 htmx-ext-sse@2.2.4 jsdom@26.1.0 eventsource@4.0.0
echo "htmx.org 2.0.11, htmx-ext-sse 2.2.4, jsdom 26.1.0, eventsource 4.0.0, Node $(node --version)"

cat > run.js <<'END'
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { EventSource } from "eventsource";
import { JSDOM } from "jsdom";

const LAST = 8;

/** Eight events; the stream is cut after the third, and events 4 to 6 happen while the client is away. */
async function play(refuses) {
  const asked = [];
  let number = 0;
  const server = createServer((request, response) => {
    const id = request.headers["last-event-id"];
    asked.push(id ?? "none");
    if (refuses && asked.length === 2) return response.writeHead(503).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 50\n\n");
    const send = (number) => response.write(`id: ${number}\nevent: price\ndata: ${number}.\n\n`);
    if (id) for (let missed = Number(id) + 1; missed <= number; missed++) send(missed);
    const isFirst = asked.length === 1;
    const timer = setInterval(() => {
      if (number < LAST) send(++number);
      if (isFirst && number === 3) {
        clearInterval(timer);
        number = 6;
        setTimeout(() => response.destroy(), 50);
      }
    }, 50);
    response.once("close", () => clearInterval(timer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const list = '<p sse-swap="price" hx-swap="beforeend"></p>';
  const { window } = new JSDOM(`<body><div hx-ext="sse" sse-connect="${url}">${list}</div>`, { runScripts: "outside-only", url });
  window.EventSource = EventSource;
  window.console.error = () => {};
  // jsdom's own cannot do without an argument that is optional; it is only there for `hx-on:` attributes.
  window.XPathEvaluator = class {
    createExpression = () => ({ evaluate: () => ({ iterateNext: () => null }) });
  };
  for (const file of ["htmx.org/dist/htmx.js", "htmx-ext-sse/sse.js"]) window.eval(readFileSync(`node_modules/${file}`, "utf8"));
  const text = () => window.document.querySelector("p").textContent;
  for (let i = 0; i < 200 && !text().includes(`${LAST}.`); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(`${refuses ? "cut, then 503" : "cut"}: ids asked for ${asked.join(" ")}; on the page ${text()}`);
  window.close();
  server.close();
  server.closeAllConnections();
}

await play(false);
await play(true);
process.exit();
END

cat > expected <<'END'
cut: ids asked for none 3; on the page 1.2.3.4.5.6.7.8.
cut, then 503: ids asked for none 3 none; on the page 1.2.3.7.8.
END
node run.js | tee seen
cmp seen expected
