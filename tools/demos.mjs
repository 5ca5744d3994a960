// Makes the pages of `demo/` that stand on the npm package, as an app of its users would be made. The first argument is the
// folder to serve.

import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [site] = process.argv.slice(2);

const PAGES = { react: ["main.tsx"], vue: ["main.ts"], "drop-in": ["main.ts", "worker.ts"] };

for (const [page, files] of Object.entries(PAGES)) {
  rmSync(join(site, page), { recursive: true, force: true });
  await build({
    entryPoints: files.map((file) => `demo/${page}/${file}`),
    outdir: join(site, page),
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
  });
  copyFileSync(`demo/${page}/index.html`, join(site, page, "index.html"));
}
