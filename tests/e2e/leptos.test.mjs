// What only the hook for Leptos promises: nothing is left of what was unmounted, and frames are not needed to fold.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertInOrder, isOpen, Scene, startHarness, until } from "./harness/index.mjs";

let harness;

before(async () => {
  harness = await startHarness({ rate: 500 });
});
after(() => harness?.stop());

const open = (run, query = "") => Scene.open(harness, { path: "leptos/", run, query });

test("what there is after 1,000 mounts is what there was after 100", async () => {
  const scene = await open("leptos-leak");
  const mount = (times) =>
    harness.browser.driver.executeAsyncScript(
      `const [times, done] = arguments;
       const mount = async () => {
         const { show } = window.__app;
         const events = () => window.__seen.ids.length;
         for (let turn = 0; turn < times; turn++) {
           show(false);
           show(true);
           // Effects run in a microtask; every tenth connection is open and has events before it goes.
           await new Promise((resolve) => setTimeout(resolve));
           for (const before = events(); turn % 10 === 9 && events() === before; ) {
             await new Promise((resolve) => setTimeout(resolve, 5));
           }
         }
       };
       mount().then(done);`,
      times,
    );
  const count = async () => {
    await scene.more(10);
    await until(async () => (await scene.journal()).filter(isOpen).length === 1, "only the last connection is open", 10_000);
    const { driver } = harness.browser;
    await driver.sendDevToolsCommand("HeapProfiler.collectGarbage", {});
    const { jsEventListeners, nodes } = await driver.sendAndGetDevToolsCommand("Memory.getDOMCounters", {});
    return { pages: await driver.executeScript("return window.__app.wasmPages()"), jsEventListeners, nodes };
  };
  await harness.browser.driver.manage().setTimeouts({ script: 120_000 });
  await mount(100);
  const few = await count();
  await mount(900);
  const many = await count();
  console.log(`after 100 mounts ${JSON.stringify(few)}, after 1,000 ${JSON.stringify(many)}`);
  assert.deepEqual([many.pages, many.jsEventListeners], [few.pages, few.jsEventListeners]);
});

test("a hidden page folds every event, and is told of many at once", async () => {
  const scene = await open("leptos-hidden");
  await scene.more(10);
  const { driver } = harness.browser;
  // Looking at the page by the driver would show it: it notes for itself what it has seen as it comes and goes.
  await driver.executeScript(`
    window.__looks = [];
    document.addEventListener("visibilitychange", () => {
      const { ids, renders } = window.__seen;
      window.__looks.push({ visibility: document.visibilityState, count: ids.length, renders });
    });`);
  const page = await driver.getWindowHandle();
  const before = Number(await harness.server.latest());
  await driver.switchTo().newWindow("tab");
  await until(async () => Number(await harness.server.latest()) > before + 2_000, "2,000 events have been sent");
  await driver.close();
  await driver.switchTo().window(page);
  const { ids } = await scene.more(10);
  const [hidden, shown] = await driver.executeScript("return window.__looks");
  assert.deepEqual([hidden.visibility, shown.visibility], ["hidden", "visible"]);
  const [events, renders] = [shown.count - hidden.count, shown.renders - hidden.renders];
  console.log(`while it was hidden ${events} events and ${renders} updates`);
  assert.ok(events > 1_500 && renders > 0 && renders < events / 20, `${renders} updates for ${events} events`);
  assertInOrder(ids, ids[0]);
  await scene.judge();
});
