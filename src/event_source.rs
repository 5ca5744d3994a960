//! The Rust API: a source, and the streams of what it brings and does.

use std::fmt::Display;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use crate::builder::Builder;
use crate::client::Client;
use crate::core::session::Input;
use crate::core::state::{ClosedBy, State};
use crate::delivery::StateQueue;
use crate::ends::TryEvents;
use crate::error::Error;
use crate::event::Event;
use crate::handle::Handle;
use crate::options::{Attempt, Provided, provider};

/// A stream of Server-Sent Events that never loses its place.
///
/// It is a [`Stream`] of [`Event`]s that goes on through dropped connections, restarted servers and frozen pages; it
/// ends when the source is closed, and [`state`](Handle::state) then says why. Dropping it closes the connection.
///
/// Everything else that can be asked of it is on [`Handle`], which it derefs to.
///
/// ```
/// use everstream::{EventSource, State};
/// use futures_util::StreamExt;
///
/// # async fn example() -> Result<(), everstream::Error> {
/// let mut source = EventSource::open("/events")?;
/// while let Some(event) = source.next().await {
///     println!("{}: {}", event.event_type, event.data);
/// }
/// println!("{}", source.state());
/// # Ok(()) }
/// ```
#[must_use = "dropping an EventSource closes its connection"]
pub struct EventSource {
    client: Rc<Client>,
    handle: Handle,
}

impl EventSource {
    /// Opens a source with the defaults.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::open("/events")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`Builder::open`].
    pub fn open(url: impl Into<String>) -> Result<EventSource, Error> {
        EventSource::builder(url).open()
    }

    /// Starts with a url, absolute or relative to the page (in a worker, to its script).
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events").header("authorization", "Bearer …").open()?;
    /// # Ok(()) }
    /// ```
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder::new(Provided::Value(url.into()))
    }

    /// Starts with a function that is asked for the url before each attempt.
    ///
    /// Its error is a [`Provider`](crate::ErrorKind::Provider) error, and the attempt counts as failed.
    ///
    /// ```
    /// # async fn ticket() -> Result<String, std::fmt::Error> { Ok("1".into()) }
    /// # fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder_with(|_attempt| async {
    ///     let ticket = ticket().await?;
    ///     Ok::<_, std::fmt::Error>(format!("/events?ticket={ticket}"))
    /// })
    /// .open()?;
    /// # Ok(()) }
    /// ```
    pub fn builder_with<F, E>(url: impl Fn(Attempt) -> F + 'static) -> Builder
    where
        F: Future<Output = Result<String, E>> + 'static,
        E: Display,
    {
        Builder::new(Provided::Function(provider(url)))
    }

    /// The handle of this source, to be cloned and kept elsewhere.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// let handle = source.handle().clone();
    /// # }
    /// ```
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Every change of state from now on, beginning with the current state; ends after the last one.
    ///
    /// A stream that is not read keeps the latest 64 changes.
    ///
    /// ```
    /// use futures_util::StreamExt;
    ///
    /// # async fn example(source: everstream::EventSource) {
    /// let mut states = source.states();
    /// while let Some(state) = states.next().await {
    ///     println!("{state}");
    /// }
    /// # }
    /// ```
    pub fn states(&self) -> States {
        States { queue: self.client.watchers.subscribe(), finished: false }
    }

    /// The same events with an error behind the last one, where an error closes the source: [`ClosedBy::Fatal`], or
    /// [`ClosedBy::Exhausted`] by a failure. Every other end ends the stream alone. What is tried again is no error: it is told by
    /// [`states`](Self::states).
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    ///
    /// # async fn example() -> Result<(), everstream::Error> {
    /// let mut events = everstream::EventSource::open("/events")?.try_stream();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}", event.data);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn try_stream(self) -> TryEvents {
        TryEvents::new(self)
    }

    pub(crate) fn new(client: Rc<Client>) -> EventSource {
        EventSource { handle: Handle::new(Rc::downgrade(&client)), client }
    }
}

impl Deref for EventSource {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        self.client.handle(Input::Close(ClosedBy::Dropped));
    }
}

impl Stream for EventSource {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.client.poll_next(context)
    }
}

impl FusedStream for EventSource {
    fn is_terminated(&self) -> bool {
        self.client.delivery.borrow().is_done()
    }
}

/// The changes of state of a source, as a stream. See [`EventSource::states`].
///
/// ```
/// use futures_util::StreamExt;
///
/// # async fn example(mut states: everstream::States) {
/// let now = states.next().await;
/// # }
/// ```
pub struct States {
    queue: Rc<StateQueue>,
    finished: bool,
}

impl Stream for States {
    type Item = State;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<State>> {
        let poll = self.queue.poll_next(context);
        self.finished = matches!(poll, Poll::Ready(None));
        poll
    }
}

impl FusedStream for States {
    fn is_terminated(&self) -> bool {
        self.finished
    }
}
