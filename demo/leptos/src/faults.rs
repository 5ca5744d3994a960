//! The buttons that make the server misbehave.

use leptos::prelude::*;

use crate::dashboard::Live;

/// The button's text, what the server is asked to do in the query of the feed, and on how many connections.
const FAULTS: [(&str, &str, u32); 10] = [
    ("Cut inside an event (FIN)", "cut=fin&after=15", 3),
    ("Cut inside an event (RST)", "cut=rst&after=15", 3),
    ("End in good order", "end=15", 3),
    ("Drop without an answer", "dropBefore", 3),
    ("End, with “retry: 0”", "retry=0&end=15", 5),
    ("503 + Retry-After 3 s", "status=503&retryAfter=3", 1),
    ("Wrong type", "type=text/html", 1),
    ("Stop (204)", "stop", 1),
    ("A line of 1 MB", "huge=1000000", 1),
    ("A few bytes at a time", "slow=2", 1),
];

#[component]
pub(crate) fn Faults() -> impl IntoView {
    let Live { source, url, feed, .. } = expect_context();
    let fault = RwSignal::new(String::new());
    // Another url is another connection; the same one again is not, so that a fault has a run of its own in it.
    let ask_anew = move || {
        feed.with_value(|feed| {
            fault.set(feed.fault_in_words());
            if let Ok(next) = feed.url() {
                url.set(next);
            }
        });
        source.open();
    };
    let misbehave = move |(label, query, times)| {
        feed.with_value(|feed| feed.misbehave(label, query, times));
        ask_anew();
    };
    let behave = move |_| {
        feed.with_value(|feed| feed.behave());
        ask_anew();
    };
    let buttons = FAULTS.map(|fault| {
        view! { <button type="button" on:click=move |_| misbehave(fault)>{fault.0}</button> }
    });
    view! {
        <section class="card misbehave" aria-labelledby="faults-title">
            <h2 id="faults-title">"Make the server misbehave"</h2>
            <p class="hint">"Each button changes the url: what came so far goes, and the stream goes on where it was, with a fault."</p>
            <div class="faults" role="group" aria-labelledby="faults-title">{buttons.collect_view()}</div>
            <div class="normal">
                <button id="fault-none" type="button" on:click=behave>"Back to normal"</button>
                <p role="status">{fault}</p>
            </div>
        </section>
    }
}
