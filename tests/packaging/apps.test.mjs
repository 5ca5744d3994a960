// The packed package in apps that bring their own tools: each is built without any configuration for it, or with the line that
// docs/builds.md names, and receives a live stream. (`EVERSTREAM_PACKAGING=all`; the tools stay in the cache for the next run. `EVERSTREAM_APP` names one folder, for that alone.)

import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startHarness } from "../e2e/harness/index.mjs";
import { ALL, feed, follows, install, lay, Lines, RATE, receives, run, serve, unpack } from "./tools.mjs";

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
      // Deno has an EventSource of its own.
      await follows(harness, run, page, { transport: name === "Deno" ? "eventsource" : "fetch" }).finally(() => page.stop());
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
  test("is rendered on the server, and receives a stream in the browser", async () => {
    await app.run("node_modules/nuxt/bin/nuxt.mjs", "build");
    const server = await app.serve(() => [".output/server/index.mjs"], (port) => ({ PORT: String(port), HOST: "127.0.0.1" }));
    await rendered("nuxt", server, { transport: "fetch" }).finally(server.stop);
  });
});

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
  const todo = "Angular replaces `Event` when it renders the first page: findings/angular-server-replaces-event.sh";
  test("a source in the process that rendered a page receives a stream, too", { todo }, async () => {
    const page = await Lines.answer(`${server.url}seen?feed=${encodeURIComponent(await feed(harness.server, harness.server.origin, "angular-server"))}`);
    await follows(harness, "angular-server", page, { transport: "fetch" }).finally(() => page.stop());
  });
});

app("workerd", "workerd", (app) => {
  const todo = "EventTarget calls `on…` handlers by itself there: findings/workerd-calls-on-methods.sh";
  test("everstream/slim, with everstream/core.wasm as a module", { todo }, async () => {
    const server = await app.serve((port) => ["node_modules/wrangler/bin/wrangler.js", "dev", "--ip", "127.0.0.1", "--port", port, "--inspector-port", "0"]);
    try {
      const address = new URL(server.url);
      address.searchParams.set("feed", await feed(harness.server, harness.server.origin, "workerd"));
      const page = await Lines.answer(address);
      await follows(harness, "workerd", page, { transport: "eventsource" }).finally(() => page.stop());
    } finally {
      await server.stop();
    }
  });
});

/** An app in a folder of its own, with its packages and the packed one. It may be of several `parts`. */
function app(name, title, tests, parts = []) {
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
      await install(folder);
      cpSync(PACKED, join(folder, "node_modules/everstream"), { recursive: true });
    });
    tests(app);
  });
}
