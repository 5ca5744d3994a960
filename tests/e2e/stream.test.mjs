// The demo page and what can happen to a stream: nothing is lost, nothing comes twice, never two connections at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  assertNeverTwoAtOnce,
  assertNothingLostOrDoubled,
  printTable,
  startHarness,
  until,
  untilCaughtUp,
} from "./harness/index.mjs";

/** Events a second. */
const RATE = 50;
/** After so many milliseconds a client may take its connection for a good one, and its next delay is a short one. */
const GOOD = 1_200;

const rows = [];
let harness;

before(async () => {
  harness = await startHarness({ rate: RATE });
});

after(async () => {
  await harness?.stop();
  printTable(rows);
});

scenario("events arrive", {}, async ({ page }) => {
  await page.untilSeen(({ ids }) => ids.length >= 3 * RATE, "150 events");
});

scenario("the server is killed with -9 and started again, three times", { retryBase: 50 }, async ({ page, untilFeed }) => {
  for (let round = 1; round <= 3; round++) {
    const { errors } = await page.untilSeen(({ ids }) => ids.length >= round * RATE, `the events of round ${round}`);
    await harness.server.kill();
    try {
      const triedInVain = (seen) => seen.errors.length >= errors.length + 2 && seen.state.name === "waiting";
      await page.untilSeen(triedInVain, "the page notices and tries again in vain");
    } finally {
      await harness.server.restart();
    }
    await untilFeed();
  }
});

for (const cut of ["fin", "rst"]) {
  const query = `cut=${cut}&lasting=${GOOD}&times=20`;
  scenario(`20 cuts inside an event by ${cut.toUpperCase()}`, { query, retryBase: 50 }, async ({ untilFeed }) => {
    const cuts = (await untilFeed(90_000)).filter((record) => record.cut !== null);
    assert.ok(cuts.length >= 20, `${cuts.length} cuts`);
    assert.ok(cuts.every((record) => record.how === `cut-${cut}`));
    assert.equal(new Set(cuts.map((record) => record.cut.position)).size, 6, "every kind of place");
  });
}

scenario("five clean ends", { query: `end=3&lasting=${GOOD}&times=5`, retryBase: 50 }, async ({ untilFeed }) => {
  const ends = (await untilFeed()).map((record) => record.how);
  assert.deepEqual(ends, [...Array(5).fill("end"), null]);
});

scenario("retry: 0 and five clean ends", { query: `retry=0&end=3&lasting=${GOOD}&times=5`, retryBase: 50 }, async ({ untilFeed }) => {
  const journal = await untilFeed();
  const gaps = journal.slice(1).map((record, index) => record.opened - journal[index].ended);
  assert.equal(gaps.length, 5);
  assert.ok(gaps.every((gap) => gap >= 500), `gaps of ${gaps.join(", ")} ms`);
});

for (const [what, retryAfter] of [["seconds", "2"], ["a date", "date"]]) {
  const query = `status=503&retryAfter=${retryAfter}&times=1`;
  scenario(`503 with Retry-After as ${what}`, { query, retryBase: 50 }, async ({ page, untilFeed }) => {
    const [refused, next] = await untilFeed();
    assert.equal(refused.status, 503);
    // The server's date is at least two seconds ahead.
    assert.ok(next.opened - refused.opened >= 2_000, `it came back after ${next.opened - refused.opened} ms`);
    assertErrors(await page.seen(), [{ status: 503, willRetry: true }]);
  });
}

scenario("accepted, then dropped", { query: "dropBefore&drop&times=2", retryBase: 50 }, async ({ untilFeed }) => {
  const ends = (await untilFeed()).map((record) => record.how);
  assert.deepEqual(ends, ["drop-before", "drop-before", "drop", "drop", null]);
});

scenario("bytes that dribble, and a line of 1 MB", { query: "slow=2&huge=1000000", retryBase: 50 }, async ({ page }) => {
  await page.untilSeen(({ ids }) => ids.length >= 20, "20 events", 60_000);
});

// The header that resumes needs a preflight here.
scenario("another origin, and five cuts", { query: `cut=fin&lasting=${GOOD}&times=5`, retryBase: 50, cross: true }, async ({ untilFeed }) => {
  const cuts = (await untilFeed()).filter((record) => record.cut !== null);
  assert.equal(cuts.length, 5);
  assert.ok(cuts.every((record) => record.origin === harness.server.origin));
});

