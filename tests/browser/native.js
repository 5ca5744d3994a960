// Watches what is made of the browser's own EventSource. It stays the real one.

const sources = [];

globalThis.EventSource = class extends globalThis.EventSource {
  constructor(url, init) {
    super(url, init);
    this.closes = 0;
    sources.push(this);
  }

  close() {
    this.closes += 1;
    super.close();
  }
};

const of = (url) => sources.filter((source) => source.url === new URL(url).href);

export function made(url) {
  const alive = of(url).filter((source) => source.readyState !== 2);
  return [of(url).length, alive.length];
}

export function revive(url, event) {
  of(url).at(-1).dispatchEvent(new Event(event));
}

export function closes(url) {
  return of(url).at(-1).closes;
}

/** Only Chromium reads a `data:` stream again by itself: Firefox gives up, and WebKit's is never left to itself. */
export function readsAgain() {
  return /Chrom/.test(navigator.userAgent);
}
