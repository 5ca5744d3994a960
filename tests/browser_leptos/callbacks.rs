//! Functions of the user's that do what they like while they are called.

use std::time::Duration;

use everstream::State;
use everstream::leptos::{UseEventSource, UseEventSourceOptions, use_event_source, use_event_source_with};
use leptos::prelude::*;
use leptos::reactive::effect::ImmediateEffect;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Log, Stage, numbers};

/// Does something at the third of five events, and returns what was heard.
async fn at_the_third(
    act: impl Fn(UseEventSource<u32>, RwSignal<String>) + 'static,
) -> (Stage, Vec<u32>, Signal<Vec<u32>>) {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, list) = Stage::run(move || {
        let url = RwSignal::new("/a".to_owned());
        let source = use_event_source::<u32>(url);
        let before = source.fold(Vec::new(), |list, number| list.push(number.data));
        source.on_event(move |number| {
            log.push(number.data);
            if number.data == 3 {
                act(source, url);
            }
        });
        before
    })
    .await;
    stage.stream().send(numbers(1, 5));
    (stage, heard.take(), list)
}

#[wasm_bindgen_test]
async fn a_decoder_that_closes_closes_behind_its_event() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, (source, sum)) = Stage::run(move || {
        let slot = RwSignal::new(None::<UseEventSource<u32>>);
        let options = UseEventSourceOptions::decode(move |event| {
            let number = event.data.parse::<u32>();
            if let (Ok(2), Some(source)) = (&number, slot.get_untracked()) {
                source.close();
            }
            number
        });
        let source = use_event_source_with("/a", options);
        slot.set(Some(source));
        source.on_event(move |number| log.push(number.data));
        (source, source.fold(0, |sum, number| *sum += number.data))
    })
    .await;
    stage.stream().send(numbers(1, 3));
    // It has moved the place: whoever opens it again goes on behind it.
    assert_eq!((heard.take(), sum.get_untracked()), (vec![1, 2], 3));
    assert_eq!(
        (source.state.get_untracked().name(), source.last_event_id.get_untracked()),
        ("closed", "2".into())
    );
    assert_eq!(source.latest.get_untracked().map(|latest| latest.data), Some(2));
}

#[wasm_bindgen_test]
async fn close_ends_it_there() {
    let (stage, heard, list) = at_the_third(|source, _| source.close()).await;
    assert_eq!((heard, list.get_untracked()), (vec![1, 2, 3], vec![1, 2, 3]));
    assert_eq!(stage.world.live_count(), 0);
}

#[wasm_bindgen_test]
async fn pause_goes_on_after_it() {
    let (stage, heard, _) = at_the_third(|source, _| {
        source.pause();
        source.resume();
    })
    .await;
    assert_eq!(heard, [1, 2, 3]);
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("3"));
}

#[wasm_bindgen_test]
async fn reconnect_goes_on_after_it() {
    let (stage, heard, _) = at_the_third(|source, _| source.reconnect()).await;
    assert_eq!(heard, [1, 2, 3]);
    assert_eq!(stage.stream().last_event_id().as_deref(), Some("3"));
    assert_eq!(stage.world.most_live(), 1);
}

#[wasm_bindgen_test]
async fn another_url_ends_it_there_and_begins_anew() {
    let (stage, heard, list) = at_the_third(|_, url| url.set("/b".into())).await;
    assert_eq!((heard, list.get_untracked()), (vec![1, 2, 3], vec![]));
    let request = stage.stream();
    assert_eq!((request.url(), request.last_event_id()), ("/b", None));
    request.send(numbers(9, 9));
    assert_eq!(list.get_untracked(), [9]);
    assert_eq!((stage.world.live_count(), stage.world.most_live()), (1, 1));
}

#[wasm_bindgen_test]
async fn a_fold_that_changes_the_url_begins_anew_too() {
    let (stage, list) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let source = use_event_source::<u32>(url);
        source.fold(Vec::new(), move |list, number| {
            if number.data == 3 {
                url.set("/b".into());
            }
            list.push(number.data);
        })
    })
    .await;
    stage.stream().send(numbers(1, 5));
    assert!(list.get_untracked().is_empty());
    stage.stream().send(numbers(7, 8));
    assert_eq!(list.get_untracked(), [7, 8]);
}

#[wasm_bindgen_test]
async fn a_component_may_be_removed_by_its_own_event() {
    let (mut stage, owner) = Stage::run(Owner::new).await;
    let heard = Log::new();
    let log = heard.clone();
    owner.with(|| {
        let source = use_event_source::<u32>("/numbers");
        let owner = StoredValue::new_local(Some(owner.clone()));
        let list = source.fold(Vec::new(), |list, number| list.push(number.data));
        source.on_event(move |number| {
            log.push(number.data);
            if number.data == 3 {
                let owner = owner.try_update_value(Option::take).flatten().expect("still there");
                owner.cleanup();
            }
        });
        source.on_event(|number| assert!(number.data < 3, "it is gone by now"));
        Effect::new(move |_| list.track());
    });
    stage.text().await;
    stage.stream().send(numbers(1, 5));
    assert_eq!(heard.take(), [1, 2, 3]);
    assert_eq!(stage.world.live_count(), 0);
    stage.unmount();
}

