//! What happens to the page: hidden and shown, put aside and taken out again, frozen and thawed, offline and online.

use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use super::property;
use crate::page::PageChange;
use crate::platform::PageListener;

/// Listens until what is returned is dropped. In a worker only `online` and `offline` ever come.
pub(super) fn watch(listener: &PageListener) -> Vec<EventListener> {
    let global = js_sys::global();
    let document = property(&global, "document");
    let on = |target: &JsValue, name: &'static str, tell: Box<dyn Fn(&PageListener)>| {
        let target = target.dyn_ref::<EventTarget>()?;
        let listener = listener.clone();
        Some(EventListener::new(target, name, move |_| tell(&listener)))
    };
    let say = |change: PageChange| Box::new(move |listener: &PageListener| listener(change));
    // A page that comes back may be in a hidden tab, and one that thaws may have been hidden meanwhile without a word:
    // it is looked at each time, before anything is taken back.
    let look: Rc<dyn Fn(&PageListener)> = {
        let document = document.clone();
        Rc::new(move |listener| match property(&document, "visibilityState").as_string().as_deref() {
            Some("hidden") => listener(PageChange::Hidden),
            Some("visible") => listener(PageChange::Visible),
            _ => {}
        })
    };
    let look_and_say = |change: PageChange| {
        let look = look.clone();
        Box::new(move |listener: &PageListener| {
            look(listener);
            listener(change);
        })
    };
    if property(&property(&global, "navigator"), "onLine").as_bool() == Some(false) {
        listener(PageChange::Offline);
    }
    look(listener);
    [
        on(
            &document,
            "visibilitychange",
            Box::new({
                let look = look.clone();
                move |listener| look(listener)
            }),
        ),
        // Also where `persisted` is false: a page that comes back without having been cached must not stay silent.
        on(&global, "pagehide", say(PageChange::Left)),
        on(&global, "pageshow", look_and_say(PageChange::Returned)),
        on(&document, "freeze", say(PageChange::Frozen)),
        on(&document, "resume", look_and_say(PageChange::Thawed)),
        on(&global, "online", say(PageChange::Online)),
        on(&global, "offline", say(PageChange::Offline)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
