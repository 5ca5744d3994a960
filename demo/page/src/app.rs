//! Ties the source, the buttons and the view together.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use demo_shared::{Changes, Feed, Received, Seen, now};
use everstream::{ClosedBy, EventRef, EventSource, Handle, State};
use gloo_events::EventListener;
use gloo_timers::callback::Interval;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Window};

use crate::rate::Rate;
use crate::view::{Scene, View};

/// How often what changes by itself is drawn, in milliseconds: counters, countdown, the age of the last event. Events
/// cause no drawing of their own, so its cost does not grow with their number.
const TICK: u32 = 100;

/// What has happened so far.
pub(crate) struct History {
    pub(crate) received: Received,
    pub(crate) changes: Changes,
    pub(crate) rate: Rate,
}

pub(crate) struct App {
    me: Weak<App>,
    window: Window,
    feed: Rc<Feed>,
    seen: Seen,
    view: View,
    history: RefCell<History>,
    source: RefCell<Option<EventSource>>,
    frame: Closure<dyn FnMut()>,
    /// A hidden page gets no frames: one request waits until it is seen again.
    frame_requested: Cell<bool>,
    _ticks: Interval,
    _clicks: EventListener,
}

impl App {
    pub(crate) fn start() -> Result<Rc<App>, JsValue> {
        let window = web_sys::window().ok_or("there is no window")?;
        let document = window.document().ok_or("there is no document")?;
        let location = window.location();
        let feed = Rc::new(Feed::new(&location.search()?, location.href()?)?);
        let view = View::new(&document)?;
        let seen = Seen::publish();
        let app = Rc::new_cyclic(|me: &Weak<App>| App {
            me: me.clone(),
            window,
            feed,
            seen,
            view,
            history: RefCell::new(History {
                received: Received::default(),
                changes: Changes::default(),
                rate: Rate::new(now()),
            }),
            source: RefCell::default(),
            frame: Closure::new(calling(me, App::draw)),
            frame_requested: Cell::new(false),
            _ticks: Interval::new(TICK, calling(me, App::request_frame)),
            _clicks: EventListener::new(&document, "click", {
                let me = me.clone();
                move |event| {
                    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                    let button = target.and_then(|target| target.closest("button").ok().flatten());
                    if let Some((app, button)) = me.upgrade().zip(button) {
                        app.clicked(&button);
                    }
                }
            }),
        });
        app.open(String::new());
        Ok(app)
    }

    fn open(&self, last_event_id: String) {
        // Two sources must not have a connection at the same time.
        drop(self.source.take());
        let (for_events, for_states) = (self.me.clone(), self.me.clone());
        let opened = self.feed.builder().map(|builder| {
            let for_comments = self.me.clone();
            let builder = match self.feed.counts_comments() {
                true => builder.on_comment(move |_, _| {
                    if let Some(app) = for_comments.upgrade() {
                        app.seen.comment();
                    }
                }),
                false => builder,
            };
            builder
                .last_event_id(last_event_id)
                .on_event(move |event, source| {
                    if let Some(app) = for_events.upgrade() {
                        app.received(event, source);
                    }
                })
                .on_state(move |state, source| {
                    if let Some(app) = for_states.upgrade() {
                        app.changed(state, Some(source));
                    }
                })
                .open()
        });
        match opened {
            Ok(Ok(source)) => drop(self.source.replace(Some(source))),
            Ok(Err(error)) => self.changed(&State::Closed { by: ClosedBy::Fatal(error) }, None),
            Err(reason) => self.complain(&reason),
        }
    }

    /// The query of the page names no url.
    fn complain(&self, reason: &str) {
        let place = self.window.document().and_then(|document| document.get_element_by_id("failure"));
        if let Some(place) = place {
            place.set_text_content(Some(reason));
            // Fails only for names that are none.
            let _ = place.remove_attribute("hidden");
        }
    }

    fn received(&self, event: EventRef<'_>, source: &Handle) {
        let mut history = self.history.borrow_mut();
        let now = now();
        if let Some(id) = history.received.event(event.event_type, event.data, event.last_event_id, now) {
            self.seen.id(id, &history.received.tally);
        }
        history.rate.count(now);
        let count = history.received.events;
        // What comes of it is told to this app again.
        drop(history);
        self.feed.after_event(count, source);
    }

    fn changed(&self, state: &State, source: Option<&Handle>) {
        // By this app, which opens another one.
        if let State::Closed { by: ClosedBy::Dropped } = state {
            return;
        }
        let now = now();
        self.seen.state(state, source.and_then(Handle::transport), now);
        {
            let mut history = self.history.borrow_mut();
            history.changes.changed(state, now);
            history.rate.connected(matches!(state, State::Open { .. }), now);
        }
        if let State::Closed { .. } = state {
            self.feed.behave();
        }
        self.request_frame();
        if let Some(source) = source {
            self.feed.after_change(state, source);
        }
    }

    fn clicked(&self, button: &Element) {
        match button.id().as_str() {
            "pause" => self.steer(Handle::pause),
            "resume" => self.steer(Handle::resume),
            "close" => self.steer(Handle::close),
            "reconnect" => self.reconnect(),
            "fault-none" => {
                self.feed.behave();
                self.ask_anew();
            }
            _ => {
                if let Some(query) = button.get_attribute("data-fault") {
                    let label = button.text_content().unwrap_or_default();
                    let times = button.get_attribute("data-times").and_then(|times| times.parse().ok());
                    self.feed.misbehave(label.trim(), &query, times.unwrap_or(1));
                    self.ask_anew();
                }
            }
        }
    }

    /// Makes a fault begin or end.
    fn ask_anew(&self) {
        match self.source().filter(|_| self.feed.is_plain()) {
            Some(source) => self.open(source.last_event_id()),
            None => self.reconnect(),
        }
    }

    /// A new connection now; after the end a new source, which goes on where the old one was.
    fn reconnect(&self) {
        match self.source().map(|source| (source.state(), source.last_event_id())) {
            None => self.open(String::new()),
            Some((State::Closed { .. }, last_event_id)) => self.open(last_event_id),
            Some(_) => self.steer(Handle::reconnect),
        }
        self.request_frame();
    }

    fn steer(&self, how: fn(&Handle)) {
        if let Some(source) = self.source() {
            how(&source);
        }
    }

    /// A handle of its own, because steering calls back into this app, which may replace the source.
    fn source(&self) -> Option<Handle> {
        self.source.borrow().as_ref().map(|source| source.handle().clone())
    }

    fn request_frame(&self) {
        if !self.frame_requested.replace(true) {
            let requested = self.window.request_animation_frame(self.frame.as_ref().unchecked_ref());
            self.frame_requested.set(requested.is_ok());
        }
    }

    fn draw(&self) {
        self.frame_requested.set(false);
        let now = now();
        let mut history = self.history.borrow_mut();
        history.rate.advance(now);
        self.view.draw(&Scene {
            now,
            history: &history,
            feed: self.feed.address(),
            fault: &self.feed.fault_in_words(),
            last_event_id: &self.source().map(|source| source.last_event_id()).unwrap_or_default(),
            transport: self.source().and_then(|source| source.transport()),
        });
    }
}

/// A function for the browser to call that does not keep the app alive.
fn calling(app: &Weak<App>, method: fn(&App)) -> impl FnMut() + 'static {
    let app = app.clone();
    move || {
        if let Some(app) = app.upgrade() {
            method(&app);
        }
    }
}
