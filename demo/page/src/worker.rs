//! The feed read in a worker: the page forwards what happens to it, and shows what the worker has seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use demo_shared::{Feed, Seen, Tally, now, own_id};
use everstream::{EventSource, Handle, PageChange, PageWatch};
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// In the page: calls a function with the name of each change, until it is freed.
#[wasm_bindgen]
pub struct Forwarder {
    _watch: PageWatch,
}

#[wasm_bindgen]
impl Forwarder {
    /// `post` sends the name to the worker.
    ///
    /// # Errors
    /// In words, if there is no browser to listen to.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function) -> Result<Forwarder, JsValue> {
        let tell = move |change: PageChange| drop(post.call1(&JsValue::NULL, &change.name().into()));
        let watch = PageWatch::start(tell).map_err(|error| error.to_string())?;
        Ok(Forwarder { _watch: watch })
    }
}

/// In the worker: a source whose events are noted in `self.__seen`.
#[wasm_bindgen]
pub struct InWorker {
    source: EventSource,
}

#[wasm_bindgen]
impl InWorker {
    /// Opens the feed that the page's query names; `page` is what it is relative to.
    ///
    /// # Errors
    /// In words, if the query cannot work.
    #[wasm_bindgen(constructor)]
    pub fn new(search: &str, page: String) -> Result<InWorker, JsValue> {
        let feed = Rc::new(Feed::new(search, page)?);
        let seen = Rc::new(Seen::publish());
        let (for_events, tally, count) = (seen.clone(), RefCell::new(Tally::default()), Cell::new(0));
        let (for_states, states_feed) = (seen.clone(), feed.clone());
        let builder = match feed.counts_comments() {
            true => feed.builder()?.on_comment(move |_, _| seen.comment()),
            false => feed.builder()?,
        };
        let source = builder
            .on_event(move |event, source| {
                if let Some(id) = own_id(event.data, event.last_event_id) {
                    let mut tally = tally.borrow_mut();
                    tally.count(id);
                    for_events.id(id, &tally);
                }
                count.set(count.get() + 1);
                feed.after_event(count.get(), source);
            })
            .on_state(move |state, source| {
                for_states.state(state, source.transport(), now());
                states_feed.after_change(state, source);
            })
            .open()
            .map_err(|error| error.to_string())?;
        Ok(InWorker { source })
    }

    /// Takes what the page forwards, and the names of its buttons.
    pub fn told(&self, what: &str) {
        let source: &Handle = &self.source;
        match what {
            "pause" => source.pause(),
            "resume" => source.resume(),
            "reconnect" => source.reconnect(),
            "close" => source.close(),
            _ => {
                if let Some(change) = PageChange::from_name(what) {
                    source.page_changed(change);
                }
            }
        }
    }
}
