// A folder in which the packed package stands beside the libraries, as in an app: what a test writes there can import both.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { atExit } from "../e2e/harness/cleanup.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = join(ROOT, "tests", "libraries");
const PINNED = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const DOC = "inside-libraries";

/** Makes the folder. `names` are the packages of `package.json` that are needed. */
export async function openWorkshop(names = Object.keys(PINNED.dependencies)) {
  const folder = mkdtempSync(join(HERE, "build-"));
  const remove = atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "everstream"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const installed = await install(names);
  for (const name of readdirSync(installed)) if (!name.startsWith(".")) symlinkSync(join(installed, name), join(modules, name));
  await unpack(folder, join(modules, "everstream"));
  let count = 0;

  const path = (code) => {
    const file = join(folder, `module-${++count}.mjs`);
    writeFileSync(file, code);
    return file;
  };
  return {
    folder,
    remove,
    /** A folder in it, with files. */
    lay(name, files) {
      const inner = join(folder, name);
      mkdirSync(inner);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(inner, file), text);
      return inner;
    },
    /** Runs code as a module in this process, and returns what it exports. */
    run: (code) => import(path(code)),
    /** What TypeScript has to say against pieces of code: nothing. */
    async check(pieces) {
      const types = join(folder, "types");
      mkdirSync(types);
      pieces.forEach((code, index) => writeFileSync(join(types, `block-${index}.ts`), `${code}\nexport {};`));
      const lib = ["es2022", "dom", "dom.iterable", "esnext.disposable"];
      // Without the last, parameters in the documentation would need types, and what has none could not be imported.
      const compilerOptions = { strict: true, noEmit: true, skipLibCheck: true, target: "es2022", module: "esnext", moduleResolution: "bundler", preserveSymlinks: true, types: [], lib, noImplicitAny: false };
      writeFileSync(join(types, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
      await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", types], ROOT);
    },
    /** Makes a script for a page of code. */
    async bundle(code, options = {}) {
      const settings = { bundle: true, write: false, format: "esm", logLevel: "error", preserveSymlinks: true, define: { "process.env.NODE_ENV": '"production"' } };
      const { outputFiles } = await build({ entryPoints: [path(code)], ...settings, ...options });
      return outputFiles[0].text;
    },
  };
}

/** The blocks of a file of the documentation, or of the README. */
function blocksOf(doc) {
  const path = doc === "README" ? "README.md" : `docs/${doc}.md`;
  return [...readFileSync(join(ROOT, path), "utf8").matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language, code]) => ({ language, code }));
}

/** The one block of the documentation with this text in it, with urls of a server's in place of those relative to the page. */
export function block(text, origin, doc = DOC) {
  const found = blocksOf(doc).filter(({ code }) => code.includes(text));
  if (found.length !== 1) throw new Error(`${doc} has ${found.length} blocks with ${text} in them`);
  return origin ? found[0].code.replaceAll('"/', `"${origin}/`) : found[0].code;
}

/** All blocks, as pieces of code. */
export const allBlocks = () => blocksOf(DOC).map(({ code }) => code);

/** The blocks that no test of these files asks for by a text. */
export function unusedBlocks(files, doc = DOC) {
  const calls = files.flatMap((file) => [...readFileSync(join(HERE, file), "utf8").matchAll(/\b(?:block|kit)\("([^"]+)"/g)].map(([, text]) => text));
  return blocksOf(doc).filter(({ code }) => !calls.some((text) => code.includes(text)));
}

/** Installs the packages into a folder of the cache that is named after their versions, unless that has been done. */
async function install(names) {
  const dependencies = Object.fromEntries(names.toSorted().map((name) => [name, PINNED.dependencies[name] ?? missing(name)]));
  const manifest = JSON.stringify({ private: true, dependencies });
  const cache = join(process.env.EVERSTREAM_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "everstream"), "libraries");
  const folder = join(cache, createHash("sha256").update(manifest).digest("hex").slice(0, 16));
  if (existsSync(folder)) return join(folder, "node_modules");
  mkdirSync(cache, { recursive: true });
  // Half of it must never be taken for the whole, so it gets its name when it is whole.
  const installing = mkdtempSync(`${folder}.installing-`);
  try {
    writeFileSync(join(installing, "package.json"), manifest);
    await npm(["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"], installing);
    if (!existsSync(folder)) renameSync(installing, folder);
  } finally {
    rmSync(installing, { recursive: true, force: true });
  }
  return join(folder, "node_modules");
}

function missing(name) {
  throw new Error(`tests/libraries/package.json has no ${name}`);
}

/** Puts what `npm pack` packs into a folder. */
async function unpack(folder, target) {
  const output = await npm(["pack", "--json", "--pack-destination", folder], ROOT);
  const [{ filename }] = JSON.parse(output.slice(output.indexOf("[")));
  await run("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", target], folder);
}

function npm(args, cwd) {
  const [program, ...rest] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  return run(program, [...rest, ...args], cwd);
}

/** Runs a program and returns what it printed. */
export function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let [output, complaint] = ["", ""];
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (complaint += text));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${(complaint + output).slice(-3000)}`)),
    );
  });
}
