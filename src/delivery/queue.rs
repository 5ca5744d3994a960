//! Events that wait for the reader of a `Stream`.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Waker};

use crate::core::parser::EventRef;
use crate::event::Event;
use crate::options::Overflow;

/// While so many events wait, whoever reads gets a turn after each chunk.
#[cfg(target_arch = "wasm32")]
const CROWD: usize = 1_024;

#[derive(Default)]
pub(crate) struct Queue {
    events: VecDeque<Event>,
    /// How many bytes of text they hold.
    text: usize,
    capacity: usize,
    bytes: usize,
    overflow: Overflow,
    /// The connection is to wait until there is room again.
    is_waited_for: bool,
    dropped: u64,
    /// The queue was full when this chunk came, and keeps what it has.
    deaf: bool,
    /// The id of the event that was taken last, or what it was before the first of those that wait.
    place: String,
    /// What waited was thrown away: the place stays.
    is_left: bool,
    waker: Option<Waker>,
}

impl Queue {
    /// For so many events, and so many bytes of text.
    pub(crate) fn new(capacity: usize, bytes: usize, overflow: Overflow) -> Queue {
        Queue { capacity, bytes, overflow, ..Queue::default() }
    }

    /// Where the reader is; `None` where it has everything.
    pub(crate) fn place(&self) -> Option<&str> {
        (self.is_left || !self.events.is_empty()).then_some(&self.place)
    }

    /// An event comes, behind this id.
    pub(super) fn begin_behind(&mut self, id: &str) {
        if self.events.is_empty() {
            self.place.clear();
            self.place.push_str(id);
        }
    }

    /// Whoever reads is to be woken, once nothing is borrowed.
    pub(super) fn push(&mut self, event: EventRef<'_>) -> Option<Waker> {
        if self.deaf {
            self.dropped += 1;
            return None;
        }
        let event = Event::from(event);
        self.text += text_of(&event);
        self.events.push_back(event);
        self.waker.take()
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.text -= text_of(&event);
        self.place.clone_from(&event.last_event_id);
        Some(event)
    }

    /// Nobody wants what waits any more.
    pub(crate) fn discard(&mut self) {
        self.is_left |= !self.events.is_empty();
        (self.events, self.text, self.is_waited_for) = Default::default();
    }

    /// Whether more waits than may, so that the connection has to wait. [`has_room`](Self::has_room) says when not any more.
    pub(crate) fn is_full(&mut self) -> bool {
        let is_full = self.overflow == Overflow::Wait && self.holds_more_than(1);
        self.is_waited_for |= is_full;
        is_full
    }

    /// Whether it may be read on now: less than half waits.
    pub(crate) fn has_room(&mut self) -> bool {
        !self.holds_more_than(2) && mem::take(&mut self.is_waited_for)
    }

    /// Than what may wait, or the half of it. One alone is never too much: an event may be as long as its own limit says.
    fn holds_more_than(&self, part: usize) -> bool {
        let is_too_much = self.text > self.bytes / part || self.events.len() > self.capacity / part;
        is_too_much && self.events.len() > 1
    }

    /// Returns the waker before, for the caller to drop: that can run foreign code.
    pub(super) fn wait(&mut self, context: &Context<'_>) -> Option<Waker> {
        self.waker.replace(context.waker().clone())
    }

    pub(super) fn take_waker(&mut self) -> Option<Waker> {
        self.waker.take()
    }

    /// The capacity bounds what was left unread before the events of another chunk, so that one chunk of any number of events
    /// never overflows a queue whose reader keeps up. The error is the capacity, where events are counted. (What comes although the
    /// connection should wait cannot be asked for again.)
    pub(crate) fn make_room(&mut self) -> Result<(), Option<usize>> {
        if self.overflow == Overflow::Wait && self.holds_more_than(1) {
            return Err(None);
        }
        let Queue { events, text, capacity, overflow, dropped, deaf, .. } = self;
        match overflow {
            Overflow::Error if events.len() > *capacity => return Err(Some(*capacity)),
            Overflow::Wait | Overflow::Error => {}
            Overflow::Latest => {
                let excess = events.len().saturating_sub(*capacity);
                *text -= events.drain(..excess).map(|event| text_of(&event)).sum::<usize>();
                *dropped += excess as u64;
            }
            Overflow::Oldest => *deaf = events.len() >= *capacity,
        }
        Ok(())
    }

    /// Whether who reads needs a turn before the next chunk.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn is_crowded(&self) -> bool {
        let most = match self.overflow {
            Overflow::Wait => CROWD,
            Overflow::Error => self.capacity,
            Overflow::Latest | Overflow::Oldest => usize::MAX,
        };
        self.events.len() > most
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

fn text_of(event: &Event) -> usize {
    event.data.len() + event.event_type.len() + event.last_event_id.len()
}
