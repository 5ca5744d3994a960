// The packed package in apps of its users: each receives a live stream from the demo server, which is killed and started
// again meanwhile. `EVERSTREAM_PACKAGING=all` adds the apps that need packages of their own.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { build as esbuild } from "esbuild";

import { startHarness, until } from "../e2e/harness/index.mjs";
import { openExtension } from "./extension.mjs";
import { ALL, feed, follows, HERE, install, lay, RATE, receives, recipes, ROOT, run, serve, unpack } from "./tools.mjs";

/** Below the project, so that what its own apps are built with is found. */
const BUILD = join(HERE, "build");

let harness;

before(async () => {
  rmSync(BUILD, { recursive: true, force: true });
  mkdirSync(BUILD, { recursive: true });
  if (ALL) {
    cpSync(join(HERE, "package.json"), join(BUILD, "package.json"));
    await install(BUILD);
  } else {
    writeFileSync(join(BUILD, "package.json"), '{ "private": true, "type": "module" }');
  }
  const packed = join(BUILD, "node_modules/everstream");
  await unpack(packed);
  for (const app of ["node", "plain", "vite", "webpack", "next", "worker", "service-worker", "csp", "esbuild", "extension"]) lay(join(BUILD, app), app);
  // These pages are served as they are, with the package beside them.
  for (const app of ["plain", "service-worker", "csp", "extension"]) cpSync(packed, join(BUILD, app, "node_modules/everstream"), { recursive: true });
  harness = await startHarness({ rate: RATE, site: BUILD });
});
after(() => harness?.stop());

describe("Node", () => {
  test("receives a stream", async () => {
    const output = await node("node", "main.js", `${harness.server.origin}/events?run=node`);
    const { ids, lost, doubled } = JSON.parse(output);
    assert.ok(ids.length >= 30);
    assert.deepEqual([lost, doubled], [0, 0]);
  });
  test("imports it where there are no message events, as on servers at the edge", async () => {
    const lines = ["delete globalThis.MessageEvent;", 'const { EventSource } = await import("everstream");', "console.log(typeof MessageEvent, typeof EventSource);"];
    assert.equal((await node("node", "--input-type=module", "--eval", lines.join("\n"))).trim(), "undefined function");
  });
});

describe("Node, as a server that lives for long", () => {
  test("a url without a host needs a page, and the error says so", async () => {
    const lines = ['import { EventSource } from "everstream";', 'try { new EventSource("/relative"); } catch ({ name, message }) { console.log(name, message); }'];
    assert.match(await node("node", "--input-type=module", "--eval", lines.join("\n")), /^SyntaxError .*\/relative.*\bpage\b/);
  });
  test("what is closed lets its connection go, also after a garbage collection", async () => {
    const program = node("node", "--expose-gc", "collected.js", `${harness.server.origin}/events?run=collected`);
    const gone = until(async () => (await harness.server.journal("collected"))[0]?.how === "client", "the connection is gone", 15_000);
    assert.equal((await program).trim(), "closed\n0");
    await gone;
    const [{ ended, opened }] = await harness.server.journal("collected");
    assert.ok(ended - opened < 2000, `it was let go after ${ended - opened} ms, with the process`);
  });
});

describe("esbuild", () => {
  const build = (options) => esbuild({ entryPoints: [join(BUILD, "esbuild/main.js")], bundle: true, format: "esm", outdir: join(BUILD, "esbuild/dist"), ...options });
  const hasBytes = (file) => /[A-Za-z0-9+/]{9000}/.test(readFileSync(join(BUILD, "esbuild/dist", file), "utf8"));
  test("in one file", async () => {
    await build();
    assert.deepEqual(readdirSync(join(BUILD, "esbuild/dist")).map(hasBytes), [true]);
    await receives(harness, "esbuild", "esbuild/index.html", { transport: "eventsource" });
  });
  test("with `splitting`, WebAssembly is in a chunk of its own", async () => {
    await build({ splitting: true });
    assert.equal(hasBytes("main.js"), false);
    await receives(harness, "esbuild-split", "esbuild/index.html", { transport: "eventsource" });
  });
});

