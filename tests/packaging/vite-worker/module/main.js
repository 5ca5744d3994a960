const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => (window.__seen = data);
worker.postMessage(new URLSearchParams(location.search).get("feed"));
