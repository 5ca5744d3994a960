import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { SHORT } from "../../js/core.js";

test("there is room for the longest of the short texts", () => {
  const [, room] = /array\.new \$units \(i32\.const 0\) \(i32\.const (\d+)\)/.exec(readFileSync("js/strings.wat", "utf8"))!;
  expect(Number(room)).toBe(SHORT);
});
