// Makes `dist/` of `js/`, once WebAssembly is in `js/generated`.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** Names of the seams between the modules, which nobody outside sees: 0.1 kB. */
const INTERNAL = [
  ...["say", "words", "string", "offer", "connection", "listen", "connect", "after", "ask", "check"],
  ...["announce", "heard", "heardFrom", "hearsAll", "comment", "deliver", "diagnose", "hasRoom", "makeRoom", "isCrowded"],
  ...["steer", "listenToAll", "watchPage", "eventTypes", "forSession", "isPlain", "hasBody", "providers", "judge", "peek", "chunk"],
];

const ENTRIES = ["index", "slim", "store", "react", "vue", "testing"];

// Deflated before it becomes base64, in which nothing can be found again: a fifth less is sent.
const deflated = readFileSync("js/generated/core.deflated", "base64");
writeFileSync("js/generated/wasm.js", `export const deflated = "${deflated}";\n`);

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
  legalComments: "none",
  // Names stay, so that people can read it and bundlers find what they have to keep.
  minifySyntax: true,
  mangleProps: new RegExp(`^(${INTERNAL.join("|")})$`),
  write: false,
});
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  // An import that names nothing would only keep an order, which matters to no module here, and bundlers warn of it.
  writeFileSync(path, text.replaceAll(/^import "[^"]+";\n/gm, ""));
}
copyFileSync("js/generated/core.wasm", "dist/core.wasm");

const tsc = createRequire(import.meta.url).resolve("typescript/package.json").replace("package.json", "bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "."], { stdio: "inherit" });
