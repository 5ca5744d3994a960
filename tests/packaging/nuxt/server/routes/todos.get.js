/** One to-do, and the end. */
export default defineEventHandler(() => {
  const body = 'event: saved\nid: 1\ndata: { "id": "1", "title": "milk" }\n\n';
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
});
