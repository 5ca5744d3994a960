// The packed package in apps of its users: each receives a live stream from the demo server, which is killed and started
// again meanwhile. `EVERSTREAM_PACKAGING=all` adds the apps that need packages of their own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Scene, startHarness } from "../e2e/harness/index.mjs";
import { startProcess } from "../e2e/harness/process.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = join(ROOT, "tests", "packaging");
/** Below the project, so that what its own apps are built with is found. */
const BUILD = join(HERE, "build");
const ALL = process.env.EVERSTREAM_PACKAGING === "all";
const RATE = 50;

let harness;

before(async () => {
  rmSync(BUILD, { recursive: true, force: true });
  mkdirSync(join(BUILD, "node_modules"), { recursive: true });
  if (ALL) await installPackages();
  await unpack();
  for (const app of ["node", "plain", "vite", "webpack", "next", "worker", "csp"]) {
    cpSync(join(HERE, app), join(BUILD, app), { recursive: true });
    for (const file of ["seen.js", "follow.js"]) cpSync(join(HERE, file), join(BUILD, app, file));
  }
  if (!ALL) writeFileSync(join(BUILD, "package.json"), '{ "private": true, "type": "module" }');
  harness = await startHarness({ rate: RATE, site: BUILD });
});
after(() => harness?.stop());

describe("Node", () => {
  test("receives a stream", async () => {
    const output = await run(process.execPath, ["main.js", `${harness.server.origin}/events?run=node`], "node");
    const { ids, lost, doubled } = JSON.parse(output);
    assert.ok(ids.length >= 30);
    assert.deepEqual([lost, doubled], [0, 0]);
  });
  test("imports it where there are no message events, as on servers at the edge", async () => {
    const lines = ["delete globalThis.MessageEvent;", 'const { EventSource } = await import("everstream");', "console.log(typeof MessageEvent, typeof EventSource);"];
    assert.equal((await run(process.execPath, ["--input-type=module", "--eval", lines.join("\n")], "node")).trim(), "undefined function");
  });
});

describe("plain module script", () => {
  test("receives a stream", () => receives("plain", "plain/index.html", { transport: "eventsource" }));
});

describe("Vite", () => {
  test("dev", async () => {
    const server = await serve("vite", [bin("vite"), "--host", "127.0.0.1", "--port"]);
    await receives("vite-dev", server.url, { transport: "fetch" }).finally(server.stop);
  });
  test("build", async () => {
    await run(process.execPath, [bin("vite"), "build", "--base", "./"], "vite");
    await receives("vite-build", "vite/dist/index.html", { transport: "fetch" });
    const chunks = readdirSync(join(BUILD, "vite/dist/assets")).map((file) => readFileSync(join(BUILD, "vite/dist/assets", file), "utf8"));
    const withBytes = chunks.filter((text) => /[A-Za-z0-9+/]{9000}/.test(text));
    assert.equal(withBytes.length, 1, "WebAssembly is in one chunk");
    assert.ok(!withBytes[0].includes("createRoot"), "of its own");
  });
});

describe("webpack", { skip: !ALL }, () => {
  test("build", async () => {
    await run(process.execPath, [bin("webpack-cli/bin/cli.js", "webpack-cli")], "webpack");
    cpSync(join(BUILD, "webpack/index.html"), join(BUILD, "webpack/dist/index.html"));
    await receives("webpack", "webpack/dist/index.html", { transport: "eventsource" });
  });
});

describe("Next", { skip: !ALL }, () => {
  test("is rendered on the server, and receives a stream in the browser", async () => {
    const next = join(BUILD, "node_modules/next/dist/bin/next");
    await run(process.execPath, [next, "build"], "next");
    const server = await serve("next", [next, "start", "--hostname", "127.0.0.1", "--port"]);
    try {
      const html = await (await fetch(server.url)).text();
      assert.match(html, /<p id="state">idle<\/p>/);
      await receives("next", server.url, { transport: "fetch" });
    } finally {
      await server.stop();
    }
  });
});

describe("dedicated worker", { skip: !ALL }, () => {
  test("receives a stream", async () => {
    await run(process.execPath, [bin("vite"), "build", "--base", "./"], "worker");
    await receives("worker", "worker/dist/index.html", { transport: "eventsource" });
  });
});

