// The worker of worker.html: hears from the page, and shows it what it has seen.

import init, { InWorker } from "./page.js";

// What the page says while the module is loading waits here.
const early = [];
self.onmessage = ({ data }) => early.push(data);

await init({ module_or_path: "page_bg.wasm" });
const source = new InWorker(location.search, location.href);
self.onmessage = ({ data }) => source.told(data);
early.forEach((data) => source.told(data));
setInterval(() => postMessage(self.__seen), 50);
