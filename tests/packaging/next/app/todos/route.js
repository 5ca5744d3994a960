export const dynamic = "force-dynamic";

/** Two to-dos, and silence. */
export function GET() {
  const todos = [{ id: "1", title: "milk" }, { id: "2", title: "eggs" }];
  const body = new ReadableStream({
    start(controller) {
      const events = todos.map((todo) => `event: saved\nid: ${todo.id}\ndata: ${JSON.stringify(todo)}\n\n`);
      controller.enqueue(new TextEncoder().encode(events.join("")));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
