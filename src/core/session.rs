//! The state machine: the only place where everstream decides to connect, to wait, to pause or to give up.
//!
//! [`Session::handle`] takes what happened, the time and a random number, and returns what is to be done. The driver
//! does it, in order and after letting go of the session, and decides nothing of its own.
//!
//! Every connection has a generation. It is given up with the connection, so that whatever a dead connection still says
//! (a late chunk, the rejection that its own abort causes, a provider that answers after `close()`) carries a generation
//! that is no longer the current one, and changes nothing. The same holds the other way round: an action of an older
//! generation is void when its turn comes (a listener may have closed the source meanwhile), but for [`Action::Abort`].

use std::mem;

pub(crate) use self::content_type::{EVENT_STREAM, is_event_stream};
use super::clock::{Clock, Now};
use super::retry::{Backoff, RETRY_AFTER_CEILING, SERVER_RETRY_FLOOR};
use super::state::{Cause, ClosedBy, PauseReason, PauseSet, State};
pub use super::transport::Offer;
use super::transport::{TakeOver, Transport, TransportChoice, TransportReason, choose};
use crate::error::{About, Diagnostic, Error, ErrorKind, Words, words};

mod content_type;

/// How long the body of an answer that is not a stream is waited for, in milliseconds.
const PEEK_MS: u64 = 1_000;

/// A connection that was open for so long, in milliseconds, was a good one: the next failure starts counting anew.
const GOOD_AFTER: u64 = 5_000;

/// The same where it also brought an event.
const GOOD_AFTER_WITH_EVENT: u64 = 1_000;

/// The least time between the start of an attempt and the next one that is brought forward, in milliseconds.
const SPACING: u64 = 1_000;

/// So often the header has to fail just after the query was answered, before it is taken for refused.
const DENIALS: u8 = 2;

/// How long a page may take to say that it is being left, once its requests have failed, in milliseconds.
///
/// Firefox and WebKit cancel the requests of a page when a navigation begins, up to 16 ms before `pagehide` (measured).
const LEAVE_MS: u64 = 100;

/// Timers of hidden pages come by so much too late, in milliseconds: Chromium lets them run once a minute (measured).
const LATE_MS: u64 = 60_000;

/// A server, or a function, that has not answered after so long, in milliseconds, is worth a word.
const DIAGNOSE_AFTER: u64 = 10_000;

/// A native `EventSource` that is back within less than this, in milliseconds, does not wait as everstream would: the
/// same floor that a server's `retry:` has.
const HASTY: u64 = SERVER_RETRY_FLOOR;

/// So often in a row, without a good connection, and it is a storm.
const HASTY_TIMES: u32 = 3;

/// The longest id that is put into a header, in bytes: servers commonly refuse 16 KiB of headers, and 4 KiB was measured
/// to pass.
const HEADER_ID_BYTES: usize = 4_096;

/// What of the options concerns the session.
#[derive(Debug, Clone)]
pub struct Config {
    /// Delays, and how many retries.
    pub retry: Backoff,
    /// Which failures are retried.
    pub retry_on: RetryOn,
    /// Whether a request has a body, or a method that may change something at the server.
    pub unsafe_to_repeat: bool,
    /// Whether the user asked that such a request is sent again all the same.
    pub resend: bool,
    /// Whether a clean end of the body closes the source: it is one answer, of which no part is given twice.
    pub close_on_end: bool,
    /// Whether an answer is incomplete until [`Input::Complete`] is said of it.
    pub has_until: bool,
    /// Whether a function is to be asked before each attempt.
    pub has_providers: bool,
    /// How a connection resumes.
    pub resume: ResumeBy,
    /// The last event id to start with.
    pub last_event_id: String,
    /// Which transport is asked for.
    pub transport: TransportChoice,
    /// The first option, if there is one, that the native `EventSource` cannot do justice to.
    pub beyond_native: Option<&'static str>,
    /// Whether the url is of the page's own origin.
    pub same_origin: bool,
    /// What the browser offers.
    pub offer: Offer,
    /// How long functions for url, headers and body may take, in milliseconds.
    pub prepare_timeout: Option<u64>,
    /// How long to wait for an answer, in milliseconds.
    pub connect_timeout: Option<u64>,
    /// How long a stream may be silent, in milliseconds.
    pub stall_timeout: Option<u64>,
    /// Whether a hidden page pauses.
    pub when_hidden: WhenHidden,
    /// How long a page may be hidden before that, in milliseconds.
    pub hidden_grace: u64,
}

/// Whether a source pauses while its page is hidden.
///
/// ```
/// use everstream::{EventSource, WhenHidden};
///
/// let builder = EventSource::builder("/events").when_hidden(WhenHidden::PauseIfResumable);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenHidden {
    /// It goes on: a hidden tab may have to notify. The default.
    #[default]
    GoOn,
    /// It pauses if ids were seen, so that nothing is missed by that.
    PauseIfResumable,
    /// It pauses. What a server without ids sends meanwhile is missed.
    Pause,
}

/// Which failures are retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    /// 408, 425, 429, 5xx and network faults.
    Resilient,
    /// Network faults: as the standard has it (HTML, 9.2.3), where any status but 200 is final.
    Standard,
    /// The user's function is asked.
    Asked,
}

/// How the place in the stream is told to the server.
///
/// ```
/// use everstream::{EventSource, ResumeBy};
///
/// let builder = EventSource::builder("/events").resume_by(ResumeBy::Query);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResumeBy {
    /// By header where the id is safe in one, else by query. The default.
    ///
    /// Across origins the header makes every reconnect ask for permission first (a preflight): a server that does not
    /// answer `OPTIONS` needs [`ResumeBy::Query`], or the first connection works and no later one does.
    #[default]
    Auto,
    /// By the header `Last-Event-ID` only. An id that does not fit closes the source with
    /// [`ErrorKind::Resume`](crate::ErrorKind::Resume).
    Header,
    /// By the query parameter only. No preflight across origins.
    Query,
}

/// Marks a connection, and everything that is said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Generation(u32);

impl Generation {
    fn next(self) -> Generation {
        Generation(self.0.wrapping_add(1))
    }
}

