//! Components in tests.

use std::mem;

use everstream::leptos::{UseEventSourceOptions, mount_in, use_event_source_with};
use everstream::testing::World;
use everstream::{ClosedBy, State};
use js_sys::Function;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::prelude::Closure;
use wasm_bindgen_test::wasm_bindgen_test;

/// Whether this element is on the page.
fn is_there(id: &str) -> bool {
    document().get_element_by_id(id).is_some()
}

fn component(id: &'static str) -> impl IntoView {
    let source = use_event_source_with("/numbers", UseEventSourceOptions::<u32>::json().share());
    view! { <p id=id>{move || source.state.get().to_string()}</p> }
}

#[wasm_bindgen_test]
async fn it_takes_the_component_off_and_leaves_the_world() {
    let world = World::new();
    let one = mount_in(&world, || component("one")).await;
    let two = mount_in(&world, || component("two")).await;
    world.request().expect("a request").accept();
    leptos::task::tick().await;
    assert_eq!((one.element().inner_text().as_str(), two.element().inner_text().as_str()), ("open", "open"));
    drop(one);
    assert!(!is_there("one") && is_there("two"));
    drop(two);
    assert!(!is_there("two"));
    assert_eq!(
        (world.live_count(), world.page_listener_count()),
        (0, 0),
        "what was shared does not wait for anybody"
    );
    assert!(everstream::testing::World::new().request().is_none());
    let state = everstream::EventSource::open("no url: [").map(|source| source.state());
    assert_ne!(state.ok(), Some(State::Closed { by: ClosedBy::User }), "this is the browser again");
}

#[wasm_bindgen_test]
async fn what_a_failed_test_has_left_behind_is_gone_in_the_next() {
    let failed = World::new();
    let page = mount_in(&failed, || component("failed")).await;
    let other = mount_in(&World::new(), || component("other")).await;
    assert!(is_there("failed"), "two worlds are no failure");
    // As a test that fails does: what is in its future is never dropped.
    mem::forget(page);
    mem::forget(other);
    let fail = Closure::<dyn Fn()>::new(|| panic!("a failed assert, on purpose"));
    let outcome = fail.as_ref().unchecked_ref::<Function>().call0(&js_sys::global());
    assert!(outcome.is_err());
    assert!(is_there("failed"));
    let world = World::new();
    let _next = mount_in(&world, || component("next")).await;
    assert!(!is_there("failed") && !is_there("other") && is_there("next"));
    assert_eq!((failed.live_count(), world.request_count()), (0, 1));
    let _after = mount_in(&world, || component("after")).await;
    assert!(is_there("next"), "once is enough");
}
