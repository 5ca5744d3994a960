//! What a scripted world does for a source.

use std::cell::Cell;
use std::rc::Rc;

use super::request::{self, Request, Script};
use super::{FakeTimer, World};
use crate::core::clock::Now;
use crate::core::session::Offer;
use crate::platform::{self, Connection, Guard, PageListener, Platform, Sink};
use crate::task::{LocalFuture, cancellable};

impl Platform for World {
    fn now(&self) -> Now {
        Now { wall: self.stage.now.get(), monotonic: self.stage.elapsed.get() }
    }

    fn random(&self) -> f64 {
        self.stage.random.get()
    }

    fn offer(&self) -> Offer {
        self.stage.offer.get()
    }

    /// What has a scheme is of another origin.
    fn check_url(&self, url: &str) -> Result<bool, String> {
        if url.contains(' ') { Err("is not a url".into()) } else { Ok(!url.contains("://")) }
    }

    fn warn(&self, text: &str) {
        self.stage.warnings.borrow_mut().push(text.into());
    }

    fn timer(&self, after: u64, fire: Box<dyn FnOnce()>) -> Guard {
        let timer = Rc::new(FakeTimer {
            due: self.stage.elapsed.get().saturating_add(after),
            fire: Cell::new(Some(fire)),
        });
        self.stage.timers.borrow_mut().push(timer.clone());
        Box::new(timer)
    }

    #[cfg(feature = "leptos")]
    fn id(&self) -> usize {
        Rc::as_ptr(&self.stage).addr()
    }

    fn spawn(&self, future: LocalFuture<()>) -> Guard {
        let (task, handle) = cancellable(future);
        self.stage.tasks.borrow_mut().push(task);
        Box::new(handle)
    }

    fn connect(&self, request: platform::Request, sink: Sink) -> Box<dyn Connection> {
        let script = Script::new(request, sink);
        let stage = &self.stage;
        stage.count.set(stage.count.get() + 1);
        stage.made.borrow_mut().retain(|script| script.strong_count() > 0);
        stage.made.borrow_mut().push(Rc::downgrade(&script));
        stage.most_live.set(stage.most_live.get().max(stage.live_count()));
        stage.requests.borrow_mut().push_back(Request::new(self.clone(), script.clone()));
        Box::new(request::FakeConnection::new(self.clone(), script))
    }

    fn watch_page(&self, listener: PageListener) -> Guard {
        let page = Rc::new(listener);
        self.stage.pages.borrow_mut().push(page.clone());
        Box::new(page)
    }
}
