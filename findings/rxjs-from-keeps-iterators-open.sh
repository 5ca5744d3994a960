#!/bin/sh
# RxJS: unsubscribing from `from(asyncIterable)` does not end the iterator. Its `return()` is called when the next value has come, and
# not before: of a stream that is quiet, never. What stands behind it (a request, a file, a timer) stays open, and a value that comes
# later is taken out of it and thrown away. `take(1)` ends in time only because its value is that next one.
#
# Why it matters: `switchMap(() => from(stream))` over a quiet feed leaves one connection open for each switch.
# Prints what came, and fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts rxjs@7.8.2
echo "rxjs 7.8.2, Node $(node --version)"

cat > run.js <<'END'
import { createServer } from "node:http";
import { from, Subject, switchMap } from "rxjs";

let open = 0;
const server = createServer((request, response) => {
  open++;
  response.on("close", () => open--);
  response.writeHead(200, { "content-type": "text/plain" }).write("first");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

/** The chunks of a body; leaving it ends the request. (By hand, so that `return()` could end it at any time.) */
function chunks() {
  const abort = new AbortController();
  const reader = fetch(`http://127.0.0.1:${server.address().port}`, { signal: abort.signal }).then(({ body }) => body.getReader());
  return {
    next: async () => (await reader).read().catch(() => ({ value: undefined, done: true })),
    return: async () => (abort.abort(), { value: undefined, done: true }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
const rest = () => new Promise((go) => setTimeout(go, 300));

const rooms = new Subject();
const subscription = rooms.pipe(switchMap(() => from(chunks()))).subscribe();
for (let room = 1; room <= 5; room++) {
  rooms.next(room);
  await rest();
}
const afterSwitches = open;
subscription.unsubscribe();
await rest();
console.log(`5 rooms, one after the other: ${afterSwitches} requests are open; after unsubscribe(): ${open}`);

const iterator = chunks();
await iterator.next();
await iterator.return();
await rest();
console.log(`one that is left by its return(): ${open - 5} more`);
process.exit(afterSwitches === 5 && open === 5 ? 0 : 1);
END
node run.js
