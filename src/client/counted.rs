//! What a source counts.

use super::Client;
use crate::stats::Stats;

impl Client {
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            dropped: self.delivery.borrow().queue.dropped(),
            last_event_at: self.session.borrow().last_event_at(),
            ..self.counted.get()
        }
    }

    pub(super) fn count(&self, what: impl FnOnce(&mut Stats)) {
        let mut counted = self.counted.get();
        what(&mut counted);
        self.counted.set(counted);
    }
}
