//! A body that is not read, since consumers are behind.

use everstream::internals::session::{Config, Session, Timer};
use everstream::{State, Transport};

use super::{Check, check};

/// Invariants 1 and 8, where consumers are behind: a connection that is cut meanwhile loses nothing.
pub(crate) fn what_is_not_read_can_be_asked_for_again(session: &Session, config: &Config) -> Check {
    let by_fetch = matches!(session.transport(), Some((Transport::Fetch, _)));
    let may_be_asked_for = !config.unsafe_to_repeat || config.resend;
    check(by_fetch && may_be_asked_for && !session.last_event_id().is_empty(), || {
        "8: stops reading what can not be asked for again".into()
    })
}

/// It comes to no end by a watch for silence.
pub(crate) fn what_is_not_read_is_not_silent(session: &Session, timer: Option<Timer>) -> Check {
    let is_open = matches!(session.state(), State::Open { .. });
    check(is_open && matches!(timer, None | Some(Timer::Hold)), || {
        format!("watches what is not read: {}, {timer:?}", session.state())
    })
}
