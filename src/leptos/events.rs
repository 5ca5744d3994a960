//! What becomes of an event: it is decoded, heard by everybody, and shown.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::connection::Ear;
use super::listeners::Listeners;
use super::options::{Batch, Decode};
use super::reports::Reports;
use super::shown::Shown;
use crate::core::parser::EventRef;
use crate::event::Event;
use crate::json::DecodeError;
use crate::platform::{Guard, Platform};

/// An event whose data are decoded.
///
/// ```
/// use everstream::leptos::{Message, use_event_source};
///
/// # fn component() {
/// let prices = use_event_source::<f64>("/prices");
/// prices.on_event(|Message { event_type, data, last_event_id, .. }| {
///     println!("{last_event_id}: {event_type} {data}");
/// });
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<T> {
    /// The name that the server gave it by `event:`; `message` without one.
    pub event_type: String,
    /// What was made of its `data:`.
    pub data: T,
    /// The last id that the stream had set by the time of this event; empty where there was none.
    pub last_event_id: String,
}

pub(super) struct Events<T> {
    me: Weak<Events<T>>,
    platform: Rc<dyn Platform>,
    decode: Decode<T>,
    batch: Batch,
    reports: Rc<Reports>,
    pub(super) latest: Shown<Option<Arc<Message<T>>>>,
    pub(super) listeners: Listeners<Message<T>>,
    /// Waits for the frame in which what came is shown.
    frame: RefCell<Option<Guard>>,
}

impl<T: 'static> Events<T> {
    pub(super) fn new(
        platform: Rc<dyn Platform>,
        decode: Decode<T>,
        batch: Batch,
        reports: Rc<Reports>,
    ) -> Rc<Events<T>> {
        Rc::new_cyclic(|me| Events {
            me: me.clone(),
            platform,
            decode,
            batch,
            reports,
            latest: Shown::new(None),
            listeners: Listeners::default(),
            frame: RefCell::default(),
        })
    }

    fn show(&self) {
        self.latest.show();
        self.reports.error.show();
        let mut is_done = true;
        self.listeners.each(|listener| {
            is_done &= listener.show();
            true
        });
        if !is_done {
            self.show_in_frame();
        }
    }

    fn show_in_frame(&self) {
        if self.frame.borrow().is_some() {
            return;
        }
        let me = self.me.clone();
        let frame = self.platform.frame(Box::new(move || {
            let Some(events) = me.upgrade() else { return };
            drop(events.frame.take());
            events.show();
        }));
        drop(self.frame.replace(Some(frame)));
    }
}

impl<T: 'static> Ear for Events<T> {
    fn hear(&self, event: EventRef<'_>, turn: u64, again: bool) {
        let age = self.reports.age();
        let is_gone = || self.reports.age() != age;
        let decoded = (self.decode)(event);
        // From here on every call of foreign code may have been one too many.
        if is_gone() {
            return;
        }
        match decoded {
            Ok(data) => {
                let Event { event_type, last_event_id, .. } = Event::from(EventRef { data: "", ..event });
                let message = Arc::new(Message { event_type, data, last_event_id });
                self.latest.put(Some(message.clone()));
                self.reports.decoded();
                self.listeners.each(|listener| {
                    if !again || listener.is_fold() {
                        listener.hear(&message);
                    }
                    !is_gone()
                });
            }
            Err(_) if again => return,
            Err(message) => self.reports.decode_error(turn, DecodeError { event: event.into(), message }),
        }
        if is_gone() {
            return;
        }
        match self.batch {
            Batch::Each => self.show(),
            Batch::Frame => self.show_in_frame(),
        }
    }

    fn track(&self) {
        self.latest.track();
    }

    fn reset(&self) {
        drop(self.frame.take());
        self.latest.put(None);
        self.listeners.reset();
        self.show();
    }

    fn shut(&self) {
        drop(self.frame.take());
        self.listeners.clear();
    }
}
