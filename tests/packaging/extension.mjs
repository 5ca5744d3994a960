// A browser with an extension in it.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Builder, Capabilities } from "selenium-webdriver";

import { atExit } from "../e2e/harness/cleanup.mjs";
import { environment } from "../e2e/harness/environment.mjs";
import { Page } from "../e2e/harness/page.mjs";
import { killGroup, startProcess } from "../e2e/harness/process.mjs";

/** Starts a browser with the extension of a folder, and opens a page of it there. */
export async function openExtension(extension, path) {
  const { chrome, chromedriver } = environment();
  const folder = mkdtempSync(join(tmpdir(), "everstream-extension-"));
  const removeFolder = atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startProcess(chromedriver, ["--port=0"], { TMPDIR: folder }, [/started successfully on port (\d+)/]);
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${join(folder, "profile")}`];
  args.push(`--load-extension=${extension}`);
  const capabilities = new Capabilities({ browserName: "chrome", "goog:chromeOptions": { binary: chrome, args, excludeSwitches: ["disable-extensions"] } });
  let driver;
  let killBrowser;
  const stop = async () => {
    await driver?.quit().catch(() => {});
    killBrowser?.();
    await server.kill();
    removeFolder();
  };
  try {
    driver = await new Builder().usingServer(`http://127.0.0.1:${server.matches[0][1]}`).withCapabilities(capabilities).build();
    const id = (await driver.getCapabilities()).get("goog:processID");
    killBrowser = atExit(() => killGroup(id));
    await driver.get(`chrome-extension://${nameOf(extension)}/${path}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { page: new Page(driver), stop };
}

/** What Chromium calls an extension without a key: its folder, hashed, in letters. */
function nameOf(folder) {
  const digits = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  return digits.replaceAll(/./g, (digit) => String.fromCharCode(97 + parseInt(digit, 16)));
}
