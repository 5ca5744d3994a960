// A real Chromium behind a real chromedriver.

import { join } from "node:path";

import { Builder, Capabilities } from "selenium-webdriver";

import { atExit } from "./cleanup.mjs";
import { Page } from "./page.mjs";
import { killGroup, startProcess } from "./process.mjs";

const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// chromedriver's own switches would make hidden pages behave like visible ones and pages that are left never come back.
const EXCLUDED = [
  "disable-background-timer-throttling",
  "disable-renderer-backgrounding",
  "disable-backgrounding-occluded-windows",
  "disable-back-forward-cache",
];

export class Browser {
  engine = "chromium";
  #process;
  #killBrowser;

  /** Starts chromedriver on a free port and a browser with a fresh profile in `folder`. */
  static async start({ chromedriver, chrome, folder }) {
    const browser = new Browser();
    // Both leave temporary files behind when they are killed: they get a folder that is removed afterwards.
    const env = { TMPDIR: folder };
    browser.#process = await startProcess(chromedriver, ["--port=0"], env, [/started successfully on port (\d+)/]);
    try {
      await browser.#openSession(chrome, folder);
    } catch (error) {
      await browser.stop();
      throw error;
    }
    return browser;
  }

  async #openSession(chrome, folder) {
    const [[, port]] = this.#process.matches;
    const args = [...ARGUMENTS, `--user-data-dir=${join(folder, "profile")}`];
    const capabilities = new Capabilities({
      browserName: "chrome",
      "goog:chromeOptions": { binary: chrome, args, excludeSwitches: EXCLUDED },
    });
    /** The selenium-webdriver session, for what this harness has no word for. */
    this.driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    // The browser has a process group of its own and would outlive its driver.
    const id = (await this.driver.getCapabilities()).get("goog:processID");
    this.#killBrowser = atExit(() => killGroup(id));
  }

  /** Opens `url` in the current tab, which ends the page that was there. */
  async openPage(url) {
    await this.driver.get(url);
    return new Page(this.driver);
  }

  async stop() {
    // A browser that hangs is killed below.
    await this.driver?.quit().catch(() => {});
    this.#killBrowser?.();
    await this.#process.kill();
  }
}
