// Libraries in Node. The first five are quick and need few packages: they are a part of `npm test`. `EVERSTREAM_LIBRARIES=all` has
// all of them.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { build } from "vite";

import { until } from "../e2e/harness/wait.mjs";
import { allOnce, broken, tally } from "./judge.mjs";
import { MOCKS } from "./mocks.mjs";
import { startCentrifugo } from "./servers/centrifugo.mjs";
import { numberIn } from "./servers/faults.mjs";
import { COUNT, startFeed } from "./servers/feed.mjs";
import { startMcp } from "./servers/mcp.mjs";
import { startPocketBase } from "./servers/pocketbase.mjs";
import { startTrpc } from "./servers/trpc.mjs";
import { allBlocks, block, openWorkshop, unusedBlocks } from "./workshop.mjs";

const ALL = process.env.EVERSTREAM_LIBRARIES === "all";
const QUICK = ["@trpc/client", "@trpc/server", "centrifuge", "pocketbase", "rxjs", "xstate"];

let workshop;
const servers = [];
before(async () => {
  workshop = await openWorkshop(ALL ? undefined : QUICK);
});
after(() => {
  for (const server of servers) server.stop();
  workshop?.remove();
  // What a test that failed has left open must not keep this process.
  setTimeout(() => process.exit(), 5_000).unref();
});

async function served(starting) {
  const server = await starting;
  servers.push(server);
  return server;
}

test("every block of the documentation is run", () => assert.deepEqual(unusedBlocks(["node.test.mjs", "browser.test.mjs"]), []));

test("TypeScript takes every block", { skip: !ALL }, () => workshop.check(allBlocks().map((code) => `${code.includes("htmx.") ? "declare const htmx: { createEventSource(url: string): EventSource };" : ""}${code}`)));

describe("in Node", { concurrency: true }, () => {
  test("RxJS, an Observable over a source: nothing lost, nothing doubled", async (t) => {
    const feed = await served(startFeed());
    const { prices } = await workshop.run(block("new Observable", feed.origin));
    const numbers = [];
    const subscription = prices.subscribe(({ data }) => numbers.push(numberIn(data.text)));
    t.after(() => subscription.unsubscribe());
    await allOnce(() => numbers, COUNT, () => JSON.stringify(feed.journal));
    broken(feed.journal);
    subscription.unsubscribe();
    await until(() => feed.journal.at(-1).how === "client", "unsubscribing closes the connection");
  });

  test("RxJS, a source as it is: nothing lost, nothing doubled", async (t) => {
    const feed = await served(startFeed());
    const { rows, source } = await workshop.run(block("from(source)", feed.origin));
    t.after(() => source.close());
    const numbers = [];
    const end = new Promise((complete, error) => rows.subscribe({ next: (number) => numbers.push(number), complete, error }));
    await allOnce(() => numbers, COUNT, () => JSON.stringify(feed.journal));
    broken(feed.journal);
    source.close();
    await end;
  });

  test("XState, an actor of what can be observed: nothing lost, nothing doubled", async (t) => {
    const feed = await served(startFeed());
    const { createActor, machine, source } = await workshop.run(`${block("fromEventObservable", feed.origin)}\nexport { createActor } from "xstate";`);
    const actor = createActor(machine).start();
    t.after(() => source.close());
    const numbers = () => actor.getSnapshot().context.rows.map(({ text }) => numberIn(text));
    await allOnce(numbers, COUNT, () => JSON.stringify(feed.journal));
    broken(feed.journal);
    actor.stop();
    assert.equal(source.readyState, 1, "the source is whose it was");
  });

  test("XState, an actor over a source: nothing lost, nothing doubled", async (t) => {
    const feed = await served(startFeed());
    const { prices } = await workshop.run(block("fromCallback", feed.origin));
    const { createActor, setup } = await workshop.run('export { createActor, setup } from "xstate";');
    const numbers = [];
    const machine = setup({ actors: { prices } }).createMachine({
      invoke: { src: "prices" },
      on: { message: { actions: ({ event }) => numbers.push(numberIn(event.data.text)) } },
    });
    const actor = createActor(machine).start();
    t.after(() => actor.stop());
    await allOnce(() => numbers, COUNT, () => JSON.stringify(feed.journal));
    broken(feed.journal);
    actor.stop();
    await until(() => feed.journal.at(-1).how === "client", "stopping closes the connection");
  });

  test("tRPC, a tracked subscription: nothing lost, nothing doubled", async (t) => {
    const server = await served(startTrpc(workshop));
    const { client } = await workshop.run(block("httpSubscriptionLink", server.origin));
    const [numbers, states, errors] = [[], [], []];
    const subscription = client.prices.subscribe(
      {},
      {
        onData: ({ id, data }) => numbers.push(numberIn(data.text) === Number(id) ? Number(id) : NaN),
        onConnectionStateChange: ({ state }) => states.push(state),
        onError: (error) => errors.push(error),
      },
    );
    t.after(() => subscription.unsubscribe());
    await allOnce(() => numbers, COUNT, () => JSON.stringify([server.journal, errors.map(String)]));
    broken(server.journal);
    assert.deepEqual(errors, []);
    assert.deepEqual(states.filter((state) => state === "pending").length, 3, "connected three times");
    assert.equal(await client.hello.query(), "hello");
    subscription.unsubscribe();
    await until(() => server.journal.at(-1).how === "client", "unsubscribing closes the connection");
  });

  test("Centrifuge, which recovers by offset of its own: nothing lost, nothing doubled", async (t) => {
    const server = await served(startCentrifugo());
    const { centrifuge } = await workshop.run(block("new Centrifuge", server.origin));
    const numbers = [];
    const subscription = centrifuge.newSubscription("prices", { recoverable: true });
    subscription.on("publication", ({ data }) => numbers.push(numberIn(data.text)));
    subscription.subscribe();
    centrifuge.connect();
    t.after(() => centrifuge.disconnect());
    await allOnce(() => numbers, COUNT, () => JSON.stringify(server.journal));
    broken(server.journal);
    centrifuge.disconnect();
    await until(() => server.journal.at(-1).how === "client", "disconnecting closes the connection");
  });

  test("PocketBase, whose server replays nothing: what was sent to it comes, nothing of it twice", async (t) => {
    const server = await served(startPocketBase());
    const { pocketbase } = await workshop.run(block("new PocketBase", server.origin));
    const numbers = [];
    let connected = 0;
    t.after(() => pocketbase.realtime.unsubscribe());
    await pocketbase.realtime.subscribe("PB_CONNECT", () => connected++);
    await pocketbase.collection("prices").subscribe("*", ({ record }) => numbers.push(numberIn(record.text)));
    await until(() => numbers.length >= COUNT, () => `${COUNT} events: ${JSON.stringify([numbers, server.journal])}`, 60_000);
    broken(server.journal);
    await pocketbase.realtime.unsubscribe();
    await until(() => server.journal.at(-1).how === "client", "unsubscribing closes the connection");
    // What was under way when it left is nobody's.
    const sent = server.sent().filter((number) => number <= numbers.at(-1));
    assert.deepEqual(tally(numbers, sent), { lost: 0, doubled: 0 });
    assert.deepEqual([numbers, connected], [sent, 3]);
  });

  test("MCP, whose sessions do not outlive a connection: what was sent comes once, and requests go to the new session", { skip: !ALL }, async (t) => {
    const server = await served(startMcp(workshop));
    const { default: config } = await workshop.run(block("alias: { eventsource"));
    const { Client, SSEClientTransport } = await viteBuild(config, 'export { Client } from "@modelcontextprotocol/sdk/client/index.js"; export { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";');
    const [numbers, errors] = [[], []];
    const client = new Client({ name: "test", version: "1" });
    client.fallbackNotificationHandler = ({ params }) => void numbers.push(numberIn(params.data));
    const transport = new SSEClientTransport(new URL("/sse", server.origin));
    client.onerror = (error) => errors.push(error);
    t.after(() => client.close());
    await client.connect(transport);
    await until(() => numbers.length >= COUNT, () => `${COUNT} events: ${JSON.stringify([numbers, errors.map(String), server.journal])}`, 60_000);
    broken(server.journal);
    await client.ping();
    const codes = errors.map(({ code }) => code);
    await client.close();
    await until(() => server.journal.at(-1).how === "client", "closing closes the connection");
    const sent = server.sent().filter((number) => number <= numbers.at(-1));
    assert.deepEqual(tally(numbers, sent), { lost: 0, doubled: 0 });
    assert.deepEqual(numbers, sent);
    assert.deepEqual(codes, [undefined, 503, undefined], "errors have the status");
  });
});

