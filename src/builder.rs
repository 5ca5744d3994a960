//! What can be set for a source, by name.

use std::fmt::Display;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use crate::abort::AbortHandle;
use crate::client::{self, Ears};
use crate::core::parser::{EventRef, Limits};
use crate::core::session::{ResumeBy, RetryOn, WhenHidden};
use crate::core::state::State;
use crate::core::transport::TransportChoice;
use crate::delivery::{
    CommentListener, Delivery, DiagnosticListener, EventListener, Queue, StateListener, Watchers,
};
use crate::error::{Diagnostic, Error};
use crate::event_source::EventSource;
use crate::handle::Handle;
use crate::options::{Attempt, Headers, Options, Overflow, Provided, Unfinished, provider};
use crate::platform::{self, Platform};
use crate::policy::{Judgement, Policy, ms};
use crate::response::Response;

/// What a source will be like. Made by [`EventSource::builder`].
///
/// ```
/// use everstream::{EventSource, Policy};
///
/// # fn example() -> Result<(), everstream::Error> {
/// let source = EventSource::builder("https://example.org/feed")
///     .with_credentials(true)
///     .last_event_id("1041")
///     .retry(Policy::default().max_retries(10))
///     .open()?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing before open()"]
pub struct Builder {
    pub(crate) options: Options,
    on_event: Option<EventListener>,
    on_comment: Option<CommentListener>,
    on_state: Option<StateListener>,
    on_diagnostic: Option<DiagnosticListener>,
}

impl Builder {
    /// Opens the source: the first attempt begins at once.
    ///
    /// ```
    /// let refused = everstream::EventSource::builder("/events").header("x-token", "two\nlines").open();
    /// assert_eq!(refused.err().unwrap().to_string(), "`headers` has `x-token`, which must not contain NUL, CR or LF");
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Option`](crate::ErrorKind::Option) names the option whose value cannot work;
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) says that there is no `fetch`: on every target but
    /// `wasm32`, and in a JavaScript environment without it. Nothing was sent.
    pub fn open(self) -> Result<EventSource, Error> {
        self.open_on(platform::here)
    }

    /// Bad options are told before a missing platform is.
    pub(crate) fn open_on(
        self,
        platform: impl FnOnce() -> Result<Rc<dyn Platform>, Error>,
    ) -> Result<EventSource, Error> {
        self.options.check()?;
        let Builder { options, on_event, on_comment, on_state, on_diagnostic } = self;
        let types = options.event_types.clone();
        let queue = Queue::new(options.queue, options.queued_bytes, options.overflow);
        let ears = Ears {
            delivery: Delivery::new(on_event, on_comment, types, queue),
            watchers: Watchers::new(on_state),
            diagnostics: on_diagnostic,
        };
        client::open(platform()?, options, ears).map(EventSource::new)
    }

    /// Calls a function for every event, in order, at once, and with text that it borrows: nothing is allocated for an
    /// event. The [`Stream`](futures_core::Stream) then has no events.
    ///
    /// The function may close, pause, reconnect or drop the source. It must not panic, nor let an exception of a
    /// JavaScript function through that it calls: WebAssembly cannot clean up after either.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events")
    ///     .on_event(|event, _source| println!("{} {}", event.last_event_id, event.data))
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn on_event(mut self, listener: impl FnMut(EventRef<'_>, &Handle) + 'static) -> Builder {
        self.on_event = Some(Box::new(listener));
        self
    }

    /// Calls a function for every comment, without its colon. Comments are what servers send as a heartbeat. What holds
    /// for the function of [`on_event`](Self::on_event) holds for this one.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events")
    ///     .on_comment(|text, _source| println!("still there: {text}"))
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn on_comment(mut self, listener: impl FnMut(&str, &Handle) + 'static) -> Builder {
        self.on_comment = Some(Box::new(listener));
        self
    }

    /// Calls a function for every change of state. What holds for the function of [`on_event`](Self::on_event) holds for
    /// this one.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events")
    ///     .on_state(|state, _source| println!("{state}"))
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn on_state(mut self, listener: impl FnMut(&State, &Handle) + 'static) -> Builder {
        self.on_state = Some(Box::new(listener));
        self
    }

    /// Calls a function for every diagnostic; without one they are warnings in the browser's console. What holds for
    /// the function of [`on_event`](Self::on_event) holds for this one.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events")
    ///     .on_diagnostic(|diagnostic, _source| println!("{diagnostic}"))
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn on_diagnostic(mut self, listener: impl FnMut(&Diagnostic, &Handle) + 'static) -> Builder {
        self.on_diagnostic = Some(Box::new(listener));
        self
    }

    /// Hears events of these types only; by default every type is heard. [`Handle::listen`] adds more later.
    ///
    /// Ids of other events count all the same where `fetch` carries the stream. The browser's own `EventSource` can only
    /// be listened to by type, so that a plain stream of another origin needs this to be carried by it.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("https://example.org/prices").event_types(["message", "price"]);
    /// ```
    pub fn event_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Builder {
        self.options.event_types = Some(types.into_iter().map(Into::into).collect());
        self
    }

