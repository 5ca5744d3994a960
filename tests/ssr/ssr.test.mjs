// An axum server renders the app, Chromium hydrates it, and then it is live.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { logging } from "selenium-webdriver";

import { Browser } from "../e2e/harness/browser.mjs";
import { environment } from "../e2e/harness/environment.mjs";
import { startProcess } from "../e2e/harness/process.mjs";
import { until } from "../e2e/harness/wait.mjs";

let folder, server, browser, origin;

before(async () => {
  const paths = environment();
  folder = mkdtempSync(join(tmpdir(), "everstream-ssr-"));
  server = await startProcess(paths.server, [], { SSR_PACKAGE: paths.site }, [/^listening on (http:\S+)/]);
  origin = server.matches[0][1];
  browser = await Browser.start({ ...paths, folder });
});
after(async () => {
  await browser?.stop();
  await server?.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const asked = async () => Number(await (await fetch(`${origin}/asked`)).text());

test("the server renders the first values, on any thread, and opens nothing", async () => {
  const pages = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(origin)).text()));
  for (const page of pages) {
    assert.match(page, /data-state="idle"/);
    assert.match(page, /<span role="status">Not connected/);
    assert.match(page, /<p id="count">0/);
    assert.match(page, /<button[^>]* hidden/);
    assert.match(page, /<p id="rendered">1 2 3 4 5<.*<p id="rendered-id">5</s);
  }
  assert.equal(await asked(), 0);
});

test("the browser takes over what was rendered, and events come, over every end of the stream", async () => {
  const { driver } = browser;
  // Marks what came from the server before anything of it is hydrated.
  await driver.sendDevToolsCommand("Page.addScriptToEvaluateOnNewDocument", {
    source: `addEventListener("DOMContentLoaded", () => {
      for (const node of document.body.querySelectorAll("p, div, span, button")) node.rendered = true;
      const shown = (window.shown = []);
      const look = () => shown.push(document.querySelector("#rendered").textContent);
      look();
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    })`,
  });
  await browser.openPage(origin);
  const look = () =>
    driver.executeScript(`
      const text = (selector) => document.querySelector(selector)?.textContent;
      const nodes = [...document.body.querySelectorAll("p, div, span, button")];
      return {
        state: document.querySelector("[data-everstream=status]")?.dataset.state,
        count: text("#count"), latest: text("#latest"), numbers: text("#numbers"), id: text("#id"), age: text("#age"), error: text("#error"),
        isRendered: nodes.length >= 8 && nodes.every((node) => node.rendered),
      };`);
  let seen;
  await until(async () => Number((seen = await look()).count) >= 70, () => `70 events; there is ${JSON.stringify(seen)}`, 60_000);
  assert.ok(seen.isRendered, "what the server rendered was replaced");
  const numbers = seen.numbers.split(" ").map(Number);
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1), "every event once, in order");
  assert.deepEqual([seen.count, seen.latest, seen.id], [`${numbers.length}`, `${numbers.length}`, `${numbers.length}`]);
  assert.deepEqual([seen.age, seen.error], ["0", ""]);
  const shown = await driver.executeScript("return shown");
  assert.ok(shown.length > 10);
  for (const text of shown) assert.deepEqual(text.split(" ").map(Number), text.split(" ").map((_, index) => index + 1), "no flash, and no gap");
  assert.ok(shown[0] === "1 2 3 4 5" && shown.at(-1).split(" ").length > 5);
  const answer = () => driver.executeScript("return [...document.querySelectorAll('[id^=answer]')].map((node) => node.textContent.trim())");
  assert.deepEqual(await answer(), ["", "not opened"]);
  for (let times = 0; times < 2; times++) {
    await driver.executeScript("document.querySelector('#ask').click()");
    const expected = ["3 4 5", "closed: the stream is complete"];
    await until(async () => `${(seen = await answer())}` === `${expected}`, () => `the answer; there is ${seen}`, 20_000);
  }
  assert.ok((await asked()) >= 4, "the stream has ended at least three times");
  const log = await driver.manage().logs().get(logging.Type.BROWSER);
  const complaints = log.filter(({ message }) => !message.includes("favicon")).map(({ message }) => message);
  assert.deepEqual(complaints, []);
});
