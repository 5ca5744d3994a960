//! The browser behind the [`Platform`] seam. Nothing here decides anything, and dropping a handle undoes it.
//!
//! It works wherever there is a global `fetch`: in a page and in a worker.

mod fetch;
mod page;

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Date, Math, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::error::{Error, ErrorKind};
use crate::platform::{Connection, Guard, PageSink, Platform, Request, Sink};
use crate::task::{LocalFuture, TaskHandle, cancellable};

/// The browser, if it can fetch.
pub(crate) fn platform() -> Result<Rc<dyn Platform>, Error> {
    match Reflect::has(&js_sys::global(), &JsValue::from_str("fetch")) {
        Ok(true) => Ok(Rc::new(Browser)),
        _ => Err(Error::fatal(ErrorKind::Unsupported)),
    }
}

struct Browser;

impl Platform for Browser {
    /// `Date.now()` and not `performance.now()`, which stands still while the machine sleeps.
    fn now(&self) -> u64 {
        Date::now() as u64
    }

    fn random(&self) -> f64 {
        Math::random()
    }

    fn check_url(&self, url: &str) -> Result<(), String> {
        fetch::check_url(url)
    }

    fn timer(&self, after: u64, fire: Box<dyn FnOnce()>) -> Guard {
        let longest = i32::MAX as u64;
        Box::new(Timeout::new(after.min(longest) as u32, fire))
    }

    fn spawn(&self, future: LocalFuture<()>) -> Guard {
        Box::new(spawn(future))
    }

    fn connect(&self, request: Request, sink: Sink) -> Box<dyn Connection> {
        Box::new(fetch::Fetch::new(request, sink))
    }

    fn watch_page(&self, sink: PageSink) -> Guard {
        Box::new(page::watch(&sink))
    }
}

fn spawn(future: LocalFuture<()>) -> TaskHandle {
    let (task, handle) = cancellable(future);
    spawn_local(task);
    handle
}