    /// Which transport carries the stream; [`TransportChoice::Auto`] by default.
    ///
    /// ```
    /// # use everstream::{EventSource, TransportChoice};
    /// let builder = EventSource::builder("https://example.org/feed").transport(TransportChoice::Fetch);
    /// ```
    pub fn transport(mut self, choice: TransportChoice) -> Builder {
        self.options.transport = choice;
        self
    }

    /// How long the functions for url, headers and body may take before the attempt counts as failed; by default for
    /// ever, since they may ask people.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// # use std::time::Duration;
    /// let builder = EventSource::builder("/events")
    ///     .headers_with(|_| std::future::pending::<Result<_, String>>())
    ///     .prepare_timeout(Duration::from_secs(20));
    /// ```
    pub fn prepare_timeout(mut self, time: Duration) -> Builder {
        self.options.prepare_timeout = Some(ms(time));
        self
    }

    /// How long to wait for an answer before the attempt counts as failed; by default as long as the
    /// browser does.
    ///
    /// Firefox has an answer only when the first byte of its body is there (measured): a server that is silent at first
    /// needs a longer time. On the browser's own `EventSource` only the first attempt of each is watched.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// # use std::time::Duration;
    /// let builder = EventSource::builder("/events").connect_timeout(Duration::from_secs(20));
    /// ```
    pub fn connect_timeout(mut self, time: Duration) -> Builder {
        self.options.connect_timeout = Some(ms(time));
        self
    }

    /// How long the stream may be silent before the connection is taken for dead and replaced; by
    /// default for ever. Any byte is life, a comment's included. The clock decides, not the timer: after a sleep of the
    /// machine the time has passed.
    ///
    /// The browser's own `EventSource` hides heartbeats, so that this needs `fetch`; while the former carries the
    /// stream nothing is watched.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// # use std::time::Duration;
    /// let with_heartbeats_every_15_s = EventSource::builder("/events").stall_timeout(Duration::from_secs(40));
    /// ```
    pub fn stall_timeout(mut self, time: Duration) -> Builder {
        self.options.stall_timeout = Some(ms(time));
        self
    }

    /// Whether the source pauses while its page is hidden; [`WhenHidden::GoOn`] by default. Never for a request that is
    /// not a `GET`, unless [`resend`](Self::resend) allows to send it again.
    ///
    /// ```
    /// # use everstream::{EventSource, WhenHidden};
    /// let builder = EventSource::builder("/events").when_hidden(WhenHidden::PauseIfResumable);
    /// ```
    pub fn when_hidden(mut self, when_hidden: WhenHidden) -> Builder {
        self.options.when_hidden = when_hidden;
        self
    }

    /// How long the page has to be hidden for that; a minute by default, and with [`Duration::ZERO`] it is at once. Judged by the clock,
    /// since timers of hidden pages are late by up to a minute.
    ///
    /// ```
    /// # use everstream::{EventSource, WhenHidden};
    /// # use std::time::Duration;
    /// let builder = EventSource::builder("/events").when_hidden(WhenHidden::Pause).hidden_grace(Duration::from_secs(10));
    /// ```
    pub fn hidden_grace(mut self, time: Duration) -> Builder {
        self.options.hidden_grace = ms(time);
        self
    }

