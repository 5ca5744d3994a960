//! The way from the parser to the user: a function that borrows each event, or a queue that a `Stream` empties.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

pub(crate) use self::queue::Queue;
use crate::begins::Slot;
use crate::core::parser::EventRef;
use crate::core::state::State;
use crate::error::Diagnostic;
use crate::event::Event;
use crate::handle::Handle;

mod queue;

pub(crate) type EventListener = Box<dyn FnMut(EventRef<'_>, &Handle)>;
pub(crate) type CommentListener = Box<dyn FnMut(&str, &Handle)>;
pub(crate) type StateListener = Box<dyn FnMut(&State, &Handle)>;
pub(crate) type DiagnosticListener = Box<dyn FnMut(&Diagnostic, &Handle)>;

/// Where events and comments go.
#[derive(Default)]
pub(crate) struct Delivery {
    /// Called for every event instead of queueing it. Taken out while it runs.
    listener: Listener<EventListener>,
    comments: Listener<CommentListener>,
    /// The types of the events that are heard; `None` is every type.
    event_types: Option<Vec<String>>,
    pub(crate) queue: Queue,
    /// Those who wait for one event, each for the next.
    waiting: Vec<Weak<Slot>>,
    finished: bool,
}

/// A user's function, which is elsewhere while it runs.
#[derive(Default)]
enum Listener<F> {
    #[default]
    None,
    Ready(F),
    Running,
}

impl Delivery {
    pub(crate) fn new(
        events: Option<EventListener>,
        comments: Option<CommentListener>,
        event_types: Option<Vec<String>>,
        queue: Queue,
    ) -> Delivery {
        Delivery {
            listener: events.into(),
            comments: comments.into(),
            event_types,
            queue,
            waiting: Vec::new(),
            finished: false,
        }
    }

    pub(crate) fn wants_comments(&self) -> bool {
        !matches!(self.comments, Listener::None)
    }

    /// Whether events of this type are wanted.
    pub(crate) fn hears(&self, event_type: &str) -> bool {
        self.event_types.as_ref().is_none_or(|types| types.iter().any(|other| other == event_type))
    }

    /// Adds a type to those that are wanted. `false` if it is among them.
    pub(crate) fn listen(&mut self, event_type: &str) -> bool {
        let Some(types) = self.event_types.as_mut().filter(|types| !types.iter().any(|t| t == event_type))
        else {
            return false;
        };
        types.push(event_type.into());
        true
    }

    /// What the native `EventSource` is to listen to: where no type was asked for, the one that all servers send.
    pub(crate) fn event_types(&self) -> Vec<String> {
        self.event_types.clone().unwrap_or_else(|| vec!["message".into()])
    }

    /// An event comes, behind this id.
    pub(crate) fn begin_behind(&mut self, id: &str) {
        if let Listener::None = self.listener {
            self.queue.begin_behind(id);
        }
    }

    /// The event that comes next is put there, too.
    pub(crate) fn wait_for_one(&mut self) -> Rc<Slot> {
        let slot = Rc::default();
        self.waiting.retain(|slot| slot.strong_count() > 0);
        self.waiting.push(Rc::downgrade(&slot));
        slot
    }

    pub(crate) fn event(this: &RefCell<Delivery>, event: EventRef<'_>, handle: &Handle) {
        let mut delivery = this.borrow_mut();
        let waiting = mem::take(&mut delivery.waiting);
        waiting.iter().filter_map(Weak::upgrade).for_each(|slot| slot.put(event));
        if let Listener::None = delivery.listener {
            let reader = delivery.queue.push(event);
            drop(delivery);
            wake(reader);
        } else {
            drop(delivery);
            Delivery::lend(this, |delivery| &mut delivery.listener, |listener| listener(event, handle));
        }
        waiting.iter().filter_map(Weak::upgrade).for_each(|slot| wake(slot.take_waker()));
    }

    pub(crate) fn comment(this: &RefCell<Delivery>, text: &str, handle: &Handle) {
        Delivery::lend(this, |delivery| &mut delivery.comments, |listener| listener(text, handle));
    }

    /// Takes a user's function out, so that nothing is borrowed while it runs, and puts it back.
    fn lend<F>(
        this: &RefCell<Delivery>,
        which: fn(&mut Delivery) -> &mut Listener<F>,
        call: impl FnOnce(&mut F),
    ) {
        let listener = which(&mut this.borrow_mut()).take();
        if let Some(mut listener) = listener {
            call(&mut listener);
            let unwanted = which(&mut this.borrow_mut()).give_back(listener);
            drop(unwanted);
        }
    }

    /// Nothing comes any more; what waits can still be read. The functions go, and with them what they hold: often the
    /// source itself.
    pub(crate) fn finish(this: &RefCell<Delivery>) {
        let mut delivery = this.borrow_mut();
        delivery.finished = true;
        let functions = (mem::take(&mut delivery.listener), mem::take(&mut delivery.comments));
        let reader = delivery.queue.take_waker();
        drop(delivery);
        drop(functions);
        wake(reader);
    }

    /// Everything has been read, and nothing comes any more.
    pub(crate) fn is_done(&self) -> bool {
        self.finished && self.queue.is_empty()
    }

    pub(crate) fn poll_next(this: &RefCell<Delivery>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut delivery = this.borrow_mut();
        if let Some(event) = delivery.queue.pop() {
            return Poll::Ready(Some(event));
        }
        if delivery.finished {
            return Poll::Ready(None);
        }
        let before = delivery.queue.wait(context);
        // Dropping a waker can run foreign code.
        drop(delivery);
        drop(before);
        Poll::Pending
    }
}

/// Executors may run the reader at once, so nothing may be borrowed by now.
fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}

