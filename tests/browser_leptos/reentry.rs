//! Functions that want something of a hook while it ends, begins or joins a connection.

use std::cell::RefCell;
use std::rc::Rc;

use everstream::leptos::{
    Message, UseEventSource, UseEventSourceOptions, UseStream, use_event_source, use_event_source_with,
    use_stream,
};
use everstream::{AbortHandle, State};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Log, Stage, numbers};

type Own<H> = StoredValue<Option<H>, LocalStorage>;

#[wasm_bindgen_test]
async fn whoever_opens_what_another_url_ends_gets_one_connection_with_nothing_of_the_old_one() {
    let (stage, (source, list, url)) = Stage::run(|| {
        let url = RwSignal::new("/one".to_owned());
        let own: Own<UseEventSource<u32>> = StoredValue::new_local(None);
        let options = UseEventSourceOptions::json().configure(move |source| {
            source.on_state(move |state, _| {
                if let (State::Closed { .. }, Some(source)) = (state, own.try_get_value().flatten()) {
                    source.open();
                }
            })
        });
        let source = use_event_source_with(url, options);
        own.set_value(Some(source));
        (source, source.fold(vec![], |list, number| list.push(number.data)), url)
    })
    .await;
    stage.stream().send(numbers(1, 2));
    url.set("/two".into());
    assert_eq!((stage.world.request_count(), stage.world.live_count(), stage.world.most_live()), (2, 1, 1));
    let request = stage.stream();
    assert_eq!((request.url(), request.last_event_id()), ("/two", None));
    request.send(numbers(7, 8));
    assert_eq!((list.get_untracked(), source.state.get_untracked().name()), (vec![7, 8], "open"));
}

#[wasm_bindgen_test]
async fn whoever_asks_when_an_answer_is_ended_by_a_question_asks_once() {
    let (stage, (answer, text)) = Stage::run(|| {
        let own: Own<UseStream<String>> = StoredValue::new_local(None);
        let options = UseEventSourceOptions::text().configure(move |source| {
            source.on_state(move |state, _| {
                if let (State::Closed { .. }, Some(answer)) = (state, own.try_get_value().flatten()) {
                    own.set_value(None);
                    answer.ask("from within");
                }
            })
        });
        let answer = use_stream("/chat", options);
        own.set_value(Some(answer));
        (answer, answer.fold(String::new(), |text, event| text.push_str(&event.data)))
    })
    .await;
    answer.ask("one");
    stage.stream().send("data: first\n\n");
    answer.ask("two");
    assert_eq!((stage.world.request_count(), stage.world.most_live()), (2, 1));
    stage.stream().send("data: second\n\n");
    assert_eq!((text.get_untracked().as_str(), answer.state.get_untracked().name()), ("second", "open"));
}

fn shared() -> UseEventSource<u32> {
    use_event_source_with("/numbers", UseEventSourceOptions::json().share())
}

#[wasm_bindgen_test]
async fn whoever_closes_while_it_joins_knows_that_it_is_closed() {
    for in_fold in [true, false] {
        let (stage, first) = Stage::run(shared).await;
        stage.stream().send(numbers(1, 3));
        let (_mounted, (second, states, list)) = stage
            .again(move || {
                let source = shared();
                let states = Log::new();
                let log = states.clone();
                source.on_state(move |state| {
                    log.push(state.name());
                    if !in_fold && state.name() == "open" && first.state.get_untracked().name() == "open" {
                        source.close();
                    }
                });
                let list = source.fold(vec![], move |list, number| {
                    list.push(number.data);
                    if in_fold && number.data == 2 {
                        source.close();
                    }
                });
                (source, states, list)
            })
            .await;
        assert_eq!(first.state.get_untracked().name(), "closed");
        assert_eq!(second.state.get_untracked().name(), "closed");
        assert_eq!(states.take(), ["open", "closed"]);
        // Whoever opens it again goes on behind what the others have heard.
        second.open();
        let request = stage.stream();
        assert_eq!(request.last_event_id().as_deref(), Some("3"));
        request.send(numbers(4, 4));
        assert_eq!(list.get_untracked(), [1, 2, 3, 4]);
    }
}

#[wasm_bindgen_test]
async fn what_is_being_closed_is_not_joined() {
    let (stage, (source, list)) = Stage::run(|| {
        let source = shared();
        source.on_state(move |state| {
            if let State::Waiting { .. } = state {
                source.close();
                source.open();
            }
        });
        (source, source.fold(vec![], |list, number| list.push(number.data)))
    })
    .await;
    let request = stage.stream();
    request.send("data: 1\n\n");
    request.end();
    stage.stream().send("data: 2\n\n");
    assert_eq!((list.get_untracked(), source.state.get_untracked().name()), (vec![1, 2], "open"));
    assert_eq!((stage.world.request_count(), stage.world.most_live()), (2, 1));
}

