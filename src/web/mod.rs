//! The browser behind the [`Platform`] seam. Nothing here decides anything, and dropping a handle undoes it.
//!
//! It works wherever there is a global `fetch`: in a page and in a worker.

mod fetch;
#[cfg(feature = "leptos")]
mod frame;
mod native;
mod page;

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Date, Error as JsError, Function, Math, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Url, UrlSearchParams, console};

use crate::core::clock::Now;
use crate::core::session::{Offer, Resume};
use crate::core::transport::Transport;
use crate::error::{Error, ErrorKind};
use crate::platform::{Connection, Guard, PageListener, Platform, Request, Sink};
use crate::resume::resumed;
use crate::task::{LocalFuture, TaskHandle, cancellable};

/// The browser. Whether it can do enough is asked later.
pub(crate) fn platform() -> Result<Rc<dyn Platform>, Error> {
    Ok(Rc::new(Browser))
}

struct Browser;

impl Platform for Browser {
    fn now(&self) -> Now {
        Now { wall: now(), monotonic: monotonic() as u64 }
    }

    fn random(&self) -> f64 {
        Math::random()
    }

    fn offer(&self) -> Offer {
        let global = js_sys::global();
        let response = property(&property(&global, "Response"), "prototype");
        let is_function = |name| property(&global, name).is_instance_of::<Function>();
        Offer {
            // A `fetch` that somebody put in place of a missing one has no streams.
            streaming: is_function("fetch") && has(&response, "body"),
            native: native::class().is_some(),
            // Errors of WebKit's engine, and of no other, know their `line` (measured in WebKitGTK 2.50, page and worker).
            // In all its versions an EventSource puts what is left of a broken connection in front of the next.
            native_reconnects_cleanly: !has(&JsError::new(""), "line"),
            page: has(&global, "document"),
        }
    }

    /// Refuses what is not a url, and credentials inside one, which no request may have (Fetch, 5.4).
    fn check_url(&self, url: &str) -> Result<bool, String> {
        let absolute = absolute(url).map_err(|error| message(&error))?;
        Ok(same_origin(&absolute))
    }

    fn warn(&self, text: &str) {
        console::warn_1(&text.into());
    }

    fn timer(&self, after: u64, fire: Box<dyn FnOnce()>) -> Guard {
        let longest = i32::MAX as u64;
        Box::new(Timeout::new(after.min(longest) as u32, fire))
    }

    #[cfg(feature = "leptos")]
    fn frame(&self, fire: Box<dyn FnOnce()>) -> Guard {
        Box::new(frame::frame(fire))
    }

    fn spawn(&self, future: LocalFuture<()>) -> Guard {
        Box::new(spawn(future))
    }

    fn connect(&self, request: Request, sink: Sink) -> Box<dyn Connection> {
        if let Err(error) = absolute(&request.url).and_then(|url| fetch::check_where(&url)) {
            let kind = ErrorKind::Option { name: "url", reason: message(&error) };
            return Box::new(Refused { _task: spawn(Box::pin(async move { sink.failed(kind) })) });
        }
        match request.transport {
            Transport::Fetch => Box::new(fetch::Fetch::new(request, sink)),
            Transport::EventSource => Box::new(native::Native::new(&request, sink)),
        }
    }

    fn watch_page(&self, listener: PageListener) -> Guard {
        Box::new(page::watch(&listener))
    }
}

/// A connection that is never made.
struct Refused {
    _task: TaskHandle,
}

impl Connection for Refused {
    fn read(&self) {}
    fn hold(&self) {}
    fn peek(&self, _bytes: usize) {}
    fn listen(&self, _event_type: &str) {}
}

#[wasm_bindgen]
extern "C" {
    /// It stands still while the machine sleeps, in one engine or another.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;
}

fn now() -> u64 {
    Date::now() as u64
}

/// The url of a request, with the query parameter that resumes where there is to be one: before the fragment, and in
/// place of one of that name. Nothing else is touched: it may be signed.
fn address(request: &Request) -> Result<String, JsValue> {
    let Resume::Query(id) = &request.resume else { return Ok(request.url.clone()) };
    let own = UrlSearchParams::new()?;
    own.append(&request.resume_query, id);
    let is_other = |part: &str| {
        let parsed = UrlSearchParams::new_with_str(part);
        !parsed.is_ok_and(|parsed| parsed.has(&request.resume_query))
    };
    Ok(resumed(&absolute(&request.url)?, &String::from(own.to_string()), is_other))
}

/// Relative to the page, or to the script of a worker: as `fetch` itself has it.
fn absolute(url: &str) -> Result<String, JsValue> {
    Ok(web_sys::Request::new_with_str(url)?.url())
}

fn same_origin(absolute: &str) -> bool {
    // Where there is no origin, as outside of pages, there is no other one.
    let Some(here) = property(&js_sys::global(), "origin").as_string() else { return true };
    Url::new(absolute).is_ok_and(|url| url.origin() == here)
}

fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn has(object: &JsValue, name: &str) -> bool {
    Reflect::has(object, &JsValue::from_str(name)).unwrap_or(false)
}

fn message(error: &JsValue) -> String {
    match error.dyn_ref::<JsError>() {
        Some(error) => error.message().into(),
        None => error.as_string().unwrap_or_default(),
    }
}

fn spawn(future: LocalFuture<()>) -> TaskHandle {
    let (task, handle) = cancellable(future);
    spawn_local(task);
    handle
}
