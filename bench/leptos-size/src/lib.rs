//! The same app without a stream, with everstream's hook, and with the peer's.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs when the module has been loaded.
#[wasm_bindgen(start)]
pub fn start() {
    leptos::mount::mount_to_body(App);
}

#[cfg(any(feature = "everstream", feature = "leptos-use"))]
#[derive(Clone, PartialEq, serde::Deserialize)]
struct Tick {
    symbol: String,
    price: f64,
}

#[cfg(not(any(feature = "everstream", feature = "leptos-use")))]
#[component]
fn App() -> impl IntoView {
    view! { <p>"Prices"</p> }
}

#[cfg(feature = "everstream")]
#[component]
fn App() -> impl IntoView {
    let ticks = everstream::leptos::use_event_source::<Tick>("/ticks");
    let price = move || ticks.latest.get().map(|tick| format!("{} {}", tick.data.symbol, tick.data.price));
    view! {
        <p>"Prices"</p>
        <p>{move || ticks.state.get().name()}</p>
        <p>{price}</p>
    }
}

#[cfg(feature = "leptos-use")]
#[component]
fn App() -> impl IntoView {
    use codee::string::JsonSerdeCodec;
    use leptos_use_event_source::{UseEventSourceReturn, use_event_source};

    let UseEventSourceReturn { message, ready_state, .. } = use_event_source::<Tick, JsonSerdeCodec>("/ticks");
    let price = move || message.get().map(|tick| format!("{} {}", tick.data.symbol, tick.data.price));
    view! {
        <p>"Prices"</p>
        <p>{move || format!("{:?}", ready_state.get())}</p>
        <p>{price}</p>
    }
}
