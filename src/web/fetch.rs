//! `fetch` and a `ReadableStream`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStreamGetReaderOptions, ReadableStreamReadResult,
    ReadableStreamReaderMode, RequestCache, RequestCredentials, RequestInit, Response, ResponseType,
};

use super::{address, message, property, spawn};
use crate::core::session::Resume;
use crate::error::ErrorKind;
use crate::platform::{Connection, Request, Sink};
use crate::task::TaskHandle;

#[wasm_bindgen]
extern "C" {
    /// The global function, which a page and a worker both have.
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    /// A stream whose `getReader` is known to throw where somebody else reads already.
    type Unread;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &Unread, options: &ReadableStreamGetReaderOptions) -> Result<Reader, JsValue>;

    /// A reader of either kind: the usual one takes no notice of the room.
    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader, room: Option<Uint8Array>) -> Promise;
}

/// So many bytes are read at a time, into the same memory again and again, and four times as many when that was full: new
/// memory for each chunk takes Chromium as long as all else that it does for it, and each time that something is read 50 µs.
/// It goes with the connection.
const ROOM: u32 = 1 << 13;
/// More makes nothing faster.
const MOST_ROOM: u32 = 1 << 19;

/// One request and its answer.
pub(super) struct Fetch {
    sink: Sink,
    controller: Option<AbortController>,
    /// Between the headers and the decision to read.
    response: Rc<RefCell<Option<Response>>>,
    task: RefCell<Option<TaskHandle>>,
    gate: Rc<Gate>,
}

