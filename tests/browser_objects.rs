//! Events, states, errors and what happens to a page as objects of JavaScript, also sent to a worker and back.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use everstream::testing::World;
use everstream::{Event, EventSource, Judgement, PageChange, PageWatch, Policy, State, Transport};
use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/browser/objects.js")]
extern "C" {
    /// What a worker has got of this message, and sent back.
    async fn echoed(message: &JsValue) -> JsValue;
}

fn text(value: &JsValue) -> String {
    JSON::stringify(value).expect("an object").into()
}

fn event(data: &str) -> Event {
    Event { event_type: "tick".into(), data: data.into(), last_event_id: "7".into() }
}

#[wasm_bindgen_test]
async fn an_event_is_a_plain_object_and_comes_back_from_a_worker() {
    let sent = event("é😀\n2");
    let object = sent.to_js();
    assert_eq!(text(&object), r#"{"type":"tick","data":"é😀\n2","lastEventId":"7"}"#);
    assert_eq!(object.dyn_ref::<Object>().map(Object::constructor), Some(Object::new().constructor()));
    assert_eq!(Event::from_js(echoed(&object).await), Some(sent));
    for other in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        7.into(),
        "tick".into(),
        js_sys::Array::new().into(),
        JSON::parse(r#"{"type":"tick","data":7,"lastEventId":""}"#).expect("JSON"),
        PageChange::Hidden.to_js(),
    ] {
        assert_eq!(Event::from_js(other.clone()), None, "{other:?}");
    }
}

#[wasm_bindgen_test]
fn payloads_are_objects_or_errors() {
    let json = r#"{"price":1.5,"big":9007199254740993,"tags":["a",null,{"b":true}],"":{}}"#;
    let price = event(json).json_to_js().expect("JSON");
    let expected = JSON::parse(json).expect("JSON");
    assert_eq!(text(&price), text(&expected));
    assert_eq!(Reflect::get(&price, &"price".into()).ok().and_then(|price| price.as_f64()), Some(1.5));
    assert_eq!(event("null").json_to_js(), Ok(JsValue::NULL));
    for bad in ["", "{", "\u{0}"] {
        let error = event(bad).json_to_js().expect_err("no JSON");
        assert!(!error.message.is_empty() && error.event == event(bad), "{error}");
    }
}

#[wasm_bindgen_test]
fn listeners_hand_on_what_they_borrow() {
    let world = World::new();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let _source = EventSource::builder("/events")
        .on_event(move |event, _| {
            let payload = event.json_to_js().map_err(|error| error.event.data);
            log.borrow_mut().push((text(&event.to_js()), payload.map(|payload| text(&payload))));
        })
        .open_in(&world)
        .expect("a source");
    let request = world.request().expect("a request");
    request.accept();
    request.send("id: 1\ndata: [1]\n\ndata: [\n\n");
    assert_eq!(
        seen.take(),
        [
            (r#"{"type":"message","data":"[1]","lastEventId":"1"}"#.to_owned(), Ok("[1]".to_owned())),
            (r#"{"type":"message","data":"[","lastEventId":"1"}"#.to_owned(), Err("[".to_owned())),
        ]
    );
}

/// Each change of state of a source, as JavaScript sees it.
fn told(builder: everstream::Builder, act: impl Fn(&World, &EventSource)) -> Vec<String> {
    let world = World::new();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let listener = move |state: &State, _: &_| log.borrow_mut().push(text(&state.to_js()));
    let source = builder.on_state(listener).open_in(&world).expect("a source");
    act(&world, &source);
    drop(source);
    seen.take()
}

#[wasm_bindgen_test]
async fn states_and_errors_have_the_shape_of_the_npm_package() {
    assert_eq!(text(&State::Idle.to_js()), r#"{"name":"idle"}"#);
    let states = told(EventSource::builder("/events"), |world, source| {
        let request = world.request().expect("a request");
        request.accept();
        request.fail();
        source.pause();
    });
    assert_eq!(
        states,
        [
            r#"{"name":"connecting","attempt":1}"#,
            r#"{"name":"open","transport":"fetch","since":1000000}"#,
            r#"{"name":"waiting","attempt":2,"until":1001000,"cause":{"kind":"network","message":"the connection failed: scripted failure","willRetry":true}}"#,
            r#"{"name":"paused","by":["user"]}"#,
            r#"{"name":"closed","by":"dropped"}"#,
        ]
    );
    let states = told(EventSource::builder("/events"), |world, _| {
        world.request().expect("a request").respond(404, &[], "no such feed");
    });
    let refused = r#"{"kind":"status","message":"the server answered with status 404","willRetry":false,"status":404,"body":"no such feed"}"#;
    assert_eq!(states[1..], [format!(r#"{{"name":"closed","by":"fatal","error":{refused}}}"#)]);
    let once = EventSource::builder("/events").retry(Policy::default().max_retries(0));
    let states = told(once, |world, _| {
        let request = world.request().expect("a request");
        request.accept();
        request.end();
    });
    assert_eq!(states[2..], [r#"{"name":"closed","by":"exhausted"}"#]);
    let native = EventSource::builder("https://a.example/").event_types(["message"]);
    let states = told(native, |world, source| {
        assert_eq!(source.transport().map(|(transport, _)| transport), Some(Transport::EventSource));
        let request = world.request().expect("a request");
        request.native_open();
        request.native_retry();
    });
    assert!(states[1].contains(r#""transport":"eventsource""#) && states[2].contains(r#""until":null"#));
    // The end of time is not: no number of JavaScript is so long.
    let late = EventSource::builder("/events").retry_if(|_| Judgement::RetryAfter(Duration::MAX));
    let states = told(late, |world, _| world.request().expect("a request").fail());
    assert!(states[1].contains(r#""until":9007199254740991,"#), "{}", states[1]);
    let error = EventSource::builder("/").method("TRACE").open().err().expect("an error");
    let object = echoed(&error.to_js()).await;
    assert_eq!(
        text(&object),
        r#"{"kind":"option","message":"`method` is not a method that can be streamed","willRetry":false,"option":"method"}"#
    );
}

#[wasm_bindgen_test]
async fn what_happens_to_a_page_is_a_message_to_a_worker() {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let messages = heard.clone();
    let watch = PageWatch::start(move |change| messages.borrow_mut().push(change.to_js())).expect("a page");
    let global: web_sys::EventTarget = js_sys::global().unchecked_into();
    heard.borrow_mut().clear();
    global.dispatch_event(&web_sys::Event::new("offline").expect("an event")).expect("a page");
    drop(watch);
    let messages = heard.take();
    assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), [r#"{"everstream page":"offline"}"#]);
    let source = EventSource::builder("/events").open_in(&World::new()).expect("a source");
    for change in [PageChange::Frozen, PageChange::Offline, PageChange::Gone] {
        let there = PageChange::from_js(echoed(&change.to_js()).await);
        assert_eq!(there, Some(change));
        source.page_changed(there.expect("a change"));
    }
    assert_eq!(source.state().name(), "closed");
    for other in [
        JsValue::NULL,
        "hidden".into(),
        event("hidden").to_js(),
        JSON::parse(r#"{"everstream page":"lost"}"#).expect("JSON"),
        JSON::parse(r#"{"everstream page":[4,0]}"#).expect("JSON"),
    ] {
        assert_eq!(PageChange::from_js(other.clone()), None, "{other:?}");
    }
}
