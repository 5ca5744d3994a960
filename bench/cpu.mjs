// How much processor time the main thread of a page has had, and how much memory. (Linux: /proc says so.)

import { readdirSync, readFileSync } from "node:fs";

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
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const isPage = (pid) => /--type=renderer|-contentproc/.test(read(pid, "cmdline"));
  return processes.filter((pid) => isPage(pid) && descendsFrom(browser, pid));
}

function descendsFrom(ancestor, pid) {
  for (let at = Number(pid); at > 1; at = parent(at)) if (at === ancestor) return true;
  return false;
}

function parent(pid) {
  // The name comes before it, and may have anything in it.
  return Number(read(pid, "stat").split(") ").at(-1).split(" ")[1]);
}

/** Nothing of a process that has ended. */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
