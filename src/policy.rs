//! When to try again, as users set it.

use std::time::Duration;

use crate::core::retry::Backoff;
use crate::core::session::Ruling;

/// When to try again, and how often.
///
/// A delay grows from `base` by `factor` up to `cap`, and is spread upwards by up to a half, so that not all clients come back in the
/// same moment. What the server asks for by `retry:` or `Retry-After` may be longer, and is never undercut.
///
/// ```
/// use everstream::{EventSource, Policy};
/// use std::time::Duration;
///
/// let policy = Policy::default().cap(Duration::from_secs(5)).max_retries(10);
/// let builder = EventSource::builder("/events").retry(policy);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// The delay before the first retry; a second by default. The server's `retry:` replaces it.
    pub base: Duration,
    /// What the delay is multiplied by from one retry to the next; 2 by default.
    pub factor: f64,
    /// The longest delay before jitter; 30 seconds by default.
    pub cap: Duration,
    /// How many retries in a row may fail before the source closes; `None`, the default, is without end.
    ///
    /// The first connection is not a retry: with `Some(3)` a server that is never there sees four requests.
    pub max_retries: Option<u32>,
    /// How long the waits between attempts may be, all together since the stream was open last; `None`, the default, is without
    /// end. What an attempt takes does not count. A wait that would be longer closes the source instead.
    pub patience: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Policy {
        let Backoff { base, factor, cap, max_retries, patience } = Backoff::default();
        let time = Duration::from_millis;
        Policy { base: time(base), factor, cap: time(cap), max_retries, patience: patience.map(time) }
    }
}

impl Policy {
    /// Sets [`base`](Self::base), at least 1 ms.
    ///
    /// ```
    /// # use everstream::Policy;
    /// # use std::time::Duration;
    /// let policy = Policy::default().base(Duration::from_millis(250));
    /// ```
    #[must_use]
    pub fn base(self, base: Duration) -> Policy {
        Policy { base, ..self }
    }

    /// Sets [`factor`](Self::factor), from 1 to 100.
    ///
    /// ```
    /// # use everstream::Policy;
    /// let policy = Policy::default().factor(1.5);
    /// ```
    #[must_use]
    pub fn factor(self, factor: f64) -> Policy {
        Policy { factor, ..self }
    }

    /// Sets [`cap`](Self::cap), not shorter than the base and at most 12 days.
    ///
    /// ```
    /// # use everstream::Policy;
    /// # use std::time::Duration;
    /// let policy = Policy::default().cap(Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn cap(self, cap: Duration) -> Policy {
        Policy { cap, ..self }
    }

    /// Sets [`max_retries`](Self::max_retries).
    ///
    /// ```
    /// # use everstream::Policy;
    /// let policy = Policy::default().max_retries(10);
    /// ```
    #[must_use]
    pub fn max_retries(self, retries: u32) -> Policy {
        Policy { max_retries: Some(retries), ..self }
    }

    /// Sets [`patience`](Self::patience).
    ///
    /// ```
    /// # use everstream::Policy;
    /// # use std::time::Duration;
    /// let policy = Policy::default().patience(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn patience(self, patience: Duration) -> Policy {
        Policy { patience: Some(patience), ..self }
    }

    pub(crate) fn backoff(&self) -> Backoff {
        let Policy { base, factor, cap, max_retries, patience } = *self;
        Backoff { base: ms(base), factor, cap: ms(cap), max_retries, patience: patience.map(ms) }
    }
}

/// What the function for [`Builder::retry_if`](crate::Builder::retry_if) makes of a failure.
///
/// ```
/// use everstream::Judgement;
///
/// assert_eq!(Judgement::from(true), Judgement::Retry);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The source closes.
    Final,
    /// It is tried again after the usual delay.
    Retry,
    /// It is tried again after so long, but not before the server's `Retry-After` is over, nor half a second.
    RetryAfter(Duration),
}

impl From<bool> for Judgement {
    fn from(retry: bool) -> Judgement {
        if retry { Judgement::Retry } else { Judgement::Final }
    }
}

impl Judgement {
    pub(crate) fn ruling(self) -> Ruling {
        match self {
            Judgement::Final => Ruling::Final,
            Judgement::Retry => Ruling::Retry,
            Judgement::RetryAfter(time) => Ruling::RetryAfter(ms(time)),
        }
    }
}

/// In whole milliseconds, which is what timers take.
pub(crate) fn ms(time: Duration) -> u64 {
    // (Without numbers of 128 bits, which `as_millis` has.)
    time.as_secs().saturating_mul(1_000).saturating_add(u64::from(time.subsec_millis()))
}
