// The driver of `fetch`, on functions that somebody put in its place.

import { EventSource, init } from "everstream";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

beforeAll(() => init());
afterEach(() => vi.unstubAllGlobals());

const stream = (...chunks: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
const answer = (body: ReadableStream | null, init: ResponseInit = {}) => new Response(body, { headers: { "content-type": "text/event-stream" }, ...init });

/** Opens a source on a function in the place of `fetch`, and waits for its end. */
async function read(fetch: (url: string, init: RequestInit) => unknown) {
  vi.stubGlobal("fetch", fetch);
  const source = new EventSource("http://example.org/events", { retry: { max: 0 } });
  const seen: unknown[] = [];
  source.onmessage = ({ data, origin }) => seen.push([data, origin]);
  await vi.waitFor(() => expect(source.readyState).toBe(2));
  return { seen, state: source.state };
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("an answer without a url is from where it was asked for", async () => {
  const { seen } = await read(async () => answer(stream(bytes("data: 1\n\n"))));
  expect(seen).toEqual([["1", "http://example.org"]]);
});

test("requests are not kept in a cache, and ask for an event stream", async () => {
  const asked: unknown[] = [];
  await read(async (url, { cache, headers, credentials }) => (asked.push([url, cache, headers, credentials]), answer(null, { status: 204 })));
  expect(asked).toEqual([["http://example.org/events", "no-store", { accept: "text/event-stream" }, "same-origin"]]);
});

test("what is no stream of bytes, no Response, or nothing at all, is a failure that says so", async () => {
  const text = await read(async () => answer(stream("data: 1\n\n")));
  expect(text.state).toMatchObject({ error: { kind: "network", message: "network (cut): the body is not a stream of bytes" } });
  for (const fetch of [async () => ({}), async () => undefined])
    expect((await read(fetch)).state).toMatchObject({ name: "closed", error: { kind: "option", message: "option fetch: it must return a Response" } });
  expect((await read(async () => Promise.reject(new TypeError("down")))).state).toMatchObject({ name: "closed", error: { kind: "network" } });
});

test("a body that somebody else reads is a failure", async () => {
  const { state } = await read(async () => {
    const response = answer(stream(bytes("data: 1\n\n")));
    response.body!.getReader();
    return response;
  });
  expect(state).toMatchObject({ name: "closed", error: { kind: "network" } });
});

test("the start of a refused body is read, and no more", async () => {
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(bytes("é".repeat(100)));
    },
  });
  const { state } = await read(async () => answer(endless, { status: 404 }));
  expect(state).toMatchObject({ error: { status: 404, body: "é".repeat(65_536) } });
  expect(pulled).toBeLessThan(700);
});

test("an event in a chunk of its own each, and a slow reader, lose nothing", async () => {
  const chunks = Array.from({ length: 3000 }, (_, at) => bytes(`data: ${at}\n\n`));
  vi.stubGlobal("fetch", async () => answer(stream(...chunks)));
  const source = new EventSource("http://example.org/events", { closeOnEnd: true });
  const seen: number[] = [];
  for await (const { data } of source) {
    seen.push(Number(data));
    if (seen.length % 500 === 0) await null;
  }
  expect(seen).toEqual(chunks.map((_, at) => at));
});

test("a stream of bytes from the network is read into the same memory, four times as much when that was full", async () => {
  const events = Array.from({ length: 100_000 }, (_, at) => `data: ${at} ${"é".repeat(at % 7)}\n\n`);
  const all = bytes(events.join(""));
  const rooms: number[] = [];
  let sent = 0;
  let used = 0;
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest!;
      const room = new Uint8Array(request.view!.buffer);
      // All that is left, and then single bytes, and parts of what there is room for.
      const most = sent > 1_000_000 ? 1 + (rooms.length % 5_000) : room.length;
      const part = all.subarray(sent, sent + Math.min(room.length, most));
      if (!part.length) controller.close();
      rooms.push(room.length);
      // New memory is empty.
      if (room.some(Boolean)) used++;
      room.set(part);
      sent += part.length;
      request.respond(part.length);
    },
  });
  const response = answer(body);
  Object.defineProperty(response, "type", { value: "basic" });
  const { seen } = await read(async () => response);
  expect(seen.map(([data]: any) => `data: ${data}\n\n`)).toEqual(events);
  expect(rooms.slice(0, 4)).toEqual([8_192, 32_768, 131_072, 524_288]);
  expect(new Set(rooms.slice(4))).toEqual(new Set([524_288]));
  expect(used).toBe(rooms.length - 4);
});

