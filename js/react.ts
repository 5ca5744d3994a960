import { useEffect, useInsertionEffect, useMemo, useState } from "react";

import { blank, Follower, type HookOptions, identify, type Steering, type View } from "./follower.js";

export type { HookOptions } from "./follower.js";

/** What `useEventSource` returns. */
export type EventSourceResult<Events = Record<string, any>, Value = undefined> = View<Events, Value> & Steering;

/**
 * Streams into a component. Another url (or `key`, or list of `events`) makes another connection; without a url there is none.
 * Options are read when the connection is opened, and functions among them may be inline: the latest are called, and nothing
 * connects again because of them. All components with the same `key`, or else url, and equal options share one connection, which
 * ends with the last of them. On a server nothing is opened.
 */
export function useEventSource<Events = Record<string, any>, Value = undefined>(
  url: string | URL | null | undefined,
  options: HookOptions<Events, Value> = {},
): EventSourceResult<Events, Value> {
  const address = url ? String(url) : "";
  const identity = identify(address, options);
  // Not by `useSyncExternalStore`: its updates are urgent, and each one makes a transition begin anew, until React does it all the
  // same after 5 s. These wait for it. All components are told in one task, and so none is drawn without the others.
  const [shown, setShown] = useState<{ of?: string; view?: View<Events, Value> }>({});
  const [hook] = useState(() => {
    const hook = { identity, follower: new Follower(options, (view) => setShown({ of: hook.identity, view })) };
    return hook;
  });
  const { follower } = hook;
  useInsertionEffect(() => {
    // Those of another url are not for the connection that is left in a moment.
    if (hook.identity === identity) follower.options = options;
  });
  useEffect(() => {
    if (hook.identity !== identity) follower.options = options;
    hook.identity = identity;
    // (What came since it was rendered is in what is shown first.)
    follower.open(address);
    return () => follower.leave();
  }, [hook, identity]);
  const { steering } = follower;
  // Nothing of another url is drawn under this one.
  const none = useMemo(() => ({ ...blank<Events, Value>(address, options.initial), ...steering }), [steering, identity]);
  const result = useMemo(() => shown.view && { ...shown.view, ...steering }, [shown, steering]);
  return result && shown.of === identity ? result : none;
}
