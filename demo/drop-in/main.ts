// A feed by the drop-in class, written as for the browser's own: in the page, or with `?worker` in a worker.

import { feedOf, type Seen } from "../shared/feed.js";
import { read } from "./read.js";

const place = document.querySelector("main")!;
const steer = location.search.includes("worker=") ? inWorker() : inPage();

place.innerHTML = `<section class="card">
  <p role="status"></p>
  <div class="buttons" role="group" aria-label="Steer the source"></div>
</section>`;
for (const name of ["pause", "resume", "reconnect", "close"]) {
  const button = document.createElement("button");
  Object.assign(button, { id: name, type: "button", textContent: name, onclick: () => steer(name) });
  place.querySelector(".buttons")!.append(button);
}
const words = place.querySelector("[role=status]")!;
setInterval(() => {
  const { __seen: seen } = globalThis as unknown as { __seen?: Seen };
  if (seen) words.textContent = `${seen.state.name}: ${seen.ids.length} events, ${seen.lost} lost, ${seen.doubled} doubled`;
}, 100);

function inPage(): (what: string) => void {
  return read(feedOf(location.search, location.href));
}

function inWorker(): (what: string) => void {
  const worker = new Worker(`worker.js${location.search}`, { type: "module" });
  worker.onmessage = ({ data }) => Object.assign(globalThis, { __seen: data });
  return (what) => worker.postMessage(what);
}
