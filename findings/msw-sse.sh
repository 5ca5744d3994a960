#!/bin/sh
# MSW 2, the `sse` handler, surprises for whoever tests how an app lives with streams that break:
#
# - `client.send(…); client.error()`: nothing of what was sent arrives, the break overtakes it. A test of "three events, then a break" tests a break
#   alone. (With `close()` in its place all arrives.) What the reader gets as the reason is `undefined`.
# - `server.connect()`, the way to the real server, forwards neither `Last-Event-ID` nor `Authorization`: a stream that is resumed begins where the
#   server pleases, and what is behind a login answers 401, only while MSW is between.
# - Of a server whose lines end in CR LF, as the standard allows, `server.connect()` delivers nothing at all. Of a payload whose first line is empty that
#   line is lost.
#
# Why it matters: it is the tool that is to show how an app behaves, and the app behaves otherwise without it.
# Prints what happens, and fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts msw@2.15.0
echo "msw 2.15.0, Node $(node --version)"

cat > run.js <<'END'
import { createServer } from "node:http";

// `sse` refuses to be called where there is none; nothing here uses it.
globalThis.EventSource ??= class {};
const { sse } = await import("msw");
const { setupServer } = await import("msw/node");

let asked;
const upstream = createServer((request, response) => {
  asked = request.headers;
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (request.url === "/lf") response.write("data: x\n\n");
  if (request.url === "/crlf") response.write("data: x\r\n\r\n");
  if (request.url === "/empty-line") response.write("data:\ndata: x\n\n");
});
await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const real = `http://127.0.0.1:${upstream.address().port}`;
const send = (client) => [1, 2, 3].forEach((number) => client.send({ data: number }));
const mock = setupServer(
  sse(`${real}/*`, ({ server }) => void server.connect()),
  sse("http://127.0.0.1:1/error", ({ client }) => (send(client), client.error())),
  sse("http://127.0.0.1:1/close", ({ client }) => (send(client), client.close())),
);
mock.listen();

/** Reads what comes within a second, in the bytes that came. */
async function read(url) {
  let text = "";
  try {
    const headers = { accept: "text/event-stream", "last-event-id": "7", authorization: "Bearer x" };
    const { body } = await fetch(url, { headers });
    const reader = body.getReader();
    const late = new Promise((resolve) => setTimeout(resolve, 1000, { done: true }));
    for (let part; !(part = await Promise.race([reader.read(), late])).done; ) text += new TextDecoder().decode(part.value);
    return JSON.stringify(text);
  } catch (reason) {
    return `${JSON.stringify(text)}, then it threw ${reason}`;
  }
}

console.log(`send, send, send, close: ${await read("http://127.0.0.1:1/close")}`);
console.log(`send, send, send, error: ${await read("http://127.0.0.1:1/error")}`);
console.log(`connect: ${await read(`${real}/lf`)}`);
console.log(`connect, headers that the server got: last-event-id ${asked["last-event-id"]}, authorization ${asked.authorization}`);
console.log(`connect, CR LF: ${await read(`${real}/crlf`)}`);
console.log(`connect, an empty first line: ${await read(`${real}/empty-line`)}`);
process.exit();
END

cat > expected <<'END'
send, send, send, close: "data:1\n\ndata:2\n\ndata:3\n\n"
send, send, send, error: "", then it threw undefined
connect: "data:x\n\n"
connect, headers that the server got: last-event-id undefined, authorization undefined
connect, CR LF: ""
connect, an empty first line: "data:x\n\n"
END
node run.js | tee seen
cmp seen expected
