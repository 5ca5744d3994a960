// What is measured. Each takes all chunks of a workload some times over and tells of each event.

import { getLines, getMessages } from "@microsoft/fetch-event-source/lib/esm/parse.js";
import { EventSource as Peer } from "eventsource";
import { createParser } from "eventsource-parser";

import { EventSource } from "../../js/index.js";
import { setPlatform } from "../../js/platform.js";

/** Takes chunks one by one, and stays open: opening a source takes as long as thousands of events. */
const fed = (make) => {
  const feeds = new WeakMap();
  return async (hear, chunks, times) => {
    if (!feeds.has(hear)) feeds.set(hear, await make(hear));
    const feed = feeds.get(hear);
    for (let time = 0; time < times; time++) {
      for (const chunk of chunks) {
        chunks.renew?.(chunk);
        feed(chunk);
      }
    }
  };
};

const parser = fed((hear) => {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ event, data, id }) => hear(event ?? "message", data, id) });
  return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
});

/** How many events there are. */
export async function count(chunks) {
  let events = 0;
  await parser(() => events++, chunks, 1);
  return events;
}

const microsoft = fed((hear) => getLines(getMessages(() => {}, () => {}, ({ event, data, id }) => hear(event || "message", data, id))));

/** No strings can come sooner than this. */
const decoding = fed(() => {
  const decoder = new TextDecoder();
  return (chunk) => void decoder.decode(chunk, { stream: true });
});

/** What is left where no parser takes any time: its table is there already, and its text has nothing but what is delivered. */
const readyMade = async (hear, chunks, times) => {
  const pieces = tables.get(chunks) ?? prepare(chunks);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const listener = ({ type, data, id }) => hear(type, data, id);
  for (let time = 0; time < times; time++) {
    for (const { bytes, types, places } of pieces) {
      const text = decoder.decode(bytes);
      let at = 0;
      for (const type of types) {
        const data = text.slice(places[at], places[at + 1]);
        listener({ type, data, id: text.slice(places[at + 1], places[at + 2]) });
        at += 2;
      }
    }
  }
};
const tables = new WeakMap();
function prepare(chunks) {
  let events = [];
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const pieces = [];
  for (const chunk of chunks) {
    events = [];
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (!events.length) continue;
    let text = "";
    const places = [0];
    for (const { data, id = "" } of events) places.push((text += data).length, (text += id).length);
    pieces.push({ bytes: encoder.encode(text), types: events.map(({ event }) => event ?? "message"), places: Int32Array.from(places) });
  }
  tables.set(chunks, pieces);
  return pieces;
}
const encoder = new TextEncoder();

/** All that a page has between a chunk and its own function, without the network. */
const everstream = (listen) =>
  fed(async (hear) => {
    const { sink } = await open((source) => listen(source, hear));
    return (chunk) => sink.chunk(chunk);
  });

async function open(listen) {
  let sink;
  setPlatform({
    now: () => Date.now(),
    random: () => 0,
    after: () => () => {},
    offer: () => [true, false, true, false],
    watchPage: () => () => {},
    connect(_request, itsSink) {
      sink = itsSink;
      return { abort() {} };
    },
  });
  const source = new EventSource("http://example.org/events", { limits: { event: 100_000_000 } });
  setPlatform(undefined);
  listen(source);
  while (!sink) await new Promise((resolve) => setTimeout(resolve));
  sink.answered({ status: 200, headers: new Headers({ "content-type": "text/event-stream" }), hasBody: true, url: "" });
  return { source, sink };
}

const held = [];
/** Opens so many and keeps them, each with a chunk read. */
export async function hold(count) {
  const chunk = encoder.encode("id: 1\ndata: hello\n\n");
  for (let index = 0; index < count; index++) {
    const opened = await open((source) => source.subscribe(() => {}));
    opened.sink.chunk(chunk);
    held.push(opened);
  }
  return { held: held.length };
}

const subscribed = everstream((source, hear) => source.subscribe(({ type, data, id }) => hear(type, data, id)));

/** Both read a body that comes by `fetch`, and make a MessageEvent of each event. */
function dropIn(open) {
  return async (hear, chunks, times, events) => {
    let at = 0;
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(chunks[at++ % chunks.length].slice());
        if (at === chunks.length * times) controller.close();
      },
    });
    const answer = new Response(body, { headers: { "content-type": "text/event-stream" } });
    await new Promise((done) => {
      let left = events * times;
      const source = open(async () => answer);
      const listener = ({ type, data, lastEventId }) => {
        hear(type, data, lastEventId);
        if (--left === 0) {
          source.close();
          done();
        }
      };
      source.addEventListener("message", listener);
      source.addEventListener("tick", listener);
    });
    globalThis.fetch = fetchOfTheBrowser;
  };
}
const fetchOfTheBrowser = globalThis.fetch;

