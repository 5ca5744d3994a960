// The same from a server: what a page has to do for an event from the network to its own function.

import { createParser } from "eventsource-parser";
import { EventSourceParserStream } from "eventsource-parser/stream";

import { EventSource, stream } from "../../js/index.js";

/** Reads `url` until `events` have come, and calls `hear` for each. */
export const READERS = {
  "native EventSource": (url, events, hear) => until(events, hear, (listener) => listenTo(new window.EventSource(url), listener)),
  async "fetch, thrown away"(url, events) {
    const reader = (await fetch(url)).body.getReader();
    while (!(await reader.read()).done);
    return events;
  },
  /** No strings can cost less than these: of bytes that were read in the cheapest way that there is. */
  async "fetch, decoded only"(url, events) {
    const reader = (await fetch(url)).body.getReader({ mode: "byob" });
    const decoder = new TextDecoder();
    let room = new ArrayBuffer(1 << 19);
    for (let result; !(result = await reader.read(new Uint8Array(room))).done; room = result.value.buffer) decoder.decode(result.value, { stream: true });
    return events;
  },
  async "fetch and eventsource-parser"(url, events, hear) {
    const abort = new AbortController();
    const reader = (await fetch(url, { signal: abort.signal })).body.getReader();
    const decoder = new TextDecoder();
    let seen = 0;
    const parser = createParser({
      onEvent({ data }) {
        seen++;
        hear(data);
      },
    });
    for (let result; seen < events && !(result = await reader.read()).done; ) parser.feed(decoder.decode(result.value, { stream: true }));
    abort.abort();
    return seen;
  },
  everstream: (url, events, hear) =>
    until(events, hear, (listener) => {
      const source = new EventSource(url);
      source.subscribe(listener);
      return source;
    }),
  "everstream in a worker": (url, events, hear) =>
    until(events, hear, (listener) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => data.forEach((message) => listener(message));
      worker.postMessage(new URL(url, location.href).href);
      return { close: () => worker.terminate() };
    }),
};

/** Ways to read by a loop, beside the quickest way that there is. */
export const LOOPS = {
  "loop over EventSourceParserStream": async (url, events, hear) =>
    read((await fetch(url)).body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()), events, hear),
  "everstream, subscribed": READERS.everstream,
  "loop over a source": (url, events, hear) => read(new EventSource(url), events, hear),
  "loop over stream()": (url, events, hear) => read(stream(url), events, hear),
};

async function read(source, events, hear) {
  let seen = 0;
  for await (const { data } of source) {
    const rest = hear(data);
    if (++seen === events) break;
    if (rest) await rest;
  }
  return seen;
}

function listenTo(source, listener) {
  for (const type of ["message", "tick"]) source.addEventListener(type, listener);
  return source;
}

function until(events, hear, open) {
  return new Promise((done) => {
    let seen = 0;
    const source = open(({ data }) => {
      hear(data);
      if (++seen === events) {
        source.close();
        done(seen);
      }
    });
  });
}

/** Half of the time from writing to hearing is at most, in milliseconds, and all but one in a hundred. */
export async function latency(name, url, events) {
  const took = [];
  await READERS[name](url, events, (data) => took.push(performance.timeOrigin + performance.now() - Number(data)));
  took.splice(0, 20);
  took.sort((one, other) => one - other);
  return { median: took[took.length >> 1], p99: took[Math.floor(took.length * 0.99)] };
}
