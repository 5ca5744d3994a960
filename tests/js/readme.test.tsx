// @vitest-environment jsdom
// @vitest-environment-options { "url": "http://example.org/" }

// The code of README's JavaScript part, taken out of it and run.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { World } from "everstream/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import * as vue from "vue";
import { compileScript, parse } from "vue/compiler-sfc";

const README = readFileSync("README.md", "utf8");
const FOLDER = join("tests", "js", ".readme");

let world: World;

beforeAll(() => mkdirSync(FOLDER, { recursive: true }));
beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  world = await World.start();
});
afterEach(() => {
  world.stop();
  vi.unstubAllGlobals();
});
afterAll(() => expect(used.size).toBe(blocks.length));

const blocks = [...README.slice(0, README.indexOf("## Rust")).matchAll(/```(jsx?|vue)\n([^]*?)```/g)].map(([, language, code]) => ({ language, code: code! }));
const used = new Set<string>();

/** The block with this text in it. */
function block(text: string): string {
  const found = blocks.filter(({ code }) => code.includes(text));
  expect(found).toHaveLength(1);
  used.add(found[0]!.code);
  return found[0]!.code;
}

/** Runs code as a module. What it does not define is global. */
async function run(name: string, code: string) {
  const path = join(FOLDER, `${name}.jsx`);
  writeFileSync(path, `/* @jsxRuntime automatic */ ${code}`);
  return import(/* @vite-ignore */ `${process.cwd()}/${path}`);
}

test("TypeScript takes all of them: the hooks' with its strictest settings, the others as JavaScript", { timeout: 60_000 }, () => {
  const folder = join(FOLDER, "types");
  mkdirSync(folder, { recursive: true });
  for (const [at, { language, code }] of blocks.entries()) {
    const script = language === "vue" ? parse(code).descriptor.scriptSetup!.content : code;
    const isHooks = code.includes("useEventSource(");
    writeFileSync(join(folder, `${at}.${isHooks ? "tsx" : language}`), `${script}\nexport {};\n`);
  }
  const said = "declare const token: any, show: any, expect: any, test: any, beforeEach: any, afterEach: any;";
  writeFileSync(join(folder, "globals.d.ts"), said);
  writeFileSync(join(folder, "prices.d.ts"), "export declare const Prices: any;");
  const compilerOptions = {
    ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"] },
    ...{ jsx: "react-jsx", types: ["react"], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true },
  };
  // (Parameters of JavaScript have no types.)
  const configs = { hooks: { include: ["*.tsx", "*.d.ts"], compilerOptions }, rest: { include: ["*.js", "*.jsx", "*.d.ts"], compilerOptions: { ...compilerOptions, checkJs: true, noImplicitAny: false } } };
  for (const [name, config] of Object.entries(configs)) {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(config));
    const { stdout, status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", path], { encoding: "utf8" });
    expect([name, stdout, status]).toEqual([name, "", 0]);
  }
});

test("the first lines", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const { source } = await run("first", `${block("instead of the browser's own")}\nexport { source };`);
  const request = await world.request();
  request.respond(503);
  await world.advance(1000);
  (await world.request()).open().send({ data: "hello", id: "1" });
  source.close();
  expect(log.mock.calls).toEqual([["connecting"], ["waiting"], ["status 503", true], ["connecting"], ["open"], ["1", "hello"], ["closed"]]);
  log.mockRestore();
});

test("beyond the browser's class", async () => {
  const seen: unknown[] = [];
  vi.stubGlobal("token", async (fresh: boolean) => (fresh ? "new" : "old"));
  vi.stubGlobal("show", (type: string, data: unknown) => seen.push([type, data]));
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const code = block("asked for each attempt").replace("const source", "globalThis.source").replaceAll("of source", "of globalThis.source");
  const running = run("beyond", code);
  await vi.waitFor(() => expect(world.requests).toHaveLength(1));
  (await world.request()).respond(401);
  await world.settled();
  const request = await world.request();
  expect(request.headers.get("authorization")).toBe("Bearer new");
  request.open().send({ type: "price", data: "[1]" }, { data: "?" });
  await world.settled();
  (globalThis as unknown as { source: EventSource }).source.close();
  await running;
  expect([seen, warn.mock.calls.length]).toEqual([[["price", [1]]], 1]);
  warn.mockRestore();
});

test("React, and the test of it, twice in one file", { timeout: 60_000 }, () => {
  const folder = join(FOLDER, "kit");
  mkdirSync(folder, { recursive: true });
  const kit = block("no network, and a clock of its own");
  writeFileSync(join(folder, "prices.jsx"), block("export function Prices()"));
  // (`import` goes where it likes; the rest is there again.)
  writeFileSync(join(folder, "prices.test.jsx"), `${kit}\ndescribe("again", () => {\n${kit.replaceAll(/^(import|let) .*\n/gm, "")}});\n`);
  const config = { oxc: { jsx: { runtime: "automatic" } }, test: { environment: "jsdom", globals: true } };
  writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify(config)};\n`);
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(process.cwd(), "node_modules/vitest/vitest.mjs"), "run", "--no-color"], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  expect([stdout.includes("Tests  2 passed"), stderr, status], stdout).toEqual([true, "", 0]);
});

test("Vue", async () => {
  const { descriptor } = parse(block("<script setup>"));
  const { content } = compileScript(descriptor, { id: "readme", inlineTemplate: true });
  const { default: Room } = await run("vue", content);
  const place = document.createElement("div");
  const app = vue.createApp(Room, { room: "kitchen" });
  app.mount(place);
  const request = await world.request();
  expect(request.url).toBe("http://example.org/rooms/kitchen");
  request.open().send({ data: "tea?" }, { data: "yes" });
  await world.advance(16);
  await vue.nextTick();
  expect(place.textContent).toBe("opentea?yes");
  app.unmount();
});

test("an answer of a language model", async () => {
  const { answer } = await run("answer", `${block("[DONE]")}\nexport { answer };`);
  const reading = (async () => {
    const words: string[] = [];
    for await (const word of answer([{ role: "user", content: "?" }])) words.push(word);
    return words;
  })();
  const request = await world.request();
  expect([request.method, JSON.parse(request.body as string).stream]).toEqual(["POST", true]);
  const delta = (content: string) => ({ data: JSON.stringify({ choices: [{ delta: { content } }] }) });
  request.open().send(delta("Hello"), delta(" there"), { data: "[DONE]" }).end();
  expect((await reading).join("")).toBe("Hello there");
  expect(request.isLive).toBe(false);
});
