// What is no error, but worth mending.

import { guarded } from "./errors.js";
import { platform } from "./platform.js";
import * as is from "./protocol.js";

/** Tells `hear` of one of `NO_ANSWER`, `NOT_READ`, `JSON_BODY`, and for how many milliseconds that is so; or else the console. */
export function diagnose(what: number, after: number, hear: ((message: string, after: number) => void) | undefined): void {
  const text = `everstream: ${TEXTS[what]!(after)}`;
  if (hear) guarded(() => hear(text, after));
  else if (what === is.NO_ANSWER) warnOfSilence(text);
  else console.warn(text);
}

/** In the order of their numbers. The likely causes were measured. */
const TEXTS = [
  (after: number) => `no answer for ${after} ms: six connections to this host (HTTP/1.1), a buffering proxy, or no first byte?`,
  (after: number) => `not read for ${after} ms: a loop over its events is behind`,
  (after: number) => `a function for url, headers or body has not answered for ${after} ms`,
  () => "the body begins as JSON does: nothing in it is an event",
];

/** Sources that have no answer, until that was said: once, for all of them. */
let silent = 0;

function warnOfSilence(text: string): void {
  // (They are often made together.)
  if (!silent++) platform().after(0, () => console.warn(text + (silent > 1 ? ` (${silent} sources)` : "")));
}
