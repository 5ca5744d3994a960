//! The recipes of docs/rust.md.

pub mod dioxus;
pub mod yew;
