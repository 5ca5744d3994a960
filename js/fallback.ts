// Without WebAssembly: the browser's bare `EventSource`, which does what it can.

import type { Counters, Driver, Ears } from "./client.js";
import { failure } from "./errors.js";
import type { Settings } from "./options.js";
import type { Connection, Platform } from "./platform.js";
import * as is from "./protocol.js";
import type { Transport } from "./state.js";

/** Passes on what the native one says. It resumes after a pause by query; everything else is the browser's. */
export class Bare implements Driver {
  readonly transport: Transport = { name: "eventsource", reason: "no-wasm" };
  lastEventId: string;
  readonly #platform: Platform;
  readonly #settings: Settings;
  readonly #ears: Ears;
  readonly #counters: Counters;
  #connection: Connection | undefined;

  constructor(platform: Platform, settings: Settings, ears: Ears, counters: Counters) {
    this.#platform = platform;
    this.#settings = settings;
    this.#ears = ears;
    this.#counters = counters;
    this.lastEventId = settings.lastEventId;
  }

  /** The reason for its being used is in the error if it cannot be. */
  open(reason: unknown): void {
    if (this.#settings.isPlain && this.#platform.offer()[1]) return this.#connect();
    this.#ears.announce({ name: "closed", by: "fatal", error: failure("unsupported", { cause: reason }) });
  }

  steer(input: number): void {
    const wasOpen = this.#connection;
    if (input !== is.RESUME) this.#end();
    if (input === is.CLOSE) this.#ears.announce({ name: "closed", by: "user" });
    else if (input === is.PAUSE) this.#ears.announce({ name: "paused", by: ["user"] });
    else if (!wasOpen === (input === is.RESUME)) this.#connect();
  }

  #connect(): void {
    const url = new URL(this.#settings.url);
    if (this.lastEventId) url.searchParams.set(this.#settings.resumeQuery, this.lastEventId);
    this.#counters.connections++;
    const { credentials } = this.#settings;
    const eventTypes = new Set(["message", ...this.#ears.heard]);
    const ears = this.#ears;
    const connection = this.#platform.connect({ transport: "eventsource", url: url.href, credentials, eventTypes }, {
      tell: (input, _number, url) => {
        if (input === is.NATIVE_OPENED) {
          ears.heardFrom(url as string);
          ears.announce({ name: "open", transport: "eventsource", since: this.#platform.now() });
        } else if (input === is.NATIVE_RETRIES) {
          ears.announce({ name: "waiting", attempt: 1, until: null, cause: failure("network", { willRetry: true }) });
        } else {
          this.#end();
          ears.announce({ name: "closed", by: "fatal", error: failure("network", {}) });
        }
      },
      message: (type, data, id) => {
        // Each of these objects begins without an id.
        this.lastEventId = id || this.lastEventId;
        this.#counters.events++;
        this.#counters.lastEventAt = this.#platform.now();
        ears.deliver(type, data, this.lastEventId);
      },
    });
    this.#connection = connection;
    this.#ears.announce({ name: "connecting", attempt: 1 });
  }

  listen(type: string): void {
    this.#connection?.listen(type);
  }

  /** It cannot. */
  listenToAll(): void {}

  #end(): void {
    this.#connection?.abort();
    this.#connection = undefined;
  }
}
