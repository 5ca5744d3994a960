//! Tests of the drivers against the browser's own `fetch`, `EventSource`, streams, timers and abort signals.
//!
//! The page of a wasm-bindgen test has no server to talk to, so the answers come from `server.js`, which stands in for
//! the network *behind* the browser's `Request`, `Response` and `ReadableStream`. Real sockets are in `tests/e2e`.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use everstream::{ClosedBy, ErrorKind, EventSource, Policy, State};
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

mod native;

#[wasm_bindgen(module = "/tests/browser/server.js")]
extern "C" {
    /// The answers to requests whose url has this in it, one function body in JavaScript.
    fn serve(path: &str, body: &str);
    /// What was asked of this path: `[method, url, headers as text, cache, credentials, body, aborted]` each.
    fn asked(path: &str) -> Array;
}

fn requests(path: &str) -> Vec<Vec<String>> {
    let to_texts = |request: JsValue| {
        let fields = Array::from(&request);
        fields.iter().map(|field| field.as_string().unwrap_or_default()).collect()
    };
    asked(path).iter().map(to_texts).collect()
}

fn quick() -> Policy {
    Policy::default().base(Duration::from_millis(10))
}

/// Waits for something that will happen; the runner's own time-out is the limit.
async fn until(what: impl Fn() -> bool) {
    while !what() {
        TimeoutFuture::new(5).await;
    }
}

#[wasm_bindgen_test]
async fn events_are_streamed() {
    serve("/streamed", "return stream(['id: 1\\ndata: h', 'i\\n\\n', 'event: x\\ndata: é\\n\\n'])");
    let mut source = EventSource::open("https://example.org/streamed").expect("a source");
    let first = source.next().await.expect("an event");
    assert_eq!((first.data.as_str(), first.last_event_id.as_str()), ("hi", "1"));
    let second = source.next().await.expect("an event");
    assert_eq!((second.event_type.as_str(), second.data.as_str()), ("x", "é"));
    assert_eq!(source.state().name(), "open");
}

#[wasm_bindgen_test]
async fn the_request_is_what_the_standard_says() {
    serve("/request", "return stream([], 'open')");
    let source = EventSource::builder("https://example.org/request?a=1#x")
        .method("POST")
        .body("hello")
        .header("X-Token", "t")
        .with_credentials(true)
        .last_event_id("a b")
        .open()
        .expect("a source");
    until(|| source.state().name() == "open").await;
    let requests = requests("/request");
    let [method, url, headers, cache, credentials, body, _] = &requests[0][..] else { panic!("a request") };
    assert_eq!((method.as_str(), body.as_str()), ("POST", "hello"));
    assert_eq!(url, "https://example.org/request?a=1#x");
    assert_eq!((cache.as_str(), credentials.as_str()), ("no-store", "include"));
    for header in ["accept: text/event-stream", "x-token: t", "last-event-id: a b"] {
        assert!(headers.contains(header), "{headers}");
    }
}

#[wasm_bindgen_test]
async fn an_id_that_no_header_can_carry_goes_into_the_query() {
    serve("/query", "return stream([], 'open')");
    let source = EventSource::builder("https://example.org/query?a=1&lastEventId=old#x")
        .last_event_id("é&😀")
        .open()
        .expect("a source");
    until(|| source.state().name() == "open").await;
    let requests = requests("/query");
    assert_eq!(requests[0][1], "https://example.org/query?a=1&lastEventId=%C3%A9%26%F0%9F%98%80#x");
    assert!(!requests[0][2].contains("last-event-id"), "{}", requests[0][2]);
}

#[wasm_bindgen_test]
async fn a_broken_stream_is_resumed() {
    serve(
        "/broken",
        "return n === 0 ? stream(['id: 1\\ndata: 1\\n\\nid: 2\\nda'], 'error')
              : n === 1 ? Promise.reject(new TypeError('refused'))
              : stream(['id: 2\\ndata: 2\\n\\n'], 'open')",
    );
    let mut source =
        EventSource::builder("https://example.org/broken").retry(quick()).open().expect("a source");
    assert_eq!(source.next().await.expect("an event").data, "1");
    assert_eq!(source.next().await.expect("an event").data, "2");
    let requests = requests("/broken");
    assert_eq!(requests.len(), 3);
    assert!(!requests[0][2].contains("last-event-id"));
    assert!(requests[1][2].contains("last-event-id: 1") && requests[2][2].contains("last-event-id: 1"));
}

