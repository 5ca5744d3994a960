//! The url, the owner, and what can be asked of a connection.

use std::time::Duration;

use everstream::leptos::{
    UseEventSource, UseEventSourceError, UseEventSourceOptions, event, use_event_source,
    use_event_source_with,
};
use everstream::{Builder, ClosedBy, ErrorKind, State};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Log, Stage, ms, numbers};

#[wasm_bindgen_test]
async fn another_url_ends_the_old_connection_and_begins_anew() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, (url, source, list)) = Stage::run(move || {
        let url = RwSignal::new("/a".to_owned());
        let source = use_event_source::<u32>(url);
        source.on_event(move |number| log.push(number.data));
        let list = source.fold(vec![0], |list, number| list.push(number.data));
        (url, source, list)
    })
    .await;
    let old = stage.stream();
    old.send(numbers(1, 2));
    assert_eq!(list.get_untracked(), [0, 1, 2]);
    url.set("/b".into());
    assert!(old.is_aborted(), "at once");
    assert_eq!(list.get_untracked(), [0]);
    assert!(source.latest.get_untracked().is_none());
    assert_eq!(source.last_event_id.get_untracked(), "");
    assert_eq!(source.stale_for.get_untracked(), None);
    old.send(numbers(3, 3));
    let new = stage.stream();
    assert_eq!((new.url(), new.last_event_id()), ("/b", None));
    new.send(numbers(4, 4));
    assert_eq!(heard.take(), [1, 2, 4]);
    assert_eq!(list.get_untracked(), [0, 4]);
    assert_eq!((stage.world.live_count(), stage.world.most_live()), (1, 1));
}

#[wasm_bindgen_test]
async fn what_was_not_yet_shown_of_another_url_never_is() {
    use everstream::leptos::Batch;
    let (stage, (url, source, sum)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let options = UseEventSourceOptions::<u32>::json().batch(Batch::Frame);
        let source = use_event_source_with(url, options);
        (url, source, source.fold(0, |sum, number| *sum += number.data))
    })
    .await;
    stage.stream().send(numbers(1, 2));
    url.set("/b".into());
    stage.world.advance(Duration::from_millis(100));
    assert!(source.latest.get_untracked().is_none());
    assert_eq!(sum.get_untracked(), 0);
}

#[wasm_bindgen_test]
async fn an_empty_url_is_no_connection() {
    let (stage, (url, source)) = Stage::run(|| {
        let url = RwSignal::new(String::new());
        (url, use_event_source::<u32>(url))
    })
    .await;
    assert_eq!(stage.world.request_count(), 0);
    assert_eq!(source.state.get_untracked(), State::Closed { by: ClosedBy::User });
    source.open();
    source.reconnect();
    assert_eq!(stage.world.request_count(), 0);
    url.set("/a".into());
    let request = stage.stream();
    assert_eq!(source.state.get_untracked().name(), "open");
    url.set(String::new());
    assert!(request.is_aborted());
    assert_eq!(source.state.get_untracked(), State::Closed { by: ClosedBy::User });
    url.set("/a".into());
    assert_eq!(stage.world.live_count(), 1);
}

#[wasm_bindgen_test]
async fn a_url_that_is_set_again_changes_nothing() {
    let (stage, url) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let _ = use_event_source::<u32>(url);
        url
    })
    .await;
    let request = stage.stream();
    url.set("/a".into());
    assert!(!request.is_aborted());
    assert_eq!(stage.world.request_count(), 1);
}

#[wasm_bindgen_test]
async fn the_connection_ends_with_its_component() {
    let heard = Log::new();
    let log = heard.clone();
    let (mut stage, source) = Stage::run(move || {
        let source = use_event_source::<u32>("/numbers");
        source.on_event(move |number| log.push(number.data));
        Effect::new(move |_| source.stale_for.track());
        source
    })
    .await;
    let request = stage.stream();
    request.send(numbers(1, 1));
    stage.text().await;
    stage.unmount();
    assert!(request.is_aborted());
    request.send(numbers(2, 2));
    assert_eq!(heard.take(), [1]);
    let world = &stage.world;
    assert_eq!((world.live_count(), world.timer_count(), world.page_listener_count()), (0, 0, 0));
    // Whoever still has it may do anything with it.
    source.open();
    source.reconnect();
    source.close();
    assert_eq!(world.request_count(), 1);
}

