import { configureStore, createEntityAdapter, createSlice } from "@reduxjs/toolkit";
import { EventSource } from "everstream";

type Todo = { id: string; title: string; saving?: boolean };
const todos = createEntityAdapter<Todo>();
const slice = createSlice({
  name: "todos",
  initialState: todos.getInitialState(),
  reducers: { saved: todos.setOne, removed: todos.removeOne },
});
export const { saved, removed } = slice.actions;
export const store = configureStore({ reducer: slice.reducer });

function open() {
  const source = new EventSource<{ saved: Todo; removed: string }>("/todos", { decode: "json" });
  source.addEventListener("saved", ({ data }) => store.dispatch(saved(data)));
  source.addEventListener("removed", ({ data }) => store.dispatch(removed(data)));
  return source;
}

let source: ReturnType<typeof open> | undefined;
let followers = 0;
export function follow() {
  if (!source || source.readyState === EventSource.CLOSED) source = open();
  if (!followers++) source.resume();
  return () => void (--followers || source?.pause());
}
