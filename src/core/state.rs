//! What a source is doing, and why.

use std::fmt;

use super::transport::Transport;
use crate::error::Error;

/// What a source is doing, in one value that says why.
///
/// Times are milliseconds since 1970, as `Date.now()` has them. The first connection is attempt 1, and the n-th retry in a
/// row is attempt n + 1. Retries are counted anew after a good connection (one that was open for 5 s, or for 1 s with an
/// event), when the browser is online again, and by `reconnect()`.
///
/// ```
/// use everstream::{ReadyState, State};
///
/// let state = State::Connecting { attempt: 1 };
/// assert_eq!(state.ready_state(), ReadyState::Connecting);
/// assert_eq!(state.name(), "connecting");
/// assert_eq!(state.to_string(), "connecting, attempt 1");
/// ```
#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Not opened yet.
    Idle,
    /// A function for the url or the headers has been asked and has not answered yet, or the one that judges failures has not.
    Loading {
        /// The attempt this is for.
        attempt: u32,
    },
    /// A request is on its way; its answer has not been accepted yet.
    Connecting {
        /// Which attempt this is.
        attempt: u32,
    },
    /// Events arrive.
    Open {
        /// What carries them.
        transport: Transport,
        /// When the answer was accepted.
        since: u64,
    },
    /// No connection; the next attempt is due.
    Waiting {
        /// Which attempt it will be.
        attempt: u32,
        /// When it is due; `None` where the browser's own `EventSource` waits, which does not say how long.
        until: Option<u64>,
        /// Why the last one ended.
        cause: Cause,
    },
    /// No connection and no attempt until nobody asks for the pause any more.
    Paused {
        /// Who asks for it.
        by: PauseSet,
    },
    /// The end. Nothing connects and nothing is delivered any more.
    Closed {
        /// Who ended it.
        by: ClosedBy,
    },
}

impl State {
    /// The `readyState` of the standard (HTML, 9.2.2), where everything but open and closed is connecting.
    ///
    /// ```
    /// # use everstream::{ClosedBy, ReadyState, State};
    /// assert_eq!(State::Closed { by: ClosedBy::User }.ready_state() as u16, 2);
    /// ```
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        match self {
            State::Open { .. } => ReadyState::Open,
            State::Closed { .. } => ReadyState::Closed,
            _ => ReadyState::Connecting,
        }
    }

    /// One word for the state, in lower case: `idle`, `loading`, `connecting`, `open`, `waiting`, `paused`, `closed`.
    ///
    /// ```
    /// assert_eq!(everstream::State::Idle.name(), "idle");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Loading { .. } => "loading",
            State::Connecting { .. } => "connecting",
            State::Open { .. } => "open",
            State::Waiting { .. } => "waiting",
            State::Paused { .. } => "paused",
            State::Closed { .. } => "closed",
        }
    }

    /// The error behind this state: why it waits, or why it is closed.
    ///
    /// ```
    /// # fn show(state: &everstream::State) {
    /// if let Some(error) = state.error() { println!("{error}"); }
    /// # }
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            State::Waiting { cause: Cause::Failed(error), .. }
            | State::Closed { by: ClosedBy::Fatal(error) | ClosedBy::Exhausted(Cause::Failed(error)) } => {
                Some(error)
            }
            _ => None,
        }
    }
}

impl State {
    /// Whether nothing is new. The same wait has the same cause.
    pub(crate) fn is_repeated_by(&self, new: &State) -> bool {
        match (self, new) {
            (State::Loading { attempt: old }, State::Loading { attempt: new })
            | (State::Connecting { attempt: old }, State::Connecting { attempt: new }) => old == new,
            (State::Waiting { attempt, until, .. }, State::Waiting { attempt: again, until: due, .. }) => {
                (attempt, until) == (again, due)
            }
            (State::Paused { by: old }, State::Paused { by: new }) => old == new,
            _ => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Idle => f.write_str("not opened"),
            State::Loading { attempt } => write!(f, "asking for url and headers, attempt {attempt}"),
            State::Connecting { attempt } => write!(f, "connecting, attempt {attempt}"),
            State::Open { .. } => f.write_str("open"),
            State::Waiting { attempt, cause, .. } => write!(f, "waiting for attempt {attempt}: {cause}"),
            State::Paused { by } => write!(f, "paused: {by}"),
            State::Closed { by } => write!(f, "closed: {by}"),
        }
    }
}

/// The three values of the standard's `readyState` (HTML, 9.2.2).
///
/// ```
/// assert_eq!(everstream::ReadyState::Open as u16, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum ReadyState {
    /// 0: not open, and not closed for good.
    Connecting = 0,
    /// 1
    Open = 1,
    /// 2
    Closed = 2,
}

