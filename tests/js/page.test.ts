// A worker whose page tells it what happens.

import { EventSource } from "everstream";
import { followPage, tellWorker } from "everstream/page";
import { afterEach, expect, test, vi } from "vitest";

const undo: (() => void)[] = [];

afterEach(() => {
  for (const end of undo.splice(0)) end();
  vi.unstubAllGlobals();
});

/** A page, and a worker that hears what the page says as a structured clone. */
function connect() {
  const port = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", document);
  const told: unknown[] = [];
  const end = tellWorker({
    postMessage(data) {
      told.push(data);
      port.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) }));
    },
  });
  // A worker has none.
  vi.stubGlobal("document", undefined);
  undo.push(end, followPage(port));
  return { document, port, told };
}

function open() {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  const source = new EventSource("http://example.org/events", { transport: "fetch" });
  undo.push(() => source.close());
  return source;
}

test("its sources pause with the page, and come back with it", async () => {
  const { document } = connect();
  const source = open();
  await vi.waitFor(() => expect(source.state.name).toBe("connecting"));
  document.dispatchEvent(new Event("freeze"));
  expect(source.state).toMatchObject({ name: "paused", by: ["frozen"] });
  document.dispatchEvent(new Event("resume"));
  // The first attempt was a moment ago.
  expect(source.state).toMatchObject({ name: "waiting", cause: "unknown" });
  await vi.waitFor(() => expect(source.state.name).toBe("connecting"), 2_000);
});

test("a source that is made later knows what was told before", async () => {
  const { document } = connect();
  document.dispatchEvent(new Event("freeze"));
  const source = open();
  await vi.waitFor(() => expect(source.state).toMatchObject({ name: "paused", by: ["frozen"] }));
});

test("messages of somebody else change nothing", async () => {
  const { port } = connect();
  const source = open();
  await vi.waitFor(() => expect(source.state.name).toBe("connecting"));
  for (const data of [null, 7, "x", {}, { "everstream page": 8 }, { "everstream page": [15, 0] }, { "everstream page": ["8", {}] }, { "everstream page": [8, 1] }])
    port.dispatchEvent(new MessageEvent("message", { data }));
  expect(source.state.name).toBe("connecting");
});

test("what is ended tells and hears nothing any more", async () => {
  const { document, told } = connect();
  for (const end of undo.splice(0)) end();
  const before = told.length;
  document.dispatchEvent(new Event("freeze"));
  expect(told.length).toBe(before);
});
