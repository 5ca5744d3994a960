#!/bin/sh
# TanStack Query 5.108.4: an invalidation that comes while a query is fetched for the first time is lost.
#
# A common way to use a stream of changes is `invalidateQueries` for each. Its `cancelRefetch` is `true` by default, so one would
# expect that what is under way is begun anew. That is so for a query that has data. One that has none yet goes on with the fetch
# that began before the change, and is fresh when that is here: what changed in between is not in it, and is not asked for again.
#
# Seen on Node 20: first fetch, then an invalidation: 1 call, "old", not stale. The same with data there before: 2 calls, "new".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @tanstack/query-core@5.108.4
cat > play.mjs <<'JS'
import assert from "node:assert/strict";
import { QueryClient, QueryObserver } from "@tanstack/query-core";

/** Fetches, is told of a change while the fetch is under way, and says what came of it. */
async function play(initialData) {
  const client = new QueryClient();
  const queryKey = ["todos"];
  const answers = [];
  let calls = 0;
  const queryFn = () => {
    calls++;
    return new Promise((answer) => answers.push(answer));
  };
  const observer = new QueryObserver(client, { queryKey, queryFn, initialData, initialDataUpdatedAt: 0, staleTime: 1_000_000 });
  const stop = observer.subscribe(() => {});
  const turn = () => new Promise((go) => setTimeout(go, 20));
  await turn();
  const before = calls;
  // The server has put "old" together; then something changes, and a stream says so.
  const invalidated = client.invalidateQueries({ queryKey });
  await turn();
  answers[0]("old");
  answers[1]?.("new");
  await invalidated;
  await turn();
  const { data, isStale } = observer.getCurrentResult();
  stop();
  client.clear();
  return { before, calls, data, isStale };
}

const first = await play(undefined);
const later = await play("from before");
console.log("no data yet:    ", JSON.stringify(first));
console.log("data from before:", JSON.stringify(later));
assert.deepEqual(first, { before: 1, calls: 1, data: "old", isStale: false });
assert.deepEqual(later, { before: 1, calls: 2, data: "new", isStale: false });
JS
node play.mjs
