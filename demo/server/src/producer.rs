//! The one source of events that all connections share.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::{Failure, journal, log::Log};

/// Appends `rate` events a second until `stopping` says so. A disk that is slower than that gets several events in one
/// transaction. Blocks its thread.
pub(crate) fn produce(log: &Log, rate: f64, stopping: &watch::Receiver<bool>) -> Result<(), Failure> {
    let period = Duration::from_secs_f64(1.0 / rate);
    let mut due = Instant::now();
    while !*stopping.borrow() {
        let now = Instant::now();
        let mut count = 0;
        while due <= now {
            due += period;
            count += 1;
        }
        if count > 0 {
            log.append(count, journal::now())?;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()).min(Duration::from_millis(100)));
    }
    Ok(())
}
