//! How a source begins, for those who wait for that: its answer and its first event.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::core::parser::EventRef;
use crate::ends::Closed;
use crate::error::Error;
use crate::event::Event;
use crate::handle::Handle;
use crate::response::Response;

/// Waits until a source is open. See [`Handle::opened`].
///
/// ```
/// # async fn example(opened: everstream::Opened) -> Result<(), everstream::Error> {
/// if let Some(response) = opened.await? {
///     println!("{}", response.url);
/// }
/// # Ok(()) }
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct Opened {
    source: Handle,
    changes: Closed,
}

impl Opened {
    pub(crate) fn new(source: Handle) -> Opened {
        Opened { changes: source.closed(), source }
    }
}

impl Future for Opened {
    type Output = Result<Option<Response>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Each change wakes, and what is kept of the answer is there before it is told.
        let end = Pin::new(&mut self.changes).poll(context);
        match self.source.response() {
            Some(response) => Poll::Ready(Ok(Some(response))),
            None => end.map_ok(|()| None),
        }
    }
}

/// Waits for an event of a source. See [`Handle::first`].
///
/// ```
/// # async fn example(first: everstream::First) -> Result<(), everstream::Error> {
/// if let Some(event) = first.await? {
///     println!("{}", event.data);
/// }
/// # Ok(()) }
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct First {
    /// `None` where the source is gone.
    slot: Option<Rc<Slot>>,
    end: Closed,
}

impl First {
    pub(crate) fn new(slot: Option<Rc<Slot>>, end: Closed) -> First {
        First { slot, end }
    }
}

impl Future for First {
    type Output = Result<Option<Event>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // What came before the end counts before it.
        if let Some(event) = self.slot.as_ref().and_then(|slot| slot.take(context)) {
            return Poll::Ready(Ok(Some(event)));
        }
        Pin::new(&mut self.end).poll(context).map_ok(|()| None)
    }
}

/// Where one event is put for whoever waits for it.
#[derive(Default)]
pub(crate) struct Slot {
    event: RefCell<Option<Event>>,
    waker: Cell<Option<Waker>>,
}

impl Slot {
    pub(crate) fn put(&self, event: EventRef<'_>) {
        self.event.replace(Some(event.into()));
    }

    /// Who is to be woken, once nothing is borrowed.
    pub(crate) fn take_waker(&self) -> Option<Waker> {
        self.waker.take()
    }

    fn take(&self, context: &Context<'_>) -> Option<Event> {
        let event = self.event.take();
        if event.is_none() {
            drop(self.waker.replace(Some(context.waker().clone())));
        }
        event
    }
}
