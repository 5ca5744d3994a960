import { options, seen, watch } from "./seen.js";

/** Waits for the address of a feed. */
export function start(open) {
  self.onmessage = ({ data, source: page }) => {
    watch(open(data, options));
    setInterval(() => page.postMessage(seen), 50);
  };
}