#[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
impl Generation {
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

#[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
impl From<u32> for Generation {
    fn from(number: u32) -> Generation {
        Generation(number)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The source is opened.
    Open,
    /// The providers have answered.
    Prepared(Generation),
    /// The server has answered.
    Answered(Generation, Answer),
    /// The native `EventSource` is open.
    NativeOpened(Generation),
    /// It has lost its connection, or found none, and will try again by itself.
    NativeRetries(Generation),
    /// It has given up.
    NativeClosed(Generation),
    /// As much of the body that [`Action::Peek`] asked for as there will be.
    Peeked(Generation, Words),
    /// The user's function takes its time to decide on [`Action::Judge`].
    Judging(Generation),
    /// It has decided.
    Judged(Generation, Ruling),
    /// The server sent `retry:`, in milliseconds.
    Retry(Generation, u64),
    /// An event has come that makes the answer complete: what comes later does not break it.
    Complete,
    /// The body ended as it should.
    Ended(Generation),
    /// The connection failed, could not be made, or must not go on.
    Failed(Generation, ErrorKind),
    /// A timer fired.
    Fired(Generation, Timer),
    /// Somebody asks for a pause.
    Pause(PauseReason),
    /// Somebody does not ask for it any more.
    Resume(PauseReason),
    /// The page is hidden.
    Hidden,
    /// The page can be seen.
    Visible,
    /// The browser believes to be online again.
    Online,
    /// The browser believes to be offline. A hint, no more: loopback works, and open streams go on.
    Offline,
    /// The user wants a new connection now.
    Reconnect,
    /// From now on every event is to be heard, whatever its type.
    HearAll,
    /// More waits for consumers than they may leave unread. Where that cannot be helped, bytes that come all the same are an
    /// [`ErrorKind::Overflow`], which the driver tells.
    Full(Generation),
    /// They have room again.
    Room,
    /// The end.
    Close(ClosedBy),
}

/// What the user's function makes of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// The source closes.
    Final,
    /// It is tried again after the usual delay.
    Retry,
    /// It is tried again after so many milliseconds, but not before the server's `Retry-After` is over, nor half a second.
    RetryAfter(u64),
}

impl From<bool> for Ruling {
    fn from(retry: bool) -> Ruling {
        if retry { Ruling::Retry } else { Ruling::Final }
    }
}

/// What the transport knows of an answer. It judges nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`, empty where there is none.
    pub content_type: String,
    /// What the header `Retry-After` says, in milliseconds, where it can be read: see
    /// [`retry_after`](super::retry::retry_after).
    pub retry_after: Option<u64>,
    /// Whether there is a body.
    pub has_body: bool,
    /// All of it, for those who read the error.
    pub response: About,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Ask the functions for url and headers; say [`Input::Prepared`] or [`Input::Failed`].
    Prepare(Generation, Preparation),
    /// Send the request.
    Connect(Generation, Transport, Resume),
    /// The answer is accepted: read its body, parse and deliver. Or go on with that, after [`Action::Hold`].
    Read(Generation),
    /// Read no more of the body until [`Action::Read`]: consumers are behind.
    Hold(Generation),
    /// The answer is refused: read the start of its body for the error.
    Peek(Generation),
    /// Drop the connection, or the providers that have not answered.
    Abort(Generation),
    /// Ask the user's function whether this is retried.
    Judge(Generation, Error),
    /// Set a timer, in milliseconds. All but [`Timer::Hidden`] replace each other: a connection needs one at a time.
    Arm(Generation, Timer, u64),
    /// Undo a timer.
    Disarm(Timer),
    /// Tell those who listen.
    Announce(State),
    /// Tell those who can do something about it.
    Diagnose(Generation, Diagnostic),
}

/// The timers of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// The next attempt.
    Retry,
    /// The end of patience with the body of a refused answer.
    Peek,
    /// No answer so far, of functions or the server.
    Connect,
    /// No byte so far.
    Stall,
    /// The page was hidden for long enough. It belongs to the page and not to a connection.
    Hidden,
    /// The page has had the time to say that it is being left: a failure was one of the network.
    Leave,
    /// The body is held back for long enough to say so.
    Hold,
}

/// What the session knows of an attempt that is being prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preparation {
    /// Counted from 1, anew after each good connection and when the browser is online again.
    pub number: u32,
    /// The server has just answered 401: what was sent last time is not good any more.
    pub unauthorized: bool,
}

/// Where a request says it wants to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resume {
    /// Nowhere: no id has been seen.
    Start,
    /// After this id, in the header `Last-Event-ID`.
    Header(Words),
    /// After this id, in the query.
    Query(Words),
}

/// The state machine.
///
/// ```
/// use everstream::internals::retry::Backoff;
/// use everstream::internals::session::{Action, Config, Input, Offer, ResumeBy, RetryOn, Session};
/// use everstream::{PauseReason, State, TransportChoice, WhenHidden};
///
/// let mut session = Session::new(Config {
///     retry: Backoff::default(),
///     retry_on: RetryOn::Resilient,
///     unsafe_to_repeat: false,
///     resend: false,
///     close_on_end: false,
///     has_until: false,
///     has_providers: false,
///     resume: ResumeBy::Auto,
///     last_event_id: String::new(),
///     transport: TransportChoice::Auto,
///     beyond_native: None,
///     same_origin: true,
///     offer: Offer { streaming: true, native: true, native_reconnects_cleanly: true, page: false },
///     prepare_timeout: None,
///     connect_timeout: None,
///     stall_timeout: None,
///     when_hidden: WhenHidden::GoOn,
///     hidden_grace: 60_000,
/// });
/// let (now, random) = (0, 0.5);
/// let actions = session.handle(Input::Open, now, random);
/// assert!(matches!(actions[..], [Action::Announce(State::Connecting { attempt: 1 }), Action::Connect(..), ..]));
///
/// let actions = session.handle(Input::Pause(PauseReason::User), now, random);
/// assert!(matches!(actions[..], [Action::Abort(_), Action::Disarm(_), Action::Announce(State::Paused { .. })]));
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    config: Config,
    clock: Clock,
    state: State,
    generation: Generation,
    /// Whether the current generation has something at the driver that an abort would end.
    live: bool,
    paused: PauseSet,
    cursor: String,
    /// This connection has brought an event.
    heard: bool,
    /// It has brought one when it was old enough to be a good one.
    good: bool,
    last_event_at: Option<u64>,
    server_retry: Option<u64>,
    /// Since when it is open.
    opened_at: u64,
    /// When the attempt that is waited for is due.
    due_at: u64,
    /// No attempt is brought forward to before this moment.
    spaced_until: u64,
    /// When its request was sent: after the functions for it had answered.
    requested_at: u64,
    /// No attempt before the server's `Retry-After` is over.
    held: Option<Held>,
    /// Retries in a row since the last good connection: what the delay grows by.
    retries: u32,
    /// Those of them that count against `max_retries`: not those made while offline.
    spent: u32,
    offline: bool,
    /// How long it was, or will be, waited for attempts since the stream was open last.
    waited: u64,
    /// An event was delivered that has no place in the stream: a server would begin before it again.
    has_no_place: bool,
    /// The providers were asked again after a 401, and no answer was accepted since.
    refreshed: bool,
    /// The providers are being asked again because of a 401.
    unauthorized: bool,
    /// A refused answer whose body is being read, or a failure that the user's function judges.
    pending: Option<Pending>,
    /// What the current connection, or the last one, is made with.
    transport: Option<(Transport, TransportReason)>,
    /// Why the native one is out of question.
    took_over: Option<TakeOver>,
    /// Whether the header `Last-Event-ID` reaches a server of another origin.
    preflight: Preflight,
    /// So many last tries have failed.
    denials: u8,
    /// The way in which the last request said where to go on.
    resumed_by: Way,
    /// The native one has not named an id yet: until then it says "" and means the place that its url asks for.
    inherits: bool,
    /// When the native one lost its connection, until it is heard of again.
    native_lost_at: Option<u64>,
    /// How often in a row it came back too fast.
    hasty: u32,
    /// The timer of the current generation.
    armed: Option<Timer>,
    /// When the last byte came.
    alive_at: u64,
    /// Consumers are behind, and what is not read can be asked for again.
    is_full: bool,
    /// The answer is complete. An answer that is the only one stays so, whoever asks for more of it.
    complete: bool,
    /// Since when the body of the current connection is not read for that reason.
    held_back: Option<u64>,
    /// A word was said about the answer that does not come.
    diagnosed: bool,
    /// The page is hidden.
    hidden: bool,
    /// Since when that is so, where it matters.
    hidden_since: Option<u64>,
    /// The end of the grace is being waited for.
    hidden_armed: bool,
    actions: Vec<Action>,
}

