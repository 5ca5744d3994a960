// What every entry point with the class exports beside it.

export type { Attempt } from "./client.js";
export type { WasmSource } from "./core.js";
export { type ErrorKind, EventSourceError } from "./errors.js";
export type { EventOf, EventSourceConstructor, Stats } from "./event-source.js";
export { type DecodedMessage, DecodeErrorEvent, type FailedMessage, type Message, SourceErrorEvent, StateChangeEvent } from "./events.js";
export type { Decode, EventSourceOptions, Provided, RetryOptions } from "./options.js";
export type { PauseReason, State, Transport, TransportName } from "./state.js";
