import { useEffect, useInsertionEffect, useState, useSyncExternalStore } from "react";

import { empty, follow, type Hold, type HookOptions, type Steering, type View } from "./shared.js";

export type { HookOptions } from "./shared.js";

/** What `useEventSource` returns. */
export type EventSourceResult<Events = Record<string, any>, Value = undefined> = View<Events, Value> & Steering;

/**
 * Streams into a component. Another url (or `key`, or list of `events`) makes another connection; without a url there is none.
 * Options are read when the connection is opened, and functions among them may be inline: the latest are called, and nothing
 * connects again because of them. All components with the same `key`, or else url, share one connection, which ends with the
 * last of them. On a server nothing is opened.
 */
export function useEventSource<Events = Record<string, any>, Value = undefined>(
  url: string | URL | null | undefined,
  options: HookOptions<Events, Value> = {},
): EventSourceResult<Events, Value> {
  const [hook] = useState(() => new Hook<Events, Value>(options));
  useInsertionEffect(() => {
    hook.options = options;
  });
  const address = url ? String(url) : "";
  const key = options.key ?? address;
  const events = options.events?.join();
  useEffect(() => hook.open(address), [hook, address, key, events]);
  return useSyncExternalStore(hook.subscribe, hook.result, hook.onServer);
}

/** What outlives a render. */
class Hook<Events, Value> {
  options: HookOptions<Events, Value>;
  #hold: Hold | undefined;
  #result: EventSourceResult<Events, Value>;
  readonly #onServer: EventSourceResult<Events, Value>;
  readonly #listeners = new Set<() => void>();
  readonly #steering: Steering = {
    pause: () => this.#hold?.shared.source.pause(),
    resume: () => this.#hold?.shared.source.resume(),
    reconnect: () => this.#hold?.shared.reconnect(),
    close: () => this.#hold?.shared.source.close(),
  };

  constructor(options: HookOptions<Events, Value>) {
    this.options = options;
    this.#result = this.#onServer = { ...empty(options, { name: "idle" }), ...this.#steering };
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly result = () => this.#result;

  readonly onServer = () => this.#onServer;

  /** Opens, or joins, a connection. What is returned leaves it. */
  open(url: string): () => void {
    const show = (view: View<Events, Value>) => {
      this.#result = { ...view, ...this.#steering };
      for (const listener of this.#listeners) listener();
    };
    if (!url) {
      show(empty(this.options, { name: "closed", by: "user" }));
      return () => {};
    }
    const hold = (this.#hold = follow(url, () => this.options, show));
    return () => {
      this.#hold = undefined;
      hold.release();
    };
  }
}
