// Makes `dist/` of `js/`, once WebAssembly is in `js/generated`.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** Names of the seams between the modules, which nobody outside sees: 0.1 kB. */
const INTERNAL = [
  ...["say", "words", "string", "offer", "connection", "listen", "connect", "after", "ask", "check"],
  ...["announce", "asks", "peeked", "uptime", "heard", "hearsAll", "comment", "deliver", "diagnose", "hasRoom", "makeRoom", "isCrowded"],
  ...["steer", "listenToAll", "watchPage", "eventTypes", "forSession", "isPlain", "hasBody", "providers", "judge", "peek", "chunk"],
];

const ENTRIES = ["index", "inline", "slim", "store", "page", "react", "vue", "testing"];

/** Frameworks that render on a server ask for it in the first line of a file with hooks. */
const DIRECTIVES = { "react.js": '"use client";\n' };

/** What stands for the names of the chunks with the core until they are known. */
const CHUNKS = { wasm: "the chunk with the bytes", plain: "the chunk in JavaScript" };

// Deflated before it becomes base64, in which nothing can be found again: a fifth less is sent.
const deflated = readFileSync("js/generated/core.deflated", "base64");
writeFileSync("js/generated/wasm.js", `export const deflated = "${deflated}";\n`);

// What binaryen makes of the module for pages without WebAssembly: made when it is asked for, and with its old memory gone when
// it grows, as that of WebAssembly is.
const raw = readFileSync("js/generated/plain.raw.js", "utf8");
const [before] = raw.split("\nvar retasmFunc");
const made = before.replace("buffer = newBuffer;", "structuredClone(buffer, { transfer: [buffer] });\n$&");
if (before === raw || made === before) throw new Error("wasm2js makes something else now.");
const { code } = await transform(`${made}\nexport const make = () => asmFunc({});`, { minify: true, format: "esm", target: "es2022" });
writeFileSync("js/generated/plain.js", code);

rmSync("dist", { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints: ENTRIES.map((name) => `js/${name}.ts`),
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  chunkNames: "chunks/[name]-[hash]",
  external: ["react", "vue"],
  // Left for bundlers of apps to replace: esbuild would by itself.
  define: { "process.env.NODE_ENV": "process.env.NODE_ENV" },
  legalComments: "none",
  // Names stay, so that people can read it and bundlers find what they have to keep.
  minifySyntax: true,
  mangleProps: new RegExp(`^(${INTERNAL.join("|")})$`),
  // With the sources in them: `js/` is not published.
  sourcemap: true,
  write: false,
  plugins: [{ name: "one chunk of bytes", setup: importBytesByName }],
});
const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
const named = Object.entries(CHUNKS).map(([name, text]) => [text, basename([...texts.keys()].find((path) => new RegExp(`/${name}-\\w+\\.js$`).test(path)))]);
for (const [path, text] of texts) {
  if (path.endsWith(".map")) continue;
  mkdirSync(dirname(path), { recursive: true });
  const directive = DIRECTIVES[basename(path)] ?? "";
  // An import that names nothing would only keep an order, which matters to no module here, and bundlers warn of it. (Its line
  // stays, for the source map.)
  const linked = named.reduce((text, [name, chunk]) => text.replace(name, `./chunks/${chunk}`), text);
  const code = directive + linked.replaceAll(/^import "[^"]+";$/gm, "");
  const map = JSON.parse(texts.get(`${path}.map`));
  const isWritten = map.sources.length && !map.sources[0].includes("/generated/");
  writeFileSync(path, isWritten ? code : code.replace(/\/\/# sourceMappingURL=.*\n/, ""));
  if (isWritten) writeFileSync(`${path}.map`, JSON.stringify({ ...map, mappings: directive.replaceAll(/[^\n]/g, "").replaceAll("\n", ";") + map.mappings }));
}

/**
 * The entry in one piece imports the chunk that the other loads later. Left alone, esbuild would make two of it, one behind the
 * other, for all.
 */
function importBytesByName({ onResolve }) {
  onResolve({ filter: /\/(wasm|plain)\.js$/ }, ({ kind, path }) =>
    kind === "import-statement" ? { path: CHUNKS[basename(path, ".js")], external: true } : undefined,
  );
}

// For tools that look for files in place of reading `exports`: Parcel 2, unless it is told otherwise, and TypeScript's old ways.
for (const name of ENTRIES.slice(1)) {
  mkdirSync(name, { recursive: true });
  const pointer = { type: "module", main: `../dist/${name}.js`, types: `../dist/${name}.d.ts` };
  writeFileSync(join(name, "package.json"), `${JSON.stringify(pointer)}\n`);
}
copyFileSync("js/generated/core.wasm", "dist/core.wasm");
// What it is, a url or a module, the bundler decides.
writeFileSync("dist/core.wasm.d.ts", "declare const core: any;\nexport default core;\n");

const tsc = createRequire(import.meta.url).resolve("typescript/package.json").replace("package.json", "bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "."], { stdio: "inherit" });
