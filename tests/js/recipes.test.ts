// @vitest-environment jsdom
// @vitest-environment-options { "url": "http://example.org/" }

// The recipes of docs/stores.md: what they are made for, and that the documentation has them word for word.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { EventSource } from "everstream";
import { World } from "everstream/testing";
import { createPinia, setActivePinia } from "pinia";
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp, defineComponent, h, nextTick, onMounted, onUnmounted } from "vue";

const FOLDER = join("tests", "js", ".recipes");

let world: World;

beforeEach(async () => {
  mkdirSync(FOLDER, { recursive: true });
  world = await World.start();
});
afterEach(() => {
  world.stop();
  vi.unstubAllGlobals();
});

const saved = (id: string, title: string) => ({ type: "saved", id: `${id}-${title}`, data: JSON.stringify({ id, title }) });
const removed = (id: string) => ({ type: "removed", data: JSON.stringify(id) });

const text = (name: string) => readFileSync(`tests/recipes/${name}.ts`, "utf8").trim();

describe.each(["redux", "zustand", "pinia", "query"])("%s", (name) => {
  test("has at most 30 lines, and is what the documentation says", () => {
    expect(text(name).split("\n").filter((line) => line.trim()).length).toBeLessThanOrEqual(30);
    expect(readFileSync("docs/stores.md", "utf8")).toContain(`\`\`\`ts\n${text(name)}\n\`\`\``);
  });

  test("makes nothing before it is asked, as on a server", async () => {
    await import(`../recipes/${name}.ts`);
    await world.settled();
    expect(world.requests).toEqual([]);
  });
});

test("TypeScript takes them", { timeout: 60_000 }, () => {
  const compilerOptions = {
    ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"] },
    ...{ types: ["vite/client"], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true, noEmit: true },
  };
  writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify({ include: ["../../recipes/*.ts"], compilerOptions }));
  const { stdout, status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", FOLDER], { encoding: "utf8" });
  expect([stdout, status]).toEqual(["", 0]);
});

