// What the tests of the packed package have in common: apps are put in a folder, built, started, and judged by the server's journal.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";

import { Scene } from "../e2e/harness/index.mjs";
import { startProcess } from "../e2e/harness/process.mjs";
import { until } from "../e2e/harness/wait.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const HERE = join(ROOT, "tests", "packaging");

/** The apps that need packages of their own are played, too. */
export const ALL = process.env.EVERSTREAM_PACKAGING === "all";

/** Events a second. */
export const RATE = 50;

/** npm, also where it is not on `PATH`. */
export const NPM = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];

/** What every app imports. */
const SHARED = ["seen.js", "follow.js"];

/** Puts what `npm pack` packs into a folder. */
export async function unpack(into) {
  const folder = mkdtempSync(join(tmpdir(), "everstream-packed-"));
  try {
    const output = await run(ROOT, [...NPM, "pack", "--json", "--pack-destination", folder]);
    const [{ filename, files }] = JSON.parse(output.slice(output.indexOf("[")));
    const isMeant = /^((dist|docs)\/|(inline|page|react|slim|store|testing|vue)\/package\.json$|package\.json$|README\.md$|LICENSE|CHANGELOG)/;
    assert.deepEqual(files.map(({ path }) => path).filter((path) => !isMeant.test(path)), [], "nothing else is packed");
    rmSync(into, { recursive: true, force: true });
    mkdirSync(into, { recursive: true });
    await run(ROOT, ["tar", "-xzf", join(folder, filename), "--strip-components=1", "-C", into]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lays the files of an app anew into a folder, those of the later parts over those of the earlier. What is in its `node_modules` stays. */
export function lay(folder, ...parts) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name !== "node_modules") rmSync(join(folder, name), { recursive: true });
  for (const part of parts) cpSync(join(HERE, part), folder, { recursive: true });
  for (const name of SHARED) cpSync(join(HERE, name), join(folder, name));
}

/** Puts recipes of the documentation into a folder, without their types. */
export async function recipes(folder, names) {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const { code } = await transform(readFileSync(join(ROOT, `tests/recipes/${name}.ts`), "utf8"), { loader: "ts" });
    writeFileSync(join(folder, `${name}.js`), code);
  }
}

/** Installs what an app's `package.json` asks for, unless that has been done. */
export async function install(folder) {
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  const stamp = join(folder, "node_modules", ".everstream-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  await run(folder, [...NPM, "install", "--no-package-lock", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, wanted);
}

/** Runs a program in a folder and returns what it printed. */
export function run(folder, [program, ...args], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let [output, complaint] = ["", ""];
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (complaint += text));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${(complaint + output).slice(-3000)}`)),
    );
  });
}

/** Starts a server of an app's own on a free port, which `command` is told, and waits until it answers. */
export async function serve(folder, command, env = () => ({})) {
  const port = await freePort();
  const [program, ...args] = command(port);
  const server = await startProcess(program, args, env(port), [], { cwd: folder });
  const url = `http://127.0.0.1:${port}/`;
  let complaint = "";
  server.child.stderr.on("data", (text) => (complaint = (complaint + text).slice(-2000)));
  for (let attempt = 0; ; attempt++) {
    try {
      await fetch(url);
      return { url, stop: () => server.kill() };
    } catch (error) {
      if (attempt < 600 && server.child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      await server.kill();
      throw new Error(`${[program, ...args].join(" ")} does not answer: ${complaint}`, { cause: error });
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

/** The address of a feed that begins with what comes next. */
export async function feed(server, origin, run) {
  return `${origin}/events?run=${run}&retry=500&from=${await server.latest()}`;
}

/**
 * Opens an app in the browser, kills the server, and judges what the app saw by the server's journal. The feed is of another origin than
 * the app, unless `origin` says which.
 */
export async function receives(harness, run, address, { transport, reason, origin = harness.server.crossOrigin }) {
  const url = new URL(address, `${harness.server.origin}/`);
  url.searchParams.set("feed", await feed(harness.server, origin, run));
  const page = await harness.openPage(url.href);
  try {
    await follows(harness, run, page, { transport, reason });
  } finally {
    await harness.browser.openPage("about:blank");
  }
}

/** The same of a page, or of what speaks like one, that is open. */
export async function follows(harness, run, page, { transport, reason } = {}) {
  const scene = new Scene(harness, page, run);
  await page.untilSeen(({ ids }) => ids.length >= RATE, "a second of events", 60_000);
  const { state } = await page.seen();
  if (transport) assert.equal(state.transport, transport);
  if (reason) assert.equal(state.transportReason, reason);
  await harness.server.kill();
  try {
    await page.untilSeen(({ state }) => state.name !== "open", "the page notices");
  } finally {
    await harness.server.restart();
  }
  await scene.more(RATE, 30_000);
  await scene.judge();
  const { heard, handled } = await page.seen();
  assert.equal(handled, heard, "`onmessage` is called once for each event");
}

/** What is no page, but says on a line of its own, again and again, what it has seen. */
export class Lines {
  #latest = null;
  #end;

  /** A program that prints. */
  static async program(folder, [program, ...args]) {
    const { child, kill } = await startProcess(program, args, {}, [], { cwd: folder });
    let complaint = "";
    child.stderr.on("data", (text) => (complaint = (complaint + text).slice(-2000)));
    return new Lines(child.stdout, kill, () => complaint);
  }

  /** A server that answers in lines. */
  static async answer(url) {
    const controller = new AbortController();
    // Packed, they would come when there is enough of them.
    const { body, status } = await fetch(url, { signal: controller.signal, headers: { "accept-encoding": "identity" } });
    assert.equal(status, 200);
    return new Lines(body, () => controller.abort(), () => "");
  }

  constructor(input, end, complaint) {
    this.#end = end;
    this.complaint = complaint;
    void this.#read(input);
  }

  async #read(input) {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const bytes of input) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
        rest = lines.pop();
        for (const line of lines) if (line.startsWith("{")) this.#latest = JSON.parse(line);
      }
    } catch {
      // Its end is seen by what does not come any more.
    }
  }

  async seen() {
    return this.#latest;
  }

  async untilSeen(is, what, timeout) {
    await until(() => this.#latest && is(this.#latest), () => `${what}; seen: ${JSON.stringify(this.#latest)?.slice(0, 1000)} ${this.complaint()}`, timeout);
    return this.#latest;
  }

  async stop() {
    await this.#end();
  }
}
