// The packed package in apps that bring their own tools: each is built without any configuration for it, or with the line that
// docs/builds.md names, and receives a live stream. (`EVERSTREAM_PACKAGING=all`; the tools stay in the cache for the next run. `EVERSTREAM_APP` names one folder, for that alone.)

import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startHarness, until } from "../e2e/harness/index.mjs";
import { ALL, feed, follows, install, lay, Lines, RATE, receives, recipes, ROOT, run, serve, unpack } from "./tools.mjs";

/** Outside the project, so that no app finds a package or a setting of it. */
const BUILD = join(process.env.EVERSTREAM_CACHE ?? join(homedir(), ".cache", "everstream"), "packaging");
const PACKED = join(BUILD, "everstream");

let harness;

before(async () => {
  if (!ALL) return;
  await unpack(PACKED);
  harness = await startHarness({ rate: RATE, site: BUILD });
});
after(() => harness?.stop());

app("vite-7", "Vite 7", workers, ["vite-worker"]);
app("vite-8", "Vite 8", workers, ["vite-worker"]);

/** Workers are classic ones, in one file each, unless Vite is told otherwise. */
function workers(app) {
  const build = (...args) => app.run(app.bin("vite"), "build", "--base", "./", ...args);
  const expected = { transport: "eventsource", reason: "cross-origin" };
  test("a worker, with everstream/inline and without configuration", async () => {
    await build();
    await receives(harness, app.name, `${app.name}/dist/index.html`, expected);
  });
  test('a worker, with everstream and `worker: { format: "es" }`', async () => {
    await build("--config", "es.config.js");
    await receives(harness, `${app.name}-es`, `${app.name}/es/index.html`, expected);
  });
  test("a worker, with everstream and without configuration: not in Vite 7", async () => {
    const built = build("--config", "bare.config.js");
    if (app.name === "vite-7") return assert.rejects(built, /Invalid value "iife" for option "worker.format"|not supported/);
    await built;
    await receives(harness, `${app.name}-bare`, `${app.name}/bare-dist/index.html`, expected);
  });
  test("behind its proxy, which is told to pass on the end", async () => {
    const args = (port) => [app.bin("vite"), "--config", "proxy.config.js", "--host", "127.0.0.1", "--port", port];
    const server = await app.serve(args, () => ({ TARGET: harness.server.origin }));
    await receives(harness, `${app.name}-proxy`, server.url, { transport: "fetch", origin: "" }).finally(server.stop);
  });
}

// What is edited is another component, or the same one with another function; its stream goes on.
app("hmr", "Vite, while files are edited", (app) => {
  let server;
  before(async () => (server = await app.serve((port) => [app.bin("vite"), "--host", "127.0.0.1", "--port", port])));
  after(() => server?.stop());

  /** Makes changes to files one after the other, each of which the page has to show, with some events in between. */
  async function edited(name, changes, more = {}) {
    const url = new URL(`${name}.html`, server.url);
    url.searchParams.set("feed", await feed(harness.server, harness.server.crossOrigin, `hmr-${name}`));
    for (const [key, value] of Object.entries(more)) url.searchParams.set(key, value);
    const page = await harness.openPage(url.href);
    await page.untilSeen(({ ids }) => ids.length >= RATE, "a second of events", 60_000);
    for (const [file, from, to] of changes) {
      const { ids, updates = 0 } = await page.seen();
      const path = app.at(file);
      const text = readFileSync(path, "utf8");
      assert.ok(text.includes(from), `${file} has ${from} in it`);
      writeFileSync(path, text.replaceAll(from, to));
      await page.untilSeen((seen) => seen.updates > updates && seen.ids.length > ids.length + RATE, `${to}, and events go on`);
    }
    const { lost, doubled, ids, folded } = await page.seen();
    assert.deepEqual([lost, doubled, (await harness.server.journal(`hmr-${name}`)).length], [0, 0, 1]);
    assert.ok(folded > ids.length - RATE, `${folded} of ${ids.length} events are in the value`);
    const shown = await harness.browser.driver.executeScript("return document.querySelector('p').textContent");
    return { ...(await page.seen()), shown };
  }

  test("React Fast Refresh: a text, another reducer, one hook more", async () => {
    const { shown } = await edited("react", [
      ["Feed.jsx", "version 1", "version 2"],
      ["Feed.jsx", "(count) => count + 1", "(count) => 1 + count"],
      ["Feed.jsx", "version 2", "version 3"],
      ["Feed.jsx", "export function Feed() {", "export function Feed() {\n  useEffect(() => {}, []);"],
      ["Feed.jsx", "version 3", "version 4"],
    ]);
    assert.match(shown, /^version 4: /);
    await harness.browser.openPage("about:blank");
  });

  test("Vue: the template, the script, and a store of Pinia's", async () => {
    const todos = await feed(harness.server, harness.server.crossOrigin, "hmr-pinia");
    const { stored, pinia, shown } = await edited(
      "vue",
      [
        ["Feed.vue", "version 1", "version 2"],
        ["Feed.vue", '"script 1"', '"script 2"'],
        ["store.ts", "store 1", "store 2"],
        ["store.ts", "store 2", "store 3"],
        ["Feed.vue", "version 2", "version 3"],
      ],
      { todos },
    );
    assert.match(shown, /^version 3, script 2, store 3: /);
    const { length } = pinia;
    assert.deepEqual([stored, (await harness.server.journal("hmr-pinia")).length], ["open", 1]);
    assert.ok(length > RATE);
    assert.deepEqual(pinia, Array.from({ length }, (_, at) => pinia[0] + at), "each event is folded once");
    await harness.browser.openPage("about:blank");
  });
}, [], storeOfTheRecipe);