describe("plain module script", () => {
  test("receives a stream", () => receives(harness, "plain", "plain/index.html", { transport: "eventsource" }));
});

describe("Vite", () => {
  test("dev", async () => {
    const server = await serve(join(BUILD, "vite"), (port) => [process.execPath, bin("vite"), "--host", "127.0.0.1", "--port", String(port)]);
    await receives(harness, "vite-dev", server.url, { transport: "fetch" }).finally(server.stop);
  });
  test("build", async () => {
    await node("vite", bin("vite"), "build", "--base", "./");
    await receives(harness, "vite-build", "vite/dist/index.html", { transport: "fetch" });
    const chunks = readdirSync(join(BUILD, "vite/dist/assets")).map((file) => readFileSync(join(BUILD, "vite/dist/assets", file), "utf8"));
    const withBytes = chunks.filter((text) => /[A-Za-z0-9+/]{9000}/.test(text));
    assert.equal(withBytes.length, 1, "WebAssembly is in one chunk");
    assert.ok(!withBytes[0].includes("createRoot"), "of its own");
  });
});

describe("webpack", { skip: !ALL }, () => {
  test("build", async () => {
    await node("webpack", bin("webpack-cli/bin/cli.js", "webpack-cli"));
    cpSync(join(BUILD, "webpack/index.html"), join(BUILD, "webpack/dist/index.html"));
    await receives(harness, "webpack", "webpack/dist/index.html", { transport: "eventsource" });
  });
});

describe("Next", { skip: !ALL }, () => {
  let server;
  before(async () => {
    if (!ALL) return;
    const next = join(BUILD, "node_modules/next/dist/bin/next");
    await recipes(join(BUILD, "next/recipes"), ["redux", "zustand", "query"]);
    await node("next", next, "build");
    server = await serve(join(BUILD, "next"), (port) => [process.execPath, next, "start", "--hostname", "127.0.0.1", "--port", String(port)]);
  });
  after(() => server?.stop());

  test("is rendered on the server, and receives a stream in the browser", async () => {
    const html = await (await fetch(server.url)).text();
    assert.match(html, /<p id="state">closed<\/p>/);
    await receives(harness, "next", server.url, { transport: "fetch" });
  });

  test("docs/stores.md: the recipes are built and rendered on the server, and stream in the browser", async () => {
    const url = `${server.url}recipes`;
    assert.match(await (await fetch(url)).text(), /<p id="redux"><\/p><p id="zustand"><\/p><p id="query"><\/p>/);
    await harness.browser.openPage(url);
    const texts = () => harness.browser.driver.executeScript("return [...document.querySelectorAll('p')].map((p) => p.textContent)");
    await until(async () => isDeepStrictEqual(await texts(), ["eggs,milk", "eggs,milk", "bread,eggs,milk"]), async () => `the to-dos: ${await texts()}`);
    await harness.browser.openPage("about:blank");
  });

  test("a stream in a layout: pages are not held up, and come on the same connection", async () => {
    const url = new URL("rooms/one", server.url);
    url.searchParams.set("feed", await feed(harness.server, harness.server.crossOrigin, "next-rooms"));
    const page = await harness.openPage(url.href);
    try {
      await page.untilSeen(({ ids, rooms }) => rooms && ids.length >= RATE, "a second of events", 60_000);
      for (const [at, room] of ["two", "three", "one"].entries()) {
        await page.click(room);
        await page.untilSeen(({ rooms }) => rooms.length > at + 1, `the page ${room}`);
      }
      const { rooms, lost, doubled } = await page.seen();
      assert.deepEqual([rooms.map(({ name }) => name), lost, doubled], [["one", "two", "three", "one"], 0, 0]);
      // It is React's own limit of 5 s where a stream holds it up.
      for (const { took } of rooms.slice(1)) assert.ok(took < 3_000, `a page came after ${took} ms`);
      assert.equal((await harness.server.journal("next-rooms")).length, 1);
    } finally {
      await harness.browser.openPage("about:blank");
    }
  });
});