describe("MSW in Node", { skip: !ALL }, () => {
  for (const [kind, handlersOf] of Object.entries(MOCKS))
    test(`${kind}: nothing lost, nothing doubled`, async (t) => {
      const { http, HttpResponse, sse, setupServer, EventSource } = await workshop.run(`
        export { http, HttpResponse, sse } from "msw";
        export { setupServer } from "msw/node";
        export { EventSource } from "everstream";
      `);
      globalThis.EventSource ??= EventSource;
      const asked = [];
      const server = setupServer(...handlersOf({ http, HttpResponse, sse }, "http://127.0.0.1:3999/prices", asked));
      server.listen({ onUnhandledRequest: "error" });
      t.after(() => server.close());
      const source = new EventSource("http://127.0.0.1:3999/prices");
      t.after(() => source.close());
      const numbers = [];
      source.onmessage = ({ data }) => numbers.push(numberIn(data));
      await allOnce(() => numbers, COUNT, () => JSON.stringify(asked));
      assert.ok(asked.length >= 4, "it was broken");
    });

  test("handlers as they are in the documentation", async (t) => {
    const { handlers, setupServer, EventSource } = await workshop.run(`
      ${block("client.close()", "http://127.0.0.1:3999")}
      export { setupServer } from "msw/node";
      export { EventSource };
    `);
    const server = setupServer(...handlers);
    server.listen();
    t.after(() => server.close());
    const source = new EventSource("http://127.0.0.1:3999/prices", { retry: { base: 1 } });
    t.after(() => source.close());
    const numbers = [];
    source.onmessage = ({ data }) => numbers.push(numberIn(data));
    await allOnce(() => numbers.slice(0, 3), 3, () => source.state.name);
    const other = new EventSource("http://127.0.0.1:3999/rates");
    t.after(() => other.close());
    await new Promise((resolve) => (other.onmessage = resolve));
  });
});

/** Builds code with a configuration of Vite's for Node, with all packages in it, and runs it. */
async function viteBuild(config, code) {
  const [entry, outDir] = [join(workshop.folder, "entry.mjs"), join(workshop.folder, "built")];
  writeFileSync(entry, code);
  await build({
    // What is linked belongs where the link is.
    resolve: { ...config.resolve, preserveSymlinks: true },
    configFile: false,
    root: workshop.folder,
    logLevel: "error",
    ssr: { noExternal: true },
    build: { ssr: entry, outDir, rollupOptions: { output: { entryFileNames: "app.mjs" } } },
  });
  return import(pathToFileURL(join(outDir, "app.mjs")));
}
