// Waiting without sleeping longer than necessary.

import { setTimeout as sleep } from "node:timers/promises";

/**
 * Calls `look` again and again until it returns something truthy, and returns that. After `timeout` milliseconds it
 * throws; `what` says what was waited for, and may be a function that is called then.
 */
export async function until(look, what, timeout = 20_000) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) {
      const text = typeof what === "function" ? await what() : what;
      throw new Error(`This did not happen in ${timeout} ms: ${text}`);
    }
    await sleep(50);
  }
}
