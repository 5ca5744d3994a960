//! The connection of a hook: one source after the other, as the url and the user want it. It decides nothing about a
//! connection that is under way; that is the session's.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use leptos::prelude::untrack;
use leptos::reactive::owner::WeakOwner;

use super::clock::Clock;
use super::listeners::{as_owner, current_owner};
use super::options::Configure;
use super::reports::Reports;
use crate::core::parser::EventRef;
use crate::core::session::WhenHidden;
use crate::core::state::{ClosedBy, State};
use crate::event_source::EventSource;
use crate::handle::Handle;
use crate::platform::Platform;

pub(super) struct Connection {
    me: Weak<Connection>,
    platform: Rc<dyn Platform>,
    configure: Configure,
    types: Option<Vec<String>>,
    /// The component, for what its functions want to know of it.
    owner: Option<WeakOwner>,
    ear: Rc<dyn Ear>,
    pub(super) reports: Rc<Reports>,
    pub(super) clock: Rc<Clock>,
    /// The url that is followed; `None` before the component is mounted.
    url: RefCell<Option<String>>,
    /// Whether there is to be a connection: otherwise nobody has asked for one yet.
    wanted: Cell<bool>,
    /// Also the next source begins with the user's pause.
    paused: Cell<bool>,
    source: RefCell<Option<EventSource>>,
    /// There before the source is, because a source speaks while it is being opened.
    handle: RefCell<Option<Handle>>,
    place: RefCell<Place>,
}

/// Where the sources before this one, of the same url, have come to.
#[derive(Default)]
struct Place {
    last_event_id: String,
    last_event_at: Option<u64>,
}

/// What makes something of the events.
pub(super) trait Ear {
    fn hear(&self, event: EventRef<'_>, turn: u64);

    /// Whoever calls it in an effect runs again when it has heard something.
    fn track(&self);

    /// Another url: what came of the old one goes.
    fn reset(&self);

    /// The component is gone.
    fn shut(&self);
}

impl Connection {
    pub(super) fn new(
        platform: Rc<dyn Platform>,
        (configure, types, wanted): (Configure, Option<Vec<String>>, bool),
        ear: Rc<dyn Ear>,
        reports: Rc<Reports>,
    ) -> Rc<Connection> {
        Rc::new_cyclic(|me| Connection {
            me: me.clone(),
            clock: Clock::new(platform.clone()),
            platform,
            configure,
            types,
            owner: current_owner(),
            ear,
            reports,
            url: RefCell::default(),
            wanted: Cell::new(wanted),
            paused: Cell::new(false),
            source: RefCell::default(),
            handle: RefCell::default(),
            place: RefCell::default(),
        })
    }

    /// From now on this is the url: the old connection ends, and then a new one begins. Without a url there is none.
    pub(super) fn follow(&self, url: String) {
        let before = self.url.replace(Some(url.clone()));
        if before.as_deref() == Some(&url) {
            return;
        }
        self.end();
        let turn = self.reports.turn();
        drop(self.place.take());
        if before.is_some() {
            self.reports.reset();
            self.ear.reset();
        }
        // What was reset may have had somebody at it who wants another url by now.
        if !self.reports.is_current(turn) {
            return;
        }
        if url.is_empty() {
            self.reports.state(turn, &State::Closed { by: ClosedBy::User });
        } else if self.wanted.get() {
            self.start();
        }
    }

    /// Opens a connection if there is none.
    pub(super) fn open(&self) {
        self.wanted.set(true);
        let has_url = self.url.borrow().as_ref().is_some_and(|url| !url.is_empty());
        let is_over = self.handle().is_none_or(|handle| matches!(handle.state(), State::Closed { .. }));
        if has_url && is_over {
            self.end();
            self.start();
        }
    }

    pub(super) fn close(&self) {
        match self.handle() {
            Some(handle) => handle.close(),
            // The component is not mounted yet: once it is, nothing is opened.
            None if self.url.borrow().is_none() => {
                self.wanted.set(false);
                self.reports.state(self.reports.turn(), &State::Closed { by: ClosedBy::User });
            }
            None => {}
        }
    }

    pub(super) fn pause(&self) {
        self.paused.set(true);
        if let Some(handle) = self.handle() {
            handle.pause();
        }
    }

