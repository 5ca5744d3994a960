import assert from "node:assert/strict";
import { test } from "node:test";

import { EVENTS, renewed } from "./page/workloads.js";

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

test("a renewed text is another one, of the same events", () => {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  for (const event of Object.values(EVENTS)) {
    const chunks = renewed([encoder.encode(Array.from({ length: 40 }, (_, number) => event(number)).join(""))]);
    const seen = new Set(chunks.map((chunk) => decoder.decode(chunk)));
    for (let pass = 0; pass < 20; pass++) {
      chunks.renew(chunks[0]);
      seen.add(decoder.decode(chunks[0]));
    }
    assert.equal(seen.size, 21);
    assert.equal(new Set([...seen].map((text) => text.split("\n\n").length)).size, 1);
    // The same once more.
    chunks.restart();
    chunks.renew(chunks[0]);
    assert.ok(seen.has(decoder.decode(chunks[0])));
  }
});
