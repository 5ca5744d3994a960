//! Events per second of the last minute.

use std::collections::VecDeque;

/// How many seconds are kept.
pub(crate) const SECONDS: usize = 60;
/// Over how many seconds the current rate is taken.
const WINDOW: usize = 5;

/// One second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Second {
    pub(crate) events: u32,
    /// Whether there was a connection at any time in it.
    pub(crate) connected: bool,
}

pub(crate) struct Rate {
    /// The seconds that are over, the oldest first.
    pub(crate) past: VecDeque<Second>,
    /// How many seconds have ended so far.
    pub(crate) ended: u64,
    /// Which second is running, since 1970, and what was in it so far.
    second: u64,
    running: Second,
    /// Whether there is a connection now.
    connected: bool,
}

impl Rate {
    pub(crate) fn new(now: u64) -> Rate {
        Rate {
            past: VecDeque::new(),
            ended: 0,
            second: now / 1_000,
            running: Second { events: 0, connected: false },
            connected: false,
        }
    }

    pub(crate) fn count(&mut self, now: u64) {
        self.advance(now);
        self.running.events += 1;
    }

    pub(crate) fn connected(&mut self, connected: bool, now: u64) {
        self.advance(now);
        self.connected = connected;
        self.running.connected |= connected;
    }

    /// Ends the seconds that are over.
    pub(crate) fn advance(&mut self, now: u64) {
        let second = now / 1_000;
        // The clock may be set, and a page may sleep for days: more seconds than are kept need not be gone through.
        let over = second.saturating_sub(self.second);
        self.second = second;
        self.ended += over;
        for _ in 0..over.min(SECONDS as u64 + 1) {
            if self.past.len() == SECONDS {
                self.past.pop_front();
            }
            self.past.push_back(self.running);
            self.running = Second { events: 0, connected: self.connected };
        }
    }

    /// Events per second, times ten.
    pub(crate) fn per_second_in_tenths(&self) -> u64 {
        let seconds = self.past.len().min(WINDOW);
        let events: u64 = self.past.iter().rev().take(WINDOW).map(|second| u64::from(second.events)).sum();
        (events * 10).checked_div(seconds as u64).unwrap_or(0)
    }

    /// The most events in one of the seconds.
    pub(crate) fn peak(&self) -> u32 {
        self.past.iter().map(|second| second.events).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_when_they_are_over() {
        let mut rate = Rate::new(10_000);
        rate.connected(true, 10_000);
        (0..25).for_each(|number| rate.count(10_100 + number));
        assert_eq!((rate.per_second_in_tenths(), rate.peak()), (0, 0));
        rate.advance(11_000);
        assert_eq!((rate.per_second_in_tenths(), rate.peak()), (250, 25));
        rate.connected(false, 11_500);
        rate.advance(13_000);
        let connected: Vec<_> = rate.past.iter().map(|second| second.connected).collect();
        assert_eq!(connected, [true, true, false]);
        assert_eq!(rate.per_second_in_tenths(), 83);
    }

    #[test]
    fn any_jump_of_the_clock_is_survived() {
        let mut rate = Rate::new(10_000);
        rate.count(10_000);
        rate.advance(u64::MAX);
        assert_eq!((rate.past.len(), rate.peak()), (SECONDS, 0));
        rate.advance(0);
        rate.count(500);
        rate.advance(1_000);
        assert_eq!(rate.past.back(), Some(&Second { events: 1, connected: false }));
    }
}