describe("dedicated worker", { skip: !ALL }, () => {
  test("receives a stream", async () => {
    await node("worker", bin("vite"), "build", "--base", "./");
    await receives(harness, "worker", "worker/dist/index.html", { transport: "eventsource" });
  });
});

describe("service worker", () => {
  test("receives a stream with everstream/inline", () =>
    receives(harness, "service-worker", "service-worker/index.html?worker=inline.js", { transport: "eventsource", reason: "cross-origin" }));
  test("where import() is refused, that is said, and what to import", async () => {
    const page = await harness.openPage("service-worker/index.html?worker=import.js&feed=/events?run=import");
    const { errors } = await page.untilSeen(({ errors }) => errors.length, "the error");
    assert.deepEqual(errors.map(({ kind, willRetry }) => [kind, willRetry]), [["unsupported", false]]);
    assert.match(errors[0].message, /import\(\) is disallowed .*: see everstream\/inline$/);
  });
});

describe("extension (Manifest V3)", { skip: !ALL }, () => {
  const receivesIn = async (run, folder, expected) => {
    const query = new URLSearchParams({ feed: await feed(harness.server, harness.server.crossOrigin, run) });
    const { page, stop } = await openExtension(folder, `index.html?${query}`);
    await follows(harness, run, page, expected).finally(stop);
  };
  test("its service worker receives a stream", () => receivesIn("extension", join(BUILD, "extension"), { transport: "eventsource", reason: "cross-origin" }));
  test("without 'wasm-unsafe-eval' in its manifest the core runs in JavaScript, and nothing is missing", async () => {
    const folder = join(BUILD, "extension-no-wasm");
    cpSync(join(BUILD, "extension"), folder, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    delete manifest.content_security_policy;
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    await receivesIn("extension-no-wasm", folder, { transport: "eventsource", reason: "cross-origin" });
  });
});

describe("content security policy", { skip: !ALL }, () => {
  test("that allows WebAssembly", () => receives(harness, "csp", "csp/strict.html", { transport: "eventsource", reason: "cross-origin" }));
  test("that does not: the core runs in JavaScript, and nothing is missing", () =>
    receives(harness, "csp-no-wasm", "csp/no-wasm.html", { transport: "eventsource", reason: "cross-origin" }));
  test("a chunk that is not there for a while is asked for again", async () => {
    const lost = join(BUILD, "lost");
    cpSync(join(BUILD, "csp"), lost, { recursive: true });
    const dist = join(lost, "node_modules/everstream/dist");
    cpSync(join(BUILD, "node_modules/everstream/dist"), dist, { recursive: true });
    const chunks = readdirSync(join(dist, "chunks")).filter((file) => file.startsWith("wasm-"));
    for (const file of chunks) rmSync(join(dist, "chunks", file));
    const comesBack = setTimeout(() => {
      for (const file of chunks) cpSync(join(BUILD, "node_modules/everstream/dist/chunks", file), join(dist, "chunks", file));
    }, 5000);
    await receives(harness, "lost-chunk", "lost/strict.html", { transport: "eventsource", reason: "cross-origin" });
    clearTimeout(comesBack);
  });
});

/** Runs Node in an app's folder. */
function node(app, ...args) {
  return run(join(BUILD, app), [process.execPath, ...args]);
}

/** A program among the packages: those of this folder, else those of the project. */
function bin(name, folder = name) {
  const inside = { vite: "vite/bin/vite.js" }[name] ?? name;
  const found = [BUILD, ROOT].map((root) => join(root, "node_modules", inside)).find(existsSync);
  assert.ok(found, `${folder} is not installed`);
  return found;
}
