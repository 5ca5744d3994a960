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
use super::shared::Share;
use crate::core::parser::EventRef;
use crate::core::session::WhenHidden;
use crate::core::state::{ClosedBy, State};
use crate::event_source::EventSource;
use crate::handle::Handle;
use crate::platform::{Guard, Platform};

pub(super) struct Connection {
    me: Weak<Connection>,
    platform: Rc<dyn Platform>,
    configure: Configure,
    share: Option<Share>,
    /// It is asked for one answer at a time: another url is not asked by itself.
    once: bool,
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
    /// Whether the next source begins with the user's pause; `None` is as its options have it.
    paused: Cell<Option<bool>>,
    answer: Cell<Answer>,
    /// What came so far is of another url, or question: it goes before anything else begins.
    is_stale: Cell<bool>,
    /// Of a shared source, more came before than it has kept.
    is_late: Cell<bool>,
    /// The source, or the hold on one that is shared: dropping it ends it.
    source: RefCell<Option<Guard>>,
    /// There before the source is, because a source speaks while it is being opened.
    handle: RefCell<Option<Handle>>,
    place: RefCell<Place>,
}

/// What it is to do.
pub(super) struct Plan {
    pub(super) configure: Configure,
    pub(super) types: Option<Vec<String>>,
    pub(super) share: Option<Share>,
    /// Where the first url is begun.
    pub(super) last_event_id: String,
    /// Whether it begins by itself.
    pub(super) wanted: bool,
    pub(super) once: bool,
}

/// Where the sources before this one, of the same url, have come to.
#[derive(Default)]
struct Place {
    last_event_id: String,
    last_event_at: Option<u64>,
}

/// What is known of the answer of the source that there is, or was.
#[derive(Clone, Copy, Default)]
struct Answer {
    has_begun: bool,
    /// The request may be made again though the server may have acted on it.
    may_repeat: bool,
    /// It is over where the body ends.
    is_one: bool,
}

/// What makes something of the events.
pub(super) trait Ear {
    /// `again` is what others have heard already: it is only folded.
    fn hear(&self, event: EventRef<'_>, turn: u64, again: bool);

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
        Plan { configure, types, share, last_event_id, wanted, once }: Plan,
        ear: Rc<dyn Ear>,
        reports: Rc<Reports>,
    ) -> Rc<Connection> {
        Rc::new_cyclic(|me| Connection {
            me: me.clone(),
            clock: Clock::new(platform.clone()),
            platform,
            configure,
            share,
            once,
            types,
            owner: current_owner(),
            ear,
            reports,
            url: RefCell::default(),
            wanted: Cell::new(wanted),
            paused: Cell::default(),
            answer: Cell::default(),
            is_stale: Cell::default(),
            is_late: Cell::default(),
            source: RefCell::default(),
            handle: RefCell::default(),
            place: RefCell::new(Place { last_event_id, last_event_at: None }),
        })
    }

    /// From now on this is the url: the old connection ends, and then a new one begins. Without a url there is none.
    pub(super) fn follow(&self, url: String) {
        let before = self.url.replace(Some(url.clone()));
        if before.as_deref() == Some(&url) {
            return;
        }
        self.is_stale.set(self.is_stale.get() || before.is_some());
        if !self.end() || !self.forget() {
            return;
        }
        let turn = self.reports.turn();
        if url.is_empty() {
            self.reports.state(turn, &State::Closed { by: ClosedBy::User });
        } else if self.wanted.get() {
            self.wanted.set(!self.once);
            self.start();
        } else if self.once && before.is_some() {
            self.reports.state(turn, &State::Idle);
        }
    }

    /// Ends what there is and begins anew, or else once the component is mounted.
    pub(super) fn ask(&self) {
        let has_url = self.url.borrow().as_ref().map(|url| !url.is_empty());
        match has_url {
            Some(true) => self.begin_anew(),
            Some(false) => {}
            None => self.wanted.set(true),
        }
    }

