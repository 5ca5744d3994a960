// The streams that are parsed: the same on every machine.

const encoder = new TextEncoder();

/** How much of each there is, in bytes: enough to be measured, and little enough to be kept. */
const ENOUGH = 4_000_000;

/** One event of each, by its number. */
export const EVENTS = {
  "a: tokens of 113 B": (n) => `data: {"id":"chatcmpl-${pad(n, 13)}","choices":[{"index":0,"delta":{"content":" word${n % 10}"}}],"created":1700000000}\n\n`,
  "b: ticks of 228 B": (n) =>
    `id: ${pad(n, 10)}\nevent: tick\ndata: {"symbol":"SYM${pad(n % 500, 3)}","price":${10_000 + (n % 80_000)}.25,"volume":${1_000 + (n % 7_000)},"bid":101.25,"ask":101.5,"time":"2026-11-22T10:00:00.000Z","exchange":"XNAS","unit":"share","flags":["open","auction","last"],"seq":${1_000_000_000 + n}}\n\n`,
  "c: 3.7 KB": (n) => `id: ${n}\ndata: ${json(n, 3_700)}\n\n`,
  "d: lines of 58 KB": (n) => `id: ${n}\ndata: ${json(n, 58_000)}\n\n`,
  "e: 12 lines, 728 B": (n) => `id: ${pad(n % 100, 2)}\n${Array.from({ length: 12 }, (_, line) => `data: line ${pad(line, 2)} of ${pad(n, 8)} ${"x".repeat(33)}\n`).join("")}\n`,
  "f: CJK, 120 B": (n) => `data: {"n":${pad(n, 9)},"text":"服务器发送事件是一种单向的推送技术浏览器自动重连并恢复继续"}\n\n`,
  "f2: a few not ASCII, 89 B": (n) => `data: {"n":${pad(n, 11)},"city":"Zürich","note":"déjà vu – naïve café, 20 € HT"}\n\n`,
};

/** How a page gets it, and who reads it. */
export const WORKLOADS = {};
const CHUNKS = [16_384, 32_768, 65_536];
const add = (name, group, make) => (WORKLOADS[name] = { group, make });
for (const [name, event] of Object.entries(EVENTS)) add(name, "plain objects", () => inChunks(stream(event), CHUNKS));
const [TOKENS, TICKS, CJK] = ["a: tokens of 113 B", "b: ticks of 228 B", "f: CJK, 120 B"];
for (const name of [TOKENS, TICKS, CJK]) add(`${name}, one event a chunk`, "plain objects", () => list(EVENTS[name], ENOUGH / 4));
add(`${TICKS}, 1-byte chunks`, "plain objects", () => inChunks(stream(EVENTS[TICKS], 200_000), [1]));
for (const megabytes of [10, 20]) {
  const line = () => encoder.encode(`data: ${"x".repeat(megabytes * 1_000_000)}\n\n`);
  add(`one line of ${megabytes} MB in 1 KiB chunks`, "one line", () => inChunks(line(), [1_024]));
}
for (const name of [TOKENS, TICKS, CJK]) add(`${name}, never the same text twice`, "new text", () => renewed(inChunks(stream(EVENTS[name]), CHUNKS)));
const noise = (n) => (n % 100 ? EVENTS[TICKS](n).replace("tick", "other") : EVENTS[TICKS](n));
add(`${TICKS}, 99 % of a type that nobody hears`, "1 % is heard", () => inChunks(stream(noise), CHUNKS));
add(`${TICKS}, of a type that nobody hears`, "unheard", () => inChunks(stream(EVENTS[TICKS]), CHUNKS));
add(`${TOKENS}, as JSON`, "tokens as JSON", () => inChunks(stream(EVENTS[TOKENS]), CHUNKS));
add(`${TICKS}, as JSON`, "ticks as JSON", () => inChunks(stream(EVENTS[TICKS]), CHUNKS));
for (const name of [TOKENS, TICKS]) add(`${name}, as DOM events`, "DOM events", () => inChunks(stream(EVENTS[name], ENOUGH / 4), CHUNKS));

/**
 * Lets `renew` be called with each chunk before it is read, which then has another number in every 4 KiB. Of other streams
 * each pass has the same text: it takes Chromium a quarter of the time to decode what it has decoded before, which no
 * server's stream ever is, but what memory takes that is new is a matter of the machine.
 */
export function renewed(chunks) {
  const places = new Map(chunks.map((chunk) => [chunk, numbersIn(chunk)]));
  let count = 0;
  const renew = (chunk) => {
    count++;
    for (const place of places.get(chunk)) for (let digit = 0, rest = count; digit < 6; digit++, rest = Math.trunc(rest / 10)) chunk[place + digit] = 48 + (rest % 10);
  };
  const restart = () => (count = 0);
  return Object.assign(chunks, { renew, restart });
}

/** One in each 4 KiB: where six digits follow upon another one. */
function numbersIn(chunk) {
  const places = [];
  let digits = 0;
  for (let at = 0, next = 0; at < chunk.length; at++) {
    digits = chunk[at] >= 48 && chunk[at] <= 57 ? digits + 1 : 0;
    if (digits >= 7 && at >= next) {
      places.push(at - 5);
      next = at + 4_096;
    }
  }
  return places;
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
