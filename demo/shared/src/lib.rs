//! What the pages in Rust have in common: which feed they read and what went wrong on purpose, what they show of it, and what
//! tests read of them. `feed.ts` is the same for the pages on the npm package.

mod feed;
mod history;
mod seen;
mod tally;
pub mod words;

pub use feed::Feed;
pub use history::{CHANGES_SHOWN, Change, Changes, EVENTS_SHOWN, Latest, Received};
pub use seen::Seen;
pub use tally::{Tally, own_id};

/// Milliseconds since 1970.
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}
