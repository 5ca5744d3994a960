// The drop-in class, as code that was written for the browser's own uses it.

import { EventSource } from "everstream";

import { options, watch } from "./seen.js";

export const follow = (url) => watch(new EventSource(url, options));
