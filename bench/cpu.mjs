// How much processor time the main thread of a page has had, and how much memory. (Linux: /proc says so.)

import { familyOf, read } from "../tests/e2e/harness/memory.mjs";

export class MainThread {
  #pid;

  /** Finds the process of the page among those of a browser: the one that is busy while `keepBusy` runs. */
  static async find(browser, keepBusy) {
    const threads = renderers(browser).map((pid) => new MainThread(pid));
    const before = threads.map((thread) => thread.nanoseconds());
    await keepBusy();
    const spent = threads.map((thread, index) => thread.nanoseconds() - before[index]);
    const most = Math.max(...spent);
    if (!(most > 500e6)) throw new Error("No process of a page was found that is busy when the page is.");
    return threads[spent.indexOf(most)];
  }

  constructor(pid) {
    this.#pid = pid;
  }

  /** Since the thread was started; 0 once it has ended. */
  nanoseconds() {
    return Number(read(this.#pid, `task/${this.#pid}/schedstat`).split(" ")[0]);
  }

  /** How much memory its process has. */
  residentBytes() {
    return Number(/VmRSS:\s+(\d+) kB/.exec(read(this.#pid, "status"))[1]) * 1_024;
  }
}

/** The processes in which pages of Chromium and Firefox run. */
function renderers(browser) {
  return familyOf(browser).filter((pid) => /--type=renderer|-contentproc/.test(read(pid, "cmdline")));
}
