//! The latest events, and what became of the connection.

use demo_shared::{Change, Latest, words};
use js_sys::Date;
use leptos::prelude::*;

use crate::dashboard::Live;

#[component]
pub(crate) fn Events() -> impl IntoView {
    let Live { received, .. } = expect_context();
    let rows = move || {
        received.with(|received| {
            let row = |Latest { id, event_type, data }: &Latest| {
                view! {
                    <tr>
                        <td class="id">{id.clone()}</td>
                        <td class="type">{event_type.clone()}</td>
                        <td>{data.clone()}</td>
                    </tr>
                }
            };
            received.latest.iter().map(row).collect_view()
        })
    };
    view! {
        <section class="card list" aria-labelledby="events-title">
            <h2 id="events-title">"The latest events"</h2>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="events-title">
                <table>
                    <thead>
                        <tr><th scope="col" class="id">"Id"</th><th scope="col" class="type">"Type"</th><th scope="col">"Data"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
pub(crate) fn Log() -> impl IntoView {
    let Live { changes, .. } = expect_context();
    let lines = move || {
        changes.with(|changes| {
            let line = |Change { at, state }: &Change| {
                view! {
                    <li data-state=state.name()>
                        <time>{clock(*at)}</time>
                        <strong>{words::headline(state)}</strong>
                        <span class="details">{words::details(state)}</span>
                    </li>
                }
            };
            changes.latest.iter().map(line).collect_view()
        })
    };
    view! {
        <section class="card list" aria-labelledby="changes-title">
            <h2 id="changes-title">"Changes of state"</h2>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="changes-title">
                <ol id="changes">{lines}</ol>
            </div>
        </section>
    }
}

/// The time of the day in the visitor's time zone, with tenths of a second.
fn clock(at: u64) -> String {
    let date = Date::new(&(at as f64).into());
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{hours:02}:{minutes:02}:{seconds:02}.{}", at / 100 % 10)
}
