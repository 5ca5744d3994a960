//! A scripted world: connections that answer what a test says, on a clock that a test moves.
//!
//! Everything between the builder and the stream is the real thing; only what lies behind `fetch`, the timers and the
//! page is played. It needs no browser and no server, and runs on every target.
//!
//! ```
//! use everstream::testing::World;
//! use everstream::{EventSource, State};
//! use std::time::Duration;
//!
//! let world = World::new();
//! let mut source = EventSource::builder("/events").open_in(&world)?;
//!
//! let request = world.request().unwrap();
//! request.accept();
//! request.send("id: 1\ndata: hello\n\n");
//! assert_eq!(world.next(&mut source).unwrap().data, "hello");
//!
//! request.fail();
//! assert!(matches!(source.state(), State::Waiting { .. }));
//! world.advance(Duration::from_millis(1_200));
//! assert_eq!(world.request().unwrap().last_event_id().as_deref(), Some("1"));
//! # Ok::<(), everstream::Error>(())
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;

use self::request::Script;
use crate::builder::Builder;
use crate::core::session::Offer;
use crate::error::Error;
use crate::event_source::EventSource;
use crate::page::PageChange;
use crate::platform::PageListener;
use crate::policy::ms;
use crate::task::Task;

mod platform;
mod request;

pub use self::request::Request;

/// A page, a network and a clock.
///
/// The clock starts at 1,000,000 ms and stands still between calls of [`advance`](World::advance). Random numbers are 0
/// unless told otherwise: every delay is the shortest there is.
///
/// ```
/// use everstream::testing::World;
/// use std::time::Duration;
///
/// let world = World::new();
/// world.advance(Duration::from_millis(500));
/// assert_eq!(world.now(), 1_000_500);
/// ```
#[derive(Clone)]
pub struct World {
    stage: Rc<Stage>,
}

struct Stage {
    now: Cell<u64>,
    /// What timers go by, as in a browser: it only ever moves forward.
    elapsed: Cell<u64>,
    random: Cell<f64>,
    offer: Cell<Offer>,
    timers: RefCell<Vec<Rc<FakeTimer>>>,
    tasks: RefCell<Vec<Task>>,
    /// What connections say, in order, each time after the call that caused it.
    said: RefCell<VecDeque<Box<dyn FnOnce()>>>,
    settling: Cell<bool>,
    requests: RefCell<VecDeque<Request>>,
    made: RefCell<Vec<Weak<Script>>>,
    count: Cell<usize>,
    most_live: Cell<usize>,
    pages: RefCell<Vec<Rc<PageListener>>>,
    warnings: RefCell<Vec<String>>,
}

struct FakeTimer {
    due: u64,
    fire: Cell<Option<Box<dyn FnOnce()>>>,
}

impl World {
    /// A world in which nothing has happened.
    ///
    /// ```
    /// let world = everstream::testing::World::new();
    /// ```
    #[must_use]
    pub fn new() -> World {
        World {
            stage: Rc::new(Stage {
                now: Cell::new(1_000_000),
                offer: Cell::new(Offer {
                    streaming: true,
                    native: true,
                    native_reconnects_cleanly: true,
                    page: false,
                }),
                elapsed: Cell::default(),
                random: Cell::default(),
                timers: RefCell::default(),
                tasks: RefCell::default(),
                said: RefCell::default(),
                settling: Cell::default(),
                requests: RefCell::default(),
                made: RefCell::default(),
                count: Cell::default(),
                most_live: Cell::default(),
                pages: RefCell::default(),
                warnings: RefCell::default(),
            }),
        }
    }

