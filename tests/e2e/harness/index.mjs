// The one harness of all end-to-end tests: a server, a browser, and what they say about each other.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Browser } from "./browser.mjs";
import { atExit } from "./cleanup.mjs";
import { environment } from "./environment.mjs";
import { Firefox } from "./firefox.mjs";
import { Server } from "./server.mjs";

export { assertInOrder } from "./judge.mjs";
export { assertErrors, isOpen, Scene } from "./scene.mjs";
export { markdownTable, printTable } from "./table.mjs";
export { until } from "./wait.mjs";

/**
 * Starts a server with `rate` events a second and a browser. `site` is the folder of the page, by default that of the
 * demo. Call `stop` when done; if the tests break off before, the process cleans up when it exits.
 */
export async function startHarness({ rate, site }) {
  const paths = environment();
  const folder = mkdtempSync(join(tmpdir(), "everstream-e2e-"));
  const removeFolder = atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  let server = null;
  let browser = null;
  const stop = async () => {
    await browser?.stop();
    await server?.stop();
    removeFolder();
  };
  try {
    server = await Server.start({ path: paths.server, site: site ?? paths.site, folder, rate });
    browser = await (paths.firefox ? Firefox : Browser).start({ ...paths, folder });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server,
    browser,
    /** Opens a page of the server's; `path` is relative to its origin. */
    openPage: (path) => browser.openPage(new URL(path, server.origin).href),
    stop,
  };
}
