import { EventSource } from "everstream";
import { eventStore } from "everstream/store";
import { create } from "zustand";

type Todo = { id: string; title: string; saving?: boolean };
export const source = new EventSource<{ saved: Todo; removed: string }>("/todos", { decode: "json" });
const stream = eventStore<Record<string, Todo | undefined>, { saved: Todo; removed: string }>(source, {
  initial: {},
  reduce: (todos, { type, data, error }) =>
    error ? todos : type === "saved" ? { ...todos, [data.id]: data } : { ...todos, [data]: undefined },
});
export const useTodos = create(() => stream.getSnapshot());
stream.subscribe((snapshot) => useTodos.setState(snapshot));
export const save = (todo: Todo) => stream.update((todos) => ({ ...todos, [todo.id]: { ...todo, saving: true } }));
