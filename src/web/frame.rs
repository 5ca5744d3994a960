//! The moment before the page is drawn.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::property;

/// How long a frame may take to come, in milliseconds, before it is given up: a hidden page gets none, and one that is
/// hidden while it waits for a frame gets none any more.
const LONGEST: u32 = 100;

/// Dropping it ends the wait.
pub(super) struct Frame {
    _timer: Timeout,
    request: Option<(JsValue, Closure<dyn FnMut()>)>,
}

pub(super) fn frame(fire: Box<dyn FnOnce()>) -> Frame {
    let fire = Rc::new(Cell::new(Some(fire)));
    let once = move || {
        if let Some(fire) = fire.take() {
            fire();
        }
    };
    let drawn: Closure<dyn FnMut()> = Closure::new(once.clone());
    // A worker may have none.
    let request = call("requestAnimationFrame", drawn.as_ref()).map(|request| (request, drawn));
    Frame { _timer: Timeout::new(LONGEST, once), request }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some((request, _)) = &self.request {
            call("cancelAnimationFrame", request);
        }
    }
}

fn call(function: &str, argument: &JsValue) -> Option<JsValue> {
    let global = js_sys::global();
    property(&global, function).dyn_ref::<Function>()?.call1(&global, argument).ok()
}
