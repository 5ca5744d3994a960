// The drop-in class against the browser's own, in the browser, by the standard.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "../e2e/harness/browser.mjs";
import { environment } from "../e2e/harness/environment.mjs";
import { CASES } from "./cases.mjs";
import { startServers } from "./server.mjs";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

let servers;
let browser;
let folder;

before(async () => {
  servers = await startServers(DIST);
  folder = mkdtempSync(join(tmpdir(), "everstream-conformance-"));
  browser = await Browser.start({ ...environment(), folder });
  await browser.driver.manage().setTimeouts({ script: 20_000 });
});
after(async () => {
  await browser?.stop();
  servers?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe("the browser's own class", () => {
  for (const [name, { run, expected }] of Object.entries(CASES)) test(name, async () => assert.deepEqual(await play(run, "native"), expected));
});

describe("the drop-in class", () => {
  for (const [name, { run, expected, own = expected, why }] of Object.entries(CASES))
    test(name, async () => assert.deepEqual(await play(run, "default"), own, why));
});

describe("the drop-in class, with the standard's retries", () => {
  for (const [name, { run, expected, own = expected, why, byDefaultAlone }] of Object.entries(CASES))
    test(name, async () => assert.deepEqual(await play(run, "standard"), byDefaultAlone ? expected : own, why));
});

describe("in a worker", () => {
  for (const [name, isNative] of [["the browser's own class", true], ["the drop-in class", false]]) {
    test(name, async () => {
      await browser.openPage(`${servers.origins[0]}/?worker`);
      const seen = await browser.driver.executeAsyncScript(
        `const [isNative, done] = arguments;
        const worker = new Worker("/deep/worker.js", { type: "module" });
        worker.onmessage = ({ data }) => done(data);
        worker.onerror = ({ message }) => done(message);
        worker.postMessage(isNative);`,
        isNative,
      );
      assert.deepEqual(seen, [true, "SyntaxError", "/stream", "x", true, 2]);
    });
  }
});

/** Runs a case in a fresh page. */
async function play(run, which) {
  await browser.openPage(`${servers.origins[0]}/?${which}`);
  const [outcome, value] = await browser.driver.executeAsyncScript(IN_PAGE, run.toString(), which, servers.origins[1]);
  if (outcome === "error") throw new Error(value);
  return value;
}

const IN_PAGE = `
  const [text, which, other, done] = arguments;
  const native = globalThis.EventSource;
  (async () => {
    const { EventSource: dropIn, init } = await import("/package/index.js");
    await init();
    const standard = which === "standard" ? { retry: { on: "standard" } } : undefined;
    // With the standard's retries every source has them, as far as it says nothing else.
    const standardClass = new Proxy(dropIn, { construct: (target, args, self) => {
      const merged = args.length > 0 && (args[1] == null || typeof args[1] === "object") ? [args[0], { ...standard, ...args[1] }] : args;
      return Reflect.construct(target, merged, self === standardClass ? target : self);
    } });
    const EventSource = which === "native" ? native : which === "standard" ? standardClass : dropIn;
    const run = Math.random().toString(36).slice(2);
    const text_ = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value));
    const url = ({ key = Math.random(), ...query }) => "/stream?" + new URLSearchParams({ key: run + key, ...Object.fromEntries(Object.entries(query).map(([name, value]) => [name, text_(value)])) });
    const asked = async (key) => (await fetch("/asked?key=" + run + key)).json();
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const collect = (body, show = ({ data }) => data) => new Promise((resolve) => {
      const source = new EventSource(url({ body }));
      const seen = [];
      source.onmessage = (event) => {
        seen.push(show(event));
        if (event.data === "end") source.close(), resolve(seen);
      };
    });
    const value = await eval(text)({ EventSource, url, asked, wait, collect, other });
    done(["value", value ?? null]);
  })().catch((error) => done(["error", String(error && error.stack || error)]));
`;
