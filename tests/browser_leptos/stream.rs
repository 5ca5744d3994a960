//! One answer at a time.

use everstream::leptos::{
    RetryNow, StatusView, UseEventSourceError, UseEventSourceOptions, UseStream, use_stream,
};
use everstream::{Builder, ClosedBy, Error, ErrorKind, State};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Log, Stage, ms};

/// A stream whose answers are folded into a text.
async fn stage(
    configure: impl Fn(Builder) -> Builder + 'static,
) -> (Stage, (UseStream<String>, Signal<String>)) {
    Stage::run(|| {
        let answer = use_stream("/chat", UseEventSourceOptions::text().configure(configure));
        (answer, answer.fold(String::new(), |text, event| text.push_str(&event.data)))
    })
    .await
}

fn error(answer: UseStream<String>) -> Option<Error> {
    answer.error.get_untracked().map(|error| match error {
        UseEventSourceError::Source(error) => error,
        error => panic!("{error}"),
    })
}

#[wasm_bindgen_test]
async fn it_asks_when_it_is_told_to_and_shows_the_answer() {
    let (stage, (answer, text)) = stage(|request| request.header("x-model", "small")).await;
    assert_eq!((stage.world.request_count(), answer.state.get_untracked()), (0, State::Idle));
    answer.ask("who?");
    let request = stage.stream();
    assert_eq!((request.url(), request.method(), request.body()), ("/chat", "POST", Some(&b"who?"[..])));
    assert_eq!(request.header("x-model").as_deref(), Some("small"));
    request.send("data: I\n\ndata: am\n\n");
    assert_eq!(text.get_untracked(), "Iam");
    request.end();
    assert_eq!(answer.state.get_untracked(), State::Closed { by: ClosedBy::Ended });
    assert_eq!((text.get_untracked().as_str(), error(answer)), ("Iam", None));
    stage.world.advance(ms(1_000_000));
    assert_eq!(stage.world.request_count(), 1, "once is once");
}

#[wasm_bindgen_test]
async fn another_question_ends_the_answer_and_nothing_of_that_is_shown_under_it() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, (answer, text)) = Stage::run(|| {
        let answer = use_stream("/chat", UseEventSourceOptions::text());
        answer.on_event(move |event| log.push(event.data.clone()));
        // Whoever asks from within an event is not shown the rest of the answer either.
        answer.on_event(move |event| {
            if event.data == "again?" {
                answer.ask("from within");
            }
        });
        (answer, answer.fold(String::new(), |text, event| text.push_str(&event.data)))
    })
    .await;
    answer.ask("one");
    let first = stage.stream();
    first.send("id: 1\ndata: first\n\n");
    answer.ask("two");
    assert!(first.is_aborted(), "at once");
    first.send("data: more of it\n\n");
    assert_eq!((text.get_untracked(), answer.latest.get_untracked()), (String::new(), None));
    let second = stage.stream();
    assert_eq!((second.body(), second.last_event_id()), (Some(&b"two"[..]), None));
    second.send("data: again?\n\ndata: lost\n\n");
    assert!(second.is_aborted());
    let third = stage.stream();
    assert_eq!((third.body(), text.get_untracked()), (Some(&b"from within"[..]), String::new()));
    third.send("data: third\n\n");
    assert_eq!(text.get_untracked(), "third");
    assert_eq!(heard.take(), ["first", "again?", "third"]);
    assert_eq!(stage.world.most_live(), 1);
}

#[wasm_bindgen_test]
async fn stopped_it_keeps_what_came_until_the_next_question() {
    let (stage, (answer, text)) = stage(|request| request).await;
    answer.ask("one");
    let request = stage.stream();
    request.send("data: half\n\n");
    answer.stop();
    assert!(request.is_aborted());
    assert_eq!(answer.state.get_untracked(), State::Closed { by: ClosedBy::User });
    assert_eq!((text.get_untracked().as_str(), error(answer)), ("half", None));
    answer.ask("");
    assert_eq!(text.get_untracked(), "");
    assert_eq!(stage.stream().body(), None);
}

#[wasm_bindgen_test]
async fn an_answer_that_was_cut_short_is_incomplete() {
    let (stage, (answer, text)) = stage(|request| request.until(|event| event.data == "[DONE]")).await;
    for rest in ["data: text\n\n", "data: text\n\ndata: tex"] {
        answer.ask("?");
        assert_eq!(error(answer), None);
        let request = stage.stream();
        request.send(rest);
        request.end();
        assert_eq!(text.get_untracked(), "text");
        let kind = error(answer).expect("an error").kind;
        assert!(matches!(kind, ErrorKind::Incomplete { .. }), "{kind}");
    }
    answer.ask("?");
    let request = stage.stream();
    request.send("data: text\n\ndata: [DONE]\n\n");
    request.fail();
    assert_eq!((answer.state.get_untracked(), error(answer)), (State::Closed { by: ClosedBy::Ended }, None));
}

