//! A place for a text.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

use super::find;

/// An element whose text is touched only when it changes: drawing goes on ten times a second, and layout and screen
/// readers follow every change of the document.
pub(super) struct Slot {
    element: Element,
    shown: RefCell<String>,
}

impl Slot {
    pub(super) fn new(element: Element) -> Slot {
        Slot { shown: RefCell::new(element.text_content().unwrap_or_default()), element }
    }

    pub(super) fn find(document: &Document, id: &str) -> Result<Slot, JsValue> {
        find(document, id).map(Slot::new)
    }

    pub(super) fn show(&self, text: &str) {
        let mut shown = self.shown.borrow_mut();
        if *shown != text {
            self.element.set_text_content(Some(text));
            shown.clear();
            shown.push_str(text);
        }
    }

    /// Gives the element an attribute for the style sheet.
    pub(super) fn mark(&self, attribute: &str) {
        // Fails only for names that are none.
        let _ = self.element.set_attribute(attribute, "");
    }
}
