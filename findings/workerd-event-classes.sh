#!/usr/bin/env bash
# workerd: `new MessageEvent(type)` throws, and every `EventTarget` calls a method that is called `on` and the type.
#
# By the standard (DOM, HTML 9.1) the second argument of `MessageEvent` may be left out, and `dispatchEvent` calls what was given to
# `addEventListener`, and nothing else: `onmessage` is something that each class with such handlers does by itself. In workerd the
# argument must be there, and `EventTarget` looks for a property `on…` of whatever it dispatches at, also on objects of a subclass that is
# nobody's but yours. A class that has handlers of its own, as the standard says they are made, calls each twice.
#
# Exits with 0 if it is still so in this version, with 1 if not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --no-audit --no-fund --silent miniflare@4.20260730.0 node@24.21.0

cat > events.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Miniflare } from "miniflare";

/** The same in both. */
const source = `
  function make(...rest) {
    try {
      return new MessageEvent("message", ...rest).type;
    } catch (error) {
      return error.name + ": " + error.message;
    }
  }
  let calls = 0;
  class Bell extends EventTarget {
    onring() {
      calls++;
    }
  }
  new Bell().dispatchEvent(new Event("ring"));
  const seen = { "new MessageEvent(type)": make(), "new MessageEvent(type, {})": make({}), "calls of onring": calls };
`;
const { version } = JSON.parse(readFileSync("node_modules/workerd/package.json"));
const script = `${source}; export default { fetch: () => Response.json(seen) };`;
const miniflare = new Miniflare({ modules: true, script, compatibilityDate: "2026-07-01", host: "127.0.0.1", port: 0 });
const here = new Function(`${source}; return seen`)();
const there = await (await fetch(await miniflare.ready)).json();
await miniflare.dispose();
console.log(`Node ${process.version}:`, here);
console.log(`workerd ${version}:`, there);
const isSo = here["calls of onring"] === 0 && there["calls of onring"] === 1 && there["new MessageEvent(type)"].startsWith("TypeError");
process.exit(isSo ? 0 : 1);
JS
node_modules/.bin/node events.mjs
