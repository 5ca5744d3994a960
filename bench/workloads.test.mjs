import assert from "node:assert/strict";
import { test } from "node:test";

import { EVENTS } from "./page/workloads.js";

test("events are as long as their names say", () => {
  for (const [name, event] of Object.entries(EVENTS)) {
    const [, size, unit] = /([\d.]+) (K?)B/.exec(name);
    const bytes = size * (unit ? 1_000 : 1);
    for (const number of [0, 9, 12_345]) {
      const error = Math.abs(Buffer.byteLength(event(number)) - bytes);
      assert.ok(unit ? error < bytes / 100 : error === 0, `${name}: ${error} bytes more or less`);
    }
  }
});
