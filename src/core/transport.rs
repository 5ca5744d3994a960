//! Which transport carries a stream, and why.

use std::fmt;

use super::session::Config;

/// What carries the events.
///
/// ```
/// use everstream::{State, Transport};
///
/// fn is_native(state: &State) -> bool {
///     matches!(state, State::Open { transport: Transport::EventSource, .. })
/// }
/// # assert!(!is_native(&State::Idle));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// `fetch` and a `ReadableStream`.
    Fetch,
    /// The browser's own `EventSource`.
    ///
    /// It tells neither status nor reason, hides comments and the events of types that were not asked for, and
    /// reconnects by itself without ever backing off.
    EventSource,
}

impl Transport {
    /// The name of the browser's function for it: `fetch` or `EventSource`.
    ///
    /// ```
    /// assert_eq!(everstream::Transport::EventSource.name(), "EventSource");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Transport::Fetch => "fetch",
            Transport::EventSource => "EventSource",
        }
    }
}

/// Which transport is asked for.
///
/// ```
/// use everstream::{EventSource, TransportChoice};
///
/// let builder = EventSource::builder("https://example.org/feed").transport(TransportChoice::Fetch);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TransportChoice {
    /// `fetch`, but for a plain stream of another origin whose events are heard by name: there the browser's own
    /// `EventSource` comes first, since nothing else may send `Last-Event-ID` without a preflight. The default.
    #[default]
    Auto,
    /// The browser's own `EventSource` first, whatever the origin. `fetch` takes over when it cannot go on: see
    /// [`TakeOver`].
    ///
    /// While it carries the stream, comments are not heard, nor events of a type that was not asked for by name
    /// ([`Builder::event_types`](crate::Builder::event_types); `message` where nothing was asked for); the stall watch
    /// rests; limits are judged by what arrived; a place to begin at goes into the query; the status of a refusal is
    /// known only after `fetch` has asked again.
    EventSource,
    /// `fetch` and nothing else.
    Fetch,
}

/// Why a transport was chosen.
///
/// ```
/// # fn example(source: everstream::EventSource) {
/// if let Some((transport, reason)) = source.transport() {
///     println!("{} ({reason})", transport.name());
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportReason {
    /// The option `transport` asks for it.
    Asked,
    /// Fetch, because on the page's own origin it costs nothing and tells more.
    SameOrigin,
    /// The native one, because only the browser may send `Last-Event-ID` to another origin without a preflight.
    CrossOrigin,
    /// Fetch, because the native one cannot do what this option, or listening to every event, asks for.
    Needs(&'static str),
    /// Fetch, because there is no `EventSource` here.
    NoEventSource,
    /// The native one, because `fetch` cannot stream here.
    NoStreaming,
    /// Fetch took over from the native one, for good.
    TookOver(TakeOver),
}

/// Why `fetch` took over from the browser's own `EventSource`.
///
/// ```
/// assert_eq!(everstream::TakeOver::Storm.to_string(), "EventSource came back too fast, again and again");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakeOver {
    /// It gave up. `fetch` asks at once for the reason, and goes on if there is none any more.
    Closed,
    /// It reconnected within less than half a second three times in a row, without a good connection in between.
    Storm,
    /// A pause or `reconnect()` ended it. A new one could not say where to go on.
    Stopped,
    /// It lost its connection in an engine (WebKit) that mixes what was left of the old one into the next.
    Unsound,
}

/// What the browser offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The bodies of `fetch` can be read piece by piece.
    pub streaming: bool,
    /// There is an `EventSource`.
    pub native: bool,
    /// When it reconnects, nothing of the broken connection is left in it. (Measured: not so in WebKit.)
    pub native_reconnects_cleanly: bool,
    /// There is a page, which may be left.
    pub page: bool,
}

