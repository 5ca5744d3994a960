// What docs/testing.md says: the kit in vitest and in Jest, and the tools that mock what everstream asks for. (`EVERSTREAM_LIBRARIES=all`)

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { browserAndDriver } from "../e2e/harness/environment.mjs";
import { until } from "../e2e/harness/wait.mjs";
import { startFeed } from "./servers/feed.mjs";
import { block, openWorkshop, run, unusedBlocks } from "./workshop.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const kit = (text) => block(text, undefined, "testing");
const readme = (text) => block(text, undefined, "README");

let workshop;
before(async () => {
  workshop = await openWorkshop();
});
after(() => workshop?.remove());

test("every block of the documentation is run", () => assert.deepEqual(unusedBlocks(["testing.test.mjs"], "testing"), []));

/** The same files for vitest and for Jest. */
function files() {
  const whole = readme("no network, and a clock of its own");
  const [first, second] = [whole, whole.replaceAll(/^(import|let) .*\n/gm, "")];
  return {
    "prices.jsx": readme("export function Prices()"),
    // As it stands, twice in one file, and once more under the timers of the runner.
    "prices.test.jsx": `${first}
      describe("again", () => { ${second} });
      describe("with fake timers", () => {
        const timers = globalThis.vi ?? jest;
        beforeEach(() => void timers.useFakeTimers());
        afterEach(() => void timers.useRealTimers());
        ${second}
      });`,
    "eventsourcemock.test.jsx": `
      import { EventSource } from "everstream";
      import Mock, { sources } from "eventsourcemock";

      test("stands in for the browser's own class alone", async () => {
        globalThis.EventSource = Mock;
        const asked = [];
        globalThis.fetch = async (url) => {
          asked.push(new URL(url).pathname);
          return new Response("data: 1\\n\\n", { headers: { "content-type": "text/event-stream" } });
        };
        const own = new EventSource("/prices");
        const { data } = await new Promise((resolve) => (own.onmessage = resolve));
        const elsewhere = new EventSource("http://elsewhere.example/prices");
        elsewhere.onmessage = () => {};
        while (!elsewhere.transport) await new Promise((resolve) => setTimeout(resolve, 5));
        own.close();
        elsewhere.close();
        expect([data, asked, Object.keys(sources)]).toEqual(["1", ["/prices"], ["http://elsewhere.example/prices"]]);
      });`,
  };
}