#[wasm_bindgen_test]
async fn listeners_may_come_and_go_while_one_is_called() {
    let (stage, source) = Stage::run(|| use_event_source::<u32>("/numbers")).await;
    let heard = Log::new();
    let (log, late) = (heard.clone(), heard.clone());
    let child = StoredValue::new(Owner::new());
    let owner = Owner::new();
    owner.with(|| {
        source.on_event(move |number| match number.data {
            1 => child.get_value().with(|| {
                let late = late.clone();
                source.on_event(move |number| late.push(format!("late {}", number.data)));
            }),
            3 => child.get_value().cleanup(),
            _ => {}
        });
        source.on_event(move |number| log.push(number.data.to_string()));
    });
    stage.stream().send(numbers(1, 4));
    assert_eq!(heard.take(), ["1", "2", "late 2", "3", "4"]);
}

#[wasm_bindgen_test]
async fn an_effect_may_close_on_what_it_reads() {
    let (stage, source) = Stage::run(|| {
        let source = use_event_source::<u32>("/numbers");
        ImmediateEffect::new_scoped(move || {
            if source.latest.get().is_some_and(|latest| latest.data == 2) {
                source.close();
            }
        });
        source
    })
    .await;
    stage.stream().send(numbers(1, 5));
    assert_eq!(source.last_event_id.get_untracked(), "2");
    assert_eq!(stage.world.live_count(), 0);
}

/// A guard is a lock in Leptos, and what is written meanwhile is lost.
#[wasm_bindgen_test]
async fn nothing_is_lost_on_who_holds_a_guard() {
    let (stage, (source, list)) = Stage::run(|| {
        let source = use_event_source::<u32>("/numbers");
        (source, source.fold(Vec::new(), |list, number| list.push(number.data)))
    })
    .await;
    let request = stage.stream();
    {
        let state = source.state.read_untracked();
        let latest = source.latest.read_untracked();
        let guard = list.read_untracked();
        request.send(numbers(1, 2));
        assert_eq!((guard.len(), latest.is_none(), state.name()), (0, true, "open"));
        assert_eq!(source.latest.get_untracked().map(|latest| latest.data), Some(2));
    }
    stage.world.advance(Duration::from_millis(16));
    assert_eq!(list.get_untracked(), [1, 2]);
    request.send(numbers(3, 3));
    assert_eq!(list.get_untracked(), [1, 2, 3]);
    match &*source.state.read_untracked() {
        State::Open { .. } => source.pause(),
        state => panic!("{state}"),
    }
    assert_eq!(source.state.get_untracked().name(), "paused");
}

/// What an effect calls is no reason for it to run again.
#[wasm_bindgen_test]
async fn an_effect_that_steers_does_not_follow_what_it_causes() {
    let (stage, runs) = Stage::run(|| {
        let url = RwSignal::new("/a".to_owned());
        let source = use_event_source::<u32>(url);
        let runs = RwSignal::new(0);
        Effect::new(move |_| {
            source.reconnect();
            source.pause();
            source.resume();
            source.close();
            source.open();
            *runs.write_untracked() += 1;
        });
        runs
    })
    .await;
    stage.stream().send(numbers(1, 3));
    stage.text().await;
    assert_eq!(runs.get_untracked(), 1);
    assert_eq!(stage.world.most_live(), 1);
}

#[wasm_bindgen_test]
async fn a_state_that_its_own_listener_causes_is_heard_after_it() {
    let heard = Log::new();
    let (first, second) = (heard.clone(), heard.clone());
    let (stage, (url, source)) = Stage::run(move || {
        let url = RwSignal::new("/a".to_owned());
        let source = use_event_source::<u32>(url);
        source.on_state(move |state| {
            first.push(format!("1 {state}"));
            match state {
                State::Open { .. } => url.set(String::new()),
                State::Closed { .. } => url.set("/b".into()),
                _ => {}
            }
        });
        source.on_state(move |state| second.push(format!("2 {state}")));
        (url, source)
    })
    .await;
    assert_eq!(heard.take(), ["1 connecting, attempt 1", "2 connecting, attempt 1"]);
    stage.stream();
    let closed = "closed: by the application";
    assert_eq!(
        heard.take(),
        ["1 open", &format!("1 {closed}"), "1 connecting, attempt 1", "2 connecting, attempt 1"]
    );
    assert_eq!((url.get_untracked().as_str(), source.state.get_untracked().name()), ("/b", "connecting"));
    assert_eq!((stage.world.live_count(), stage.world.most_live()), (1, 1));
}

