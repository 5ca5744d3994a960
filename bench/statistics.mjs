// What can be said after some rounds.

/** The median, and the interval in which it lies with a probability of at least 95 % whatever the distribution. */
export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const cut = orderOfLowerEnd(sorted.length);
  return { median: middle(sorted), low: sorted[cut], high: sorted[sorted.length - 1 - cut] };
}

function middle(sorted) {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** How many values may lie below the interval: as many heads as fewer than 2.5 % of all series of coin flips have at the most. */
function orderOfLowerEnd(count) {
  let probability = 0.5 ** count;
  let heads = 0;
  for (let sum = probability; sum <= 0.025; sum += probability) {
    heads++;
    probability *= (count - heads + 1) / heads;
  }
  return Math.max(0, heads - 1);
}
