// What is measured: each makes a function that takes a chunk and tells of each event, with an `end` if it needs one.

import { getLines, getMessages } from "@microsoft/fetch-event-source/lib/esm/parse.js";
import { createParser } from "eventsource-parser";

import { EventSource } from "../../js/index.js";
import { setPlatform } from "../../js/platform.js";

/** The one that the others are held against. */
export const PEER = "eventsource-parser";

export const PARSERS = {
  [PEER]: peer,
  // The same once more: what differs between the two is the error of the measurement.
  "eventsource-parser, again": peer,
  everstream: everstream(),
  "fetch-event-source": microsoft,
  "decoding alone": decoding,
};

function peer(hear) {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ event, data, id }) => hear(event ?? "message", data, id) });
  return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
}

/** All that a page has between a chunk and its own function, without the network. */
function everstream() {
  let sink;
  setPlatform({
    now: () => Date.now(),
    random: () => 0,
    after: () => () => {},
    offer: () => [true, false, true],
    watchPage: () => () => {},
    connect(_request, itsSink) {
      sink = itsSink;
      return { read() {}, peek() {}, listen() {}, abort() {} };
    },
  });
  return async (hear) => {
    const source = new EventSource("http://example.org/events", { limits: { event: 100_000_000 } });
    source.subscribe(({ type, data, id }) => hear(type, data, id));
    while (!sink) await new Promise((resolve) => setTimeout(resolve));
    const mine = sink;
    sink = undefined;
    mine.answered({ status: 200, headers: new Headers({ "content-type": "text/event-stream" }), hasBody: true, url: "" });
    return Object.assign((chunk) => mine.chunk(chunk), { end: () => source.close() });
  };
}

function microsoft(hear) {
  return getLines(getMessages(() => {}, () => {}, ({ event, data, id }) => hear(event || "message", data, id)));
}

/** No strings can come sooner than this. */
function decoding() {
  const decoder = new TextDecoder();
  return (chunk) => void decoder.decode(chunk, { stream: true });
}
