// Keeps one event of 40, or of so many, of this length, and says how many bytes that is, and how many the heap has grown by. Run with --expose-gc.

import { EventSource } from "../../dist/index.js";
import { World } from "../../dist/testing.js";

const [, , how, length = 74, every = 40] = process.argv;
const world = await World.start();
const source = new EventSource("http://example.org/events");
const kept = [];
let seen = 0;
let bytes = 0;
const hear = ({ data }) => {
  if (seen++ % every) return;
  kept.push(how === "burst, copied" ? structuredClone(data) : data);
  bytes += data.length;
};
if (how === "DOM events") source.addEventListener("message", hear);
else source.subscribe(hear);
const request = (await world.request()).open();
const used = () => {
  for (let time = 0; time < 4; time++) gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

let number = 0;
// (Never the same text twice: it might be one string.)
const text = () => Array.from({ length: 150 }, () => `data: ${`${number++}`.padEnd(length, "x")}\n\n`).join("");
request.write(text());
const before = used();
[kept.length, bytes] = [0, 0];
while (bytes < 1_100_000) {
  // A chunk each 100 ms, or all at once.
  if (how === "live") await world.advance(100);
  request.write(text());
}
console.log(JSON.stringify({ events: seen, kept: kept.length, bytes, grown: used() - before }));
world.stop();
