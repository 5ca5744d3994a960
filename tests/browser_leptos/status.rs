//! What a user is shown of the connection.

use std::time::Duration;

use everstream::leptos::{RetryNow, StatusView, UseEventSource, use_event_source};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Stage, numbers};

#[component]
fn App() -> impl IntoView {
    let source: UseEventSource<u32> = use_event_source("/numbers");
    view! {
        <StatusView status=source/>
        <RetryNow status=source/>
    }
}

#[wasm_bindgen_test]
async fn the_parts_say_why_and_count_down() {
    let stage = Stage::mount(App).await;
    assert_eq!(stage.text().await, "Connecting");
    stage.stream();
    assert_eq!(stage.text().await, "Connected");
    assert!(stage.element("button").hidden());
    let source = stage.element("[data-everstream=status]");
    assert_eq!(source.get_attribute("data-state").as_deref(), Some("open"));
}

#[wasm_bindgen_test]
async fn the_seconds_tick_until_the_next_attempt() {
    let stage = Stage::mount(App).await;
    let request = stage.world.request().expect("a request");
    request.respond(503, &[("retry-after", "3")], "");
    let waiting = "Connection lost: the server answered with status 503";
    let lines = |seconds: u32| format!("{waiting} Next attempt in {seconds} s");
    let status = stage.element("[data-everstream=status]");
    for seconds in [3, 2, 1] {
        stage.text().await;
        assert_eq!(status.inner_text(), lines(seconds));
        stage.world.advance(Duration::from_millis(1000));
    }
    stage.text().await;
    assert_eq!(status.inner_text(), "Connecting");
    assert_eq!(stage.world.request_count(), 2);
}

#[wasm_bindgen_test]
async fn a_clock_that_is_set_does_not_make_it_tick_faster() {
    let stage = Stage::mount(App).await;
    stage.world.request().expect("a request").respond(503, &[("retry-after", "30")], "");
    stage.text().await;
    stage.world.set_clock(stage.world.now() + 600_000);
    for _ in 0..3 {
        stage.world.advance(Duration::from_millis(1000));
        assert!(stage.text().await.contains("Next attempt in 0 s"));
    }
    assert_eq!(stage.world.timer_count(), 1, "the attempt itself");
}

#[wasm_bindgen_test]
async fn retry_now_makes_the_attempt_at_once() {
    let stage = Stage::mount(App).await;
    let button = stage.element("button");
    stage.world.request().expect("a request").respond(503, &[("retry-after", "30")], "");
    stage.text().await;
    assert_eq!((button.hidden(), button.inner_text().as_str()), (false, "Retry now"));
    button.click();
    assert!(stage.world.request().is_none(), "the server asked for patience");
    stage.world.advance(Duration::from_millis(30_000));
    stage.world.request().expect("a request").respond(503, &[], "");
    stage.text().await;
    button.click();
    stage.stream();
    stage.text().await;
    assert!(button.hidden());
    // Also when it was given up.
    let stage = Stage::mount(App).await;
    stage.world.request().expect("a request").respond(404, &[], "no such feed");
    assert_eq!(stage.text().await, "Closed: the server answered with status 404\nRetry now");
    stage.element("button").click();
    stage.stream();
    assert_eq!(stage.text().await, "Connected");
}

#[wasm_bindgen_test]
async fn an_age_ticks_while_it_is_read() {
    let (stage, (source, shown)) = Stage::run(|| {
        let source = use_event_source::<u32>("/numbers");
        let shown = RwSignal::new(true);
        Effect::new(move |_| shown.get().then(|| source.stale_for.get()));
        (source, shown)
    })
    .await;
    let request = stage.stream();
    assert_eq!((source.stale_for.get_untracked(), stage.world.timer_count()), (None, 0));
    request.send(numbers(1, 1));
    stage.text().await;
    assert_eq!(source.stale_for.get_untracked(), Some(0));
    for age in [1000, 2000] {
        stage.world.advance(Duration::from_millis(1000));
        stage.text().await;
        assert_eq!(source.stale_for.get_untracked(), Some(age));
    }
    request.send(numbers(2, 2));
    stage.text().await;
    assert_eq!(source.stale_for.get_untracked(), Some(0));
    shown.set(false);
    stage.text().await;
    stage.world.advance(Duration::from_millis(5000));
    stage.text().await;
    assert_eq!(stage.world.timer_count(), 0, "nobody reads it: the clock stands");
    assert_eq!(source.stale_for.get_untracked(), Some(5000), "and goes right when it is read");
}
