import { useEventSource } from "everstream/vue";
import { acceptHMRUpdate, defineStore } from "pinia";
import { effectScope, ref } from "vue";

type Todo = { id: string; title: string; saving?: boolean };
export const useTodos = defineStore("todos", () => {
  const todos = ref(new Map<string, Todo>());
  const open = () =>
    useEventSource<{ saved: Todo; removed: string }>("/todos", {
      decode: "json",
      onEvent: ({ type, data, error }) =>
        error || (type === "saved" ? todos.value.set(data.id, data) : todos.value.delete(data)),
    });
  const scope = effectScope();
  const { state } = scope.run(open)!;
  // An edit runs this once more, and leaves the one before as it is.
  const kept = import.meta.hot?.data;
  kept?.scope?.stop();
  if (kept) kept.scope = scope;
  return { todos, state, save: (todo: Todo) => todos.value.set(todo.id, { ...todo, saving: true }) };
});
if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useTodos, import.meta.hot));