    /// Opens a connection if there is none.
    pub(super) fn open(&self) {
        self.wanted.set(!self.once || self.url.borrow().is_none());
        let has_url = self.url.borrow().as_ref().is_some_and(|url| !url.is_empty());
        let state = self.handle().map(|handle| handle.state());
        match state {
            _ if !has_url => {}
            Some(State::Closed { by: ClosedBy::Ended }) => self.begin_anew(),
            Some(State::Closed { .. }) if self.is_cut() => self.begin_anew(),
            None | Some(State::Closed { .. }) => {
                if self.end() && self.forget() {
                    self.start();
                }
            }
            Some(_) => {}
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
        self.paused.set(Some(true));
        if let Some(handle) = self.handle() {
            handle.pause();
        }
    }

    pub(super) fn resume(&self) {
        self.paused.set(Some(false));
        let Some(handle) = self.handle() else { return };
        if self.is_cut() && matches!(handle.state(), State::Paused { .. }) {
            self.begin_anew();
        } else {
            handle.resume();
        }
    }

    pub(super) fn reconnect(&self) {
        let Some(handle) = self.handle() else { return self.open() };
        match handle.state() {
            State::Closed { .. } => self.open(),
            // Who pauses it has the last word.
            State::Paused { .. } => {}
            _ if self.is_cut() => self.begin_anew(),
            _ => handle.reconnect(),
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

    /// Whether it has joined others who have heard more than it. Whoever calls it in an effect runs again when it has changed.
    pub(super) fn is_late(&self) -> bool {
        self.track();
        self.is_late.get()
    }

    /// The source there is now.
    pub(super) fn handle(&self) -> Option<Handle> {
        self.handle.borrow().clone()
    }

    /// The end of it all.
    pub(super) fn shut(&self) {
        // Nobody opens it any more.
        self.url.take();
        self.end();
        self.ear.shut();
        self.reports.shut();
    }

    /// Ends the source, without a word, and remembers where it was. Returns whether that is all that has happened: a function that
    /// hears of the end may have begun another one.
    fn end(&self) -> bool {
        self.reports.next_turn();
        let turn = self.reports.turn();
        let place =
            Place { last_event_id: untrack(|| self.last_event_id()), last_event_at: self.last_event_at() };
        drop(self.place.replace(place));
        let gone = (self.handle.take(), self.source.take());
        // Dropping it runs foreign code, so nothing may be borrowed by now.
        drop(gone);
        self.reports.is_current(turn)
    }

    /// What came of another url, or of an answer, goes. Returns whether that is all that has happened: somebody at it may want
    /// something else by now.
    fn forget(&self) -> bool {
        if !self.is_stale.take() {
            return true;
        }
        let turn = self.reports.turn();
        drop(self.place.take());
        self.reports.reset();
        self.ear.reset();
        self.reports.is_current(turn)
    }

    /// Whether part of an answer is here that is not gone on with: asked once more, the server gives another one.
    fn is_cut(&self) -> bool {
        let Answer { has_begun, may_repeat, is_one } = self.answer.get();
        let is_in_the_middle = || self.handle().is_some_and(|handle| handle.is_in_the_middle());
        has_begun
            && (!may_repeat
                || (is_one && (is_in_the_middle() || untrack(|| self.last_event_id()).is_empty())))
    }

    fn begin_anew(&self) {
        self.is_stale.set(true);
        if self.end() && self.forget() {
            self.start();
        }
    }

    fn start(&self) {
        let turn = self.reports.turn();
        let url = self.url.borrow().clone().unwrap_or_default();
        let place = self.place.borrow().last_event_id.clone();
        let builder = EventSource::builder(url).when_hidden(WhenHidden::PauseIfResumable);
        let mut configured = None;
        as_owner(self.owner.as_ref(), || configured = Some((self.configure)(builder)));
        // A function that reads as it is called may also have changed what it read.
        let Some(mut builder) = configured.filter(|_| self.reports.is_current(turn)) else { return };
        let options = &mut builder.options;
        self.answer.set(Answer {
            has_begun: false,
            may_repeat: options.may_be_repeated(),
            is_one: options.closes_on_end(),
        });
        if !place.is_empty() {
            options.last_event_id = place;
        }
        if let Some(types) = &self.types {
            options.event_types.get_or_insert_default().extend_from_slice(types);
        }
        options.paused = self.paused.get().unwrap_or(options.paused);
        let member = Rc::new(Member {
            connection: self.me.clone(),
            turn,
            age: self.reports.age(),
            told: RefCell::default(),
        });
        self.is_late.set(false);
        let opened = match &self.share {
            // What is one answer is asked for by each, and a pause is nobody else's.
            Some(Share { key, join })
                if builder.options.may_be_repeated()
                    && !builder.options.closes_on_end()
                    && !builder.options.paused =>
            {
                join(&self.platform, builder, key, &member)
            }
            _ => {
                let again = member.clone();
                builder
                    .listened_by(
                        move |event| member.hear(event, false),
                        move |state, handle| {
                            again.see(state, handle);
                            // It was overtaken while it was being opened.
                            if again.connection().is_none() {
                                handle.close();
                            }
                        },
                    )
                    .open_on(|| Ok(self.platform.clone()))
                    .map(|source| Box::new(source) as Guard)
            }
        };
        match opened {
            Ok(source) if self.reports.is_current(turn) => drop(self.source.replace(Some(source))),
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

/// A connection, as its source knows it.
pub(super) struct Member {
    connection: Weak<Connection>,
    turn: u64,
    age: u64,
    /// The state that it was told last.
    told: RefCell<Option<State>>,
}

impl Member {
    /// `again` is what others have heard already.
    pub(super) fn hear(&self, event: EventRef<'_>, again: bool) {
        // An event has moved the place: it is heard also where a function at it has closed the source, or opened another one.
        let Some(connection) = self.connection.upgrade().filter(|here| here.reports.age() == self.age) else {
            return;
        };
        let is_known = |types: &Vec<String>| types.iter().any(|known| known == event.event_type);
        if connection.types.as_ref().is_none_or(is_known) {
            connection.ear.hear(event, self.turn, again);
        }
    }

    pub(super) fn see(&self, state: &State, handle: &Handle) {
        let Some(connection) = self.connection() else { return };
        if self.told.replace(Some(state.clone())).as_ref() == Some(state) {
            return;
        }
        match state {
            State::Open { .. } => {
                connection.answer.set(Answer { has_begun: true, ..connection.answer.get() });
            }
            State::Idle | State::Paused { .. } | State::Closed { .. } => {}
            // Somebody else has taken the pause back.
            _ if connection.paused.get() == Some(true) => connection.paused.set(Some(false)),
            _ => {}
        }
        drop(connection.handle.replace(Some(handle.clone())));
        connection.reports.state(self.turn, state);
    }

    /// Whether more came before than can be heard again.
    pub(super) fn set_late(&self, is_late: bool) {
        if let Some(connection) = self.connection() {
            connection.is_late.set(is_late);
        }
    }

    /// Nothing if it has turned to another source.
    fn connection(&self) -> Option<Rc<Connection>> {
        self.connection.upgrade().filter(|connection| connection.reports.is_current(self.turn))
    }
}
