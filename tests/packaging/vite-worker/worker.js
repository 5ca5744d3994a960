import { EventSource } from "everstream/inline";

import { options, seen, watch } from "./seen.js";

onmessage = ({ data }) => watch(new EventSource(data, options));
setInterval(() => postMessage(seen), 50);
