//! What can fail in a hook.

use std::fmt;

use crate::error::Error;
use crate::json::DecodeError;

/// What the signal [`error`](super::UseEventSource::error) of a hook has: why the connection waits or is closed, or an event that could not be decoded.
///
/// ```
/// use everstream::leptos::{UseEventSource, UseEventSourceError};
/// use leptos::prelude::*;
///
/// fn explain(source: UseEventSource<u32>) -> Option<String> {
///     source.error.get().map(|error| match error {
///         UseEventSourceError::Source(error) if error.status() == Some(403) => "This feed is not for you.".into(),
///         UseEventSourceError::Source(error) => error.to_string(),
///         UseEventSourceError::Decode(error) => format!("Event {} was skipped.", error.event.last_event_id),
///         _ => "Something else is wrong.".into(),
///     })
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UseEventSourceError {
    /// The connection failed, or an option cannot work. Gone once a connection is open.
    Source(Error),
    /// An event could not be decoded; it is in here as it came. Gone with the next one that can.
    Decode(DecodeError),
}

impl fmt::Display for UseEventSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UseEventSourceError::Source(error) => error.fmt(f),
            UseEventSourceError::Decode(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UseEventSourceError {}
