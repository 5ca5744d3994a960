//! What can be set, and what is refused.

use std::fmt::Display;
use std::future::Future;
use std::rc::Rc;

use crate::abort::AbortHandle;
use crate::core::parser::{EventRef, Limits};
use crate::core::retry::Backoff;
use crate::core::session::{Config, Offer, ResumeBy, RetryOn, WhenHidden};
use crate::core::transport::TransportChoice;
use crate::error::Error;
use crate::policy::Judgement;
use crate::response::Response;
use crate::task::LocalFuture;

/// Request headers: names and values. Of several with one name, in any case, the last one counts.
///
/// ```
/// let headers: everstream::Headers = vec![("authorization".into(), "Bearer 1".into())];
/// ```
pub type Headers = Vec<(String, String)>;

/// What a function for the url, the headers or the body may want to know of the attempt that it is asked for.
///
/// ```
/// use everstream::EventSource;
///
/// let builder = EventSource::builder("/orders")
///     .method("POST")
///     .body("{}")
///     .headers_with(|attempt| async move {
///         // 401 sets `unauthorized`; other servers say it by 403, 419 or 498.
///         let is_stale = attempt.error.as_ref().is_some_and(|error| matches!(error.status(), Some(401 | 403 | 419 | 498)));
///         if attempt.refusals > 3 {
///             return Err("signed out".to_owned());
///         }
///         let token = if is_stale { "a fresh one" } else { "the cached one" };
///         Ok(vec![("authorization".into(), format!("Bearer {token}")), ("idempotency-key".into(), attempt.id)])
///     });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Counted from 1, anew after each good connection and when the browser is online again.
    pub number: u32,
    /// The server has just answered 401: what was sent last time is not good any more.
    pub unauthorized: bool,
    /// What went wrong last, if no stream was open since.
    pub error: Option<Error>,
    /// So many times in a row the server has answered with 400 or more, since a stream was open.
    pub refusals: u32,
    /// The same for all attempts of a source, and for no other source: to make an idempotency key of.
    pub id: String,
}

/// What becomes of events that nobody reads in time. See [`Builder::queue`](crate::Builder::queue).
///
/// ```
/// use everstream::{EventSource, Overflow};
///
/// let builder = EventSource::builder("/prices").queue(100, Overflow::Latest);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// The body of the answer is read no further until less than half as much waits. The default: no event is lost, and the
    /// server is slowed down.
    ///
    /// So it is where what was not read can be asked for again, since a cut may take it: by `fetch`, with ids, and for a request
    /// that may be repeated. Elsewhere the source closes with [`ErrorKind::Overflow`](crate::ErrorKind::Overflow), as with
    /// [`Error`](Self::Error). After ten seconds there is a [diagnostic](crate::Diagnostic::NotRead).
    #[default]
    Wait,
    /// The source closes with [`ErrorKind::Overflow`](crate::ErrorKind::Overflow); what waits can still be read.
    Error,
    /// The latest events are kept, the oldest dropped and counted.
    Latest,
    /// The oldest events are kept, the newest dropped and counted.
    Oldest,
}

/// What becomes of an event that has data and is not finished when the body ends as it should. See
/// [`Builder::unfinished`](crate::Builder::unfinished).
///
/// ```
/// use everstream::{EventSource, Unfinished};
///
/// let builder = EventSource::builder("/chat").method("POST").unfinished(Unfinished::Error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unfinished {
    /// It is dropped: as the standard has it (HTML, 9.2.6). The default.
    #[default]
    Drop,
    /// It is delivered.
    Deliver,
    /// The answer is [incomplete](crate::ErrorKind::Incomplete), with the data that came.
    Error,
}

/// Everything that can be set for a source, behind the builder and whatever else makes one.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) url: Provided<String>,
    pub(crate) method: String,
    pub(crate) headers: Headers,
    pub(crate) more_headers: Option<Provider<Headers>>,
    pub(crate) body: Option<Provided<Vec<u8>>>,
    pub(crate) with_credentials: bool,
    pub(crate) retry: Backoff,
    pub(crate) retry_on: RetryOn,
    pub(crate) judge: Option<Judge>,
    pub(crate) accept: Option<Accept>,
    pub(crate) resend: bool,
    pub(crate) close_on_end: Option<bool>,
    pub(crate) unfinished: Unfinished,
    pub(crate) until: Option<Until>,
    pub(crate) last_event_id: String,
    pub(crate) resume: ResumeBy,
    pub(crate) resume_query: String,
    pub(crate) limits: Limits,
    pub(crate) error_body_bytes: usize,
    pub(crate) queue: usize,
    pub(crate) queued_bytes: usize,
    pub(crate) overflow: Overflow,
    pub(crate) transport: TransportChoice,
    /// The types of the events that are heard; `None` is every type.
    pub(crate) event_types: Option<Vec<String>>,
    pub(crate) prepare_timeout: Option<u64>,
    pub(crate) connect_timeout: Option<u64>,
    pub(crate) stall_timeout: Option<u64>,
    pub(crate) when_hidden: WhenHidden,
    pub(crate) hidden_grace: u64,
    pub(crate) abort: Option<AbortHandle>,
    /// Whether it begins with a pause of the user's.
    pub(crate) paused: bool,
}

