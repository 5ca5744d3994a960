//! An app that is rendered on a server and hydrated in the browser: the same components in both places.
#![allow(unreachable_pub, reason = "the component macro puts a `pub` function into a function")]

use everstream::leptos::{RetryNow, StatusView, UseEventSource, use_event_source};
use leptos::prelude::*;
use serde::Deserialize;

/// An event of the feed.
#[derive(Deserialize)]
struct Tick {
    number: u64,
}

/// The connection that all parts use.
#[derive(Clone, Copy)]
struct Feed(UseEventSource<Tick>);

/// What is rendered, and hydrated.
#[component]
pub fn App() -> impl IntoView {
    let ticks = use_event_source::<Tick>("/events");
    provide_context(Feed(ticks));
    view! {
        <StatusView status=ticks/>
        <RetryNow status=ticks/>
        <Count/>
        <Numbers/>
    }
}

#[component]
fn Count() -> impl IntoView {
    let Feed(ticks) = expect_context();
    let count = ticks.fold(0, |count, _| *count += 1);
    view! { <p id="count">{count}</p> }
}

#[component]
fn Numbers() -> impl IntoView {
    let Feed(ticks) = expect_context();
    let numbers = ticks.fold(Vec::new(), |numbers, tick| numbers.push(tick.data.number));
    let latest = move || ticks.latest.get().map(|tick| tick.data.number);
    let words =
        move || numbers.with(|numbers| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" "));
    view! {
        <p id="latest">{latest}</p>
        <p id="numbers">{words}</p>
        <p id="age">{move || ticks.stale_for.get()}</p>
        <p id="id">{ticks.last_event_id}</p>
        <p id="error">{move || ticks.error.get().map(|error| error.to_string())}</p>
    }
}

/// In the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(App);
}
