// @vitest-environment jsdom
// @vitest-environment-options { "url": "http://example.org/" }

// The recipes of docs/stores.md: what they are made for, and that the documentation has them word for word.

import { readFileSync } from "node:fs";

import { World } from "everstream/testing";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApp, defineComponent, h, nextTick } from "vue";

let world: World;

beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

const saved = (id: string, title: string) => ({ type: "saved", id: `${id}-${title}`, data: JSON.stringify({ id, title }) });
const removed = (id: string) => ({ type: "removed", data: JSON.stringify(id) });

describe.each(["redux", "zustand", "pinia"])("%s", (name) => {
  const code = readFileSync(`tests/recipes/${name}.ts`, "utf8").trim();

  test("has at most 15 lines, and is what the documentation says", () => {
    expect(code.split("\n").filter((line) => line.trim()).length).toBeLessThanOrEqual(15);
    expect(readFileSync("docs/stores.md", "utf8")).toContain(`\`\`\`ts\n${code}\n\`\`\``);
  });
});

/** The same story for each: `titles` is what the store holds, `save` the optimistic update. */
async function story(titles: () => string[], save: (todo: { id: string; title: string }) => void) {
  const request = (await world.request()).open();
  request.send(saved("1", "milk"), saved("2", "eggs"), saved("1", "oat milk"), { type: "saved", data: "not json" });
  await world.advance(16);
  expect(titles()).toEqual(["oat milk", "eggs"]);
  save({ id: "3", title: "bread" });
  await world.advance(16);
  expect(titles()).toEqual(["oat milk", "eggs", "bread (saving)"]);
  request.send(saved("3", "rye bread"), removed("1"));
  request.fail();
  await world.advance(1000);
  expect(titles()).toEqual(["eggs", "rye bread"]);
  // The connection goes on behind the last event: nothing comes twice.
  const next = (await world.request()).open();
  expect(next.lastEventId).toBe("3-rye bread");
  return next;
}

const words = (todos: Iterable<{ title: string; saving?: boolean } | undefined>) =>
  [...todos].filter((todo) => !!todo).map(({ title, saving }) => (saving ? `${title} (saving)` : title));

test("Redux Toolkit", async () => {
  const { store, source, saved } = await import("../recipes/redux.js");
  const titles = () => words(Object.values(store.getState().entities));
  const next = await story(titles, (todo) => store.dispatch(saved({ ...todo, saving: true })));
  source.close();
  expect(next.isLive).toBe(false);
});

test("Zustand", async () => {
  const { useTodos, save, source } = await import("../recipes/zustand.js");
  await story(() => words(Object.values(useTodos.getState().value)), save);
  await world.advance(16);
  expect(useTodos.getState().state.name).toBe("open");
  source.close();
});

test("Pinia", async () => {
  const { useTodos } = await import("../recipes/pinia.js");
  const pinia = createPinia();
  setActivePinia(pinia);
  // The component that asks first may go: the store stays.
  const app = createApp(defineComponent(() => (useTodos(), () => h("p"))));
  app.use(pinia).mount(document.createElement("div"));
  const store = useTodos();
  await nextTick();
  await story(() => words(store.todos.values()), store.save);
  app.unmount();
  await world.advance(16);
  expect(store.state.name).toBe("open");
  expect(world.live).toHaveLength(1);
  store.$dispose();
  await world.advance(0);
  expect(world.live).toEqual([]);
});
