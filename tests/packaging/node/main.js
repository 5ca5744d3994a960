// Prints the ids of thirty events, and ends.

import { follow } from "./follow.js";
import { seen } from "./seen.js";

const source = follow(process.argv[2]);
const watch = setInterval(() => {
  if (seen.ids.length < 30) return;
  clearInterval(watch);
  source.close();
  console.log(JSON.stringify(seen));
}, 20);
