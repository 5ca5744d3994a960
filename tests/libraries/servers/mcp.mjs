// The server of the MCP SDK with its SSE transport: each connection is a session of its own, which sends numbered messages.

import { serve } from "./feed.mjs";
import { startServer, text } from "./faults.mjs";

export async function startMcp(workshop, { files = {}, plan, token } = {}) {
  const { Server, SSEServerTransport } = await workshop.run(`
    export { Server } from "@modelcontextprotocol/sdk/server/index.js";
    export { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
  `);
  const sessions = new Map();
  let number = 0;
  return startServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://here");
    if (token && request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
    if (pathname === "/messages") {
      const session = sessions.get(searchParams.get("sessionId"));
      return session ? session.handlePostMessage(request, response) : response.writeHead(404).end();
    }
    if (pathname !== "/sse") return serve(files, pathname, response);
    const transport = new SSEServerTransport("/messages", response);
    const server = new Server({ name: "prices", version: "1" }, { capabilities: { logging: {} } });
    sessions.set(transport.sessionId, transport);
    await server.connect(transport);
    const timer = setInterval(() => {
      if (response.writableEnded || response.destroyed) return;
      server.notification({ method: "notifications/message", params: { level: "info", data: text(++number) } }).catch(() => {});
    }, 10);
    response.once("close", () => {
      clearInterval(timer);
      sessions.delete(transport.sessionId);
    });
  }, plan);
}
