//! The part of everstream that decides: pure Rust without JavaScript, clock, randomness or I/O.
//!
//! Bytes go in and ranges of fields come out ([`parser`]); a failure goes in and a delay comes out ([`retry`]); whatever
//! happens to a connection goes in and a list of actions comes out ([`session`]). All three are plain values, so every
//! race between a page, a network and a clock is a unit test.
//!
//! ```
//! use everstream::internals::parser::{Limits, Parser};
//!
//! let mut parser = Parser::new(Limits::default(), "");
//! parser.push(b"data: hello\n\n");
//! let item = parser.next_item()?.unwrap();
//! assert_eq!(parser.event(&item).unwrap().data, "hello");
//! # Ok::<(), everstream::internals::parser::LimitExceeded>(())
//! ```

pub mod clock;
pub mod parser;
pub mod retry;
pub mod session;
pub(crate) mod state;
pub(crate) mod transport;
