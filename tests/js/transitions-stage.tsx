// What tests of a stream beside a transition have in common: in real time, for it is React that divides it.

import { useEventSource } from "everstream/react";
import { World } from "everstream/testing";
import { memo } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach } from "vitest";

export const URL = "http://example.org/events";

export let world: World;
export let root: Root;
export let place: HTMLElement;

beforeEach(async () => {
  world = await World.start();
  place = document.createElement("div");
  root = createRoot(place);
});
afterEach(async () => {
  root.unmount();
  // (React undoes effects when it has the time.)
  while (world.live.length) {
    await drawn();
    await world.advance(0);
  }
  world.stop();
});

export const drawn = (ms = 1) => new Promise((go) => setTimeout(go, ms));

export async function until(what: () => boolean) {
  while (!what()) await drawn();
}

/** The request that effects make, when React has the time. */
export async function opened() {
  await until(() => world.requests.length > 0);
  return (await world.request()).open();
}

/** What takes React 5 ms to draw. */
const Slow = memo(function Slow({ text }: { text: string }) {
  const end = performance.now() + 5;
  while (performance.now() < end);
  return <i>{text}</i>;
});

/** What takes it 100 ms. */
export const Page = memo(function Page({ name }: { name: string }) {
  return <section>{name && Array.from({ length: 20 }, (_, at) => <Slow key={at} text={name} />)}</section>;
});

export function Feed() {
  const { latest } = useEventSource(URL);
  return <output>{latest?.data}</output>;
}

/** An event every 16 ms until something is so. Gives the time it took. */
export async function streaming(request: Awaited<ReturnType<World["request"]>>, what: () => boolean) {
  const start = performance.now();
  for (let count = 1; !what(); count++) {
    request.send({ data: `${count}` });
    await world.advance(16);
    await drawn(16);
  }
  return performance.now() - start;
}
