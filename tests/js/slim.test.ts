// The entry without the bytes: they come from whoever uses it.

import { readFileSync } from "node:fs";

import { EventSource, init } from "everstream/slim";
import { EventSource as Whole } from "everstream";
import { describe, expect, test, vi } from "vitest";

const UNREACHABLE = "http://127.0.0.1:65500/events";

test("sources wait for the bytes, of which nothing is inlined", async () => {
  const early = new EventSource(UNREACHABLE, { retry: { max: 0 } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(early.state).toMatchObject({ name: "loading", attempt: 1 });
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

describe("what cannot be had", () => {
  const core = readFileSync("dist/core.wasm");

  /** The module anew: what a page has that was just loaded. */
  async function fresh() {
    vi.resetModules();
    return import("everstream/slim");
  }

  test.each([
    ["a download that failed", () => Promise.reject(new TypeError("Failed to fetch")), "Failed to fetch"],
    ["an answer that there is none", () => new Response("Not Found", { status: 404 }), "status 404 in place of everstream/core.wasm"],
    ["a page in its place", () => new Response("<!doctype html>"), "these are not the bytes of everstream/core.wasm"],
    ["bytes that were cut off", () => core.subarray(0, 1000), "these are not the bytes of everstream/core.wasm"],
  ])("%s is the caller's affair: sources, made before or after, wait for the next call", async (_name, find, message) => {
    const { EventSource, init } = await fresh();
    const sources = [new EventSource(UNREACHABLE, { retry: { max: 0 } })];
    await expect(init(find())).rejects.toThrow(message);
    sources.push(new EventSource(UNREACHABLE, { retry: { max: 0 } }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sources.map(({ state }) => state.name)).toEqual(["loading", "loading"]);
    await init(core);
    await vi.waitFor(() => expect(sources.map(({ state }) => state)).toMatchObject(Array(2).fill({ name: "closed", error: { kind: "network" } })));
  });

  test("a policy is not waited out: sources learn that there is nothing to run it", async () => {
    const { EventSource, init } = await fresh();
    const refused = vi.spyOn(WebAssembly, "instantiate").mockRejectedValue(new Error("a policy"));
    try {
      const early = new EventSource(UNREACHABLE);
      await expect(init(core)).rejects.toThrow("a policy");
      for (const source of [early, new EventSource(UNREACHABLE)])
        await vi.waitFor(() => expect(source.state).toMatchObject({ name: "closed", error: { kind: "unsupported", message: "unsupported: a policy" } }));
    } finally {
      refused.mockRestore();
    }
  });

  test("a module that is already compiled will do, as runtimes at the edge have it", async () => {
    const { EventSource, init } = await fresh();
    await init(new WebAssembly.Module(core));
    const source = new EventSource(UNREACHABLE, { retry: { max: 0 } });
    await vi.waitFor(() => expect(source.state).toMatchObject({ name: "closed", error: { kind: "network" } }));
  });
});
