// What runs in the page: one parser on one workload, as often as it is told.

import { PARSERS, PEER } from "./parsers.js";
import { WORKLOADS } from "./workloads.js";

let prepared = { name: "", chunks: [] };

window.bench = {
  peer: PEER,
  parsers: Object.keys(PARSERS),
  workloads: Object.keys(WORKLOADS),

  /** What came of it is counted and summed up, so that nobody wins by skipping work. */
  async run(parser, workload, times) {
    if (prepared.name !== workload) prepared = { name: workload, chunks: WORKLOADS[workload]() };
    let events = 0;
    let sum = 0;
    const hear = (type, data, id) => {
      events++;
      sum = (Math.imul(sum, 31) + type.length + data.length + data.charCodeAt(data.length >> 1) + data.charCodeAt(data.length - 1)) | 0;
    };
    const feed = await PARSERS[parser](hear);
    for (let time = 0; time < times; time++) for (const chunk of prepared.chunks) feed(chunk);
    feed.end?.();
    return { events, sum };
  },
};
