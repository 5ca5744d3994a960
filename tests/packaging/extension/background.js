import { EventSource } from "./node_modules/everstream/dist/inline.js";
import { options, seen, watch } from "./seen.js";

chrome.runtime.onConnect.addListener((port) => {
  watch(new EventSource(port.name, options));
  setInterval(() => port.postMessage(seen), 50);
});
