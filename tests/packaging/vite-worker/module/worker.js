import { follow } from "../follow.js";
import { seen } from "../seen.js";

onmessage = ({ data }) => follow(data);
setInterval(() => postMessage(seen), 50);