/// The table of the design: which transport makes the next connection.
pub(crate) fn choose(config: &Config, took_over: Option<TakeOver>) -> (Transport, TransportReason) {
    use TransportReason::{Asked, CrossOrigin, Needs, NoEventSource, NoStreaming, SameOrigin, TookOver};
    if !config.offer.streaming {
        return (Transport::EventSource, NoStreaming);
    }
    if let Some(why) = took_over {
        return (Transport::Fetch, TookOver(why));
    }
    match (config.transport, config.beyond_native) {
        (TransportChoice::Fetch, _) => (Transport::Fetch, Asked),
        (TransportChoice::EventSource | TransportChoice::Auto, _) if !config.offer.native => {
            (Transport::Fetch, NoEventSource)
        }
        (TransportChoice::EventSource, _) => (Transport::EventSource, Asked),
        (TransportChoice::Auto, Some(option)) => (Transport::Fetch, Needs(option)),
        (TransportChoice::Auto, None) if config.same_origin => (Transport::Fetch, SameOrigin),
        (TransportChoice::Auto, None) => (Transport::EventSource, CrossOrigin),
    }
}

impl fmt::Display for TransportReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportReason::Asked => f.write_str("asked for"),
            TransportReason::SameOrigin => f.write_str("same origin"),
            TransportReason::CrossOrigin => f.write_str("another origin, where it needs no preflight"),
            TransportReason::Needs(option) => write!(f, "needed for `{option}`"),
            TransportReason::NoEventSource => f.write_str("there is no EventSource here"),
            TransportReason::NoStreaming => f.write_str("fetch cannot stream here"),
            TransportReason::TookOver(why) => why.fmt(f),
        }
    }
}

impl fmt::Display for TakeOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TakeOver::Closed => "EventSource gave up",
            TakeOver::Storm => "EventSource came back too fast, again and again",
            TakeOver::Stopped => "EventSource was stopped and could not say where to go on",
            TakeOver::Unsound => {
                "EventSource lost its connection in WebKit, which mixes old bytes into the next"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::session::tests::config;

    /// Every row of the table, and what wins over what.
    #[test]
    fn the_table() {
        use TransportChoice::{Auto, EventSource, Fetch};
        use TransportReason::{Asked, CrossOrigin, Needs, NoEventSource, NoStreaming, SameOrigin, TookOver};
        let all = Offer { streaming: true, native: true, native_reconnects_cleanly: true, page: false };
        let no_streams = Offer { streaming: false, ..all };
        let no_native = Offer { native: false, ..all };
        let (fetch, native) = (Transport::Fetch, Transport::EventSource);
        let closed = Some(TakeOver::Closed);
        let took_over = TookOver(TakeOver::Closed);
        for (choice, same_origin, beyond, offer, before, expected) in [
            (Auto, true, None, all, None, (fetch, SameOrigin)),
            (Auto, false, None, all, None, (native, CrossOrigin)),
            (Auto, false, None, all, closed, (fetch, took_over)),
            (Auto, true, Some("headers"), all, None, (fetch, Needs("headers"))),
            (Auto, false, Some("headers"), all, None, (fetch, Needs("headers"))),
            (Auto, false, None, no_native, None, (fetch, NoEventSource)),
            (Auto, true, None, no_streams, None, (native, NoStreaming)),
            (Auto, true, None, no_streams, closed, (native, NoStreaming)),
            (EventSource, true, None, all, None, (native, Asked)),
            (EventSource, false, Some("comments"), all, None, (native, Asked)),
            (EventSource, true, None, all, closed, (fetch, took_over)),
            (EventSource, true, None, no_native, None, (fetch, NoEventSource)),
            (EventSource, true, None, no_streams, closed, (native, NoStreaming)),
            (Fetch, false, None, all, None, (fetch, Asked)),
            (Fetch, false, None, no_native, None, (fetch, Asked)),
        ] {
            let config = Config { transport: choice, same_origin, beyond_native: beyond, offer, ..config() };
            assert_eq!(choose(&config, before), expected, "{choice:?} {same_origin} {beyond:?} {offer:?}");
        }
    }
}
