//! What happens to the page: put aside and shown again, frozen and thawed, offline and online.

use gloo_events::EventListener;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use crate::core::session::Input;
use crate::core::state::PauseReason;
use crate::platform::PageSink;

/// Listens until what is returned is dropped. In a worker only `online` and `offline` ever come.
pub(super) fn watch(sink: &PageSink) -> Vec<EventListener> {
    let global = js_sys::global();
    let on = |target: &JsValue, name: &'static str, input: Input| {
        let target = target.dyn_ref::<EventTarget>()?;
        let sink = sink.clone();
        Some(EventListener::new(target, name, move |_| sink.tell(input.clone())))
    };
    let document = property(&global, "document");
    let online = property(&property(&global, "navigator"), "onLine");
    if online.as_bool() == Some(false) {
        sink.tell(Input::Offline);
    }
    [
        // Also where `persisted` is false: a page that comes back without having been cached must not stay silent.
        on(&global, "pagehide", Input::Pause(PauseReason::Cached)),
        on(&global, "pageshow", Input::Resume(PauseReason::Cached)),
        on(&document, "freeze", Input::Pause(PauseReason::Frozen)),
        on(&document, "resume", Input::Resume(PauseReason::Frozen)),
        on(&global, "online", Input::Online),
        on(&global, "offline", Input::Offline),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
