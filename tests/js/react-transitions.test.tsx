// @vitest-environment jsdom

// What a stream does to what React draws meanwhile.

import { useEventSource } from "everstream/react";
import { startTransition, useDeferredValue, useState } from "react";
import { expect, test } from "vitest";

import { drawn, Feed, opened, Page, place, root, streaming, URL, world } from "./transitions-stage.js";

let go: (page: string) => void;

function App({ children, name = "" }: { children: React.ReactNode; name?: string }) {
  const [page, setPage] = useState(name);
  go = setPage;
  return (
    <>
      {children}
      <Page name={page} />
    </>
  );
}

test("a stream does not hold up a transition", { timeout: 20_000 }, async () => {
  root.render(<App><Feed /></App>);
  const request = await opened();
  startTransition(() => go("next"));
  const took = await streaming(request, () => place.querySelectorAll("i").length === 20);
  // It is React's own limit of 5 s where it does.
  expect(took).toBeLessThan(3_000);
  expect(Number(place.querySelector("output")!.textContent)).toBeLessThan(100);
});

test("a deferred value is drawn all along", { timeout: 20_000 }, async () => {
  function List() {
    const { latest } = useEventSource(URL);
    return <Page name={useDeferredValue(latest?.data ?? "")} />;
  }
  root.render(<List />);
  const request = await opened();
  const texts = new Set<string>();
  const took = await streaming(request, () => texts.add(place.querySelector("i")?.textContent ?? "").size > 4);
  expect(took).toBeLessThan(10_000);
});

test("ten components on one source, and a transition in between: all equal in whatever is drawn", { timeout: 20_000 }, async () => {
  root.render(<App>{Array.from({ length: 10 }, (_, at) => <Feed key={at} />)}</App>);
  const request = await opened();
  const commits: string[][] = [];
  const observer = new MutationObserver(() => commits.push([...new Set([...place.querySelectorAll("output")].map((output) => output.textContent!))]));
  observer.observe(place, { subtree: true, childList: true, characterData: true });
  startTransition(() => go("one"));
  await streaming(request, () => place.querySelectorAll("i").length === 20);
  startTransition(() => go("another"));
  await streaming(request, () => place.querySelector("i")!.textContent === "another");
  observer.disconnect();
  expect(world.requests).toHaveLength(1);
  expect(commits.length).toBeGreaterThan(3);
  expect(commits.filter((texts) => texts.length > 1)).toEqual([]);
});

test("what came between the rendering of a component and its effect is caught up", { timeout: 20_000 }, async () => {
  let isShown!: (shown: boolean) => void;
  function Late() {
    const [shown, show] = useState(false);
    isShown = show;
    return shown ? <div id="late"><Feed /><Page name="late" /></div> : null;
  }
  root.render(<App><Feed /><Late /></App>);
  const request = await opened();
  startTransition(() => isShown(true));
  await streaming(request, () => !!place.querySelector("#late"));
  // (Nothing more comes.)
  await drawn(50);
  const [first, late] = [...place.querySelectorAll("output")].map((output) => output.textContent);
  expect([Number(first) > 1, late]).toEqual([true, first]);
});