const dom = {
  eventsource: dropIn((fetch) => new Peer("http://example.org/events", { fetch })),
  everstream: dropIn((fetch) => {
    globalThis.fetch = fetch;
    return new EventSource(new URL("/events", location.href));
  }),
};

/** What is left where nothing but the events takes any time. */
const dispatched = (hear, chunks, times) => {
  const target = new EventTarget();
  const listener = ({ type, data, lastEventId }) => hear(type, data, lastEventId);
  for (const type of ["message", "tick"]) target.addEventListener(type, listener);
  const { origin } = location;
  const dispatch = (type, data, lastEventId) => target.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }));
  return readyMade(dispatch, chunks, times);
};

/** In WebAssembly, with the parser of the crate: what becomes of an event there is a number. */
let rust;
export async function loadRust() {
  rust ??= (await WebAssembly.instantiateStreaming(fetch("/rust.wasm"))).instance.exports;
}
function crate(kind) {
  return async (_hear, chunks, times) => {
    const bench = rust.create(kind);
    let bytes = new Uint8Array(rust.memory.buffer);
    for (let time = 0; time < times; time++) {
      for (const chunk of chunks) {
        const place = rust.room(bench, chunk.length) >>> 0;
        if (!bytes.length) bytes = new Uint8Array(rust.memory.buffer);
        bytes.set(chunk, place);
        rust.feed(bench, chunk.length);
      }
    }
    const result = { events: rust.events(bench), sum: rust.sum(bench) };
    rust.release(bench);
    return result;
  };
}

/** The functions that hear, by the sum that they make. */
const typed = (of) => fed((hear) => {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ data }) => hear.value(of(JSON.parse(data))) });
  return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
});
const token = ({ created, choices }) => created + choices.reduce((sum, { delta }) => sum + delta.content.length, 0);
const tick = ({ volume, seq, flags }) => volume + seq + flags.length;

const named = (source, hear) => source.addEventListener("tick", ({ data, lastEventId }) => hear("tick", data, lastEventId));
const ticksOnly = (hear) => (type, data, id) => type === "tick" && hear(type, data, id);
const filtered = (run) => {
  let own;
  return (hear, ...rest) => run((own ??= ticksOnly(hear)), ...rest);
};

const unheard = Object.assign(everstream((source) => source.addEventListener("other", () => {})), { isSilent: true });
const heardByName = everstream((source, hear) => {
  for (const name of ["tick", "other"]) source.addEventListener(name, ({ type, data, lastEventId }) => hear(type, data, lastEventId));
});
const decoded = Object.assign(decoding, { isSilent: true });

/**
 * By what is measured, a page each: the one that the others are held against, and others. Who shares a page shares what the
 * engine keeps. Texts that were decoded before are decoded in a quarter of the time, also those of another one that has the same;
 * and who leaves much garbage behind makes all that come next slower by a third.
 */
export const GROUPS = {
  "plain objects": beside(
    { "eventsource-parser": parser },
    { everstream: subscribed },
    { "everstream, &str in Rust": Object.assign(crate(0), { verify: crate(1) }) },
    // The same once more: what differs between the two is the error of the measurement.
    { "eventsource-parser, again": parser },
    { "no parser at all": readyMade, "decoding alone": decoded },
    { "@microsoft/fetch-event-source": microsoft },
  ),
  "new text": beside({ "eventsource-parser": parser }, { everstream: subscribed }, { "eventsource-parser, again": parser }, { "decoding alone": decoded }),
  // Without those that take quadratic time: they would need minutes.
  "one line": beside(
    { "eventsource-parser": parser },
    { everstream: subscribed, "everstream, &str in Rust": Object.assign(crate(0), { verify: crate(1) }) },
    { "decoding alone": decoded },
  ),
  "DOM events": beside({ eventsource: dom.eventsource }, { everstream: dom.everstream }, { "the events alone": dispatched }),
  "tokens as JSON": beside({ "eventsource-parser and JSON.parse": typed(token) }, { "everstream and serde": crate(2) }),
  "ticks as JSON": beside({ "eventsource-parser and JSON.parse": typed(tick) }, { "everstream and serde": crate(3) }),
  "1 % is heard": beside(
    { "eventsource-parser": filtered(parser) },
    { "everstream, one type by name": everstream(named) },
    { "everstream, all to one function": filtered(subscribed), "everstream, both types by name": filtered(heardByName) },
  ),
  unheard: beside({ "everstream, delivered": subscribed }, { "everstream, heard by nobody": unheard }, { "everstream, delivered by name": heardByName }),
};

/** Whoever has this name in its group. */
export function implementation(group, name) {
  return GROUPS[group].find((page) => page[name])[name];
}

function beside(peer, ...pages) {
  return pages.map((others) => ({ ...peer, ...others }));
}
