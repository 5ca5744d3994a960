//! A value that components read.

use std::cell::{Cell, RefCell};

use leptos::prelude::{ArcTrigger, Notify, Track};

/// Unlike a signal of Leptos it has no lock, so that a change cannot fail: the user may hold what was read for as long as
/// they like, also over the call that causes the change.
pub(super) struct Shown<V> {
    value: RefCell<V>,
    told: ArcTrigger,
    /// It has changed, and nobody was told.
    news: Cell<bool>,
}

impl<V: Clone> Shown<V> {
    pub(super) fn new(value: V) -> Shown<V> {
        Shown { value: RefCell::new(value), told: ArcTrigger::new(), news: Cell::new(false) }
    }

    /// Whoever reads it in an effect runs again when it is [shown](Self::show).
    pub(super) fn get(&self) -> V {
        self.track();
        self.value.borrow().clone()
    }

    /// Whether this holds of it. Nobody is told of changes.
    pub(super) fn is(&self, what: impl FnOnce(&V) -> bool) -> bool {
        what(&self.value.borrow())
    }

    pub(super) fn track(&self) {
        self.told.track();
    }

    /// Changes it, and tells nobody yet.
    pub(super) fn put(&self, value: V) {
        self.news.set(true);
        let before = self.value.replace(value);
        // Dropping it may run foreign code, so nothing may be borrowed by now.
        drop(before);
    }

    /// Changes it if there is something to change.
    pub(super) fn put_if(&self, wrong: impl FnOnce(&V) -> bool, value: V) {
        if self.is(wrong) {
            self.put(value);
        }
    }

    /// Tells those who read it, if there are news.
    pub(super) fn show(&self) {
        if self.news.take() {
            self.told.notify();
        }
    }
}