describe("the test of README, as it stands, twice in a file, and under fake timers", () => {
  test("vitest", async () => {
    const folder = workshop.lay("vitest", { ...files(), "vitest.config.js": kit("// vitest.config.js") });
    const output = await run(process.execPath, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--reporter=json"], folder);
    const { numPassedTests, numTotalTests } = JSON.parse(output.slice(output.indexOf("{")));
    assert.deepEqual([numPassedTests, numTotalTests], [4, 4]);
  });
  test("Jest", async () => {
    const configs = { "jest.config.cjs": kit("// jest.config.cjs"), "babel.config.cjs": kit("// babel.config.cjs") };
    const bare = `/** @jest-environment jsdom */
      test("what there is none of without it", () => expect(["fetch", "Request", "TextEncoder"].filter((name) => name in globalThis)).toEqual([]));`;
    const folder = workshop.lay("jest", { ...files(), ...configs, "bare.test.js": bare });
    const { numPassedTests, numTotalTests } = JSON.parse(await run(process.execPath, [join(workshop.folder, "node_modules/jest/bin/jest.js"), "--json"], folder));
    assert.deepEqual([numPassedTests, numTotalTests], [5, 5]);
  });
});

describe("MSW", () => {
  const URL = "http://example.org/prices";
  const mocked = () => workshop.run(`${kit("cut off in the mid")}\nexport { setupServer } from "msw/node"; export { EventSource } from "everstream"; export { World } from "everstream/testing";`);

  test("a handler is the server, with all that goes wrong", async () => {
    const { handlers, setupServer, EventSource } = await mocked();
    const server = setupServer(...handlers);
    server.listen();
    try {
      const source = new EventSource(URL, { retry: { base: 1 } });
      const seen = [];
      for await (const { data } of source) seen.push(data);
      assert.deepEqual([seen, source.state.by, source.stats.connections], [["one", "behind 1"], "server", 6]);
    } finally {
      server.close();
    }
  });

  test("in a World it is not asked", async () => {
    const { handlers, setupServer, EventSource, World } = await mocked();
    const server = setupServer(...handlers);
    const asked = [];
    server.events.on("request:start", ({ request }) => asked.push(request.url));
    server.listen({ onUnhandledRequest: "error" });
    const world = await World.start();
    try {
      const source = new EventSource(URL);
      (await world.request()).open();
      assert.deepEqual([source.state.name, asked], ["open", []]);
    } finally {
      world.stop();
      server.close();
    }
  });
});

describe("Playwright", () => {
  let browser;
  let server;
  let page;
  const types = [];

  before(async () => {
    const { chromium } = await workshop.run('export { chromium } from "playwright-core";');
    browser = await chromium.launch({ executablePath: browserAndDriver().chrome, args: ["--no-sandbox"] });
    const script = await workshop.bundle(`
      import { EventSource } from "everstream";
      globalThis.follow = (url, options) => {
        const seen = (globalThis.seen = { data: [], states: [] });
        const source = (globalThis.source = new EventSource(url, options));
        source.onmessage = ({ data }) => seen.data.push(data);
        source.onstatechange = ({ state }) => seen.states.push(state.by ?? state.name);
      };`);
    server = await startFeed({ plan: [], files: { "/": '<!doctype html><title>page</title><script type="module" src="/page.js"></script>', "/page.js": script } });
  });
  after(async () => {
    await browser?.close();
    server?.stop();
  });

  /** A page of its own for each. */
  async function opened() {
    await page?.context().close();
    const context = await browser.newContext();
    page = await context.newPage();
    types.length = 0;
    page.on("request", (request) => types.push(request.resourceType()));
    await page.goto(server.origin);
    await page.waitForFunction(() => globalThis.follow);
    return context;
  }
  const seen = () => page.evaluate(() => globalThis.seen);
  const follow = (url, options) => page.evaluate(([url, options]) => globalThis.follow(url, options), [url, options]);

  test("`page.route` is the server, with what goes wrong", async () => {
    await opened();
    const { prices } = await workshop.run(kit("page.route"));
    const asked = await prices(page);
    await follow("/prices", { retry: { base: 1 } });
    await until(async () => (await seen()).states.includes("server"), "the end");
    assert.deepEqual([asked, (await seen()).data, server.journal.length], [[null, "1", "1"], ["one"], 0]);
  });

  test("the type of a request is `fetch`, but where the browser's own class carries the stream", async () => {
    await opened();
    await follow("/prices");
    await until(async () => (await seen()).data.length, "a stream");
    await follow(`${server.origin.replace("127.0.0.1", "localhost")}/prices`);
    await until(async () => (await seen()).data.length, "a stream");
    assert.deepEqual(types.filter((type) => /fetch|eventsource/.test(type)), ["fetch", "eventsource"]);
  });

  test("`networkidle` and `route.fetch` wait for an end that does not come", async () => {
    await opened();
    await follow("/prices");
    await until(async () => (await seen()).data.length, "a stream");
    await assert.rejects(page.waitForLoadState("networkidle", { timeout: 2_000 }), { name: "TimeoutError" });
    const fetched = new Promise((resolve) => page.route("**/prices", (route) => route.fetch({ timeout: 1_000 }).catch(resolve)));
    await follow("/prices");
    assert.match((await fetched).message, /Timeout 1000ms exceeded/);
  });

  test("`page.clock` moves the delays", async () => {
    await opened();
    await page.clock.install();
    await page.goto(server.origin);
    await page.waitForFunction(() => globalThis.follow);
    let asked = 0;
    await page.route("**/prices", (route) => (asked++, route.abort()));
    await follow("/prices", { retry: { base: 20_000 } });
    await until(async () => (await seen()).states.includes("waiting"), "a delay");
    await page.clock.runFor(30_000);
    await until(() => asked === 2, "another attempt");
  });

  test("`setOffline` leaves a stream that is open alone; attempts fail until it is over", async () => {
    const context = await opened();
    await follow("/prices");
    await until(async () => (await seen()).data.length, "a stream");
    await context.setOffline(true);
    await until(async () => (await seen()).data.length === 16, "all of it");
    await page.evaluate(() => globalThis.source.reconnect());
    await until(async () => (await seen()).states.includes("waiting"), "an attempt that fails");
    await context.setOffline(false);
    await until(async () => (await seen()).states.at(-1) === "open", "another one");
    assert.equal(new Set((await seen()).data).size, 16);
  });
});
