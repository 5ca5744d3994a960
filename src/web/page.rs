//! What happens to the page: hidden and shown, put aside and taken out again, frozen and thawed, offline and online.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget, MutationObserver, MutationObserverInit, Node};

use super::property;
use crate::page::PageChange;
use crate::platform::PageListener;

/// Listens until it is dropped. In a worker only `online` and `offline` ever come.
pub(super) struct Watch {
    listeners: Rc<RefCell<Vec<EventListener>>>,
    observer: Option<MutationObserver>,
    _observed: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        self.listeners.take();
    }
}

pub(super) fn watch(listener: &PageListener) -> Watch {
    let listeners = Rc::new(RefCell::new(listen(listener)));
    // `document.open()` takes all listeners away, but no observer: they are put back.
    let observed = Closure::new({
        let (listener, listeners) = (listener.clone(), listeners.clone());
        move || {
            let before = listeners.replace(listen(&listener));
            drop(before);
        }
    });
    let document = property(&js_sys::global(), "document");
    let observer = document.dyn_ref::<Node>().and_then(|document| {
        let observer = MutationObserver::new(observed.as_ref().unchecked_ref()).ok()?;
        let options = MutationObserverInit::new();
        options.set_child_list(true);
        observer.observe_with_options(document, &options).ok()?;
        Some(observer)
    });
    Watch { listeners, observer, _observed: observed }
}

/// What is told when an event comes.
type Reaction = Box<dyn Fn(&PageListener, &Event)>;

fn listen(listener: &PageListener) -> Vec<EventListener> {
    let global = js_sys::global();
    let document = property(&global, "document");
    let on = |target: &JsValue, name: &'static str, tell: Reaction| {
        let target = target.dyn_ref::<EventTarget>()?;
        let listener = listener.clone();
        Some(EventListener::new(target, name, move |event| tell(&listener, event)))
    };
    let say = |change: PageChange| Box::new(move |listener: &PageListener, _: &Event| listener(change));
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
        Box::new(move |listener: &PageListener, _: &Event| {
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
                move |listener, _| look(listener)
            }),
        ),
        // Also where `persisted` is false: a page that comes back without having been cached must not stay silent.
        on(
            &global,
            "pagehide",
            Box::new(|listener, event| {
                let (global, persisted) = (js_sys::global(), property(event, "persisted").is_truthy());
                let is_frame = property(&global, "parent") != property(&global, "window");
                // The page in a frame that is taken away does not come back.
                listener(if is_frame && !persisted { PageChange::Gone } else { PageChange::Left });
            }),
        ),
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