    pub(super) fn resume(&self) {
        self.paused.set(false);
        if let Some(handle) = self.handle() {
            handle.resume();
        }
    }

    pub(super) fn reconnect(&self) {
        match self.handle() {
            Some(handle) if !matches!(handle.state(), State::Closed { .. }) => handle.reconnect(),
            _ => self.open(),
        }
    }

    /// Whoever calls it in an effect runs again when it has changed.
    pub(super) fn last_event_id(&self) -> String {
        self.track();
        let before = || self.place.borrow().last_event_id.clone();
        self.handle().map_or_else(before, |handle| handle.last_event_id())
    }

    /// How long ago the last event came, in milliseconds, in steps of a second. Whoever calls it in an effect runs again
    /// after each.
    pub(super) fn stale_for(&self) -> Option<u64> {
        self.track();
        let last = self.last_event_at()?;
        let seconds = self.clock.now().saturating_sub(last) / 1000;
        self.clock.wake_at(last + (seconds + 1) * 1000);
        Some(seconds * 1000)
    }

    /// The seconds until the next attempt, rounded up; `None` while none is due. Whoever calls it in an effect runs again
    /// after each.
    pub(super) fn retry_in(&self) -> Option<u64> {
        let State::Waiting { until: Some(until), .. } = self.reports.state.get() else { return None };
        let seconds = until.saturating_sub(self.clock.now()).div_ceil(1000);
        // Who sets the clock does not shorten the wait: when there is nothing left of it, only its end is news.
        if let Some(left) = seconds.checked_sub(1) {
            self.clock.wake_at(until.saturating_sub(left * 1000));
        }
        Some(seconds)
    }

    /// The source there is now.
    pub(super) fn handle(&self) -> Option<Handle> {
        self.handle.borrow().clone()
    }

    /// The end of it all.
    pub(super) fn shut(&self) {
        self.end();
        self.ear.shut();
        self.reports.shut();
    }

    /// Ends the source, without a word, and remembers where it was.
    fn end(&self) {
        self.reports.next_turn();
        let place =
            Place { last_event_id: untrack(|| self.last_event_id()), last_event_at: self.last_event_at() };
        drop(self.place.replace(place));
        let gone = (self.handle.take(), self.source.take());
        // Dropping it runs foreign code, so nothing may be borrowed by now.
        drop(gone);
    }

    fn start(&self) {
        let turn = self.reports.turn();
        let url = self.url.borrow().clone().unwrap_or_default();
        let place = self.place.borrow().last_event_id.clone();
        let mut builder = EventSource::builder(url).when_hidden(WhenHidden::PauseIfResumable);
        if let Some(types) = &self.types {
            builder = builder.event_types(types.iter().map(String::as_str));
        }
        let mut configured = None;
        as_owner(self.owner.as_ref(), || configured = Some((self.configure)(builder)));
        // A function that reads as it is called may also have changed what it read.
        let Some(mut builder) = configured.filter(|_| self.reports.is_current(turn)) else { return };
        if !place.is_empty() {
            builder = builder.last_event_id(place);
        }
        let (for_events, for_states) = (self.me.clone(), self.me.clone());
        let opened = builder
            .paused(self.paused.get())
            .on_event(move |event, _| {
                let Some(connection) = for_events.upgrade() else { return };
                if connection.reports.is_current(turn) {
                    connection.ear.hear(event, turn);
                }
            })
            .on_state(move |state, handle| {
                let Some(connection) = for_states.upgrade() else { return };
                if connection.reports.is_current(turn) {
                    drop(connection.handle.replace(Some(handle.clone())));
                    connection.reports.state(turn, state);
                }
            })
            .open_on(|| Ok(self.platform.clone()));
        match opened {
            Ok(source) if self.reports.is_current(turn) => drop(self.source.replace(Some(source))),
            // It was overtaken while it was being opened.
            Ok(source) => drop(source),
            Err(error) => self.reports.state(turn, &State::Closed { by: ClosedBy::Fatal(error) }),
        }
    }

    fn track(&self) {
        self.reports.state.track();
        self.reports.error.track();
        self.ear.track();
    }

    /// In milliseconds since 1970.
    fn last_event_at(&self) -> Option<u64> {
        let now = self.handle().and_then(|handle| handle.stats().last_event_at);
        now.or_else(|| self.place.borrow().last_event_at)
    }
}
