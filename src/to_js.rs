//! Events, states, errors and what happens to a page as objects of JavaScript, for charts, workers and whatever else is written in it.
//!
//! They have the shape that the npm package gives them, and survive `postMessage`.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::core::parser::EventRef;
use crate::core::state::{Cause, ClosedBy, State};
use crate::core::transport::Transport;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::json::DecodeError;
use crate::page::PageChange;

/// `wasm_bindgen::JsValue`, by a name that does not make a server compile wasm-bindgen for anything else.
type JsValue = <&'static serde_wasm_bindgen::Serializer as Serializer>::Ok;

impl Event {
    /// An object with `type`, `data` and `lastEventId`, as a `MessageEvent` has them. (On a server it is `undefined`, as all of these.)
    ///
    /// ```
    /// use wasm_bindgen::JsValue;
    ///
    /// fn forward(event: &everstream::Event, post_message: impl Fn(&JsValue)) {
    ///     post_message(&event.to_js());
    /// }
    /// ```
    #[must_use]
    pub fn to_js(&self) -> JsValue {
        object(self)
    }

    /// The event that [`to_js`](Self::to_js) has made an object of, in a worker, say. `None` for anything else.
    ///
    /// ```
    /// use wasm_bindgen::JsValue;
    ///
    /// fn heard(message: JsValue) {
    ///     if let Some(event) = everstream::Event::from_js(message) {
    ///         println!("{}", event.data);
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn from_js(value: JsValue) -> Option<Event> {
        from_object(value)
    }

    /// What the data are as JSON: an object that Rust does not look into. `JSON.parse` makes it, four times as fast as serde could.
    /// (What [`json`](Self::json) has decoded, and Rust has changed, is made one by `serde_wasm_bindgen::to_value`.)
    ///
    /// ```
    /// use wasm_bindgen::JsValue;
    ///
    /// fn draw(event: &everstream::Event, chart: impl Fn(&JsValue)) -> Result<(), everstream::DecodeError> {
    ///     chart(&event.json_to_js()?);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// The data are not JSON; on a server it is always one.
    pub fn json_to_js(&self) -> Result<JsValue, DecodeError> {
        parsed(&self.data).map_err(|message| DecodeError { event: self.clone(), message })
    }
}

impl EventRef<'_> {
    /// As [`Event::to_js`].
    ///
    /// ```
    /// # fn chart(_: &wasm_bindgen::JsValue) {}
    /// let builder = everstream::EventSource::builder("/prices").on_event(|event, _source| chart(&event.to_js()));
    /// ```
    #[must_use]
    pub fn to_js(&self) -> JsValue {
        Event::from(*self).to_js()
    }

    /// As [`Event::json_to_js`].
    ///
    /// ```
    /// # fn chart(_: &wasm_bindgen::JsValue) {}
    /// let builder = everstream::EventSource::builder("/prices").on_event(|event, _source| match event.json_to_js() {
    ///     Ok(price) => chart(&price),
    ///     Err(error) => println!("{error}"),
    /// });
    /// ```
    ///
    /// # Errors
    /// The data are not JSON; on a server it is always one.
    pub fn json_to_js(&self) -> Result<JsValue, DecodeError> {
        parsed(self.data).map_err(|message| DecodeError { event: Event::from(*self), message })
    }
}

impl State {
    /// An object with `name` and what belongs to it, as `source.state` in the npm package: `{ name: "waiting", attempt, until, cause }`,
    /// say. In place of an instance of an error there is what [`Error::to_js`] makes.
    ///
    /// ```
    /// # fn show(_: &wasm_bindgen::JsValue) {}
    /// let builder = everstream::EventSource::builder("/prices").on_state(|state, _source| show(&state.to_js()));
    /// ```
    #[must_use]
    pub fn to_js(&self) -> JsValue {
        object(self)
    }
}

impl Error {
    /// An object with `kind`, `message` and `willRetry`, and with `status`, `body` and `option` where there are such, as an error in
    /// the npm package.
    ///
    /// ```
    /// # fn show(_: &wasm_bindgen::JsValue) {}
    /// # fn example(source: everstream::EventSource) {
    /// if let Some(error) = source.state().error() {
    ///     show(&error.to_js());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn to_js(&self) -> JsValue {
        object(self)
    }
}

impl PageChange {
    /// A message to a worker that nothing else is mistaken for: `{ "everstream page": "hidden" }`.
    ///
    /// ```
    /// use wasm_bindgen::JsValue;
    ///
    /// # fn example(post_message: impl Fn(&JsValue) + 'static) -> Result<(), everstream::Error> {
    /// let watch = everstream::PageWatch::start(move |change| post_message(&change.to_js()))?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn to_js(self) -> JsValue {
        object(&Told { name: self.name().to_owned() })
    }

    /// What such a message says; `None` for any other message.
    ///
    /// ```
    /// use everstream::{Handle, PageChange};
    /// use wasm_bindgen::JsValue;
    ///
    /// // In the worker, for each message.
    /// fn heard(source: &Handle, message: JsValue) {
    ///     if let Some(change) = PageChange::from_js(message) {
    ///         source.page_changed(change);
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn from_js(message: JsValue) -> Option<PageChange> {
        from_object::<Told>(message).and_then(|told| PageChange::from_name(&told.name))
    }
}

#[derive(Serialize, Deserialize)]
struct Told {
    #[serde(rename = "everstream page")]
    name: String,
}

