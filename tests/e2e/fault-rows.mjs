// The rows of the fault table: what happens, and what must come of it on each transport.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { assertErrors, until } from "./harness/index.mjs";

/** Events a second. */
export const RATE = 50;
/** After so many milliseconds a client may take its connection for a good one, and its next delay is a short one. */
const GOOD = 1_200;
/** What native streams are told by `retry:`, in milliseconds: sane, and not the 3 s that they wait otherwise. */
export const NATIVE_RETRY = 600;
/** The base of the page's own delays, in milliseconds. */
export const RETRY_BASE = 50;
/** How long hidden pages, cached pages and the like are looked at, in milliseconds. */
const AWAY = 1_500;

const NOTHING_AFTER = "nothing after";

/** The remark of a row that this lane, or this browser, cannot play. */
export const NOT_PLAYED = "not played";

/**
 * A row: what the server is asked to do (`query`), what the page is (`options`), and what happens to it (`act`), which
 * may return a remark for the table. `query`, `options` and `flows` may depend on the lane. With `flows: false` the stream
 * is over at the end, with `hurried` something cuts a wait short, with `judge: false` the row judges for itself. `only`
 * names the engines that it can be played in.
 */
export const ROWS = [
  {
    title: "killed (-9) and started again, twice",
    async act(scene) {
      for (let round = 1; round <= 2; round++) {
        await scene.more(RATE);
        const before = (await scene.page.seen()).states.length;
        await scene.server.kill();
        try {
          await scene.page.untilSeen(({ states }) => states.slice(before).some(isWaiting), "the page notices");
          await sleep(700);
        } finally {
          await scene.server.restart();
        }
        await scene.untilFeed(40_000);
        await scene.more(10);
      }
    },
  },
  {
    title: "five clean ends",
    query: ({ native }) => `end=3&lasting=${native ? 300 : GOOD}&times=5`,
    async act(scene) {
      const ends = (await scene.untilFeed(60_000)).map((record) => record.how);
      assert.deepEqual(ends, [...Array(5).fill("end"), null]);
    },
  },
  cutInsideEvents("fin"),
  cutInsideEvents("rst"),
  {
    title: "falls silent, twice",
    query: "stall=10&heartbeat=0&times=2",
    options: { stall: 1_000 },
    async act(scene, { transport }) {
      if (transport === "eventsource") {
        await scene.page.untilSeen(({ ids }) => ids.length >= 10, "ten events");
        await sleep(2_500);
        assert.equal((await scene.journal()).length, 1, "the watch rests");
        return "not watched";
      }
      const stalled = (await scene.untilFeed()).filter((record) => record.fault === "stall");
      assert.ok(stalled.every((record) => record.how === "client" && record.ended - record.opened >= 1_000));
      const { errors } = await scene.page.seen();
      assert.deepEqual(errors.map(({ kind, willRetry }) => [kind, willRetry]), Array(2).fill(["stalled", true]));
    },
  },
  refusedForAWhile(503),
  refusedForAWhile(429),
  {
    title: "401 once",
    query: ({ transport }) => `status=401&times=${transport === "eventsource" ? 2 : 1}`,
    flows: ({ transport }) => transport !== "eventsource",
    options: ({ transport }) => (transport === "eventsource" ? {} : { auth: "" }),
    async act(scene, { transport, cross }) {
      if (transport === "eventsource") {
        // No functions can be asked: what fetch is told is final.
        const seen = await scene.untilState("closed");
        assertErrors(seen, [{ status: 401, willRetry: false }]);
        assert.equal((await scene.journal()).length, 2);
        return "final: no headers";
      }
      const [refused, next] = await scene.untilFeed();
      assert.deepEqual([refused.status, next.status], [401, 200]);
      const seen = await scene.page.seen();
      assertErrors(seen, []);
      if (cross) assert.equal(seen.state.transport, "fetch");
    },
  },
  refusal("404", "status=404", [{ status: 404, willRetry: false }]),
  refusal("204", "stop", []),
  refusal("wrong type", "type=text/html", [{ status: 200, willRetry: false }]),
  {
    title: "`retry: 0`, four quick ends",
    query: "retry=0&end=3&times=4",
    async act(scene, { native }) {
      const journal = await scene.untilFeed(60_000);
      const gaps = journal.slice(1).map((record, index) => record.opened - journal[index].ended);
      const { state } = await scene.page.seen();
      // Firefox waits for half a second whatever it is told: no storm there.
      if (!native || scene.harness.browser.engine === "firefox") {
        assert.ok(gaps.every((gap) => gap >= 490), `gaps of ${gaps.join(", ")} ms`);
        return;
      }
      // Three hasty returns and no more: then fetch waits as it should.
      assert.ok(gaps.length === 4 && gaps[3] >= 8 * RETRY_BASE - 10, `gaps of ${gaps.join(", ")} ms`);
      assertTookOver(state, "came back too fast");
      return "fetch took over";
    },
  },
  {
    title: "accepted, then dropped",
    query: ({ native }) => (native ? "drop&times=2" : "dropBefore&drop&times=2"),
    async act(scene, { native }) {
      const ends = (await scene.untilFeed(40_000)).map((record) => record.how);
      assert.deepEqual(ends, native ? ["drop", "drop", null] : ["drop-before", "drop-before", "drop", "drop", null]);
    },
  },
  {
    title: "hidden beyond the grace, and shown",
    options: { grace: 500 },
    hurried: true,
    async act(scene, { native }) {
      await scene.more(20);
      const page = await scene.driver.getWindowHandle();
      await scene.driver.switchTo().newWindow("tab");
      await scene.untilLetGo();
      const asked = (await scene.journal()).length;
      await sleep(AWAY);
      assert.equal((await scene.journal()).length, asked, "a hidden page asks");
      await scene.driver.close();
      await scene.driver.switchTo().window(page);
      await scene.untilState("open");
      const { states, state } = await scene.more(20);
      assert.ok(states.some(({ name, reason }) => name === "paused" && reason.includes("hidden")));
      if (native) assertTookOver(state, "was stopped");
    },
  },
  {
    title: "frozen, and thawed",
    only: ["chromium"],
    hurried: true,
    async act(scene, { worker }) {
      await scene.more(20);
      await scene.driver.sendDevToolsCommand("Page.setWebLifecycleState", { state: "frozen" });
      // A worker is frozen before it can be told: it lets go when it thaws, and asks anew.
      if (!worker) await scene.untilLetGo();
      await sleep(AWAY);
      assert.equal((await scene.journal()).length, 1, "a frozen page asks");
      await scene.driver.sendDevToolsCommand("Page.setWebLifecycleState", { state: "active" });
      // It stays hidden otherwise, and a hidden page gets no frames.
      const { width, height } = await scene.driver.manage().window().getRect();
      await scene.driver.manage().window().minimize();
      await scene.driver.manage().window().setRect({ width, height });
      const { states } = await scene.more(20);
      assert.ok(states.some(({ name, reason }) => name === "paused" && reason.includes("frozen")));
      if (worker) return "lets go when it thaws";
    },
  },
  {
    title: "into the back/forward cache, and back",
    only: ["chromium"],
    hurried: true,
    async act(scene) {
      await scene.more(20);
      await scene.driver.executeScript("addEventListener('pageshow', (event) => (window.__restored = event.persisted))");
      await scene.driver.get(`${scene.server.origin}/health`);
      await scene.untilLetGo();
      const asked = (await scene.journal()).length;
      await sleep(AWAY);
      assert.equal((await scene.journal()).length, asked, "a cached page asks");
      await scene.driver.navigate().back();
      assert.equal(await scene.driver.executeScript("return window.__restored"), true, "it was not cached");
      const { states } = await scene.more(20);
      assert.ok(states.some(({ name, reason }) => name === "paused" && reason.includes("put aside")));
    },
  },
  {
    title: "offline, and online",
    only: ["chromium"],
    hurried: true,
    async act(scene, { worker }) {
      // The emulation is the page's alone.
      if (worker) return NOT_PLAYED;
      const network = (offline) =>
        scene.driver.setNetworkConditions({ offline, latency: 0, download_throughput: -1, upload_throughput: -1 });
      await scene.more(20);
      await network(true);
      await scene.more(20);
      assert.equal((await scene.journal()).length, 1, "offline is a hint: the stream goes on");
      await scene.page.click("reconnect");
      await scene.untilState("waiting");
      await network(false);
      await scene.untilState("open");
      await scene.more(20);
    },
  },
  closedWhile("connecting", { query: "delay=1500", requests: 0 }),
  {
    title: "closed while the answer is awaited",
    query: "delay=20000",
    flows: false,
    async act(scene) {
      await until(async () => (await scene.journal()).length === 1, "it asks");
      await scene.page.click("close");
      const { ids } = await scene.untilState("closed");
      assert.deepEqual(ids, []);
      await scene.untilLetGo();
      await sleep(500);
      assert.deepEqual((await scene.journal()).map((record) => [record.status, record.how]), [[null, "client"]]);
      return NOTHING_AFTER;
    },
  },
  closedWhile("open", { requests: 1 }),
  closedWhile("waiting", { query: "end=3", requests: 1 }),
  {
    title: "closed while paused",
    flows: false,
    options: { closeAt: "paused" },
    async act(scene) {
      await scene.more(10);
      await scene.page.click("pause");
      await scene.untilState("closed");
      await sleep(500);
      assert.equal((await scene.journal()).length, 1);
      return NOTHING_AFTER;
    },
  },
  {
    title: "a handler that throws",
    options: { on: "throw" },
    async act(scene) {
      await scene.more(100);
      assert.equal((await scene.journal()).length, 1);
    },
  },
  {
    title: "a handler that closes",
    query: "from=0",
    options: { on: "close" },
    flows: false,
    async act(scene) {
      await scene.untilState("closed");
      await sleep(500);
      const { ids } = await scene.page.seen();
      assert.equal(ids.length, 20, "nothing after close()");
      return NOTHING_AFTER;
    },
  },
  {
    title: "a handler that reconnects inside a burst",
    query: "from=0",
    options: { on: "reconnect" },
    hurried: true,
    async act(scene, { native }) {
      await scene.more(100);
      await scene.more(20);
      assert.equal((await scene.journal()).length, 4);
      if (native) assertTookOver((await scene.page.seen()).state, "was stopped");
    },
  },
  {
    title: "events of other names, and three cuts",
    query: ({ native }) => `cut=fin&lasting=${native ? 300 : GOOD}&times=3`,
    options: { types: "message" },
    judge: false,
    async act(scene) {
      const journal = await scene.untilFeed(40_000);
      const { ids } = await scene.more(20);
      // Every tenth event of the feed is of the type `note`, which nobody listens to here.
      const first = journal.find((record) => record.sent !== null).sent[0];
      const heard = Array.from({ length: ids.at(-1) - first + 1 }, (_, index) => first + index).filter((id) => id % 10 !== 0);
      assert.deepEqual(ids, heard);
    },
  },
  {
    title: "comments",
    query: "heartbeat=50",
    options: { comments: "" },
    async act(scene, { transport }) {
      const { comments } = await scene.more(50);
      if (transport === "eventsource") {
        assert.equal(comments, 0);
        return "not heard";
      }
      assert.ok(comments > 0);
    },
  },
];

