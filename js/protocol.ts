// The numbers by which the two sides of the boundary understand each other. `src/js/codes.rs` has the same ones, and a
// test compares the two files.

// What is told.
export const OPEN = 0;
export const PREPARED = 1;
export const NATIVE_OPENED = 2;
export const NATIVE_RETRIES = 3;
export const NATIVE_CLOSED = 4;
export const JUDGED = 5;
export const ENDED = 6;
export const FIRED = 7;
export const PAUSE = 8;
export const RESUME = 9;
export const HIDDEN = 10;
export const VISIBLE = 11;
export const ONLINE = 12;
export const OFFLINE = 13;
export const RECONNECT = 14;
export const CLOSE = 15;
export const FAILED = 16;
export const PEEKED = 17;
export const HEAR_ALL = 18;
export const JUDGING = 19;
export const FULL = 20;
export const ROOM = 21;
export const COMPLETE = 22;

// What is to be done.
export const PREPARE = 1;
export const CONNECT = 2;
export const READ = 3;
export const PEEK = 4;
export const ABORT = 5;
export const JUDGE = 6;
export const ARM = 7;
export const DISARM = 8;
export const ANNOUNCE = 9;
export const DIAGNOSE = 10;
export const HOLD = 11;

// What is worth a word: no answer, a body that is not read, a function that does not answer, a body of JSON.
export const NO_ANSWER = 0;
export const NOT_READ = 1;
export const NOT_PREPARED = 2;
export const JSON_BODY = 3;

/** The timer of the hidden page; the others replace each other. */
export const TIMER_HIDDEN = 4;

/** How a connection resumes. */
export const BY_HEADER = 1;
export const BY_QUERY = 2;

// Who asks for a pause, or for the end.
export const BY_USER = 0;
export const GONE = 1;
export const FROZEN = 2;
export const CACHED = 3;

// What went wrong.
export const NETWORK = 1;
export const STATUS = 2;
export const CONTENT_TYPE = 3;
export const NO_BODY = 4;
export const EVENT_LIMIT = 5;
export const OVERFLOW = 7;
export const PROVIDER = 10;
export const OPTION = 11;
export const INCOMPLETE = 15;

// A batch of events is a table of rows: what an event has, and where data, id and type start and end. The first one is about
// all of them: how many there are, where their text is, how long it is, and flags. All is in bytes.
export const ROW = 7;
/** An event has the number of its type, and this if it has an id of its own. */
export const ID = 256;
/** The type has no number, but a place. */
export const SPELLED = 512;
/** What was handed over of it before comes in front of its data. */
export const PARTS = 1024;
/** It is no event but a comment. */
export const COMMENT = 2048;
/** It is a part of the data of an event that has not ended. */
export const PART = 4096;
/** The text is ASCII, and one string is made of all of it; else one of each field. */
export const WHOLE = 1;
/** The last event id has changed by other ways than the events of the batches. */
export const NEW_ID = 2;
/** It is not all that can be read, or there is something to be done. */
export const MORE = 4;
/** So many types are known by their number at the most. */
export const TYPES = 64;

// In the order of their numbers.
export const ERROR_KINDS = [
  "",
  "network",
  "status",
  "content-type",
  "no-body",
  "event-limit",
  "id-limit",
  "overflow",
  "stalled",
  "connect-timeout",
  "provider",
  "option",
  "resume",
  "interrupted",
  "unsupported",
  "incomplete",
] as const;
export const STATES = ["idle", "loading", "connecting", "open", "waiting", "paused", "closed"] as const;
export const PAUSES = ["user", "hidden", "frozen", "cached"] as const;
export const CLOSED_BY = ["user", "dropped", "server", "ended", "exhausted", "fatal"] as const;
export const TRANSPORT_REASONS = [
  "asked",
  "same-origin",
  "cross-origin",
  "needs",
  "no-eventsource",
  "no-streaming",
  "took-over-closed",
  "took-over-storm",
  "took-over-stopped",
  "took-over-unsound",
] as const;
