//! An answer without Leptos, as docs/rust.md has it.

// From here on it is in docs/rust.md.
use std::time::Duration;

use everstream::{Error, EventSource, Policy, Unfinished};
use futures_util::TryStreamExt;
use serde_json::Value;

/// Shows the text of an answer, piece by piece. One that is not whole is an error.
async fn ask(url: &str, question: String, mut show: impl FnMut(&str)) -> Result<(), Error> {
    let mut events = EventSource::builder(url)
        .method("POST")
        .header("content-type", "application/json")
        .body(question)
        .unfinished(Unfinished::Error)
        .until(|event| event.data == "[DONE]" || event.data.contains(r#""finish_reason":""#))
        .retry(Policy::default().patience(Duration::from_secs(60)))
        .open()?
        .try_stream();
    while let Some(event) = events.try_next().await? {
        let data: Value = event.json().unwrap_or_default(); // `[DONE]` is none
        let pieces = [&data["choices"][0]["delta"]["content"], &data["error"]["message"]];
        pieces.into_iter().filter_map(Value::as_str).for_each(&mut show);
    }
    Ok(())
}
// Up to here.

use std::cell::RefCell;
use std::rc::Rc;

use everstream::ErrorKind;
use everstream::testing::World;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn an_answer_comes_piece_by_piece_and_one_that_is_not_whole_is_an_error() {
    for (end, is_whole) in [("data: [DONE]\n\n", true), ("", false)] {
        let world = World::new();
        let _entered = world.enter();
        let text = Rc::new(RefCell::new(String::new()));
        let shown = text.clone();
        let result = Rc::new(RefCell::new(None));
        let done = result.clone();
        leptos::task::spawn_local(async move {
            let show = |piece: &str| shown.borrow_mut().push_str(piece);
            let ended = ask("/chat", "{}".into(), show).await;
            *done.borrow_mut() = Some(ended.map_err(|error| error.kind));
        });
        leptos::task::tick().await;
        let request = world.request().expect("a request");
        assert_eq!((request.method(), request.body()), ("POST", Some(&b"{}"[..])));
        request.accept();
        for piece in ["On", "ce"] {
            request.send(format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n"));
        }
        request.send(end);
        request.end();
        for _ in 0..5 {
            leptos::task::tick().await;
        }
        assert_eq!(*text.borrow(), "Once");
        let expected = if is_whole { Ok(()) } else { Err(ErrorKind::Incomplete { body: None }) };
        assert_eq!(result.take(), Some(expected));
    }
}
