//! The server behind everstream's demo page and end-to-end tests: a feed of Server-Sent Events that never skips or
//! reuses an id, even when it is killed, and that plays the faults of real networks on request.
//!
//! | Path | Answer |
//! |---|---|
//! | `/events` | the feed; its query may ask for [faults](faults::Request) |
//! | `/journal?run=…` | what happened to every connection to the feed, as JSON |
//! | `/latest` | the id of the newest event |
//! | `/health` | `ok` |
//! | anything else | the static files of the page |

pub mod block;
pub mod cut;
pub mod faults;
mod feed;
pub mod journal;
pub mod log;
mod origin;
mod producer;
mod server;
mod settings;
mod socket;

pub use server::Server;
pub use settings::Settings;

/// Why the server could not start or go on, in words for whoever started it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
