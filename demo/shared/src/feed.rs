//! Which feed is read and how, as the page's query says, and how the server is asked to misbehave. `feed.ts` is the same
//! for the npm package.
//!
//! `feed`: the url, `/events` by default. `retryBase`: the base of the retry policy, `grace`: how long the page may be
//! hidden before it pauses, `stall`: how long the stream may be silent, all in milliseconds. `transport`: `auto`,
//! `eventsource` or `fetch`; then the url is a plain one and events are heard by name. `on`: what the handler does with
//! every 20th event of the first 60: `throw`, `close` or `reconnect`. `closeAt`: the name of the state at which the source is closed. `types`: the types that are heard, with commas.
//! `auth`: headers come from a function. `comments`: comments are counted.

use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

use everstream::{
    Attempt, Builder, EventSource, Handle, Headers, Policy, State, TransportChoice, WhenHidden,
};
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Url, UrlSearchParams};

use crate::words;

/// The feed that the page's query names.
pub struct Feed {
    /// As it is in the query: `feed`, or `/events`.
    address: String,
    /// What the address may be relative to.
    page: String,
    retry_base: Option<u64>,
    grace: Option<u64>,
    stall: Option<u64>,
    transport: Option<TransportChoice>,
    on: Option<Deed>,
    close_at: Option<String>,
    types: Vec<String>,
    auth: bool,
    comments: bool,
    fault: RefCell<Option<Fault>>,
}

/// What a handler does besides looking at its event.
#[derive(Clone, Copy)]
enum Deed {
    Throw,
    Close,
    Reconnect,
}

/// The types of events that the demo server sends.
const EVENT_TYPES: [&str; 3] = ["message", "note", "huge"];

/// Every so many events the handler does its deed, for so many events.
const DEED_EVERY: u64 = 20;
const LAST_DEED: u64 = 60;

/// What the server does wrong on the next connections. It is asked to in the query of the feed.
struct Fault {
    label: String,
    parameters: Vec<(String, String)>,
    used: u32,
    times: u32,
}

impl Feed {
    /// Of a page, or a worker, with this query and url.
    pub fn new(search: &str, page: String) -> Result<Feed, JsValue> {
        let query = UrlSearchParams::new_with_str(search)?;
        let number = |name| query.get(name).and_then(|text| text.parse().ok());
        Ok(Feed {
            address: query.get("feed").unwrap_or_else(|| "/events".into()),
            page,
            retry_base: number("retryBase"),
            grace: number("grace"),
            stall: number("stall"),
            transport: query.get("transport").map(|name| match name.as_str() {
                "eventsource" => TransportChoice::EventSource,
                "fetch" => TransportChoice::Fetch,
                _ => TransportChoice::Auto,
            }),
            on: query.get("on").and_then(|name| match name.as_str() {
                "throw" => Some(Deed::Throw),
                "close" => Some(Deed::Close),
                "reconnect" => Some(Deed::Reconnect),
                _ => None,
            }),
            close_at: query.get("closeAt"),
            types: query.get("types").map_or_else(
                || EVENT_TYPES.map(String::from).to_vec(),
                |types| types.split(',').map(String::from).collect(),
            ),
            auth: query.has("auth"),
            comments: query.has("comments"),
            fault: RefCell::default(),
        })
    }

    /// As a source without functions has it: the server counts on how many connections there is a fault.
    #[must_use]
    pub fn with_plain_url(mut self) -> Feed {
        self.transport.get_or_insert_default();
        self
    }

    /// A source of this feed that has not been opened yet.
    ///
    /// # Errors
    /// The address is not a url.
    pub fn builder(self: &Rc<Feed>) -> Result<Builder, String> {
        let builder = if self.is_plain() {
            EventSource::builder(self.url()?)
        } else {
            // Asked for the url each time, so that a fault can come and go without a new source.
            let feed = self.clone();
            EventSource::builder_with(move |_attempt| ready(feed.url()))
        };
        Ok(self.configure(builder))
    }

