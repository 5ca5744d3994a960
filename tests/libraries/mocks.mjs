// Mocked servers whose streams break: handlers for MSW, in Node and in a page. `asked` notes the last event id of each request.

/** So many events there are. */
const COUNT = 16;

const text = (number) => `#${number} zpráva 🐎`;

export const MOCKS = {
  "`http` handlers": ({ http, HttpResponse }, url, asked) => [
    http.get(url, ({ request }) => {
      const attempt = asked.push(request.headers.get("last-event-id"));
      if (attempt === 2) return new HttpResponse("later", { status: 503 });
      const encoder = new TextEncoder();
      let number = Number(asked.at(-1));
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          const isBroken = (attempt === 1 && number === 4) || (attempt === 3 && number === 8);
          if (isBroken && attempt === 3) return controller.close();
          if (number === COUNT) return new Promise(() => {});
          const event = encoder.encode(`id: ${++number}\ndata: ${text(number)}\n\n`);
          controller.enqueue(isBroken ? event.slice(0, -4) : event);
          // What is in a stream's queue is thrown away when the stream breaks.
          if (isBroken) setTimeout(() => controller.error(new Error("cut")), 50);
          if (isBroken) await new Promise(() => {});
        },
      });
      return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
    }),
  ],
  "`sse` handlers": ({ sse }, url, asked) => [
    sse(url, async ({ client, request }) => {
      const attempt = asked.push(request.headers.get("last-event-id"));
      const last = [4, 4, 9, COUNT][attempt - 1] ?? COUNT;
      for (let number = Number(asked.at(-1)) + 1; number <= last; number++) client.send({ id: String(number), data: text(number) });
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (attempt === 1) client.error();
      else if (attempt < 4) client.close();
    }),
  ],
};
