//! The code of the README's Leptos part, word for word, and what it does.

// From here on it is in the README.
use everstream::leptos::{RetryNow, StatusView, use_event_source};
use leptos::prelude::*;

#[derive(serde::Deserialize)]
struct Line {
    from: String,
    text: String,
}

#[component]
fn Chat(#[prop(into)] room: Signal<u32>) -> impl IntoView {
    let chat = use_event_source::<Line>(Signal::derive(move || format!("/rooms/{}", room.get())));
    let lines = chat.fold(Vec::new(), |lines, line| {
        lines.push(format!("{}: {}", line.data.from, line.data.text));
    });
    view! {
        <StatusView status=chat/>
        <RetryNow status=chat/>
        <pre>{move || lines.with(|lines| lines.join("\n"))}</pre>
    }
}
// Up to here.

use wasm_bindgen_test::wasm_bindgen_test;

use super::Stage;

#[wasm_bindgen_test]
fn it_is_the_code_of_the_readme() {
    let code = include_str!("readme.rs");
    let (_, code) = code.split_once("in the README.\n").expect("where it begins");
    let (code, _) = code.split_once("// Up to here.").expect("where it ends");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("```rust\n{code}```\n")), "the README has other code");
}

#[wasm_bindgen_test]
async fn it_shows_a_room_and_why_it_does_not() {
    let room = RwSignal::new(1);
    let stage = Stage::mount(move || view! { <Chat room/> }).await;
    let request = stage.stream();
    assert_eq!(request.url(), "/rooms/1");
    request.send("id: 1\ndata: {\"from\": \"Ada\", \"text\": \"hello\"}\n\nid: 2\ndata: {\"from\": \"Bob\", \"text\": \"hi\"}\n\n");
    assert_eq!(stage.text().await, "Connected\nAda: hello\nBob: hi");
    request.fail();
    assert!(stage.text().await.starts_with("Connection lost: "));
    stage.element("button").click();
    let request = stage.stream();
    assert_eq!(request.last_event_id().as_deref(), Some("2"));
    room.set(2);
    assert_eq!(stage.stream().url(), "/rooms/2");
    assert_eq!(stage.text().await, "Connected");
}