    /// Sets what browser this is: one whose `fetch` cannot stream, one without an `EventSource`, one whose `EventSource`
    /// mixes connections when it reconnects (WebKit). For sources that are opened after this.
    ///
    /// ```
    /// # use everstream::{EventSource, Transport, testing::World};
    /// # let world = World::new();
    /// world.set_browser(false, true, true);
    /// let source = EventSource::builder("/events").open_in(&world)?;
    /// assert_eq!(source.transport().unwrap().0, Transport::EventSource);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn set_browser(&self, fetch_streams: bool, event_source: bool, event_source_is_sound: bool) {
        self.stage.offer.set(Offer {
            streaming: fetch_streams,
            native: event_source,
            native_reconnects_cleanly: event_source_is_sound,
            ..self.stage.offer.get()
        });
    }

    /// The time in milliseconds.
    ///
    /// ```
    /// assert_eq!(everstream::testing::World::new().now(), 1_000_000);
    /// ```
    #[must_use]
    pub fn now(&self) -> u64 {
        self.stage.now.get()
    }

    /// Lets time pass: fires what is due, in order, and lets everything that follows happen.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// let source = EventSource::builder("/events").open_in(&world)?;
    /// world.request().unwrap().fail();
    /// world.advance(Duration::from_millis(999));
    /// assert!(world.request().is_none());
    /// world.advance(Duration::from_millis(1));
    /// assert!(world.request().is_some());
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn advance(&self, time: Duration) {
        let end = self.stage.elapsed.get().saturating_add(ms(time));
        self.settle();
        loop {
            let next = {
                let mut timers = self.stage.timers.borrow_mut();
                timers.retain(|timer| Rc::strong_count(timer) > 1);
                timers.sort_by_key(|timer| timer.due);
                timers.first().filter(|timer| timer.due <= end).cloned()
            };
            let Some(timer) = next else { break };
            self.stage.elapse_until(timer.due);
            self.stage.timers.borrow_mut().retain(|other| !Rc::ptr_eq(other, &timer));
            if let Some(fire) = timer.fire.take() {
                fire();
            }
            self.settle();
        }
        self.stage.elapse_until(end);
    }

    /// Sets the clock without letting time pass, as a user does. Timers do not care.
    ///
    /// ```
    /// let world = everstream::testing::World::new();
    /// world.set_clock(5);
    /// assert_eq!(world.now(), 5);
    /// ```
    pub fn set_clock(&self, now: u64) {
        self.stage.now.set(now);
    }

    /// Sets what the next random numbers are, in `0.0..1.0`.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.set_random(0.5);
    /// world.request().unwrap().fail();
    /// world.advance(Duration::from_millis(1_099));
    /// assert_eq!(world.request_count(), 1, "1,000 ms and half of the jitter of 200");
    /// world.advance(Duration::from_millis(1));
    /// assert_eq!(world.request_count(), 2);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn set_random(&self, random: f64) {
        self.stage.random.set(random);
    }

    /// The oldest request that the test has not seen yet.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// let request = world.request().unwrap();
    /// assert!(world.request().is_none());
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        self.settle();
        self.stage.requests.borrow_mut().pop_front()
    }

    /// How many requests there were in all.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// assert_eq!(world.request_count(), 1);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn request_count(&self) -> usize {
        self.settle();
        self.stage.count.get()
    }

    /// How many requests are neither aborted nor over.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// source.close();
    /// assert_eq!(world.live_count(), 0);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn live_count(&self) -> usize {
        self.settle();
        self.stage.live_count()
    }

    /// The most requests that were ever live at the same time. For one source it is 1, whatever happens.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// source.reconnect();
    /// assert_eq!(world.most_live(), 1);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn most_live(&self) -> usize {
        self.settle();
        self.stage.most_live.get()
    }

    /// How many timers are set.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.request().unwrap().fail();
    /// assert_eq!(world.timer_count(), 1, "the next attempt");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn timer_count(&self) -> usize {
        self.settle();
        self.stage.timers.borrow().iter().filter(|timer| Rc::strong_count(timer) > 1).count()
    }

    /// How many sources listen to what happens to the page.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// let source = EventSource::builder("/events").open_in(&world)?;
    /// assert_eq!(world.page_listener_count(), 1);
    /// source.close();
    /// assert_eq!(world.page_listener_count(), 0);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn page_listener_count(&self) -> usize {
        self.settle();
        self.watchers().len()
    }

    /// The next item of a stream that is there without waiting.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let mut source = EventSource::builder("/events").open_in(&world)?;
    /// assert_eq!(world.next(&mut source), None);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn next<S: Stream + Unpin>(&self, stream: &mut S) -> Option<S::Item> {
        self.settle();
        match Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        }
    }

    /// Everything that a stream has without waiting.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let mut source = EventSource::builder("/events").open_in(&world)?;
    /// let request = world.request().unwrap();
    /// request.accept();
    /// request.send("data: 1\n\ndata: 2\n\n");
    /// assert_eq!(world.all(&mut source).len(), 2);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn all<S: Stream + Unpin>(&self, stream: &mut S) -> Vec<S::Item> {
        std::iter::from_fn(|| self.next(stream)).collect()
    }

    /// The browser says that it is offline.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.offline();
    /// assert_eq!(source.state().name(), "connecting", "a hint, no more");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn offline(&self) {
        self.page(PageChange::Offline);
    }

    /// The browser says that it is online again.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.request().unwrap().fail();
    /// world.advance(Duration::from_millis(1_000));
    /// world.request().unwrap().fail();
    /// world.advance(Duration::from_millis(1_000));
    /// world.online();
    /// assert_eq!(source.state().name(), "connecting", "it does not wait for two seconds");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn online(&self) {
        self.page(PageChange::Online);
    }

    /// The page is frozen (Page Lifecycle).
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.freeze();
    /// assert_eq!(source.state().to_string(), "paused: frozen");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn freeze(&self) {
        self.page(PageChange::Frozen);
    }

    /// The page runs again after [`freeze`](World::freeze).
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?; world.request().unwrap().accept();
    /// world.freeze();
    /// world.thaw();
    /// assert_eq!(source.state().name(), "connecting");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn thaw(&self) {
        self.page(PageChange::Thawed);
    }

    /// The user goes to another page (`pagehide`).
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.leave();
    /// assert_eq!(source.state().to_string(), "paused: cached");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn leave(&self) {
        self.page(PageChange::Left);
    }

    /// The user comes back (`pageshow`).
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?; world.request().unwrap().accept();
    /// world.leave();
    /// world.come_back();
    /// assert_eq!(source.state().name(), "connecting");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn come_back(&self) {
        self.page(PageChange::Returned);
    }

    /// The page cannot be seen any more (Page Visibility).
    ///
    /// ```
    /// # use everstream::{EventSource, WhenHidden, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// let source = EventSource::builder("/events").when_hidden(WhenHidden::Pause).open_in(&world)?;
    /// world.hide();
    /// world.advance(Duration::from_millis(60_000));
    /// assert_eq!(source.state().to_string(), "paused: hidden");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn hide(&self) {
        self.page(PageChange::Hidden);
    }

    /// The page can be seen again.
    ///
    /// ```
    /// # use everstream::{EventSource, WhenHidden, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").when_hidden(WhenHidden::Pause).open_in(&world)?;
    /// world.hide();
    /// world.advance(Duration::from_millis(60_000));
    /// world.show();
    /// assert_eq!(source.state().name(), "connecting");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn show(&self) {
        self.page(PageChange::Visible);
    }

    /// Until what is returned is dropped, every source that is opened in this thread is opened in this world: for code that
    /// opens its sources by itself, as a component does.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// let world = World::new();
    /// let _entered = world.enter();
    /// let source = EventSource::open("/events")?;
    /// assert_eq!(world.request().unwrap().url(), "/events");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn enter(&self) -> Entered {
        ENTERED.with_borrow_mut(|worlds| worlds.push(self.clone()));
        Entered { world: self.clone() }
    }

    /// What a page's developers would have found in the console.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// world.advance(Duration::from_millis(10_000));
    /// assert!(world.warnings()[0].starts_with("everstream: no answer for 10000 ms"));
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.stage.warnings.borrow().clone()
    }

    /// Those whose guard is still held.
    fn watchers(&self) -> Vec<Rc<PageListener>> {
        let mut pages = self.stage.pages.borrow_mut();
        pages.retain(|page| Rc::strong_count(page) > 1);
        pages.clone()
    }

    fn page(&self, change: PageChange) {
        for page in self.watchers() {
            page(change);
        }
        self.settle();
    }

    /// Lets everything happen that can happen now: tasks run, and what connections have said is heard.
    fn settle(&self) {
        if self.stage.settling.replace(true) {
            return;
        }
        loop {
            let tasks = self.stage.tasks.take();
            for mut task in tasks {
                if Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                    self.stage.tasks.borrow_mut().push(task);
                }
            }
            let Some(said) = self.stage.said.borrow_mut().pop_front() else { break };
            said();
        }
        self.stage.settling.set(false);
    }
}

