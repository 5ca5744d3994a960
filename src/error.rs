//! The one error type: what went wrong, and whether everstream goes on by itself.

use std::fmt;

use crate::core::parser::LimitExceeded;

/// What errors and requests quote, and no decision looks at. In the core of the npm package it is nothing, so that what
/// holds it can be [`Copy`] there (which stands in front of `Clone`, as that looks for it).
#[cfg(not(all(feature = "js", not(feature = "web"), target_arch = "wasm32")))]
pub(crate) type Words = String;
#[cfg(all(feature = "js", not(feature = "web"), target_arch = "wasm32"))]
pub(crate) use crate::js::words::Words;

/// What another text says, as far as it is kept.
pub(crate) fn words(text: impl Into<Words>) -> Words {
    text.into()
}

/// Why a connection failed, or why it was never made.
///
/// Plain data, without a JavaScript value inside: it can be cloned, compared, and sent to another thread.
///
/// ```
/// use everstream::{Error, ErrorKind, State, Cause};
///
/// fn explain(state: &State) -> Option<String> {
///     match state {
///         State::Waiting { cause: Cause::Failed(error), .. } if error.status() == Some(429) => {
///             Some("The server asks for patience.".into())
///         }
///         State::Waiting { cause: Cause::Failed(error), .. } => Some(error.to_string()),
///         _ => None,
///     }
/// }
/// ```
#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// Whether everstream tries again by itself. If not, the source is closed.
    pub will_retry: bool,
}

/// What went wrong, with what is known about it.
///
/// ```
/// use everstream::ErrorKind;
///
/// let kind = ErrorKind::Status { status: 404, body: "no such feed".into() };
/// assert_eq!(kind.to_string(), "the server answered with status 404: no such feed");
/// ```
#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer, or the stream broke off. A browser does not say why (refused, DNS, CORS, a cut cable all look the
    /// same); `message` is its own text, for logs only.
    Network {
        /// The browser's words. They differ between engines and versions: never compare them.
        message: Words,
    },
    /// The server answered with a status other than 200.
    Status {
        /// The HTTP status.
        status: u16,
        /// The first 1,024 bytes of the body, as text; empty where there was none.
        body: Words,
    },
    /// The answer was not `text/event-stream`. Often a login page or a proxy's error page.
    ContentType {
        /// The `Content-Type` header as it came; empty where there was none.
        found: Words,
        /// The first 1,024 bytes of the body, as text.
        body: Words,
    },
    /// The answer had no body to stream from.
    NoBody,
    /// The stream sent an event or an id that is longer than allowed. Everything before it was delivered.
    Limit(LimitExceeded),
    /// More events wait unread than the queue holds, with [`Overflow::Error`](crate::Overflow::Error). What waits can
    /// still be read.
    Overflow {
        /// The capacity of the queue, in events.
        capacity: usize,
    },
    /// No byte came for as long as [`Builder::stall_timeout`](crate::Builder::stall_timeout) says.
    Stalled {
        /// The time-out, in milliseconds.
        after: u64,
    },
    /// No answer came for as long as [`Builder::connect_timeout`](crate::Builder::connect_timeout) says.
    ConnectTimeout {
        /// The time-out, in milliseconds.
        after: u64,
    },
    /// A function that was asked for an option failed.
    Provider {
        /// The option: `url` or `headers`.
        option: &'static str,
        /// The function's own words.
        message: Words,
    },
    /// An option has a value that cannot work.
    Option {
        /// The name of the option.
        name: &'static str,
        /// What is wrong with it.
        reason: Words,
    },
    /// The last event id cannot be sent in the way that was asked for: it holds characters that a header cannot carry.
    Resume {
        /// The id.
        last_event_id: Words,
    },
    /// A request with a body was under way when the page was frozen or put aside. It is not sent again unasked.
    Interrupted,
    /// There is no `fetch` here: a server, for instance. Nothing was sent.
    Unsupported,
}

impl ErrorKind {
    /// All that the browser's own `EventSource` says.
    pub(crate) fn native() -> ErrorKind {
        ErrorKind::Network { message: "EventSource does not say why".into() }
    }
}

