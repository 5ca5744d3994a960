import { useEventSource } from "everstream/vue";
import { defineStore } from "pinia";
import { shallowReactive } from "vue";

type Todo = { id: string; title: string; saving?: boolean };
export const useTodos = defineStore("todos", () => {
  const todos = shallowReactive(new Map<string, Todo>());
  const { state } = useEventSource<{ saved: Todo; removed: string }>("/todos", {
    decode: "json",
    onEvent: ({ type, data, error }) =>
      error || (type === "saved" ? todos.set(data.id, data) : todos.delete(data)),
  });
  return { todos, state, save: (todo: Todo) => todos.set(todo.id, { ...todo, saving: true }) };
});
