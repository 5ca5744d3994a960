//! The connection of a hook: one source after the other, as the url and the user want it. It decides nothing about a
//! connection that is under way; that is the session's.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use leptos::prelude::untrack;
use leptos::reactive::owner::WeakOwner;

use super::clock::Clock;
use super::error::UseEventSourceError;
use super::listeners::{Listeners, as_owner, current_owner};
use super::options::Configure;
use super::shown::Shown;
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
    pub(super) state: Shown<State>,
    pub(super) errors: Rc<Errors>,
    pub(super) clock: Rc<Clock>,
    /// The url that is followed; `None` before the component is mounted.
    url: RefCell<Option<String>>,
    /// Whether there is to be a connection: otherwise nobody has asked for one yet.
    wanted: Cell<bool>,
    /// Also the next source begins with the user's pause.
    paused: Cell<bool>,
    /// Counts the sources. What an earlier one still says is not heard.
    turn: Cell<u64>,
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
    /// `is_current` says, before anything is done with the event, whether it is still one of the url that is followed.
    fn hear(&self, event: EventRef<'_>, is_current: &dyn Fn() -> bool);

    /// Whoever calls it in an effect runs again when it has heard something.
    fn track(&self);

    /// Another url: what came of the old one goes.
    fn reset(&self);

    /// The component is gone.
    fn shut(&self);
}

/// The latest failure, and those who hear of each.
pub(super) struct Errors {
    pub(super) latest: Shown<Option<UseEventSourceError>>,
    pub(super) listeners: Listeners<UseEventSourceError>,
}

impl Errors {
    pub(super) fn new() -> Rc<Errors> {
        Rc::new(Errors { latest: Shown::new(None), listeners: Listeners::default() })
    }

    /// Leaves it to the caller to show it.
    pub(super) fn failed(&self, error: UseEventSourceError, is_current: &dyn Fn() -> bool) {
        self.latest.put(Some(error.clone()));
        self.listeners.each(|listener| {
            listener.hear(&error);
            is_current()
        });
    }
}

impl Connection {
    pub(super) fn new(
        platform: Rc<dyn Platform>,
        (configure, types, wanted): (Configure, Option<Vec<String>>, bool),
        ear: Rc<dyn Ear>,
        errors: Rc<Errors>,
    ) -> Rc<Connection> {
        Rc::new_cyclic(|me| Connection {
            me: me.clone(),
            clock: Clock::new(platform.clone()),
            platform,
            configure,
            types,
            owner: current_owner(),
            ear,
            state: Shown::new(State::Idle),
            errors,
            url: RefCell::default(),
            wanted: Cell::new(wanted),
            paused: Cell::new(false),
            turn: Cell::new(0),
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
        let turn = self.turn.get();
        drop(self.place.take());
        if before.is_some() {
            self.errors.latest.put_if(Option::is_some, None);
            self.ear.reset();
        }
        // What was reset may have had somebody at it who wants another url by now.
        if self.turn.get() != turn {
            return;
        }
        if url.is_empty() {
            self.tell(State::Closed { by: ClosedBy::User });
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
                self.tell(State::Closed { by: ClosedBy::User });
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
        let State::Waiting { until: Some(until), .. } = self.state.get() else { return None };
        let seconds = until.saturating_sub(self.clock.now()).div_ceil(1000);
        self.clock.wake_at(until.saturating_sub(seconds.saturating_sub(1) * 1000));
        Some(seconds)
    }

    /// The end of it all.
    pub(super) fn shut(&self) {
        self.end();
        self.ear.shut();
        self.errors.listeners.clear();
    }

    /// Ends the source, without a word, and remembers where it was.
    fn end(&self) {
        self.turn.set(self.turn.get() + 1);
        let place =
            Place { last_event_id: untrack(|| self.last_event_id()), last_event_at: self.last_event_at() };
        drop(self.place.replace(place));
        let gone = (self.handle.take(), self.source.take());
        // Dropping it runs foreign code, so nothing may be borrowed by now.
        drop(gone);
    }

    fn start(&self) {
        let turn = self.turn.get();
        let url = self.url.borrow().clone().unwrap_or_default();
        let place = self.place.borrow().last_event_id.clone();
        let mut builder = EventSource::builder(url).when_hidden(WhenHidden::PauseIfResumable);
        if let Some(types) = &self.types {
            builder = builder.event_types(types.iter().map(String::as_str));
        }
        let mut configured = None;
        as_owner(self.owner.as_ref(), || configured = Some((self.configure)(builder)));
        // A function that reads as it is called may also have changed what it read.
        let Some(mut builder) = configured.filter(|_| self.turn.get() == turn) else { return };
        if !place.is_empty() {
            builder = builder.last_event_id(place);
        }
        let (for_events, for_states) = (self.me.clone(), self.me.clone());
        let opened = builder
            .paused(self.paused.get())
            .on_event(move |event, _| {
                let Some(connection) = for_events.upgrade() else { return };
                let is_current = || connection.turn.get() == turn;
                if is_current() {
                    connection.ear.hear(event, &is_current);
                }
            })
            .on_state(move |state, handle| {
                if let Some(connection) = for_states.upgrade() {
                    connection.changed(turn, state, Some(handle));
                }
            })
            .open_on(|| Ok(self.platform.clone()));
        match opened {
            Ok(source) if self.turn.get() == turn => drop(self.source.replace(Some(source))),
            // It was overtaken while it was being opened.
            Ok(source) => drop(source),
            Err(error) => self.changed(turn, &State::Closed { by: ClosedBy::Fatal(error) }, None),
        }
    }

    fn changed(&self, turn: u64, state: &State, handle: Option<&Handle>) {
        let is_current = || self.turn.get() == turn;
        if !is_current() {
            return;
        }
        if let Some(handle) = handle.filter(|_| self.handle.borrow().is_none()) {
            drop(self.handle.replace(Some(handle.clone())));
        }
        self.state.put(state.clone());
        match state.error() {
            Some(error) => {
                let error = UseEventSourceError::Source(error.clone());
                self.errors.failed(error, &is_current);
            }
            None if matches!(state, State::Open { .. }) => {
                let is_over = |error: &Option<_>| matches!(error, Some(UseEventSourceError::Source(_)));
                self.errors.latest.put_if(is_over, None);
            }
            None => {}
        }
        if is_current() {
            self.state.show();
            self.errors.latest.show();
        }
    }

    fn tell(&self, state: State) {
        self.state.put(state);
        self.state.show();
    }

    fn track(&self) {
        self.state.track();
        self.errors.latest.track();
        self.ear.track();
    }

    /// In milliseconds since 1970.
    fn last_event_at(&self) -> Option<u64> {
        let now = self.handle().and_then(|handle| handle.last_event_at());
        now.or_else(|| self.place.borrow().last_event_at)
    }

    fn handle(&self) -> Option<Handle> {
        self.handle.borrow().clone()
    }
}
