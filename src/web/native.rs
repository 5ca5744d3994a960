//! The browser's own `EventSource`.

use std::cell::RefCell;

use gloo_events::EventListener;
use js_sys::{Array, Function, Reflect, Symbol};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventSource, EventSourceInit, MessageEvent};

use super::{address, has, property, spawn};
use crate::core::parser::EventRef;
use crate::platform::{Connection, NativeEvent, Request, Sink};
use crate::task::TaskHandle;

thread_local! {
    /// Closes whatever `EventSource` speaks to it. WebKit brings one back to life that was closed while its page went
    /// into the back/forward cache (measured): it hears of that only from the object's own events.
    static SILENCE: Closure<dyn FnMut(Event)> = Closure::new(|event: Event| {
        if let Some(source) = event.target().and_then(|target| target.dyn_into::<EventSource>().ok()) {
            source.close();
        }
    });
}

/// One `EventSource`, which may make many connections.
pub(super) struct Native {
    sink: Sink,
    source: Option<EventSource>,
    /// One for each type that is heard, and those for `open` and `error`.
    listeners: RefCell<Vec<EventListener>>,
    /// Tells, after the caller has returned, that there is none.
    _failure: Option<TaskHandle>,
}

impl Native {
    pub(super) fn new(request: &Request, sink: Sink) -> Native {
        let source = open(request).ok();
        let failure = source.is_none().then(|| {
            let sink = sink.clone();
            spawn(Box::pin(async move { sink.native(NativeEvent::Closed) }))
        });
        let native = Native { sink, source, listeners: RefCell::default(), _failure: failure };
        native.hear("open");
        native.hear("error");
        // tRPC gives ids back by events of a type that only its own client knows: without them a server would begin anew.
        if !request.event_types.iter().any(|known| known == "restore-id") {
            native.hear("restore-id");
        }
        for event_type in &request.event_types {
            native.listen(event_type);
        }
        native
    }

    fn hear(&self, name: &str) {
        let Some(source) = &self.source else { return };
        let sink = self.sink.clone();
        let target = source.clone();
        let listener = EventListener::new(source, name.to_owned(), move |event| tell(&sink, &target, event));
        self.listeners.borrow_mut().push(listener);
    }
}

impl Connection for Native {
    /// It reads by itself.
    fn read(&self) {}

    fn hold(&self) {}

    /// It shows nothing of an answer that it refuses.
    fn peek(&self, _bytes: usize) {}

    fn listen(&self, event_type: &str) {
        // These two are heard already, and a server's events of that name come along.
        if !matches!(event_type, "open" | "error") {
            self.hear(event_type);
        }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        if let Some(source) = &self.source {
            source.close();
            SILENCE.with(|silence| {
                let silence = Some(silence.as_ref().unchecked_ref());
                source.set_onopen(silence);
                source.set_onmessage(silence);
                source.set_onerror(silence);
            });
        }
    }
}

/// The browser's own class: not what somebody has put in its place, if that is the npm package of everstream.
pub(super) fn class() -> Option<Function> {
    let class: Function = property(&js_sys::global(), "EventSource").dyn_into().ok()?;
    let brand = JsValue::from(Symbol::for_("everstream"));
    let prototype = property(&class, "prototype");
    (!Reflect::has(&prototype, &brand).unwrap_or(false)).then_some(class)
}

/// The url was checked; but in WebKit the constructor throws where a content security policy forbids the request, too. What
/// somebody has put in the place of the class may be anything.
fn open(request: &Request) -> Result<EventSource, JsValue> {
    let url = address(request)?;
    let init = EventSourceInit::new();
    init.set_with_credentials(request.with_credentials);
    let class = class().ok_or(JsValue::NULL)?;
    let source = Reflect::construct(&class, &Array::of2(&url.into(), &init))?;
    if !property(&source, "addEventListener").is_function() || !property(&source, "close").is_function() {
        return Err(JsValue::NULL);
    }
    Ok(source.unchecked_into())
}

fn tell(sink: &Sink, source: &EventSource, event: &Event) {
    // (Not by its class: that of a polyfill is another one.)
    if has(event, "data") {
        let event = event.unchecked_ref::<MessageEvent>();
        let data = event.data().as_string().unwrap_or_default();
        let (event_type, last_event_id) = (event.type_(), event.last_event_id());
        let event = EventRef { event_type: &event_type, data: &data, last_event_id: &last_event_id };
        return sink.native(NativeEvent::Message(event));
    }
    // An event may be late: by the time an error is told, the object may be open again (measured in WebKit).
    sink.native(match (event.type_().as_str(), source.ready_state()) {
        ("error", EventSource::CLOSED) => NativeEvent::Closed,
        ("error", _) => NativeEvent::Retries,
        _ => NativeEvent::Opened(source.url()),
    });
}
