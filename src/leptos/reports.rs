//! What a hook says of its connection: every state and every failure in order to those who listen, the latest to those who
//! read.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::error::UseEventSourceError;
use super::listeners::Listeners;
use super::shown::Shown;
use crate::core::state::State;
use crate::json::DecodeError;

pub(super) struct Reports {
    /// Counts the sources. What an earlier one still says is not heard.
    turn: Cell<u64>,
    /// Counts how often what came has gone: an event that is being heard meanwhile goes with it.
    age: Cell<u64>,
    pub(super) state: Shown<State>,
    pub(super) state_listeners: Listeners<State>,
    pub(super) error: Shown<Option<UseEventSourceError>>,
    pub(super) error_listeners: Listeners<UseEventSourceError>,
    /// What has not been told yet, because a listener that is being told of something has caused it.
    queue: RefCell<VecDeque<(u64, Report)>>,
    is_telling: Cell<bool>,
}

enum Report {
    State(State),
    DecodeError(DecodeError),
}

impl Reports {
    pub(super) fn new() -> Rc<Reports> {
        Rc::new(Reports {
            turn: Cell::new(0),
            age: Cell::new(0),
            state: Shown::new(State::Idle),
            state_listeners: Listeners::default(),
            error: Shown::new(None),
            error_listeners: Listeners::default(),
            queue: RefCell::default(),
            is_telling: Cell::new(false),
        })
    }

    pub(super) fn turn(&self) -> u64 {
        self.turn.get()
    }

    pub(super) fn next_turn(&self) {
        self.turn.set(self.turn.get() + 1);
    }

    pub(super) fn is_current(&self, turn: u64) -> bool {
        self.turn.get() == turn
    }

    pub(super) fn age(&self) -> u64 {
        self.age.get()
    }

    /// The source of this turn is in another state.
    pub(super) fn state(&self, turn: u64, state: &State) {
        if !self.is_current(turn) {
            return;
        }
        self.state.put(state.clone());
        if let Some(error) = state.error() {
            self.error.put(Some(UseEventSourceError::Source(error.clone())));
        } else if let State::Open { .. } = state {
            let is_over = |error: &Option<_>| matches!(error, Some(UseEventSourceError::Source(_)));
            self.error.put_if(is_over, None);
        }
        self.tell(turn, Report::State(state.clone()));
    }

    /// An event of this turn's source could not be decoded. The caller shows it, when it is time.
    pub(super) fn decode_error(&self, turn: u64, error: DecodeError) {
        self.error.put(Some(UseEventSourceError::Decode(error.clone())));
        self.tell(turn, Report::DecodeError(error));
    }

    /// An event could be decoded.
    pub(super) fn decoded(&self) {
        let is_over = |error: &Option<_>| matches!(error, Some(UseEventSourceError::Decode(_)));
        self.error.put_if(is_over, None);
    }

    /// Another url: what came of the old one goes.
    pub(super) fn reset(&self) {
        self.age.set(self.age.get() + 1);
        self.error.put_if(Option::is_some, None);
    }

    /// The component is gone.
    pub(super) fn shut(&self) {
        self.age.set(self.age.get() + 1);
        self.state_listeners.clear();
        self.error_listeners.clear();
    }

    fn tell(&self, turn: u64, report: Report) {
        self.queue.borrow_mut().push_back((turn, report));
        if self.is_telling.replace(true) {
            return;
        }
        while let Some((turn, report)) = self.take() {
            if !self.is_current(turn) {
                continue;
            }
            match report {
                Report::State(state) => {
                    self.each(turn, &self.state_listeners, &state);
                    if let Some(error) = state.error() {
                        self.each(turn, &self.error_listeners, &UseEventSourceError::Source(error.clone()));
                    }
                    if self.is_current(turn) {
                        self.state.show();
                        self.error.show();
                    }
                }
                Report::DecodeError(error) => {
                    self.each(turn, &self.error_listeners, &UseEventSourceError::Decode(error));
                }
            }
        }
        self.is_telling.set(false);
    }

    fn take(&self) -> Option<(u64, Report)> {
        self.queue.borrow_mut().pop_front()
    }

    fn each<M>(&self, turn: u64, listeners: &Listeners<M>, message: &M) {
        listeners.each(|listener| {
            let is_current = self.is_current(turn);
            if is_current {
                listener.hear(message);
            }
            is_current
        });
    }
}
