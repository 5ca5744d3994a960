// The functions of docs/llm.md, against servers that do what those of language models do.

import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, test } from "vitest";

import { ask as askAnthropic } from "../recipes/anthropic.js";
import { ask as askOpenai } from "../recipes/openai.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that answers as it is told, one way after the other; the last one for good. */
async function serve(...answers: ((...all: Parameters<RequestListener>) => void)[]) {
  let asked = 0;
  const server = createServer((request, response) => answers[Math.min(asked++, answers.length - 1)]!(request, response));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked: () => asked };
}

/** Sends a body as an event stream, and then ends it, or cuts it. */
const streams =
  (body: string, end: "end" | "cut" = "end"): RequestListener =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(body, () => (end === "cut" ? setTimeout(() => response.destroy(), 20) : response.end()));
  };
const refuses =
  (status: number, body: object, headers = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

async function read(answer: AsyncIterable<string>) {
  let text = "";
  try {
    for await (const piece of answer) text += piece;
    return { text };
  } catch (error) {
    return { text, error: error as Error };
  }
}

const events = (...all: unknown[]) => all.map((data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`).join("");
const piece = (content: string | null, finish_reason: string | null = null) => ({ choices: [{ delta: { content }, finish_reason }] });
const typed = (...all: { type: string }[]) => all.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
const text = (text: string) => ({ type: "content_block_delta", delta: { type: "text_delta", text } });

describe.each([
  {
    name: "openai",
    ask: askOpenai,
    whole: events(piece("Hello"), piece(" there"), piece(null, "stop"), "[DONE]"),
    half: events(piece("Hello")),
    failing: events(piece("Hello"), { error: { message: "overloaded" } }),
    unfinished: `${events(piece("Hello"))}data: {"choices"`,
  },
  {
    name: "anthropic",
    ask: askAnthropic,
    whole: typed({ type: "message_start" }, { type: "ping" }, text("Hello"), text(" there"), { type: "message_stop" }),
    half: typed({ type: "message_start" }, text("Hello")),
    failing: typed(text("Hello"), { type: "error", error: { message: "overloaded" } } as { type: string }),
    unfinished: `${typed(text("Hello"))}event: content_block_delta\ndata: {"type"`,
  },
])("$name", ({ name, ask, whole, half, failing, unfinished }) => {
  test("is what the documentation says", () => {
    expect(readFileSync("docs/llm.md", "utf8")).toContain(`\`\`\`ts\n${readFileSync(`tests/recipes/${name}.ts`, "utf8").trim()}\n\`\`\``);
  });

  test("a whole answer, asked for with what was given", async () => {
    let seen: unknown;
    const { url } = await serve((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        seen = [request.method, request.headers["content-type"], request.headers["x-key"], JSON.parse(body)];
        streams(whole)(request as never, response as never);
      });
    });
    expect(await read(ask(url, { model: "any" }, { headers: { "x-key": "1" } }))).toEqual({ text: "Hello there" });
    expect(seen).toEqual(["POST", "application/json", "1", { model: "any", stream: true }]);
  });

  test("an error inside a 200 is thrown", async () => {
    const { url } = await serve(streams(failing));
    expect(await read(ask(url, {}))).toMatchObject({ text: "Hello", error: { message: "overloaded" } });
  });

  test("an end that comes too soon, or inside an event, is no success", async () => {
    for (const body of [half, unfinished]) {
      const { url, asked } = await serve(streams(body));
      expect(await read(ask(url, {}))).toMatchObject({ text: "Hello", error: { kind: "incomplete" } });
      expect(asked()).toBe(1);
    }
  });

  test("a cut is none either, unless everything had come; the question is not asked twice", async () => {
    const { url, asked } = await serve(streams(half, "cut"), streams(whole, "cut"));
    expect(await read(ask(url, {}))).toMatchObject({ text: "Hello", error: { kind: "incomplete" } });
    expect(asked()).toBe(1);
    expect(await read(ask(url, {}))).toEqual({ text: "Hello there" });
  });

  test("a server that is busy is asked again, one that is for long is not", async () => {
    const { url, asked } = await serve(refuses(529, {}, { "retry-after": "0" }), streams(whole));
    expect(await read(ask(url, {}))).toEqual({ text: "Hello there" });
    expect(asked()).toBe(2);
    const busy = await serve(refuses(429, { error: { message: "slow down" } }, { "retry-after": "3600" }));
    const { error } = await read(ask(busy.url, {}));
    expect(error).toMatchObject({ kind: "status", status: 429, retryAfter: 3_600_000 });
    expect((error as never as { json(): unknown }).json()).toEqual({ error: { message: "slow down" } });
  });

  test("a refusal has its body", async () => {
    const { url } = await serve(refuses(400, { error: { message: "too long", detail: "x".repeat(5_000) } }));
    const { error } = await read(ask(url, {}));
    expect((error as never as { json(): { error: { message: string } } }).json().error.message).toBe("too long");
  });

  test("the signal ends it", async () => {
    const controller = new AbortController();
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(half);
    });
    let seen = "";
    const reading = (async () => {
      for await (const piece of ask(url, {}, { signal: controller.signal })) {
        seen += piece;
        controller.abort(new Error("enough"));
      }
    })();
    await expect(reading).rejects.toThrow("enough");
    expect(seen).toBe("Hello");
  });
});

test("Azure's first chunk has no choices, and usage comes behind the reason to finish", async () => {
  const { url } = await serve(streams(events({ choices: [], prompt_filter_results: [] }, piece("Hi"), piece(null, "stop"), { choices: [], usage: { total_tokens: 7 } }, "[DONE]")));
  expect(await read(askOpenai(url, {}))).toEqual({ text: "Hi" });
});

test("an end behind the reason to finish needs no [DONE]", async () => {
  const { url } = await serve(streams(events(piece("Hi"), piece("", "length"))));
  expect(await read(askOpenai(url, {}))).toEqual({ text: "Hi" });
});
