//! What becomes of events: decoded, heard in order, folded, shown.

use std::time::Duration;

use everstream::leptos::{
    Batch, UseEventSourceError, UseEventSourceOptions, event, use_event_source, use_event_source_with,
};
use leptos::prelude::*;
use leptos::reactive::effect::ImmediateEffect;
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Log, Stage, numbers};

#[wasm_bindgen_test]
async fn a_component_shows_what_comes() {
    #[derive(Deserialize)]
    struct Tick {
        symbol: String,
        price: f64,
    }

    #[component]
    fn Price() -> impl IntoView {
        let ticks = use_event_source::<Tick>("/ticks");
        view! {
            {move || ticks.state.get().name()}
            {move || ticks.latest.get().map(|tick| format!(" {} {}", tick.data.symbol, tick.data.price))}
            {move || format!(" #{}", ticks.last_event_id.get())}
        }
    }

    let stage = Stage::mount(Price).await;
    assert_eq!(stage.text().await, "connecting #");
    let request = stage.stream();
    assert_eq!(request.url(), "/ticks");
    request.send("id: 7\nevent: tick\ndata: {\"symbol\": \"ABC\", \"price\": 1.5}\n\n");
    assert_eq!(stage.text().await, "open ABC 1.5 #7");
}

#[wasm_bindgen_test]
async fn of_a_burst_every_event_is_folded_and_heard_in_order() {
    let heard = Log::new();
    let log = heard.clone();
    let (stage, (source, sum, runs)) = Stage::run(move || {
        let source = use_event_source::<u32>("/numbers");
        source.on_event(move |number| log.push((number.data, number.last_event_id.clone())));
        let sum = source.fold(0, |sum, number| *sum += number.data);
        let runs = RwSignal::new(0);
        Effect::new(move |_| {
            source.latest.track();
            *runs.write_untracked() += 1;
        });
        (source, sum, runs)
    })
    .await;
    stage.stream().send(numbers(1, 1000));
    assert_eq!(sum.get_untracked(), 500_500);
    let all: Vec<_> = (1..=1000).map(|number| (number, number.to_string())).collect();
    assert_eq!(heard.take(), all);
    stage.text().await;
    assert_eq!(runs.get_untracked(), 2, "an effect runs once for the whole burst");
    assert_eq!(source.latest.with_untracked(|latest| latest.as_ref().map(|latest| latest.data)), Some(1000));
}

#[wasm_bindgen_test]
async fn a_fold_that_comes_later_begins_with_the_next_event() {
    let (stage, source) = Stage::run(|| use_event_source::<u32>("/numbers")).await;
    let request = stage.stream();
    request.send(numbers(1, 2));
    let owner = Owner::new();
    let list = owner.with(|| source.fold(Vec::new(), |list, number| list.push(number.data)));
    request.send(numbers(3, 4));
    assert_eq!(list.get_untracked(), [3, 4]);
}

#[wasm_bindgen_test]
async fn types_become_variants_and_others_are_not_heard() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Line {
        from: String,
    }

    #[derive(Debug, PartialEq)]
    enum Chat {
        Said(Line),
        Count(usize),
    }

    let (stage, heard) = Stage::run(|| {
        let options =
            UseEventSourceOptions::by_type([event("message", Chat::Said), event("count", Chat::Count)]);
        let chat = use_event_source_with("/chat", options);
        let heard = Log::new();
        let log = heard.clone();
        chat.on_event(move |event| {
            log.push(match &event.data {
                Chat::Said(Line { from }) => from.clone(),
                Chat::Count(count) => count.to_string(),
            });
        });
        chat.on_error(|error| panic!("{error}"));
        heard
    })
    .await;
    let request = stage.stream();
    request.send("data: {\"from\": \"Ada\"}\n\nevent: other\ndata: [\n\nevent: count\ndata: 7\n\n");
    assert_eq!(heard.take(), ["Ada", "7"]);
}

