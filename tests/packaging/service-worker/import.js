// `import()` is refused: a source that the browser's own class can stand in for says so on the console, another by its error.

import { EventSource } from "./node_modules/everstream/dist/index.js";
import { seen } from "./seen.js";
import { start } from "./start.js";

console.warn = (...words) => seen.errors.push(words.join(" "));

start((url, options) => {
  new EventSource(url, { ...options, transport: "fetch" }).onerror = ({ error }) => seen.errors.push(error.message);
  return new EventSource(url, options);
});
