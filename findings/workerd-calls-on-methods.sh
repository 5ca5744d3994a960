#!/usr/bin/env bash
# workerd: every `EventTarget` calls a method whose name is `on` and the type of the event.
#
# By the standard `dispatchEvent` calls what was given to `addEventListener`, and nothing else (DOM, 2.9). Attributes like
# `onmessage` are made by each class that has them: they register a listener (HTML, 8.1.8.1). In workerd `EventTarget` itself looks for
# a property `on…` of whatever it dispatches at, also on an object of a subclass of your own. A class that makes its `on…` attributes as
# the standard says calls each handler twice there, and a mere method with such a name is called by an event that nobody listens to.
# Browsers, Node, Deno and Bun do neither.
#
# Exits with 0 if it is still so in this version, with 1 if not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --no-audit --no-fund --silent workerd@1.20261117.1

cat > bell.mjs <<'JS'
/** A class with a handler, as those of browsers are made. */
class Bell extends EventTarget {
  #handler = null;
  constructor() {
    super();
    this.addEventListener("ring", (event) => this.#handler?.call(this, event));
  }
  get onring() {
    return this.#handler;
  }
  set onring(handler) {
    this.#handler = handler;
  }
}

/** A class that happens to have a method of that name. */
class Door extends EventTarget {
  onopen() {
    opened++;
  }
}

let rung = 0;
let opened = 0;
const bell = new Bell();
bell.onring = () => rung++;
bell.dispatchEvent(new Event("ring"));
new Door().dispatchEvent(new Event("open"));
export const seen = () => `the handler is called ${rung}x, the method ${opened}x`;
export default { fetch: () => new Response(seen()) };
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "bell.mjs", esModule = embed "bell.mjs")],
  compatibilityDate = "2026-07-01",
);
CAPNP
cat > compare.mjs <<'JS'
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

import { seen } from "./bell.mjs";

const here = seen();
const { version } = JSON.parse(readFileSync("node_modules/workerd/package.json"));
const args = ["serve", "config.capnp", "--control-fd=1"];
const workerd = spawn("node_modules/.bin/workerd", args, { detached: true });
workerd.stderr.pipe(process.stderr);
const [line] = await once(workerd.stdout, "data");
const there = await (await fetch(`http://127.0.0.1:${JSON.parse(line).port}/`)).text();
process.kill(-workerd.pid);
console.log(`Node ${process.version}: ${here}`);
console.log(`workerd ${version}: ${there}`);
process.exit(here === "the handler is called 1x, the method 0x" && there === "the handler is called 2x, the method 1x" ? 0 : 1);
JS
node compare.mjs
