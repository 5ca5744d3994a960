// Reads a stream where the page does not have to, and hands over all that came together.

import { EventSource } from "../../js/index.js";

onmessage = ({ data: url }) => {
  const source = new EventSource(url);
  let waiting = [];
  source.subscribe((message) => {
    if (waiting.push(message) === 1) queueMicrotask(() => postMessage(waiting.splice(0)));
  });
  source.onerror = () => close();
};
