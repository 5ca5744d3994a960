//! What has happened so far, as far as a page shows it.

use std::collections::VecDeque;

use everstream::State;

use crate::tally::{Tally, own_id};

/// How many of the latest events are shown.
pub const EVENTS_SHOWN: usize = 30;
/// How many of the latest changes of state are shown.
pub const CHANGES_SHOWN: usize = 20;
/// How much of an event's data is kept, in bytes. An event may have megabytes.
const DATA_KEPT: usize = 240;

/// What became of the events.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// How many there were.
    pub events: u64,
    /// Which of them were lost or came twice.
    pub tally: Tally,
    /// When the last one came, in milliseconds since 1970.
    pub last_event_at: Option<u64>,
    /// The newest first.
    pub latest: VecDeque<Latest>,
}

/// An event that is shown.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The last event id.
    pub id: String,
    /// Its type.
    pub event_type: String,
    /// The beginning of its data.
    pub data: String,
}

/// What became of the connection.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The latest.
    pub state: State,
    /// How many connections were opened.
    pub connections: u32,
    /// How many changes of state there were.
    pub count: u32,
    /// The newest first.
    pub latest: VecDeque<Change>,
}

/// A change of state that is shown.
#[derive(Clone, Debug)]
pub struct Change {
    /// Milliseconds since 1970.
    pub at: u64,
    /// What it was from then on.
    pub state: State,
}

impl Received {
    /// Takes the next event, and returns the number of it if it has one of its own.
    pub fn event(&mut self, event_type: &str, data: &str, last_event_id: &str, now: u64) -> Option<u64> {
        let id = own_id(data, last_event_id);
        if let Some(id) = id {
            self.tally.count(id);
        }
        self.events += 1;
        self.last_event_at = Some(now);
        self.latest.truncate(EVENTS_SHOWN - 1);
        self.latest.push_front(Latest {
            id: last_event_id.into(),
            event_type: event_type.into(),
            data: beginning(data),
        });
        id
    }
}

impl Changes {
    /// Takes the next change.
    pub fn changed(&mut self, state: &State, now: u64) {
        self.connections += u32::from(matches!(state, State::Open { .. }));
        self.state = state.clone();
        self.count += 1;
        // The url is known at once here, so that asking for it is not worth a line once it is known.
        if matches!(self.latest.front(), Some(Change { state: State::Loading { .. }, .. })) {
            self.latest.pop_front();
        }
        self.latest.truncate(CHANGES_SHOWN - 1);
        self.latest.push_front(Change { at: now, state: state.clone() });
    }
}

impl Default for Changes {
    fn default() -> Changes {
        Changes { state: State::Idle, connections: 0, count: 0, latest: VecDeque::new() }
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

    #[test]
    fn what_is_kept_is_bounded() {
        let (mut received, mut changes) = (Received::default(), Changes::default());
        for number in 0..100 {
            received.event("message", "x", "1", number);
            changes.changed(&State::Idle, number);
        }
        assert_eq!((received.events, received.latest.len()), (100, EVENTS_SHOWN));
        assert_eq!((changes.count, changes.latest.len()), (100, CHANGES_SHOWN));
        assert_eq!(changes.latest.front().map(|change| change.at), Some(99));
    }

    #[test]
    fn long_data_ends_at_a_character() {
        let mut received = Received::default();
        received.event("message", &"日".repeat(1_000), "1", 0);
        let kept = &received.latest[0].data;
        assert_eq!(kept.strip_suffix('…'), Some("日".repeat(DATA_KEPT / 3).as_str()));
    }

    #[test]
    fn loading_gives_its_line_to_what_follows() {
        let mut changes = Changes::default();
        changes.changed(&State::Loading { attempt: 1 }, 1);
        changes.changed(&State::Connecting { attempt: 1 }, 2);
        assert_eq!(changes.latest.len(), 1);
        assert_eq!(changes.latest[0].state, State::Connecting { attempt: 1 });
    }
}
