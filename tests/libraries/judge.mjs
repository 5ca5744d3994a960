// What came against what should have come.

import assert from "node:assert/strict";

import { until } from "../e2e/harness/wait.mjs";

/** Asserts that each number came once, in order; `got` may be asked again until `count` of them are there. */
export async function allOnce(got, count, what) {
  await until(async () => new Set(await got()).size >= count, async () => `${count} events came; ${what()}, came: ${await got()}`, 60_000);
  const numbers = await got();
  assert.deepEqual(tally(numbers, range(count)), { lost: 0, doubled: 0 }, `came: ${numbers}`);
  assert.deepEqual(numbers, range(count), "in order");
}

/** Of the numbers that were `sent`, how many did not come, and how many came again. */
export function tally(numbers, sent) {
  const distinct = new Set(numbers);
  return { lost: sent.filter((number) => !distinct.has(number)).length, doubled: numbers.length - distinct.size };
}

export const range = (count) => Array.from({ length: count }, (_, index) => index + 1);

/** Asserts that the breaks of the plan have all happened. */
export function broken(journal) {
  assert.deepEqual(journal.slice(0, 3).map(({ how }) => how), ["cut", "503", "end"]);
}
