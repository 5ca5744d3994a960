"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { Provider, useSelector } from "react-redux";

import * as query from "../../recipes/query.js";
import * as redux from "../../recipes/redux.js";
import * as zustand from "../../recipes/zustand.js";

const client = new QueryClient();
const titles = (todos) => Object.values(todos).map(({ title }) => title).sort().join();

function Redux() {
  useEffect(redux.follow, []);
  return <p id="redux">{titles(useSelector(({ entities }) => entities))}</p>;
}

function Zustand() {
  useEffect(zustand.follow, []);
  return <p id="zustand">{titles(zustand.useTodos(({ value }) => value))}</p>;
}

function Query() {
  return <p id="query">{titles(query.useTodos().data ?? [])}</p>;
}

export default function Page() {
  return (
    <Provider store={redux.store}>
      <QueryClientProvider client={client}>
        <Redux />
        <Zustand />
        <Query />
      </QueryClientProvider>
    </Provider>
  );
}
