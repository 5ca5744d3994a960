// Bundles the worker as wrangler does, and serves it.

import { readFileSync } from "node:fs";

import { build } from "esbuild";
import { Miniflare } from "miniflare";

await build({ entryPoints: ["worker.js"], bundle: true, format: "esm", outfile: "dist/worker.js", external: ["*.wasm"], logLevel: "warning" });
const modules = [
  { type: "ESModule", path: "worker.js", contents: readFileSync("dist/worker.js", "utf8") },
  { type: "CompiledWasm", path: "everstream/core.wasm", contents: readFileSync("node_modules/everstream/dist/core.wasm") },
];
const miniflare = new Miniflare({ modules, compatibilityDate: "2026-07-01", host: "127.0.0.1", port: Number(process.argv[2]) });
await miniflare.ready;
