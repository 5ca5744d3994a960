//! The list of the latest changes of state.

use std::collections::VecDeque;

use demo_shared::{CHANGES_SHOWN, Change, words};
use js_sys::Date;
use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

use super::slot::Slot;
use super::{add, find};

pub(super) struct Changes {
    lines: Vec<Line>,
}

struct Line {
    /// Its colour follows its `data-state`.
    item: Element,
    time: Slot,
    name: Slot,
    details: Slot,
}

impl Changes {
    pub(super) fn build(document: &Document) -> Result<Changes, JsValue> {
        let list = find(document, "changes")?;
        let lines = (0..CHANGES_SHOWN).map(|_| {
            let item = add(document, &list, "li", "")?;
            let part = |tag, class| add(document, &item, tag, class).map(Slot::new);
            Ok(Line {
                time: part("time", "")?,
                name: part("strong", "")?,
                details: part("span", "details")?,
                item: item.clone(),
            })
        });
        Ok(Changes { lines: lines.collect::<Result<_, JsValue>>()? })
    }

    pub(super) fn draw(&self, changes: &VecDeque<Change>) {
        for (line, change) in self.lines.iter().zip(changes) {
            // Setting an attribute fails only for names that are none.
            let _ = line.item.set_attribute("data-state", change.state.name());
            line.time.show(&clock(change.at));
            line.name.show(words::headline(&change.state));
            line.details.show(&words::details(&change.state));
        }
    }
}

/// The time of the day in the visitor's time zone, with tenths of a second.
fn clock(at: u64) -> String {
    let date = Date::new(&(at as f64).into());
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{hours:02}:{minutes:02}:{seconds:02}.{}", at / 100 % 10)
}