    /// What the query sets besides the url.
    pub fn configure(&self, builder: Builder) -> Builder {
        let builder = match self.transport {
            Some(transport) => builder.transport(transport).event_types(self.types.clone()),
            None => builder,
        };
        let builder = match self.retry_base {
            Some(base) => builder.retry(Policy::default().base(Duration::from_millis(base))),
            None => builder,
        };
        let builder = match self.grace {
            Some(grace) => builder.when_hidden(WhenHidden::Pause).hidden_grace(Duration::from_millis(grace)),
            None => builder.when_hidden(WhenHidden::GoOn),
        };
        let builder = match self.stall {
            Some(stall) => builder.stall_timeout(Duration::from_millis(stall)),
            None => builder,
        };
        if self.auth {
            builder.headers_with(|attempt| ready(Ok::<_, String>(token(attempt))))
        } else {
            builder
        }
    }

    /// Whether comments are to be counted.
    pub fn counts_comments(&self) -> bool {
        self.comments
    }

    /// Does what the page was asked to do in this state.
    pub fn after_change(&self, state: &State, source: &Handle) {
        if self.close_at.as_deref() == Some(state.name()) {
            source.close();
        }
    }

    /// Whether a source keeps the url that it was opened with.
    pub fn is_plain(&self) -> bool {
        self.transport.is_some()
    }

    /// Does what the handler was asked to do, after so many events.
    pub fn after_event(&self, count: u64, source: &Handle) {
        match self.on.filter(|_| count.is_multiple_of(DEED_EVERY) && count <= LAST_DEED) {
            // An exception must not get through a Rust listener: it is caught here, as any handler of this page would be.
            Some(Deed::Throw) => drop(JsValue::UNDEFINED.unchecked_into::<Function>().call0(&JsValue::NULL)),
            Some(Deed::Close) => source.close(),
            Some(Deed::Reconnect) => source.reconnect(),
            None => {}
        }
    }

    /// The url as it is in the query.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The url of the next connection. Uses up one turn of the fault.
    ///
    /// # Errors
    /// The address is not a url.
    pub fn url(&self) -> Result<String, String> {
        let url = Url::new_with_base(&self.address, &self.page)
            .map_err(|_| format!("`{}` is not a url", self.address))?;
        let mut slot = self.fault.borrow_mut();
        match slot.as_mut() {
            // A plain url stays: the server counts the turns.
            Some(fault) if self.is_plain() => {
                let query = url.search_params();
                for (name, value) in &fault.parameters {
                    query.set(name, value);
                }
                query.set("times", &fault.times.to_string());
                query.set("run", &format!("page-{}", js_sys::Date::now()));
                fault.used += 1;
            }
            Some(fault) if fault.used < fault.times => {
                fault.used += 1;
                let query = url.search_params();
                for (name, value) in &fault.parameters {
                    query.set(name, value);
                }
            }
            _ => *slot = None,
        }
        Ok(url.href())
    }

    /// From the next connection on, and for so many, the server shall do what the query asks for.
    pub fn misbehave(&self, label: &str, query: &str, times: u32) {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let parameters = pairs.map(|(name, value)| (name.into(), value.into())).collect();
        self.fault.replace(Some(Fault { label: label.into(), parameters, used: 0, times }));
    }

    /// No fault any more.
    pub fn behave(&self) {
        self.fault.replace(None);
    }

    /// How far the fault has come.
    pub fn fault_in_words(&self) -> String {
        let fault = self.fault.borrow();
        if self.is_plain() {
            // How often it has come, only the server knows.
            return fault.as_ref().map_or_else(String::new, |fault| fault.label.clone());
        }
        fault.as_ref().map_or_else(String::new, |fault| words::fault(&fault.label, fault.used, fault.times))
    }
}

/// What was good for the last attempt is not good any more after a 401.
fn token(attempt: Attempt) -> Headers {
    let token = if attempt.unauthorized { "Bearer fresh" } else { "Bearer stale" };
    vec![("authorization".into(), token.into())]
}
