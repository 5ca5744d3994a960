//! What occurred, so that nobody takes for tested what never happened.

use std::collections::BTreeSet;

use everstream::internals::session::{Action, Input, Session, Timer};
use everstream::{Cause, ClosedBy, State, TakeOver, TransportReason};

/// Which variants of everything occurred, and which states followed upon which.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) variants: BTreeSet<&'static str>,
    pub(crate) edges: BTreeSet<(&'static str, &'static str)>,
}

/// All that can occur. A name that is missing here is missed in [`Seen::variants`], and the other way round.
pub(crate) const EVERYTHING: &[&str] = &[
    "State::Idle",
    "State::Loading",
    "State::Connecting",
    "State::Open",
    "State::Waiting",
    "State::Paused",
    "State::Closed",
    "Input::Open",
    "Input::Prepared",
    "Input::Answered",
    "Input::NativeOpened",
    "Input::NativeRetries",
    "Input::NativeClosed",
    "Input::Peeked",
    "Input::Judging",
    "Input::Judged",
    "Input::Full",
    "Input::Room",
    "Input::Retry",
    "Input::Complete",
    "Input::Ended",
    "Input::Failed",
    "Input::Fired",
    "Input::Pause",
    "Input::Resume",
    "Input::Hidden",
    "Input::Visible",
    "Input::Online",
    "Input::Offline",
    "Input::Reconnect",
    "Input::HearAll",
    "Input::Close",
    "Action::Prepare",
    "Action::Connect",
    "Action::Read",
    "Action::Hold",
    "Action::Peek",
    "Action::Abort",
    "Action::Judge",
    "Action::Arm",
    "Action::Disarm",
    "Action::Announce",
    "Action::Diagnose",
    "Timer::Retry",
    "Timer::Peek",
    "Timer::Connect",
    "Timer::Stall",
    "Timer::Hidden",
    "Timer::Leave",
    "Timer::Hold",
    "Cause::Ended",
    "Cause::Failed",
    "Cause::Unknown",
    "ClosedBy::User",
    "ClosedBy::Dropped",
    "ClosedBy::Server",
    "ClosedBy::Ended",
    "ClosedBy::Exhausted",
    "ClosedBy::Fatal",
    "TakeOver::Closed",
    "TakeOver::Storm",
    "TakeOver::Stopped",
    "TakeOver::Unsound",
];

impl Seen {
    pub(crate) fn handled(&mut self, before: &State, input: &Input, actions: &[Action], session: &Session) {
        self.variants.extend([state_name(before), input_name(input), state_name(session.state())]);
        if let Input::Fired(_, timer) = input {
            self.variants.insert(timer_name(*timer));
        }
        if let Some((_, TransportReason::TookOver(why))) = session.transport() {
            self.variants.insert(take_over_name(why));
        }
        let mut from = before;
        for action in actions {
            self.variants.insert(action_name(action));
            if let Action::Announce(to) = action {
                self.edges.insert((from.name(), to.name()));
                from = to;
                match to {
                    State::Waiting { cause, .. } => self.variants.insert(cause_name(cause)),
                    State::Closed { by } => self.variants.insert(closed_name(by)),
                    _ => true,
                };
            }
        }
    }

    pub(crate) fn add(&mut self, other: &Seen) {
        self.variants.extend(&other.variants);
        self.edges.extend(&other.edges);
    }
}

pub(crate) fn input_name(input: &Input) -> &'static str {
    match input {
        Input::Open => "Input::Open",
        Input::Prepared(_) => "Input::Prepared",
        Input::Answered(..) => "Input::Answered",
        Input::NativeOpened(_) => "Input::NativeOpened",
        Input::NativeRetries(_) => "Input::NativeRetries",
        Input::NativeClosed(_) => "Input::NativeClosed",
        Input::Peeked(..) => "Input::Peeked",
        Input::Judging(..) => "Input::Judging",
        Input::Judged(..) => "Input::Judged",
        Input::Full(_) => "Input::Full",
        Input::Room => "Input::Room",
        Input::Retry(..) => "Input::Retry",
        Input::Complete => "Input::Complete",
        Input::Ended(_) => "Input::Ended",
        Input::Failed(..) => "Input::Failed",
        Input::Fired(..) => "Input::Fired",
        Input::Pause(_) => "Input::Pause",
        Input::Resume(_) => "Input::Resume",
        Input::Hidden => "Input::Hidden",
        Input::Visible => "Input::Visible",
        Input::Online => "Input::Online",
        Input::Offline => "Input::Offline",
        Input::Reconnect => "Input::Reconnect",
        Input::HearAll => "Input::HearAll",
        Input::Close(_) => "Input::Close",
    }
}

fn action_name(action: &Action) -> &'static str {
    match action {
        Action::Prepare(..) => "Action::Prepare",
        Action::Connect(..) => "Action::Connect",
        Action::Read(_) => "Action::Read",
        Action::Hold(_) => "Action::Hold",
        Action::Peek(..) => "Action::Peek",
        Action::Abort(_) => "Action::Abort",
        Action::Judge(..) => "Action::Judge",
        Action::Arm(..) => "Action::Arm",
        Action::Disarm(_) => "Action::Disarm",
        Action::Announce(_) => "Action::Announce",
        Action::Diagnose(..) => "Action::Diagnose",
    }
}

fn timer_name(timer: Timer) -> &'static str {
    match timer {
        Timer::Retry => "Timer::Retry",
        Timer::Peek => "Timer::Peek",
        Timer::Connect => "Timer::Connect",
        Timer::Stall => "Timer::Stall",
        Timer::Hidden => "Timer::Hidden",
        Timer::Leave => "Timer::Leave",
        Timer::Hold => "Timer::Hold",
    }
}

fn state_name(state: &State) -> &'static str {
    match state {
        State::Idle => "State::Idle",
        State::Loading { .. } => "State::Loading",
        State::Connecting { .. } => "State::Connecting",
        State::Open { .. } => "State::Open",
        State::Waiting { .. } => "State::Waiting",
        State::Paused { .. } => "State::Paused",
        State::Closed { .. } => "State::Closed",
        _ => "a state that is not in the list",
    }
}

fn cause_name(cause: &Cause) -> &'static str {
    match cause {
        Cause::Ended => "Cause::Ended",
        Cause::Failed(_) => "Cause::Failed",
        Cause::Unknown => "Cause::Unknown",
        _ => "a cause that is not in the list",
    }
}

fn closed_name(by: &ClosedBy) -> &'static str {
    match by {
        ClosedBy::User => "ClosedBy::User",
        ClosedBy::Dropped => "ClosedBy::Dropped",
        ClosedBy::Server => "ClosedBy::Server",
        ClosedBy::Ended => "ClosedBy::Ended",
        ClosedBy::Exhausted(_) => "ClosedBy::Exhausted",
        ClosedBy::Fatal(_) => "ClosedBy::Fatal",
        _ => "an end that is not in the list",
    }
}

fn take_over_name(why: TakeOver) -> &'static str {
    match why {
        TakeOver::Closed => "TakeOver::Closed",
        TakeOver::Storm => "TakeOver::Storm",
        TakeOver::Stopped => "TakeOver::Stopped",
        TakeOver::Unsound => "TakeOver::Unsound",
        _ => "a take-over that is not in the list",
    }
}
