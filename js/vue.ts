import {
  type ComponentInternalInstance,
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
  triggerRef,
  watch,
} from "vue";

import { advise } from "./compare.js";
import { blank, Follower, type HookOptions, type Steering, type View } from "./follower.js";

export type { HookOptions } from "./follower.js";

/** What `useEventSource` returns: a ref for each thing that it shows. */
export type EventSourceResult<Events = Record<string, any>, Value = undefined> = {
  readonly [Name in keyof View<Events, Value>]: Readonly<ShallowRef<View<Events, Value>[Name]>>;
} & Steering;

/**
 * Streams into a component, or into whatever scope it is called in, and ends with it. The url may be a ref or a getter: a
 * change makes another connection; without a url there is none. While a component is deactivated by `KeepAlive` it holds no
 * connection, and goes on where it was. All with the same `key`, or else url, and equal options share one connection. On a
 * server nothing is opened.
 */
export function useEventSource<Events = Record<string, any>, Value = undefined>(
  url: MaybeRefOrGetter<string | URL | null | undefined>,
  options: HookOptions<Events, Value> = {},
): EventSourceResult<Events, Value> {
  const refs = Object.fromEntries(Object.entries(blank("idle", fresh(options.initial))).map(([name, value]) => [name, shallowRef<unknown>(value)]));
  const show = (view: View<Events, Value>) => {
    const isFolded = refs["latest"]!.value !== view.latest && refs["value"]!.value === view.value;
    for (const [name, value] of Object.entries(view)) refs[name]!.value = value;
    // A reducer may have changed what is in it.
    if (isFolded && typeof view.value === "object") triggerRef(refs["value"]!);
  };
  const follower = new Follower(options, show, fresh);
  const instance = getCurrentInstance();
  const scope = getCurrentScope();
  const isComponents = !!instance && (instance as { scope?: unknown }).scope === scope;

  const start = () => {
    const address = () => {
      const now = toValue(url);
      return now ? String(now) : "";
    };
    // A component that is mounted inside of what was put aside is aside, too.
    follower.put(isComponents && isAside(instance));
    // (Before the next drawing, as Vue's own: whoever is taken off by what changes the url never sees that one.)
    watch(address, (url) => follower.open(url), { immediate: true });
  };
  if (isComponents) {
    // Mounted is what a component never is on a server.
    onMounted(start);
    onDeactivated(() => follower.put(true));
    onActivated(() => follower.put(false));
  } else if (typeof document === "object") {
    // A scope of its own, as that of a store, outlives the component that happens to ask for it first.
    start();
  }
  if (scope) onScopeDispose(() => follower.leave());
  else if (typeof document === "object") advise("`useEventSource` was called outside of a component and of a scope: nothing ends what it opens");

  return { ...refs, ...follower.steering } as EventSourceResult<Events, Value>;
}

/** Lists and plain objects anew: a reducer may change them in place, and another url begins with what was given. */
function fresh<Value>(initial: Value): Value {
  if (Array.isArray(initial)) return initial.map(fresh) as Value;
  if (initial instanceof Map) return new Map(initial) as Value;
  if (initial instanceof Set) return new Set(initial) as Value;
  const isPlain = initial && Object.getPrototypeOf(initial) === Object.prototype;
  return isPlain ? (Object.fromEntries(Object.entries(initial as object).map(([name, value]) => [name, fresh(value)])) as Value) : initial;
}

/** Whether `KeepAlive` has put the component aside, or one that it is in. */
function isAside(instance: ComponentInternalInstance | null): boolean {
  return !!instance && (instance.isDeactivated || isAside(instance.parent));
}
