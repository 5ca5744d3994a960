// Answers with a line again and again of what it has seen: one invocation lives as long as its answer is read.

import core from "everstream/core.wasm";
import { EventSource, init } from "everstream/slim";

import { options, seen, watch } from "./seen.js";

init(core);

export default {
  fetch(request) {
    const source = watch(new EventSource(new URL(request.url).searchParams.get("feed"), options));
    let timer;
    const lines = new ReadableStream({
      start(controller) {
        timer = setInterval(() => controller.enqueue(new TextEncoder().encode(`${JSON.stringify(seen)}\n`)), 50);
      },
      cancel() {
        clearInterval(timer);
        source.close();
      },
    });
    return new Response(lines);
  },
};
