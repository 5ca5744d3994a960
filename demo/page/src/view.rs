//! Draws what has happened. Nothing is decided here, and nodes are made once: drawing only changes what differs.

mod changes;
mod chart;
mod latest;
mod slot;

use std::cell::Cell;

use demo_shared::words::{self, duration, grouped, tenths};
use everstream::{State, Transport, TransportReason};
use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

use crate::app::History;
use changes::Changes;
use chart::Chart;
use latest::LatestEvents;
use slot::Slot;

/// What there is to draw.
pub(crate) struct Scene<'a> {
    pub(crate) now: u64,
    pub(crate) history: &'a History,
    pub(crate) feed: &'a str,
    /// What the server was asked to do wrong; empty if nothing.
    pub(crate) fault: &'a str,
    pub(crate) last_event_id: &'a str,
    pub(crate) transport: Option<(Transport, TransportReason)>,
}

pub(crate) struct View {
    /// Colours follow its `data-state`.
    root: Element,
    name: Slot,
    details: Slot,
    countdown: Slot,
    attempt: Slot,
    transport: Slot,
    feed: Slot,
    connections: Slot,
    last_event_id: Slot,
    age: Slot,
    events: Slot,
    rate: Slot,
    lost: Slot,
    doubled: Slot,
    fault: Slot,
    chart: Chart,
    latest: LatestEvents,
    changes: Changes,
    /// The number of the change of state that was drawn last.
    drawn_change: Cell<u32>,
}

impl View {
    pub(crate) fn new(document: &Document) -> Result<View, JsValue> {
        let slot = |id| Slot::find(document, id);
        Ok(View {
            root: find(document, "page")?,
            name: slot("state-name")?,
            details: slot("state-details")?,
            countdown: slot("countdown")?,
            attempt: slot("attempt")?,
            transport: slot("transport")?,
            feed: slot("feed")?,
            connections: slot("connections")?,
            last_event_id: slot("last-event-id")?,
            age: slot("age")?,
            events: slot("event-count")?,
            rate: slot("rate")?,
            lost: slot("lost")?,
            doubled: slot("doubled")?,
            fault: slot("fault")?,
            chart: Chart::find(document)?,
            latest: LatestEvents::build(document)?,
            changes: Changes::build(document)?,
            drawn_change: Cell::new(0),
        })
    }

    pub(crate) fn draw(&self, scene: &Scene<'_>) {
        let Scene { now, history, .. } = *scene;
        if self.drawn_change.replace(history.changes.count) != history.changes.count {
            self.draw_state(&history.changes.state);
            self.changes.draw(&history.changes.latest);
        }
        self.countdown.show(&words::countdown(&history.changes.state, now));
        self.feed.show(scene.feed);
        self.transport.show(&words::transport(scene.transport));
        self.fault.show(scene.fault);
        self.connections.show(&grouped(history.changes.connections.into()));
        self.last_event_id.show(or_dash(scene.last_event_id));
        let age = history.received.last_event_at.map(|at| duration(now.saturating_sub(at)) + " ago");
        self.age.show(age.as_deref().unwrap_or("—"));
        self.events.show(&grouped(history.received.events));
        self.rate.show(&tenths(history.rate.per_second_in_tenths()));
        show_verdict(&self.lost, history.received.tally.lost);
        show_verdict(&self.doubled, history.received.tally.doubled);
        self.chart.draw(&history.rate);
        self.latest.draw(&history.received.latest, history.received.events);
    }

    fn draw_state(&self, state: &State) {
        // Setting an attribute fails only for names that are none.
        let _ = self.root.set_attribute("data-state", state.name());
        self.name.show(words::headline(state));
        self.details.show(&words::details(state));
        let attempt = words::attempt(state).map(|attempt| attempt.to_string());
        self.attempt.show(attempt.as_deref().unwrap_or("—"));
    }
}

/// A number that should stay 0.
fn show_verdict(slot: &Slot, count: u64) {
    slot.show(&grouped(count));
    if count > 0 {
        slot.mark("data-bad");
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

fn find(document: &Document, id: &str) -> Result<Element, JsValue> {
    document.get_element_by_id(id).ok_or_else(|| format!("the page has no #{id}").into())
}

/// Adds an element with a class to another.
fn add(document: &Document, parent: &Element, tag: &str, class: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    element.set_class_name(class);
    parent.append_child(&element)?;
    Ok(element)
}
