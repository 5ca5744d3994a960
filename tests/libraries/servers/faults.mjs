// Servers whose streams break: `plan` has what happens to the first connection, to the second, and so on. After `after` numbered
// events a stream is cut inside the next (`cut`), or ended as it should be (`end`); a `status` is an answer without a stream. Later
// connections stay. A numbered event has its number behind a `#`: "#12".

import { createServer } from "node:http";

/** Every kind of break once: inside an event and a character of it, a refusal, a clean end. */
export const PLAN = [{ after: 4, how: "cut" }, { status: 503 }, { after: 3, how: "end" }];

/** What an event says; the number of bytes of the last character is four. */
export const text = (number) => `#${number} zpráva 🐎`;

/** The number in a text, or undefined. */
export const numberIn = (text) => {
  const found = /#(\d+)/.exec(text);
  return found ? Number(found[1]) : undefined;
};

/**
 * Starts a server on a free port. `handle` is a handler of Node's; the streams that it answers with are broken by plan. `journal` has a
 * record for each connection: what it asked for, which numbers were sent to it whole, and how it was ended.
 */
export async function startServer(handle, plan = PLAN) {
  const journal = [];
  const server = createServer((request, response) => {
    if (request.headers.accept?.includes("text/event-stream") && request.method === "GET") {
      const step = plan[journal.length] ?? {};
      const record = { resumedFrom: request.headers["last-event-id"], headers: request.headers, url: request.url, sent: [], how: null };
      journal.push(record);
      if (step.status) {
        record.how = String(step.status);
        response.writeHead(step.status, { "content-type": "text/plain", ...allowAll(request) });
        return response.end("later");
      }
      breakLater(response, step, record);
    }
    Promise.resolve(handle(request, response)).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    journal,
    /** All numbers that were sent whole, in order. */
    sent: () => journal.flatMap(({ sent }) => sent),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What another origin needs to read an answer, and to send the headers of a resumption. */
export const allowAll = (request) =>
  request.headers.origin
    ? {
        "access-control-allow-origin": request.headers.origin,
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "*",
      }
    : {};

/** Watches what is written to an answer, and ends it when its time has come. */
function breakLater(response, { after = Infinity, how }, record) {
  const write = response.write.bind(response);
  let rest = Buffer.alloc(0);
  response.once("close", () => (record.how ??= "client"));
  response.write = (chunk, encoding, done = typeof encoding === "function" ? encoding : undefined) => {
    if (record.how) return done?.(), true;
    rest = Buffer.concat([rest, typeof chunk === "string" ? Buffer.from(chunk) : chunk]);
    let whole = 0;
    for (let end; (end = rest.indexOf("\n\n", whole)) >= 0; whole = end + 2) {
      const event = rest.subarray(whole, end + 2);
      const number = numberIn(event.toString());
      if (number === undefined) continue;
      if (record.sent.length === after) {
        // An end comes here, too: what is sent at once with the event before it must not get through.
        record.how = how;
        const horse = event.indexOf("🐎");
        const middle = horse < 0 ? event.length >> 1 : horse + 2;
        write(rest.subarray(0, how === "cut" ? whole + middle : whole), () => (how === "cut" ? response.socket?.destroy() : response.end()));
        return done?.(), true;
      }
      record.sent.push(number);
    }
    const ready = rest.subarray(0, whole);
    rest = rest.subarray(whole);
    return ready.length ? write(ready, done) : (done?.(), true);
  };
}