#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone)]
struct Pending {
    kind: ErrorKind,
    retry_after: Option<u64>,
    /// When it happened.
    at: u64,
}

/// Whether a request with `Last-Event-ID`, which asks another origin for permission first, is ever answered.
///
/// A failure alone proves nothing: the server may be down. Only where the query is answered and the header, asked for at once
/// after that, is not, the server refuses preflights. A server that knows the header alone, and would begin anew for the
/// query, has lost nothing by that: what it answered to the query was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preflight {
    /// So many requests in a row had no answer. From the second one on, header and query take turns.
    Unanswered(u8),
    /// The query was answered just now: this connection tries the header once more.
    LastTry(Generation),
    /// The header was answered once.
    Passed,
    /// It is not answered by a server that is there: a last try failed twice.
    Refused,
}

/// How a request says where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Header,
    /// By query, as the id or the option wants it; or not at all.
    Query,
    /// By query, because a header was not answered.
    QueryInTurn,
}

/// How long the server asked not to be asked, and with which answer.
#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone)]
struct Held {
    until: u64,
    cause: Cause,
}

/// What becomes of a failure.
enum Verdict {
    Retry,
    Final,
    AskUser,
    AskProviders,
}

impl Session {
    /// A session that has not been opened.
    #[must_use]
    pub fn new(mut config: Config) -> Session {
        Session {
            clock: Clock::default(),
            state: State::Idle,
            generation: Generation(0),
            live: false,
            paused: PauseSet::default(),
            cursor: mem::take(&mut config.last_event_id),
            heard: false,
            good: false,
            last_event_at: None,
            server_retry: None,
            opened_at: 0,
            due_at: 0,
            spaced_until: 0,
            requested_at: 0,
            held: None,
            retries: 0,
            spent: 0,
            offline: false,
            waited: 0,
            has_no_place: false,
            refreshed: false,
            unauthorized: false,
            pending: None,
            transport: None,
            took_over: None,
            preflight: Preflight::Unanswered(0),
            denials: 0,
            resumed_by: Way::Query,
            inherits: false,
            native_lost_at: None,
            hasty: 0,
            armed: None,
            alive_at: 0,
            is_full: false,
            complete: false,
            held_back: None,
            diagnosed: false,
            hidden: false,
            hidden_since: None,
            hidden_armed: false,
            actions: Vec::new(),
            config,
        }
    }

    /// Takes what happened and returns what is to be done, in that order.
    ///
    /// The clock of `now` may jump both ways; `random` is in `0.0..1.0`.
    pub fn handle(&mut self, input: Input, now: impl Into<Now>, random: f64) -> Vec<Action> {
        self.tell(input, now.into(), random);
        mem::take(&mut self.actions)
    }

    /// What is to be done next, for those who [`tell`](Self::tell).
    #[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
    pub(crate) fn next_action(&mut self) -> Option<Action> {
        (!self.actions.is_empty()).then(|| self.actions.remove(0))
    }

    /// Whether anything is to be done.
    #[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
    pub(crate) fn has_actions(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Takes what happened. What is to be done stays here.
    pub(crate) fn tell(&mut self, input: Input, now: Now, random: f64) {
        let now = self.clock.read(now);
        // Timers of hidden pages are late: the clock decides, whatever it is that happens. But a page that is shown before its timer
        // came keeps its stream, unless it must have slept.
        let late = if matches!(input, Input::Visible) { LATE_MS } else { 0 };
        self.pause_if_hidden_for_long(now, late);
        match input {
            Input::Open => self.open(now),
            Input::Prepared(from)
                if self.is_current(from) && self.live && matches!(self.state, State::Loading { .. }) =>
            {
                self.request(now);
            }
            Input::Answered(from, answer) if self.is_current(from) => self.answered(answer, now, random),
            Input::Peeked(from, body) if self.is_current(from) => self.peeked(body, now, random),
            Input::NativeOpened(from) if self.is_current(from) => self.native_opened(now),
            Input::NativeRetries(from) if self.is_current(from) => self.native_retries(now, random),
            Input::NativeClosed(from) if self.is_current(from) => self.native_closed(now, random),
            Input::Fired(_, Timer::Hidden) => self.hidden_fired(now),
            Input::Fired(from, timer) if self.is_current(from) && self.armed == Some(timer) => {
                self.armed = None;
                self.fired(timer, now, random);
            }
            Input::Judging(from) if self.is_current(from) => self.judging(),
            Input::Judged(from, judgement) if self.is_current(from) => self.judged(judgement, now, random),
            Input::Retry(from, ms) if self.is_current(from) => self.server_retry = Some(ms),
            Input::Complete => self.complete |= matches!(self.state, State::Open { .. }),
            Input::Ended(from) if self.is_current(from) => self.ended(now, random),
            Input::Full(from) => self.full(from, now),
            Input::Failed(from, kind) if self.is_current(from) => self.failed(kind, now, random),
            // Said by, or about, a connection that is gone.
            Input::Prepared(_)
            | Input::Answered(..)
            | Input::NativeOpened(_)
            | Input::NativeRetries(_)
            | Input::NativeClosed(_)
            | Input::Peeked(..)
            | Input::Judging(_)
            | Input::Judged(..)
            | Input::Retry(..)
            | Input::Ended(_)
            | Input::Failed(..)
            | Input::Fired(..) => {}
            Input::Room => self.room(now),
            Input::Pause(reason) => self.pause(reason, now),
            Input::Resume(reason) => self.resume(reason, now),
            Input::Hidden => self.hidden(now),
            Input::Visible => self.visible(now, random),
            Input::Online => self.online(now),
            Input::Offline => self.offline = true,
            Input::Reconnect => self.reconnect(now),
            Input::HearAll => self.hear_all(now),
            Input::Close(by) => self.close(by),
        }
    }

    /// An event, or a block that brings nothing but an id, is about to be handed over: moves the cursor.
    ///
    /// Returns `false` if the connection is no longer the current one, and then nothing may be handed over. This is
    /// [`handle`](Self::handle) for what happens most often: no actions follow from it. `id` is `None` where the event
    /// inherits its id. The cursor moves before the user sees the event, so that a handler that calls `reconnect()`, or
    /// fails, does not get the same event twice.
    pub fn hand_over(
        &mut self,
        from: Generation,
        id: Option<&str>,
        event: bool,
        now: impl Into<Now>,
    ) -> bool {
        if !self.is_current(from) {
            return false;
        }
        if id.is_some_and(|id| !id.is_empty()) {
            self.has_no_place = false;
        } else if event {
            self.has_no_place = true;
        }
        if let Some(id) = id {
            self.inherits &= id.is_empty();
            if !self.inherits {
                self.cursor.clear();
                self.cursor.push_str(id);
            }
        }
        if event {
            self.heard = true;
            let now = now.into();
            self.last_event_at = Some(now.wall);
            let now = self.clock.read(now);
            self.good |= self.age(now) >= GOOD_AFTER_WITH_EVENT;
        }
        true
    }

    /// A byte has come over the connection, a comment's included. Like [`hand_over`](Self::hand_over), for what happens
    /// most often.
    pub fn alive(&mut self, from: Generation, now: impl Into<Now>) {
        if self.is_current(from) {
            self.alive_at = self.clock.read(now.into());
        }
    }

    /// What the current connection, or the last one, is made with, and why.
    #[must_use]
    pub fn transport(&self) -> Option<(Transport, TransportReason)> {
        self.transport
    }

    /// What the source is doing.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether this is the generation of the connection that counts.
    #[must_use]
    pub fn is_current(&self, generation: Generation) -> bool {
        self.generation == generation
    }

    /// The id of the last event handed over: where the next connection goes on.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.cursor
    }

