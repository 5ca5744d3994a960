//! What changes by itself: the age of the latest event, the seconds until the next attempt.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use leptos::prelude::{ArcTrigger, Notify, Track};

use crate::platform::{Guard, Platform};

/// A clock that runs on demand: whoever reads it says when to be told again, and once nobody reads it any more it stands
/// still.
pub(super) struct Clock {
    me: Weak<Clock>,
    platform: Rc<dyn Platform>,
    told: ArcTrigger,
    next: RefCell<Option<(u64, Guard)>>,
}

impl Clock {
    pub(super) fn new(platform: Rc<dyn Platform>) -> Rc<Clock> {
        Rc::new_cyclic(|me| Clock {
            me: me.clone(),
            platform,
            told: ArcTrigger::new(),
            next: RefCell::default(),
        })
    }

    /// Milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.platform.now().wall
    }

    /// Tells the reader, and all others, at this time.
    pub(super) fn wake_at(&self, due: u64) {
        self.told.track();
        if self.next.borrow().as_ref().is_some_and(|(other, _)| *other <= due) {
            return;
        }
        let me = self.me.clone();
        let fire = Box::new(move || {
            let Some(clock) = me.upgrade() else { return };
            drop(clock.next.take());
            clock.told.notify();
        });
        let timer = self.platform.timer(due.saturating_sub(self.now()), fire);
        drop(self.next.replace(Some((due, timer))));
    }
}
