//! Hooks for [Leptos](https://docs.rs/leptos) 0.8: Server-Sent Events as signals, without losing any.
//!
//! ```toml
//! everstream = { version = "0.1", features = ["leptos"] }
//! ```
//!
//! # Usage
//! [`use_event_source`] connects when its component is mounted and ends with it. Events are JSON of the type that you name,
//! and the url may be a signal.
//!
//! ```
//! use everstream::leptos::{RetryNow, StatusView, use_event_source};
//! use leptos::prelude::*;
//! use std::collections::BTreeMap;
//!
//! #[derive(serde::Deserialize)]
//! struct Tick { symbol: String, price: f64 }
//!
//! #[component]
//! fn Prices() -> impl IntoView {
//!     let ticks = use_event_source::<Tick>("/ticks");
//!     let prices = ticks.fold(BTreeMap::new(), |prices, tick| {
//!         prices.insert(tick.data.symbol.clone(), tick.data.price);
//!     });
//!     view! {
//!         <StatusView status=ticks/>
//!         <RetryNow status=ticks/>
//!         <ul>
//!             {move || prices.get().into_iter()
//!                 .map(|(symbol, price)| view! { <li>{symbol} ": " {price}</li> })
//!                 .collect_view()}
//!         </ul>
//!     }
//! }
//! ```
//!
//! A signal has one value, and a stream brings many: when ten events come in one chunk, an effect that reads
//! [`latest`](UseEventSource::latest) sees the tenth. So what needs every event has its own ways, in order and before anything
//! is drawn: [`fold`](UseEventSource::fold) for a value that grows, [`on_event`](UseEventSource::on_event) for all else.
//!
//! Several types of events, each with data of its own, become one enum: [`UseEventSourceOptions::by_type`].
//!
//! # One answer
//! [`use_stream`] asks a question and shows the one answer to it, as language models give it.
//!
//! # Options
//! [`use_event_source_with`] takes [`UseEventSourceOptions`]: how events are decoded, whether those who read are told at each
//! event or once a frame ([`Batch`]), whether it connects by itself, and everything that the [`Builder`](crate::Builder) can
//! set, as headers that are asked for at each attempt.
//!
//! # One connection for many components
//! [`UseEventSource`] is `Copy`. Call the hook in the component around the others, put it into the context in a struct of your
//! own, and each of them has its own folds and functions, which end with it. The example is at [`UseEventSource`].
//! Components that are far from each other share by url: [`UseEventSourceOptions::share`].
//!
//! # Server rendering
//! The same component renders on a server: there the state is [`State::Idle`](crate::State::Idle), folds have their initial
//! values, nothing is opened, and no value of JavaScript is touched. In the browser the connection is opened in an effect, so
//! after the page is hydrated. There is no feature to switch: a server is told by what Leptos says of itself
//! (`is_server()`), also if it is wasm32.
//!
//! A server may render what there is so far: [`UseEventSource::fold_from`] goes on behind it.
//!
//! # Tests
//! With the feature `testing`, components connect to a scripted world while it is [entered](crate::testing::World::enter):
//! [`mount_in`] mounts one there, and cleans up.
//!
//! # Leptos 0.9
//! As of its 0.9.0-rc1 nothing that is used here has been renamed: timers and frames are everstream's own. When 0.9 is out, a
//! minor version of everstream will depend on it instead of 0.8; one version cannot serve both, because their signals are
//! different types.

mod clock;
mod connection;
mod error;
mod events;
mod listeners;
#[cfg(feature = "testing")]
mod mounted;
mod options;
mod reports;
mod shared;
mod shown;
mod source;
#[allow(unreachable_pub, reason = "the component macro puts a `pub` function into a function")]
mod status;
mod stream;

pub use error::UseEventSourceError;
pub use events::Message;
#[cfg(feature = "testing")]
pub use mounted::{Mounted, mount_in};
pub use options::{Batch, EventDecoder, UseEventSourceOptions, event};
pub use source::{UseEventSource, use_event_source, use_event_source_with};
pub use status::{RetryNow, Status, StatusView};
pub use stream::{UseStream, use_stream};
