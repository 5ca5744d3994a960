//! An event that is kept.

use crate::core::parser::EventRef;

/// An event of the stream, with its own copy of the text.
///
/// ```
/// use everstream::Event;
///
/// let event = Event { event_type: "message".into(), data: "42".into(), last_event_id: "7".into() };
/// assert_eq!(event.data.parse(), Ok(42));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde-wasm-bindgen",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct Event {
    /// The name that the server gave it by `event:`; `message` without one.
    #[cfg_attr(feature = "serde-wasm-bindgen", serde(rename = "type"))]
    pub event_type: String,
    /// The lines of its `data:`, joined by LF.
    pub data: String,
    /// The last id that the stream had set by the time of this event; empty where there was none.
    pub last_event_id: String,
}

impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Event {
        Event {
            event_type: event.event_type.into(),
            data: event.data.into(),
            last_event_id: event.last_event_id.into(),
        }
    }
}
