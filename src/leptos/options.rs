//! How a hook connects, decodes and shows.

use std::fmt::Display;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::shared::{self, Share};
use crate::builder::Builder;
use crate::core::parser::EventRef;

/// What [`use_event_source_with`](super::use_event_source_with) takes: how the data are decoded, how the connection is made, and when what comes is shown.
///
/// It begins with the way of decoding: [`json`](Self::json) (also the [`Default`]), [`text`](Self::text),
/// [`by_type`](Self::by_type) or [`decode`](Self::decode).
///
/// ```
/// use everstream::leptos::{Batch, UseEventSourceOptions, use_event_source_with};
/// use std::time::Duration;
///
/// # fn component() {
/// let options = UseEventSourceOptions::<u32>::json()
///     .configure(|source| source.header("x-tenant", "7").stall_timeout(Duration::from_secs(40)))
///     .batch(Batch::Frame);
/// let prices = use_event_source_with("/prices", options);
/// # }
/// ```
#[must_use = "options do nothing by themselves"]
pub struct UseEventSourceOptions<T> {
    pub(super) decode: Decode<T>,
    /// The types that are heard; `None` is every type.
    pub(super) types: Option<Vec<String>>,
    pub(super) configure: Configure,
    pub(super) share: Option<Share>,
    pub(super) last_event_id: String,
    pub(super) batch: Batch,
    pub(super) immediate: Option<bool>,
}

pub(super) type Decode<T> = Rc<dyn Fn(EventRef<'_>) -> Result<T, String>>;
pub(super) type Configure = Box<dyn Fn(Builder) -> Builder>;

/// When components hear of events. Folds and listeners get every event at once in either case.
///
/// ```
/// use everstream::leptos::{Batch, UseEventSourceOptions};
///
/// let options = UseEventSourceOptions::text().batch(Batch::Frame);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Batch {
    /// Signals change with each event. Leptos runs effects once after all events of a chunk. The default.
    #[default]
    Each,
    /// Signals change once before the page is drawn, however many events came. While it is hidden nothing is drawn: then they
    /// change after 100 ms, which browsers stretch to a second. State changes are never held back.
    Frame,
}

/// How events of one type are decoded. Made by [`event`].
///
/// ```
/// use everstream::leptos::{EventDecoder, event};
///
/// let numbers: EventDecoder<i64> = event("number", |number: i32| i64::from(number));
/// ```
pub struct EventDecoder<T> {
    event_type: &'static str,
    decode: Decode<T>,
}

/// Events of this type are JSON of `P`, and become what the function makes of it: often a variant of an enum.
/// See [`UseEventSourceOptions::by_type`].
///
/// ```
/// use everstream::leptos::event;
///
/// enum Feed { Price(f64) }
/// let prices = event("price", Feed::Price);
/// ```
pub fn event<T: 'static, P: DeserializeOwned>(
    event_type: &'static str,
    make: impl Fn(P) -> T + 'static,
) -> EventDecoder<T> {
    EventDecoder { event_type, decode: Rc::new(move |event| from_json(event).map(&make)) }
}