#[wasm_bindgen_test]
async fn a_component_that_is_gone_before_its_effects_run_opens_nothing() {
    let mut stage = Stage::mount(|| ()).await;
    let place = stage.place.clone();
    let mounted = leptos::mount::mount_to(place, || {
        let _ = use_event_source::<u32>("/numbers");
    });
    drop(mounted);
    stage.text().await;
    stage.unmount();
    assert_eq!(stage.world.request_count(), 0);
}

#[wasm_bindgen_test]
async fn closed_and_opened_it_goes_on_where_it_was() {
    let (stage, source) = Stage::run(|| use_event_source::<u32>("/numbers")).await;
    stage.stream().send(numbers(1, 7));
    source.close();
    assert_eq!(stage.world.live_count(), 0);
    assert_eq!(source.state.get_untracked(), State::Closed { by: ClosedBy::User });
    assert_eq!(source.last_event_id.get_untracked(), "7");
    assert_eq!(source.latest.get_untracked().map(|latest| latest.data), Some(7), "it stays to be seen");
    source.open();
    source.open();
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("7"));
    assert_eq!((stage.world.request_count(), stage.world.most_live()), (2, 1));
}

#[wasm_bindgen_test]
async fn closed_before_it_is_mounted_it_is_not_opened() {
    let (stage, source) = Stage::run(|| {
        let source = use_event_source::<u32>("/numbers");
        source.close();
        source
    })
    .await;
    assert_eq!(stage.world.request_count(), 0);
    source.open();
    assert_eq!(stage.world.request_count(), 1);
}

#[wasm_bindgen_test]
async fn not_immediate_it_waits_for_open() {
    let (stage, (url, source)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let options = UseEventSourceOptions::<u32>::json().immediate(false);
        (url, use_event_source_with(url, options))
    })
    .await;
    url.set("/b".into());
    assert_eq!((stage.world.request_count(), source.state.get_untracked()), (0, State::Idle));
    source.open();
    assert_eq!(stage.stream().url(), "/b");
    url.set("/c".into());
    assert_eq!(stage.stream().url(), "/c");
}

#[wasm_bindgen_test]
async fn a_pause_holds_for_other_urls_and_ends_with_resume() {
    let (stage, (url, source)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        (url, use_event_source::<u32>(url))
    })
    .await;
    let first = stage.stream();
    first.send(numbers(1, 7));
    source.pause();
    assert!(first.is_aborted());
    assert_eq!(source.state.get_untracked().to_string(), "paused: user");
    source.resume();
    let second = stage.stream();
    assert_eq!(second.last_event_id().as_deref(), Some("7"));
    source.pause();
    url.set("/b".into());
    assert_eq!((stage.world.live_count(), stage.world.request_count()), (0, 2));
    assert_eq!(source.state.get_untracked().to_string(), "paused: user");
    source.resume();
    assert_eq!(stage.stream().url(), "/b");
    source.pause();
    source.close();
    source.resume();
    assert_eq!(stage.world.live_count(), 0, "closed is closed");
}

#[wasm_bindgen_test]
async fn paused_before_it_is_mounted_it_waits() {
    let (stage, source) = Stage::run(|| {
        let source = use_event_source::<u32>("/numbers");
        source.pause();
        source
    })
    .await;
    assert_eq!(stage.world.request_count(), 0);
    source.resume();
    assert_eq!(stage.world.request_count(), 1);
}

#[wasm_bindgen_test]
async fn reconnect_replaces_the_connection() {
    let (stage, source) = Stage::run(|| use_event_source::<u32>("/numbers")).await;
    stage.stream().send(numbers(1, 7));
    source.reconnect();
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("7"));
    source.close();
    source.reconnect();
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("7"));
    assert_eq!((stage.world.request_count(), stage.world.most_live()), (3, 1));
}

#[wasm_bindgen_test]
async fn headers_are_asked_for_at_each_attempt() {
    let (stage, token) = Stage::run(|| {
        let token = RwSignal::new("one".to_owned());
        let options = UseEventSourceOptions::<u32>::json().configure(move |source| {
            source.headers_with(move |_| async move {
                Ok::<_, String>(vec![("x-token".into(), token.get_untracked())])
            })
        });
        let _ = use_event_source_with("/numbers", options);
        token
    })
    .await;
    let first = stage.stream();
    assert_eq!(first.header("x-token").as_deref(), Some("one"));
    token.set("two".into());
    assert!(!first.is_aborted(), "it is read, and not followed");
    first.fail();
    stage.world.advance(Duration::from_millis(2000));
    assert_eq!(stage.stream().header("x-token").as_deref(), Some("two"));
}

