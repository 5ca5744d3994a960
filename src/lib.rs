//! A Server-Sent Events client for the browser that never loses its place.
//!
//! An [`EventSource`] is a stream of events over `fetch` or the browser's own `EventSource`. It backs off with jitter, believes `retry:` and `Retry-After`,
//! resumes with `Last-Event-ID`, and always says in its [`State`] what it is doing and why. The state machine behind it
//! is pure Rust and decides everything; the browser only carries it out.
//!
//! ```
//! use everstream::EventSource;
//! use futures_util::StreamExt;
//!
//! # async fn example() -> Result<(), everstream::Error> {
//! let mut source = EventSource::builder("/events").with_credentials(true).open()?;
//! while let Some(event) = source.next().await {
//!     println!("{}: {}", event.event_type, event.data);
//! }
//! println!("closed: {}", source.state());
//! # Ok(()) }
//! ```
//!
//! # Transports
//! `fetch` on the page's own origin and wherever an option needs it; the browser's own `EventSource` for plain streams of
//! other origins that are heard by name, until `fetch` has to take over: [`TransportChoice`] has the rules,
//! [`Handle::transport`] the reason for the one in use.
//!
//! # Pages and workers
//! In a page, a source lives with it: see [`PageChange`] for what it hears of, and [`WhenHidden`]. In a worker it is told,
//! by [`Handle::page_changed`].
//!
//! # Cargo features
//! - `serde-wasm-bindgen`: events, states and errors as objects of JavaScript.
//! - `simd` (default): 128-bit SIMD in the parser. Every engine since 2023 runs it; switch it off for older ones.
//! - `json`: typed payloads by serde.
//! - `leptos`: hooks for Leptos, in the module of that name.
//! - `web` (default): the browser. Without it everything compiles, and nothing can be opened.
//! - `testing`: a scripted world with a virtual clock, for tests without a server or a browser.
//!
//! # Targets
//! `wasm32-unknown-unknown` with wasm-bindgen, in pages and workers. Everything compiles elsewhere, too, so that a
//! component can be rendered on a server; opening a source there is an error.

// On a server, and without the scripted world, nothing can be opened: what runs a connection is compiled for nothing.
#![cfg_attr(not(any(all(target_arch = "wasm32", feature = "web"), feature = "testing")), allow(dead_code))]
// In the core of the npm package errors have no words, and are copied.
#![cfg_attr(all(feature = "js", not(feature = "web"), target_arch = "wasm32"), allow(clippy::clone_on_copy))]

mod abort;
mod begins;
mod builder;
mod client;
mod core;
mod delivery;
mod ends;
mod error;
mod event;
mod event_source;
mod handle;
#[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
mod js;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "leptos")]
pub mod leptos;
mod options;
mod page;
mod platform;
mod policy;
mod response;
#[cfg(any(test, all(target_arch = "wasm32", feature = "web")))]
mod resume;
mod stats;
mod task;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "serde-wasm-bindgen")]
mod to_js;
#[cfg(all(target_arch = "wasm32", feature = "web"))]
mod web;

pub use self::core::parser::{EventRef, LimitExceeded, Limits};
pub use self::core::session::{ResumeBy, WhenHidden};
pub use self::core::state::{Cause, ClosedBy, PauseReason, PauseSet, ReadyState, State};
pub use self::core::transport::{TakeOver, Transport, TransportChoice, TransportReason};
pub use abort::AbortHandle;
pub use begins::{First, Opened};
pub use builder::Builder;
pub use ends::{Closed, TryEvents};
pub use error::{Diagnostic, Error, ErrorKind};
pub use event::Event;
pub use event_source::{EventSource, States};
pub use handle::Handle;
#[cfg(feature = "json")]
pub use json::{DecodeError, Json, JsonError, TryJson};
pub use options::{Attempt, Headers, Overflow, Unfinished};
pub use page::{PageChange, PageWatch};
pub use policy::{Judgement, Policy};
pub use response::Response;
pub use stats::Stats;

/// What decides, for this project's own tests and tools. No promise to anybody.
#[doc(hidden)]
pub mod internals {
    pub use crate::core::{clock, parser, retry, session};
}

/// The code in the README compiles and runs.
#[cfg(all(doctest, feature = "leptos", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
