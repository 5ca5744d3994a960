// The processes of a browser, and how much memory they take. (Linux: /proc says so.)

import { readdirSync, readFileSync } from "node:fs";

/** What a process and all that it started take, in MB; what they share is counted once. */
export function memoryOf(pid) {
  const share = (id) => Number(/^Pss: +(\d+)/m.exec(read(id, "smaps_rollup"))?.[1] ?? 0);
  return familyOf(pid).reduce((sum, id) => sum + share(id), 0) / 1024;
}

/** A process, and all that it started. */
export function familyOf(pid) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && descendsFrom(pid, name));
}

/** Nothing of a process that has ended. */
export function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function descendsFrom(ancestor, pid) {
  for (let at = Number(pid); at > 1; at = parent(at)) if (at === ancestor) return true;
  return false;
}

function parent(pid) {
  // The name comes before it, and may have anything in it.
  return Number(read(pid, "stat").split(") ").at(-1).split(" ")[1]);
}
