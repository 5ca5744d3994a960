//! The drivers in a page of a real browser, and what only a page has: visibility and a life cycle.
//! `tests/browser_worker.rs` runs what they share in a worker.
#![cfg(target_arch = "wasm32")]

mod browser;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use everstream::{EventSource, PageChange, PageWatch, WhenHidden};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/browser/page.js")]
extern "C" {
    /// Dispatches an event of this name where browsers do, after the page has become hidden or visible.
    fn happen(event: &str, visibility: &str);
    /// From now on requests of the page may go to these alone (CSP, `connect-src`).
    fn allow(sources: &str);
}

#[wasm_bindgen_test]
async fn what_the_content_security_policy_forbids_is_final_at_once() {
    allow("'self' https://example.org https://down.invalid data:");
    let source = EventSource::open("https://forbidden.invalid/events?a=1#x").expect("a source");
    while source.state().name() != "closed" {
        TimeoutFuture::new(5).await;
        assert_ne!(source.state().name(), "waiting", "{}", source.state());
    }
    assert_eq!(source.state().to_string(), "closed: `url` is forbidden by the content security policy");
    // What it forbids of others is none of this one's business: here the network is down.
    let forbidden = EventSource::open("https://forbidden.invalid/").expect("a source");
    let source = EventSource::open("https://down.invalid/").expect("a source");
    while source.state().name() == "connecting" {
        TimeoutFuture::new(5).await;
    }
    assert_eq!((source.state().name(), forbidden.state().name()), ("waiting", "closed"));
}

#[wasm_bindgen_test]
fn a_watch_tells_every_change_until_it_is_dropped() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let watch = PageWatch::start(move |change| log.borrow_mut().push(change.name())).expect("a browser");
    // The test may run in a tab that nobody looks at.
    seen.borrow_mut().clear();
    for (event, visibility) in [
        ("visibilitychange", "hidden"),
        ("freeze", "hidden"),
        ("resume", "hidden"),
        ("visibilitychange", "visible"),
        ("pagehide", "visible"),
        ("pageshow", "hidden"),
        ("offline", "visible"),
        ("online", "visible"),
    ] {
        happen(event, visibility);
    }
    assert_eq!(
        seen.take(),
        [
            "hidden", "frozen", "hidden", "thawed", "visible", "left", "hidden", "returned", "offline",
            "online"
        ]
    );
    drop(watch);
    happen("visibilitychange", "hidden");
    assert!(seen.borrow().is_empty());
}

#[wasm_bindgen_test]
fn a_watch_begins_with_what_is_so_already() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    happen("visibilitychange", "hidden");
    let watch = PageWatch::start(move |change| log.borrow_mut().push(change)).expect("a browser");
    assert_eq!(seen.borrow()[0], PageChange::Hidden);
    drop(watch);
    happen("visibilitychange", "visible");
}

#[wasm_bindgen_test]
async fn a_source_pauses_with_its_page_and_comes_back_with_it() {
    happen("visibilitychange", "visible");
    let connecting = Rc::new(Cell::new(0));
    let counter = connecting.clone();
    let source = EventSource::builder("https://example.org/lifecycle")
        .when_hidden(WhenHidden::Pause)
        .hidden_grace(Duration::from_millis(20))
        .on_state(move |state, _| counter.set(counter.get() + u32::from(state.name() == "connecting")))
        .open()
        .expect("a source");
    happen("visibilitychange", "hidden");
    while source.state().name() != "paused" {
        TimeoutFuture::new(5).await;
    }
    assert_eq!(source.state().to_string(), "paused: hidden");
    // Out of the cache into a tab that is still hidden.
    happen("pagehide", "hidden");
    happen("pageshow", "hidden");
    assert_eq!(source.state().to_string(), "paused: hidden");
    // The attempts are a second apart.
    for (before, after, state) in
        [("visibilitychange", "freeze", "paused: frozen"), ("resume", "pagehide", "paused: cached")]
    {
        let attempts = connecting.get();
        happen(before, "visible");
        while connecting.get() == attempts {
            TimeoutFuture::new(5).await;
        }
        happen(after, "visible");
        assert_eq!(source.state().to_string(), state);
    }
    happen("pageshow", "visible");
    assert_eq!(source.state().name(), "waiting");
}
