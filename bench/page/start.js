// How soon there is a first event, each as an app would have it.

export const START = {
  "native EventSource"(heard) {
    const source = new window.EventSource("/burst?of=a&events=1");
    source.onmessage = () => {
      source.close();
      heard();
    };
  },
  async "fetch and eventsource-parser"(heard) {
    const { createParser } = await import("eventsource-parser");
    const parser = createParser({ onEvent: heard });
    const reader = (await fetch("/burst?of=a&events=1")).body.getReader();
    const decoder = new TextDecoder();
    for (let result; !(result = await reader.read()).done; ) parser.feed(decoder.decode(result.value, { stream: true }));
  },
  async everstream(heard) {
    const { EventSource } = await import("everstream");
    const source = new EventSource("/burst?of=a&events=1");
    source.onmessage = () => {
      source.close();
      heard();
    };
  },
};
