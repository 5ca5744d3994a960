// What a page downloads for each entry point, and for the peers: an app that imports it, bundled as apps are (esbuild,
// minified, split), each file gzipped, all of them added up. `--json FILE` writes the figures, too, and `--readme` puts them there.

import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** In bytes: what a page pays at most for changing one import. */
const BUDGET = 20_500;
const DROP_IN = "everstream: EventSource";
const UNUSED = "nothing of it used";

const APPS = {
  [DROP_IN]: 'import { EventSource } from "everstream"; new EventSource("/events");',
  "everstream: stream": 'import { stream } from "everstream"; for await (const { data } of stream("/answer")) console.log(data);',
  "everstream/slim + core.wasm": 'import { EventSource, init } from "everstream/slim"; import core from "everstream/core.wasm"; init(fetch(new URL(core, import.meta.url))); new EventSource("/events");',
  "everstream/react": 'import { useEventSource } from "everstream/react"; console.log(useEventSource);',
  "everstream/vue": 'import { useEventSource } from "everstream/vue"; console.log(useEventSource);',
  "everstream/store, beside the class": 'import { EventSource } from "everstream"; import { eventStore } from "everstream/store"; console.log(EventSource, eventStore);',
  [UNUSED]: 'import { EventSource, stream } from "everstream"; import { eventStore } from "everstream/store"; console.log(1);',
  "eventsource": 'import { EventSource } from "eventsource"; new EventSource("/events");',
  "eventsource-parser": 'import { createParser } from "eventsource-parser"; console.log(createParser);',
  "@microsoft/fetch-event-source": 'import { fetchEventSource } from "@microsoft/fetch-event-source"; fetchEventSource("/events", {});',
  "event-source-polyfill": 'import { EventSourcePolyfill } from "event-source-polyfill"; new EventSourcePolyfill("/events");',
};

const figures = [];
for (const [name, code] of Object.entries(APPS)) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outdir: "out",
    write: false,
    external: ["react", "vue"],
    loader: { ".wasm": "file" },
    logLevel: "error",
    metafile: true,
  });
  const loaded = downloads(metafile);
  const files = outputFiles.filter(({ path }) => loaded.has(relative(ROOT, path))).map(({ contents }) => ({ bytes: contents.length, gzip: gzipSync(contents, { level: 9 }).length }));
  const sum = (key) => files.reduce((sum, file) => sum + file[key], 0);
  figures.push({ name, files: files.length, bytes: sum("bytes"), gzip: sum("gzip") });
}

/** What a page that starts with the app loads sooner or later: bundlers also write chunks that nothing asks for. */
function downloads({ outputs }) {
  const [entry] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === "<stdin>");
  const found = new Set();
  const follow = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: imported, external } of outputs[path]?.imports ?? [])
      if (!external && !/\/plain-[\w-]+\.js$/.test(imported)) follow(imported);
  };
  follow(entry);
  return found;
}

const width = Math.max(...figures.map(({ name }) => name.length));
console.log(`${"".padEnd(width)}  files    bytes   gzip`);
for (const { name, files, bytes, gzip } of figures)
  console.log(`${name.padEnd(width)}  ${String(files).padStart(5)}  ${String(bytes).padStart(7)}  ${String(gzip).padStart(5)}`);

const json = process.argv.indexOf("--json");
if (json > 0) writeFileSync(process.argv[json + 1], `${JSON.stringify(figures, null, 2)}\n`);
const { gzip } = figures.find(({ name }) => name === DROP_IN);
if (gzip > BUDGET) {
  console.error(`The drop-in is ${gzip - BUDGET} bytes over its budget of ${BUDGET}.`);
  process.exitCode = 1;
}
if (figures.find(({ name }) => name === UNUSED).bytes > 100) {
  console.error("What is imported and not used is not left out.");
  process.exitCode = 1;
}

const MARKS = ["<!-- sizes -->\n", "<!-- /sizes -->"];
if (process.argv.includes("--readme")) {
  const readme = join(ROOT, "README.md");
  const [before, rest] = readFileSync(readme, "utf8").split(MARKS[0]);
  const after = rest.slice(rest.indexOf(MARKS[1]));
  const rows = figures.map(({ name, gzip }) => `| ${name} | ${(gzip / 1000).toFixed(1)} |\n`).join("");
  writeFileSync(readme, `${before}${MARKS[0]}| | kB |\n|---|---|\n${rows}${after}`);
}
