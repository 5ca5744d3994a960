//! Typed payloads, by serde.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::core::parser::EventRef;
use crate::ends::TryEvents;
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

impl<T: DeserializeOwned> Json<T> {
    /// The same payloads with an error behind the last one, where an error closes the source. See [`EventSource::try_stream`].
    ///
    /// ```
    /// use everstream::JsonError;
    /// use futures_util::StreamExt;
    ///
    /// # async fn example() -> Result<(), everstream::Error> {
    /// let mut ticks = everstream::EventSource::open("/ticks")?.json::<u32>().try_stream();
    /// while let Some(tick) = ticks.next().await {
    ///     match tick {
    ///         Ok(tick) => println!("{tick}"),
    ///         Err(JsonError::Closed(error)) => return Err(error),
    ///         Err(error) => println!("{error}"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn try_stream(self) -> TryJson<T> {
        TryJson { events: self.source.try_stream(), payload: PhantomData }
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

/// Payloads, and at last the error that closed their source. See [`Json::try_stream`].
///
/// ```
/// # fn example(ticks: everstream::TryJson<u32>) {
/// ticks.source().pause();
/// # }
/// ```
#[must_use = "dropping it closes the connection"]
pub struct TryJson<T> {
    events: TryEvents,
    payload: PhantomData<fn() -> T>,
}

impl<T> TryJson<T> {
    /// The source that the payloads come from.
    ///
    /// ```
    /// # fn example(ticks: everstream::TryJson<u32>) {
    /// println!("{}", ticks.source().state());
    /// # }
    /// ```
    pub fn source(&self) -> &EventSource {
        self.events.source()
    }
}

impl<T: DeserializeOwned> Stream for TryJson<T> {
    type Item = Result<T, JsonError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let poll = Pin::new(&mut self.events).poll_next(context);
        poll.map(|event| Some(event?.map_err(JsonError::Closed).and_then(|event| Ok(event.json()?))))
    }
}

impl<T: DeserializeOwned> FusedStream for TryJson<T> {
    fn is_terminated(&self) -> bool {
        self.events.is_terminated()
    }
}

/// What a [`TryJson`] has in place of a payload.
///
/// ```
/// use everstream::JsonError;
///
/// fn is_over(error: &JsonError) -> bool {
///     matches!(error, JsonError::Closed(_))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// One payload is not what was expected. The stream goes on.
    Decode(DecodeError),
    /// What closed the source. It is the last item.
    Closed(Error),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonError::Decode(error) => error.fmt(f),
            JsonError::Closed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JsonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            JsonError::Decode(error) => Some(error),
            JsonError::Closed(error) => Some(error),
        }
    }
}

impl From<DecodeError> for JsonError {
    fn from(error: DecodeError) -> JsonError {
        JsonError::Decode(error)
    }
}
