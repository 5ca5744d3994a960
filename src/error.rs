//! The one error type: what went wrong, and whether everstream goes on by itself.

use std::fmt::{self, Write};
#[cfg(not(all(feature = "js", not(feature = "web"), target_arch = "wasm32")))]
use std::sync::Arc;
use std::time::Duration;

use crate::core::parser::LimitExceeded;
use crate::response::Response;

/// What errors and requests quote, and no decision looks at. In the core of the npm package it is nothing, so that what
/// holds it can be [`Copy`] there (which stands in front of `Clone`, as that looks for it).
#[cfg(not(all(feature = "js", not(feature = "web"), target_arch = "wasm32")))]
pub(crate) type Words = String;
#[cfg(all(feature = "js", not(feature = "web"), target_arch = "wasm32"))]
pub(crate) use crate::js::words::Words;

/// The answer that an error is about. The same holds for it.
#[cfg(not(all(feature = "js", not(feature = "web"), target_arch = "wasm32")))]
pub(crate) type About = Arc<Response>;
#[cfg(all(feature = "js", not(feature = "web"), target_arch = "wasm32"))]
pub(crate) use crate::js::words::About;

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
/// let kind = ErrorKind::Stalled { after: 40_000 };
/// assert_eq!(kind.to_string(), "the stream was silent for 40000 ms");
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
        /// The start of the body, as text: see [`Builder::error_body_bytes`](crate::Builder::error_body_bytes).
        body: Words,
        /// The answer without its body.
        response: About,
    },
    /// The answer was not `text/event-stream`. Often a login page or a proxy's error page.
    ContentType {
        /// The `Content-Type` header as it came; empty where there was none.
        found: Words,
        /// The start of the body, as text: see [`Builder::error_body_bytes`](crate::Builder::error_body_bytes).
        body: Words,
        /// The answer without its body.
        response: About,
    },
    /// The answer had no body to stream from.
    NoBody,
    /// The stream sent an event or an id that is longer than allowed. Everything before it was delivered.
    Limit(LimitExceeded),
    /// More waits unread than may: see [`Builder::queue`](crate::Builder::queue). What waits can still be read.
    Overflow {
        /// The capacity of the queue, in events, with [`Overflow::Error`](crate::Overflow::Error). `None` with
        /// [`Overflow::Wait`](crate::Overflow::Wait), where the server cannot be made to wait: the stream has no ids, its request
        /// may not be repeated, or the browser's own `EventSource` carries it.
        capacity: Option<usize>,
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
        /// The option: `url`, `headers` or `body`; empty where not all of them have answered in time
        /// ([`Builder::prepare_timeout`](crate::Builder::prepare_timeout)).
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
    /// An answer ended before it was complete: inside an event ([`Builder::unfinished`](crate::Builder::unfinished)), before what
    /// completes it ([`Builder::until`](crate::Builder::until)), or after events without ids, behind which it cannot go on.
    Incomplete {
        /// The data of the event that it ended in, with [`Unfinished::Error`](crate::Unfinished::Error).
        body: Option<Words>,
    },
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

    /// The answer's body, where there was an answer that is not a stream: as much of it as came within a second, up to
    /// [`Builder::error_body_bytes`](crate::Builder::error_body_bytes). Empty where there was none. Of an
    /// [incomplete](ErrorKind::Incomplete) answer it is the data of the event that it ended in.
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
            ErrorKind::Incomplete { body } => body.as_deref(),
            _ => None,
        }
    }

    /// The answer without its body, where there was one that is not a stream: its url, status and headers.
    ///
    /// ```
    /// # fn show(error: &everstream::Error) {
    /// let challenge = error.response().and_then(|response| response.header("www-authenticate"));
    /// # }
    /// ```
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match &self.kind {
            ErrorKind::Status { response, .. } | ErrorKind::ContentType { response, .. } => Some(response),
            _ => None,
        }
    }

    /// How long the server asks to be left alone, where it said so ([`Response::retry_after`]). everstream waits for that by itself;
    /// this is for those who tell people.
    ///
    /// ```
    /// # fn show(error: &everstream::Error) {
    /// if let Some(wait) = error.retry_after() {
    ///     println!("busy: again in {} s", wait.as_secs());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.response()?.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// One line, without the body of an answer.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Network { message } => write!(f, "the connection failed: {}", Line(message)),
            ErrorKind::Status { status, response, .. } => {
                write!(f, "the server answered with status {status}")?;
                if !response.status_text.is_empty() {
                    write!(f, " ({})", Line(&response.status_text))?;
                }
                write_end_of_redirects(f, response)
            }
            ErrorKind::ContentType { found, response, .. } => {
                match &**found {
                    "" => f.write_str("the answer has no content type; it should be text/event-stream")?,
                    found => write!(f, "the answer is {}, not text/event-stream", Line(found))?,
                }
                write_end_of_redirects(f, response)
            }
            ErrorKind::NoBody => f.write_str("the answer has no body"),
            ErrorKind::Limit(limit) => limit.fmt(f),
            ErrorKind::Overflow { capacity: Some(capacity) } => {
                write!(f, "more than {capacity} events wait unread")
            }
            ErrorKind::Overflow { capacity: None } => f.write_str(
                "more waits unread than `queue` or `queued_bytes` allow, and what is not read could not be asked for again",
            ),
            ErrorKind::Stalled { after } => write!(f, "the stream was silent for {after} ms"),
            ErrorKind::ConnectTimeout { after } => write!(f, "there was no answer for {after} ms"),
            ErrorKind::Provider { option: "", message } => {
                write!(f, "a function for url, headers or body failed: {}", Line(message))
            }
            ErrorKind::Provider { option, message } => {
                write!(f, "the function for `{option}` failed: {}", Line(message))
            }
            ErrorKind::Option { name, reason } => write!(f, "`{name}` {}", Line(reason)),
            ErrorKind::Resume { last_event_id } => {
                write!(f, "the last event id `{}` cannot be sent in a header", Line(last_event_id))
            }
            ErrorKind::Incomplete { body: None } => f.write_str("the answer ended before it was complete"),
            ErrorKind::Incomplete { body: Some(_) } => f.write_str("the answer ended inside an event"),
            ErrorKind::Interrupted => {
                f.write_str("the page was put aside while a request with a body was under way")
            }
            ErrorKind::Unsupported => f.write_str("there is no fetch in this environment"),
        }
    }
}

