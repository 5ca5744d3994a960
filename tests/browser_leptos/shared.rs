//! One connection for components that have no context in common.

use std::cell::RefCell;

use everstream::Builder;
use everstream::leptos::{
    UseEventSource, UseEventSourceOptions, mount_in, use_event_source, use_event_source_with,
};
use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Log, Stage, ms, numbers};

/// A component that shares.
fn shared(configure: impl Fn(Builder) -> Builder + 'static) -> UseEventSource<u32> {
    use_event_source_with("/numbers", UseEventSourceOptions::json().configure(configure).share())
}

fn list(source: UseEventSource<u32>) -> Signal<Vec<u32>> {
    source.fold(vec![], |list, number| list.push(number.data))
}

#[wasm_bindgen_test]
async fn components_with_one_url_share_a_connection_until_the_last_is_gone() {
    let shown = RwSignal::new(true);
    let stage = Stage::mount(|| ()).await;
    let page = mount_in(&stage.world, move || {
        let part = move || {
            let sum = shared(|source| source).fold(0, |sum, number| *sum += number.data);
            view! { <b>{sum}</b> }
        };
        view! { {part} <Show when=move || shown.get()>{part}</Show> }
    })
    .await;
    let request = stage.stream();
    assert_eq!(stage.world.request_count(), 1);
    request.send(numbers(1, 3));
    tick().await;
    assert_eq!(page.element().inner_text(), "66");
    shown.set(false);
    tick().await;
    stage.world.advance(ms(5_000));
    request.send(numbers(4, 4));
    tick().await;
    assert_eq!(page.element().inner_text(), "10");
    shown.set(true);
    tick().await;
    assert_eq!(page.element().inner_text(), "1010", "what it has missed is folded");
    drop(page);
    assert!(!request.is_aborted(), "somebody may come back at once");
    stage.world.advance(ms(0));
    assert!(request.is_aborted());
    stage.world.advance(ms(1_000));
    assert_eq!((stage.world.page_listener_count(), stage.world.timer_count()), (0, 0));
}

#[wasm_bindgen_test]
async fn whoever_comes_back_within_a_second_finds_the_place_and_the_fold() {
    let stage = Stage::mount(|| ()).await;
    let component = || list(shared(|source| source.header("x-tenant", "7")));
    let (mounted, _) = stage.again(component).await;
    stage.stream().send(numbers(1, 3));
    drop(mounted);
    stage.world.advance(ms(999));
    let (mounted, list) = stage.again(component).await;
    let request = stage.stream();
    assert_eq!(request.last_event_id().as_deref(), Some("3"));
    request.send(numbers(4, 4));
    assert_eq!(list.get_untracked(), [1, 2, 3, 4]);
    stage.world.advance(ms(5_000));
    assert!(!request.is_aborted());
    drop(mounted);
    stage.world.advance(ms(1_000));
    let _again = stage.again(component).await;
    assert_eq!(stage.stream().last_event_id(), None, "a second later it begins anew");
}

#[wasm_bindgen_test]
async fn what_differs_or_cannot_be_compared_has_a_connection_of_its_own() {
    let (stage, ()) = Stage::run(|| {
        let post = |source: Builder| source.method("POST").body("?");
        let _ = shared(|source| source);
        let _ = shared(|source| source.header("x-tenant", "7"));
        let _ = shared(|source| source.header("x-tenant", "8"));
        let _ = shared(|source| source.headers_with(|_| async { Ok::<_, String>(vec![]) }));
        let _ = shared(|source| source.headers_with(|_| async { Ok::<_, String>(vec![]) }));
        let _ = shared(|source| source.on_event(|_, _| {}));
        let _ = shared(|source| source.paused(true));
        let _ = (shared(post), shared(post));
        let _ = use_event_source::<u32>("/numbers");
        for types in [["a", "b"], ["b", "a"], ["a", "c"]] {
            let _ = shared(move |source| source.event_types(types));
        }
        let _ = use_event_source_with("/else", UseEventSourceOptions::<u32>::json().share());
        let _ = shared(|source| source);
    })
    .await;
    assert_eq!(stage.world.request_count(), 12);
}