/** The recipe for Pinia, which tells what it folds. */
function storeOfTheRecipe(folder) {
  const text = readFileSync(join(ROOT, "tests/recipes/pinia.ts"), "utf8")
    .replace('"/todos"', 'new URLSearchParams(location.search).get("todos")')
    .replace("{ type, data, error }", "{ type, data, error, id }")
    .replace("error ||", "(saw(id, data), error) ||")
    .replace("{ todos,", '{ text: computed(() => "store 1"), todos,')
    .replace("effectScope, ref", "computed, effectScope, ref");
  const saw = 'import { seen } from "./seen.js";\nconst saw = (id: string, data: any) => String(data?.id) === id && (seen.pinia ??= []).push(Number(id));\n';
  writeFileSync(join(folder, "store.ts"), saw + text);
}

app("parcel", "Parcel", (app) => {
  test("build", async () => {
    await app.run(app.bin("parcel"), "build", "index.html", "inline.html", "--no-cache", "--public-url", "./");
    await receives(harness, "parcel", "parcel/dist/index.html", { transport: "eventsource" });
    const chunks = readdirSync(app.at("dist")).filter((file) => /^wasm-.*\.js$/.test(file));
    assert.equal(chunks.length, 1, "WebAssembly is in a chunk of its own");
  });
  test("everstream/inline, which it finds without `exports`", () => receives(harness, "parcel-inline", "parcel/dist/inline.html", { transport: "eventsource" }));
});

app("rspack", "Rspack", (app) => {
  test("build", async () => {
    await app.run(app.bin("rspack"), "build");
    cpSync(app.at("index.html"), app.at("dist/index.html"));
    await receives(harness, "rspack", "rspack/dist/index.html", { transport: "eventsource" });
  });
});

app("runtimes", "Runtimes", (app) => {
  const runtimes = {
    Node: ["node"],
    Deno: ["deno", "run", "--allow-net=127.0.0.1"],
    Bun: ["bun"],
  };
  for (const [name, [program, ...args]] of Object.entries(runtimes))
    test(name, async () => {
      const run = `runtime-${program}`;
      const page = await Lines.program(app.at("."), [app.bin(program), ...args, "main.js", await feed(harness.server, harness.server.origin, run)]);
      await follows(harness, run, page).finally(() => page.stop());
    });

  test("`bun build` makes one file, and with `--splitting` a chunk of its own for WebAssembly", async () => {
    const build = async (...args) => {
      await run(app.at("."), [app.bin("bun"), "build", "main.js", "--outdir", "dist", ...args]);
      return /[A-Za-z0-9+/]{9000}/.test(readFileSync(app.at("dist/main.js"), "utf8"));
    };
    assert.deepEqual([await build(), await build("--splitting")], [true, false]);
  });
});

