//! The browser's own `EventSource`, for real: `data:` urls are streams of another origin that need no server.

use everstream::{TakeOver, Transport, TransportChoice, TransportReason};

use super::*;

#[wasm_bindgen(module = "/tests/browser/native.js")]
extern "C" {
    /// How many were made of this url, and how many of them are not closed.
    fn made(url: &str) -> Vec<u32>;
    /// Says something on the last one of this url, as WebKit does on one that it brings back to life.
    fn revive(url: &str, event: &str);
    /// How often `close()` was called on it.
    fn closes(url: &str) -> u32;
    #[wasm_bindgen(js_name = readsAgain)]
    fn reads_again() -> bool;
}

fn stream_of(name: &str, text: &str) -> String {
    format!("data:text/event-stream;x={name},{}", js_sys::encode_uri_component(text))
}

fn reason(source: &EventSource) -> TransportReason {
    source.transport().expect("an attempt").1
}

#[wasm_bindgen_test]
async fn another_origin_is_heard_natively_and_by_name() {
    let text = "id: é\ndata: 1\n\nevent: other\ndata: 2\n\nevent: error\ndata: 3\n\nevent: tick\ndata: a\ndata: b\n\n";
    let mut source = EventSource::builder(stream_of("names", text))
        .event_types(["message", "tick", "error"])
        .open()
        .expect("a source");
    assert_eq!(source.transport(), Some((Transport::EventSource, TransportReason::CrossOrigin)));
    let events =
        [source.next().await, source.next().await, source.next().await].map(|event| event.expect("an event"));
    let seen =
        events.each_ref().map(|event| (&event.event_type[..], &event.data[..], &event.last_event_id[..]));
    assert_eq!(seen, [("message", "1", "é"), ("error", "3", "é"), ("tick", "a\nb", "é")]);
    assert_eq!(source.last_event_id(), "é");
}

#[wasm_bindgen_test]
async fn a_servers_event_of_the_name_of_a_fault_is_neither_a_fault_nor_heard_unasked() {
    let text = "id: 1\nevent: error\ndata: 1\n\nevent: open\ndata: 2\n\ndata: 3\n\n";
    let mut source =
        EventSource::builder(stream_of("unasked", text)).event_types(["message"]).open().expect("a source");
    let event = source.next().await.expect("an event");
    assert_eq!((event.data.as_str(), event.last_event_id.as_str()), ("3", "1"));
}

#[wasm_bindgen_test]
async fn its_end_is_a_wait_that_the_browser_does_not_time() {
    let url = stream_of("waits", "retry: 100000\ndata: 1\n\n");
    let source = EventSource::builder(url.clone()).event_types(["message"]).open().expect("a source");
    until(|| source.state().name() == "waiting").await;
    let State::Waiting { until, attempt: 2, .. } = source.state() else { panic!("{}", source.state()) };
    assert_eq!((until.is_none(), made(&url)), (reads_again(), vec![1, u32::from(reads_again())]));
    drop(source);
    assert_eq!(made(&url), [1, 0], "dropping closes it");
}

#[wasm_bindgen_test]
async fn a_storm_is_ended() {
    let url = stream_of("storm", "retry: 1\n\n");
    let source =
        EventSource::builder(url.clone()).event_types(["message"]).retry(quick()).open().expect("a source");
    until(|| matches!(reason(&source), TransportReason::TookOver(_))).await;
    assert_eq!(reason(&source) == TransportReason::TookOver(TakeOver::Storm), reads_again());
    assert_eq!(made(&url), [1, 0]);
}

#[wasm_bindgen_test]
async fn what_it_refuses_is_asked_for_by_fetch() {
    let url = "data:text/html,<h1>Log in";
    let source = EventSource::builder(url).event_types(["message"]).open().expect("a source");
    until(|| source.state().name() == "closed").await;
    assert_eq!(source.state().to_string(), "closed: the answer is text/html, not text/event-stream");
    assert_eq!(reason(&source), TransportReason::TookOver(TakeOver::Closed));
}

#[wasm_bindgen_test]
async fn a_type_may_be_added_while_it_runs() {
    let url = stream_of("later", "retry: 10\ndata: 1\n\nevent: late\ndata: 2\n\n");
    let mut source = EventSource::builder(url).event_types(["message"]).open().expect("a source");
    assert_eq!(source.next().await.expect("an event").data, "1");
    source.listen("late");
    loop {
        let event = source.next().await.expect("an event");
        if event.event_type == "late" {
            break;
        }
    }
}

#[wasm_bindgen_test]
async fn its_listener_may_drop_the_source() {
    let url = stream_of("dropped", "data: 1\n\ndata: 2\n\n");
    let slot: Rc<RefCell<Option<EventSource>>> = Rc::default();
    let count = Rc::new(RefCell::new(0));
    let (inner, counter) = (slot.clone(), count.clone());
    let source = EventSource::builder(url.clone())
        .event_types(["message"])
        .on_event(move |_, _| {
            *counter.borrow_mut() += 1;
            drop(inner.borrow_mut().take());
        })
        .open()
        .expect("a source");
    slot.replace(Some(source));
    until(|| slot.borrow().is_none()).await;
    TimeoutFuture::new(20).await;
    assert_eq!((*count.borrow(), made(&url)), (1, vec![1, 0]));
}

#[wasm_bindgen_test]
async fn one_that_comes_back_to_life_is_closed_again() {
    for event in ["open", "error", "message"] {
        let url = stream_of(event, "retry: 100000\n\n");
        let source = EventSource::builder(url.clone()).event_types(["message"]).open().expect("a source");
        until(|| source.state().name() == "waiting").await;
        source.pause();
        let before = closes(&url);
        revive(&url, event);
        assert_eq!((closes(&url) - before, source.state().name()), (1, "paused"), "{event}");
    }
}

#[wasm_bindgen_test]
async fn the_place_to_begin_at_goes_into_its_url() {
    let here =
        js_sys::Reflect::get(&js_sys::global(), &"origin".into()).ok().and_then(|origin| origin.as_string());
    let here = here.expect("an origin");
    let source = EventSource::builder(format!("{here}/none?a=1&after=old#x"))
        .transport(TransportChoice::EventSource)
        .event_types(["message"])
        .last_event_id("a b")
        .resume_query("after")
        .open()
        .expect("a source");
    assert_eq!(reason(&source), TransportReason::Asked);
    assert_eq!(made(&format!("{here}/none?a=1&after=a+b#x"))[0], 1);
    drop(source);
    serve("/same", "return stream([], 'open')");
    let source =
        EventSource::builder(format!("{here}/same")).event_types(["message"]).open().expect("a source");
    assert_eq!(source.transport(), Some((Transport::Fetch, TransportReason::SameOrigin)));
}
