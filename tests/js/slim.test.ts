// The entry without the bytes: they come from whoever uses it.

import { readFileSync } from "node:fs";

import { EventSource, init } from "everstream/slim";
import { EventSource as Whole } from "everstream";
import { expect, test, vi } from "vitest";

const UNREACHABLE = "http://127.0.0.1:1/events";

test("sources wait for the bytes, of which nothing is inlined", async () => {
  const early = new EventSource(UNREACHABLE, { retry: { max: 0 } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(early.state).toEqual({ name: "loading", attempt: 1 });
  const answer = new Response(readFileSync("dist/core.wasm"));
  await init(Promise.resolve(answer));
  await vi.waitFor(() => expect(early.state).toMatchObject({ name: "closed", by: "exhausted", error: { kind: "network" } }));

  const inlined = vi.spyOn(globalThis, "atob");
  const later = new Whole(UNREACHABLE, { retry: { max: 0 } });
  await vi.waitFor(() => expect(later.state.name).toBe("closed"));
  expect(inlined).not.toHaveBeenCalled();
  inlined.mockRestore();
});

test("the bytes bring along the module that makes short strings", () => {
  const module = new WebAssembly.Module(readFileSync("dist/core.wasm"));
  expect(WebAssembly.Module.customSections(module, "strings")).toHaveLength(1);
});
