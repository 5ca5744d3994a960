// `import()` is refused, and the error says what to import in place of this.

import { EventSource } from "./node_modules/everstream/dist/index.js";
import { seen } from "./seen.js";
import { start } from "./start.js";

start((url, options) => {
  const source = new EventSource(url, options);
  source.onerror = ({ error, willRetry }) => seen.errors.push({ kind: error.kind, message: error.message, willRetry });
  return source;
});