#[wasm_bindgen_test]
async fn dropping_aborts() {
    serve("/dropped", "return n === 0 ? stream([], 'open') : new Promise(() => {})");
    let source = EventSource::open("https://example.org/dropped").expect("a source");
    until(|| source.state().name() == "open").await;
    drop(source);
    let source = EventSource::open("https://example.org/dropped").expect("a source");
    until(|| requests("/dropped").len() == 2).await;
    drop(source);
    for request in requests("/dropped") {
        assert_eq!(request[6], "aborted");
    }
}

#[wasm_bindgen_test]
async fn a_listener_that_closes_aborts_the_stream_it_is_called_from() {
    serve("/closed", "return stream(['data: 1\\n\\ndata: 2\\n\\n'], 'open')");
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let source = EventSource::builder("https://example.org/closed")
        .on_event(move |event, source| {
            log.borrow_mut().push(event.data.to_owned());
            source.close();
        })
        .open()
        .expect("a source");
    until(|| source.state().name() == "closed").await;
    TimeoutFuture::new(20).await;
    assert_eq!(*seen.borrow(), ["1"]);
    assert_eq!(requests("/closed")[0][6], "aborted");
}

#[wasm_bindgen_test]
async fn a_refusal_is_read_and_aborted() {
    serve(
        "/refused",
        "return new Response('x'.repeat(70_000), { status: 403, headers: { 'Content-Type': 'text/plain' } })",
    );
    let source = EventSource::open("https://example.org/refused").expect("a source");
    until(|| source.state().name() == "closed").await;
    let error = source.state().error().cloned().expect("an error");
    assert_eq!((error.status(), error.body().map(str::len)), (Some(403), Some(65_536)));
    assert_eq!(error.response().and_then(|response| response.header("Content-Type")), Some("text/plain"));
    assert_eq!(requests("/refused")[0][6], "aborted");
}

#[wasm_bindgen_test]
async fn a_refusal_whose_body_never_comes_does_not_hold_everything_up() {
    serve("/mute", "return stream(['no such ', 'fe\\xe9d'], 'open', 404)");
    let source = EventSource::open("https://example.org/mute").expect("a source");
    until(|| source.state().name() == "closed").await;
    assert_eq!(source.state().to_string(), "closed: the server answered with status 404");
    assert_eq!(source.state().error().and_then(|error| error.body()), Some("no such feéd"));
}

#[wasm_bindgen_test]
async fn a_wrong_type_is_fatal_and_says_what_came() {
    serve("/html", "return new Response('<h1>Log in', { headers: { 'Content-Type': 'text/html' } })");
    let source = EventSource::open("https://example.org/html").expect("a source");
    until(|| source.state().name() == "closed").await;
    assert_eq!(source.state().to_string(), "closed: the answer is text/html, not text/event-stream");
    assert_eq!(source.state().error().and_then(|error| error.body()), Some("<h1>Log in"));
}

#[wasm_bindgen_test]
async fn where_redirects_ended_is_said() {
    serve(
        "/redirected",
        "const page = new Response('<h1>Log in', { headers: { 'Content-Type': 'text/html' } });
        return Object.defineProperties(page, { redirected: { value: true }, url: { value: 'https://example.org/login' } })",
    );
    let source = EventSource::open("https://example.org/redirected").expect("a source");
    until(|| source.state().name() == "closed").await;
    assert_eq!(
        source.state().to_string(),
        "closed: the answer is text/html, not text/event-stream, at https://example.org/login"
    );
}

#[wasm_bindgen_test]
async fn an_answer_of_another_type_and_status_is_read_if_it_is_accepted() {
    serve(
        "/accepted",
        "return new Response('data: 1\\n\\n', { status: 201, statusText: 'Made', headers: { 'Content-Type': 'text/plain', 'X-Region': 'eu' } })",
    );
    let mut source = EventSource::builder("https://example.org/accepted")
        .accept(|response| response.status == 201 && response.header("content-type") == Some("text/plain"))
        .open()
        .expect("a source");
    assert_eq!(source.next().await.expect("an event").data, "1");
    let response = source.response().expect("an answer");
    assert_eq!((response.status_text.as_str(), response.header("x-region")), ("Made", Some("eu")));
    assert!(response.headers.iter().all(|(name, _)| *name == name.to_lowercase()), "{:?}", response.headers);
}

#[wasm_bindgen_test]
async fn a_stream_that_is_not_bytes_is_a_network_fault() {
    serve("/texts", "return stream(['data: 1\\n\\n'], 'texts')");
    let source = EventSource::open("https://example.org/texts").expect("a source");
    until(|| source.state().name() == "waiting").await;
    assert!(source.state().to_string().ends_with("the body is not a stream of bytes"));
}

