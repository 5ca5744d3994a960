// What Centrifugo's SSE transport does, in JSON: the first command comes in the url, later ones are posted to `/emulation`, all
// answers and pushes come in the stream. A channel has a history, from which a client that comes back gets what it has missed.

import { randomUUID } from "node:crypto";
import { text as textOf } from "node:stream/consumers";

import { COUNT } from "./feed.mjs";
import { startServer, text } from "./faults.mjs";

const EPOCH = "one";

export function startCentrifugo({ plan } = {}) {
  const sessions = new Map();
  const history = [];
  const timer = setInterval(() => {
    if (![...sessions.values()].some(({ subscribed }) => subscribed) || history.length === COUNT) return;
    const publication = { data: { text: text(history.length + 1) }, offset: history.length + 1 };
    history.push(publication);
    for (const { subscribed, send } of sessions.values()) if (subscribed) send({ push: { channel: "prices", pub: publication } });
  }, 10);

  const answer = (session, { id, connect, subscribe }) => {
    if (connect) session.send({ id, connect: { client: session.id, version: "6.0.0", session: session.id, node: "node", ping: 25, pong: true } });
    if (!subscribe) return;
    session.subscribed = true;
    const recovered = !!subscribe.recover && subscribe.epoch === EPOCH;
    const publications = recovered ? history.slice(subscribe.offset) : [];
    session.send({ id, subscribe: { recoverable: true, positioned: true, epoch: EPOCH, offset: history.length, recovered, was_recovering: !!subscribe.recover, publications } });
  };

  return startServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://here");
    if (pathname === "/emulation") {
      const { session: id, data } = JSON.parse(await textOf(request));
      const session = sessions.get(id);
      if (session) for (const line of data.split("\n")) if (line) answer(session, JSON.parse(line));
      return response.writeHead(204).end();
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const session = { id: randomUUID(), subscribed: false, send: (reply) => response.write(`data: ${JSON.stringify(reply)}\n\n`) };
    sessions.set(session.id, session);
    response.once("close", () => sessions.delete(session.id));
    for (const line of searchParams.get("cf_connect").split("\n")) if (line) answer(session, JSON.parse(line));
  }, plan).then((server) => ({ ...server, stop: () => (clearInterval(timer), server.stop()) }));
}