#[wasm_bindgen_test]
async fn a_failure_may_lead_to_another_url() {
    let errors = Log::new();
    let log = errors.clone();
    let (stage, source) = Stage::run(move || {
        let url = RwSignal::new("/a".to_owned());
        let source = use_event_source::<u32>(url);
        source.on_error(move |error| {
            log.push(error.to_string());
            url.set("/b".into());
        });
        source
    })
    .await;
    stage.stream().send("data: x\n\ndata: 1\n\n");
    assert_eq!(stage.stream().url(), "/b");
    assert_eq!((errors.take().len(), source.error.get_untracked()), (1, None));
    assert_eq!(source.handle().and_then(|source| source.url()).as_deref(), Some("/b"));
    assert_eq!((stage.world.live_count(), stage.world.most_live()), (1, 1));
}

/// The places at which code of the user's runs.
const PLACES: [&str; 8] = ["configure", "headers", "decode", "fold", "event", "state", "error", "effect"];

/// Those, of a connection of its own and of a shared one, which outlives its component a little.
fn places() -> impl Iterator<Item = (&'static str, bool)> {
    PLACES.into_iter().flat_map(|place| [(place, false), (place, true)])
}

/// Wherever the component is removed, nothing of it stays, and whoever still has it may do with it what they like.
#[wasm_bindgen_test]
async fn a_component_may_go_at_any_place() {
    for (place, shares) in places() {
        let (stage, owner) = Stage::run(Owner::new).await;
        let source = owner.clone().with(|| {
            let owner = StoredValue::new_local(Some(owner.clone()));
            let go = move |here: &str| {
                let Some(owner) = owner.try_update_value(|owner| owner.take_if(|_| here == place)).flatten()
                else {
                    return;
                };
                owner.cleanup();
            };
            let options = UseEventSourceOptions::decode(move |event| {
                go("decode");
                event.data.parse::<u32>()
            });
            let options = if shares { options.share_as("all") } else { options };
            let options = options.configure(move |source| {
                go("configure");
                source.headers_with(move |_| async move {
                    go("headers");
                    Ok::<_, String>(vec![])
                })
            });
            let source = use_event_source_with("/numbers", options);
            let list = source.fold(Vec::new(), move |list, number| {
                list.push(number.data);
                go("fold");
            });
            source.on_event(move |_| go("event"));
            source.on_state(move |state| {
                if matches!(state, State::Open { .. }) {
                    go("state")
                }
            });
            source.on_error(move |_| go("error"));
            ImmediateEffect::new_scoped(move || {
                if list.with(|list| list.len() == 2) {
                    go("effect")
                }
            });
            source
        });
        stage.text().await;
        if let Some(request) = stage.world.request() {
            request.accept();
            request.send(format!("{}data: x\n\n{}", numbers(1, 3), numbers(4, 5)));
        }
        let world = &stage.world;
        if shares {
            world.advance(Duration::from_secs(1));
        }
        assert_eq!(
            (world.live_count(), world.timer_count(), world.page_listener_count()),
            (0, 0, 0),
            "{place} {shares}"
        );
        let requests = world.request_count();
        source.open();
        source.resume();
        source.reconnect();
        source.close();
        stage.text().await;
        assert_eq!(world.request_count(), requests, "{place}");
    }
}

/// Wherever the url is changed, the old connection is gone before the new one is there.
#[wasm_bindgen_test]
async fn the_url_may_change_at_any_place() {
    for (place, shares) in places() {
        let (stage, (url, list)) = Stage::run(move || {
            let url = RwSignal::new("/a".to_owned());
            let go = move |here: &str| {
                if here == place && url.get_untracked() == "/a" {
                    url.set("/b".into());
                }
            };
            let options = UseEventSourceOptions::decode(move |event| {
                go("decode");
                event.data.parse::<u32>()
            });
            let options = if shares { options.share_as("all") } else { options };
            let options = options.configure(move |source| {
                go("configure");
                source.headers_with(move |_| async move {
                    go("headers");
                    Ok::<_, String>(vec![])
                })
            });
            let source = use_event_source_with(url, options);
            let list = source.fold(Vec::new(), move |list, number| {
                list.push(number.data);
                go("fold");
            });
            source.on_event(move |_| go("event"));
            source.on_state(move |state| {
                if matches!(state, State::Open { .. }) {
                    go("state")
                }
            });
            source.on_error(move |_| go("error"));
            ImmediateEffect::new_scoped(move || {
                if list.with(|list| list.len() == 2) {
                    go("effect")
                }
            });
            (url, list)
        })
        .await;
        while let Some(request) = stage.world.request().filter(|request| request.url() == "/a") {
            request.accept();
            request.send(format!("{}data: x\n\n{}", numbers(1, 3), numbers(4, 5)));
        }
        assert_eq!(url.get_untracked(), "/b", "{place}");
        assert!(list.get_untracked().is_empty(), "{place}: {:?}", list.get_untracked());
        if shares {
            stage.world.advance(Duration::ZERO);
        }
        let most = if shares { 2 } else { 1 };
        assert_eq!(stage.world.live_count(), 1, "{place} {shares}");
        assert!(stage.world.most_live() <= most, "{place} {shares}");
    }
}
