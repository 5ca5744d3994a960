import assert from "node:assert/strict";
import { test } from "node:test";

import { median } from "./statistics.mjs";

test("the interval is that of the sign test", () => {
  const count = (length) => median(Array.from({ length }, (_, index) => index + 1));
  assert.deepEqual(count(5), { median: 3, low: 1, high: 5 });
  // The tables have the 2nd of 9 and the 6th of 20.
  assert.deepEqual(count(9), { median: 5, low: 2, high: 8 });
  assert.deepEqual(count(20), { median: 10.5, low: 6, high: 15 });
});
