//! Who hears of events: folds and functions, each for as long as its component lives.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;

use leptos::prelude::{ArcRwSignal, GetUntracked, Notify, Owner, UpdateUntracked, untrack};
use leptos::reactive::owner::WeakOwner;

/// What is told of every event, in order.
pub(super) trait Listener<M: ?Sized> {
    fn hear(&mut self, message: &M);

    /// Whether it makes a value of events, also of those that others have heard before it came.
    fn is_fold(&self) -> bool {
        false
    }

    /// The url has changed: what came of another one goes.
    fn reset(&mut self) {}

    /// It is time to tell those who read what came of it. Returns whether that could be done.
    fn show(&mut self) -> bool {
        true
    }
}

/// Those who listen, in the order in which they began to.
pub(super) struct Listeners<M: ?Sized> {
    list: RefCell<Vec<Rc<Entry<M>>>>,
    next: Cell<u64>,
}

struct Entry<M: ?Sized> {
    number: u64,
    /// A reset came while it was being called.
    missed_reset: Cell<bool>,
    listener: RefCell<Box<dyn Listener<M>>>,
}

impl<M: ?Sized> Default for Listeners<M> {
    fn default() -> Self {
        Listeners { list: RefCell::default(), next: Cell::new(0) }
    }
}

impl<M: ?Sized> Listeners<M> {
    /// Returns what [`remove`](Self::remove) takes.
    pub(super) fn add(&self, listener: impl Listener<M> + 'static) -> u64 {
        let number = self.next.replace(self.next.get() + 1);
        let listener = RefCell::new(Box::new(listener) as Box<dyn Listener<M>>);
        let entry = Entry { number, missed_reset: Cell::new(false), listener };
        self.list.borrow_mut().push(Rc::new(entry));
        number
    }

    pub(super) fn remove(&self, number: u64) {
        let gone = {
            let mut list = self.list.borrow_mut();
            list.iter().position(|entry| entry.number == number).map(|at| list.remove(at))
        };
        // Dropping it runs foreign code, so nothing may be borrowed by now.
        drop(gone);
    }

    pub(super) fn clear(&self) {
        let gone = self.list.take();
        drop(gone);
    }

    /// What came so far goes.
    pub(super) fn reset(&self) {
        for entry in self.list.borrow().clone() {
            match entry.listener.try_borrow_mut() {
                Ok(mut listener) => listener.reset(),
                // It is further up the stack: it is what caused this reset.
                Err(_) => entry.missed_reset.set(true),
            }
        }
    }

    /// Calls a function with each, while it says that it wants more. They may come and go meanwhile: those who come, come
    /// too late for this turn.
    pub(super) fn each(&self, mut call: impl FnMut(&mut dyn Listener<M>) -> bool) {
        let end = self.next.get();
        let mut at = 0;
        // Numbers only grow along the list, so that the place of the next one can be found whoever went.
        while let Some(entry) = self.after(at).filter(|entry| entry.number < end) {
            at = entry.number + 1;
            // One that cannot be borrowed is further up the stack: it is what caused this call.
            let Ok(mut listener) = entry.listener.try_borrow_mut() else { continue };
            let wants_more = call(&mut **listener);
            if entry.missed_reset.take() {
                listener.reset();
                listener.show();
            }
            if !wants_more {
                return;
            }
        }
    }

    fn after(&self, number: u64) -> Option<Rc<Entry<M>>> {
        let list = self.list.borrow();
        let at = list.partition_point(|entry| entry.number < number);
        list.get(at).cloned()
    }
}

/// A function of a component, called with the component as its owner and with nothing tracked.
pub(super) struct Call<F> {
    pub(super) function: F,
    pub(super) owner: Option<WeakOwner>,
}

impl<M: ?Sized, F: FnMut(&M)> Listener<M> for Call<F> {
    fn hear(&mut self, message: &M) {
        as_owner(self.owner.as_ref(), || (self.function)(message));
    }
}

/// A value that every event changes.
pub(super) struct Fold<S, F> {
    pub(super) value: ArcRwSignal<S>,
    pub(super) initial: S,
    pub(super) fold: F,
    pub(super) owner: Option<WeakOwner>,
    /// It has changed, and nobody was told.
    pub(super) news: bool,
    /// What the value is to become. There while somebody who reads it keeps it locked.
    pub(super) ahead: Option<S>,
}

impl<S: Clone + 'static, F> Fold<S, F> {
    /// Brings the value up to date. Returns whether that could be done.
    fn catch_up(&mut self) -> bool {
        if self.ahead.is_some() {
            let ahead = &mut self.ahead;
            // What it was goes into `ahead`, and with it after the lock.
            self.value
                .try_update_untracked(|value| {
                    if let Some(ahead) = ahead {
                        mem::swap(value, ahead);
                    }
                })
                .map(|()| self.ahead.take())
                .is_some()
        } else {
            true
        }
    }
}

impl<M: ?Sized, S, F> Listener<M> for Fold<S, F>
where
    S: Clone + 'static,
    F: FnMut(&mut S, &M),
{
    fn hear(&mut self, message: &M) {
        self.news = true;
        let (owner, fold) = (self.owner.as_ref(), &mut self.fold);
        let mut change = |value: &mut S| as_owner(owner, || fold(value, message));
        if self.ahead.is_none() && self.value.try_update_untracked(&mut change).is_some() {
            return;
        }
        let mut ahead = self.ahead.take().unwrap_or_else(|| self.value.get_untracked());
        change(&mut ahead);
        self.ahead = Some(ahead);
    }

    fn is_fold(&self) -> bool {
        true
    }

    fn reset(&mut self) {
        self.news = true;
        self.ahead = Some(self.initial.clone());
        self.catch_up();
    }

    fn show(&mut self) -> bool {
        let is_done = self.catch_up();
        if is_done && mem::take(&mut self.news) {
            self.value.notify();
        }
        is_done
    }
}

pub(super) fn as_owner(owner: Option<&WeakOwner>, call: impl FnOnce()) {
    untrack(|| match owner.and_then(WeakOwner::upgrade) {
        Some(owner) => owner.with(call),
        None => call(),
    });
}

/// The owner that whoever calls has now: it does not live longer for that.
pub(super) fn current_owner() -> Option<WeakOwner> {
    Owner::current().map(|owner| owner.downgrade())
}
