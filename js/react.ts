import { useEffect, useInsertionEffect, useState } from "react";

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
  // Not by `useSyncExternalStore`: its updates are urgent, and each one makes a transition begin anew, until React does it all the
  // same after 5 s. These wait for it. All components are told in one task, and so none is drawn without the others.
  const [result, show] = useState(hook.result);
  useInsertionEffect(() => {
    hook.options = options;
  });
  const address = url ? String(url) : "";
  const key = options.key ?? address;
  const events = options.events?.join();
  // (What came since it was rendered is in what `open` shows first.)
  useEffect(() => hook.open(address, show), [hook, address, key, events]);
  return result;
}

/** What outlives a render. */
class Hook<Events, Value> {
  options: HookOptions<Events, Value>;
  readonly result: EventSourceResult<Events, Value>;
  #hold: Hold | undefined;
  readonly #steering: Steering = {
    pause: () => this.#hold?.shared.source.pause(),
    resume: () => this.#hold?.shared.source.resume(),
    reconnect: () => this.#hold?.shared.reconnect(),
    close: () => this.#hold?.shared.source.close(),
  };

  constructor(options: HookOptions<Events, Value>) {
    this.options = options;
    this.result = { ...empty(options, { name: "idle" }), ...this.#steering };
  }

  /** Opens, or joins, a connection. What is returned leaves it. */
  open(url: string, show: (result: EventSourceResult<Events, Value>) => void): () => void {
    const withSteering = (view: View<Events, Value>) => show({ ...view, ...this.#steering });
    if (!url) {
      withSteering(empty(this.options, { name: "closed", by: "user" }));
      return () => {};
    }
    const hold = (this.#hold = follow(url, () => this.options, withSteering));
    return () => {
      this.#hold = undefined;
      hold.release();
    };
  }
}