/// `name`, and what belongs to it.
impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("State", 4)?;
        fields.serialize_field("name", self.name())?;
        match self {
            State::Idle => {}
            State::Loading { attempt } | State::Connecting { attempt } => {
                fields.serialize_field("attempt", attempt)?;
            }
            State::Open { transport, since } => {
                let transport = match transport {
                    Transport::Fetch => "fetch",
                    Transport::EventSource => "eventsource",
                };
                fields.serialize_field("transport", transport)?;
                fields.serialize_field("since", &number(*since))?;
            }
            State::Waiting { attempt, until, cause } => {
                fields.serialize_field("attempt", attempt)?;
                fields.serialize_field("until", &until.map(number))?;
                fields.serialize_field("cause", cause)?;
            }
            State::Paused { by } => {
                fields.serialize_field("by", &by.iter().map(|reason| reason.name()).collect::<Vec<_>>())?;
            }
            State::Closed { by } => {
                let (by, error) = closed(by);
                fields.serialize_field("by", by)?;
                if let Some(error) = error {
                    fields.serialize_field("error", error)?;
                }
            }
        }
        fields.end()
    }
}

/// `ended`, `unknown`, or an error.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cause::Ended => serializer.serialize_str("ended"),
            Cause::Unknown => serializer.serialize_str("unknown"),
            Cause::Failed(error) => error.serialize(serializer),
        }
    }
}

/// `kind`, `message`, `willRetry`, and what else is known.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, option) = kind(&self.kind);
        let mut fields = serializer.serialize_struct("Error", 6)?;
        fields.serialize_field("kind", kind)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("willRetry", &self.will_retry)?;
        if let Some(status) = self.status() {
            fields.serialize_field("status", &status)?;
        }
        if let Some(body) = self.body() {
            fields.serialize_field("body", body)?;
        }
        if let Some(option) = option {
            fields.serialize_field("option", option)?;
        }
        fields.end()
    }
}

/// The nearest that JavaScript has: a wait may be as long as it likes.
fn number(ms: u64) -> u64 {
    ms.min((1 << 53) - 1)
}

fn closed(by: &ClosedBy) -> (&'static str, Option<&Error>) {
    match by {
        ClosedBy::User => ("user", None),
        ClosedBy::Dropped => ("dropped", None),
        ClosedBy::Server => ("server", None),
        ClosedBy::Ended => ("ended", None),
        ClosedBy::Exhausted(Cause::Failed(error)) => ("exhausted", Some(error)),
        ClosedBy::Exhausted(_) => ("exhausted", None),
        ClosedBy::Fatal(error) => ("fatal", Some(error)),
    }
}

/// What the npm package calls it, and the option that is to blame.
pub(crate) fn kind(kind: &ErrorKind) -> (&'static str, Option<&'static str>) {
    use crate::core::parser::LimitExceeded;
    let name = match kind {
        ErrorKind::Network { .. } => "network",
        ErrorKind::Status { .. } => "status",
        ErrorKind::ContentType { .. } => "content-type",
        ErrorKind::NoBody => "no-body",
        ErrorKind::Limit(LimitExceeded::Event { .. }) => "event-limit",
        ErrorKind::Limit(LimitExceeded::Id { .. }) => "id-limit",
        ErrorKind::Overflow { .. } => "overflow",
        ErrorKind::Stalled { .. } => "stalled",
        ErrorKind::ConnectTimeout { .. } => "connect-timeout",
        ErrorKind::Provider { option, .. } => return ("provider", Some(option)),
        ErrorKind::Option { name, .. } => return ("option", Some(name)),
        ErrorKind::Resume { .. } => "resume",
        ErrorKind::Interrupted => "interrupted",
        ErrorKind::Incomplete { .. } => "incomplete",
        ErrorKind::Unsupported => "unsupported",
    };
    (name, None)
}

#[cfg(target_arch = "wasm32")]
fn object(value: &impl Serialize) -> JsValue {
    // Text, numbers and lists: nothing of it can fail.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

#[cfg(target_arch = "wasm32")]
fn from_object<T: serde::de::DeserializeOwned>(value: JsValue) -> Option<T> {
    serde_wasm_bindgen::from_value(value).ok()
}

#[cfg(target_arch = "wasm32")]
fn parsed(text: &str) -> Result<JsValue, String> {
    js_sys::JSON::parse(text).map_err(|thrown| js_sys::Error::from(thrown).message().into())
}

/// On a server there is no JavaScript, and whoever calls it would panic.
#[cfg(not(target_arch = "wasm32"))]
fn object(_: &impl Serialize) -> JsValue {
    JsValue::UNDEFINED
}

#[cfg(not(target_arch = "wasm32"))]
fn from_object<T: serde::de::DeserializeOwned>(_: JsValue) -> Option<T> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
fn parsed(_: &str) -> Result<JsValue, String> {
    Err("there is no JavaScript here".into())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn on_a_server_there_is_no_javascript_and_nothing_panics() {
        let event = Event { event_type: "tick".into(), data: "1".into(), last_event_id: String::new() };
        let error = event.json_to_js().expect_err("no JavaScript");
        assert_eq!(error.message, "there is no JavaScript here");
        assert_eq!(Event::from_js(event.to_js()), None);
        assert_eq!(PageChange::from_js(PageChange::Hidden.to_js()), None);
        drop(State::Idle.to_js());
    }
}
