//! Attempts that follow each other because somebody comes and goes.

use std::hash::{DefaultHasher, Hash};

use everstream::State;
use everstream::internals::session::Input;

use super::{Check, Moment, check};

#[derive(Debug, Clone, Default)]
pub(super) struct Spacing {
    /// When the last attempt began, unless a pause has ended its stream.
    began_at: Option<u64>,
}

impl Spacing {
    /// Invariant 7, for whoever pauses and resumes, or hides and shows.
    pub(super) fn attempts_are_spaced(&mut self, moment: &Moment<'_>) -> Check {
        for (from, to) in moment.changes() {
            match (from, to) {
                (State::Open { .. }, State::Paused { .. }) => self.began_at = None,
                // It is judged: nothing begins.
                (_, State::Loading { .. }) if matches!(moment.input, Input::Judging(_)) => {}
                (State::Loading { .. }, State::Connecting { .. }) => {}
                (_, State::Loading { .. } | State::Connecting { .. }) => {
                    let began_at = self.began_at.replace(moment.elapsed);
                    let gone = began_at.map_or(u64::MAX, |at| moment.elapsed - at);
                    let is_brought_forward = matches!(moment.input, Input::Resume(_) | Input::Visible);
                    check(gone >= 1_000 || !is_brought_forward, || {
                        format!("7: asks again {gone} ms after an attempt began")
                    })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn fingerprint(&self, elapsed: u64, hasher: &mut DefaultHasher) {
        self.began_at.map(|at| (elapsed - at).min(1_000)).hash(hasher);
    }
}
