import {
  getCurrentInstance,
  getCurrentScope,
  type MaybeRefOrGetter,
  onActivated,
  onDeactivated,
  onMounted,
  onScopeDispose,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from "vue";

import { blank, Follower, type HookOptions, type Steering, type View } from "./follower.js";

export type { HookOptions } from "./follower.js";

/** What `useEventSource` returns: a ref for each thing that it shows. */
export type EventSourceResult<Events = Record<string, any>, Value = undefined> = {
  readonly [Name in keyof View<Events, Value>]: Readonly<ShallowRef<View<Events, Value>[Name]>>;
} & Steering;

/**
 * Streams into a component, or into whatever scope it is called in, and ends with it. The url may be a ref or a getter: a
 * change makes another connection; without a url there is none. While a component is deactivated by `KeepAlive` it holds no
 * connection, and goes on where it was. All with the same `key`, or else url, share one connection. On a server nothing is
 * opened.
 */
export function useEventSource<Events = Record<string, any>, Value = undefined>(
  url: MaybeRefOrGetter<string | URL | null | undefined>,
  options: HookOptions<Events, Value> = {},
): EventSourceResult<Events, Value> {
  const idle = blank("idle", options);
  const refs = {
    state: shallowRef(idle.state),
    latest: shallowRef(idle.latest),
    error: shallowRef(idle.error),
    value: shallowRef(idle.value),
  };
  const show = ({ state, latest, error, value }: View<Events, Value>) => {
    refs.state.value = state;
    refs.latest.value = latest;
    refs.error.value = error;
    refs.value.value = value;
  };
  const follower = new Follower(options, show);

  const start = () => {
    const address = () => {
      const now = toValue(url);
      return now ? String(now) : "";
    };
    watch(address, (url) => follower.open(url), { immediate: true, flush: "sync" });
  };
  const instance = getCurrentInstance();
  if (instance && (instance as { scope?: unknown }).scope === getCurrentScope()) {
    // Mounted is what a component never is on a server.
    onMounted(start);
    onDeactivated(() => follower.rest(true));
    onActivated(() => follower.rest(false));
  } else if (typeof document === "object") {
    // A scope of its own, as that of a store, outlives the component that happens to ask for it first.
    start();
  }
  if (getCurrentScope()) onScopeDispose(() => follower.leave());

  return { ...refs, ...follower.steering };
}