#[wasm_bindgen_test]
async fn a_stream_of_bytes_is_read_into_the_same_memory_and_four_times_as_much_when_that_was_full() {
    // All that there is room for, and from 1 MB on parts of it.
    serve(
        "/rooms",
        "const text = Array.from({ length: 100_000 }, (_, at) => `data: ${at} ${'é'.repeat(at % 7)}\\n\\n`).join('');
        const all = new TextEncoder().encode(text);
        let sent = 0;
        globalThis.rooms = [];
        globalThis.used = 0;
        const pull = (controller) => {
          const asked = controller.byobRequest;
          const room = asked ? new Uint8Array(asked.view.buffer) : new Uint8Array(5_000);
          const part = all.subarray(sent, sent + Math.min(room.length, sent > 1_000_000 ? 1 + (rooms.length % 5_000) : Infinity));
          if (!part.length) controller.close();
          if (!asked && part.length) controller.enqueue(part.slice());
          rooms.push(room.length);
          if (room.some(Boolean)) used++;
          room.set(part);
          sent += part.length;
          asked?.respond(part.length);
        };
        const answer = new Response(new ReadableStream({ type: 'bytes', pull }), { headers: { 'Content-Type': 'text/event-stream' } });
        return Object.defineProperty(answer, 'type', { value: 'basic' });",
    );
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let source = EventSource::builder("https://example.org/rooms")
        .close_on_end(true)
        .on_event(move |event, _| log.borrow_mut().push(event.data.to_owned()))
        .open()
        .expect("a source");
    until(|| source.state().name() == "closed").await;
    let expected: Vec<_> = (0..100_000).map(|at| format!("{at} {}", "é".repeat(at % 7))).collect();
    assert!(*seen.borrow() == expected, "{} events, or others", seen.borrow().len());
    let global = |name| js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name)).expect("a value");
    let rooms: Vec<_> = Array::from(&global("rooms")).iter().filter_map(|room| room.as_f64()).collect();
    // Elsewhere nothing can be read into.
    if global("ReadableStreamBYOBReader").is_function() {
        assert_eq!(rooms[..4], [8_192.0, 32_768.0, 131_072.0, 524_288.0]);
        assert!(rooms[4..].iter().all(|room| *room == 524_288.0));
        // New memory is empty.
        assert_eq!(global("used").as_f64(), Some((rooms.len() - 4) as f64));
    }
}

#[wasm_bindgen_test]
async fn a_stream_of_bytes_of_somebodys_own_ends_when_it_is_closed() {
    serve(
        "/own",
        "let text = 'data: 1\\n\\n';
        const pull = async (controller) => {
          if (text) controller.enqueue(new TextEncoder().encode(text));
          else controller.close();
          text = '';
        };
        return new Response(new ReadableStream({ type: 'bytes', pull }), { headers: { 'Content-Type': 'text/event-stream' } });",
    );
    let source = EventSource::builder("https://example.org/own").close_on_end(true).open().expect("a source");
    until(|| source.state().name() == "closed").await;
}

#[wasm_bindgen_test]
async fn a_body_that_somebody_else_reads_is_a_network_fault() {
    serve("/locked", "const answer = stream([], 'open'); answer.body.getReader(); return answer");
    let source = EventSource::open("https://example.org/locked").expect("a source");
    until(|| source.state().name() == "waiting").await;
    source.close();
    assert_eq!(requests("/locked")[0][6], "aborted");
}

#[wasm_bindgen_test]
async fn a_fetch_that_returns_no_response_is_a_network_fault() {
    serve("/mock", "return { ok: true, status: 200 }");
    let source = EventSource::open("https://example.org/mock").expect("a source");
    until(|| source.state().name() == "waiting").await;
    assert!(source.state().to_string().ends_with("fetch returned no Response"));
}

#[wasm_bindgen_test]
async fn an_abort_listener_may_call_back() {
    serve(
        "/reentered",
        "request.signal.addEventListener('abort', () => globalThis.onabortcall?.()); return stream([], 'open')",
    );
    let source = EventSource::open("https://example.org/reentered").expect("a source");
    until(|| source.state().name() == "open").await;
    let handle = source.handle().clone();
    let call_back = Closure::<dyn FnMut()>::new(move || {
        handle.reconnect();
        handle.pause();
        handle.resume();
    });
    let name = JsValue::from_str("onabortcall");
    js_sys::Reflect::set(&js_sys::global(), &name, call_back.as_ref()).expect("a property");
    source.reconnect();
    js_sys::Reflect::delete_property(&js_sys::global(), &name).expect("a property");
    until(|| source.state().name() == "open").await;
    let alive = requests("/reentered").into_iter().filter(|request| request[6] == "alive").count();
    assert_eq!(alive, 1);
}