impl<F> Listener<F> {
    /// Before the function runs.
    fn take(&mut self) -> Option<F> {
        if let Listener::None = self {
            return None;
        }
        match mem::replace(self, Listener::Running) {
            Listener::Ready(function) => Some(function),
            Listener::None | Listener::Running => None,
        }
    }

    /// After the function ran. If the source was closed meanwhile it comes back, to be dropped: which may run foreign
    /// code, too.
    fn give_back(&mut self, function: F) -> Option<F> {
        if let Listener::Running = self {
            *self = Listener::Ready(function);
            return None;
        }
        Some(function)
    }
}

impl<F> From<Option<F>> for Listener<F> {
    fn from(function: Option<F>) -> Self {
        function.map_or(Listener::None, Listener::Ready)
    }
}

/// Those who are told of every change of state.
pub(crate) struct Watchers {
    /// The last change that was told. The session itself may be further.
    current: RefCell<State>,
    listener: RefCell<Option<StateListener>>,
    streams: RefCell<Vec<Weak<StateQueue>>>,
}

/// The changes that one stream of states has not shown yet.
#[derive(Default)]
pub(crate) struct StateQueue {
    states: RefCell<VecDeque<State>>,
    finished: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

/// More changes than this are not kept for a stream that is not read: the oldest go.
const STATES_KEPT: usize = 64;

impl Watchers {
    pub(crate) fn new(listener: Option<StateListener>) -> Watchers {
        Watchers {
            current: RefCell::new(State::Idle),
            listener: RefCell::new(listener),
            streams: RefCell::default(),
        }
    }

    /// Starts a stream of states with the current one.
    pub(crate) fn subscribe(&self) -> Rc<StateQueue> {
        let queue = Rc::new(StateQueue::default());
        queue.push(&self.current.borrow());
        self.streams.borrow_mut().retain(|stream| stream.strong_count() > 0);
        self.streams.borrow_mut().push(Rc::downgrade(&queue));
        queue
    }

    pub(crate) fn announce(&self, state: &State, handle: &Handle) {
        self.current.replace(state.clone());
        let streams = self.streams.borrow().clone();
        for stream in streams.iter().filter_map(Weak::upgrade) {
            stream.push(state);
        }
        // Announcements are made one after the other, so the listener is never elsewhere when its turn comes.
        let listener = self.listener.take();
        if let Some(mut listener) = listener {
            listener(state, handle);
            if !matches!(state, State::Closed { .. }) {
                self.listener.replace(Some(listener));
            }
        }
    }
}

impl StateQueue {
    fn push(&self, state: &State) {
        let mut states = self.states.borrow_mut();
        if states.len() == STATES_KEPT {
            states.pop_front();
        }
        states.push_back(state.clone());
        drop(states);
        if let State::Closed { .. } = state {
            self.finished.set(true);
        }
        wake(self.waker.take());
    }

    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<State>> {
        let next = self.states.borrow_mut().pop_front();
        match next {
            Some(state) => Poll::Ready(Some(state)),
            None if self.finished.get() => Poll::Ready(None),
            None => {
                drop(self.waker.replace(Some(context.waker().clone())));
                Poll::Pending
            }
        }
    }
}