/// Why a connection ended that will be followed by another.
///
/// ```
/// assert_eq!(everstream::Cause::Ended.to_string(), "the server ended the stream");
/// ```
#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The body ended as it should. Servers do so on purpose, to rotate connections.
    Ended,
    /// Something failed.
    Failed(Error),
    /// Nobody knows. The browser's own `EventSource` gave up and does not say why: the next attempt is made by `fetch`, which does.
    /// Or a pause ended an attempt within a second of its start, and was taken back.
    Unknown,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Ended => f.write_str("the server ended the stream"),
            Cause::Failed(error) => error.fmt(f),
            Cause::Unknown => f.write_str("no reason is known"),
        }
    }
}

/// Who ended a source.
///
/// ```
/// use everstream::{ClosedBy, State};
///
/// fn should_tell_the_user(state: &State) -> bool {
///     matches!(state, State::Closed { by: ClosedBy::Fatal(_) | ClosedBy::Exhausted(_) })
/// }
/// # assert!(!should_tell_the_user(&State::Idle));
/// ```
#[cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), derive(Copy))]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClosedBy {
    /// `close()` was called.
    User,
    /// The `EventSource` was dropped.
    Dropped,
    /// The server said so, with status 204 (HTML, 9.2.2: the way to tell a client to stop).
    Server,
    /// The body of a request with a body, or of one with `close_on_end`, ended as it should.
    Ended,
    /// [`Policy::max_retries`](crate::Policy::max_retries) retries in a row have failed; this was the last cause.
    Exhausted(Cause),
    /// An error that trying again would not mend.
    Fatal(Error),
}

impl fmt::Display for ClosedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClosedBy::User => f.write_str("by the application"),
            ClosedBy::Dropped => f.write_str("dropped"),
            ClosedBy::Server => f.write_str("the server asked to stop (204)"),
            ClosedBy::Ended => f.write_str("the stream is complete"),
            ClosedBy::Exhausted(cause) => write!(f, "given up after the last retry: {cause}"),
            ClosedBy::Fatal(error) => error.fmt(f),
        }
    }
}

/// Who asks for a pause. A source runs again only when nobody does.
///
/// ```
/// use everstream::{PauseReason, PauseSet};
///
/// let mut set = PauseSet::default();
/// set.insert(PauseReason::User);
/// set.insert(PauseReason::Frozen);
/// set.remove(PauseReason::User);
/// assert!(!set.is_empty());
/// assert_eq!(set.to_string(), "frozen");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PauseSet(u8);

/// One of those who can ask for a pause.
///
/// ```
/// assert_eq!(everstream::PauseReason::Cached.name(), "cached");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PauseReason {
    /// `pause()` was called.
    User,
    /// The page is hidden.
    Hidden,
    /// The page is frozen (Page Lifecycle). A fetch stream never delivers again after that: it is replaced.
    Frozen,
    /// The page is in the back/forward cache.
    Cached,
}

impl PauseReason {
    const ALL: [PauseReason; 4] =
        [PauseReason::User, PauseReason::Hidden, PauseReason::Frozen, PauseReason::Cached];

    /// The reason in one word, in lower case.
    ///
    /// ```
    /// assert_eq!(everstream::PauseReason::User.name(), "user");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PauseReason::User => "user",
            PauseReason::Hidden => "hidden",
            PauseReason::Frozen => "frozen",
            PauseReason::Cached => "cached",
        }
    }
}

impl PauseSet {
    /// Adds a reason.
    ///
    /// ```
    /// # use everstream::{PauseReason, PauseSet};
    /// let mut set = PauseSet::default();
    /// set.insert(PauseReason::Hidden);
    /// ```
    pub fn insert(&mut self, reason: PauseReason) {
        self.0 |= 1 << reason as u8;
    }

    /// Takes a reason away.
    ///
    /// ```
    /// # use everstream::{PauseReason, PauseSet};
    /// # let mut set = PauseSet::default();
    /// set.remove(PauseReason::Hidden);
    /// ```
    pub fn remove(&mut self, reason: PauseReason) {
        self.0 &= !(1 << reason as u8);
    }

    /// Whether this reason is among them.
    ///
    /// ```
    /// # use everstream::{PauseReason, PauseSet};
    /// assert!(!PauseSet::default().contains(PauseReason::User));
    /// ```
    #[must_use]
    pub fn contains(self, reason: PauseReason) -> bool {
        self.0 & (1 << reason as u8) != 0
    }

    /// Whether nobody asks for a pause.
    ///
    /// ```
    /// assert!(everstream::PauseSet::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One bit for each, in that order.
    #[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    /// The reasons, in a fixed order.
    ///
    /// ```
    /// # fn example(by: everstream::PauseSet) {
    /// for reason in by.iter() { println!("{}", reason.name()); }
    /// # }
    /// ```
    pub fn iter(self) -> impl Iterator<Item = PauseReason> {
        PauseReason::ALL.into_iter().filter(move |reason| self.contains(*reason))
    }
}

impl fmt::Display for PauseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reason) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(reason.name())?;
        }
        Ok(())
    }
}
