//! The one connection of the page, and the cards around it.

use demo_shared::{Changes, Feed, Received, now};
use everstream::leptos::{Batch, UseEventSource, UseEventSourceOptions, use_event_source_with};
use leptos::prelude::*;

use crate::Page;
use crate::faults::Faults;
use crate::log::{Events, Log};
use crate::state::{Counters, State};

/// What the cards have in common, by the context.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub(crate) source: UseEventSource<String>,
    pub(crate) received: Signal<Received>,
    pub(crate) changes: RwSignal<Changes>,
    pub(crate) url: RwSignal<String>,
    pub(crate) feed: StoredValue<std::rc::Rc<Feed>, LocalStorage>,
}

#[component]
pub(crate) fn Dashboard(page: Page) -> impl IntoView {
    let Page { feed, seen, url } = page;
    let url = RwSignal::from(url);

    // Another url is the same feed with another fault here: it goes on where it was.
    let place = StoredValue::new(String::new());
    let (query, comments) = (feed.clone(), seen.clone());
    let options = UseEventSourceOptions::text().batch(Batch::Frame).configure(move |source| {
        let source = query.configure(source).last_event_id(place.get_value());
        let comments = comments.clone();
        match query.counts_comments() {
            true => source.on_comment(move |_, _| comments.comment()),
            false => source,
        }
    });
    let source = use_event_source_with(url, options);

    let tests = seen.clone();
    let received = source.fold(Received::default(), move |received, event| {
        let id = received.event(&event.event_type, &event.data, &event.last_event_id, now());
        if let Some(id) = id {
            tests.id(id, &received.tally);
        }
    });
    let (count, deeds) = (StoredValue::new(0), feed.clone());
    source.on_event(move |event| {
        place.set_value(event.last_event_id.clone());
        count.update_value(|count| *count += 1);
        if let Some(source) = source.handle() {
            deeds.after_event(count.get_value(), &source);
        }
    });

    let changes = RwSignal::new(Changes::default());
    let (tests, deeds) = (seen.clone(), feed.clone());
    source.on_state(move |state| {
        let handle = source.handle();
        tests.state(state, handle.as_ref().and_then(|source| source.transport()), now());
        changes.update(|changes| changes.changed(state, now()));
        if let Some(source) = handle {
            deeds.after_change(state, &source);
        }
    });
    Effect::new(move |_| {
        received.track();
        seen.drawn();
    });
    Effect::new(move |_| {
        // The style of the page goes by it. Setting an attribute fails only for names that are none.
        let state = source.state.with(|state| state.name());
        let _ = document().body().map(|body| body.set_attribute("data-state", state));
    });

    provide_context(Live { source, received, changes, url, feed: StoredValue::new_local(feed) });
    view! {
        <div class="column"><State/><Counters/><Events/></div>
        <div class="column"><Faults/><Log/></div>
    }
}
