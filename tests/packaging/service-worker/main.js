// The page starts a service worker, gives it the address, and is told what it has seen.

const { worker, type = "module", feed } = Object.fromEntries(new URLSearchParams(location.search));

// Each has a scope of its own: there is one to a scope.
const registration = await navigator.serviceWorker.register(worker, { type, scope: `./${worker}/` });
const { active, waiting, installing } = registration;
navigator.serviceWorker.onmessage = ({ data }) => (window.__seen = data);
(active ?? waiting ?? installing).postMessage(feed);
