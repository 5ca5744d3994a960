//! The table of the latest events.

use std::cell::Cell;
use std::collections::VecDeque;

use demo_shared::{EVENTS_SHOWN, Latest};
use wasm_bindgen::JsValue;
use web_sys::Document;

use super::slot::Slot;
use super::{add, find};

pub(super) struct LatestEvents {
    rows: Vec<Row>,
    /// How many events there were when the table was drawn last.
    drawn: Cell<u64>,
}

struct Row {
    id: Slot,
    event_type: Slot,
    data: Slot,
}

impl LatestEvents {
    pub(super) fn build(document: &Document) -> Result<LatestEvents, JsValue> {
        let body = find(document, "events")?;
        let rows = (0..EVENTS_SHOWN).map(|_| {
            let row = add(document, &body, "tr", "")?;
            let cell = |class| add(document, &row, "td", class).map(Slot::new);
            Ok(Row { id: cell("id")?, event_type: cell("type")?, data: cell("data")? })
        });
        Ok(LatestEvents { rows: rows.collect::<Result<_, JsValue>>()?, drawn: Cell::new(0) })
    }

    pub(super) fn draw(&self, latest: &VecDeque<Latest>, count: u64) {
        if self.drawn.replace(count) == count {
            return;
        }
        for (row, event) in self.rows.iter().zip(latest) {
            row.id.show(&event.id);
            row.event_type.show(&event.event_type);
            row.data.show(&event.data);
        }
    }
}
