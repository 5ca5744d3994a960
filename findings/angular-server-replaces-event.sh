#!/usr/bin/env bash
# Angular: rendering a page on a server replaces `Event` and `CustomEvent` for the whole Node process, for good.
#
# The first page that `@angular/platform-server` renders puts the event classes of its DOM (Domino) on `globalThis`. `EventTarget`
# stays Node's own, which takes none of them: from then on `target.dispatchEvent(new Event("x"))`, in any code of the process and
# however far from Angular, throws "must be an instance of Event. Received an instance of Event". A library that makes its events
# when it needs them works until somebody opens a page.
#
# Exits with 0 if it is still so in this version, with 1 if not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
packages=()
for name in common compiler core platform-browser platform-server; do packages+=("@angular/$name@22.2.0"); done
npm install --no-audit --no-fund --silent "${packages[@]}" rxjs@7.8.2 tslib@2.9.1 node@24.21.0

cat > render.mjs <<'JS'
import "@angular/compiler";
import { Component, VERSION } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { provideServerRendering, renderApplication } from "@angular/platform-server";

const names = ["Event", "CustomEvent", "MessageEvent", "EventTarget"];
const before = names.map((name) => globalThis[name]);

function dispatch() {
  try {
    return String(new EventTarget().dispatchEvent(new Event("x")));
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

console.log(`Node ${process.version}, Angular ${VERSION.full}`);
const first = dispatch();
console.log(`before a page: ${first}`);
const App = Component({ selector: "app-root", template: "<p>A page</p>" })(class {});
const bootstrap = (context) => bootstrapApplication(App, { providers: [provideServerRendering()] }, context);
const html = await renderApplication(bootstrap, { document: "<app-root></app-root>", url: "/" });
const second = dispatch();
console.log(`after ${html.includes("<p>A page</p>") ? "a page" : "no page"}: ${second}`);
const replaced = names.filter((name, index) => globalThis[name] !== before[index]);
console.log(`replaced: ${replaced.join(", ")}`);
const isSo = first === "true" && /^TypeError: .*must be an instance of Event. Received an instance of Event/.test(second) && replaced.join() === "Event,CustomEvent";
process.exit(isSo ? 0 : 1);
JS
node_modules/.bin/node render.mjs