#[wasm_bindgen_test]
async fn the_context_is_there_for_what_configures_a_source() {
    #[derive(Clone)]
    struct Tenant(&'static str);

    let (stage, source) = Stage::run(|| {
        provide_context(Tenant("seven"));
        let options = UseEventSourceOptions::<u32>::json()
            .configure(|source| source.header("x-tenant", expect_context::<Tenant>().0));
        use_event_source_with("/numbers", options)
    })
    .await;
    assert_eq!(stage.stream().header("x-tenant").as_deref(), Some("seven"));
    source.close();
    source.open();
    assert_eq!(stage.stream().header("x-tenant").as_deref(), Some("seven"));
}

#[wasm_bindgen_test]
async fn an_error_says_what_is_wrong_and_goes_when_it_is_over() {
    let errors = Log::new();
    let log = errors.clone();
    let (stage, source) = Stage::run(move || {
        let source = use_event_source::<u32>("/numbers");
        source.on_error(move |error| log.push(error.to_string()));
        source
    })
    .await;
    stage.world.request().expect("a request").respond(503, &[], "");
    let error = source.error.get_untracked();
    let Some(UseEventSourceError::Source(error)) = error else { panic!("{error:?}") };
    assert_eq!(error.status(), Some(503));
    assert_eq!(source.state.get_untracked().name(), "waiting");
    stage.world.advance(Duration::from_millis(2000));
    stage.stream();
    assert_eq!(source.error.get_untracked(), None);
    assert_eq!(errors.take(), ["the server answered with status 503"]);
}

#[wasm_bindgen_test]
async fn an_option_that_cannot_work_is_an_error_that_names_it() {
    let (stage, source) = Stage::run(|| {
        let options =
            UseEventSourceOptions::<u32>::json().configure(|source| source.header("no header", "x"));
        use_event_source_with("/numbers", options)
    })
    .await;
    assert_eq!(stage.world.request_count(), 0);
    let State::Closed { by: ClosedBy::Fatal(error) } = source.state.get_untracked() else {
        panic!("not closed")
    };
    assert!(matches!(error.kind, ErrorKind::Option { name: "headers", .. }), "{error}");
    assert_eq!(source.error.get_untracked(), Some(UseEventSourceError::Source(error)));
}

#[wasm_bindgen_test]
async fn a_hidden_page_pauses_a_stream_that_can_be_resumed() {
    let (stage, source) = Stage::run(|| use_event_source::<u32>("/numbers")).await;
    stage.stream().send(numbers(1, 7));
    stage.world.hide();
    stage.world.advance(Duration::from_millis(60_000));
    assert_eq!(source.state.get_untracked().to_string(), "paused: hidden");
    stage.world.show();
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("7"));
}

#[wasm_bindgen_test]
async fn configured_with_a_pause_it_waits_for_resume() {
    let (stage, (url, source)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let options = UseEventSourceOptions::<u32>::json().configure(|source| source.paused(true));
        (url, use_event_source_with(url, options))
    })
    .await;
    assert_eq!(stage.world.request_count(), 0);
    assert_eq!(source.state.get_untracked().to_string(), "paused: user");
    source.resume();
    assert_eq!(stage.stream().url(), "/a");
    url.set("/b".into());
    assert_eq!(stage.stream().url(), "/b", "what the user says holds from then on");
}

#[wasm_bindgen_test]
async fn functions_of_the_builder_hear_beside_the_hook() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, source) = Stage::run(move || {
        let options = UseEventSourceOptions::by_type([event("price", |price: u32| price)]);
        let options = options.configure(move |source| {
            let (events, states) = (log.clone(), log.clone());
            source
                .event_types(["hello"])
                .on_event(move |event, _| events.push(format!("{} {}", event.event_type, event.data)))
                .on_state(move |state, _| states.push(state.name().to_owned()))
        });
        use_event_source_with("/numbers", options)
    })
    .await;
    let request = stage.stream();
    request.send("event: hello\ndata: you\n\nevent: price\ndata: 7\n\nevent: other\ndata: 8\n\n");
    assert_eq!(heard.take(), ["connecting", "open", "hello you", "price 7"]);
    assert_eq!(
        source.latest.get_untracked().map(|latest| latest.data),
        Some(7),
        "its own types are not lost"
    );
    assert_eq!(source.error.get_untracked(), None, "and the others are none of its business");
}

/// A hook whose answers are folded into a text.
fn answer(configure: impl Fn(Builder) -> Builder + 'static) -> (UseEventSource<String>, Signal<String>) {
    let source = use_event_source_with("/answer", UseEventSourceOptions::text().configure(configure));
    (source, source.fold(String::new(), |text, event| text.push_str(&event.data)))
}

