// Closes a source whose answer has been read for a while, as far as the garbage collector is concerned. (--expose-gc)

import { setTimeout as sleep } from "node:timers/promises";

import { follow } from "./follow.js";
import { seen } from "./seen.js";

const source = follow(process.argv[2]);
while (!seen.ids.length) await sleep(20);
for (let round = 0; round < 10; round++) {
  gc();
  await sleep(20);
}
source.close();
const { length } = seen.ids;
console.log(source.state.name);
// As a server would that has other things to do.
await sleep(3000);
console.log(seen.ids.length - length);
process.exit();
