// Libraries in a page, in Chromium.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "../e2e/harness/browser.mjs";
import { browserAndDriver } from "../e2e/harness/environment.mjs";
import { until } from "../e2e/harness/wait.mjs";
import { allOnce, broken, range } from "./judge.mjs";
import { MOCKS } from "./mocks.mjs";
import { startLaunchDarkly } from "./servers/launchdarkly.mjs";
import { numberIn, text } from "./servers/faults.mjs";
import { COUNT, startFeed } from "./servers/feed.mjs";
import { startMcp } from "./servers/mcp.mjs";
import { startPocketBase } from "./servers/pocketbase.mjs";
import { startTrpc } from "./servers/trpc.mjs";
import { block, openWorkshop } from "./workshop.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** In front of each page's script. */
const SEEN = `
  const numbers = (globalThis.numbers = []);
  const numberIn = (text) => Number(/#(\\d+)/.exec(text)[1]);
`;

let workshop;
let browser;
let folder;
let server;

before(async () => {
  workshop = await openWorkshop();
  folder = mkdtempSync(join(tmpdir(), "everstream-libraries-"));
  browser = await Browser.start({ ...browserAndDriver(), folder });
});
after(async () => {
  await browser?.stop();
  server?.stop();
  workshop?.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Opens the page of a server that has just been started. */
async function open(starting) {
  await browser.openPage("about:blank");
  server?.stop();
  server = await starting;
  await browser.openPage(`${server.origin}/`);
  return server;
}

const numbers = () => browser.driver.executeScript("return globalThis.numbers ?? []");

/** Files of a page with a script, and with what stands in its body. */
async function page(code, { body = "", head = "", bundling } = {}) {
  return {
    "/": `<!doctype html><title>page</title>${head}<script type="module" src="/page.js"></script><body>${body}`,
    "/page.js": await workshop.bundle(`${SEEN}${code}`, bundling),
  };
}

describe("in a page", () => {
  test("Turbo, a stream connected by hand: nothing lost, nothing doubled", async () => {
    const files = await page(`${block("connectStreamSource")}${APPENDED}`, { body: '<ol id="list"></ol>' });
    await resumes(startFeed({ files, write: turbo }));
  });

  test("Turbo, <turbo-stream-source>: nothing lost, nothing doubled", async () => {
    const files = await page(`${block("// event-source.js")}${APPENDED}\nawait import("@hotwired/turbo");`, {
      body: '<turbo-stream-source src="/prices"></turbo-stream-source><ol id="list"></ol>',
    });
    await resumes(startFeed({ files, write: turbo }));
  });

  test("htmx, sse-swap: nothing lost, nothing doubled", async () => {
    const files = await page(`${block("htmx.createEventSource")}${APPENDED}`, htmx("price"));
    const write = (number) => `id: ${number}\nevent: price\ndata: <li>${text(number)}</li>\n\n`;
    await resumes(startFeed({ files: { ...files, ...htmxFiles() }, write }));
  });

  test("htmx, a server's own events of the type `error`: nothing lost, nothing doubled", async () => {
    const files = await page(`${block("htmx.createEventSource")}${APPENDED}`, htmx("price, error"));
    const write = (number) => `id: ${number}\nevent: ${number % 2 ? "price" : "error"}\ndata: <li>${text(number)}</li>\n\n`;
    await resumes(startFeed({ files: { ...files, ...htmxFiles() }, write }));
  });

  test("VueUse, by its serializer: nothing lost, nothing doubled", async () => {
    const files = await page(`${block("useEventSource")}; prices((data) => numbers.push(numberIn(data)));`);
    await resumes(startFeed({ files, write: (number) => `id: ${number}\nevent: price\ndata: ${text(number)}\n\n` }));
  });

  test("tRPC, a tracked subscription: nothing lost, nothing doubled", async () => {
    const files = await page(`${block("httpSubscriptionLink").replaceAll('"/', 'location.origin + "/')}; client.prices.subscribe({}, { onData: ({ data }) => numbers.push(numberIn(data.text)) });`);
    await resumes(startTrpc(workshop, { files }));
  });

  test("tRPC, with events between that have no id: nothing lost, nothing doubled", async () => {
    const code = block("httpSubscriptionLink").replaceAll('"/', 'location.origin + "/');
    const files = await page(`${code}; client.prices.subscribe({}, { onData: ({ id, data }) => id && numbers.push(numberIn(data.text)) });`);
    await resumes(startTrpc(workshop, { files, notes: true }));
  });

  test("PocketBase, whose server replays nothing: what was sent to it comes, nothing of it twice", async () => {
    const files = await page(`${block("new PocketBase")}; pocketbase.collection("prices").subscribe("*", ({ record }) => numbers.push(numberIn(record.text)));`);
    const { journal, sent } = await open(startPocketBase({ files }));
    await until(async () => (await numbers()).length >= COUNT, async () => `${COUNT} events: ${JSON.stringify([await numbers(), journal])}`, 60_000);
    broken(journal);
    const came = await numbers();
    assert.deepEqual(came, sent().filter((number) => number <= came.at(-1)));
  });

  test("MCP, whose sessions do not outlive a connection: what was sent comes once", async () => {
    const { default: config } = await workshop.run(block("alias: { eventsource"));
    const script = `
      import { Client } from "@modelcontextprotocol/sdk/client/index.js";
      import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
      const client = new Client({ name: "test", version: "1" });
      client.fallbackNotificationHandler = async ({ params }) => numbers.push(numberIn(params.data));
      await client.connect(new SSEClientTransport(new URL("/sse", location.href)));
    `;
    const { journal, sent } = await open(startMcp(workshop, { files: await page(script, { bundling: config.resolve }) }));
    await until(async () => (await numbers()).length >= COUNT, async () => `${COUNT} events: ${JSON.stringify([await numbers(), journal])}`, 60_000);
    broken(journal);
    const came = await numbers();
    assert.deepEqual(came, sent().filter((number) => number <= came.at(-1)));
  });

  test("LaunchDarkly, which stops after a 401", async () => {
    const { journal } = await open(startLaunchDarkly({ files: await page(LAUNCH), plan: [{ after: 4, how: "cut" }, { status: 401 }] }));
    await until(() => journal.length === 2, "it is refused");
    await browser.driver.sleep(3_000);
    assert.deepEqual([await numbers(), journal.length], [journal[0].sent.filter(Boolean), 2]);
  });

  test("LaunchDarkly, which is told all of it anew: no change lost, none told twice", async () => {
    const { journal } = await open(startLaunchDarkly({ files: await page(LAUNCH), count: COUNT }));
    await allOnce(numbers, COUNT, () => JSON.stringify(journal));
    broken(journal);
  });
});

describe("MSW in a page", () => {
  for (const kind of Object.keys(MOCKS))
    test(`${kind}: nothing lost, nothing doubled`, async () => {
      const files = await page(`
        import { EventSource } from "everstream";
        import { http, HttpResponse, sse } from "msw";
        import { setupWorker } from "msw/browser";
        import { MOCKS } from ${JSON.stringify(join(HERE, "mocks.mjs"))};
        const asked = (globalThis.asked = []);
        const worker = setupWorker(...MOCKS[${JSON.stringify(kind)}]({ http, HttpResponse, sse }, location.origin + "/prices", asked));
        await worker.start({ quiet: true });
        new EventSource("/prices").onmessage = ({ data }) => numbers.push(numberIn(data));
      `);
      files["/mockServiceWorker.js"] = readFileSync(join(workshop.folder, "node_modules/msw/lib/mockServiceWorker.js"), "utf8");
      const { journal } = await open(startFeed({ files }));
      const asked = () => browser.driver.executeScript("return globalThis.asked ?? []");
      await allOnce(numbers, COUNT, () => JSON.stringify(journal));
      assert.deepEqual(journal, [], "nothing went past the mock");
      assert.ok((await asked()).length >= 4, "it was broken");
    });
});

describe("a stream of another origin", () => {
  const cases = [
    { name: "tRPC, where the browser's own class carries it at first" },
    // It gives an id back by an event of a type that nobody but its own client listens to.
    { name: "tRPC, with events between that have no id", notes: true },
  ];
  for (const { name, notes, change = (code) => code, ...rest } of cases)
    test(`${name}: nothing lost, nothing doubled`, rest, async () => {
      const api = await startTrpc(workshop, { notes });
      try {
        const code = change(block("httpSubscriptionLink", api.origin));
        const files = await page(`${code}; client.prices.subscribe({}, { onData: ({ id, data }) => id && numbers.push(numberIn(data.text)) });`);
        await open(startFeed({ files }));
        await allOnce(numbers, COUNT, () => JSON.stringify(api.journal));
        broken(api.journal);
      } finally {
        api.stop();
      }
    });
});

describe("the class of the page, and a stream of another origin", () => {
  test("PocketBase, whose server replays nothing: what was sent to it comes, nothing of it twice", async () => {
    const api = await startPocketBase();
    try {
      const code = block("new PocketBase", api.origin);
      await open(startFeed({ files: await page(`${code}; pocketbase.collection("prices").subscribe("*", ({ record }) => numbers.push(numberIn(record.text)));`) }));
      await until(async () => (await numbers()).length >= COUNT, async () => `${COUNT} events: ${JSON.stringify([await numbers(), api.journal])}`, 60_000);
      broken(api.journal);
      const came = await numbers();
      assert.deepEqual(came, api.sent().filter((number) => number <= came.at(-1)));
    } finally {
      api.stop();
    }
  });
});

describe("the browser's own class in the same place", () => {
  test("gives up at the first 503", async () => {
    const code = block("connectStreamSource").replace(/import .* from "everstream";/, "");
    const files = await page(`${code}${APPENDED}`, { body: '<ol id="list"></ol>' });
    const { journal } = await open(startFeed({ files, write: turbo }));
    await until(() => journal.length === 2, "the second connection is refused");
    await browser.driver.sleep(3_000);
    assert.deepEqual([await numbers(), journal.length], [range(4), 2]);
  });

  test("ends a subscription of tRPC at the first 503", async () => {
    const code = block("httpSubscriptionLink").replace(/import .* from "everstream";/, "").replaceAll('"/', 'location.origin + "/');
    const files = await page(`${code}; client.prices.subscribe({}, { onData: ({ data }) => numbers.push(numberIn(data.text)), onError: () => numbers.push("ended") });`);
    const { journal } = await open(startTrpc(workshop, { files }));
    await until(async () => (await numbers()).includes("ended"), "it ends");
    assert.deepEqual([await numbers(), journal.length], [[...range(4), "ended"], 2]);
  });
});

/** What is appended to the list is seen. */
const APPENDED = `
  new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) if (node.localName === "li") numbers.push(numberIn(node.textContent));
  }).observe(document.querySelector("#list"), { childList: true });
`;

const LAUNCH = `${block("launchdarkly-js-client-sdk")}
  const { origin } = location;
  const client = flags("environment", { kind: "user", key: "me" }, { baseUrl: origin, streamUrl: origin, sendEvents: false, diagnosticOptOut: true, fetchGoals: false });
  client.on("change:price", (value) => numbers.push(numberIn(value)));
`;

const htmx = (types) => ({
  head: '<script src="/htmx.js"></script><script src="/sse.js"></script>',
  body: `<div hx-ext="sse" sse-connect="/prices"><ol id="list" sse-swap="${types}" hx-swap="beforeend"></ol></div>`,
});

function htmxFiles() {
  const modules = join(workshop.folder, "node_modules");
  return {
    "/htmx.js": readFileSync(join(modules, "htmx.org/dist/htmx.js"), "utf8"),
    "/sse.js": readFileSync(join(modules, "htmx-ext-sse/sse.js"), "utf8"),
  };
}

const turbo = (number) => `id: ${number}\ndata: <turbo-stream action="append" target="list"><template><li>${text(number)}</li></template></turbo-stream>\n\n`;

async function resumes(starting) {
  const { journal } = await open(starting);
  await allOnce(numbers, COUNT, () => JSON.stringify(journal));
  broken(journal);
}