#[wasm_bindgen_test]
async fn another_url_while_a_connection_is_being_opened_makes_no_request_for_the_old_one() {
    for hook in [true, false] {
        let (stage, (source, list)) = Stage::run(move || {
            let url = RwSignal::new("/one".to_owned());
            let options = UseEventSourceOptions::json().configure(move |source| {
                source.on_state(move |_, _| {
                    if !hook && url.try_get_untracked().is_some_and(|url| url == "/one") {
                        url.try_set("/two".into());
                    }
                })
            });
            let source = use_event_source_with(url, options);
            source.on_state(move |_| {
                if hook && url.try_get_untracked().is_some_and(|url| url == "/one") {
                    url.try_set("/two".into());
                }
            });
            (source, source.fold(vec![], |list, number: &Message<u32>| list.push(number.data)))
        })
        .await;
        let request = stage.stream();
        request.send(numbers(1, 2));
        assert_eq!((stage.world.request_count(), request.url()), (1, "/two"));
        assert_eq!((list.get_untracked(), source.state.get_untracked().name()), (vec![1, 2], "open"));
    }
}

#[wasm_bindgen_test]
async fn what_a_component_leaves_is_not_opened_once_more() {
    let (mut stage, ()) = Stage::run(|| {
        let own: Rc<RefCell<Option<UseStream<String>>>> = Rc::default();
        let inside = own.clone();
        let options = UseEventSourceOptions::text().immediate(true).configure(move |source| {
            let own = inside.clone();
            source.on_state(move |state, _| {
                if let (State::Closed { .. }, Some(answer)) = (state, *own.borrow()) {
                    answer.source.open();
                    answer.ask("from within");
                }
            })
        });
        own.replace(Some(use_stream("/chat", options)));
    })
    .await;
    let _request = stage.stream();
    stage.unmount();
    assert_eq!((stage.world.request_count(), stage.world.live_count()), (1, 0));
}

#[wasm_bindgen_test]
async fn an_answer_cut_behind_an_event_without_an_id_is_asked_for_anew() {
    let (stage, (source, list)) = Stage::run(|| {
        let options = UseEventSourceOptions::text().configure(|source| source.close_on_end(true));
        let source = use_event_source_with("/answer", options);
        (source, source.fold(vec![], |list, event| list.push(event.data.clone())))
    })
    .await;
    let request = stage.stream();
    request.send("id: 1\ndata: a\n\nevent: x\ndata: b\n\n");
    request.fail();
    assert!(source.error.get_untracked().is_some());
    source.open();
    let request = stage.stream();
    request.send(match request.last_event_id() {
        Some(_) => "event: x\ndata: b\n\nid: 2\ndata: c\n\n",
        None => "id: 1\ndata: a\n\nevent: x\ndata: b\n\nid: 2\ndata: c\n\n",
    });
    assert_eq!(list.get_untracked(), ["a", "b", "c"]);
}

#[wasm_bindgen_test]
async fn one_abort_handle_is_the_same_for_all() {
    let signed_in = AbortHandle::new();
    let abort = signed_in.clone();
    let (stage, sources) = Stage::run(move || {
        let shared = |abort: &AbortHandle| {
            let abort = abort.clone();
            let options = UseEventSourceOptions::<u32>::json();
            let options = options.configure(move |source| source.abort_handle(&abort)).share();
            use_event_source_with("/numbers", options)
        };
        [shared(&abort), shared(&abort), shared(&AbortHandle::new())]
    })
    .await;
    assert_eq!(stage.world.request_count(), 2);
    signed_in.abort();
    let closed = sources.map(|source| source.state.get_untracked().name() == "closed");
    assert_eq!((closed, stage.world.live_count()), ([true, true, false], 1));
}

#[wasm_bindgen_test]
async fn until_may_want_something_of_the_hook() {
    for act in [UseStream::stop, |answer: UseStream<String>| answer.ask("again")] {
        let heard = Log::new();
        let log = heard.clone();
        let (stage, (answer, text)) = Stage::run(move || {
            let own: Own<UseStream<String>> = StoredValue::new_local(None);
            let options = UseEventSourceOptions::text().configure(move |source| {
                source.until(move |event| {
                    if event.data == "now" {
                        act(own.get_value().expect("set"));
                    }
                    false
                })
            });
            let answer = use_stream("/chat", options);
            own.set_value(Some(answer));
            answer.on_event(move |event| log.push(event.data.clone()));
            (answer, answer.fold(String::new(), |text, event| text.push_str(&event.data)))
        })
        .await;
        answer.ask("one");
        stage.stream().send("data: first\n\ndata: now\n\ndata: late\n\n");
        assert_eq!(heard.take(), ["first"]);
        let is_stopped = stage.world.live_count() == 0;
        assert_eq!(text.get_untracked(), if is_stopped { "first" } else { "" });
        assert_eq!(stage.world.request_count(), if is_stopped { 1 } else { 2 });
    }
}

#[wasm_bindgen_test]
async fn who_closes_within_an_event_takes_it_from_nobody() {
    for is_shared in [true, false] {
        let (stage, (source, list)) = Stage::run(move || {
            let source = if is_shared { shared() } else { use_event_source("/numbers") };
            source.on_event(move |number| {
                if number.data == 2 {
                    source.close();
                    source.open();
                }
            });
            (source, source.fold(vec![], |list, number| list.push(number.data)))
        })
        .await;
        let (_other, ()) = stage
            .again(move || {
                if is_shared {
                    let other = shared();
                    other.on_event(move |number| {
                        if number.data == 4 {
                            other.close();
                        }
                    });
                }
            })
            .await;
        stage.stream().send(numbers(1, 3));
        stage.stream().send(numbers(3, 4));
        source.open();
        assert_eq!(list.get_untracked(), [1, 2, 3, 4]);
        assert_eq!((source.last_event_id.get_untracked(), stage.world.most_live()), ("4".into(), 1));
    }
}
