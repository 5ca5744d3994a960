// A scripted world for each test, which closes what was made in it.

import { EventSource, type EventSourceOptions } from "everstream";
import { World, type WorldOptions } from "everstream/testing";
import { afterEach, beforeEach, expect } from "vitest";

export const URL = "http://example.org/events";

export let world: World;

beforeEach(() => start());
afterEach(async () => {
  world.stop();
  await world.settled();
  expect(world.live).toEqual([]);
});

/** Another one, in place of the one before. */
export async function start(options?: WorldOptions): Promise<void> {
  world?.stop();
  world = await World.start(options);
}

export function open(options?: EventSourceOptions): EventSource<any> {
  return new EventSource<any>(URL, options);
}

/** A source that is open, or whatever else comes of the answer, once there are those who listen. */
export async function connected(options?: EventSourceOptions, prepare: (source: EventSource<any>) => void = () => {}) {
  const source = open(options);
  prepare(source);
  const request = await world.request();
  request.open();
  return { source, request };
}