/// A value, or a function that is asked for it before each attempt.
#[derive(Clone)]
pub(crate) enum Provided<T> {
    Value(T),
    Function(Provider<T>),
}

pub(crate) type Provider<T> = Rc<dyn Fn(Attempt) -> LocalFuture<Result<T, String>>>;

/// The user's word on whether an error is retried.
pub(crate) type Judge = Rc<dyn Fn(&Error) -> Judgement>;

/// The user's word on whether an answer that is no event stream is one all the same.
pub(crate) type Accept = Rc<dyn Fn(&Response) -> bool>;

/// The user's word on whether an event makes the answer complete.
pub(crate) type Until = Rc<dyn Fn(EventRef<'_>) -> bool>;

/// Of errors only the words are kept.
pub(crate) fn provider<T, F, E>(function: impl Fn(Attempt) -> F + 'static) -> Provider<T>
where
    F: Future<Output = Result<T, E>> + 'static,
    E: Display,
{
    Rc::new(move |attempt| {
        let answer = function(attempt);
        Box::pin(async move { answer.await.map_err(|error| error.to_string()) })
    })
}

impl Options {
    pub(crate) fn new(url: Provided<String>) -> Options {
        Options {
            url,
            method: "GET".into(),
            headers: Headers::new(),
            more_headers: None,
            body: None,
            with_credentials: false,
            retry: Backoff::default(),
            retry_on: RetryOn::Resilient,
            judge: None,
            accept: None,
            resend: false,
            close_on_end: None,
            unfinished: Unfinished::Drop,
            until: None,
            last_event_id: String::new(),
            resume: ResumeBy::Auto,
            resume_query: "lastEventId".into(),
            limits: Limits::default(),
            error_body_bytes: 1 << 16,
            queue: usize::MAX,
            queued_bytes: 1 << 24,
            overflow: Overflow::Wait,
            transport: TransportChoice::Auto,
            event_types: None,
            prepare_timeout: None,
            connect_timeout: None,
            stall_timeout: None,
            when_hidden: WhenHidden::GoOn,
            hidden_grace: 60_000,
            abort: None,
            paused: false,
        }
    }

    /// Finds what cannot work before anything is sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_method(&self.method)?;
        if self.body.is_some() && !self.is_unsafe_to_repeat() {
            return Err(Error::option("body", "needs a method that has one, such as POST"));
        }
        check_headers(&self.headers)?;
        self.retry.check().map_err(|(name, reason)| Error::option(name, reason))?;
        if self.last_event_id.contains('\0') {
            return Err(Error::option("last_event_id", "must not contain U+0000"));
        }
        if self.last_event_id.len() > self.limits.id_bytes {
            return Err(Error::option("last_event_id", "is longer than limits.id_bytes"));
        }
        if self.resume_query.is_empty() {
            return Err(Error::option("resume_query", "must not be empty"));
        }
        if self.queue == 0 {
            return Err(Error::option("queue", "must hold at least one event"));
        }
        if self.queued_bytes == 0 {
            return Err(Error::option("queued_bytes", "must be at least 1"));
        }
        for (name, ms) in [
            ("prepare_timeout", self.prepare_timeout),
            ("connect_timeout", self.connect_timeout),
            ("stall_timeout", self.stall_timeout),
            ("hidden_grace", (self.hidden_grace > 0).then_some(self.hidden_grace)),
        ] {
            check_time(name, ms)?;
        }
        match (self.transport, self.native_cannot_do()) {
            (TransportChoice::EventSource, Some(option)) => {
                let reason = ["is EventSource, which cannot do `", option, "`"].concat();
                Err(Error::option("transport", reason))
            }
            _ => Ok(()),
        }
    }

    /// The first option that the browser's own `EventSource` has no way to honour.
    pub(crate) fn native_cannot_do(&self) -> Option<&'static str> {
        [
            ("url", matches!(self.url, Provided::Function(_))),
            ("method", self.method != "GET"),
            ("headers", !self.headers.is_empty() || self.more_headers.is_some()),
            ("close_on_end", self.close_on_end == Some(true)),
            ("retry_if", self.judge.is_some()),
            ("accept", self.accept.is_some()),
            ("until", self.until.is_some()),
            ("unfinished", self.unfinished != Unfinished::Drop),
        ]
        .into_iter()
        .find_map(|(option, is_set)| is_set.then_some(option))
    }

    /// The first option that it would honour only in part.
    fn native_falls_short_of(&self, comments: bool) -> Option<&'static str> {
        [
            ("last_event_id", !self.last_event_id.is_empty()),
            ("resume_by", self.resume != ResumeBy::Auto),
            ("limits", self.limits != Limits::default()),
            ("on_comment", comments),
            ("stall_timeout", self.stall_timeout.is_some()),
            ("every event", self.event_types.is_none()),
        ]
        .into_iter()
        .find_map(|(option, is_set)| is_set.then_some(option))
    }

    pub(crate) fn session_config(&self, comments: bool, same_origin: bool, offer: Offer) -> Config {
        Config {
            retry: self.retry.clone(),
            retry_on: self.retry_on,
            unsafe_to_repeat: self.is_unsafe_to_repeat(),
            resend: self.resend,
            close_on_end: self.closes_on_end(),
            has_until: self.until.is_some(),
            has_providers: self.has_providers(),
            resume: self.resume,
            last_event_id: self.last_event_id.clone(),
            transport: self.transport,
            beyond_native: self.native_cannot_do().or_else(|| self.native_falls_short_of(comments)),
            same_origin,
            offer,
            prepare_timeout: self.prepare_timeout,
            connect_timeout: self.connect_timeout,
            stall_timeout: self.stall_timeout,
            when_hidden: self.when_hidden,
            hidden_grace: self.hidden_grace,
        }
    }

    /// Whether the request may be made again though the server may have acted on it.
    #[cfg(feature = "leptos")]
    pub(crate) fn may_be_repeated(&self) -> bool {
        self.resend || !self.is_unsafe_to_repeat()
    }

    pub(crate) fn closes_on_end(&self) -> bool {
        self.close_on_end.unwrap_or_else(|| self.is_unsafe_to_repeat())
    }

    fn has_providers(&self) -> bool {
        self.more_headers.is_some()
            || matches!(self.url, Provided::Function(_))
            || matches!(self.body, Some(Provided::Function(_)))
    }

    /// RFC 9110, 9.2.1: a safe method asks for nothing but an answer. The others may do something each time.
    fn is_unsafe_to_repeat(&self) -> bool {
        self.method != "GET"
    }
}

