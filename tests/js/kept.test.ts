// What a text that is kept holds on to: Chromium and Node make parts of a text that stand for all of it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const keep = (...how: string[]) => JSON.parse(execFileSync(process.execPath, ["--expose-gc", "tests/js/kept.mjs", ...how], { encoding: "utf8" }));

test.each(["DOM events", "live", "burst, copied"])("one event of 40 is kept, and little beside it: %s", (how) => {
  const { bytes, grown } = keep(how);
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(grown).toBeLessThan(4 * bytes);
}, 60_000);

test.each([
  ["74", 16_000],
  ["1000", 64_000],
])("of a burst of texts of %s bytes, one that is kept keeps up to %i around it, as the documentation says", (length, most) => {
  const { kept, grown } = keep("burst", length, "300");
  expect(grown / kept).toBeLessThan(most * 1.1);
  expect(grown / kept).toBeGreaterThan(most / 2);
  expect(readFileSync("docs/options.md", "utf8")).toMatch(new RegExp(`keeps up to 16 kB around it.*${most / 1000} kB|keeps up to ${most / 1000} kB`));
}, 60_000);
