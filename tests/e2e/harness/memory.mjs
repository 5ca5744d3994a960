// How much memory a browser takes. (Linux: /proc says so.)

import { readdirSync, readFileSync } from "node:fs";

/** What a process and all that it started take, in MB; what they share is counted once. */
export function memoryOf(pid) {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((id) => [id, read(`/proc/${id}/stat`).split(") ")[1]?.split(" ")[1]]);
  const family = new Set([`${pid}`]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [id, parent] of parents) if (family.has(parent)) family.add(id);
  }
  const share = (id) => Number(/^Pss: +(\d+)/m.exec(read(`/proc/${id}/smaps_rollup`))?.[1] ?? 0);
  return [...family].reduce((sum, id) => sum + share(id), 0) / 1024;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process is gone.
    return "";
  }
}
