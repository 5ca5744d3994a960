// A real Firefox behind a real geckodriver.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { Builder, Capabilities } from "selenium-webdriver";

import { atExit } from "./cleanup.mjs";
import { Page } from "./page.mjs";
import { killGroup, startProcess } from "./process.mjs";

export class Firefox {
  engine = "firefox";
  #process;
  #killBrowser;

  /** Starts geckodriver on a free port and a browser that leaves everything it writes in `folder`. */
  static async start({ geckodriver, firefox, folder }) {
    const browser = new Firefox();
    const home = join(folder, "home");
    mkdirSync(home);
    const env = { TMPDIR: folder, HOME: home, MOZ_HEADLESS: "1" };
    browser.#process = await startProcess(geckodriver, ["--port=0"], env, [/Listening on 127\.0\.0\.1:(\d+)/]);
    try {
      await browser.#openSession(firefox);
    } catch (error) {
      await browser.stop();
      throw error;
    }
    return browser;
  }

  async #openSession(firefox) {
    const [[, port]] = this.#process.matches;
    const options = { binary: firefox, args: ["-headless"] };
    const capabilities = new Capabilities({ browserName: "firefox", "moz:firefoxOptions": options });
    this.driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    const id = (await this.driver.getCapabilities()).get("moz:processID");
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
