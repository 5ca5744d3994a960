import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEventSource } from "everstream/react";

type Todo = { id: string; title: string };
const queryKey = ["todos"];
export function useTodos() {
  const client = useQueryClient();
  const ask = () => client.invalidateQueries({ queryKey });
  const { state } = useEventSource<{ saved: Todo; removed: string }>("/todos", {
    decode: "json",
    onEvent: ({ type, data, error }) => {
      // What is being fetched may be older than this event.
      if (error || client.isFetching({ queryKey })) return void client.cancelQueries({ queryKey }).then(ask);
      const id = type === "saved" ? data.id : data;
      client.setQueryData<Todo[]>(queryKey, (todos) => {
        const others = todos?.filter((todo) => todo.id !== id);
        return others && type === "saved" ? [...others, data] : others;
      });
    },
  });
  const queryFn = async (): Promise<Todo[]> => (await fetch("/todos.json")).json();
  // Whenever the stream is there: no change falls between the two, nor between the last component and the next.
  return useQuery({ queryKey, queryFn, enabled: state.name === "open", staleTime: 0 });
}
