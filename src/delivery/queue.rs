//! Events that wait for the reader of a `Stream`.

use std::collections::VecDeque;
use std::task::{Context, Waker};

use crate::core::parser::EventRef;
use crate::event::Event;
use crate::options::Overflow;

#[derive(Default)]
pub(crate) struct Queue {
    events: VecDeque<Event>,
    capacity: usize,
    overflow: Overflow,
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
    pub(crate) fn new(capacity: usize, overflow: Overflow) -> Queue {
        Queue { capacity, overflow, ..Queue::default() }
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
        self.events.push_back(event.into());
        self.waker.take()
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.place.clone_from(&event.last_event_id);
        Some(event)
    }

    /// Nobody wants what waits any more.
    pub(super) fn discard(&mut self) {
        self.is_left |= !self.events.is_empty();
        self.events = VecDeque::new();
    }

    /// Returns the waker before, for the caller to drop: that can run foreign code.
    pub(super) fn wait(&mut self, context: &Context<'_>) -> Option<Waker> {
        self.waker.replace(context.waker().clone())
    }

    pub(super) fn take_waker(&mut self) -> Option<Waker> {
        self.waker.take()
    }

    /// The capacity bounds what was left unread before the events of another chunk, so that one chunk of any number of events
    /// never overflows a queue whose reader keeps up. The error is the capacity.
    pub(super) fn make_room(&mut self) -> Result<(), usize> {
        let Queue { events, capacity, overflow, dropped, deaf, .. } = self;
        match overflow {
            Overflow::Error if events.len() > *capacity => return Err(*capacity),
            Overflow::Error => {}
            Overflow::Latest => {
                let excess = events.len().saturating_sub(*capacity);
                events.drain(..excess);
                *dropped += excess as u64;
            }
            Overflow::Oldest => *deaf = events.len() >= *capacity,
        }
        Ok(())
    }

    /// Whether the next chunk would end the source, if it came now.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn is_crowded(&self) -> bool {
        self.overflow == Overflow::Error && self.events.len() > self.capacity
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
