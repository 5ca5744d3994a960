// @vitest-environment jsdom
// @vitest-environment-options { "url": "http://example.org/" }

// Components that the React Compiler has remembered as much of as it can.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// @ts-expect-error (It has no types of its own.)
import { transformSync } from "@babel/core";
import { act, createElement, type FunctionComponent } from "react";
import { createRoot } from "react-dom/client";
import { describe, expect, test, vi } from "vitest";

import { advance, world } from "./react-stage.js";

const FOLDER = join("tests", "js", ".compiled");

const README = [...readFileSync("README.md", "utf8").matchAll(/```jsx\n([^]*?)```/g)].map(([, code]) => code!).find((code) => code.includes("function Prices()"))!;

/** Users of the hook whose functions and options are of their own render. */
const ROOM = `
  import { useEventSource } from "everstream/react";
  import { useState } from "react";

  function Line({ text }) {
    return <i>{text}</i>;
  }
  export function Room({ name, prefix }) {
    const [heard, setHeard] = useState("");
    const { state, value, latest, reconnect } = useEventSource("/rooms/" + name, {
      headers: { "x-prefix": prefix },
      initial: [],
      reducer: (lines, { data }) => [...lines, prefix + data],
      onEvent: ({ data }) => setHeard(prefix + data),
    });
    const last = latest?.data.toUpperCase();
    return (
      <>
        <b>{state.name} {heard} {last}</b>
        {value.map((line) => <Line key={line} text={line} />)}
        <button onClick={reconnect} />
      </>
    );
  }
`;

function isCompiled(code: string): boolean {
  return /from "react\/compiler-runtime"/.test(code) && /\b_c\(\d+\)/.test(code);
}

describe.each(["as written", "compiled"])("%s", (how) => {
  async function load(name: string, code: string): Promise<Record<string, FunctionComponent<any>>> {
    mkdirSync(FOLDER, { recursive: true });
    const file = join(process.cwd(), FOLDER, `${name}-${how.slice(0, 2)}.jsx`);
    const plugins = [["babel-plugin-react-compiler", { panicThreshold: "all_errors" }]];
    const compiled = transformSync(code, { filename: file.replace(".compiled", "src"), plugins, parserOpts: { plugins: ["jsx"] }, configFile: false, babelrc: false })!.code!;
    expect([isCompiled(code), isCompiled(compiled)]).toEqual([false, true]);
    writeFileSync(file, `/* @jsxRuntime automatic */ ${how === "compiled" ? compiled : code}`);
    return import(/* @vite-ignore */ file);
  }

  async function shown(element: React.ReactElement) {
    const place = document.createElement("div");
    const own = createRoot(place);
    await act(async () => own.render(element));
    return { place, draw: (element: React.ReactElement) => act(async () => own.render(element)), end: () => act(() => own.unmount()) };
  }

  test("README's component", async () => {
    const { Prices } = await load("prices", README);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { place, end } = await shown(createElement(Prices!));
    const request = (await world.request()).open();
    const price = (symbol: string, price: number, id: string) => ({ id, data: JSON.stringify({ symbol, price }) });
    request.send(price("ABC", 7, "1"), price("XYZ", 9, "2"), price("ABC", 8, "3"));
    await advance(16);
    expect(place.textContent).toBe("ABC: 8XYZ: 9");
    request.fail();
    await advance(16);
    expect(place.textContent).toBe("ABC: 8XYZ: 9");
    await act(() => void vi.advanceTimersByTime(3000));
    expect(place.textContent).toBe("Reconnecting…ABC: 8XYZ: 9");
    await advance(1000);
    const next = (await world.request()).open();
    next.send(price("ABC", 5, "4"));
    await advance(16);
    expect([place.textContent, next.lastEventId]).toEqual(["ABC: 5XYZ: 9", "3"]);
    vi.useRealTimers();
    await end();
  });

  test("the latest of the inline functions and headers, and another url", async () => {
    const { Room } = await load("room", ROOM);
    const room = (name: string, prefix: string) => createElement(Room!, { name, prefix });
    const { place, draw, end } = await shown(room("a", "1"));
    const first = (await world.request()).open().send({ data: "x", id: "1" });
    await advance(16);
    expect(place.textContent).toBe("open 1x X1x");
    await draw(room("a", "2"));
    first.send({ data: "y", id: "2" });
    await advance(16);
    expect([place.textContent, world.requests.length]).toEqual(["open 2y Y1x2y", 1]);
    place.querySelector("button")!.click();
    await advance(1000);
    const second = await world.request();
    expect([second.lastEventId, second.headers.get("x-prefix")]).toEqual(["2", "2"]);
    await draw(room("b", "2"));
    const other = (await world.request()).open().send({ data: "z" });
    await advance(16);
    expect([other.url, place.textContent]).toEqual(["http://example.org/rooms/b", "open 2z Z2z"]);
    await end();
  });
});