/// Shut, while the body is not read.
#[derive(Default)]
struct Gate {
    is_shut: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Gate {
    /// `false` if it was open.
    fn open(&self) -> bool {
        let was_shut = self.is_shut.replace(false);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        was_shut
    }

    fn poll_open(&self, context: &Context<'_>) -> Poll<()> {
        if !self.is_shut.get() {
            return Poll::Ready(());
        }
        self.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Fetch {
    pub(super) fn new(request: Request, sink: Sink) -> Fetch {
        let controller = AbortController::new().ok();
        let response = Rc::new(RefCell::new(None));
        let signal = controller.as_ref().map(AbortController::signal);
        let ask = ask(request, signal, response.clone(), sink.clone());
        let task = RefCell::new(Some(spawn(Box::pin(ask))));
        Fetch { controller, response, task, sink, gate: Rc::default() }
    }

    fn go_on(&self, future: impl Future<Output = ()> + 'static) {
        // The task before this one may be what calls here: it is dropped when it returns.
        let before = self.task.replace(Some(spawn(Box::pin(future))));
        drop(before);
    }
}

impl Connection for Fetch {
    fn read(&self) {
        if self.gate.open() {
            return;
        }
        let response = self.response.take();
        let (sink, gate) = (self.sink.clone(), self.gate.clone());
        self.go_on(async move {
            let body = match Body::of(response) {
                Ok(body) => body,
                Err(kind) => return sink.failed(kind),
            };
            loop {
                poll_fn(|context| gate.poll_open(context)).await;
                match body.next().await {
                    Ok(Some(bytes)) => {
                        sink.chunk(bytes.length() as usize, |buffer| bytes.copy_to(buffer));
                        if sink.is_crowded() {
                            let_others_run(&sink).await;
                        }
                    }
                    // A stream that was cut can end like this, too: WebKit reports a missing last chunk as the end.
                    Ok(None) => return sink.ended(),
                    Err(kind) => return sink.failed(kind),
                }
            }
        });
    }

    fn hold(&self) {
        self.gate.is_shut.set(true);
    }

    fn peek(&self, most: usize) {
        let response = self.response.take();
        let sink = self.sink.clone();
        self.go_on(async move {
            let mut left = most;
            if let Ok(body) = Body::of(response) {
                while left > 0 {
                    let Ok(Some(bytes)) = body.next().await else { break };
                    let mut part = bytes.to_vec();
                    part.truncate(left);
                    left -= part.len();
                    sink.peeked(&part);
                }
            }
            sink.peek_ended();
        });
    }

    /// Every event comes along.
    fn listen(&self, _event_type: &str) {}
}

impl Drop for Fetch {
    fn drop(&mut self) {
        // First the task, so that it does not hear of the abort.
        self.task.take();
        // Cancelling or releasing the reader would leave the socket open in one engine or another; this closes it in all.
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// Most readers need no more than the next microtask; a timer, which a hidden page gets once a second, is for the others.
async fn let_others_run(sink: &Sink) {
    let _ = JsFuture::from(Promise::resolve(&JsValue::NULL)).await;
    if sink.is_crowded() {
        TimeoutFuture::new(0).await;
    }
}

async fn ask(request: Request, signal: Option<AbortSignal>, slot: Rc<RefCell<Option<Response>>>, sink: Sink) {
    let (url, init, absolute) = match build(&request) {
        Ok(built) => built,
        Err((name, error)) => {
            return sink.failed(ErrorKind::Option { name, reason: message(&error) });
        }
    };
    // A `Request` that is let go takes the way to abort it along when memory is collected (measured: Node 20 to 26, WebKit).
    init.set_signal(signal.as_ref());
    let policy = PolicyWatch::start(absolute);
    let answered = match fetch(&url, &init) {
        Ok(promise) => JsFuture::from(promise).await,
        Err(error) => Err(error),
    };
    let response: Response = match answered {
        // Whoever replaces the global function may return anything.
        Ok(response) => match response.dyn_into() {
            Ok(response) => response,
            Err(_) => {
                return sink.failed(ErrorKind::Network { message: "fetch returned no Response".into() });
            }
        },
        Err(error) => {
            return sink.failed(if policy.forbids().await {
                ErrorKind::Option {
                    name: "url",
                    reason: "is forbidden by the content security policy".into(),
                }
            } else {
                broken(error)
            });
        }
    };
    let (answer, has_body) = (describe(&response), response.body().is_some());
    slot.replace(Some(response));
    sink.answered(answer, has_body);
}

fn describe(response: &Response) -> crate::Response {
    let pair = |entry| {
        let pair = Array::from(&entry);
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    let headers = Array::from(&response.headers());
    crate::Response {
        url: response.url(),
        redirected: response.redirected(),
        status: response.status(),
        status_text: response.status_text(),
        headers: headers.iter().filter_map(pair).collect(),
        retry_after: None,
    }
}

/// Hears whether the page's content security policy has forbidden a request.
struct PolicyWatch {
    forbidden: Rc<Cell<bool>>,
    listener: Option<EventListener>,
    /// How long it takes to be told, in milliseconds: workers are by way of another thread.
    delay: u32,
}

impl PolicyWatch {
    fn start(url: String) -> PolicyWatch {
        let forbidden = Rc::new(Cell::new(false));
        let found = forbidden.clone();
        let global = js_sys::global().into();
        let document = property(&global, "document");
        // Where there is no document it is told to a worker's own scope.
        let (target, delay) = if document.is_object() { (document, 0) } else { (global, 100) };
        let listener = property(&target, "addEventListener").is_function().then(|| {
            EventListener::new(target.unchecked_ref(), "securitypolicyviolation", move |event| {
                let said = ["disposition", "effectiveDirective", "blockedURI"]
                    .map(|name| property(event, name).as_string().unwrap_or_default());
                if said == ["enforce", "connect-src", url.split('#').next().unwrap_or_default()] {
                    found.set(true);
                }
            })
        });
        PolicyWatch { forbidden, listener, delay }
    }

    /// It is told a moment after the failure, which is like any other (measured: Chromium, Firefox).
    async fn forbids(&self) -> bool {
        if self.listener.is_some() {
            TimeoutFuture::new(self.delay).await;
        }
        self.forbidden.get()
    }
}

/// What `fetch` is told, and the absolute url. The error comes with the option that is to blame: what it would refuse each time is no fault of the
/// network.
fn build(request: &Request) -> Result<(String, RequestInit, String), (&'static str, JsValue)> {
    let in_headers = |error| ("headers", error);
    let in_url = |error| ("url", error);
    let headers = Headers::new().map_err(in_headers)?;
    headers.set("accept", "text/event-stream").map_err(in_headers)?;
    // The later replaces the earlier.
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(in_headers)?;
    }
    if let Resume::Header(id) = &request.resume {
        headers.set("last-event-id", id).map_err(|error| ("last_event_id", error))?;
    }
    let url = address(request).map_err(in_url)?;
    let init = RequestInit::new();
    init.set_method(&request.method);
    init.set_headers(&headers);
    // Without this two tabs share one response, or the second waits for the first to end.
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(if request.with_credentials {
        RequestCredentials::Include
    } else {
        RequestCredentials::SameOrigin
    });
    if let Some(body) = &request.body {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    let absolute = web_sys::Request::new_with_str_and_init(&url, &init).map_err(in_url)?.url();
    Ok((url, init, absolute))
}

/// Where no request may go (Fetch, 2.9, "port blocking"), or none that streams: a failure there would not mend itself.
pub(super) fn check_where(url: &str) -> Result<(), JsValue> {
    let parsed = web_sys::Url::new(url)?;
    if SCHEMES.contains(&parsed.protocol().as_str()) {
        return Err(["no request may go to ", &parsed.protocol()].concat().into());
    }
    let port = parsed.port().parse().unwrap_or(0);
    if BAD_PORTS.contains(&port) {
        return Err(["no request may go to port ", &parsed.port()].concat().into());
    }
    Ok(())
}

const SCHEMES: [&str; 8] = ["about:", "file:", "ftp:", "javascript:", "mailto:", "tel:", "ws:", "wss:"];

const BAD_PORTS: [u16; 82] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
    526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
    3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// The body of an answer, chunk by chunk.
struct Body {
    reader: Reader,
    /// What is read into, where that can be chosen.
    room: Cell<Option<ArrayBuffer>>,
}

impl Body {
    fn of(response: Option<Response>) -> Result<Body, ErrorKind> {
        let response = response.ok_or(ErrorKind::NoBody)?;
        let stream = response.body().ok_or(ErrorKind::NoBody)?;
        let stream = stream.unchecked_ref::<Unread>();
        let options = ReadableStreamGetReaderOptions::new();
        // The body of somebody's own may be closed without a word to a read like that (Streams, 4.7.3, `close()`).
        if response.type_() != ResponseType::Default {
            options.set_mode(ReadableStreamReaderMode::Byob);
            if let Ok(reader) = stream.get_reader(&options) {
                return Ok(Body { reader, room: Cell::new(Some(ArrayBuffer::new(ROOM))) });
            }
        }
        // Not every engine can.
        let reader = stream.get_reader(&ReadableStreamGetReaderOptions::new()).map_err(broken)?;
        Ok(Body { reader, room: Cell::new(None) })
    }

    /// The bytes are good until the next ones are asked for.
    async fn next(&self) -> Result<Option<Uint8Array>, ErrorKind> {
        let room = self.room.take().map(|room| Uint8Array::new(&room));
        let is_ours = room.is_some();
        let result: ReadableStreamReadResult =
            JsFuture::from(self.reader.read(room)).await.map_err(broken)?.unchecked_into();
        if result.get_done().unwrap_or(false) {
            return Ok(None);
        }
        let bytes: Uint8Array = result
            .get_value()
            .dyn_into()
            .map_err(|_| ErrorKind::Network { message: "the body is not a stream of bytes".into() })?;
        if is_ours {
            let (room, len) = (bytes.buffer(), bytes.length());
            let is_full = len >= room.byte_length();
            self.room.set(Some(if is_full && len < MOST_ROOM { ArrayBuffer::new(len * 4) } else { room }));
        }
        Ok(Some(bytes))
    }
}

fn broken(error: JsValue) -> ErrorKind {
    ErrorKind::Network { message: message(&error) }
}
