//! The numbers by which the two sides of the boundary understand each other: those of `js/protocol.ts`.

use crate::core::parser::{LimitExceeded, Limits};
use crate::core::session::{Action, Generation, Input, ResumeBy, RetryOn, Ruling, Timer, WhenHidden};
use crate::core::state::{ClosedBy, PauseReason, State};
use crate::core::transport::{Transport, TransportChoice, TransportReason};
use crate::error::{ErrorKind, Words};

pub(super) const PREPARE: u32 = 1;
pub(super) const CONNECT: u32 = 2;
pub(super) const READ: u32 = 3;
pub(super) const PEEK: u32 = 4;
pub(super) const ABORT: u32 = 5;
pub(super) const JUDGE: u32 = 6;
pub(super) const ARM: u32 = 7;
pub(super) const DISARM: u32 = 8;
pub(super) const ANNOUNCE: u32 = 9;
pub(super) const DIAGNOSE: u32 = 10;
pub(super) const HOLD: u32 = 11;

pub(super) fn retry_on(code: f64) -> RetryOn {
    match code as u32 {
        0 => RetryOn::Resilient,
        1 => RetryOn::Standard,
        _ => RetryOn::Asked,
    }
}

pub(super) fn resume_by(code: f64) -> ResumeBy {
    match code as u32 {
        0 => ResumeBy::Auto,
        1 => ResumeBy::Header,
        _ => ResumeBy::Query,
    }
}

pub(super) fn transport_choice(code: f64) -> TransportChoice {
    match code as u32 {
        0 => TransportChoice::Auto,
        1 => TransportChoice::EventSource,
        _ => TransportChoice::Fetch,
    }
}

pub(super) fn when_hidden(code: f64) -> WhenHidden {
    match code as u32 {
        0 => WhenHidden::GoOn,
        1 => WhenHidden::PauseIfResumable,
        _ => WhenHidden::Pause,
    }
}

pub(super) fn input(code: u32, from: Generation, number: f64, limits: Limits) -> Option<Input> {
    Some(match code {
        0 => Input::Open,
        1 => Input::Prepared(from),
        2 => Input::NativeOpened(from),
        3 => Input::NativeRetries(from),
        4 => Input::NativeClosed(from),
        5 => Input::Judged(from, judgement(number)),
        6 => Input::Ended(from),
        7 => Input::Fired(from, timer(number)?),
        8 => Input::Pause(pause_reason(number)?),
        9 => Input::Resume(pause_reason(number)?),
        10 => Input::Hidden,
        11 => Input::Visible,
        12 => Input::Online,
        13 => Input::Offline,
        14 => Input::Reconnect,
        15 => Input::Close(if number == 0.0 { ClosedBy::User } else { ClosedBy::Dropped }),
        16 => Input::Failed(from, failure(number, limits)?),
        17 => Input::Peeked(from, Words::default()),
        18 => Input::HearAll,
        19 => Input::Judging(from),
        20 => Input::Full(from),
        21 => Input::Room,
        22 => Input::Complete,
        _ => return None,
    })
}

/// Less than nothing is the end, nothing our own delay, and everything else a delay.
fn judgement(code: f64) -> Ruling {
    if code > 0.0 {
        Ruling::RetryAfter(code as u64)
    } else if code == 0.0 {
        Ruling::Retry
    } else {
        Ruling::Final
    }
}

fn timer(code: f64) -> Option<Timer> {
    [Timer::Retry, Timer::Peek, Timer::Connect, Timer::Stall, Timer::Hidden, Timer::Leave, Timer::Hold]
        .get(code as usize)
        .copied()
}

fn pause_reason(code: f64) -> Option<PauseReason> {
    [PauseReason::User, PauseReason::Hidden, PauseReason::Frozen, PauseReason::Cached]
        .get(code as usize)
        .copied()
}

fn failure(code: f64, limits: Limits) -> Option<ErrorKind> {
    let none = Words::default;
    Some(match code as u32 {
        1 => ErrorKind::Network { message: none() },
        4 => ErrorKind::NoBody,
        5 => ErrorKind::Limit(LimitExceeded::Event { limit: limits.event_bytes }),
        7 => ErrorKind::Overflow { capacity: None },
        10 => ErrorKind::Provider { option: "", message: none() },
        11 => ErrorKind::Option { name: "", reason: none() },
        15 => ErrorKind::Incomplete { body: None },
        _ => return None,
    })
}

/// What kind of error it is, and its number.
pub(super) fn error(kind: &ErrorKind) -> (u32, f64) {
    match kind {
        ErrorKind::Network { .. } => (1, 0.0),
        ErrorKind::Status { .. } => (2, 0.0),
        ErrorKind::ContentType { .. } => (3, 0.0),
        ErrorKind::NoBody => (4, 0.0),
        ErrorKind::Limit(LimitExceeded::Event { limit }) => (5, *limit as f64),
        ErrorKind::Limit(LimitExceeded::Id { limit }) => (6, *limit as f64),
        ErrorKind::Overflow { .. } => (7, 0.0),
        ErrorKind::Stalled { after } => (8, *after as f64),
        ErrorKind::ConnectTimeout { after } => (9, *after as f64),
        ErrorKind::Provider { .. } => (10, 0.0),
        ErrorKind::Option { .. } => (11, 0.0),
        ErrorKind::Resume { .. } => (12, 0.0),
        ErrorKind::Interrupted => (13, 0.0),
        ErrorKind::Unsupported => (14, 0.0),
        ErrorKind::Incomplete { .. } => (15, 0.0),
    }
}

pub(super) fn state(state: &State) -> u32 {
    match state {
        State::Idle => 0,
        State::Loading { .. } => 1,
        State::Connecting { .. } => 2,
        State::Open { .. } => 3,
        State::Waiting { .. } => 4,
        State::Paused { .. } => 5,
        State::Closed { .. } => 6,
    }
}

pub(super) fn closed_by(by: &ClosedBy) -> u32 {
    match by {
        ClosedBy::User => 0,
        ClosedBy::Dropped => 1,
        ClosedBy::Server => 2,
        ClosedBy::Ended => 3,
        ClosedBy::Exhausted(_) => 4,
        ClosedBy::Fatal(_) => 5,
    }
}

/// 0 where nothing was chosen yet; else 1 or 2 for fetch and the native one, and twice the reason.
pub(super) fn chosen(transport: Option<(Transport, TransportReason)>) -> u32 {
    transport.map_or(0, |(transport, why)| 1 + transport as u32 + 2 * reason(why))
}

fn reason(reason: TransportReason) -> u32 {
    let code = match reason {
        TransportReason::Asked => 0,
        TransportReason::SameOrigin => 1,
        TransportReason::CrossOrigin => 2,
        TransportReason::Needs(_) => 3,
        TransportReason::NoEventSource => 4,
        TransportReason::NoStreaming => 5,
        TransportReason::TookOver(_) => 6,
    };
    match reason {
        TransportReason::TookOver(why) => code + why as u32,
        _ => code,
    }
}

/// The generation without which an action is void.
pub(super) fn concerns(action: &Action) -> Option<Generation> {
    match action {
        Action::Prepare(from, _)
        | Action::Connect(from, ..)
        | Action::Read(from)
        | Action::Hold(from)
        | Action::Peek(from)
        | Action::Judge(from, _)
        | Action::Diagnose(from, _) => Some(*from),
        // That of the hidden page belongs to no connection.
        Action::Arm(from, timer, _) => (*timer != Timer::Hidden).then_some(*from),
        Action::Abort(_) | Action::Disarm(_) | Action::Announce(_) => None,
    }
}
