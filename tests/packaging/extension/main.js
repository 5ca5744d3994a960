// Shows what the background has seen.

const port = chrome.runtime.connect({ name: new URLSearchParams(location.search).get("feed") });
port.onMessage.addListener((seen) => (window.__seen = seen));