impl Error {
    pub(crate) fn fatal(kind: ErrorKind) -> Error {
        Error { kind, will_retry: false }
    }

    pub(crate) fn option(name: &'static str, reason: impl Into<Words>) -> Error {
        Error::fatal(ErrorKind::Option { name, reason: reason.into() })
    }

    /// The HTTP status of the answer, where there was one.
    ///
    /// ```
    /// # fn show(error: &everstream::Error) {
    /// if error.status() == Some(403) { /* show a login form */ }
    /// # }
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.kind {
            ErrorKind::Status { status, .. } => Some(*status),
            ErrorKind::ContentType { .. } | ErrorKind::NoBody | ErrorKind::Limit(_) => Some(200),
            _ => None,
        }
    }

    /// The start of the answer's body, at most 1,024 bytes, where there was an answer that is not a stream.
    ///
    /// ```
    /// # fn show(error: &everstream::Error) {
    /// println!("{}", error.body().unwrap_or("no details"));
    /// # }
    /// ```
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match &self.kind {
            ErrorKind::Status { body, .. } | ErrorKind::ContentType { body, .. } => Some(body),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Network { message } => write!(f, "the connection failed: {message}"),
            ErrorKind::Status { status, body } if body.is_empty() => {
                write!(f, "the server answered with status {status}")
            }
            ErrorKind::Status { status, body } => {
                write!(f, "the server answered with status {status}: {body}")
            }
            ErrorKind::ContentType { found, .. } if found.is_empty() => {
                f.write_str("the answer has no content type; it should be text/event-stream")
            }
            ErrorKind::ContentType { found, .. } => {
                write!(f, "the answer is {found}, not text/event-stream")
            }
            ErrorKind::NoBody => f.write_str("the answer has no body"),
            ErrorKind::Limit(limit) => limit.fmt(f),
            ErrorKind::Overflow { capacity } => {
                write!(f, "more than {capacity} events wait unread")
            }
            ErrorKind::Stalled { after } => write!(f, "the stream was silent for {after} ms"),
            ErrorKind::ConnectTimeout { after } => write!(f, "there was no answer for {after} ms"),
            ErrorKind::Provider { option, message } => {
                write!(f, "the function for `{option}` failed: {message}")
            }
            ErrorKind::Option { name, reason } => write!(f, "`{name}` {reason}"),
            ErrorKind::Resume { last_event_id } => {
                write!(f, "the last event id `{last_event_id}` cannot be sent in a header")
            }
            ErrorKind::Interrupted => {
                f.write_str("the page was put aside while a request with a body was under way")
            }
            ErrorKind::Unsupported => f.write_str("there is no fetch in this environment"),
        }
    }
}

impl std::error::Error for Error {}

/// Something that is no error, but that whoever runs the page may want to mend.
///
/// ```
/// use everstream::{Diagnostic, EventSource};
///
/// let builder = EventSource::builder("/events").on_diagnostic(|diagnostic, _source| match diagnostic {
///     Diagnostic::NoAnswer { after } => println!("nothing for {after} ms"),
///     other => println!("{other}"),
/// });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnostic {
    /// A request was sent, and there is no answer yet. Said once, until there is one.
    ///
    /// No browser says why (measured): the seventh connection to a host on HTTP/1.1 waits in silence for one of the
    /// other six, in all tabs together; a proxy may hold the answer back until it is complete; Firefox takes an answer
    /// for one only when the first byte of its body is there.
    NoAnswer {
        /// How long ago the request was sent, in milliseconds.
        after: u64,
    },
    /// Consumers of events are so far behind that the body of the answer is not read meanwhile. Said once each time.
    NotRead {
        /// For how long, in milliseconds.
        after: u64,
    },
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Diagnostic::NoAnswer { after } => write!(
                f,
                "no answer for {after} ms. Likely causes: six connections to this host are open already (HTTP/1.1 allows \
                 no more, in all tabs together), a proxy holds the answer back, or the server sends no first byte"
            ),
            Diagnostic::NotRead { after } => {
                write!(
                    f,
                    "the stream has not been read for {after} ms: too many events wait for their consumers"
                )
            }
        }
    }
}
