// Says on a line of its own, again and again, what it has seen.

import { follow } from "./follow.js";
import { seen } from "./seen.js";

follow(typeof Deno === "object" ? Deno.args[0] : process.argv[2]);
setInterval(() => console.log(JSON.stringify(seen)), 50);
