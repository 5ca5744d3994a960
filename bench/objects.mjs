// From the text of an event to an object of JavaScript and back, by each way that a page in Rust has: microseconds for one tick of 155
// bytes, in Node's engine. The module is bound by wasm-bindgen for Node; its file is the argument.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const { Bench } = createRequire(import.meta.url)(resolve(process.argv[2]));
const COUNT = 2_000;
const ROUNDS = 41;
const bench = new Bench(COUNT);

let sum = 0;
const take = ({ seq }) => (sum = (sum + seq) | 0);
const ways = {
  "JSON.parse": () => bench.parsed(take),
  "serde, without a type": () => bench.transcoded(take),
  "a type, then serde": () => bench.typed(take),
  "a type, then a text, then JSON.parse": () => bench.typed_as_text(take),
  "back by serde": () => (sum = bench.back()),
  "back by JSON.stringify": () => (sum = bench.back_as_text()),
};

const expected = (COUNT * (COUNT - 1)) / 2;
const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [way, run] of Object.entries(ways)) {
    sum = 0;
    const start = performance.now();
    run();
    times[way].push(((performance.now() - start) / COUNT) * 1_000);
    if (sum !== expected) throw new Error(`${way}: ${sum} in place of ${expected}`);
  }
}
for (const [way, all] of Object.entries(times)) {
  // The first rounds are the compiler's.
  const rest = all.slice(ROUNDS >> 2).sort((one, other) => one - other);
  console.log(`${way.padEnd(38)} ${rest[rest.length >> 1].toFixed(2)} µs`);
}
