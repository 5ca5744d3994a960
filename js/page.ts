// A worker cannot see its page: the page tells it what happens, in one line, and the sources of the worker hear of it by another.

import { browser } from "./browser.js";
import { platform, setPlatform } from "./platform.js";
import * as is from "./protocol.js";

/** What a page can talk to: a worker, or a port of a shared one. */
export interface PageReceiver {
  postMessage(message: unknown): void;
}

/**
 * In the page: tells a worker when the page is hidden, frozen, left for the back/forward cache, offline, and the reverse. What is
 * returned ends it.
 *
 * ```js
 * import { tellWorker } from "everstream/page";
 *
 * const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
 * tellWorker(worker);
 * ```
 */
export function tellWorker(worker: PageReceiver): () => void {
  return browser.watchPage((input, reason = 0) => worker.postMessage({ [NAME]: [input, reason] }));
}

/**
 * In the worker, before its first source: from now on what the page tells is what happens to the sources here. A worker that serves
 * several pages passes the port of one. What is returned ends it.
 *
 * ```js
 * import { EventSource } from "everstream";
 * import { followPage } from "everstream/page";
 *
 * followPage();
 * const source = new EventSource("/events");
 * ```
 */
export function followPage(port: EventTarget = globalThis as unknown as EventTarget): () => void {
  const watchers = new Set<(input: number, reason?: number) => void>();
  /** What was told last, of each pair of opposites. */
  const current = new Map<string, readonly [number, number]>();
  const hear = (event: Event) => {
    const told: unknown = (event as MessageEvent<Record<string, unknown> | null>).data?.[NAME];
    if (!Array.isArray(told)) return;
    const [input, reason] = told as [number, number];
    // Nothing else is taken from a message: it may be anybody's.
    if (!INPUTS.includes(input) || !REASONS.includes(reason)) return;
    current.set(`${input >> 1} ${reason}`, [input, reason]);
    for (const watcher of [...watchers]) watcher(input, reason);
  };
  port.addEventListener("message", hear);
  // (Nothing comes from a port before that.)
  (port as MessagePort).start?.();
  const own = {
    ...browser,
    watchPage(tell: (input: number, reason?: number) => void) {
      const undo = browser.watchPage(tell);
      for (const [input, reason] of current.values()) tell(input, reason);
      watchers.add(tell);
      return () => {
        watchers.delete(tell);
        undo();
      };
    },
  };
  setPlatform(own);
  return () => {
    port.removeEventListener("message", hear);
    if (platform() === own) setPlatform(undefined);
    // What was told holds no longer.
    for (const watcher of [...watchers]) for (const [input, reason] of current.values()) watcher(input === is.OFFLINE ? is.ONLINE : input | 1, reason);
  };
}

const NAME = "everstream page";
const INPUTS = [is.PAUSE, is.RESUME, is.HIDDEN, is.VISIBLE, is.ONLINE, is.OFFLINE];
const REASONS = [0, is.FROZEN, is.CACHED];
