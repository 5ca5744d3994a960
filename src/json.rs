//! Typed payloads, by serde.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::core::parser::EventRef;
use crate::error::Error;
use crate::event::Event;
use crate::event_source::EventSource;

/// A payload that is not what was expected. The stream goes on.
///
/// ```
/// let event = everstream::Event { event_type: "tick".into(), data: "{".into(), last_event_id: "7".into() };
/// let error = event.json::<u32>().unwrap_err();
/// assert_eq!((error.event.event_type.as_str(), error.event.last_event_id.as_str()), ("tick", "7"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The event as it came.
    pub event: Event,
    /// What is wrong, and where in the payload.
    pub message: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the data of a `{}` event: {}", self.event.event_type, self.message)
    }
}

impl std::error::Error for DecodeError {}

impl Event {
    /// Decodes the data as JSON.
    ///
    /// ```
    /// # #[derive(serde::Deserialize)]
    /// # struct Tick { price: u32 }
    /// # fn example(event: everstream::Event) -> Result<(), everstream::DecodeError> {
    /// let tick: Tick = event.json()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The data is not JSON, or not of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(&self.data)
            .map_err(|error| DecodeError { event: self.clone(), message: error.to_string() })
    }
}

impl Error {
    /// Decodes the [body](Error::body) as JSON, without a copy: strings can be borrowed from it.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Problem { title: String }
    ///
    /// let builder = everstream::EventSource::builder("/events").on_state(|state, _source| {
    ///     if let Some(Ok(problem)) = state.error().map(|error| error.json::<Problem>()) {
    ///         println!("{}", problem.title);
    ///     }
    /// });
    /// ```
    ///
    /// # Errors
    /// There is no body, or it is not JSON, or not of this type; `is_eof()` says that it is cut.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.body().unwrap_or_default())
    }
}

impl<'a> EventRef<'a> {
    /// Decodes the data as JSON, without a copy: strings can be borrowed from it.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Tick<'a> { symbol: &'a str, price: u32 }
    ///
    /// let builder = everstream::EventSource::builder("/ticks").on_event(|event, _source| {
    ///     match event.json::<Tick>() {
    ///         Ok(tick) => println!("{} {}", tick.symbol, tick.price),
    ///         Err(error) => println!("{error}"),
    ///     }
    /// });
    /// ```
    ///
    /// # Errors
    /// The data is not JSON, or not of this type.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(self.data)
            .map_err(|error| DecodeError { event: Event::from(*self), message: error.to_string() })
    }
}

impl EventSource {
    /// A stream of decoded payloads, with a result for each event: a bad one neither ends the stream nor asks for it
    /// again.
    ///
    /// ```
    /// use futures_util::StreamExt;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Tick { price: u32 }
    ///
    /// # async fn example() -> Result<(), everstream::Error> {
    /// let mut ticks = everstream::EventSource::open("/ticks")?.json::<Tick>();
    /// while let Some(tick) = ticks.next().await {
    ///     match tick {
    ///         Ok(tick) => println!("{}", tick.price),
    ///         Err(error) => println!("{error}"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn json<T: DeserializeOwned>(self) -> Json<T> {
        Json { source: self, payload: PhantomData }
    }
}

/// A stream of decoded payloads. See [`EventSource::json`].
///
/// ```
/// # fn example(ticks: everstream::Json<u32>) {
/// ticks.source().pause();
/// # }
/// ```
#[must_use = "dropping it closes the connection"]
pub struct Json<T> {
    source: EventSource,
    payload: PhantomData<fn() -> T>,
}

impl<T> Json<T> {
    /// The source that the payloads come from.
    ///
    /// ```
    /// # fn example(ticks: everstream::Json<u32>) {
    /// println!("{}", ticks.source().state());
    /// # }
    /// ```
    pub fn source(&self) -> &EventSource {
        &self.source
    }
}

impl<T: DeserializeOwned> Stream for Json<T> {
    type Item = Result<T, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let poll = Pin::new(&mut self.source).poll_next(context);
        poll.map(|event| event.map(|event| event.json()))
    }
}

impl<T: DeserializeOwned> FusedStream for Json<T> {
    fn is_terminated(&self) -> bool {
        self.source.is_terminated()
    }
}
