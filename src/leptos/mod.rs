//! Hooks for Leptos: Server-Sent Events as signals, without losing any.

mod clock;
mod connection;
mod error;
mod events;
mod listeners;
mod options;
mod shown;
mod source;
#[allow(unreachable_pub, reason = "the component macro puts a `pub` function into a function")]
mod status;

pub use error::UseEventSourceError;
pub use events::Message;
pub use options::{Batch, EventDecoder, UseEventSourceOptions, event};
pub use source::{UseEventSource, use_event_source, use_event_source_with};
pub use status::{RetryNow, Status, StatusView};