function cutInsideEvents(cut) {
  return {
    title: `20 cuts inside an event by ${cut.toUpperCase()}`,
    query: ({ native }) => `cut=${cut}&lasting=${native ? 300 : GOOD}&times=20`,
    async act(scene, { native }) {
      const cuts = (await scene.untilFeed(120_000)).filter((record) => record.cut !== null);
      assert.ok(cuts.length >= 20, `${cuts.length} cuts`);
      assert.ok(cuts.every((record) => record.how === `cut-${cut}`));
      assert.equal(new Set(cuts.map((record) => record.cut.position)).size, 6, "every kind of place");
      assert.equal((await scene.page.seen()).state.transport, native ? "EventSource" : "fetch");
    },
  };
}

function refusedForAWhile(status) {
  return {
    title: `${status} with Retry-After`,
    query: ({ native }) => `status=${status}&retryAfter=2&times=${native ? 2 : 1}`,
    async act(scene, { native }) {
      const journal = await scene.untilFeed();
      const refused = journal.filter((record) => record.status === status);
      assert.equal(refused.length, native ? 2 : 1, "the native one is told, and then fetch");
      const next = journal[refused.length];
      assert.ok(next.opened - refused.at(-1).opened >= 2_000, `after ${next.opened - refused.at(-1).opened} ms`);
      const seen = await scene.page.seen();
      assertErrors(seen, [{ status, willRetry: true }]);
      if (native) assertTookOver(seen.state, "gave up");
    },
  };
}

function refusal(title, query, errors) {
  return {
    title,
    query,
    flows: false,
    async act(scene, { native }) {
      await scene.untilState("closed");
      await sleep(1_000);
      assert.equal((await scene.journal()).length, native ? 2 : 1, "requests");
      const seen = await scene.page.seen();
      assertErrors(seen, errors);
      assert.deepEqual(seen.ids, []);
      if (!native) return "1 request";
      assertTookOver(seen.state, "gave up");
      return "2 requests: fetch asks why";
    },
  };
}

/** The page's own handler closes as soon as it hears of the state. */
function closedWhile(state, { query = "", requests }) {
  return {
    title: `closed when it is ${state}`,
    query,
    flows: false,
    options: { closeAt: state },
    async act(scene) {
      await scene.untilState("closed");
      await sleep(700);
      assert.equal((await scene.journal()).length, requests, "requests");
      return NOTHING_AFTER;
    },
  };
}

function assertTookOver(state, why) {
  assert.equal(state.transport, "fetch");
  assert.ok(state.transportReason.includes(why), state.transportReason);
}

function isWaiting(state) {
  return state.name === "waiting";
}