    /// When the last event was handed over, in milliseconds since 1970.
    #[must_use]
    pub fn last_event_at(&self) -> Option<u64> {
        self.last_event_at
    }

    /// Who asks for a pause.
    #[must_use]
    pub fn paused(&self) -> PauseSet {
        self.paused
    }

    /// Hashes what the future depends on, for a search that meets the same situation at another time: moments as
    /// distances from now, and nothing beyond the point where a longer one makes no difference.
    #[cfg(any(test, feature = "testing"))]
    #[doc(hidden)]
    pub fn fingerprint(&self, now: impl Into<Now>, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        let now = self.clock.peek(now.into());
        let ago = |then: u64, at_most: u64| (i128::from(now) - i128::from(then)).min(i128::from(at_most));
        mem::discriminant(&self.state).hash(hasher);
        match self.state {
            State::Open { transport, .. } => (transport as u8, ago(self.opened_at, GOOD_AFTER)).hash(hasher),
            State::Waiting { until, .. } => until.map(|_| ago(self.due_at, 0)).hash(hasher),
            _ => {}
        }
        (self.live, self.paused.iter().count(), self.heard, self.good, self.server_retry).hash(hasher);
        self.paused.iter().for_each(|reason| (reason as u8).hash(hasher));
        self.cursor.hash(hasher);
        let Config { prepare_timeout, connect_timeout, .. } = self.config;
        let patience = DIAGNOSE_AFTER.max(prepare_timeout.unwrap_or(0)).max(connect_timeout.unwrap_or(0));
        (ago(self.spaced_until, 0), ago(self.requested_at, patience)).hash(hasher);
        self.held.as_ref().map(|held| ago(held.until, 0)).hash(hasher);
        (self.retries, self.offline, self.refreshed, self.unauthorized).hash(hasher);
        self.config.retry.patience.map(|_| self.waited).hash(hasher);
        (self.config.close_on_end && self.has_no_place, self.complete).hash(hasher);
        self.config.retry.max_retries.map(|_| self.spent).hash(hasher);
        if let Some(Pending { kind, retry_after, at }) = &self.pending {
            let status = if let ErrorKind::Status { status, .. } = kind { *status } else { 0 };
            (mem::discriminant(kind), status, retry_after, ago(*at, LEAVE_MS)).hash(hasher);
        }
        (self.took_over.map(|why| why as u8), self.config.beyond_native.is_some()).hash(hasher);
        let is_last_try = matches!(self.preflight, Preflight::LastTry(from) if self.is_current(from));
        let preflight =
            if let Preflight::Unanswered(times) = self.preflight { times.min(2 + times % 2) } else { 0 };
        (mem::discriminant(&self.preflight), is_last_try, preflight).hash(hasher);
        (self.resumed_by, self.denials, self.hidden).hash(hasher);
        (self.inherits, self.native_lost_at.map(|then| ago(then, HASTY)), self.hasty).hash(hasher);
        (self.armed.map(|timer| timer as u8), self.diagnosed, self.hidden_armed).hash(hasher);
        self.config.stall_timeout.map(|after| ago(self.alive_at, after)).hash(hasher);
        (self.is_full, self.held_back.map(|since| ago(since, DIAGNOSE_AFTER))).hash(hasher);
        self.hidden_since.map(|since| ago(since, self.config.hidden_grace)).hash(hasher);
    }

    fn open(&mut self, now: u64) {
        if matches!(self.state, State::Idle) {
            self.run(now, 0);
        }
    }

    /// Goes from no connection to whatever is right now: a pause, the rest of a `Retry-After` or of what is to lie between
    /// attempts, or an attempt.
    fn run(&mut self, now: u64, spacing: u64) {
        if !self.paused.is_empty() {
            self.enter(State::Paused { by: self.paused });
            return;
        }
        let rest = spacing.max(self.held_for(now));
        if rest > 0 {
            let cause = self.held.as_ref().map_or(Cause::Unknown, |held| held.cause.clone());
            self.wait_until(now.saturating_add(rest), now, cause);
        } else {
            self.start(now);
        }
    }

    /// How much of the server's `Retry-After` is left, in milliseconds.
    fn held_for(&self, now: u64) -> u64 {
        self.held.as_ref().map_or(0, |held| held.until.saturating_sub(now))
    }

    /// Starts an attempt. Nothing of an earlier one is alive.
    fn start(&mut self, now: u64) {
        self.cut_wait(now);
        self.advance();
        self.spaced_until = now.saturating_add(SPACING);
        self.has_no_place = false;
        self.held = None;
        if self.config.has_providers {
            let preparation = Preparation { number: self.attempt(), unauthorized: self.unauthorized };
            self.live = true;
            self.enter(State::Loading { attempt: self.attempt() });
            self.actions.push(Action::Prepare(self.generation, preparation));
            self.requested_at = now;
            self.arm(
                Timer::Connect,
                self.config.prepare_timeout.map_or(DIAGNOSE_AFTER, |ms| ms.min(DIAGNOSE_AFTER)),
            );
        } else {
            self.request(now);
        }
    }

    fn request(&mut self, now: u64) {
        self.requested_at = now;
        self.unauthorized = false;
        // A last try that did not come at once proves nothing any more: it is the turn of the query again.
        if matches!(self.preflight, Preflight::LastTry(from) if !self.is_current(from)) {
            self.preflight = Preflight::Unanswered(2);
        }
        let (transport, reason) = choose(&self.config, self.took_over);
        let (resumed_by, resume) = self.resume_from(transport);
        self.resumed_by = resumed_by;
        let Some(resume) = resume else {
            let last_event_id = words(self.cursor.as_str());
            self.close(ClosedBy::Fatal(Error::fatal(ErrorKind::Resume { last_event_id })));
            return;
        };
        self.transport = Some((transport, reason));
        self.inherits = transport == Transport::EventSource;
        self.native_lost_at = None;
        self.live = true;
        self.enter(State::Connecting { attempt: self.attempt() });
        self.actions.push(Action::Connect(self.generation, transport, resume));
        self.watch_for_answer(0);
    }

