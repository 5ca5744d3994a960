//! What the page says, in words.

use std::fmt::Display;

use everstream::{PauseReason, State, Transport, TransportReason};

/// The state in a word or two.
pub fn headline(state: &State) -> &'static str {
    match state {
        State::Idle => "Not opened",
        State::Loading { .. } => "Preparing",
        State::Connecting { .. } => "Connecting",
        State::Open { .. } => "Live",
        State::Waiting { .. } => "Waiting",
        State::Paused { .. } => "Paused",
        State::Closed { .. } => "Closed",
        _ => "In a state that this page does not know",
    }
}

/// Why the source is in this state, where there is a reason.
pub fn reason(state: &State) -> Option<String> {
    match state {
        State::Waiting { cause, .. } => Some(sentence(cause)),
        State::Paused { by } => Some(by.iter().map(who_paused).collect::<Vec<_>>().join(", ")),
        State::Closed { by } => Some(sentence(by)),
        _ => None,
    }
}

/// The reason, or what else there is to say.
pub fn details(state: &State) -> String {
    match state {
        State::Loading { attempt } | State::Connecting { attempt } if *attempt > 1 => {
            format!("attempt {attempt}")
        }
        State::Open { transport, .. } => format!("events arrive through {}", transport.name()),
        _ => reason(state).unwrap_or_default(),
    }
}

/// Which attempt it is.
pub fn attempt(state: &State) -> Option<u32> {
    match state {
        State::Loading { attempt } | State::Connecting { attempt } | State::Waiting { attempt, .. } => {
            Some(*attempt)
        }
        _ => None,
    }
}

/// What the connection is made with, and why.
pub fn transport(chosen: Option<(Transport, TransportReason)>) -> String {
    chosen.map_or_else(|| "—".into(), |(transport, reason)| format!("{}: {reason}", transport.name()))
}

/// What is left of the wait.
pub fn countdown(state: &State, now: u64) -> String {
    match state {
        State::Waiting { until: Some(until), .. } => {
            format!("retry in {}", duration(until.saturating_sub(now)))
        }
        State::Waiting { .. } => "the browser retries".into(),
        _ => String::new(),
    }
}

/// How far a fault has come.
pub fn fault(label: &str, used: u32, times: u32) -> String {
    match used {
        0 => format!("{label}: from the next connection on"),
        _ if times == 1 => format!("{label}: on one connection"),
        _ => format!("{label}: connection {used} of {times}"),
    }
}

/// Without the line end that a server's own words may have.
pub fn sentence(cause: impl Display) -> String {
    let mut text = cause.to_string();
    text.truncate(text.trim_end().len());
    text
}

/// From `0.0 s` to `59.9 s`, then `1 min 0 s`.
pub fn duration(ms: u64) -> String {
    if ms < 60_000 {
        return format!("{} s", tenths(ms / 100));
    }
    format!("{} min {} s", grouped(ms / 60_000), ms / 1_000 % 60)
}

/// `123` is `12.3`.
pub fn tenths(value: u64) -> String {
    format!("{}.{}", grouped(value / 10), value % 10)
}

/// `1234567` is `1,234,567`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn who_paused(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::User => "by the user",
        PauseReason::Hidden => "while the page is hidden",
        PauseReason::Frozen => "while the page is frozen",
        PauseReason::Cached => "while the page is put aside",
        _ => reason.name(),
    }
}

#[cfg(test)]
mod tests {
    use everstream::{Cause, PauseSet};

    use super::*;

    #[test]
    fn numbers_can_be_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 9, 250].map(tenths), ["0.0", "0.9", "25.0"]);
        assert_eq!([0, 3_249, 59_999, 60_000].map(duration), ["0.0 s", "3.2 s", "59.9 s", "1 min 0 s"]);
    }

    #[test]
    fn a_wait_counts_down_to_zero() {
        let state = State::Waiting { attempt: 2, until: Some(5_000), cause: Cause::Ended };
        assert_eq!(countdown(&state, 1_800), "retry in 3.2 s");
        assert_eq!(countdown(&state, 6_000), "retry in 0.0 s");
        assert_eq!(reason(&state).as_deref(), Some("the server ended the stream"));
    }

    #[test]
    fn a_pause_names_everyone_who_asks_for_it() {
        let mut by = PauseSet::default();
        by.insert(PauseReason::User);
        by.insert(PauseReason::Hidden);
        assert_eq!(reason(&State::Paused { by }).as_deref(), Some("by the user, while the page is hidden"));
    }

    #[test]
    fn a_servers_line_end_is_left_out() {
        assert_eq!(sentence("status 503: busy\n"), "status 503: busy");
    }
}
