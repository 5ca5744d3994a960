// The browser. Nothing here decides anything.

import { BRAND } from "./events.js";
import { type Connection, making, type NativeRequest, type NativeSink, type Platform, type Request, type Sink } from "./platform.js";
import * as is from "./protocol.js";

/** What else is global may be replaced at any time, and is read each time: by test kits, zone.js, telemetry. */
const { EventSource: nativeAtImport } = globalThis;

export const browser: Platform = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  random: () => Math.random(),

  after(ms, fire) {
    // A longer time would be none.
    const timer = setTimeout(fire, Math.min(ms, 0x7fff_ffff));
    return () => clearTimeout(timer);
  },

  offer: () => [
    // A `fetch` that somebody put in place of a missing one has no streams.
    typeof fetch === "function" && typeof Response === "function" && "body" in Response.prototype,
    !!nativeClass(),
    // Errors of WebKit's engine, and of no other, know their `line`. In all its versions (measured up to WebKitGTK 2.50) an
    // EventSource puts what is left of a broken connection in front of the next.
    !("line" in new Error()),
    !!globalThis.document,
  ],

  connect(request: Request | NativeRequest, sink: Sink | NativeSink) {
    // (A function in the place of `fetch` may have its own ways.)
    if (!(request as Request).fetch && isForbidden(new URL(request.url))) return refuse(sink, new TypeError("no request may go there"));
    return request.transport === "fetch" ? byFetch(request, sink as Sink) : byEventSource(request, sink);
  },

  watchPage(tell) {
    const { document, navigator } = globalThis;
    // One that comes back may be in a hidden tab, and one that thaws may have been hidden meanwhile without a word: it is
    // looked at each time, before anything is taken back.
    const look = () => document && tell(document.visibilityState === "hidden" ? is.HIDDEN : is.VISIBLE);
    const leave = ({ persisted }: { persisted?: boolean }) =>
      // The page in a frame that is taken away does not come back.
      globalThis.parent !== globalThis.window && !persisted ? tell(is.CLOSE, is.GONE) : tell(is.PAUSE, is.CACHED);
    const reactions: [EventTarget | undefined, string, (event: Event & { persisted?: boolean }) => void][] = [
      [document, "visibilitychange", look],
      // Also where `persisted` is false: a page that comes back without having been cached must not stay silent.
      [globalThis, "pagehide", leave],
      [globalThis, "pageshow", () => (look(), tell(is.RESUME, is.CACHED))],
      [document, "freeze", () => tell(is.PAUSE, is.FROZEN)],
      [document, "resume", () => (look(), tell(is.RESUME, is.FROZEN))],
      [globalThis, "online", () => tell(is.ONLINE)],
      [globalThis, "offline", () => tell(is.OFFLINE)],
    ];
    if (navigator?.onLine === false) tell(is.OFFLINE);
    look();
    // (No signal: that of one realm is none to the event targets of another, as in jsdom.)
    const listen = () => reactions.forEach(([target, type, react]) => target?.addEventListener?.(type, react));
    listen();
    // `document.open()` takes all listeners away, but no observer: they are put back.
    const observer = document && globalThis.MutationObserver && new MutationObserver(listen);
    observer?.observe(document, { childList: true });
    return () => {
      observer?.disconnect();
      for (const [target, type, react] of reactions) target?.removeEventListener?.(type, react);
    };
  },
};

/** A connection that is never made. */
function refuse(sink: NativeSink, error: Error): Connection {
  queueMicrotask(() => sink.tell(is.FAILED, is.OPTION, error));
  return { abort() {} };
}

