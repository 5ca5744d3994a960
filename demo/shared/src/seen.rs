//! `window.__seen`: what tests read. It is up to date whenever they look, because it changes with every event and state
//! and not when the page is drawn.

use everstream::{Error, ErrorKind, State, Transport, TransportReason};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::tally::Tally;
use crate::words;

/// How long the lists may get before their older half goes, for pages that stay open for weeks.
const LONGEST: u32 = 1_000_000;

/// What the page has seen.
pub struct Seen {
    object: Object,
    /// The ids of the events, in the order in which they came.
    ids: Array,
    states: Array,
    errors: Array,
}

impl Seen {
    /// In the page, or in the worker.
    pub fn publish() -> Seen {
        let (ids, states, errors) = (Array::new(), Array::new(), Array::new());
        let object = object([
            ("ids", ids.clone().into()),
            ("lost", 0.into()),
            ("doubled", 0.into()),
            ("state", state(&State::Idle, None).into()),
            ("states", states.clone().into()),
            ("errors", errors.clone().into()),
            ("comments", 0.into()),
            ("renders", 0.into()),
        ]);
        set(&js_sys::global(), "__seen", object.clone().into());
        Seen { object, ids, states, errors }
    }

    /// An event with this number has come.
    pub fn id(&self, id: u64, tally: &Tally) {
        push(&self.ids, number(id));
        set(&self.object, "lost", number(tally.lost));
        set(&self.object, "doubled", number(tally.doubled));
    }

    /// A comment has come.
    pub fn comment(&self) {
        self.count("comments");
    }

    /// What came is drawn.
    pub fn drawn(&self) {
        self.count("renders");
    }

    /// The state has changed.
    pub fn state(&self, change: &State, transport: Option<(Transport, TransportReason)>, now: u64) {
        if let Some(failure) = change.error() {
            push(&self.errors, error(failure).into());
        }
        let change = state(change, transport);
        set(&change, "at", number(now));
        set(&self.object, "state", change.clone().into());
        push(&self.states, change.into());
    }

    fn count(&self, name: &str) {
        let before = Reflect::get(&self.object, &name.into()).ok().and_then(|count| count.as_f64());
        set(&self.object, name, (before.unwrap_or(0.0) + 1.0).into());
    }
}

fn state(state: &State, transport: Option<(Transport, TransportReason)>) -> Object {
    let attempt = words::attempt(state);
    let until = match state {
        State::Waiting { until, .. } => *until,
        _ => None,
    };
    object([
        ("name", state.name().into()),
        ("reason", words::reason(state).map_or(JsValue::NULL, JsValue::from)),
        ("attempt", attempt.map_or(JsValue::NULL, JsValue::from)),
        ("until", until.map_or(JsValue::NULL, number)),
        ("transport", transport.map_or(JsValue::NULL, |(transport, _)| transport.name().into())),
        ("transportReason", transport.map_or(JsValue::NULL, |(_, reason)| reason.to_string().into())),
    ])
}

fn error(error: &Error) -> Object {
    object([
        ("kind", kind(&error.kind).into()),
        ("status", error.status().map_or(JsValue::NULL, JsValue::from)),
        ("willRetry", error.will_retry.into()),
        ("message", words::sentence(error).into()),
    ])
}

fn kind(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Network { .. } => "network",
        ErrorKind::Status { .. } => "status",
        ErrorKind::ContentType { .. } => "contentType",
        ErrorKind::NoBody => "noBody",
        ErrorKind::Limit(_) => "limit",
        ErrorKind::Overflow { .. } => "overflow",
        ErrorKind::Stalled { .. } => "stalled",
        ErrorKind::ConnectTimeout { .. } => "connectTimeout",
        ErrorKind::Provider { .. } => "provider",
        ErrorKind::Option { .. } => "option",
        ErrorKind::Resume { .. } => "resume",
        ErrorKind::Interrupted => "interrupted",
        ErrorKind::Unsupported => "unsupported",
        _ => "other",
    }
}

fn object<const N: usize>(entries: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in entries {
        set(&object, name, value);
    }
    object
}

fn set(object: &JsValue, name: &str, value: JsValue) {
    // Fails only for what is not an object.
    let _ = Reflect::set(object, &name.into(), &value);
}

fn push(list: &Array, value: JsValue) {
    if list.push(&value) > LONGEST {
        list.splice_many(0, LONGEST / 2, &[]);
    }
}

/// As a number of JavaScript, which a `u64` would not be by itself.
fn number(value: u64) -> JsValue {
    (value as f64).into()
}