test("the buttons pause, resume, reconnect and close", () =>
  onPage("pause, resume, reconnect, close", { retryBase: 50 }, async ({ page, journal }) => {
    const connections = async () => (await journal()).length;
    const tenMore = async () => {
      const { ids } = await page.seen();
      await page.untilSeen((seen) => seen.ids.length >= ids.length + 10, "ten more events");
    };
    await tenMore();

    await page.click("pause");
    await page.untilSeen(({ state }) => state.name === "paused", "the page is paused");
    await until(async () => !(await journal()).some(isOpen), "the page lets go of its connection");
    await sleep(500);
    assert.equal(await connections(), 1, "a paused page connects");

    await page.click("resume");
    await page.untilSeen(({ state }) => state.name === "open", "the page is open again");
    await tenMore();

    await page.click("reconnect");
    await until(async () => (await connections()) === 3, "the page connects anew");
    await tenMore();

    await page.click("close");
    const { ids } = await page.untilSeen(({ state }) => state.name === "closed", "the page is closed");
    await sleep(500);
    assert.equal(await connections(), 3, "a closed page connects");
    const seen = await page.seen();
    assert.equal(seen.ids.length, ids.length, "a closed page gets events");
    assertNothingLostOrDoubled(await journal(), seen);
    assertNeverTwoAtOnce(await journal());
  }));

refusal("204 asks the page to stop", "stop", []);
refusal("404 is final", "status=404", [{ status: 404, willRetry: false }]);
refusal("another content type is final", "type=text/html", [{ status: 200, willRetry: false }]);

/**
 * A test that opens the page with a feed of its own, lets `act` happen, and judges what the page saw by what the server
 * sent. `query` asks the server for faults.
 */
function scenario(title, options, act) {
  test(title, () =>
    onPage(title, options, async (scene) => {
      await act(scene);
      const { journal, seen } = await untilCaughtUp(harness.server, scene.page, scene.run);
      assertNothingLostOrDoubled(journal, seen);
      assertNeverTwoAtOnce(journal);
    }),
  );
}

/** A test of an answer after which the page must not ask again. */
function refusal(title, query, errors) {
  test(title, () =>
    onPage(title, { query, retryBase: 50 }, async ({ page, journal }) => {
      await page.untilSeen(({ state }) => state.name === "closed", "the page is closed");
      await sleep(1_000);
      assert.equal((await journal()).length, 1, "requests");
      const seen = await page.seen();
      assertErrors(seen, errors);
      assert.deepEqual(seen.ids, []);
    }),
  );
}

/** Opens the page for one run, and adds the run to the table. */
async function onPage(title, { query = "", retryBase, cross = false }, act) {
  const started = Date.now();
  const run = title.replaceAll(/\W+/g, "-");
  const feed = `${cross ? harness.server.crossOrigin : ""}/events?run=${run}&${query}`;
  const page = await harness.openPage(`/?${new URLSearchParams({ feed, ...(retryBase && { retryBase }) })}`);
  const journal = () => harness.server.journal(run);
  try {
    await page.untilSeen(() => true, "the page is there", 60_000);
    await act({ page, run, journal, untilFeed: (timeout) => untilFeed(page, journal, timeout) });
  } catch (error) {
    console.log(`${title}: the page has seen ${page.describe(await page.seen())}`);
    console.log(`${title}: the journal ends with ${JSON.stringify((await journal()).slice(-5))}`);
    throw error;
  } finally {
    rows.push(await row(title, page, journal, started));
    // Nothing of this run may go on during the next one.
    await harness.browser.openPage("about:blank");
  }
}

/** Waits until the faults of a run are over and the feed flows, and returns the journal. */
function untilFeed(page, journal, timeout) {
  const look = async () => {
    const { state } = await page.seen();
    assert.notEqual(state.name, "closed", `the page gave up: ${state.reason}`);
    const records = await journal();
    return records.some((record) => isOpen(record) && record.fault === null && record.sent !== null) && records;
  };
  return until(look, "the faults are over and events arrive", timeout);
}

function assertErrors({ errors }, expected) {
  assert.deepEqual(errors.map(({ status, willRetry }) => ({ status, willRetry })), expected);
}

async function row(scenario, page, journal, started) {
  const seen = (await page.seen()) ?? { ids: [], lost: "-", doubled: "-" };
  const records = await journal();
  const cuts = records.filter((record) => record.cut !== null).length;
  return {
    scenario,
    connections: records.length,
    cuts,
    events: seen.ids.length,
    lost: seen.lost,
    doubled: seen.doubled,
    ms: Date.now() - started,
  };
}

function isOpen(record) {
  return record.how === null;
}