#[wasm_bindgen_test]
async fn an_answer_that_ends_inside_an_event_is_incomplete_without_until_too() {
    let (stage, (answer, _)) = stage(|request| request).await;
    answer.ask("?");
    let request = stage.stream();
    request.send("data: text\n\ndata: tex");
    request.end();
    let kind = error(answer).expect("an error").kind;
    assert!(matches!(kind, ErrorKind::Incomplete { .. }), "{kind}");
}

#[wasm_bindgen_test]
async fn a_get_without_ids_is_not_asked_again_in_the_middle() {
    let (stage, (answer, text)) = stage(|request| request.method("GET")).await;
    answer.ask("");
    let request = stage.stream();
    request.send("data: half\n\n");
    request.fail();
    let kind = error(answer).expect("an error").kind;
    assert!(matches!(kind, ErrorKind::Incomplete { .. }), "{kind}");
    assert_eq!((text.get_untracked().as_str(), stage.world.request_count()), ("half", 1));
}

#[wasm_bindgen_test]
async fn a_server_that_is_busy_is_waited_for_but_not_for_ever() {
    let (stage, (answer, _)) = stage(|request| request).await;
    answer.ask("?");
    stage.world.request().expect("a request").respond(429, &[("retry-after", "50")], "");
    assert_eq!(answer.state.get_untracked().name(), "waiting");
    stage.world.advance(ms(50_000));
    stage.world.request().expect("a request").respond(429, &[("retry-after", "50")], "");
    assert_eq!(answer.state.get_untracked().name(), "closed");
    assert_eq!(error(answer).and_then(|error| error.status()), Some(429));
    let (stage, (answer, _)) = self::stage(|request| request).await;
    answer.ask("?");
    stage.world.advance(ms(3_600_000));
    assert_eq!(answer.state.get_untracked().name(), "connecting", "models think for minutes");
}

#[wasm_bindgen_test]
async fn it_ends_with_its_component_and_begins_with_it() {
    let (mut stage, answer) = Stage::run(|| {
        let answer = use_stream("/chat", UseEventSourceOptions::text());
        answer.ask("early");
        answer
    })
    .await;
    let request = stage.stream();
    assert_eq!(request.body(), Some(&b"early"[..]));
    stage.unmount();
    assert!(request.is_aborted());
    answer.ask("late");
    answer.stop();
    assert_eq!((stage.world.request_count(), stage.world.timer_count()), (1, 0));
}

#[wasm_bindgen_test]
async fn immediate_it_asks_once_when_it_is_mounted() {
    let (stage, (url, _)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let options = UseEventSourceOptions::text().immediate(true).configure(|request| request.body("?"));
        (url, use_stream(url, options))
    })
    .await;
    assert_eq!(stage.stream().body(), Some(&b"?"[..]));
    url.set("/b".into());
    assert_eq!((stage.world.request_count(), stage.world.live_count()), (1, 0));
}

#[wasm_bindgen_test]
async fn another_url_ends_the_answer_and_is_not_asked_by_itself() {
    let (stage, (url, answer)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let answer = use_stream(url, UseEventSourceOptions::text());
        answer.ask("early");
        (url, answer)
    })
    .await;
    let request = stage.stream();
    request.send("data: a\n\n");
    url.set("/b".into());
    assert!(request.is_aborted());
    assert_eq!((answer.state.get_untracked(), answer.latest.get_untracked()), (State::Idle, None));
    answer.ask("b");
    assert_eq!(stage.stream().url(), "/b");
    answer.source.open();
    url.set(String::new());
    answer.ask("nobody");
    url.set("/c".into());
    assert_eq!((stage.world.request_count(), stage.world.live_count()), (2, 0));
}

#[wasm_bindgen_test]
async fn the_views_say_what_is_wrong_and_ask_the_same_again() {
    let stage = Stage::mount(|| {
        let answer = use_stream("/chat", UseEventSourceOptions::text());
        answer.ask("?");
        let text = answer.fold(String::new(), |text, event| text.push_str(&event.data));
        view! { <StatusView status=answer/> <p>{text}</p> <RetryNow status=answer/> }
    })
    .await;
    let request = stage.stream();
    request.send("data: half\n\ndata: of");
    request.end();
    let text = stage.text().await;
    assert!(text.starts_with("Closed: ") && text.contains("half"), "{text}");
    stage.element("button").click();
    let request = stage.stream();
    assert_eq!(request.body(), Some(&b"?"[..]));
    request.send("data: all\n\n");
    assert_eq!(stage.text().await, "Connected\n\nall");
}
