//! Answers of a language model, as docs/rust.md has them.

// From here on it is in docs/rust.md.
use everstream::leptos::{Message, RetryNow, UseEventSourceOptions, use_stream};
use leptos::prelude::*;
use serde_json::Value;

#[component]
fn Chat() -> impl IntoView {
    let options = UseEventSourceOptions::decode(|event| match event.data {
        "[DONE]" => Ok(Value::Null),
        data => serde_json::from_str(data),
    });
    let answer = use_stream(
        "/v1/chat/completions".to_owned(),
        options.configure(|request| {
            let is_last = |data: &str| data == "[DONE]" || data.contains(r#""finish_reason":""#);
            request.header("content-type", "application/json").until(move |event| is_last(event.data))
        }),
    );
    let text = answer.fold(String::new(), |text, Message { data, .. }| {
        // The first chunk may have no choices, the last ones no delta, and an error may come inside a 200.
        let piece = [&data["choices"][0]["delta"]["content"], &data["error"]["message"]];
        text.extend(piece.into_iter().filter_map(Value::as_str));
    });
    let question = RwSignal::new(String::new());
    let ask = move |_| {
        let messages = serde_json::json!([{ "role": "user", "content": question.get_untracked() }]);
        answer.ask(serde_json::json!({ "model": "m", "stream": true, "messages": messages }).to_string());
    };
    view! {
        <input bind:value=question/>
        <button on:click=ask>"Ask"</button>
        <button on:click=move |_| answer.stop()>"Stop"</button>
        <p>{text}</p>
        <p role="alert">{move || answer.error.get().map(|error| error.to_string())}</p>
        <RetryNow status=answer/>
    }
}
// Up to here.

use wasm_bindgen_test::wasm_bindgen_test;

use super::Stage;

#[wasm_bindgen_test]
async fn it_shows_an_answer_and_what_is_wrong_with_it() {
    let stage = Stage::mount(Chat).await;
    let ask = || stage.element("button").click();
    let alert = || stage.element("p[role=alert]").inner_text();
    ask();
    let request = stage.stream();
    let body: Value = serde_json::from_slice(request.body().expect("a body")).expect("JSON");
    assert_eq!((&body["stream"], &body["messages"][0]["role"]), (&Value::Bool(true), &Value::from("user")));
    let piece = |text| {
        format!(r#"data: {{"choices":[{{"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#) + "\n\n"
    };
    let last = r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#.to_owned() + "\n\n";
    let usage = r#"data: {"choices":[],"usage":{"total_tokens":9}}"#.to_owned() + "\n\n";
    request.send(piece("Hel") + &piece("lo") + &last + &usage + "data: [DONE]\n\n");
    request.end();
    assert!(stage.text().await.contains("Hello") && alert().is_empty());
    ask();
    let request = stage.stream();
    request.send(piece("Hel"));
    request.end();
    let text = stage.text().await;
    assert!(text.contains("Hel"), "{text}");
    assert_eq!(alert(), "the answer ended before it was complete");
    ask();
    let request = stage.stream();
    request.send(r#"data: {"error":{"message":"overloaded"}}"#.to_owned() + "\n\n");
    request.end();
    let text = stage.text().await;
    assert!(text.contains("overloaded") && !alert().is_empty(), "{text}");
}
