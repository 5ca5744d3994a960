//! Bars of the events in each second of the last minute.

use std::cell::Cell;
use std::fmt::Write;

use demo_shared::words::grouped;
use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

use super::find;
use super::slot::Slot;
use crate::rate::{Rate, SECONDS};

/// The drawing is as wide as this times the seconds, and as high as [`HEIGHT`], in its own units.
const STEP: usize = 10;
const HEIGHT: u64 = 100;

pub(super) struct Chart {
    bars: Element,
    /// Marks under the seconds without a connection.
    gaps: Element,
    peak: Slot,
    /// How many seconds had ended when it was drawn last.
    drawn: Cell<u64>,
}

impl Chart {
    pub(super) fn find(document: &Document) -> Result<Chart, JsValue> {
        Ok(Chart {
            bars: find(document, "bars")?,
            gaps: find(document, "gaps")?,
            peak: Slot::find(document, "peak")?,
            drawn: Cell::new(0),
        })
    }

    pub(super) fn draw(&self, rate: &Rate) {
        if self.drawn.replace(rate.ended) == rate.ended {
            return;
        }
        let peak = rate.peak();
        let (mut bars, mut gaps) = (String::new(), String::new());
        // The newest second is at the right edge, also while there are few.
        let first = SECONDS - rate.past.len();
        for (index, second) in rate.past.iter().enumerate() {
            let height = (u64::from(second.events) * HEIGHT).div_ceil(u64::from(peak.max(1)));
            bar(&mut bars, first + index, height);
            if !second.connected {
                bar(&mut gaps, first + index, 4);
            }
        }
        // Setting an attribute fails only for names that are none.
        let _ = self.bars.set_attribute("d", &bars);
        let _ = self.gaps.set_attribute("d", &gaps);
        self.peak.show(&grouped(peak.into()));
    }
}

/// Adds a bar to the path, unless it has no height.
fn bar(path: &mut String, index: usize, height: u64) {
    if height > 0 {
        let (left, top, width) = (index * STEP + 1, HEIGHT - height, STEP - 2);
        // Writing to a string does not fail.
        let _ = write!(path, "M{left} {HEIGHT}V{top}h{width}V{HEIGHT}z");
    }
}
