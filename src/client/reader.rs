//! What whoever reads the `Stream` has of a source, and what becomes of too much that waits for it.

use std::task::{Context, Poll};

use super::Client;
use crate::core::session::{Generation, Input};
use crate::delivery::Delivery;
use crate::error::ErrorKind;
use crate::event::Event;

impl Client {
    /// The id of the last event that reached the user.
    pub(crate) fn last_event_id(&self) -> String {
        let delivery = self.delivery.borrow();
        let place = delivery.queue.place().map(str::to_owned);
        place.unwrap_or_else(|| self.session(|session| session.last_event_id().to_owned()))
    }

    /// Who reads the queue has had a turn since the last chunk: what waits beyond the capacity, waits too long.
    pub(super) fn make_room(&self) -> Result<(), ErrorKind> {
        let room = self.delivery.borrow_mut().queue.make_room();
        room.map_err(|capacity| ErrorKind::Overflow { capacity })
    }

    /// If too much waits for who reads, the connection waits, too.
    pub(super) fn wait_for_reader(&self, generation: Generation) {
        let is_full = self.delivery.borrow_mut().queue.is_full();
        if is_full {
            self.handle(Input::Full(generation));
        }
    }

    /// What the user reads by a `Stream`.
    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let poll = Delivery::poll_next(&self.delivery, context);
        let has_room = self.delivery.borrow_mut().queue.has_room();
        if has_room {
            self.handle(Input::Room);
        }
        poll
    }
}