describe("content security policy", { skip: !ALL }, () => {
  test("that allows WebAssembly", () => receives("csp", "csp/strict.html", { transport: "eventsource", reason: "cross-origin" }));
  test("that does not: the browser's own takes its place, and the state says so", () =>
    receives("csp-no-wasm", "csp/no-wasm.html", { transport: "eventsource", reason: "no-wasm" }));
  test("a chunk that is lost after a deploy: likewise", async () => {
    const lost = join(BUILD, "lost");
    cpSync(join(BUILD, "csp"), lost, { recursive: true });
    const dist = join(lost, "node_modules/everstream/dist");
    cpSync(join(BUILD, "node_modules/everstream/dist"), dist, { recursive: true });
    for (const file of readdirSync(join(dist, "chunks"))) if (file.startsWith("wasm-")) rmSync(join(dist, "chunks", file));
    await receives("lost-chunk", "lost/strict.html", { transport: "eventsource", reason: "no-wasm" });
  });
});

/** Opens an app, kills the server, and judges what the app saw by the server's journal. */
async function receives(run, address, { transport, reason }) {
  const url = new URL(address, `${harness.server.origin}/`);
  url.searchParams.set("feed", `${harness.server.crossOrigin}/events?run=${run}&retry=500&from=${await harness.server.latest()}`);
  const page = await harness.openPage(url.href);
  const scene = new Scene(harness, page, run);
  try {
    await page.untilSeen(({ ids }) => ids.length >= RATE, "a second of events", 60_000);
    const { state } = await page.seen();
    assert.equal(state.transport, transport);
    if (reason) assert.equal(state.transportReason, reason);
    await harness.server.kill();
    try {
      await page.untilSeen(({ state }) => state.name !== "open", "the page notices");
    } finally {
      await harness.server.restart();
    }
    await scene.more(RATE, 30_000);
    await scene.judge();
  } finally {
    await harness.browser.openPage("about:blank");
  }
}

/** Puts what `npm pack` packs where the apps find it. */
async function unpack() {
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const [program, ...rest] = npm;
  const output = await run(program, [...rest, "pack", "--json", "--pack-destination", BUILD], "../../..");
  const [{ filename, files }] = JSON.parse(output.slice(output.indexOf("[")));
  assert.ok(files.every(({ path }) => /^(dist\/|docs\/|package\.json$|README\.md$|LICENSE|CHANGELOG)/.test(path)), "nothing else is packed");
  mkdirSync(join(BUILD, "node_modules/everstream"));
  await run("tar", ["-xzf", join(BUILD, filename), "--strip-components=1", "-C", join(BUILD, "node_modules/everstream")], ".");
  // The pages are served as they are, with the package beside them.
  for (const app of ["plain", "csp"])
    cpSync(join(BUILD, "node_modules/everstream"), join(BUILD, app, "node_modules/everstream"), { recursive: true });
}

async function installPackages() {
  cpSync(join(HERE, "package.json"), join(BUILD, "package.json"));
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  await run(npm[0], [...npm.slice(1), "install", "--no-package-lock", "--no-audit", "--no-fund"], ".");
}

/** A program among the packages: those of this folder, else those of the project. */
function bin(name, folder = name) {
  const inside = { vite: "vite/bin/vite.js" }[name] ?? name;
  const found = [BUILD, ROOT].map((root) => join(root, "node_modules", inside)).find(existsSync);
  assert.ok(found, `${folder} is not installed`);
  return found;
}

/** Starts a server of an app's own on a free port, and waits until it answers. */
async function serve(app, [script, ...args]) {
  const port = await freePort();
  const server = await startProcess(process.execPath, [script, ...args, String(port)], {}, [], { cwd: join(BUILD, app) });
  const url = `http://127.0.0.1:${port}/`;
  for (let attempt = 0; ; attempt++) {
    try {
      await fetch(url);
      return { url, stop: () => server.kill() };
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Runs a program in an app's folder and returns what it printed. */
function run(program, args, app) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: join(BUILD, app), stdio: ["ignore", "pipe", "pipe"] });
    let [output, complaint] = ["", ""];
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (complaint += text));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${(complaint + output).slice(-3000)}`)),
    );
  });
}
