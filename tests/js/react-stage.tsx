// What tests of the hook of React have in common.

import { type HookOptions, useEventSource } from "everstream/react";
import { World } from "everstream/testing";
import * as React from "react";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

export const URL = "http://example.org/events";

/** What is made with `Activity` or `use`, which React 18 does not have. */
export const testOf19 = test.skipIf(!("Activity" in React));

export let world: World;
export let root: Root;
export let renders: number;

beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  world = await World.start();
  root = createRoot(document.createElement("div"));
  renders = 0;
});
afterEach(async () => {
  await act(() => root.unmount());
  await world.advance(0);
  // (What may not be repeated goes on for a moment.)
  expect(world.live.filter(({ method }) => method === "GET")).toEqual([]);
  await world.advance(1000);
  expect(world.live).toEqual([]);
  world.stop();
  vi.unstubAllGlobals();
});

export let result: ReturnType<typeof useEventSource<any, any>>;

export function Feed({ url = URL, ...options }: { url?: string | null } & HookOptions<any, any>) {
  renders++;
  result = useEventSource<any, any>(url, options);
  return <output>{result.state.name}</output>;
}

export const render = (element: React.ReactNode) => act(async () => root.render(element));
export const advance = (ms: number) => act(() => world.advance(ms));

/** The same, with its options in one. */
export function Second({ url, of }: { url: string; of: HookOptions<any, any> }) {
  result = useEventSource<any, any>(url, of);
  return null;
}

/** What each of several components has made of one stream. */
export const lists: Record<string, { value: string; latest: unknown; joined: unknown }> = {};

export function Listed({ name, url = URL, ...options }: { name: string; url?: string } & HookOptions<any, string>) {
  const { value, latest, joined } = useEventSource<any, string>(url, { initial: "", reducer: (text, { data, error }) => text + (error ? "?" : data), ...options });
  lists[name] = { value, latest: latest?.data, joined };
  return null;
}