app("nuxt", "Nuxt", (app) => {
  let server;
  before(async () => {
    await app.run("node_modules/nuxt/bin/nuxt.mjs", "build");
    server = await app.serve(() => [".output/server/index.mjs"], (port) => ({ PORT: String(port), HOST: "127.0.0.1" }));
  });
  after(() => server?.stop());

  test("is rendered on the server, and receives a stream in the browser", async () => {
    await rendered("nuxt", server, { transport: "fetch" });
  });

  test("docs/stores.md: the recipe for Pinia is rendered on the server, and streams in the browser", async () => {
    assert.match(await (await fetch(server.url)).text(), /<ul>(<!--.*?-->)*<\/ul>/);
    await harness.browser.openPage(server.url);
    const text = () => harness.browser.driver.executeScript("return document.querySelector('ul').textContent");
    await until(async () => (await text()) === "milk", text);
    await harness.browser.openPage("about:blank");
  });
}, [], (folder) => recipes(join(folder, "recipes"), ["pinia"]));

app("sveltekit", "SvelteKit", (app) => {
  test("is rendered on the server, and receives a stream in the browser", async () => {
    await app.run(app.bin("vite"), "build");
    const server = await app.serve(() => ["build/index.js"], (port) => ({ PORT: String(port), HOST: "127.0.0.1" }));
    await rendered("sveltekit", server, { transport: "fetch" }).finally(server.stop);
  });
});

app("astro", "Astro", (app) => {
  test("build", async () => {
    await app.run("node_modules/astro/bin/astro.mjs", "build");
    const server = await app.serve((port) => ["node_modules/astro/bin/astro.mjs", "preview", "--host", "127.0.0.1", "--port", port]);
    await rendered("astro", server, { transport: "eventsource" }).finally(server.stop);
  });
});

/** What the server sends is idle, and becomes alive in the browser. */
async function rendered(run, server, expected) {
  assert.match(await (await fetch(server.url)).text(), /<p[^>]* id="state"[^>]*>(<!--.*?-->)*idle(<!--.*?-->)*<\/p>/);
  await receives(harness, run, server.url, expected);
}

app("angular", "Angular", (app) => {
  let server;
  before(async () => {
    await app.run("node_modules/@angular/cli/bin/ng.js", "build");
    server = await app.serve(() => ["dist/server/server.mjs"], (port) => ({ PORT: String(port) }));
  });
  after(() => server?.stop());

  test("is rendered on the server, and receives a stream in the browser", async () => {
    await rendered("angular", server, { transport: "eventsource" });
  });
  // findings/angular-server-replaces-event.sh
  test("a source in the process that rendered a page receives a stream, too", async () => {
    const page = await Lines.answer(`${server.url}seen?feed=${encodeURIComponent(await feed(harness.server, harness.server.origin, "angular-server"))}`);
    await follows(harness, "angular-server", page, { transport: "fetch" }).finally(() => page.stop());
  });
});

app("workerd", "workerd", (app) => {
  // findings/workerd-calls-on-methods.sh
  test("everstream/slim, with everstream/core.wasm as a module", async () => {
    const server = await app.serve((port) => ["node_modules/wrangler/bin/wrangler.js", "dev", "--ip", "127.0.0.1", "--port", port, "--inspector-port", "0"]);
    try {
      const address = new URL(server.url);
      address.searchParams.set("feed", await feed(harness.server, harness.server.origin, "workerd"));
      const page = await Lines.answer(address);
      await follows(harness, "workerd", page).finally(() => page.stop());
    } finally {
      await server.stop();
    }
  });
});

/** An app in a folder of its own, with its packages and the packed one. It may be of several `parts`. */
function app(name, title, tests, parts = [], prepare) {
  const folder = join(BUILD, name);
  const node = join(folder, "node_modules/node/bin/node");
  const app = {
    name,
    at: (path) => join(folder, path),
    /** A program of the app's packages. */
    bin: (name) => join(folder, "node_modules/.bin", name),
    /** The Node that the app asks for, or the one that is here. */
    get node() {
      return existsSync(node) ? node : process.execPath;
    },
    run: (script, ...args) => run(folder, [app.node, script, ...args]),
    /** A server of the app's own; `args` are told the port. */
    serve: (args, env) => serve(folder, (port) => [app.node, ...args(String(port))], env),
  };
  const isPlayed = ALL && (process.env.EVERSTREAM_APP ?? name) === name;
  describe(title, { skip: !isPlayed }, () => {
    before(async () => {
      if (!isPlayed) return;
      lay(folder, ...parts, name);
      await prepare?.(folder);
      await install(folder);
      cpSync(PACKED, join(folder, "node_modules/everstream"), { recursive: true });
    });
    tests(app);
  });
}