    /// Waits for the next moment at which an answer is overdue, when `waited` milliseconds are over.
    fn watch_for_answer(&mut self, waited: u64) {
        let patience = self.config.connect_timeout.unwrap_or(u64::MAX);
        let due = if self.diagnosed { patience } else { patience.min(DIAGNOSE_AFTER) };
        if due < u64::MAX {
            self.arm(Timer::Connect, due.saturating_sub(waited));
        }
    }

    fn fired(&mut self, timer: Timer, now: u64, random: f64) {
        match timer {
            Timer::Retry => self.start(now),
            Timer::Peek => self.peeked(Words::default(), now, random),
            Timer::Connect if matches!(self.state, State::Loading { .. }) => self.unprepared(now, random),
            Timer::Connect => self.unanswered(now, random),
            Timer::Stall => self.check_stall(now, random),
            Timer::Hold => {
                let after = self.held_back.map_or(0, |since| now.saturating_sub(since));
                self.actions.push(Action::Diagnose(self.generation, Diagnostic::NotRead { after }));
            }
            Timer::Leave => {
                if let Some(pending) = self.pending.take() {
                    self.lost(pending, now, random);
                }
            }
            Timer::Hidden => {}
        }
    }

    /// Functions have not answered. They may ask people: without a time-out, that is no failure.
    fn unprepared(&mut self, now: u64, random: f64) {
        let after = now.saturating_sub(self.requested_at);
        let rest = self.config.prepare_timeout.map(|timeout| timeout.saturating_sub(after));
        if rest == Some(0) {
            let message = words("no answer for as long as `prepare_timeout` says");
            self.failed(ErrorKind::Provider { option: "", message }, now, random);
            return;
        }
        self.actions.push(Action::Diagnose(self.generation, Diagnostic::NotPrepared { after }));
        if let Some(rest) = rest {
            self.arm(Timer::Connect, rest);
        }
    }

    fn unanswered(&mut self, now: u64, random: f64) {
        let waited = now.saturating_sub(self.requested_at);
        if let Some(after) = self.config.connect_timeout.filter(|timeout| waited >= *timeout) {
            self.failed(ErrorKind::ConnectTimeout { after }, now, random);
            return;
        }
        if waited >= DIAGNOSE_AFTER && !mem::replace(&mut self.diagnosed, true) {
            self.actions.push(Action::Diagnose(self.generation, Diagnostic::NoAnswer { after: waited }));
        }
        self.watch_for_answer(waited);
    }

    /// Consumers are behind. The body waits for them where what is lost by that can be asked for again: engines keep what is not
    /// read where nobody sees it, and one (Chromium) throws it away when the connection is cut.
    fn full(&mut self, from: Generation, now: u64) {
        let is_native = matches!(self.transport, Some((Transport::EventSource, _)));
        if is_native || !self.may_repeat() || self.cursor.is_empty() || mem::replace(&mut self.is_full, true)
        {
            return;
        }
        // A listener may have made another connection, which is held when it opens.
        if self.is_current(from) && matches!(self.state, State::Open { .. }) {
            self.actions.push(Action::Hold(self.generation));
            self.hold(now);
        }
    }

    fn hold(&mut self, now: u64) {
        self.held_back = Some(now);
        self.arm(Timer::Hold, DIAGNOSE_AFTER);
    }

    /// They are not any more.
    fn room(&mut self, now: u64) {
        self.is_full = false;
        if self.held_back.take().is_some() && matches!(self.state, State::Open { .. }) {
            self.disarm();
            self.read(now);
        }
    }

    /// Reads on; silence counts from now.
    fn read(&mut self, now: u64) {
        self.actions.push(Action::Read(self.generation));
        if let Some(after) = self.config.stall_timeout {
            self.alive_at = now;
            self.arm(Timer::Stall, after);
        }
    }

    /// Fails the connection if no byte came for too long; otherwise looks again when that could be the case.
    fn check_stall(&mut self, now: u64, random: f64) {
        let Some(after) = self.config.stall_timeout else { return };
        let silent = now.saturating_sub(self.alive_at);
        if silent >= after {
            self.failed(ErrorKind::Stalled { after }, now, random);
        } else {
            self.arm(Timer::Stall, after - silent);
        }
    }

    /// How to say where to go on; `None` if it cannot be said in the way the user insists on.
    fn resume_from(&self, transport: Transport) -> (Way, Option<Resume>) {
        let id = self.cursor.as_str();
        if id.is_empty() {
            return (Way::Query, Some(Resume::Start));
        }
        // Everything else is either refused by fetch, sent as different bytes by different engines, or trimmed away.
        let fits = transport == Transport::Fetch
            && id.len() <= HEADER_ID_BYTES
            && id.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
            && !id.starts_with(' ')
            && !id.ends_with(' ');
        match self.config.resume {
            ResumeBy::Auto if fits && self.is_turn_of_the_query() => {
                (Way::QueryInTurn, Some(Resume::Query(words(id))))
            }
            ResumeBy::Auto | ResumeBy::Header if fits => (Way::Header, Some(Resume::Header(words(id)))),
            ResumeBy::Auto | ResumeBy::Query => (Way::Query, Some(Resume::Query(words(id)))),
            ResumeBy::Header => (Way::Header, None),
        }
    }

    /// Whether the query is asked for in place of a header that another origin may not allow.
    fn is_turn_of_the_query(&self) -> bool {
        match self.preflight {
            // A request with a body is not sent once more to find out.
            Preflight::Unanswered(times) => {
                times >= 2
                    && times.is_multiple_of(2)
                    && !self.config.same_origin
                    && !self.config.unsafe_to_repeat
            }
            Preflight::Refused => true,
            Preflight::LastTry(_) | Preflight::Passed => false,
        }
    }

    /// HTML, 9.2.2, "process the response": 200, `text/event-stream`, and something to read.
    fn answered(&mut self, answer: Answer, now: u64, random: f64) {
        if !matches!(self.state, State::Connecting { .. }) || self.pending.is_some() {
            return;
        }
        // Whatever the browser believes.
        self.offline = false;
        if self.resumed_by == Way::Header {
            self.preflight = Preflight::Passed;
        }
        let kind = if answer.status == 204 {
            // "Stop", to a feed. As the one answer it lacks what makes it complete.
            let lacks = self.config.has_until && self.config.close_on_end && !self.complete;
            self.close(if lacks {
                ClosedBy::Fatal(Error::fatal(ErrorKind::Incomplete { body: None }))
            } else {
                ClosedBy::Server
            });
            return;
        } else if answer.status != 200 {
            ErrorKind::Status { status: answer.status, body: Words::default(), response: answer.response }
        } else if !is_event_stream(&answer.content_type) {
            ErrorKind::ContentType {
                found: words(answer.content_type),
                body: Words::default(),
                response: answer.response,
            }
        } else if !answer.has_body {
            ErrorKind::NoBody
        } else if self.resumed_by == Way::QueryInTurn && self.preflight != Preflight::Refused {
            // A server that knows the header alone would begin anew here.
            self.abort();
            self.disarm();
            self.preflight = Preflight::LastTry(self.generation.next());
            self.start(now);
            return;
        } else {
            self.opened(Transport::Fetch, now);
            if self.is_full {
                self.hold(now);
            } else {
                self.read(now);
            }
            return;
        };
        self.pending = Some(Pending { kind, retry_after: answer.retry_after, at: now });
        if answer.has_body {
            self.arm(Timer::Peek, PEEK_MS);
            self.actions.push(Action::Peek(self.generation));
        } else {
            self.peeked(Words::default(), now, random);
        }
    }