function byFetch({ url, method, headers, body, credentials, init, fetch: ask = fetch }: Request, sink: Sink): Connection {
  const controller = new AbortController();
  const { signal } = controller;
  // Who hears of what a policy forbids: the page, or the worker (CSP 3, 5.5, "report a violation").
  const owner: Partial<EventTarget> = globalThis.document ?? globalThis;
  let response: Response | undefined;
  let forbidden: Error | undefined;
  /** Set while the body is not read: a promise that ends with that, and what ends it. */
  let held: Promise<void> | undefined;
  let release = () => {};
  let reader: { read(room?: Bytes): Promise<ReadableStreamReadResult<Bytes>>; cancel(): Promise<void> } | undefined;
  // (What somebody put in the place of `fetch` may know nothing of signals.)
  const cancel = () => void (reader ?? response?.body)?.cancel?.().catch(() => {});
  const watch = (event: Event) => {
    const { disposition, effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent;
    if (disposition === "enforce" && effectiveDirective === "connect-src" && url.split("#")[0] === blockedURI)
      forbidden = new TypeError("the content security policy forbids it");
  };
  const unwatch = () => owner.removeEventListener?.("securitypolicyviolation", watch);

  const start = async () => {
    // Without `no-store` two tabs share one response, or the second waits for the first to end. What wraps `fetch` reads and
    // spreads headers as an object.
    const all: RequestInit = { ...init, method, headers: Object.fromEntries(headers), body, credentials, cache: "no-store" };
    try {
      // What `fetch` would refuse each time is no fault of the network.
      new globalThis.Request(url, all);
    } catch (error) {
      return sink.tell(is.FAILED, is.OPTION, error);
    }
    owner.addEventListener?.("securitypolicyviolation", watch);
    try {
      // A `Request` that is let go takes the way to abort it along when memory is collected (measured: Node 20 to 26, WebKit).
      response = await ask(url, { ...all, signal });
      if (signal.aborted) return cancel();
      unwatch();
      if (!response?.headers?.get) return sink.tell(is.FAILED, is.OPTION, new TypeError("it must return a Response"), "fetch");
      const { status, statusText, headers, body } = response;
      sink.answered({ status, statusText, headers, hasBody: !!body, url: response.url });
    } catch (error) {
      fail(error);
    }
  };
  const fail = async (error: unknown) => {
    // That a policy forbids it is said a moment after the failure, which is like any other (measured: Chromium, Firefox); to workers
    // by way of another thread.
    if (owner.addEventListener && !response) await new Promise((go) => setTimeout(go, owner === globalThis ? 100 : 0));
    unwatch();
    if (!signal.aborted) sink.tell(is.FAILED, forbidden ? is.OPTION : is.NETWORK, forbidden ?? error);
  };

  /** Calls `take` with one chunk after the other until it has enough. */
  const chunks = async (take: (bytes: Uint8Array) => unknown) => {
    const body = response?.body;
    if (!body) return sink.tell(is.FAILED, is.NO_BODY);
    // The body of somebody's own may be closed without a word to a read like that (Streams, 4.7.3, `close()`).
    let room = response!.type === "default" ? undefined : new ArrayBuffer(ROOM);
    try {
      reader = body.getReader({ mode: room && "byob" } as { mode: "byob" }) as typeof reader;
    } catch {
      // Not every engine can.
      room = undefined;
      reader = body.getReader();
    }
    for (;;) {
      const { done, value } = await reader!.read(room && new Uint8Array(room));
      if (done || signal.aborted) return;
      if (!ArrayBuffer.isView(value)) throw new TypeError("the body is not a stream of bytes");
      const { buffer, byteOffset, byteLength } = value;
      // (A body of somebody's own may bring other views.)
      if (take(value instanceof Uint8Array ? value : new Uint8Array(buffer, byteOffset, byteLength))) return;
      room &&= byteLength < buffer.byteLength || byteLength >= MOST_ROOM ? buffer : new ArrayBuffer(byteLength * 4);
      // Most readers need no more than the next microtask; a timer, which a hidden page gets once a second, is for the others.
      if (sink.isCrowded()) await null;
      if (sink.isCrowded()) await new Promise((go) => setTimeout(go));
      while (held) await held;
      if (signal.aborted) return;
    }
  };

  // Not before the caller has this connection.
  queueMicrotask(() => signal.aborted || void start());

  return {
    hold() {
      held = new Promise((go) => (release = go));
    },
    read() {
      if (held) {
        held = undefined;
        return release();
      }
      const end = () => signal.aborted || sink.tell(is.ENDED);
      // A stream that was cut can end as it should, too: WebKit reports a missing last chunk as the end.
      chunks((bytes) => sink.chunk(bytes)).then(end, fail);
    },
    peek(most) {
      const decoder = new TextDecoder();
      let start = "";
      const take = (bytes: Uint8Array) => {
        start += decoder.decode(bytes, { stream: true });
        sink.peeked(start.slice(0, most));
        return start.length >= most;
      };
      const tell = () => signal.aborted || sink.tell(is.PEEKED);
      chunks(take).then(tell, tell);
    },
    // Cancelling or releasing a reader would leave the socket open in one engine or another; this closes it in all.
    abort() {
      unwatch();
      controller.abort();
      held = undefined;
      release();
      cancel();
    },
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * So many bytes are read at a time, into the same memory again and again, and four times as many when that was full: new memory
 * for each chunk takes Chromium as long as all else that it does for it, and each time that something is read 50 µs. (From a server
 * a tick takes 480 ns in place of 680.) It goes with the connection.
 */
const ROOM = 1 << 13;
/** More makes nothing faster. */
const MOST_ROOM = 1 << 19;

/** The browser's own class: not what somebody has put in its place, if that is everstream. */
function nativeClass(): typeof EventSource | undefined {
  return [globalThis.EventSource, nativeAtImport].find((found) => typeof found === "function" && !(BRAND in (found.prototype ?? {})));
}

function byEventSource({ url, credentials, eventTypes }: Omit<NativeRequest, "transport">, sink: NativeSink): Connection {
  let source: EventSource | undefined;
  let aborted = false;

  const receive = (event: Event) => {
    if (aborted) return;
    // (Not by its class: that of an older polyfill is another one.)
    const { type, data, lastEventId, origin } = event as MessageEvent;
    if ("data" in event) return sink.message(type, String(data), lastEventId, origin);
    const { readyState, url } = source!;
    // An event may be late: by the time an error is told, the object may be open again (measured in WebKit).
    sink.tell(type !== "error" ? is.NATIVE_OPENED : readyState === 2 ? is.NATIVE_CLOSED : is.NATIVE_RETRIES, 0, url);
  };
  const listen = (type: string) => source?.addEventListener(type, receive);

  try {
    making.native = true;
    source = new (nativeClass()!)(url, { withCredentials: credentials === "include" });
    // Listening twice to a type is listening once.
    for (const type of ["open", "error", ...eventTypes]) listen(type);
  } catch {
    // In WebKit the constructor throws where a content security policy forbids the request, too.
    queueMicrotask(() => aborted || sink.tell(is.NATIVE_CLOSED));
  } finally {
    making.native = false;
  }

  return {
    listen,
    abort() {
      aborted = true;
      source?.close?.();
      if (!source) return;
      // WebKit brings one back to life that was closed while its page went into the back/forward cache (measured): what it
      // then says is the only way to know.
      source.onopen = source.onmessage = source.onerror = close;
    },
  };
}

function close(this: EventSource): void {
  this.close();
}

/** Where no request may go (Fetch, 2.9, "port blocking"), or none that streams: a failure there would not mend itself. */
function isForbidden({ protocol, port }: URL): boolean {
  let bad = 0;
  return /^(about|file|ftp|javascript|mailto|tel|wss?):/.test(protocol) || GAPS.split(" ").some((gap) => (bad += parseInt(gap, 36)) === Number(port));
}

/** From one bad port to the next, to the base of 36: a third of what the ports themselves weigh. */
const GAPS =
  "1 6 2 2 2 2 2 2 1 1 1 1 2 c 5 1 a g 8 2 8 8 6 1 1 1 5 1 1 2 2 2 2 4 c 2 2 4 i i 5u 12 12 1b 1 1 1 b 4 1 1 8 8 6 2 7 o " +
  "e z 9t 1 3 2 k4 1 3 92 18q aq 41 o6 1 q3 fq 2r 1 1 1 1 a i 2lz";