    /// Whether it begins with a pause: then the first attempt is made by [`Handle::resume`]. `false` by default.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events").paused(true).open()?;
    /// source.resume();
    /// # Ok(()) }
    /// ```
    pub fn paused(mut self, paused: bool) -> Builder {
        self.options.paused = paused;
        self
    }

    /// Closes the source when this is aborted. Where that has happened already, nothing is sent.
    ///
    /// ```
    /// # use everstream::{AbortHandle, EventSource};
    /// let abort = AbortHandle::new();
    /// let builder = EventSource::builder("/events").abort_handle(&abort);
    /// ```
    pub fn abort_handle(mut self, handle: &AbortHandle) -> Builder {
        self.options.abort = Some(handle.clone());
        self
    }

    /// The request method; `GET` by default.
    ///
    /// A request with any other one is one-shot: a clean end closes the source, and it is sent again only when the
    /// server said that it did not act on it (401 once, with functions to ask; 429; 503), unless [`resend`](Self::resend)
    /// or [`retry_if`](Self::retry_if) say otherwise.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let answer = everstream::EventSource::builder("/chat")
    ///     .method("POST")
    ///     .header("content-type", "application/json")
    ///     .body(r#"{"prompt":"hello"}"#)
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn method(mut self, method: &str) -> Builder {
        self.options.method = method.to_ascii_uppercase();
        self
    }

    /// The request body. Needs a [`method`](Self::method) that has one.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/chat").method("POST").body("hello");
    /// ```
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Builder {
        self.options.body = Some(Provided::Value(body.into()));
        self
    }