    /// The body of a refused answer is known as far as it will be.
    fn peeked(&mut self, text: Words, now: u64, random: f64) {
        // Without `live` the failure is already with the user's function.
        let Some(mut pending) = self.pending.take_if(|_| self.live) else { return };
        if let ErrorKind::Status { body, .. } | ErrorKind::ContentType { body, .. } = &mut pending.kind {
            *body = text;
        }
        pending.at = now;
        self.lost(pending, now, random);
    }

    fn opened(&mut self, transport: Transport, now: u64) {
        self.disarm();
        self.diagnosed = false;
        self.held_back = None;
        self.waited = 0;
        self.refreshed = false;
        self.complete &= self.config.close_on_end;
        self.opened_at = now;
        self.enter(State::Open { transport, since: self.clock.on_the_wall(now) });
    }

    fn native_opened(&mut self, now: u64) {
        if matches!(self.state, State::Connecting { .. } | State::Waiting { .. }) {
            self.note_return(now);
            self.offline = false;
            self.opened(Transport::EventSource, now);
        }
    }

    /// The native one is heard of again.
    fn note_return(&mut self, now: u64) {
        if let Some(lost_at) = self.native_lost_at.take() {
            let hasty = now.saturating_sub(lost_at) < HASTY;
            self.hasty = if hasty { self.hasty.saturating_add(1) } else { 0 };
        }
    }

    /// Its own retry is left alone while it is sane: it alone can resume by header without a preflight.
    fn native_retries(&mut self, now: u64, random: f64) {
        self.note_return(now);
        self.settle(now);
        let take_over = if !self.config.offer.native_reconnects_cleanly {
            Some(TakeOver::Unsound)
        } else if self.hasty >= HASTY_TIMES {
            Some(TakeOver::Storm)
        } else {
            None
        };
        let cause = Cause::Failed(Error { kind: ErrorKind::native(), will_retry: true });
        if take_over.is_some() {
            self.took_over = take_over;
            self.abort();
            self.wait(cause, None, now, now, random);
        } else if self.spend(&cause) {
            self.disarm();
            self.retries = self.retries.saturating_add(1);
            self.native_lost_at = Some(now);
            self.enter(State::Waiting { attempt: self.attempt(), until: None, cause });
        }
    }

    /// It says neither why nor whether it is worth trying again. By the standard that is the end. Otherwise fetch asks, in an
    /// attempt like any other that costs no retry, and what is told as an error is its answer.
    fn native_closed(&mut self, now: u64, random: f64) {
        self.settle(now);
        if self.config.retry_on == RetryOn::Standard {
            self.close(ClosedBy::Fatal(Error::fatal(ErrorKind::native())));
        } else if self.config.offer.streaming {
            self.took_over = Some(TakeOver::Closed);
            self.abort();
            let delay = self.config.retry.delay(self.retries, self.server_retry, None, random);
            self.back_off(Cause::Unknown, None, now, now, delay);
        } else {
            self.lost(Pending { kind: ErrorKind::native(), retry_after: None, at: now }, now, random);
        }
    }

    /// What is being judged is over, whatever comes of it.
    fn judging(&mut self) {
        if !self.live && self.pending.is_some() {
            self.enter(State::Loading { attempt: self.attempt().saturating_add(1) });
        }
    }

    fn judged(&mut self, judgement: Ruling, now: u64, random: f64) {
        let Some(Pending { kind, retry_after, at }) = self.pending.take() else { return };
        let cause = |kind| Cause::Failed(Error { kind, will_retry: true });
        match judgement {
            Ruling::Final => self.close(ClosedBy::Fatal(Error::fatal(kind))),
            Ruling::Retry => self.wait(cause(kind), retry_after, at, now, random),
            Ruling::RetryAfter(ms) if self.spend(&cause(kind.clone())) => {
                let delay = ms.max(SERVER_RETRY_FLOOR);
                self.back_off(cause(kind), retry_after, at, now, delay);
            }
            Ruling::RetryAfter(_) => {}
        }
    }

    fn ended(&mut self, now: u64, random: f64) {
        match self.state {
            State::Open { .. } if self.config.has_until && !self.complete => {
                self.failed(ErrorKind::Incomplete { body: None }, now, random);
            }
            State::Open { .. } => {
                self.settle(now);
                if self.config.close_on_end {
                    self.close(ClosedBy::Ended);
                } else {
                    self.abort();
                    self.wait(Cause::Ended, None, now, now, random);
                }
            }
            State::Connecting { .. } if self.pending.is_some() => self.peeked(Words::default(), now, random),
            _ => {}
        }
    }

    fn failed(&mut self, kind: ErrorKind, now: u64, random: f64) {
        match self.state {
            State::Connecting { .. } if self.pending.is_some() => self.peeked(Words::default(), now, random),
            State::Open { .. } if self.complete => self.ended(now, random),
            State::Loading { .. }
            | State::Connecting { .. }
            | State::Open { .. }
            | State::Waiting { until: None, .. }
                if self.live =>
            {
                self.settle(now);
                let is_network = matches!(kind, ErrorKind::Network { .. });
                if (is_network || matches!(kind, ErrorKind::ConnectTimeout { .. }))
                    && self.is_header_refused()
                {
                    self.abort();
                    self.disarm();
                    self.start(now);
                    return;
                }
                let lost = Pending { kind, retry_after: None, at: now };
                if is_network && self.is_sent() && self.config.offer.page {
                    // A page that is left cancels its requests before it says so.
                    self.abort();
                    self.disarm();
                    self.advance();
                    self.pending = Some(lost);
                    self.arm(Timer::Leave, LEAVE_MS);
                } else {
                    self.lost(lost, now, random);
                }
            }
            _ => {}
        }
    }

    /// A request was not answered. Whether that proves that the server, which is there, refuses the header.
    fn is_header_refused(&mut self) -> bool {
        if !matches!(self.state, State::Connecting { .. }) {
            return false;
        }
        match self.preflight {
            // Of this very request: those that did not come at once do not count.
            Preflight::LastTry(_) => {
                self.denials += 1;
                // The first time it may have been chance: it is the turn of the query once more.
                let is_refused = self.denials >= DENIALS;
                self.preflight = if is_refused { Preflight::Refused } else { Preflight::Unanswered(2) };
                is_refused
            }
            Preflight::Unanswered(times) => {
                if self.resumed_by != Way::Query {
                    self.preflight = Preflight::Unanswered(times.saturating_add(1));
                }
                false
            }
            _ => false,
        }
    }

