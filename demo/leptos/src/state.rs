//! What the connection does, and what can be done with it.

use demo_shared::words::{self, grouped};
use everstream::leptos::{RetryNow, StatusView};
use leptos::prelude::*;

use crate::dashboard::Live;

#[component]
pub(crate) fn State() -> impl IntoView {
    let Live { source, changes, .. } = expect_context();
    let transport = move || {
        // Known once there is a state to read.
        source.state.track();
        words::transport(source.handle().and_then(|source| source.transport()))
    };
    let age = move || source.stale_for.get().map_or("—".into(), |age| format!("{} s ago", age / 1000));
    let last_event_id = move || Some(source.last_event_id.get()).filter(|id| !id.is_empty());
    view! {
        <section class="card" aria-labelledby="state-title">
            <h2 id="state-title" class="unseen">"State"</h2>
            <div class="state">
                <span class="dot" aria-hidden="true"></span>
                <StatusView status=source/>
                <RetryNow status=source/>
            </div>
            <div class="buttons" role="group" aria-label="Steer the source">
                <button id="pause" type="button" on:click=move |_| source.pause()>"Pause"</button>
                <button id="resume" type="button" on:click=move |_| source.resume()>"Resume"</button>
                <button id="reconnect" type="button" on:click=move |_| source.reconnect()>"Reconnect"</button>
                <button id="close" type="button" on:click=move |_| source.close()>"Close"</button>
            </div>
            <dl class="facts">
                <div><dt>"Transport"</dt><dd>{transport}</dd></div>
                <div><dt>"Connections"</dt><dd>{move || changes.with(|changes| changes.connections)}</dd></div>
                <div><dt>"Last event"</dt><dd>{age}</dd></div>
                <div><dt>"Last event id"</dt><dd>{move || last_event_id().unwrap_or_else(|| "—".into())}</dd></div>
            </dl>
        </section>
    }
}

#[component]
pub(crate) fn Counters() -> impl IntoView {
    let Live { received, changes, .. } = expect_context();
    let (lost, doubled) = (
        Memo::new(move |_| received.with(|received| received.tally.lost)),
        Memo::new(move |_| received.with(|received| received.tally.doubled)),
    );
    view! {
        <section class="tiles" aria-label="Counters">
            <Verdict name="Lost" count=lost/>
            <Verdict name="Doubled" count=doubled/>
            <dl class="card"><dt>"Events"</dt><dd>{move || grouped(received.with(|received| received.events))}</dd></dl>
            <dl class="card"><dt>"Changes"</dt><dd>{move || grouped(changes.with(|changes| changes.count.into()))}</dd></dl>
        </section>
    }
}

/// A number that should stay 0.
#[component]
fn Verdict(name: &'static str, count: Memo<u64>) -> impl IntoView {
    view! {
        <dl class="card">
            <dt>{name}</dt>
            <dd class="verdict" data-bad=move || (count.get() > 0).then_some("")>{move || grouped(count.get())}</dd>
        </dl>
    }
}