#[wasm_bindgen_test]
async fn another_answer_to_a_post_begins_anew() {
    let (stage, (source, text)) = Stage::run(|| answer(|source| source.method("POST").body("?"))).await;
    for ask in [
        |source: UseEventSource<String>| source.open(),
        |source: UseEventSource<String>| source.reconnect(),
        |source: UseEventSource<String>| {
            source.close();
            source.open();
        },
        |source: UseEventSource<String>| {
            source.pause();
            assert_eq!(source.latest.get_untracked().map(|latest| latest.data.clone()), Some("lo".into()));
            source.resume();
        },
    ] {
        let request = stage.stream();
        assert_eq!(request.last_event_id(), None);
        request.send("id: 1\ndata: hel\n\nid: 2\ndata: lo\n\n");
        assert_eq!(text.get_untracked(), "hello");
        source.resume();
        assert!(!request.is_aborted(), "there is no pause to end");
        if stage.world.request_count() == 1 {
            request.end();
            assert_eq!(source.state.get_untracked(), State::Closed { by: ClosedBy::Ended });
            assert_eq!(text.get_untracked(), "hello", "until it is asked again");
        }
        ask(source);
        assert_eq!((text.get_untracked(), source.last_event_id.get_untracked()), Default::default());
        assert!(source.latest.get_untracked().is_none());
    }
    assert_eq!((stage.world.request_count(), stage.world.most_live()), (5, 1));
}

#[wasm_bindgen_test]
async fn a_post_that_was_refused_keeps_nothing_and_loses_nothing() {
    let (stage, (source, _)) = Stage::run(|| answer(|source| source.method("POST").body("?"))).await;
    stage.world.request().expect("a request").respond(503, &[("retry-after", "5")], "");
    source.reconnect();
    assert!(stage.world.request().is_none(), "the time that the server has set is waited for");
    stage.world.advance(ms(5_000));
    assert!(stage.world.request().is_some());
}

#[wasm_bindgen_test]
async fn a_post_that_may_be_repeated_goes_on() {
    let post = |source: Builder| source.method("POST").body("?").resend(true);
    let (stage, (source, text)) = Stage::run(move || answer(post)).await;
    stage.stream().send("id: 1\ndata: hel\n\n");
    source.close();
    source.open();
    let request = stage.stream();
    assert_eq!(request.last_event_id().as_deref(), Some("1"));
    request.send("id: 2\ndata: lo\n\n");
    assert_eq!(text.get_untracked(), "hello");
}

#[wasm_bindgen_test]
async fn a_one_shot_stream_that_is_asked_again_begins_anew_if_it_ended_or_has_no_ids() {
    let (stage, (source, text)) = Stage::run(|| answer(|source| source.close_on_end(true))).await;
    let request = stage.stream();
    request.send("id: 1\ndata: one\n\n");
    source.reconnect();
    let request = stage.stream();
    assert_eq!(request.last_event_id().as_deref(), Some("1"), "in the middle it goes on");
    request.send("data: two\n\n");
    request.end();
    assert_eq!(text.get_untracked(), "onetwo");
    source.open();
    let request = stage.stream();
    assert_eq!((request.last_event_id(), text.get_untracked()), (None, String::new()));
    request.send("data: half\n\n");
    source.reconnect();
    assert_eq!(text.get_untracked(), "");
    let request = stage.stream();
    request.send("data: half\n\n");
    request.fail();
    assert_eq!((source.state.get_untracked().name(), text.get_untracked().as_str()), ("closed", "half"));
    source.open();
    assert_eq!((stage.stream().last_event_id(), text.get_untracked()), (None, String::new()));
}

#[wasm_bindgen_test]
async fn what_a_server_has_rendered_is_gone_on_with_and_belongs_to_its_url() {
    let (stage, (url, source, list)) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let options = UseEventSourceOptions::<u32>::json().last_event_id("2");
        let source = use_event_source_with(url, options);
        let list = source.fold_from(vec![1, 2], vec![0], |list, number| list.push(number.data));
        assert_eq!((list.get_untracked(), source.last_event_id.get_untracked()), (vec![1, 2], "2".into()));
        (url, source, list)
    })
    .await;
    let request = stage.stream();
    assert_eq!(request.last_event_id().as_deref(), Some("2"));
    request.send(numbers(3, 3));
    source.close();
    source.open();
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("3"));
    assert_eq!(list.get_untracked(), [1, 2, 3]);
    url.set("/b".into());
    assert_eq!(stage.stream().last_event_id(), None);
    assert_eq!(list.get_untracked(), [0]);
}
