// The fault table: everything that can happen to a stream, on each transport, on the page's own origin and on another.
// A lane has a server and a browser of its own. `EVERSTREAM_TABLE` names a file for the table as Markdown.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";

import { NATIVE_RETRY, NOT_PLAYED, RATE, RETRY_BASE, ROWS } from "./fault-rows.mjs";
import { markdownTable, printTable, Scene, startHarness } from "./harness/index.mjs";

const LANES = [
  lane("auto", "same"),
  lane("auto", "cross"),
  lane("fetch", "same"),
  lane("fetch", "cross"),
  lane("eventsource", "same"),
  lane("eventsource", "cross"),
  { ...lane("auto", "same"), name: "auto, worker", worker: true },
  { ...lane("eventsource", "same"), name: "eventsource, worker", worker: true },
  // The hook of the crate.
  { ...lane("auto", "same"), name: "leptos", path: "leptos/" },
  { ...lane("auto", "cross"), name: "leptos, cross origin", path: "leptos/" },
  // The npm package.
  { ...lane("auto", "same"), name: "drop-in", path: "drop-in/" },
  { ...lane("auto", "same"), name: "react", path: "react/" },
  { ...lane("auto", "cross"), name: "react, cross origin", path: "react/" },
  { ...lane("auto", "same"), name: "vue", path: "vue/" },
  { ...lane("auto", "cross"), name: "vue, cross origin", path: "vue/" },
];

const results = new Map();

// Four lanes at a time: they wait more than they work, but what is timed shall not wait for a processor.
describe("faults", { concurrency: 4 }, () => {
  for (const lane of LANES) runLane(lane);
});

after(() => {
  const rows = ROWS.map(({ title }) => {
    const cells = LANES.map(({ name }) => [name, inWords(resultOf(title, name), ["verdict", "connections", "remark"])]);
    return { fault: title, ...Object.fromEntries(cells) };
  });
  console.log("Events lost/doubled, and the connections that it took; all as the server's journal has it.");
  printTable(rows);
  if (process.env.EVERSTREAM_TABLE) writeFileSync(process.env.EVERSTREAM_TABLE, markdownTable(ROWS.map(forReaders)));
});

/** A row without what differs from run to run, and with lanes that agree in one column. */
function forReaders({ title }) {
  const cell = (name) => inWords(resultOf(title, name), ["verdict", "remark"]);
  const merged = (first, second, names) =>
    cell(first) === cell(second) ? cell(first) : `${cell(first)}; ${names}: ${cell(second)}`;
  const origins = (transport) => merged(`${transport}, same origin`, `${transport}, cross origin`, "cross-origin");
  const agreed = (...names) => [...new Set(names.map(cell))].join(" or ");
  const hooks = ["leptos", "react", "vue"];
  const [here, elsewhere] = [agreed("drop-in", ...hooks), agreed(...hooks.map((name) => `${name}, cross origin`))];
  return {
    "lost/doubled": title,
    "`auto`": origins("auto"),
    "`fetch`": origins("fetch"),
    "`eventsource`": origins("eventsource"),
    "in a worker": merged("auto, worker", "eventsource, worker", "`eventsource`"),
    "drop-in, Leptos, React, Vue": here === elsewhere ? here : `${here}; cross-origin: ${elsewhere}`,
  };
}

function resultOf(title, lane) {
  return results.get(`${title} ${lane}`) ?? { remark: "-" };
}

function inWords(result, parts) {
  return parts.map((part) => result[part]).filter((part) => part !== undefined).join(" · ");
}

/** All rows of a lane, one after the other. */
function runLane(lane) {
  describe(lane.name, { concurrency: 1 }, () => {
    let harness = null;
    after(() => harness?.stop());
    for (const row of ROWS) {
      test(row.title, async () => {
        harness ??= await startHarness({ rate: RATE });
        if (row.only?.includes(harness.browser.engine) === false) {
          results.set(`${row.title} ${lane.name}`, { remark: NOT_PLAYED });
          return;
        }
        results.set(`${row.title} ${lane.name}`, { remark: "FAILED" });
        results.set(`${row.title} ${lane.name}`, await play(harness, lane, row));
      });
    }
  });
}

async function play(harness, lane, row) {
  const run = row.title.replaceAll(/\W+/g, "-");
  const of = (value) => (typeof value === "function" ? value(lane) : (value ?? ""));
  const query = [of(row.query), lane.native && !of(row.query).includes("retry=") && `retry=${NATIVE_RETRY}`];
  const options = { transport: lane.transport, retryBase: RETRY_BASE, ...(of(row.options) || {}) };
  // Where the stream begins is said, so that a connection that is cut before its first event arrives costs nothing.
  if (!of(row.query).includes("from=")) query.push(`from=${await harness.server.latest()}`);
  const scene = await Scene.open(harness, { ...lane, run, query: query.filter(Boolean).join("&"), options });
  try {
    await assertTransport(scene, lane, options);
    const remark = await row.act(scene, lane);
    if (remark === NOT_PLAYED) return { remark };
    const flows = typeof row.flows === "function" ? row.flows(lane) : row.flows;
    if (row.judge !== false) await scene.judge({ flows, hurried: row.hurried });
    const { lost, doubled } = await scene.page.seen();
    // A row that judges for itself knows better than the page's own counters.
    const verdict = row.judge === false ? "0/0" : `${lost}/${doubled}`;
    const connections = (await scene.journal()).length;
    return { verdict: flows === false ? undefined : verdict, connections, remark };
  } catch (error) {
    console.log(`${lane.name}, ${row.title}: the page has seen ${scene.page.describe(await scene.page.seen())}`);
    console.log(`${lane.name}, ${row.title}: the journal ends with ${JSON.stringify((await scene.journal()).slice(-5))}`);
    throw error;
  } finally {
    // Nothing of this run may go on during the next one.
    await harness.browser.openPage("about:blank");
  }
}

/** The first attempt is made with what the lane's name promises. */
async function assertTransport(scene, { native, transport, cross }, options) {
  const seen = await scene.page.untilSeen(({ states }) => states.some((state) => state.transport !== null), "an attempt");
  const first = seen.states.find((state) => state.transport !== null);
  const needed = ["stall", "auth", "comments"].find((option) => option in options);
  if (native && !(transport === "auto" && needed)) {
    assert.deepEqual([first.transport, first.transportReason.includes("asked") !== cross || transport !== "auto"], ["EventSource", true]);
    return;
  }
  const reason = transport === "fetch" ? /^asked for$/ : needed ? /^needed for/ : /^same origin$/;
  assert.equal(first.transport, "fetch");
  assert.match(first.transportReason, reason);
}

/** `native` says whether the browser's own EventSource comes first. */
function lane(transport, origin) {
  const cross = origin === "cross";
  const native = transport === "eventsource" || (transport === "auto" && cross);
  return { name: `${transport}, ${origin} origin`, transport, cross, native, worker: false };
}
