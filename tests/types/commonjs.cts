// A CommonJS file has the types, and the package by `import()`.

import type { EventSource, State } from "everstream" with { "resolution-mode": "import" };

async function open(): Promise<EventSource> {
  const { EventSource } = await import("everstream");
  return new EventSource("/events");
}

void open().then((source): State => source.state);