impl<T: 'static> UseEventSourceOptions<T> {
    /// Events of every type are JSON of the same type.
    ///
    /// ```
    /// use everstream::leptos::UseEventSourceOptions;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Tick { price: f64 }
    ///
    /// let options = UseEventSourceOptions::<Tick>::json();
    /// ```
    pub fn json() -> Self
    where
        T: DeserializeOwned,
    {
        Self::with(Rc::new(from_json), None)
    }

    /// A function decodes each event. What it says of one that it cannot decode goes to
    /// [`error`](super::UseEventSource::error), and the stream goes on.
    ///
    /// ```
    /// use everstream::leptos::UseEventSourceOptions;
    ///
    /// let numbers = UseEventSourceOptions::decode(|event| event.data.parse::<f64>());
    /// ```
    pub fn decode<E: Display>(decode: impl Fn(EventRef<'_>) -> Result<T, E> + 'static) -> Self {
        Self::with(Rc::new(move |event| decode(event).map_err(|error| error.to_string())), None)
    }

    /// Each type of event has data of its own, and all of them become one type. Events of other types are not heard.
    ///
    /// ```
    /// use everstream::leptos::{UseEventSourceOptions, event, use_event_source_with};
    /// use leptos::prelude::*;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Message { from: String, text: String }
    ///
    /// enum Chat { Said(Message), Joined(String), Count(usize) }
    ///
    /// # fn component() {
    /// let options = UseEventSourceOptions::by_type([
    ///     event("message", Chat::Said),
    ///     event("joined", Chat::Joined),
    ///     event("count", Chat::Count),
    /// ]);
    /// let chat = use_event_source_with("/chat", options);
    /// let lines = chat.fold(Vec::new(), |lines, event| match &event.data {
    ///     Chat::Said(Message { from, text }) => lines.push(format!("{from}: {text}")),
    ///     Chat::Joined(name) => lines.push(format!("{name} is here")),
    ///     Chat::Count(_) => {}
    /// });
    /// # }
    /// ```
    pub fn by_type(decoders: impl IntoIterator<Item = EventDecoder<T>>) -> Self {
        let decoders: Vec<_> = decoders.into_iter().collect();
        let types = decoders.iter().map(|decoder| decoder.event_type.into()).collect();
        let decode = move |event: EventRef<'_>| {
            let decoder = decoders.iter().find(|decoder| decoder.event_type == event.event_type);
            decoder.map_or_else(|| Err("is not of a known type".into()), |decoder| (decoder.decode)(event))
        };
        Self::with(Rc::new(decode), Some(types))
    }

    /// Sets what a [`Builder`] can set, each time a source is opened: what it reads of signals is what they are then, and
    /// is not tracked. Functions for headers are asked at each attempt.
    ///
    /// A hook differs from the builder in one default: it pauses in a page that is hidden for a minute, if the stream can be
    /// resumed ([`WhenHidden::PauseIfResumable`](crate::WhenHidden::PauseIfResumable)). With `paused(true)` it begins with a
    /// pause, until [`resume`](super::UseEventSource::resume). `on_event` and `on_state` hear before the hook does, and
    /// `event_types` beside [`by_type`](Self::by_type) are further types, for `on_event` alone.
    ///
    /// ```
    /// use everstream::leptos::UseEventSourceOptions;
    /// use leptos::prelude::*;
    ///
    /// # fn component(token: RwSignal<String>) {
    /// let options = UseEventSourceOptions::<u32>::json().configure(move |source| {
    ///     source.headers_with(move |_attempt| async move {
    ///         Ok::<_, String>(vec![("authorization".into(), format!("Bearer {}", token.get_untracked()))])
    ///     })
    /// });
    /// # }
    /// ```
    pub fn configure(mut self, configure: impl Fn(Builder) -> Builder + 'static) -> Self {
        self.configure = Box::new(configure);
        self
    }

    /// The place to begin at: behind the event with this id, for a value that is there already because a server has rendered
    /// it ([`fold_from`](super::UseEventSource::fold_from)). It is that of the first url; another one begins at its beginning.
    ///
    /// ```
    /// use everstream::leptos::UseEventSourceOptions;
    ///
    /// let options = UseEventSourceOptions::<u32>::json().last_event_id("1041");
    /// ```
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = id.into();
        self
    }

    /// Components with the same url and equal options share one connection, wherever they are: each has its own way of
    /// decoding, its own folds and functions, and closing or pausing it is closing or pausing it for all of them. By default a
    /// hook has a connection of its own, and an app that shares nothing does not download what does.
    ///
    /// Functions (for headers, say) cannot be compared, and whoever has some does not share; see [`share_as`](Self::share_as).
    /// Neither does what asks for one answer, such as a POST. The connection outlives the last component by a second: paused, with
    /// its place. The folds of one that joins later begin with what came before, of which 256 KiB are kept:
    /// [`joined_late`](super::UseEventSource::joined_late) says that there was more. `on_event` hears only what comes from then
    /// on.
    ///
    /// ```
    /// use everstream::leptos::{UseEventSource, UseEventSourceOptions, use_event_source_with};
    ///
    /// fn use_prices() -> UseEventSource<f64> {
    ///     use_event_source_with("/prices", UseEventSourceOptions::json().share())
    /// }
    /// ```
    pub fn share(mut self) -> Self {
        self.share = Some(Share { key: None, join: shared::join });
        self
    }

    /// As [`share`](Self::share), with those who have the same key: functions among their options are taken for equal, and those
    /// of whoever opens the connection are called.
    ///
    /// ```
    /// use everstream::leptos::UseEventSourceOptions;
    /// use leptos::prelude::*;
    ///
    /// fn options(token: RwSignal<String>) -> UseEventSourceOptions<f64> {
    ///     UseEventSourceOptions::json().share_as("with my token").configure(move |source| {
    ///         source.headers_with(move |_| async move { Ok::<_, String>(vec![("x-token".into(), token.get_untracked())]) })
    ///     })
    /// }
    /// ```
    pub fn share_as(mut self, key: impl Into<String>) -> Self {
        self.share = Some(Share { key: Some(key.into()), join: shared::join });
        self
    }

    /// When components hear of events; [`Batch::Each`] by default.
    ///
    /// ```
    /// use everstream::leptos::{Batch, UseEventSourceOptions};
    ///
    /// let options = UseEventSourceOptions::text().batch(Batch::Frame);
    /// ```
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }

    /// Whether the connection is opened when the component is mounted; otherwise [`open`](super::UseEventSource::open) opens
    /// it. By default it is, but for [`use_stream`](super::use_stream), which asks once then, with the body that
    /// [`configure`](Self::configure) sets.
    ///
    /// ```
    /// use everstream::leptos::UseEventSourceOptions;
    ///
    /// let options = UseEventSourceOptions::text().immediate(false);
    /// ```
    pub fn immediate(mut self, immediate: bool) -> Self {
        self.immediate = Some(immediate);
        self
    }

    fn with(decode: Decode<T>, types: Option<Vec<String>>) -> Self {
        UseEventSourceOptions {
            decode,
            types,
            configure: Box::new(|builder| builder),
            share: None,
            last_event_id: String::new(),
            batch: Batch::default(),
            immediate: None,
        }
    }
}

impl UseEventSourceOptions<String> {
    /// The data as they came.
    ///
    /// ```
    /// use everstream::leptos::{UseEventSourceOptions, use_event_source_with};
    ///
    /// # fn component() {
    /// let log = use_event_source_with("/log", UseEventSourceOptions::text());
    /// # }
    /// ```
    pub fn text() -> Self {
        Self::with(Rc::new(|event| Ok(event.data.to_owned())), None)
    }
}

/// [`json`](UseEventSourceOptions::json).
impl<T: DeserializeOwned + 'static> Default for UseEventSourceOptions<T> {
    fn default() -> Self {
        Self::json()
    }
}

fn from_json<P: DeserializeOwned>(event: EventRef<'_>) -> Result<P, String> {
    serde_json::from_str(event.data).map_err(|error| error.to_string())
}