    /// Asks a function for the request body before each attempt, in place of [`body`](Self::body). Its error is a
    /// [`Provider`](crate::ErrorKind::Provider) error, and the attempt counts as failed.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// # async fn signed(prompt: &str, attempt: u32) -> Result<String, String> { Ok(prompt.into()) }
    /// let builder = EventSource::builder("/chat")
    ///     .method("POST")
    ///     .body_with(|attempt| async move { signed("hello", attempt.number).await.map(String::into_bytes) });
    /// ```
    pub fn body_with<F, E>(mut self, body: impl Fn(Attempt) -> F + 'static) -> Builder
    where
        F: Future<Output = Result<Vec<u8>, E>> + 'static,
        E: Display,
    {
        self.options.body = Some(Provided::Function(provider(body)));
        self
    }

    /// Sets a request header, in place of one of that name. Across origins most headers cause a preflight.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events").header("x-tenant", "7");
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Builder {
        self.options.headers.push((name.into(), value.into()));
        self
    }

    /// Asks a function for headers before each attempt; they replace those of the same name.
    ///
    /// It is told of the [`Attempt`]: what went wrong last, how often the server has refused, and an id for an idempotency
    /// key. After a 401 it is asked once more at once, with [`Attempt::unauthorized`] set; a second 401 is final, unless an
    /// answer was accepted in between. Its error is a
    /// [`Provider`](crate::ErrorKind::Provider) error, and the attempt counts as failed.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// # async fn fresh_token() -> Result<String, std::fmt::Error> { Ok("1".into()) }
    /// let builder = EventSource::builder("/events").headers_with(|_attempt| async {
    ///     let token = fresh_token().await?;
    ///     Ok::<_, std::fmt::Error>(vec![("authorization".into(), format!("Bearer {token}"))])
    /// });
    /// ```
    pub fn headers_with<F, E>(mut self, headers: impl Fn(Attempt) -> F + 'static) -> Builder
    where
        F: Future<Output = Result<Headers, E>> + 'static,
        E: Display,
    {
        self.options.more_headers = Some(provider(headers));
        self
    }

    /// Whether cookies are sent to other origins, as `withCredentials` of the standard; `false` by default.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("https://example.org/feed").with_credentials(true);
    /// ```
    pub fn with_credentials(mut self, with_credentials: bool) -> Builder {
        self.options.with_credentials = with_credentials;
        self
    }

    /// How long to wait between attempts, and how many to make. See [`Policy`] for the defaults.
    ///
    /// ```
    /// # use everstream::{EventSource, Policy};
    /// # use std::time::Duration;
    /// let builder = EventSource::builder("/events").retry(Policy::default().cap(Duration::from_secs(5)));
    /// ```
    pub fn retry(mut self, policy: Policy) -> Builder {
        self.options.retry = policy.backoff();
        self
    }

    /// Retries as the standard has it (HTML, 9.2.3): network faults and ended streams, but no status. By default 408,
    /// 425, 429 and 5xx are retried, too.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events").retry_as_standard();
    /// ```
    pub fn retry_as_standard(mut self) -> Builder {
        self.options.retry_on = RetryOn::Standard;
        self.options.judge = None;
        self
    }

    /// Asks a function which errors are retried, in place of the default: it returns whether, or a [`Judgement`] with a
    /// delay. It is not asked about a 204; about a 401 that is still to be answered with fresh headers; nor about limits, a
    /// queue that overflowed and options that cannot work, which would not be mended by another attempt.
    ///
    /// ```
    /// # use everstream::{EventSource, Judgement};
    /// # use std::time::Duration;
    /// let builder = EventSource::builder("/events").retry_if(|error| error.status() != Some(403));
    /// let builder = EventSource::builder("/events").retry_if(|error| match error.status() {
    ///     Some(502) => Judgement::RetryAfter(Duration::from_secs(10)),
    ///     _ => Judgement::Retry,
    /// });
    /// ```
    pub fn retry_if<J: Into<Judgement>>(mut self, judge: impl Fn(&Error) -> J + 'static) -> Builder {
        self.options.retry_on = RetryOn::Asked;
        self.options.judge = Some(Rc::new(move |error| judge(error).into()));
        self
    }

    /// Asks a function whether an answer that is no event stream is read as one all the same: one with another type, or none,
    /// or with another status. It is asked about 2xx, but for 204, which is always the end. By default none is accepted. The
    /// browser's own `EventSource` cannot do it.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events")
    ///     .accept(|response| response.header("content-type").is_some_and(|found| found.starts_with("text/plain")));
    /// ```
    pub fn accept(mut self, accept: impl Fn(&Response) -> bool + 'static) -> Builder {
        self.options.accept = Some(Rc::new(accept));
        self
    }

    /// Whether a request that is not a `GET` may be sent again whatever happened; `false` by default.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let idempotent = EventSource::builder("/query").method("POST").body("{}").resend(true);
    /// ```
    pub fn resend(mut self, resend: bool) -> Builder {
        self.options.resend = resend;
        self
    }

    /// Whether a clean end of the body closes the source. By default a `GET` reconnects and anything else closes. With
    /// `false` another request than a `GET` is sent again after each clean end, too.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/one-shot").close_on_end(true);
    /// ```
    pub fn close_on_end(mut self, close: bool) -> Builder {
        self.options.close_on_end = Some(close);
        self
    }

    /// What becomes of an event that has data and is not finished when the body ends as it should: proxies and frameworks end
    /// one so in the middle. [`Unfinished::Drop`] by default. The browser's own `EventSource` cannot do anything else.
    ///
    /// ```
    /// # use everstream::{EventSource, Unfinished};
    /// let answer = EventSource::builder("/chat").method("POST").unfinished(Unfinished::Error);
    /// ```
    pub fn unfinished(mut self, unfinished: Unfinished) -> Builder {
        self.options.unfinished = unfinished;
        self
    }

    /// Asks a function whether an event makes the answer complete: `[DONE]`, say. That event is delivered, and reading goes on
    /// to the server's end. An end before it is [incomplete](crate::ErrorKind::Incomplete), what breaks behind it is an end.
    ///
    /// It is asked about every event, also of types that are not heard, before that is delivered; what holds for the function of
    /// [`on_event`](Self::on_event) holds for this one. The browser's own `EventSource` cannot do it.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let answer = EventSource::builder("/chat").method("POST").until(|event| event.data == "[DONE]");
    /// ```
    pub fn until(mut self, until: impl Fn(EventRef<'_>) -> bool + 'static) -> Builder {
        self.options.until = Some(Rc::new(until));
        self
    }

    /// The place to begin at: the id that the last event of an earlier visit had.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events").last_event_id("1041");
    /// ```
    pub fn last_event_id(mut self, id: impl Into<String>) -> Builder {
        self.options.last_event_id = id.into();
        self
    }

    /// How the server is told where to go on; [`ResumeBy::Auto`] by default.
    ///
    /// ```
    /// # use everstream::{EventSource, ResumeBy};
    /// let builder = EventSource::builder("https://example.org/feed").resume_by(ResumeBy::Query);
    /// ```
    pub fn resume_by(mut self, resume: ResumeBy) -> Builder {
        self.options.resume = resume;
        self
    }

    /// The name of the query parameter for it; `lastEventId` by default. It replaces one of that name in the url.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events").resume_query("after");
    /// ```
    pub fn resume_query(mut self, name: impl Into<String>) -> Builder {
        self.options.resume_query = name.into();
        self
    }

    /// How long an event and an id may be, in bytes; 64 MiB and 4 KiB by default. A stream that exceeds them closes the
    /// source: without a bound a server could fill the page's memory.
    ///
    /// ```
    /// # use everstream::{EventSource, Limits};
    /// let builder = EventSource::builder("/events").limits(Limits::default().event_bytes(1 << 20));
    /// ```
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.options.limits = limits;
        self
    }

    /// How much of the body of a refused answer is kept in the error, in bytes; 64 KiB by default. Of a body that does not end
    /// it is what comes within a second.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events").error_body_bytes(1 << 20);
    /// ```
    pub fn error_body_bytes(mut self, bytes: usize) -> Builder {
        self.options.error_body_bytes = bytes;
        self
    }

    /// How many events may wait for the reader of the [`Stream`](futures_core::Stream), and what happens to more; any number and
    /// [`Overflow::Wait`] by default. Text has a bound of its own where it waits: [`queued_bytes`](Self::queued_bytes).
    ///
    /// They are counted when bytes arrive, before those are parsed (with `Wait`: after), and after everything else that was due
    /// had its turn: a single chunk of any number of events overflows no queue whose reader keeps up.
    ///
    /// ```
    /// # use everstream::{EventSource, Overflow};
    /// let builder = EventSource::builder("/events").queue(10_000, Overflow::Latest);
    /// ```
    pub fn queue(mut self, capacity: usize, overflow: Overflow) -> Builder {
        self.options.queue = capacity;
        self.options.overflow = overflow;
        self
    }

    /// How much text may wait for the reader of the [`Stream`](futures_core::Stream) with [`Overflow::Wait`], in bytes; 16 MiB by
    /// default. What more is in the chunk that exceeds it waits, too.
    ///
    /// ```
    /// # use everstream::EventSource;
    /// let builder = EventSource::builder("/events").queued_bytes(1 << 20);
    /// ```
    pub fn queued_bytes(mut self, bytes: usize) -> Builder {
        self.options.queued_bytes = bytes;
        self
    }

    /// Whether functions were given that hear something.
    #[cfg(feature = "leptos")]
    pub(crate) fn has_listeners(&self) -> bool {
        self.on_event.is_some()
            || self.on_comment.is_some()
            || self.on_state.is_some()
            || self.on_diagnostic.is_some()
    }

    /// Tells others of events and states, too, after the functions that were given.
    #[cfg(feature = "leptos")]
    pub(crate) fn listened_by(
        mut self,
        hear: impl Fn(EventRef<'_>) + 'static,
        see: impl Fn(&State, &Handle) + 'static,
    ) -> Builder {
        let (mut on_event, mut on_state) = (self.on_event.take(), self.on_state.take());
        self.on_event(move |event, handle| {
            if let Some(on_event) = &mut on_event {
                on_event(event, handle);
            }
            hear(event);
        })
        .on_state(move |state, handle| {
            if let Some(on_state) = &mut on_state {
                on_state(state, handle);
            }
            see(state, handle);
        })
    }

    pub(crate) fn new(url: Provided<String>) -> Builder {
        Builder {
            options: Options::new(url),
            on_event: None,
            on_comment: None,
            on_state: None,
            on_diagnostic: None,
        }
    }
}
