// Plays what happens to a page. The end-to-end tests have it happen for real.

const ON_DOCUMENT = ["visibilitychange", "freeze", "resume"];

export function happen(event, visibility) {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibility });
  (ON_DOCUMENT.includes(event) ? document : window).dispatchEvent(new Event(event));
}

export function allow(sources) {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = `connect-src ${sources}`;
  document.head.append(policy);
}