test("a relative url on a server: the error says that it needs a page", () => {
  const { document, location } = globalThis;
  vi.stubGlobal("document", undefined);
  vi.stubGlobal("location", undefined);
  expect(() => new EventSource("/todos")).toThrow("`/todos` is not a url: a relative one needs a page");
  expect(() => new EventSource("http://[")).toThrow("`http://[` is not a url");
  Object.assign(globalThis, { document, location });
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

/** The last one who looks has gone, and another comes. */
async function pausesInBetween(follow: () => () => void, unfollow: () => void) {
  const { length } = world.requests;
  const also = createApp(defineComponent(() => (onMounted(() => onUnmounted(follow())), () => null)));
  also.mount(document.createElement("div"));
  unfollow();
  expect(world.live).toHaveLength(1);
  also.unmount();
  await world.advance(60_000);
  expect(world.live).toEqual([]);
  follow();
  await world.advance(1_000);
  expect([world.live.length, world.requests.length]).toEqual([1, length + 1]);
  const request = await world.request();
  expect(request.lastEventId).toBe("3-rye bread");
  // What was closed for good is opened anew when somebody asks for it.
  request.respond(404);
  await world.settled();
  expect(world.live).toEqual([]);
  const leave = follow();
  (await world.request()).open();
  expect(world.live).toHaveLength(1);
  leave();
}

test("Redux Toolkit", async () => {
  const { store, follow, saved } = await import("../recipes/redux.js");
  const titles = () => words(Object.values(store.getState().entities));
  // StrictMode runs an effect twice.
  follow()();
  const unfollow = follow();
  await story(titles, (todo) => store.dispatch(saved({ ...todo, saving: true })));
  await pausesInBetween(follow, unfollow);
});

test("Zustand", async () => {
  const { useTodos, save, follow } = await import("../recipes/zustand.js");
  follow()();
  const unfollow = follow();
  await story(() => words(Object.values(useTodos.getState().value)), save);
  await pausesInBetween(follow, unfollow);
});

describe("TanStack Query", () => {
  /** A component, and the answers of the server that are still to come. */
  async function shown() {
    const { useTodos } = await import("../recipes/query.js");
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    const answers: ((todos: object[]) => void)[] = [];
    vi.stubGlobal("fetch", () => new Promise((resolve) => answers.push((todos) => resolve(new Response(JSON.stringify(todos))))));
    const client = new QueryClient();
    const place = document.createElement("div");
    const root = createRoot(place);
    const Todos = () => createElement("p", null, words(useTodos().data ?? []).join());
    const show = (isThere: boolean) => act(async () => root.render(createElement(QueryClientProvider, { client }, isThere && createElement(Todos))));
    await show(true);
    const answer = (...todos: object[]) => act(async () => {
      answers.shift()!(todos);
      await vi.waitFor(() => expect(client.isFetching()).toBe(0));
      // (It tells of what has changed in a task of its own.)
      await new Promise((go) => setTimeout(go));
    });
    const advance = (ms = 16) => act(async () => {
      await world.advance(ms);
      await new Promise((go) => setTimeout(go));
    });
    return { answers, answer, advance, place, show, end: () => act(async () => (root.unmount(), client.clear())) };
  }

  test("is fetched when the stream is open, and changed by it", async () => {
    const { answers, answer, advance, place, end } = await shown();
    const request = await world.request();
    expect(answers).toHaveLength(0);
    request.open();
    await advance();
    expect(answers).toHaveLength(1);
    await answer({ id: "1", title: "milk" });
    request.send(saved("2", "eggs"), saved("1", "oat milk"));
    await advance();
    expect(place.textContent).toBe("eggs,oat milk");
    request.send(removed("2"));
    await advance();
    expect([place.textContent, answers.length]).toEqual(["oat milk", 0]);
    await end();
  });

  test("an event that comes before it is fetched is a part of what is fetched", async () => {
    const { answers, answer, advance, place, end } = await shown();
    (await world.request()).open().send(saved("2", "eggs"));
    await advance();
    expect(answers).toHaveLength(1);
    await answer({ id: "1", title: "milk" }, { id: "2", title: "eggs" });
    expect(place.textContent).toBe("milk,eggs");
    await end();
  });

  test("an event that comes while it is fetched is not lost by what was fetched", async () => {
    const { answers, answer, advance, place, end } = await shown();
    const request = (await world.request()).open();
    await advance();
    request.send(saved("2", "eggs"));
    await advance();
    // The old one is for nobody any more.
    expect(answers).toHaveLength(2);
    answers.shift()!([]);
    await answer({ id: "2", title: "eggs" });
    expect(place.textContent).toBe("eggs");
    await end();
  });

  test("what has changed while no component was there is fetched", async () => {
    const { answer, advance, place, show, end } = await shown();
    (await world.request()).open();
    await advance();
    await answer({ id: "1", title: "milk" });
    await show(false);
    await advance(60_000);
    expect(world.live).toEqual([]);
    await show(true);
    expect(place.textContent).toBe("milk");
    (await world.request()).open();
    await advance();
    await answer({ id: "1", title: "milk" }, { id: "2", title: "eggs" });
    expect(place.textContent).toBe("milk,eggs");
    await end();
  });
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

test("Pinia, edited: one fold, on the same connection, and nothing is lost or comes twice", async () => {
  const seen: string[] = [];
  vi.stubGlobal("seen", (data: unknown) => seen.push(JSON.stringify(data)));
  // What Vite keeps for a module, from one version of it to the next.
  let accept!: (module: object) => void;
  vi.stubGlobal("hot", { data: {}, accept: (how: typeof accept) => (accept = how) });
  const edit = (name: string) => {
    const file = join(FOLDER, `${name}.ts`);
    writeFileSync(file, text("pinia").replaceAll("import.meta.hot", "globalThis.hot").replace("error ||", "(globalThis.seen(data), error) ||"));
    return import(/* @vite-ignore */ `${process.cwd()}/${file}`);
  };
  const pinia = createPinia();
  const { useTodos } = await edit("first");
  const store = useTodos(pinia);
  const request = (await world.request()).open();
  const titles: string[] = [];
  for (let version = 1; version <= 4; version++) {
    request.send(...Array.from({ length: 10 }, (_, at) => saved(`${version}-${at}`, "x")));
    titles.push(...Array.from({ length: 10 }, (_, at) => `${version}-${at}`));
    await world.advance(16);
    const update = accept;
    update(await edit(`version-${version}`));
  }
  request.send(saved("5", "last"));
  await world.advance(16);
  expect(seen).toHaveLength(41);
  expect([...store.todos.keys()]).toEqual([...titles, "5"]);
  expect([world.requests.length, store.state.name]).toEqual([1, "open"]);
  vi.unstubAllGlobals();
});