/// A browser's timers count in 32 bits and fire at once beyond that.
fn check_time(name: &'static str, ms: Option<u64>) -> Result<(), Error> {
    match ms {
        Some(0) => Err(Error::option(name, "must be at least 1 ms")),
        Some(ms) if ms > i32::MAX as u64 => {
            Err(Error::option(name, "must be at most 2147483647 ms (24 days)"))
        }
        _ => Ok(()),
    }
}

/// Refuses what `fetch` would reject, and what it would drop in silence.
pub(crate) fn check_headers(headers: &Headers) -> Result<(), Error> {
    for (name, value) in headers {
        let reason = if !is_token(name) {
            "is not a header name"
        } else if is_forbidden(name) {
            "is set by the browser alone"
        } else if name.eq_ignore_ascii_case("last-event-id") {
            "is set by everstream; use last_event_id() for the first request"
        } else if value.contains(['\0', '\r', '\n']) {
            "must not contain NUL, CR or LF"
        } else if !value.chars().all(|char| char as u32 <= 0xff) {
            // Header values are byte strings for `fetch`.
            "must not contain characters beyond U+00FF"
        } else {
            continue;
        };
        return Err(Error::option("headers", ["has `", name, "`, which ", reason].concat()));
    }
    Ok(())
}

/// Fetch, 2.2.2, "forbidden request-header": `fetch` leaves these out without a word.
fn is_forbidden(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("sec-")
}

/// `TRACE`, `TRACK` and `CONNECT` are refused by `fetch` (Fetch, 2.2.1), and `HEAD` has no body to stream.
fn check_method(method: &str) -> Result<(), Error> {
    let refused = ["CONNECT", "HEAD", "TRACE", "TRACK"];
    if is_token(method) && !refused.contains(&method) {
        Ok(())
    } else {
        Err(Error::option("method", "is not a method that can be streamed"))
    }
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
