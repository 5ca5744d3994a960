//! Time that goes forward only, whatever is done to the clock on the wall.

/// What the two clocks of a machine say, in milliseconds.
///
/// A plain number stands for both, where nobody sets the clock.
///
/// ```
/// use everstream::internals::clock::Now;
///
/// assert_eq!(Now::from(7), Now { wall: 7, monotonic: 7 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Since 1970, as `Date.now()` has it. It may be set, both ways, and goes on while the machine sleeps.
    pub wall: u64,
    /// Since some moment, as `performance.now()` has it. Nobody can set it, but it may stand still while the machine sleeps.
    pub monotonic: u64,
}

impl From<u64> for Now {
    fn from(ms: u64) -> Now {
        Now { wall: ms, monotonic: ms }
    }
}

/// How much time has gone by: of the two clocks, the one that is ahead counts. So sleep counts, and a clock that is set back
/// does not.
///
/// ```
/// use everstream::internals::clock::{Clock, Now};
///
/// let mut clock = Clock::default();
/// let start = clock.read(Now { wall: 5_000_000, monotonic: 100 });
/// let set_back = clock.read(Now { wall: 1_400_000, monotonic: 1_100 });
/// assert_eq!(set_back - start, 1_000);
/// let slept = clock.read(Now { wall: 1_460_000, monotonic: 1_101 });
/// assert_eq!(slept - set_back, 60_000);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock {
    wall: u64,
    elapsed: u64,
    /// What is to be added to each clock for it to show what has gone by.
    offsets: Now,
}

/// A clock that is so many milliseconds behind the other was set back, or stood still. (Less is only how they tick: to add up which
/// of them moved further each time would make time go faster.)
const BEHIND: u64 = 1_000;

impl Clock {
    /// Takes what the clocks say; returns what has gone by, in milliseconds. Only differences of it mean anything.
    pub fn read(&mut self, now: Now) -> u64 {
        let elapsed = self.peek(now);
        let Now { wall, monotonic } = self.shown(now);
        if elapsed.saturating_sub(wall) > BEHIND {
            self.offsets.wall = elapsed.wrapping_sub(now.wall);
        }
        if elapsed.saturating_sub(monotonic) > BEHIND {
            self.offsets.monotonic = elapsed.wrapping_sub(now.monotonic);
        }
        (self.wall, self.elapsed) = (now.wall, elapsed);
        elapsed
    }

    /// What [`read`](Self::read) would return.
    #[must_use]
    pub fn peek(&self, now: Now) -> u64 {
        let Now { wall, monotonic } = self.shown(now);
        self.elapsed.max(wall).max(monotonic)
    }

    fn shown(&self, now: Now) -> Now {
        Now {
            wall: now.wall.wrapping_add(self.offsets.wall),
            monotonic: now.monotonic.wrapping_add(self.offsets.monotonic),
        }
    }

    /// What the clock on the wall says at a moment that was read, or is still to come, in milliseconds since 1970.
    #[must_use]
    pub fn on_the_wall(&self, moment: u64) -> u64 {
        let to_come = moment.saturating_sub(self.elapsed);
        let ago = self.elapsed.saturating_sub(moment);
        self.wall.saturating_add(to_come).saturating_sub(ago)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_first_is_the_time_on_the_wall_or_later() {
        let mut clock = Clock::default();
        let now = clock.read(Now { wall: 1_795_000_000_000, monotonic: 17 });
        assert_eq!(clock.on_the_wall(now), 1_795_000_000_000);
        assert_eq!(clock.on_the_wall(now + 500), 1_795_000_000_500);
    }

    #[test]
    fn a_moment_is_told_by_the_clock_that_there_is_now() {
        let mut clock = Clock::default();
        let then = clock.read(Now { wall: 9_000_000, monotonic: 0 });
        clock.read(Now { wall: 5_400_000, monotonic: 1_000 });
        assert_eq!(clock.on_the_wall(then), 5_399_000);
    }

    #[test]
    fn sleep_counts_and_a_clock_that_stands_still_or_goes_back_does_not() {
        let mut clock = Clock::default();
        let start = clock.read(Now { wall: 5_000, monotonic: 0 });
        for (wall, monotonic, elapsed) in
            [(6_000, 1_000, 1_000), (66_000, 1_001, 61_000), (1_000, 2_001, 62_000)]
        {
            assert_eq!(clock.read(Now { wall, monotonic }) - start, elapsed);
        }
    }

    /// Both show whole milliseconds, and not of the same moments.
    #[test]
    fn time_goes_no_faster_however_often_it_is_read() {
        let mut clock = Clock::default();
        let at = |micros: u64| Now { wall: (5_000_000 + micros) / 1_000, monotonic: (micros + 700) / 1_000 };
        let start = clock.read(at(0));
        for micros in (0..=60_000_000).step_by(130) {
            clock.read(at(micros));
        }
        let gone = clock.read(at(60_000_000)) - start;
        assert!((60_000..=60_001).contains(&gone), "{gone}");
    }

    #[test]
    fn no_clock_makes_it_go_backwards_or_overflow() {
        let mut clock = Clock::default();
        let mut before = 0;
        for (wall, monotonic) in [(5, 5), (0, 6), (u64::MAX, 0), (0, 0), (1, u64::MAX), (0, 0)] {
            let now = clock.read(Now { wall, monotonic });
            assert!(now >= before);
            before = now;
            let _ = clock.on_the_wall(u64::MAX);
        }
    }
}
