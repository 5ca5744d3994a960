//! An app that is rendered on a server and hydrated in the browser: the same components in both places.
#![allow(unreachable_pub, reason = "the component macro puts a `pub` function into a function")]

use everstream::leptos::{
    RetryNow, StatusView, UseEventSource, UseEventSourceOptions, use_event_source, use_event_source_with,
    use_stream,
};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{Json, StreamingText, TextStream};
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
        <Rendered/>
        <Answer/>
    }
}

/// What the server knows when it renders: the first numbers, and the id of the last one.
fn known() -> (Vec<u64>, String) {
    if is_server() { ((1..=5).collect(), "5".into()) } else { (vec![], String::new()) }
}

#[component]
fn Rendered() -> impl IntoView {
    let (numbers, id) = SharedValue::new(known).into_inner();
    let options = UseEventSourceOptions::<Tick>::json().last_event_id(id);
    let ticks = use_event_source_with("/events", options);
    let numbers = ticks.fold_from(numbers, vec![], |numbers, tick| numbers.push(tick.data.number));
    view! {
        <p id="rendered">{move || numbers.with(|numbers| words(numbers))}</p>
        <p id="rendered-id">{ticks.last_event_id}</p>
    }
}

fn words(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
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
    let words = move || numbers.with(|numbers| words(numbers));
    view! {
        <p id="latest">{latest}</p>
        <p id="numbers">{words}</p>
        <p id="age">{move || ticks.stale_for.get()}</p>
        <p id="id">{ticks.last_event_id}</p>
        <p id="error">{move || ticks.error.get().map(|error| error.to_string())}</p>
    }
}

// From here on it is in docs/rust.md.
/// Counts as a server function, in the text of an event stream.
#[server(prefix = "/api", endpoint = "count", input = Json, output = StreamingText)]
async fn count(from: u64, to: u64) -> Result<TextStream, ServerFnError> {
    let events = (from..=to).map(|number| Ok(format!("data: {number}\n\n")));
    Ok(TextStream::new(tokio_stream::iter(events)))
}

#[component]
fn Answer() -> impl IntoView {
    let options = UseEventSourceOptions::<u64>::json().configure(|request| {
        // A server function says `application/octet-stream` of its text.
        request.header("content-type", "application/json").accept(|answer| answer.status == 200)
    });
    let answer = use_stream(Count::PATH.to_owned(), options);
    let numbers = answer.fold(vec![], |numbers, event| numbers.push(event.data));
    let ask = move |_| answer.ask(serde_json::to_vec(&Count { from: 3, to: 5 }).unwrap_or_default());
    view! {
        <button id="ask" on:click=ask>"Ask"</button>
        <p id="answer">{move || numbers.with(|numbers| words(numbers))}</p>
        <p id="answer-state">{move || answer.state.get().to_string()}</p>
    }
}
// Up to here.

/// In the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(App);
}
