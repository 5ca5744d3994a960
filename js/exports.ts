// What every entry point with the class exports beside it.

export type { Attempt } from "./client.js";
export type { WasmSource } from "./core.js";
export { type ErrorKind, EventSourceError } from "./errors.js";
export type { EventOf, EventSourceConstructor, Observer, Stats, Subscription } from "./event-source.js";
export { type Accepted, type DecodedMessage, DecodeErrorEvent, type FailedMessage, type Message, OpenEvent, type ServerErrorEvent, SourceErrorEvent, StateChangeEvent } from "./events.js";
export type { Decode, EventSourceOptions, Provided, RetryOptions, Verdict } from "./options.js";
export type { StreamOptions } from "./stream.js";
export type { Fetch } from "./platform.js";
export type { PauseReason, State, Transport, TransportName } from "./state.js";
