import { EventSource } from "./node_modules/everstream/dist/inline.js";
import { start } from "./start.js";

start((url, options) => new EventSource(url, options));
