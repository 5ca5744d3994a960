import { EventSource } from "./node_modules/everstream/dist/index.js";
import { feed, options, watch } from "./seen.js";

watch(new EventSource(feed, options));
