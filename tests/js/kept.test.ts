// What a text that is kept holds on to: Chromium and Node make parts of a text that stand for all of it.

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

test.each(["DOM events", "live", "burst, copied"])("one event of 40 is kept, and little beside it: %s", (how) => {
  const said = execFileSync(process.execPath, ["--expose-gc", "tests/js/kept.mjs", how], { encoding: "utf8" });
  const { bytes, grown } = JSON.parse(said);
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(grown).toBeLessThan(4 * bytes);
}, 60_000);