    /// The connection is of no use any more: ends it and decides what follows.
    fn lost(&mut self, mut lost: Pending, now: u64, random: f64) {
        self.abort();
        self.disarm();
        if self.is_in_the_middle()
            && !matches!(
                lost.kind,
                ErrorKind::Limit(_) | ErrorKind::Overflow { .. } | ErrorKind::Incomplete { .. }
            )
        {
            lost.kind = ErrorKind::Incomplete { body: None };
        }
        match self.verdict(&lost.kind) {
            Verdict::Retry => {
                let error = Error { kind: lost.kind, will_retry: true };
                self.wait(Cause::Failed(error), lost.retry_after, lost.at, now, random);
            }
            Verdict::Final => self.close(ClosedBy::Fatal(Error::fatal(lost.kind))),
            Verdict::AskUser => {
                self.advance();
                self.actions.push(Action::Judge(self.generation, Error::fatal(lost.kind.clone())));
                self.pending = Some(lost);
            }
            Verdict::AskProviders => {
                self.refreshed = true;
                self.unauthorized = true;
                self.start(now);
            }
        }
    }

    fn verdict(&self, kind: &ErrorKind) -> Verdict {
        match kind {
            // A 401 is asked about once, and only functions can answer differently the second time.
            ErrorKind::Status { status: 401, .. }
                if self.config.has_providers
                    && !self.refreshed
                    && self.config.retry_on != RetryOn::Standard =>
            {
                Verdict::AskProviders
            }
            // Trying again cannot help: the next connection would meet the same event, or option.
            ErrorKind::Limit(_) | ErrorKind::Overflow { .. } | ErrorKind::Option { .. } => Verdict::Final,
            _ if self.is_in_the_middle() => Verdict::Final,
            _ if self.config.retry_on == RetryOn::Asked => Verdict::AskUser,
            // Whoever waits for one answer is told at once ("please log in").
            ErrorKind::Provider { .. } if self.config.close_on_end => Verdict::Final,
            ErrorKind::Provider { .. } => Verdict::Retry,
            _ if self.config.retry_on == RetryOn::Resilient && self.was_not_acted_on(kind) => Verdict::Retry,
            _ if !self.may_repeat() => Verdict::Final,
            ErrorKind::Status { status: 408 | 425 | 500..=599, .. }
                if self.config.retry_on == RetryOn::Resilient =>
            {
                Verdict::Retry
            }
            ErrorKind::Network { .. }
            | ErrorKind::Stalled { .. }
            | ErrorKind::ConnectTimeout { .. }
            | ErrorKind::Incomplete { .. } => Verdict::Retry,
            _ => Verdict::Final,
        }
    }

    /// Whether the server said that it did not act on the request. Of anything else nobody knows.
    fn was_not_acted_on(&self, kind: &ErrorKind) -> bool {
        match kind {
            ErrorKind::Status { status: 429 | 503 | 529, .. } => true,
            // It is in the way of itself: what language models' own clients repeat.
            ErrorKind::Status { status: 409, .. } => self.config.unsafe_to_repeat,
            _ => false,
        }
    }

    /// Waits for the next attempt, or gives up.
    fn wait(&mut self, cause: Cause, retry_after: Option<u64>, since: u64, now: u64, random: f64) {
        if self.spend(&cause) {
            let delay = self.config.retry.delay(self.retries, self.server_retry, retry_after, random);
            self.back_off(cause, retry_after, since, now, delay);
        }
    }

    /// Waits for the next attempt, counted from when the last one failed, but not less than `Retry-After` says.
    fn back_off(&mut self, cause: Cause, retry_after: Option<u64>, since: u64, now: u64, delay: u64) {
        self.retries = self.retries.saturating_add(1);
        let held = retry_after.map(|ms| since.saturating_add(ms.min(RETRY_AFTER_CEILING)));
        self.held = held.map(|until| Held { until, cause: cause.clone() });
        let until = since.saturating_add(delay).max(held.unwrap_or(0));
        let waited = self.waited.saturating_add(until.saturating_sub(now));
        if self.config.retry.patience.is_some_and(|patience| waited > patience) {
            self.exhaust(&cause);
        } else {
            self.wait_until(until, now, cause);
        }
    }

    /// Takes one retry from the budget. Where none is left it closes and returns `false`.
    fn spend(&mut self, cause: &Cause) -> bool {
        if self.offline {
            return true;
        }
        if self.config.retry.max_retries.is_some_and(|max| self.spent >= max) {
            self.exhaust(cause);
            return false;
        }
        self.spent = self.spent.saturating_add(1);
        true
    }

    fn exhaust(&mut self, cause: &Cause) {
        self.close(ClosedBy::Exhausted(match cause {
            Cause::Failed(error) => Cause::Failed(Error::fatal(error.kind.clone())),
            Cause::Ended | Cause::Unknown => Cause::Ended,
        }));
    }

    fn wait_until(&mut self, until: u64, now: u64, cause: Cause) {
        self.disarm();
        self.cut_wait(now);
        self.waited = self.waited.saturating_add(until.saturating_sub(now));
        self.advance();
        self.arm(Timer::Retry, until.saturating_sub(now));
        self.due_at = until;
        let until = Some(self.clock.on_the_wall(until));
        self.enter(State::Waiting { attempt: self.attempt(), until, cause });
    }

    /// What is left of a wait is not waited for.
    fn cut_wait(&mut self, now: u64) {
        if matches!(self.state, State::Waiting { until: Some(_), .. }) {
            self.waited = self.waited.saturating_sub(self.due_at.saturating_sub(now));
            self.due_at = self.due_at.min(now);
        }
    }

    fn pause(&mut self, reason: PauseReason, now: u64) {
        if matches!(self.state, State::Closed { .. }) || self.paused.contains(reason) {
            return;
        }
        if !self.may_repeat() {
            match reason {
                // The stream would not survive this, and must not be asked for a second time.
                PauseReason::Frozen | PauseReason::Cached if self.is_sent() => {
                    self.close(if self.complete && matches!(self.state, State::Open { .. }) {
                        ClosedBy::Ended
                    } else {
                        ClosedBy::Fatal(Error::fatal(ErrorKind::Interrupted))
                    });
                    return;
                }
                _ => {}
            }
        }
        self.paused.insert(reason);
        match self.state {
            State::Idle => return,
            // Whoever had a stream need not wait for another.
            State::Open { .. } => self.spaced_until = 0,
            _ => {}
        }
        self.stop(now);
        self.enter(State::Paused { by: self.paused });
    }

    fn resume(&mut self, reason: PauseReason, now: u64) {
        if !self.paused.contains(reason) || matches!(self.state, State::Closed { .. }) {
            return;
        }
        self.paused.remove(reason);
        if !matches!(self.state, State::Idle) {
            // Whoever pauses and resumes must not make a request each time.
            self.run(now, self.spaced_until.saturating_sub(now));
        }
    }

    fn hidden(&mut self, now: u64) {
        self.hidden = true;
        let closed = matches!(self.state, State::Closed { .. });
        if closed || self.hidden_since.is_some() || !self.can_pause_when_hidden() {
            return;
        }
        self.hidden_since = Some(now);
        self.wait_for_grace(self.config.hidden_grace);
        // Without a grace that is now.
        self.pause_if_hidden_for_long(now, 0);
    }

