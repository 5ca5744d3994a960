#!/bin/sh
# The loops of the OpenAI and Anthropic SDKs take an answer that ends too soon for a whole one. The server ends the body as it should be
# ended (a last chunk of length 0), as HTTP/1.0 upstreams and some proxies do when the connection behind them breaks: without
# `data: [DONE]` or `message_stop`, without a reason to finish, even in the middle of a line of JSON. `for await` over what
# `create({ stream: true })` returns ends without an error, and what there was of the last event is dropped in silence. Their helpers with
# an accumulated result do notice (`finalContent()`, `finalText()`).
#
# Why it matters: a cut sentence ("The answer is") is shown, stored or acted on as if it was complete.
# Prints what came, and fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts openai@6.49.0 @anthropic-ai/sdk@1.14.0
echo "openai 6.49.0, @anthropic-ai/sdk 1.14.0, Node $(node --version)"

cat > run.js <<'END'
import { createServer } from "node:http";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const chunk = (content) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "any", choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: null }] })}\n\n`;
const typed = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const delta = (text) => typed({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const start =
  typed({ type: "message_start", message: { id: "1", type: "message", role: "assistant", content: [], model: "any", stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } } }) +
  typed({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
const BODIES = {
  "openai, between two events": chunk("The answer is"),
  "openai, inside an event": chunk("The answer is") + chunk(" not 42").slice(0, 60),
  "anthropic, between two events": start + delta("The answer is"),
  "anthropic, inside an event": start + delta("The answer is") + delta(" not 42").slice(0, 70),
};

const server = createServer((request, response) => {
  const [, at] = request.url.split("/");
  response.writeHead(200, { "content-type": "text/event-stream" }).end(Object.values(BODIES)[at]);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const messages = [{ role: "user", content: "?" }];
const asSeen = [];
for (const [at, name] of Object.keys(BODIES).entries()) {
  const options = { apiKey: "none", baseURL: `http://127.0.0.1:${server.address().port}/${at}`, maxRetries: 0 };
  const isOpenai = name.startsWith("openai");
  const client = isOpenai ? new OpenAI(options) : new Anthropic(options);
  let text = "";
  let end = "no error";
  try {
    const events = await (isOpenai ? client.chat.completions.create({ model: "any", messages, stream: true }) : client.messages.create({ model: "any", max_tokens: 9, messages, stream: true }));
    for await (const event of events) text += (isOpenai ? event.choices[0].delta.content : event.delta?.text) ?? "";
  } catch (error) {
    end = error.message;
  }
  console.log(`${name}: ${JSON.stringify(text)}, ${end}`);
  asSeen.push(text === "The answer is" && end === "no error");
}
server.close();
process.exit(asSeen.every(Boolean) ? 0 : 1);
END
node run.js
