// A real WebKitGTK behind its own driver, in a display that nobody sees.

import { spawn } from "node:child_process";
import { createServer } from "node:net";

import { Builder, Capabilities } from "selenium-webdriver";

import { atExit } from "./cleanup.mjs";
import { Page } from "./page.mjs";
import { killGroup, startProcess } from "./process.mjs";
import { until } from "./wait.mjs";

export class WebKit {
  engine = "webkit";
  #display;
  #process;

  /** Starts a display, the driver on a free port and a browser. */
  static async start({ webkitdriver, webkit, xvfb, folder }) {
    const browser = new WebKit();
    const display = spawn(xvfb, ["-displayfd", "3", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"], detached: true });
    browser.#display = atExit(() => killGroup(display.pid));
    const number = await new Promise((resolve, reject) => {
      display.once("error", reject);
      display.stdio[3].once("data", (text) => resolve(`${text}`.trim()));
    });
    const port = await freePort();
    browser.#process = await startProcess(webkitdriver, [`--port=${port}`, "--host=127.0.0.1"], { DISPLAY: `:${number}`, TMPDIR: folder, HOME: folder, WEBKIT_DISABLE_COMPOSITING_MODE: "1" }, []);
    try {
      await until(() => fetch(`http://127.0.0.1:${port}/status`).then(({ ok }) => ok, () => false), "the driver answers");
      const options = { binary: webkit, args: ["--automation"] };
      const capabilities = new Capabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": options });
      browser.driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    } catch (error) {
      await browser.stop();
      throw error;
    }
    return browser;
  }

  /** Opens `url` in the current tab, which ends the page that was there. */
  async openPage(url) {
    await this.driver.get(url);
    return new Page(this.driver);
  }

  async stop() {
    await this.driver?.quit().catch(() => {});
    await this.#process?.kill();
    this.#display();
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
