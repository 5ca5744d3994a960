//! One connection for many components, and what a server does.

use std::sync::Arc;

use everstream::leptos::{
    UseEventSource, UseEventSourceOptions, use_event_source, use_event_source_with, use_stream,
};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Stage, numbers};

#[derive(Clone, Copy)]
struct Feed(UseEventSource<u32>);

#[component]
fn Sum() -> impl IntoView {
    let Feed(numbers) = expect_context();
    let sum = numbers.fold(0, |sum, number| *sum += number.data);
    view! { <i>{sum}</i> }
}

#[wasm_bindgen_test]
async fn ten_components_use_one_connection() {
    #[component]
    fn App(shown: RwSignal<bool>) -> impl IntoView {
        provide_context(Feed(use_event_source("/numbers")));
        view! {
            {(0..9).map(|_| view! { <Sum/> }).collect_view()}
            <Show when=move || shown.get()><Sum/></Show>
        }
    }

    let shown = RwSignal::new(true);
    let mut stage = Stage::mount(move || view! { <App shown/> }).await;
    let request = stage.stream();
    request.send(numbers(1, 3));
    assert_eq!(stage.text().await, "6".repeat(10));
    shown.set(false);
    assert_eq!(stage.text().await, "6".repeat(9), "one may go");
    request.send(numbers(4, 4));
    assert_eq!(stage.text().await, "10".repeat(9));
    shown.set(true);
    stage.text().await;
    request.send(numbers(5, 5));
    assert_eq!(
        stage.text().await,
        format!("{}5", "15".repeat(9)),
        "one that comes later hears what comes later"
    );
    assert_eq!((stage.world.request_count(), stage.world.live_count()), (1, 1));
    stage.unmount();
    assert_eq!(stage.world.live_count(), 0);
}

/// A server that is wasm32 itself: the target does not tell it from a browser, Leptos does.
#[wasm_bindgen_test]
async fn nothing_is_opened_while_leptos_renders_on_a_server() {
    let (stage, ()) = Stage::run(|| {
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new())));
        owner.with(|| {
            let source = use_event_source::<u32>("/numbers");
            source.open();
            source.reconnect();
            assert_eq!(source.state.get_untracked().name(), "idle");
            let options = UseEventSourceOptions::text().last_event_id("7").share();
            let source = use_event_source_with("/numbers", options);
            source.open();
            assert_eq!(source.last_event_id.get_untracked(), "7", "as in the browser");
            let answer = use_stream("/chat", UseEventSourceOptions::text().immediate(true));
            answer.ask("?");
            answer.stop();
            assert_eq!(answer.state.get_untracked().name(), "idle");
        });
    })
    .await;
    assert_eq!(stage.world.request_count(), 0);
}