/// A login page, often.
fn write_end_of_redirects(f: &mut fmt::Formatter<'_>, response: &Response) -> fmt::Result {
    if response.redirected { write!(f, ", at {}", Line(&response.url)) } else { Ok(()) }
}

/// Somebody else's words, as far as they fit into a line: a person reads it.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        self.0
            .chars()
            .take(LONGEST)
            .try_for_each(|char| f.write_char(if char.is_control() { ' ' } else { char }))
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
    /// The functions for url, headers and body were asked, and have not all answered. Said once of each attempt.
    NotPrepared {
        /// How long ago they were asked, in milliseconds.
        after: u64,
    },
    /// The body begins as JSON does, which an answer that says `text/event-stream` must not: nothing in it is an event. Said
    /// once of each connection.
    Json,
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
            Diagnostic::NotPrepared { after } => {
                write!(f, "a function for url, headers or body has not answered for {after} ms")
            }
            Diagnostic::Json => f.write_str("the body begins as JSON does: nothing in it is an event"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_that_says_what_a_person_needs() {
        let page = "<html>\n".repeat(100);
        let response = |url: &str, redirected, status_text: &str| {
            let status_text = status_text.into();
            Arc::new(Response { url: url.into(), redirected, status_text, ..Response::default() })
        };
        let bad_gateway = response("https://a.example/events", false, "Bad Gateway");
        let login = response("https://a.example/login", true, "");
        for (kind, line) in [
            (
                ErrorKind::Status { status: 502, body: page.clone(), response: bad_gateway },
                "the server answered with status 502 (Bad Gateway)",
            ),
            (
                ErrorKind::Status { status: 403, body: page.clone(), response: login.clone() },
                "the server answered with status 403, at https://a.example/login",
            ),
            (
                ErrorKind::ContentType { found: "text/html".into(), body: page.clone(), response: login },
                "the answer is text/html, not text/event-stream, at https://a.example/login",
            ),
            (ErrorKind::Network { message: "down\r\nagain".into() }, "the connection failed: down  again"),
        ] {
            assert_eq!(kind.to_string(), line);
        }
        let reason = ErrorKind::Provider { option: "headers", message: page }.to_string();
        assert_eq!((reason.lines().count(), reason.len()), (1, 35 + 200));
    }
}