#[wasm_bindgen_test]
async fn a_key_makes_functions_equal_but_nothing_else() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, ()) = Stage::run(move || {
        let keyed = |key: &str, header: &'static str| {
            let log = log.clone();
            let options = UseEventSourceOptions::<u32>::json().share_as(key).configure(move |source| {
                let log = log.clone();
                source
                    .header("x-tenant", header)
                    .headers_with(|_| async { Ok::<_, String>(vec![]) })
                    .on_event(move |event, _| log.push(event.data.to_owned()))
            });
            let _ = use_event_source_with("/numbers", options);
        };
        keyed("one", "7");
        keyed("one", "7");
        keyed("one", "8");
        keyed("two", "7");
        keyed("two", "7");
    })
    .await;
    assert_eq!(stage.world.request_count(), 3);
    stage.stream().send(numbers(1, 1));
    assert_eq!(heard.take(), ["1"], "that of whoever opened it");
}

#[wasm_bindgen_test]
async fn each_decodes_in_its_own_way_and_hears_of_what_the_others_do() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, (one, other)) = Stage::run(move || {
        let one = shared(|source| source);
        let other = use_event_source_with("/numbers", UseEventSourceOptions::text().share());
        other.on_event(move |event| log.push(event.data.clone()));
        (one, other)
    })
    .await;
    let request = stage.stream();
    request.send("id: 1\ndata: x\n\n");
    assert!(one.error.get_untracked().is_some());
    assert!(other.error.get_untracked().is_none());
    assert_eq!((heard.take(), other.last_event_id.get_untracked()), (vec!["x".into()], "1".into()));
    one.pause();
    assert!(request.is_aborted());
    assert_eq!(other.state.get_untracked().to_string(), "paused: user");
    other.resume();
    stage.stream().send(numbers(2, 2));
    one.close();
    assert_eq!(other.state.get_untracked().name(), "closed");
    one.open();
    let request = stage.stream();
    assert_eq!(request.last_event_id().as_deref(), Some("2"));
    request.send(numbers(3, 3));
    assert_eq!((heard.take(), other.state.get_untracked().name()), (vec!["2".into()], "closed"));
    other.open();
    request.send(numbers(4, 4));
    assert_eq!(heard.take(), ["4"], "a function hears only what comes");
    assert_eq!((stage.world.request_count(), stage.world.most_live()), (3, 1));
}

#[wasm_bindgen_test]
async fn whoever_joins_beyond_what_is_kept_is_told_that_it_is_late() {
    let (stage, first) = Stage::run(|| shared(|source| source)).await;
    stage.stream().send(numbers(1, 5_000));
    let (_mounted, (source, list)) = stage
        .again(|| {
            let source = shared(|source| source);
            (source, list(source))
        })
        .await;
    assert!(source.joined_late() && !first.joined_late());
    let list = list.get_untracked();
    assert!(list.len() > 3_000 && list.len() < 5_000, "{}", list.len());
    assert_eq!(list.last(), Some(&5_000));
    assert!(list.windows(2).all(|pair| pair[0] + 1 == pair[1]));
}

#[wasm_bindgen_test]
async fn a_component_that_goes_within_an_event_hears_no_more() {
    let (stage, (source, list)) = Stage::run(|| {
        let source = shared(|source| source);
        (source, list(source))
    })
    .await;
    let heard = Log::new();
    let log = heard.clone();
    let (other, ()) =
        stage.again(move || shared(|source| source).on_event(move |number| log.push(number.data))).await;
    let other = RefCell::new(Some(other));
    source.on_event(move |number| {
        if number.data == 2 {
            other.take();
        } else if number.data == 4 {
            source.close();
        }
    });
    stage.stream().send(numbers(1, 5));
    assert_eq!((heard.take(), list.get_untracked()), (vec![1], vec![1, 2, 3, 4]));
    assert_eq!(stage.world.request_count(), 1);
}

#[wasm_bindgen_test]
async fn two_worlds_share_nothing() {
    let (_stage, _) = Stage::run(|| shared(|source| source)).await;
    let (other, _) = Stage::run(|| shared(|source| source)).await;
    assert_eq!(other.world.request_count(), 1);
}
