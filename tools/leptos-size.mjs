// What a hook adds to the download of an empty Leptos app: gzipped WebAssembly, from the files named as arguments (the app
// without a hook, with the peer's, with everstream's). `--readme` puts the figures there.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const [empty, peer, ours] = process.argv.slice(2, 5).map((path) => gzipSync(readFileSync(path), { level: 9 }).length);
const APPS = { "an empty Leptos app": empty, "leptos-use-event-source 0.20.1 adds": peer - empty, "everstream adds": ours - empty };

for (const [name, gzip] of Object.entries(APPS)) console.log(`${name.padEnd(36)} ${String(gzip).padStart(7)} bytes, gzipped`);

const MARKS = ["<!-- leptos sizes -->\n", "<!-- /leptos sizes -->"];
if (process.argv.includes("--readme")) {
  const readme = join(fileURLToPath(new URL("..", import.meta.url)), "README.md");
  const [before, rest] = readFileSync(readme, "utf8").split(MARKS[0]);
  const rows = Object.entries(APPS).map(([name, gzip]) => `| ${name} | ${(gzip / 1000).toFixed(1)} |\n`);
  const table = `| | kB |\n|---|---|\n${rows.join("")}`;
  writeFileSync(readme, `${before}${MARKS[0]}${table}${rest.slice(rest.indexOf(MARKS[1]))}`);
}
