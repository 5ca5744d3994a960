// Whether what a page saw is what the server sent. The server's journal is the measure, never the page's own counters.

import assert from "node:assert/strict";

import { until } from "./wait.mjs";

/** How long a request may be on its way. */
const ARRIVAL = 200;
/** Within how many milliseconds the server is rid of a connection that was given up. */
const GONE = 1_000;

/**
 * Waits until the page has seen all that the server had sent when this was called. Returns the journal of that moment
 * and what the page has seen.
 */
export async function untilCaughtUp(server, page, run) {
  const journal = await until(async () => {
    const records = await server.journal(run);
    return records.some((record) => record.sent !== null) && records;
  }, "the server sends an event");
  const last = journal.findLast((record) => record.sent !== null).sent[1];
  const seen = await page.untilSeen(({ ids }) => ids.at(-1) >= last, `the page sees event ${last}`);
  return { journal, seen };
}

/**
 * Asserts that the page saw every event from the first that the server sent, in order, once, and that the page's own
 * counters agree. That nothing is missing at the end is what {@link untilCaughtUp} is for.
 */
export function assertNothingLostOrDoubled(journal, seen) {
  assertInOrder(seen.ids, journal.find((record) => record.sent !== null).sent[0]);
  assert.deepEqual({ lost: seen.lost, doubled: seen.doubled }, { lost: 0, doubled: 0 }, "the page counted otherwise");
  assertResumedWhereItWas(journal);
}

/** Asserts that ids go up by one from `first`. */
export function assertInOrder(ids, first) {
  const wrong = ids.findIndex((id, index) => id !== first + index);
  const around = () => ids.slice(Math.max(0, wrong - 3), wrong + 4).join(", ");
  assert.ok(wrong < 0, `expected event ${first + wrong} at position ${wrong}, saw ${around()} around it`);
}

/** Asserts that each connection of a run had ended when its successor was opened. */
export async function assertNeverTwoAtOnce(readJournal) {
  const journal = await until(async () => {
    const records = await readJournal();
    return records.slice(0, -1).every(({ how }) => how !== null) && records;
  }, "the server is rid of every connection but the last");
  for (const [earlier, later] of pairs(journal)) {
    // What the server ended is known exactly; that a client has gone it notices when it next writes.
    const tolerance = earlier.how === "client" ? GONE : 0;
    const live = earlier.ended - later.opened;
    assert.ok(live <= tolerance, `two connections at once: ${JSON.stringify([earlier, later], null, 2)}`);
  }
}

/** Asserts that nothing was asked for between a pause and what followed it. */
export function assertNothingAskedWhilePaused(journal, seen) {
  for (const [pause, next] of pairs([...seen.states, { at: Infinity }])) {
    if (pause.name !== "paused") continue;
    // What was asked for a moment before may have been on its way.
    const asked = journal.find(({ opened }) => opened > pause.at + ARRIVAL && opened < next.at);
    assert.equal(asked, undefined, `it asked while it was paused: ${JSON.stringify([pause, asked, next])}`);
  }
}

/** Asserts that no attempt was made before the time that the page itself had announced for it. */
export function assertWaited({ states }) {
  for (const [wait, next] of pairs(states)) {
    if (wait.name !== "waiting" || wait.until === null || next.name !== "connecting") continue;
    assert.ok(next.at >= wait.until - 1, `it did not wait: ${JSON.stringify([wait, next])}`);
  }
}

/** Asserts that the server was rid of each connection within a second after the page had given it up. */
export async function assertGoneWhenGivenUp(readJournal, { states }) {
  const last = states.at(-1);
  if (!["paused", "closed"].includes(last?.name)) return;
  const journal = await until(async () => {
    const records = await readJournal();
    return records.every((record) => record.how !== null) && records;
  }, "the page lets go of its connections");
  for (const record of journal.filter((record) => record.how === "client" && record.opened <= last.at)) {
    assert.ok(record.ended <= last.at + GONE, `it was not gone: ${JSON.stringify([last, record])}`);
  }
}

/** Each connection went on from an event of the one before, and with the event after that. */
function assertResumedWhereItWas(journal) {
  const feeds = journal.filter((record) => record.sent !== null);
  for (const [earlier, later] of pairs(feeds)) {
    // Nothing may have arrived, and then it begins again where the run began.
    const cursor = Number(later.resumedFrom ?? feeds[0].sent[0] - 1);
    const both = () => JSON.stringify([earlier, later], null, 2);
    assert.equal(later.sent[0], cursor + 1, `it did not go on where it was: ${both()}`);
    // RST may have overtaken events, so that the client asks for them again. Of a killed server it may have more.
    const known = earlier.how === "killed" ? Infinity : earlier.sent[1];
    assert.ok(cursor >= earlier.sent[0] - 1 && cursor <= known, `it resumed from somewhere else: ${both()}`);
  }
}

function pairs(list) {
  return list.slice(1).map((later, index) => [list[index], later]);
}
