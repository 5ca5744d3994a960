import { EventSource } from "everstream";
import { eventStore } from "everstream/store";
import { create } from "zustand";

type Todo = { id: string; title: string; saving?: boolean };
type Todos = Record<string, Todo | undefined>;
export const useTodos = create(() => ({ value: {} as Todos }));

function open() {
  const source = new EventSource<{ saved: Todo; removed: string }>("/todos", { decode: "json" });
  const stream = eventStore<Todos, { saved: Todo; removed: string }>(source, {
    initial: {},
    reduce: (todos, { type, data, error }) =>
      error ? todos : type === "saved" ? { ...todos, [data.id]: data } : { ...todos, [data]: undefined },
  });
  stream.subscribe((snapshot) => useTodos.setState(snapshot));
  return { source, stream };
}

let opened: ReturnType<typeof open> | undefined;
let followers = 0;
export function follow() {
  if (!opened || opened.source.readyState === EventSource.CLOSED) opened = open();
  const { source } = opened;
  if (!followers++) source.resume();
  return () => void (--followers || source.pause());
}
export const save = (todo: Todo) =>
  opened?.stream.update((todos) => ({ ...todos, [todo.id]: { ...todo, saving: true } }));
