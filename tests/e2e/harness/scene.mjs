// One page on one feed: what a test does to it, and how it is judged.

import assert from "node:assert/strict";

import {
  assertGoneWhenGivenUp,
  assertNeverTwoAtOnce,
  assertNothingAskedWhilePaused,
  assertNothingLostOrDoubled,
  assertWaited,
  untilCaughtUp,
} from "./judge.mjs";
import { until } from "./wait.mjs";

export class Scene {
  /** Opens the page, or with `worker` the one whose stream runs in a worker. `query` asks the server for faults. */
  static async open(harness, { run, query = "", options = {}, cross = false, worker = false, path = worker ? "worker.html" : "" }) {
    const feed = `${cross ? harness.server.crossOrigin : ""}/events?run=${run}&${query}`;
    const page = await harness.openPage(`/${path}?${new URLSearchParams({ feed, ...options })}`);
    const scene = new Scene(harness, page, run);
    await page.untilSeen(() => true, "the page is there", 60_000);
    return scene;
  }

  constructor(harness, page, run) {
    Object.assign(this, { harness, server: harness.server, driver: harness.browser.driver, page, run });
  }

  /** The connections of this run, oldest first. */
  journal() {
    return this.server.journal(this.run);
  }

  /**
   * Waits until the faults of the run are over and the page has events of the feed that followed, and returns the
   * journal. The server knows of a connection before the page does, and a worker's page last of all: only what has
   * come through to the page shows that it has heard of everything before it.
   */
  untilFeed(timeout) {
    const look = async () => {
      const { state, ids } = await this.page.seen();
      assert.notEqual(state.name, "closed", `the page gave up: ${state.reason}`);
      const records = await this.journal();
      const feed = records.find((record) => isOpen(record) && record.fault === null && record.sent !== null);
      return feed && ids.at(-1) >= feed.sent[0] && records;
    };
    return until(look, "the faults are over and events arrive", timeout);
  }

  /** Waits for so many more events. */
  async more(count, timeout) {
    const { ids } = await this.page.seen();
    return this.page.untilSeen((seen) => seen.ids.length >= ids.length + count, `${count} more events`, timeout);
  }

  untilState(name, timeout) {
    return this.page.untilSeen(({ state }) => state.name === name, `the page is ${name}`, timeout);
  }

  /** Waits until the server has no connection of this run. */
  untilLetGo() {
    return until(async () => !(await this.journal()).some(isOpen), "the page lets go of its connection");
  }

  /**
   * Judges what the page saw by what the server sent. With `flows` it first waits until the page has seen all that was
   * sent so far. With `hurried` something cut a wait short.
   */
  async judge({ flows = true, hurried = false } = {}) {
    const { journal, seen } = flows
      ? await untilCaughtUp(this.server, this.page, this.run)
      : { journal: await this.journal(), seen: await this.page.seen() };
    if (journal.some((record) => record.sent !== null)) assertNothingLostOrDoubled(journal, seen);
    await assertNeverTwoAtOnce(() => this.journal());
    assertNothingAskedWhilePaused(journal, seen);
    if (!hurried) assertWaited(seen);
    await assertGoneWhenGivenUp(() => this.journal(), seen);
  }
}

export function isOpen(record) {
  return record.how === null;
}

export function assertErrors({ errors }, expected) {
  assert.deepEqual(errors.map(({ status, willRetry }) => ({ status, willRetry })), expected);
}