#[wasm_bindgen_test]
fn a_url_that_is_none_is_refused_at_once() {
    for url in ["https://", "https://user:secret@example.org/"] {
        let error = EventSource::open(url).err().expect("refused");
        let ErrorKind::Option { name: "url", reason } = error.kind else { panic!("names the url") };
        assert!(!reason.is_empty());
    }
}

#[wasm_bindgen_test]
async fn headers_that_the_fetch_of_any_engine_rejects_never_get_there() {
    for value in ["a\nb", "a\rb", "a\0b", "€"] {
        let refused = EventSource::builder("https://example.org/never").header("x", value).open();
        assert!(refused.is_err(), "{value:?}");
    }
    assert_eq!(requests("/never").len(), 0);
}

#[wasm_bindgen_test]
async fn an_async_provider_is_awaited_and_dropped() {
    serve("/provided", "return stream([], 'open')");
    let source = EventSource::builder_with(|_| async {
        TimeoutFuture::new(10).await;
        Ok::<_, String>("https://example.org/provided".to_owned())
    })
    .open()
    .expect("a source");
    assert_eq!(source.state(), State::Loading { attempt: 1 });
    until(|| source.state().name() == "open").await;

    let source = EventSource::builder_with(|_| async {
        TimeoutFuture::new(10).await;
        Ok::<_, String>("https://example.org/provided".to_owned())
    })
    .open()
    .expect("a source");
    source.close();
    TimeoutFuture::new(30).await;
    assert_eq!(requests("/provided").len(), 1);
    assert_eq!(source.state(), State::Closed { by: ClosedBy::User });
}

#[wasm_bindgen_test]
async fn a_burst_in_one_chunk_is_delivered_whole() {
    serve(
        "/burst",
        "let text = ''; for (let i = 1; i <= 20000; i++) text += `id: ${i}\\ndata: ${i}\\n\\n`; return stream([text], 'open')",
    );
    let mut source = EventSource::open("https://example.org/burst").expect("a source");
    for id in 1..=20_000 {
        assert_eq!(source.next().await.expect("an event").data, id.to_string());
    }
    let more = poll_fn(|context| Poll::Ready(source.poll_next_unpin(context).is_ready())).await;
    assert!(!more && source.stats().dropped == 0);
}

#[wasm_bindgen_test]
async fn chunks_in_store_do_not_overrun_a_reader_that_awaits_for_each_event() {
    serve(
        "/stored",
        "const chunk = new TextEncoder().encode('data: x\\n\\n'.repeat(3000));
         const body = new ReadableStream({ start(to) { for (let i = 0; i < 20; i++) to.enqueue(chunk); } });
         return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })",
    );
    let mut source = EventSource::open("https://example.org/stored").expect("a source");
    for _ in 0..60_000 {
        assert!(source.next().await.is_some(), "{}", source.state());
        JsFuture::from(Promise::resolve(&JsValue::NULL)).await.expect("resolved");
    }
}

#[wasm_bindgen_test]
async fn a_body_is_not_read_while_too_much_waits_and_read_on_when_there_is_room() {
    serve(
        "/slowly",
        "let sent = 0;
         const pull = (to) => {
             globalThis.pulled = ++sent;
             to.enqueue(new TextEncoder().encode(`id: ${sent}\\ndata: ${'x'.repeat(1000)}\\n\\n`));
         };
         return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers: { 'Content-Type': 'text/event-stream' } })",
    );
    let pulled =
        || js_sys::Reflect::get(&js_sys::global(), &"pulled".into()).ok().and_then(|count| count.as_f64());
    let builder = EventSource::builder("https://example.org/slowly").queued_bytes(10_000);
    let mut source = builder.open().expect("a source");
    until(|| pulled().is_some()).await;
    TimeoutFuture::new(100).await;
    assert_eq!(pulled(), Some(10.0));
    for id in 1..=100 {
        assert_eq!(source.next().await.expect("an event").last_event_id, id.to_string());
    }
    TimeoutFuture::new(100).await;
    let read = pulled().expect("a count");
    assert!((101.0..=120.0).contains(&read), "{read}");
    source.close();
    let requests = requests("/slowly");
    assert_eq!((requests.len(), requests[0][6].as_str()), (1, "aborted"));
}

#[wasm_bindgen_test]
async fn two_hundred_sources_leave_no_connection_behind() {
    serve("/many", "return stream(['data: x\\n\\n'], 'open')");
    for _ in 0..200 {
        let mut source = EventSource::open("https://example.org/many").expect("a source");
        assert_eq!(source.next().await.expect("an event").data, "x");
    }
    let requests = requests("/many");
    assert_eq!(requests.iter().filter(|request| request[6] == "aborted").count(), 200);
}
