// The demo page as its users have it: its buttons, odd bytes, and what is not worth a row of the fault table.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { assertErrors, Scene, startHarness, until } from "./harness/index.mjs";

/** Events a second. */
const RATE = 50;
/** After so many milliseconds a client may take its connection for a good one, and its next delay is a short one. */
const GOOD = 1_200;

let harness;

before(async () => {
  harness = await startHarness({ rate: RATE });
});

after(async () => {
  await harness?.stop();
});

scenario("events arrive", {}, async ({ page }) => {
  await page.untilSeen(({ ids }) => ids.length >= 3 * RATE, "150 events");
});

scenario("503 with Retry-After as a date", { query: "status=503&retryAfter=date&times=1" }, async (scene) => {
  const [refused, next] = await scene.untilFeed();
  assert.equal(refused.status, 503);
  // The server's date is at least two seconds ahead.
  assert.ok(next.opened - refused.opened >= 2_000, `it came back after ${next.opened - refused.opened} ms`);
  assertErrors(await scene.page.seen(), [{ status: 503, willRetry: true }]);
});

scenario("bytes that dribble, and a line of 1 MB", { query: "slow=2&huge=1000000" }, async ({ page }) => {
  await page.untilSeen(({ ids }) => ids.length >= 20, "20 events", 60_000);
});

scenario("another origin that knows no preflight, resumed by the browser", { query: `retry=600&end=3&lasting=${GOOD}&times=2&preflight=no`, cross: true, options: { transport: "auto" } }, async (scene) => {
  const journal = await scene.untilFeed();
  assert.equal(journal.at(-1).resumedBy, "header");
  assert.equal((await scene.page.seen()).state.transport, "EventSource");
});

scenario("the buttons pause, resume, reconnect and close", { flows: false }, async (scene) => {
  const connections = async () => (await scene.journal()).length;
  await scene.more(10);

  await scene.page.click("pause");
  await scene.untilState("paused");
  await scene.untilLetGo();
  await sleep(500);
  assert.equal(await connections(), 1, "a paused page connects");

  await scene.page.click("resume");
  await scene.untilState("open");
  await scene.more(10);

  await scene.page.click("reconnect");
  await until(async () => (await connections()) === 3, "the page connects anew");
  await scene.more(10);

  await scene.page.click("close");
  const { ids } = await scene.untilState("closed");
  await sleep(500);
  assert.equal(await connections(), 3, "a closed page connects");
  assert.equal((await scene.page.seen()).ids.length, ids.length, "a closed page gets events");
});

/** A test that opens the page with a feed of its own, lets `act` happen, and judges what came of it. */
function scenario(title, { query, cross, options, flows = true }, act) {
  test(title, async () => {
    const run = title.replaceAll(/\W+/g, "-");
    const scene = await Scene.open(harness, { run, query, cross, options: { retryBase: 50, ...options } });
    try {
      await act(scene);
      await scene.judge({ flows, hurried: !flows });
    } catch (error) {
      console.log(`${title}: the page has seen ${scene.page.describe(await scene.page.seen())}`);
      console.log(`${title}: the journal ends with ${JSON.stringify((await scene.journal()).slice(-5))}`);
      throw error;
    } finally {
      // Nothing of this run may go on during the next one.
      await harness.browser.openPage("about:blank");
    }
  });
}