    /// Never for a request that would have to be sent a second time.
    fn can_pause_when_hidden(&self) -> bool {
        self.config.when_hidden != WhenHidden::GoOn && self.may_repeat()
    }

    /// Whether the request may be sent again whatever became of it.
    fn may_repeat(&self) -> bool {
        (!self.config.unsafe_to_repeat || self.config.resend) && !self.is_in_the_middle()
    }

    /// Whether one answer has begun that would begin anew if it was asked for once more.
    pub(crate) fn is_in_the_middle(&self) -> bool {
        self.config.close_on_end && self.has_no_place
    }

    fn wait_for_grace(&mut self, ms: u64) {
        self.hidden_armed = true;
        self.actions.push(Action::Arm(self.generation, Timer::Hidden, ms));
    }

    fn stop_waiting_for_grace(&mut self) {
        if mem::take(&mut self.hidden_armed) {
            self.actions.push(Action::Disarm(Timer::Hidden));
        }
    }

    /// `pause_if_hidden_for_long` came first; if there was no pause, it may be due later.
    fn hidden_fired(&mut self, now: u64) {
        if !mem::take(&mut self.hidden_armed) {
            return;
        }
        if let Some(since) = self.hidden_since {
            let grace = self.config.hidden_grace;
            let rest = grace.saturating_sub(now.saturating_sub(since));
            // Without an id so far it is worth another look after the same time.
            self.wait_for_grace(if rest > 0 { rest } else { grace.max(SPACING) });
        }
    }

    fn pause_if_hidden_for_long(&mut self, now: u64, late: u64) {
        let Some(since) = self.hidden_since else { return };
        let resumable = self.config.when_hidden == WhenHidden::Pause || !self.cursor.is_empty();
        // (An answer may have begun meanwhile that would begin anew.)
        let resumable = resumable && self.can_pause_when_hidden();
        if now.saturating_sub(since) >= self.config.hidden_grace.saturating_add(late) && resumable {
            self.stop_waiting_for_grace();
            self.pause(PauseReason::Hidden, now);
        }
    }

    fn visible(&mut self, now: u64, random: f64) {
        self.hidden_since = None;
        self.stop_waiting_for_grace();
        self.resume(PauseReason::Hidden, now);
        if self.armed == Some(Timer::Stall) {
            self.check_stall(now, random);
        }
        if mem::take(&mut self.hidden) {
            self.bring_forward(now);
        }
    }

    fn online(&mut self, now: u64) {
        self.offline = false;
        if matches!(self.state, State::Waiting { until: Some(_), .. }) {
            self.retries = 0;
            self.bring_forward(now);
        }
    }

    /// There is a reason to try again sooner: cuts the wait, but not what the server asked for by `Retry-After`.
    fn bring_forward(&mut self, now: u64) {
        let State::Waiting { until: Some(_), cause, .. } = &self.state else { return };
        // A network, or a tab, that comes and goes must not make a request each time.
        let spacing = self.spaced_until.saturating_sub(now);
        let rest = self.due_at.saturating_sub(now).min(spacing).max(self.held_for(now));
        if rest > 0 {
            let cause = cause.clone();
            self.wait_until(now.saturating_add(rest), now, cause);
        } else {
            self.disarm();
            self.start(now);
        }
    }

    fn reconnect(&mut self, now: u64) {
        if matches!(self.state, State::Idle | State::Paused { .. } | State::Closed { .. }) {
            return;
        }
        self.stop(now);
        (self.retries, self.spent) = (0, 0);
        self.refreshed &= !self.may_repeat();
        self.run(now, 0);
    }

    /// The native transport, which brings nothing but the types that it was asked for, gives way where it may.
    fn hear_all(&mut self, now: u64) {
        self.config.beyond_native.get_or_insert("every event");
        let is_native = matches!(self.transport, Some((Transport::EventSource, _)));
        if self.live
            && is_native
            && !self.is_in_the_middle()
            && choose(&self.config, self.took_over).0 == Transport::Fetch
        {
            self.stop(now);
            self.start(now);
        }
    }

    fn close(&mut self, by: ClosedBy) {
        if matches!(self.state, State::Closed { .. }) {
            return;
        }
        self.abort();
        self.disarm();
        self.hidden_since = None;
        self.stop_waiting_for_grace();
        self.pending = None;
        self.advance();
        self.enter(State::Closed { by });
    }

    /// Ends whatever is under way, without a word about what follows.
    fn stop(&mut self, now: u64) {
        self.settle(now);
        self.cut_wait(now);
        self.abort();
        self.disarm();
        // What a refusal asked for holds, also while it was still being looked at.
        if let Some(Pending { kind, retry_after: Some(ms), at }) = self.pending.take() {
            let until = at.saturating_add(ms.min(RETRY_AFTER_CEILING));
            self.held = Some(Held { until, cause: Cause::Failed(Error { kind, will_retry: true }) });
        }
        self.advance();
    }

    /// If the connection that is about to end was a good one, failures count anew.
    ///
    /// `open` alone proves nothing: a server that accepts and drops would be asked without pause.
    fn settle(&mut self, now: u64) {
        let age = self.age(now);
        let (good, heard) = (mem::take(&mut self.good), mem::take(&mut self.heard));
        if good || age >= GOOD_AFTER || (heard && age >= GOOD_AFTER_WITH_EVENT) {
            self.retries = 0;
            self.spent = 0;
            self.hasty = 0;
        }
    }

    /// How long the connection has been open, in milliseconds.
    fn age(&self, now: u64) -> u64 {
        match self.state {
            State::Open { .. } => now.saturating_sub(self.opened_at),
            _ => 0,
        }
    }

    /// Ends the connection. Whatever follows gives up its generation.
    fn abort(&mut self) {
        if mem::take(&mut self.live) {
            self.actions.push(Action::Abort(self.generation));
            if let Some((Transport::EventSource, _)) = self.transport {
                // A new one could not say where to go on.
                self.took_over.get_or_insert(TakeOver::Stopped);
            }
        }
    }

    fn arm(&mut self, timer: Timer, ms: u64) {
        self.armed = Some(timer);
        self.actions.push(Action::Arm(self.generation, timer, ms));
    }

    fn disarm(&mut self) {
        if let Some(timer) = self.armed.take() {
            self.actions.push(Action::Disarm(timer));
        }
    }

    /// From now on, whatever was said to or by the driver until here belongs to the past.
    fn advance(&mut self) {
        self.generation = self.generation.next();
    }

    /// Whether there is a request that the server may have acted on.
    fn is_sent(&self) -> bool {
        match self.state {
            State::Connecting { .. } | State::Open { .. } => true,
            // Its failure is being judged, if it was sent at all.
            State::Loading { .. } => self.pending.as_ref().is_some_and(|lost| {
                !matches!(lost.kind, ErrorKind::Provider { .. }) && !self.was_not_acted_on(&lost.kind)
            }),
            _ => false,
        }
    }

    fn attempt(&self) -> u32 {
        self.retries.saturating_add(1)
    }

    fn enter(&mut self, state: State) {
        if !self.state.is_repeated_by(&state) {
            self.actions.push(Action::Announce(state.clone()));
            self.state = state;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
