// What runs in the page: one implementation on one workload, as often as it is told.

import { latency, LOOPS, READERS } from "./end-to-end.js";
import { frames } from "./frames.jsx";
import { count, GROUPS, hold, implementation, loadRust } from "./parsers.js";
import { transitions } from "./transitions.jsx";
import { renewed, WORKLOADS } from "./workloads.js";

let prepared = { name: "", chunks: [], events: 0 };
let kept = [];
const memories = [];
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...all) => {
  const result = await instantiate(...all);
  const { memory } = (result.instance ?? result).exports;
  if (memory) memories.push(memory);
  return result;
};

let events = 0;
let sum = 0;
const add = (value) => {
  events++;
  // No more than a small integer, for a larger one is an object in V8, and takes longer than many an event.
  sum = (Math.imul(sum, 31) + value) & 0x3fff_ffff;
};
const hear = (type, data) => add(type.length + data.length + data.charCodeAt(data.length >> 1) + data.charCodeAt(data.length - 1));
hear.value = add;

window.bench = {
  latency,
  frames,
  transitions,

  /** What there is: workloads, and who is measured on each, page by page. */
  async plan() {
    await loadRust();
    const workloads = Object.entries(WORKLOADS).map(([workload, { group }]) => ({ workload, pages: GROUPS[group].map(Object.keys) }));
    return { workloads, readers: Object.keys(READERS), loops: Object.keys(LOOPS) };
  },

  /**
   * Runs it. What came of it is counted and summed up, so that nobody wins by skipping work; with `verify` in a way that is
   * the same for all.
   */
  async run(name, workload, times, verify) {
    const { group, make } = WORKLOADS[workload];
    const usual = implementation(group, name);
    if (prepared.name !== workload) {
      const chunks = make();
      prepared = { name: workload, chunks, events: await count(chunks) };
    }
    events = sum = 0;
    // To all the same, to be compared; but whoever is measured gets what nobody has seen before.
    if (verify) prepared.chunks.restart?.();
    const act = (verify && usual.verify) || usual;
    const result = (await act(hear, prepared.chunks, times, prepared.events)) ?? { events, sum };
    return { ...result, isSilent: !!usual.isSilent };
  },

  /** Runs each so many times, one after the other, and says what it took of the processor. */
  async turns(workload, turns) {
    await moment();
    const start = await moment();
    let before = await moment();
    const asking = before - start;
    const took = [];
    for (const [name, times] of turns) {
      await window.bench.run(name, workload, times);
      const now = await moment();
      took.push(now - before - asking);
      before = now;
    }
    return took;
  },

  /** Reads a stream of so many events from the server. */
  async read(name, url, events) {
    let units = 0;
    const seen = await (READERS[name] ?? LOOPS[name])(url, events, (data) => (units += data.length));
    if (seen !== events) throw new Error(`${seen} events came, and not ${events}`);
    // Who leaves something to be tidied up pays for that.
    await new Promise((go) => setTimeout(go));
    return { units };
  },

  /** The same by a loop that rests so often that the server is faster. */
  async readSlowly(name, url, events) {
    let seen = 0;
    const count = await LOOPS[name](url, events, () => (++seen % 250 ? undefined : new Promise((go) => setTimeout(go))));
    return { seen, count };
  },

  /** Reads that many events, as often as it is told, and keeps one of `each` until the next time. */
  async keep(name, workload, events, each, times) {
    // Of a text that is the same as another one an engine may keep one only.
    const chunks = renewed(WORKLOADS[workload].make());
    kept = [];
    let seen = 0;
    const hear = (_type, data) => ++seen <= events && seen % each === 0 && kept.push(data);
    for (let time = 0; time < times; time++, seen = 0) await implementation("plain objects", name)(hear, chunks, 1);
    return { kept: kept.length };
  },

  /** Opens so many sources and keeps them. */
  hold,

  /** All memory of WebAssembly, in bytes. */
  wasmBytes: async () => ({ bytes: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) }),
};

/**
 * Processor time of this thread, in nanoseconds, which only the outside knows: it takes a millisecond and a half to be asked for.
 * What was left to be tidied up when there is a pause is done before that, as a part of the turn of who left it.
 */
async function moment() {
  await new Promise((go) => setTimeout(go));
  const request = new XMLHttpRequest();
  request.open("GET", "/clock", false);
  request.send();
  return Number(request.responseText);
}