test("a stream of bytes of somebody's own ends when it is closed, and says why it was refused", async () => {
  const closed = (text: string, init?: ResponseInit) =>
    answer(
      new ReadableStream({
        type: "bytes",
        async pull(controller) {
          if (text) controller.enqueue(bytes(text));
          else controller.close();
          text = "";
        },
      }),
      init,
    );
  const { seen } = await read(async () => closed("data: 1\n\n"));
  expect(seen.map(([data]: any) => data)).toEqual(["1"]);
  const { state } = await read(async () => closed("no such stream", { status: 404 }));
  expect(state).toMatchObject({ error: { status: 404, body: "no such stream" } });
});

test("pages are watched also where their event targets do not know the signals that there are", async () => {
  const added: string[] = [];
  const removed: string[] = [];
  const add = (type: string, _listener: unknown, options?: AddEventListenerOptions) => {
    if (options?.signal) throw new TypeError("member 'signal' that is not of type 'AbortSignal'");
    added.push(type);
  };
  const remove = (type: string) => removed.push(type);
  vi.stubGlobal("document", { addEventListener: add, removeEventListener: remove, visibilityState: "visible", baseURI: "http://example.org/" });
  vi.stubGlobal("fetch", async () => answer(stream(bytes("data: 1\n\n"))));
  const source = new EventSource("/events", { closeOnEnd: true });
  const seen: string[] = [];
  source.onmessage = ({ data }) => seen.push(data);
  await vi.waitFor(() => expect(source.readyState).toBe(2));
  expect([seen, added]).toEqual([["1"], ["visibilitychange", "freeze", "resume", "securitypolicyviolation"]]);
  expect([...new Set(removed)].sort()).toEqual(added.sort());
});

test("no request goes to a port that the standard blocks, and to others it does", async () => {
  const blocked = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
  ];
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => (asked.push(url), answer(null, { status: 204 })));
  const others = [80, 443, 8080, 5173, 3000, 2, 6001, 10079, 10081, 65535];
  const kinds = await Promise.all(
    [...blocked, ...others].map(async (port) => {
      const source = new EventSource(`http://127.0.0.1:${port}/`);
      await vi.waitFor(() => expect(source.readyState).toBe(2));
      return source.state.kind;
    }),
  );
  expect(kinds).toEqual([...blocked.map(() => "option"), ...others.map(() => undefined)]);
  expect(asked).toHaveLength(others.length);
});

test("a function that knows nothing of signals keeps no body open", async () => {
  let open = 0;
  let asked = 0;
  const slow = async () => {
    asked++;
    await new Promise((go) => setTimeout(go, 20));
    open++;
    return answer(new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => void open-- }));
  };
  const settle = () => new Promise((go) => setTimeout(go, 60));
  const source = new EventSource("http://example.org/events", { fetch: slow as never });
  await vi.waitFor(() => expect(asked).toBe(1));
  for (let times = 0; times < 4; times++) source.reconnect();
  await settle();
  await vi.waitFor(() => expect(open).toBeLessThanOrEqual(1));
  for (const late of [() => source.close(), () => {}]) late();
  await vi.waitFor(() => expect(open).toBe(0));
  // Also one that is let go before it is read, and one that is in the place of the global function.
  const other = new EventSource("http://example.org/events", { fetch: slow as never });
  other.onopen = () => other.close();
  await settle();
  expect(open).toBe(0);
  vi.stubGlobal("fetch", slow);
  const third = new EventSource("http://example.org/events");
  await vi.waitFor(() => expect(third.readyState).toBe(1));
  third.close();
  await settle();
  expect(open).toBe(0);
});
