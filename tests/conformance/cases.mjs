// What HTML, 9.2, asks of an `EventSource`. Each case runs in the page, once with the browser's own class and once with the
// package's, and returns what it saw; `expected` is what the standard says. `own` is what the package says instead, where
// `why` it must or means to; `byDefaultAlone` where the retries of the standard are those of the browser.

/** Each gets the class, `url(query)`, `asked(key)` and `wait(ms)`; the text of the function is sent to the page. */
export const CASES = {
  "a url is resolved and serialised": {
    run: ({ EventSource }) => {
      const seen = ["/a/../b#c", "?d", new URL("http://h.example:80/e")].map((url) => {
        const source = new EventSource(url);
        source.close();
        return source.url.replace(location.origin, "");
      });
      return seen;
    },
    expected: ["/b#c", "/?d", "http://h.example/e"],
  },
  "what is no string becomes one": {
    run: ({ EventSource }) =>
      [null, undefined, 1, { toString: () => "made" }, ["x"]].map((url) => {
        const source = new EventSource(url);
        source.close();
        return source.url.replace(`${location.origin}/`, "");
      }),
    expected: ["null", "undefined", "1", "made", "x"],
  },
  "constructor errors": {
    run: ({ EventSource }) =>
      [() => new EventSource("http://a:b/"), () => EventSource("/"), () => new EventSource(), () => new EventSource("/", 1), () => new EventSource(Symbol())].map((make) => {
        try {
          make().close();
          return "none";
        } catch (error) {
          return `${error instanceof DOMException ? "DOMException " : ""}${error.name}`;
        }
      }),
    expected: ["DOMException SyntaxError", "TypeError", "TypeError", "TypeError", "TypeError"],
  },
  "the shape of the interface": {
    run: ({ EventSource }) => {
      const describe = (target, name) => {
        const { value, writable, enumerable, configurable, get, set } = Object.getOwnPropertyDescriptor(target, name) ?? {};
        return [typeof value, writable, enumerable, configurable, typeof get, typeof set].join(" ");
      };
      const source = new EventSource("/");
      source.close();
      return {
        constants: ["CONNECTING", "OPEN", "CLOSED"].map((name) => [describe(EventSource, name), describe(EventSource.prototype, name), source[name]].join()),
        attributes: ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror"].map((name) => describe(EventSource.prototype, name)),
        close: describe(EventSource.prototype, "close"),
        inherits: Object.getPrototypeOf(EventSource) === EventTarget && source instanceof EventTarget,
        tag: Object.prototype.toString.call(source),
        length: EventSource.length,
        name: EventSource.name,
        handlers: [source.onopen, source.onmessage, source.onerror],
        own: Object.getOwnPropertyNames(source),
        keys: (() => { const keys = []; for (const key in source) keys.push(key); return ["url", "readyState", "close", "OPEN", "addEventListener"].filter((key) => !keys.includes(key)); })(),
      };
    },
    expected: {
      constants: ["number false true false undefined undefined,number false true false undefined undefined,0", "number false true false undefined undefined,number false true false undefined undefined,1", "number false true false undefined undefined,number false true false undefined undefined,2"],
      attributes: [...Array(3).fill("undefined  true true function undefined"), ...Array(3).fill("undefined  true true function function")],
      close: "function true true true undefined undefined",
      inherits: true,
      tag: "[object EventSource]",
      length: 1,
      name: "EventSource",
      handlers: [null, null, null],
      own: [],
      keys: [],
    },
  },
  "withCredentials is a boolean of whatever was given": {
    run: ({ EventSource }) =>
      [undefined, null, {}, { withCredentials: true }, { withCredentials: 0 }, { withCredentials: "x" }].map((init) => {
        const source = new EventSource("/", init);
        source.close();
        return source.withCredentials;
      }),
    expected: [false, false, false, true, false, true],
  },
  "readyState in the handlers": {
    run: ({ EventSource, url }) =>
      new Promise((resolve) => {
        const source = new EventSource(url({ body: ["retry: 60000\n\ndata: x\n\n"], end: "" }));
        const seen = [source.readyState];
        source.onopen = () => seen.push(`open ${source.readyState}`);
        source.onmessage = () => seen.push(`message ${source.readyState}`);
        source.onerror = () => {
          seen.push(`error ${source.readyState}`);
          source.close();
          resolve([...seen, source.readyState]);
        };
      }),
    expected: [0, "open 1", "message 1", "error 0", 2],
  },
  "an event and its attributes": {
    run: ({ EventSource, url }) =>
      new Promise((resolve) => {
        const source = new EventSource(url({ body: ["id: 7\nevent: note\ndata: x\n\n"] }));
        source.addEventListener("note", (event) => {
          source.close();
          const { type, data, lastEventId, origin, bubbles, cancelable, composed, ports, target, currentTarget } = event;
          resolve([event instanceof MessageEvent, type, data, lastEventId, origin === location.origin, event.source, ports.length, bubbles, cancelable, composed, target === source, currentTarget === source, event.isTrusted]);
        });
      }),
    expected: [true, "note", "x", "7", true, null, 0, false, false, false, true, true, true],
    own: [true, "note", "x", "7", true, null, 0, false, false, false, true, true, false],
    why: "No script can make an event that `isTrusted`.",
  },
  "what an event has of its own": {
    run: ({ EventSource, url }) =>
      new Promise((resolve) => {
        const source = new EventSource(url({ body: ["data: x\n\n"] }));
        source.onmessage = (event) => {
          source.close();
          const own = Object.keys(event).filter((name) => name !== "isTrusted");
          try {
            event.data = "y";
          } catch {}
          resolve([own, event.data]);
        };
      }),
    expected: [[], "x"],
    own: [["data", "lastEventId", "origin"], "y"],
    why: "What is given to the engine is copied and parsed: half of the time that an event takes.",
  },
  "the stream's format": {
    run: ({ collect }) =>
      collect([
        "\u00ef\u00bb\u00bfdata: bom\n\n", "data\n\n", "data:\n\n", "data: a\ndata:b\ndata\n\n", "data:  two\n\n", ": c\n\n", "event: x\n\n", "foo: bar\ndata: 1\n\n", "data: cr\r\r",
        "data: crlf\r\n\r\n", "DATA: no\ndata : no\n\n", "data: \u00c3\u00a9\u00ff\n\n", "data: nul\u0000\n\n", "data: end\n\n", "data: unfinished\n",
      ]),
    expected: ["bom", "", "", "a\nb\n", " two", "1", "cr", "crlf", "\u00e9\ufffd", "nul\u0000", "end"],
  },
  "ids": {
    run: ({ collect }) =>
      collect(["data: 0\n\n", "id: 1\ndata: 1\n\n", "data: 2\n\n", "id: n\u0000l\ndata: 3\n\n", "id: 5\n\n", "data: 4\n\n", "id\ndata: 5\n\n", "id: \u00c3\u00a9\ndata: end\n\n"], ({ data, lastEventId }) => `${data} ${lastEventId}`),
    expected: ["0 ", "1 1", "2 1", "3 1", "4 5", "5 ", "end \u00e9"],
  },
  "the cut between two chunks is nowhere to be seen": {
    run: ({ collect }) => collect(["da", 5, "ta: a\r", 5, "\n\r", 5, "\ndata: \u00c3", 5, "\u00a9", 5, "\n", 5, "\ndata: end\n\n"]),
    expected: ["a", "\u00e9", "end"],
  },
  "characters of all lengths, in texts of all lengths": {
    run: async ({ collect, wait }) => {
      const ends = [0x1, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0xd7ff, 0xe000, 0xffff, 0x10000, 0xfffff, 0x10ffff];
      const chars = String.fromCodePoint(...ends);
      const texts = [...ends.map((point) => String.fromCodePoint(point)), ...["x", "é", "服", "🎉", chars].flatMap((text) => [385, 392, 395, 405].map((bytes) => text.repeat(bytes / new TextEncoder().encode(text).length)))];
      const inBytes = (text) => String.fromCharCode(...new TextEncoder().encode(text));
      await wait(200);
      const wrong = [];
      for (const text of texts) {
        // Alone, and two that come together.
        const event = `id: ${inBytes(text.slice(0, 4))}\ndata: ${inBytes(text)}\n\n`;
        const seen = await collect([event, 5, event.replace(/.*\n/, "") + event, 5, "data: end\n\n"], ({ data, lastEventId }) => [data, lastEventId]);
        if (seen.length !== 4 || seen.slice(0, 3).some(([data, id]) => data !== text || id !== text.slice(0, 4))) wrong.push([text, seen]);
      }
      return [texts.length, wrong];
    },
    expected: [32, []],
  },
  "characters of all lengths, in long texts": {
    run: async ({ collect }) => {
      const wrong = [];
      for (const text of ["x", "é", "服", "🎉", "x🎉"]) {
        const bytes = String.fromCharCode(...new TextEncoder().encode(text));
        // As long as what is made at a time in one way or another, and a little less or more.
        for (const length of [4_088, 4_096, 4_104, 16_400, 140_000, 1_000_000]) {
          const times = Math.trunc(length / bytes.length);
          const seen = await collect(["data: ", [bytes, times], "\n\ndata: ", [bytes, times], "\n\ndata: end\n\n"]);
          if (seen.length !== 3 || seen.slice(0, 2).some((data) => data !== text.repeat(times))) wrong.push([text, times, seen.map((data) => data.length)]);
        }
      }
      return wrong;
    },
    expected: [],
  },
  "a reconnection resumes after the last id": {
    run: async ({ EventSource, url, asked }) => {
      const address = url({ key: "resume", body: ["retry: 1\nid: a b\u00c3\u00a9\ndata: x\n\n"], then: ["data: end\n\n"], end: "" });
      const seen = await new Promise((resolve) => {
        const source = new EventSource(address);
        const seen = [];
        source.onmessage = ({ data, lastEventId }) => {
          seen.push(`${data} ${lastEventId}`);
          if (data === "end") source.close(), resolve(seen);
        };
      });
      const requests = await asked("resume");
      return [seen, requests.slice(0, 2).map(({ accept, method, lastEventId = null }) => [accept, method, lastEventId && decodeURIComponent(escape(lastEventId))])];
    },
    expected: [["x a b\u00e9", "end a b\u00e9"], [["text/event-stream", "GET", null], ["text/event-stream", "GET", "a b\u00e9"]]],
    own: [["x a b\u00e9", "end a b\u00e9"], [["text/event-stream", "GET", null], ["text/event-stream", "GET", null]]],
    why: "`fetch` cannot send such an id as UTF-8: it goes into the query.",
  },
  "a plain id goes into the header": {
    run: async ({ EventSource, url, asked }) => {
      const address = url({ key: "plain", body: ["retry: 1\nid: 41\ndata: x\n\n"], then: ["data: end\n\n"], end: "" });
      await new Promise((resolve) => {
        const source = new EventSource(address);
        source.onmessage = ({ data }) => data === "end" && (source.close(), resolve());
      });
      return (await asked("plain")).slice(0, 2).map(({ lastEventId = null }) => lastEventId);
    },
    expected: [null, "41"],
  },
  "answers that end it": {
    run: async ({ EventSource, url, asked, wait }) => {
      const answers = { 204: { status: 204 }, 205: { status: 205 }, 404: { status: 404 }, 301: { status: 301 }, type: { type: "text/plain" }, none: { type: "" }, xml: { type: "text/event-stream-foo" } };
      const seen = {};
      for (const [name, answer] of Object.entries(answers)) {
        const source = new EventSource(url({ key: `final-${name}`, body: ["data: x\n\n"], end: "", ...answer }));
        const events = [];
        for (const type of ["open", "message", "error"]) source.addEventListener(type, () => events.push(`${type} ${source.readyState}`));
        await wait(300);
        seen[name] = [...events, (await asked(`final-${name}`)).length];
        source.close();
      }
      return seen;
    },
    expected: Object.fromEntries(["204", "205", "404", "301", "type", "none", "xml"].map((name) => [name, ["error 2", 1]])),
  },
  "500, 503 and 429 end it": {
    run: async ({ EventSource, url, wait }) => {
      const seen = [];
      for (const status of [500, 503, 429]) {
        const source = new EventSource(url({ status, body: ["data: x\n\n"], end: "" }));
        await wait(200);
        seen.push(source.readyState);
        source.close();
      }
      return seen;
    },
    expected: [2, 2, 2],
    own: [0, 0, 0],
    why: "Servers that restart and servers that are busy say so.",
    byDefaultAlone: true,
  },
  "a request": {
    run: async ({ EventSource, url, asked, wait }) => {
      const source = new EventSource(url({ key: "request", body: [] }));
      await wait(100);
      source.close();
      return (await asked("request")).map(({ method, accept, cacheControl }) => [method, accept, cacheControl]);
    },
    expected: [["GET", "text/event-stream", "no-cache"]],
  },
  "types with parameters, and in other cases": {
    run: async ({ EventSource, url }) => {
      const seen = [];
      for (const type of ["text/event-stream;", "TEXT/Event-Stream", "text/event-stream;charset=utf-8", "text/event-stream; x=y"]) {
        const source = new EventSource(url({ type, body: ["data: x\n\n"] }));
        seen.push(await new Promise((resolve) => {
          source.onmessage = () => resolve("message");
          source.onerror = () => resolve("error");
        }));
        source.close();
      }
      return seen;
    },
    expected: ["message", "message", "message", "message"],
  },
  "redirects are followed, and the origin is that of the end": {
    run: ({ EventSource, url, other }) =>
      new Promise((resolve) => {
        const end = `${other}${url({ cors: "", body: ["data: x\n\n"] })}`;
        const source = new EventSource(url({ redirect: end }));
        source.onmessage = ({ origin }) => {
          source.close();
          resolve([origin === other, source.url.startsWith(location.origin)]);
        };
        source.onerror = () => resolve("error");
      }),
    expected: [true, true],
  },
  "another origin": {
    run: async ({ EventSource, url, other, wait }) => {
      const seen = [];
      for (const cors of [undefined, "", "http://nobody.example"]) {
        const source = new EventSource(`${other}${url({ ...(cors !== undefined && { cors }), body: ["data: x\n\n"] })}`);
        const events = [];
        source.onopen = () => events.push("open");
        source.onmessage = () => events.push("message");
        source.onerror = () => events.push(`error ${source.readyState}`);
        // (When the browser's own class has given up, fetch asks why, after a delay.)
        await wait(1700);
        seen.push(events.slice(0, 2));
        source.close();
      }
      return seen;
    },
    expected: [["error 2"], ["open", "message"], ["error 2"]],
    own: [["error 0"], ["open", "message"], ["error 0"]],
    why: "Fetch cannot tell a refusal across origins from a network that is down, which may come back.",
    byDefaultAlone: true,
  },
  "close() in the middle of a chunk": {
    run: ({ EventSource, url, wait }) =>
      new Promise((resolve) => {
        const source = new EventSource(url({ body: ["data: 1\n\ndata: 2\n\n"] }));
        const seen = [];
        source.onmessage = async ({ data }) => {
          seen.push(data);
          source.close();
          await wait(100);
          resolve([seen, source.readyState]);
        };
      }),
    expected: [["1"], 2],
  },
  "close() before anything": {
    run: async ({ EventSource, url, asked, wait }) => {
      const source = new EventSource(url({ key: "early", body: ["data: x\n\n"] }));
      const seen = [];
      for (const type of ["open", "message", "error"]) source.addEventListener(type, () => seen.push(type));
      source.close();
      await wait(200);
      return [seen, source.readyState];
    },
    expected: [[], 2],
  },
  "listeners and handlers are called in the order in which they came": {
    run: ({ EventSource, url }) =>
      new Promise((resolve) => {
        const source = new EventSource(url({ body: ["data: x\n\n"] }));
        const order = [];
        source.addEventListener("message", () => order.push("first"));
        source.onmessage = () => order.push("never");
        source.addEventListener("message", { handleEvent() { order.push("object"); } });
        source.addEventListener("message", () => order.push("once"), { once: true });
        source.onmessage = function () { order.push(this === source ? "handler" : "wrong this"); };
        source.addEventListener("message", () => (source.close(), resolve(order)));
      }),
    expected: ["first", "handler", "object", "once"],
  },
  "handlers that are no functions": {
    run: ({ EventSource }) => {
      const source = new EventSource("/");
      source.close();
      const object = { handleEvent() {} };
      return [5, "text", undefined, object, () => {}, null].map((value) => {
        source.onmessage = value;
        return source.onmessage === value ? "kept" : source.onmessage;
      });
    },
    expected: [null, null, null, "kept", "kept", "kept"],
  },
  "a listener that throws is none of the stream's business": {
    run: ({ EventSource, url }) =>
      new Promise((resolve) => {
        const source = new EventSource(url({ body: ["data: 1\n\ndata: 2\n\n"] }));
        const seen = [];
        addEventListener("error", function report(event) {
          removeEventListener("error", report);
          seen.push("reported");
          event.preventDefault();
        });
        source.onmessage = ({ data }) => {
          seen.push(data);
          if (data === "1") throw new Error("on purpose");
          source.close();
          resolve(seen);
        };
      }),
    expected: ["1", "reported", "2"],
  },
  "dispatchEvent is that of every target": {
    run: ({ EventSource }) => {
      const source = new EventSource("/");
      source.close();
      const seen = [];
      source.onmessage = ({ data }) => seen.push(data);
      source.addEventListener("mine", () => seen.push("mine"));
      source.dispatchEvent(new MessageEvent("message", { data: 5 }));
      source.dispatchEvent(new Event("mine"));
      return seen;
    },
    expected: [5, "mine"],
  },
  "cookies go to the own origin, and to another only with withCredentials": {
    run: async ({ EventSource, url, asked, other, wait }) => {
      document.cookie = "a=b";
      const sources = [
        new EventSource(url({ key: "cookie-own", body: [] })),
        new EventSource(`${other}${url({ key: "cookie-other", cors: "", body: [] })}`),
        new EventSource(`${other}${url({ key: "cookie-with", cors: "", body: [] })}`, { withCredentials: true }),
      ];
      await wait(300);
      sources.forEach((source) => source.close());
      return Promise.all(["cookie-own", "cookie-other", "cookie-with"].map(async (key) => (await asked(key)).map(({ cookie }) => Boolean(cookie))));
    },
    expected: [[true], [false], [true]],
  },
};
