// What components do to their streams, judged by the server's journal: bursts, StrictMode, unmounting, a changed url.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";

import { isOpen, Scene, startHarness, until } from "./harness/index.mjs";
import { assertInOrder, assertNeverTwoAtOnce } from "./harness/judge.mjs";

let harness;

before(async () => {
  harness = await startHarness({ rate: 500 });
});
after(() => harness?.stop());

for (const name of ["leptos", "react", "vue"]) {
  describe(name, () => {
    const open = (run, query) => Scene.open(harness, { path: `${name}/`, run: `${name}-${run}`, query, options: { retryBase: 50 } });
    const app = (code) => harness.browser.driver.executeScript(`const app = window.__app; ${code}`);

    test("a burst: every event once, in order, in far fewer drawings", async () => {
      await until(async () => Number(await harness.server.latest()) > 2_000, "the server has a backlog");
      const scene = await open("burst", "from=0");
      const { ids, renders } = await scene.page.untilSeen(({ ids }) => ids.length >= 2_000, "2,000 events");
      assertInOrder(ids, 1);
      assert.ok(renders < ids.length / 10, `${renders} drawings for ${ids.length} events`);
    });

    test("one connection, also under StrictMode", async () => {
      const scene = await open("strict", "");
      await scene.more(100);
      assert.equal((await scene.journal()).length, 1);
      await scene.judge();
    });

    test("taken off and put on again, at once and a moment later", async () => {
      const scene = await open("mounts", "");
      await scene.more(10);
      await app("for (let turn = 0; turn < 5; turn++) { app.show(false); app.show(true); }");
      for (const pause of [0, 5, 20, 50]) {
        await app("app.show(false)");
        await sleep(pause);
        await app("app.show(true)");
        await sleep(pause);
      }
      await scene.more(10);
      await assertNeverTwoAtOnce(() => scene.journal());
      await app("app.show(false)");
      await until(async () => !(await scene.journal()).some(isOpen), "the server is rid of the last one", 2_000);
    });

    test("a url that changes while a retry is pending", async () => {
      const scene = await open("before", "status=503&retryAfter=2&times=1");
      await scene.untilState("waiting");
      await app(`app.setUrl("/events?run=${name}-after".replace(/^/, location.origin))`);
      const { ids } = await scene.more(100);
      await sleep(2_500);
      assert.equal((await scene.journal()).length, 1, "the old url is not asked again");
      const [record, ...more] = await harness.server.journal(`${name}-after`);
      assert.deepEqual([more, record.how], [[], null]);
      assertInOrder(ids, record.sent[0]);
    });
  });
}
