//! How a source ended, for those who read it as a stream or wait for its end.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use crate::core::state::State;
use crate::delivery::StateQueue;
use crate::error::Error;
use crate::event::Event;
use crate::event_source::EventSource;

/// The events of a source, and at last the error that closed it. See [`EventSource::try_stream`].
///
/// ```
/// # fn example(events: everstream::TryEvents) {
/// events.source().pause();
/// # }
/// ```
#[must_use = "dropping it closes the connection"]
pub struct TryEvents {
    source: EventSource,
    is_over: bool,
}

impl TryEvents {
    /// The source that the events come from.
    ///
    /// ```
    /// # fn example(events: everstream::TryEvents) {
    /// println!("{}", events.source().state());
    /// # }
    /// ```
    pub fn source(&self) -> &EventSource {
        &self.source
    }

    pub(crate) fn new(source: EventSource) -> TryEvents {
        TryEvents { source, is_over: false }
    }
}

impl Stream for TryEvents {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let poll = Pin::new(&mut self.source).poll_next(context);
        poll.map(|event| match event {
            Some(event) => Some(Ok(event)),
            None => {
                self.is_over = true;
                self.source.state().error().cloned().map(Err)
            }
        })
    }
}

impl FusedStream for TryEvents {
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}

/// Waits until a source is closed. See [`Handle::closed`](crate::Handle::closed).
///
/// ```
/// # async fn example(closed: everstream::Closed) -> Result<(), everstream::Error> {
/// closed.await
/// # }
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct Closed {
    /// `None` where the source is gone.
    states: Option<Rc<StateQueue>>,
}

impl Closed {
    pub(crate) fn new(states: Option<Rc<StateQueue>>) -> Closed {
        Closed { states }
    }
}

impl Future for Closed {
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(states) = &self.states else { return Poll::Ready(Ok(())) };
        loop {
            match states.poll_next(context) {
                Poll::Ready(Some(state @ State::Closed { .. })) => {
                    return Poll::Ready(state.error().cloned().map_or(Ok(()), Err));
                }
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