thread_local! {
    /// The worlds that were entered in this thread, the latest last.
    static ENTERED: RefCell<Vec<World>> = const { RefCell::new(Vec::new()) };
}

/// The world that this thread is in.
pub(crate) fn entered() -> Option<World> {
    ENTERED.with_borrow(|worlds| worlds.last().cloned())
}

/// While it lives, this thread is in a world. See [`World::enter`].
#[must_use = "dropping it leaves the world"]
pub struct Entered {
    world: World,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = ENTERED.with_borrow_mut(|worlds| {
            let at = worlds.iter().rposition(|world| Rc::ptr_eq(&world.stage, &self.world.stage));
            at.map(|at| worlds.remove(at))
        });
        drop(left);
    }
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl Builder {
    /// Opens the source in a scripted world in place of the browser.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// let world = World::new();
    /// let source = EventSource::builder("/events").open_in(&world)?;
    /// assert_eq!(world.request_count(), 1);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Builder::open`].
    pub fn open_in(self, world: &World) -> Result<EventSource, Error> {
        let source = self.open_on(|| Ok(Rc::new(world.clone())));
        world.settle();
        source
    }
}

impl Stage {
    fn elapse_until(&self, then: u64) {
        let ms = then.saturating_sub(self.elapsed.get());
        self.elapsed.set(self.elapsed.get().saturating_add(ms));
        self.now.set(self.now.get().saturating_add(ms));
    }

    fn live_count(&self) -> usize {
        self.made.borrow().iter().filter_map(Weak::upgrade).filter(|script| !script.is_aborted()).count()
    }
}
