//! The code of docs/rust.md, word for word.

// From here on it is in docs/rust.md.
use everstream::leptos::{mount_in, use_event_source};
use everstream::testing::World;
use leptos::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[component]
fn Count() -> impl IntoView {
    let count = use_event_source::<u32>("/numbers").fold(0, |count, _| *count += 1);
    view! { <p>{count}</p> }
}

#[wasm_bindgen_test]
async fn it_counts() {
    let world = World::new();
    let page = mount_in(&world, Count).await;
    let request = world.request().unwrap();
    request.accept();
    request.send("data: 7\n\ndata: 8\n\n");
    leptos::task::tick().await;
    assert_eq!(page.element().inner_text(), "2");
}
// Up to here.

#[wasm_bindgen_test]
fn it_is_the_code_of_the_document() {
    let document = include_str!("../../docs/rust.md");
    for code in [
        include_str!("docs.rs"),
        include_str!("answers.rs"),
        include_str!("plain.rs"),
        include_str!("first.rs"),
        include_str!("stores.rs"),
        include_str!("../ssr/src/lib.rs"),
        include_str!("../packaging/frameworks/src/yew.rs"),
        include_str!("../packaging/frameworks/src/dioxus.rs"),
    ] {
        let (_, code) = code.split_once("it is in docs/rust.md.\n").expect("where it begins");
        let (code, _) = code.split_once("// Up to here.").expect("where it ends");
        assert!(document.contains(&format!("```rust\n{code}```\n")), "other code: {code}");
    }
}
