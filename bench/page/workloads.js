// The streams that are parsed: the same on every machine.

const encoder = new TextEncoder();

/** How much of each there is, in bytes: enough to be measured, and little enough to be kept. */
const ENOUGH = 4_000_000;

/** One event of each, by its number. */
const EVENTS = {
  "a: tokens of 113 B": (n) => `data: {"id":"chatcmpl-${pad(n, 8)}","choices":[{"index":0,"delta":{"content":" word${n % 10}"}}],"created":1700000000}\n\n`,
  "b: ticks of 228 B": (n) =>
    `id: ${pad(n, 10)}\nevent: tick\ndata: {"symbol":"SYM${pad(n % 500, 3)}","price":${pad(n % 90_000, 5)}.25,"volume":${pad(n % 7_000, 4)},"bid":101.25,"ask":101.5,"time":"2026-11-22T10:00:00.000Z","exchange":"XNAS","flags":["open","auction","last"],"seq":${pad(n, 10)}}\n\n`,
  "c: 3.7 KB": (n) => `id: ${n}\ndata: ${json(n, 3_700)}\n\n`,
  "d: lines of 58 KB": (n) => `id: ${n}\ndata: ${json(n, 58_000)}\n\n`,
  "e: 12 lines, 728 B": (n) => `id: ${n}\n${Array.from({ length: 12 }, (_, line) => `data: line ${pad(line, 2)} of ${pad(n, 8)} ${"x".repeat(33)}\n`).join("")}\n`,
  "f: CJK, 120 B": (n) => `data: {"n":${pad(n, 8)},"text":"服务器发送事件是一种单向的推送技术浏览器自动重连继续"}\n\n`,
  "f2: a few not ASCII, 89 B": (n) => `data: {"n":${pad(n, 8)},"city":"Zürich","note":"déjà vu – naïve café, 20 €"}\n\n`,
};

export const WORKLOADS = {};
for (const [name, event] of Object.entries(EVENTS)) {
  WORKLOADS[name] = () => inChunks(stream(event), [16_384, 32_768, 65_536]);
}
for (const name of ["a: tokens of 113 B", "b: ticks of 228 B", "f: CJK, 120 B"]) {
  WORKLOADS[`${name}, one event a chunk`] = () => list(EVENTS[name], ENOUGH / 4);
}
WORKLOADS["b: ticks of 228 B, 1-byte chunks"] = () => inChunks(stream(EVENTS["b: ticks of 228 B"], 200_000), [1]);
for (const megabytes of [10, 20]) {
  WORKLOADS[`one line of ${megabytes} MB in 1 KiB chunks`] = () =>
    inChunks(encoder.encode(`data: ${"x".repeat(megabytes * 1_000_000)}\n\n`), [1_024]);
}

function list(event, bytes) {
  const events = [];
  for (let number = 0, size = 0; size < bytes; number++) {
    const encoded = encoder.encode(event(number));
    events.push(encoded);
    size += encoded.length;
  }
  return events;
}

function stream(event, bytes = ENOUGH) {
  const events = list(event, bytes);
  const all = new Uint8Array(events.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of events) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

function inChunks(bytes, sizes) {
  const chunks = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + sizes[turn % sizes.length];
    // A copy, as what comes from a network is.
    chunks.push(bytes.slice(at, end));
    at = end;
  }
  return chunks;
}

function pad(number, digits) {
  return String(number).padStart(digits, "0");
}

function json(number, bytes) {
  const item = `{"name":"item ${pad(number, 8)}","value":${number % 1_000},"text":"The quick brown fox jumps over the lazy dog"},`;
  const items = item.repeat(Math.ceil(bytes / item.length));
  return `[${items.slice(0, bytes - (bytes % item.length)).slice(0, -1)}]`;
}
