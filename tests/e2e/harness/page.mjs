// A page that exposes what it saw as `window.__seen`, whatever it is made with.

import { By } from "selenium-webdriver";

import { until } from "./wait.mjs";

export class Page {
  #driver;

  constructor(driver) {
    this.#driver = driver;
  }

  /**
   * What the page has seen so far: `ids` (of all events, in order), `lost`, `doubled`, `state`, `states`, `errors`;
   * `null` while the page is still loading.
   */
  seen() {
    return this.#driver.executeScript("return window.__seen ?? null");
  }

  /** Waits until `is(seen)` and returns what the page has seen then. */
  async untilSeen(is, what, timeout) {
    let seen = null;
    const look = async () => {
      seen = await this.seen();
      return seen !== null && is(seen);
    };
    await until(look, () => `${what}; the page has seen ${this.describe(seen)}`, timeout);
    return seen;
  }

  /** Clicks the element with this id. */
  async click(id) {
    await this.#driver.findElement(By.id(id)).click();
  }

  /** A short text about what a page has seen, for messages. */
  describe(seen) {
    if (seen === null) return "nothing: it has no window.__seen";
    const { ids, states, ...rest } = seen;
    const names = states.map((state) => (state.reason ? `${state.name} (${state.reason})` : state.name));
    return JSON.stringify({ ...rest, events: ids.length, first: ids.at(0), last: ids.at(-1), states: names.slice(-20) });
  }
}
