//! Dioxus 0.7.
// From here on it is in docs/rust.md.
use dioxus::prelude::*;
use everstream::{EventSource, Handle};
use futures_util::StreamExt;

#[component]
pub fn Chat(url: ReadSignal<String>) -> Element {
    let mut lines = use_signal(Vec::new);
    let mut state = use_signal(String::new);
    let mut source = use_signal(|| None);
    // Runs anew when the url changes, and is dropped with the component: so is the source in it.
    let ended = use_resource(move || async move {
        let mut events =
            EventSource::builder(url()).on_state(move |now, _| state.set(now.to_string())).open()?;
        source.set(Some(events.handle().clone()));
        lines.set(Vec::new());
        while let Some(event) = events.next().await {
            lines.push(event.data);
        }
        events.closed().await
    });
    rsx! {
        if let Some(source) = source() {
            Status { source, name: state }
        }
        if let Some(Err(error)) = &*ended.read() {
            p { "{error}" }
        }
        pre { {lines.read().join("\n")} }
    }
}

#[component]
fn Status(source: Handle, name: ReadSignal<String>) -> Element {
    rsx! { button { onclick: move |_| source.reconnect(), "{name}" } }
}
// Up to here.