#[wasm_bindgen_test]
async fn what_cannot_be_decoded_is_an_error_and_not_the_end() {
    let heard = Log::new();
    let (numbers, errors) = (heard.clone(), Log::new());
    let log = errors.clone();
    let (stage, source) = Stage::run(move || {
        let source = use_event_source::<u32>("/numbers");
        source.on_event(move |number| numbers.push(number.data));
        source.on_error(move |error| log.push(error.clone()));
        source
    })
    .await;
    let request = stage.stream();
    request.send("id: 1\ndata: 1\n\nid: 2\ndata: two\n\n");
    let error = source.error.get_untracked();
    let Some(UseEventSourceError::Decode(error)) = error else { panic!("{error:?}") };
    assert_eq!((error.event.data.as_str(), error.event.last_event_id.as_str()), ("two", "2"));
    assert_eq!(source.last_event_id.get_untracked(), "2", "it is not asked for again");
    assert_eq!(source.state.get_untracked().name(), "open");
    request.send("id: 3\ndata: 3\n\n");
    assert_eq!(source.error.get_untracked(), None);
    assert_eq!(heard.take(), [1, 3]);
    assert_eq!(errors.take(), [UseEventSourceError::Decode(error)]);
}

#[wasm_bindgen_test]
async fn text_and_functions_decode_too() {
    let (stage, (log, numbers)) = Stage::run(|| {
        let log = use_event_source_with("/log", UseEventSourceOptions::text());
        let decode = UseEventSourceOptions::decode(|event| event.data.trim().parse::<f64>());
        (log, use_event_source_with("/numbers", decode))
    })
    .await;
    stage.stream().send("data: {\ndata:  as it came\n\n");
    stage.stream().send("data:  1.5 \n\ndata: x\n\n");
    assert_eq!(log.latest.get_untracked().map(|line| line.data.clone()).as_deref(), Some("{\n as it came"));
    assert_eq!(numbers.latest.get_untracked().map(|number| number.data), Some(1.5));
    let error = numbers.error.get_untracked().expect("an error").to_string();
    assert_eq!(error, "the data of a `message` event: invalid float literal");
}

/// How often those who read are told of `latest` and of a fold.
async fn count_updates(batch: Batch) -> (Stage, Log<u32>, Log<Option<u32>>, Log<u32>) {
    let (heard, latest, sums) = (Log::new(), Log::new(), Log::new());
    let logs = (heard.clone(), latest.clone(), sums.clone());
    let (stage, ()) = Stage::run(move || {
        let source = use_event_source_with("/numbers", UseEventSourceOptions::<u32>::json().batch(batch));
        source.on_event(move |number| logs.0.push(number.data));
        let sum = source.fold(0, |sum, number| *sum += number.data);
        let logs = (send_wrapper(logs.1), send_wrapper(logs.2));
        ImmediateEffect::new_scoped(move || {
            let latest = source.latest.get().map(|latest| latest.data);
            logs.0.with_value(|log| log.push(latest));
        });
        ImmediateEffect::new_scoped(move || {
            let sum = sum.get();
            logs.1.with_value(|log| log.push(sum));
        });
    })
    .await;
    (stage, heard, latest, sums)
}

fn send_wrapper<T: 'static>(value: T) -> StoredValue<T, LocalStorage> {
    StoredValue::new_local(value)
}

#[wasm_bindgen_test]
async fn each_event_is_an_update_by_default() {
    let (stage, heard, latest, sums) = count_updates(Batch::Each).await;
    stage.stream().send(numbers(1, 3));
    assert_eq!(heard.take(), [1, 2, 3]);
    assert_eq!(latest.take(), [None, Some(1), Some(2), Some(3)]);
    assert_eq!(sums.take(), [0, 1, 3, 6]);
}

#[wasm_bindgen_test]
async fn a_frame_is_one_update_for_all_events() {
    let (stage, heard, latest, sums) = count_updates(Batch::Frame).await;
    let request = stage.stream();
    request.send(numbers(1, 2));
    request.send(numbers(3, 3));
    assert_eq!(heard.take(), [1, 2, 3], "heard at once");
    assert_eq!((latest.take(), sums.take()), (vec![None], vec![0]), "not shown yet");
    stage.world.advance(Duration::from_millis(16));
    assert_eq!((latest.take(), sums.take()), (vec![Some(3)], vec![6]));
    stage.world.advance(Duration::from_millis(1000));
    assert_eq!((latest.take(), sums.take()), (vec![], vec![]), "no news, no update");
    assert_eq!(stage.world.timer_count(), 0, "no news, no frame");
}
