//! What has happened so far, as far as the page shows it.

use std::collections::VecDeque;

use everstream::{EventRef, State};

use crate::rate::Rate;
use crate::tally::Tally;

/// How many of the latest events are shown.
pub(crate) const EVENTS_SHOWN: usize = 30;
/// How many of the latest changes of state are shown.
pub(crate) const CHANGES_SHOWN: usize = 20;
/// How much of an event's data is kept, in bytes. An event may have megabytes.
const DATA_KEPT: usize = 240;

pub(crate) struct History {
    pub(crate) state: State,
    pub(crate) tally: Tally,
    pub(crate) rate: Rate,
    /// How many events were received.
    pub(crate) events: u64,
    pub(crate) last_event_at: Option<u64>,
    /// The newest first.
    pub(crate) latest: VecDeque<Latest>,
    /// How many connections were opened.
    pub(crate) connections: u32,
    /// How many changes of state there were.
    pub(crate) change_count: u32,
    /// The newest first.
    pub(crate) changes: VecDeque<Change>,
}

/// An event that is shown.
pub(crate) struct Latest {
    pub(crate) id: String,
    pub(crate) event_type: String,
    pub(crate) data: String,
}

/// A change of state that is shown.
pub(crate) struct Change {
    pub(crate) at: u64,
    pub(crate) state: State,
}

impl History {
    pub(crate) fn new(now: u64) -> History {
        History {
            state: State::Idle,
            tally: Tally::default(),
            rate: Rate::new(now),
            events: 0,
            last_event_at: None,
            latest: VecDeque::new(),
            connections: 0,
            change_count: 0,
            changes: VecDeque::new(),
        }
    }

    pub(crate) fn received(&mut self, event: EventRef<'_>, now: u64) {
        self.events += 1;
        self.last_event_at = Some(now);
        self.rate.count(now);
        self.latest.truncate(EVENTS_SHOWN - 1);
        self.latest.push_front(Latest {
            id: event.last_event_id.into(),
            event_type: event.event_type.into(),
            data: beginning(event.data),
        });
    }

    pub(crate) fn changed(&mut self, state: &State, now: u64) {
        let open = matches!(state, State::Open { .. });
        self.connections += u32::from(open);
        self.rate.connected(open, now);
        self.state = state.clone();
        self.change_count += 1;
        // The url is known at once here, so that asking for it is not worth a line once it is known.
        if matches!(self.changes.front(), Some(Change { state: State::Loading { .. }, .. })) {
            self.changes.pop_front();
        }
        self.changes.truncate(CHANGES_SHOWN - 1);
        self.changes.push_front(Change { at: now, state: state.clone() });
    }
}

fn beginning(data: &str) -> String {
    if data.len() <= DATA_KEPT {
        return data.into();
    }
    let mut end = DATA_KEPT;
    while !data.is_char_boundary(end) {
        end -= 1;
    }
    let mut text = String::from(&data[..end]);
    text.push('…');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> EventRef<'_> {
        EventRef { event_type: "message", data, last_event_id: "1" }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut history = History::new(0);
        for number in 0..100 {
            history.received(event("x"), number);
            history.changed(&State::Idle, number);
        }
        assert_eq!((history.events, history.latest.len()), (100, EVENTS_SHOWN));
        assert_eq!((history.change_count, history.changes.len()), (100, CHANGES_SHOWN));
        assert_eq!(history.changes.front().map(|change| change.at), Some(99));
    }

    #[test]
    fn long_data_ends_at_a_character() {
        let mut history = History::new(0);
        history.received(event(&"日".repeat(1_000)), 0);
        let kept = &history.latest[0].data;
        assert_eq!(kept.strip_suffix('…'), Some("日".repeat(DATA_KEPT / 3).as_str()));
    }

    #[test]
    fn loading_gives_its_line_to_what_follows() {
        let mut history = History::new(0);
        history.changed(&State::Loading { attempt: 1 }, 1);
        history.changed(&State::Connecting { attempt: 1 }, 2);
        assert_eq!(history.changes.len(), 1);
        assert_eq!(history.changes[0].state, State::Connecting { attempt: 1 });
    }
}
