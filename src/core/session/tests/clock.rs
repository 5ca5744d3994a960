//! A clock that is set, at every step: nothing comes early, and nothing is late for longer than the next step.

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;

/// What is watched, and for how long.
#[derive(Debug, Clone, Copy)]
enum Watched {
    Answer,
    Bytes,
    Hidden,
    RetryAfter,
}

const LIMIT: u64 = 20_000;

fn rig(watched: Watched) -> Rig {
    let config = with(|config| match watched {
        Watched::Answer => config.connect_timeout = Some(LIMIT),
        Watched::Bytes => config.stall_timeout = Some(LIMIT),
        Watched::Hidden => (config.when_hidden, config.hidden_grace) = (WhenHidden::Pause, LIMIT),
        Watched::RetryAfter => {}
    });
    let mut rig = Rig::opened(config);
    match watched {
        Watched::Answer => {}
        Watched::Bytes => rig.accept(),
        Watched::Hidden => {
            rig.accept();
            rig.tell(Input::Hidden);
        }
        Watched::RetryAfter => {
            rig.answer(Answer { status: 503, retry_after: Some(LIMIT), ..Answer::default() });
        }
    }
    rig
}

impl Rig {
    /// Lets the next timer fire, a while before which the clock is set. `false` if there is none.
    fn next_timer(&mut self, set: i64) -> bool {
        let timers = [
            self.watch,
            self.timer.map(|(from, due)| (from, Timer::Retry, due)),
            self.hidden.map(|(from, due)| (from, Timer::Hidden, due)),
        ];
        let Some((generation, timer, due)) = timers.into_iter().flatten().min_by_key(|timer| timer.2) else {
            return false;
        };
        match timer {
            Timer::Retry => self.timer = None,
            Timer::Hidden => self.hidden = None,
            _ => self.watch = None,
        }
        let half = due.saturating_sub(self.now) / 2;
        self.now += half;
        self.set += set;
        // Something that changes nothing happens just then.
        self.tell(Input::Offline);
        self.now = self.now.max(due);
        self.tell(Input::Fired(generation, timer));
        true
    }
}

proptest! {
    #[test]
    fn what_is_due_comes_when_it_is_due_however_often_the_clock_is_set_back(
        watched in prop_oneof![
            Just(Watched::Answer), Just(Watched::Bytes), Just(Watched::Hidden), Just(Watched::RetryAfter)
        ],
        jumps in prop::collection::vec(-HOUR * 30..=0, 12),
    ) {
        let mut rig = rig(watched);
        let (name, requests, started) = (rig.name(), rig.requests.len(), rig.now);
        for jump in jumps {
            if rig.name() != name || !rig.next_timer(jump) {
                break;
            }
        }
        prop_assert!(rig.name() != name || rig.requests.len() > requests, "{watched:?} never comes");
        prop_assert_eq!(rig.now - started, LIMIT, "{:?}", watched);
    }

    /// Forward is what sleep looks like: then it may come early, and it comes.
    #[test]
    fn a_clock_that_jumps_both_ways_makes_nothing_late(
        watched in prop_oneof![
            Just(Watched::Answer), Just(Watched::Bytes), Just(Watched::Hidden), Just(Watched::RetryAfter)
        ],
        jumps in prop::collection::vec(-HOUR..=HOUR, 12),
    ) {
        let mut rig = rig(watched);
        let (name, started) = (rig.name(), rig.now);
        for jump in jumps {
            if rig.name() != name || !rig.next_timer(jump) {
                break;
            }
        }
        prop_assert!(rig.name() != name, "{watched:?} never comes");
        prop_assert!(rig.now - started <= LIMIT, "{:?} after {}", watched, rig.now - started);
    }

    /// Bytes are life, whatever the clock shows.
    #[test]
    fn a_stream_that_speaks_is_not_silent(
        steps in prop::collection::vec((1..LIMIT, -HOUR..=0), 1..30),
    ) {
        let mut rig = rig(Watched::Bytes);
        for (ms, jump) in steps {
            let next = rig.now + ms;
            while let Some((generation, timer, due)) = rig.watch.take_if(|watch| watch.2 <= next) {
                rig.now = due;
                rig.tell(Input::Fired(generation, timer));
            }
            rig.now = next;
            rig.set += jump;
            prop_assert_eq!(rig.name(), "open");
            let (live, clock) = (rig.live(), rig.clock());
            rig.session.alive(live, clock);
        }
    }
}

#[test]
fn moments_are_told_by_the_clock_on_the_wall() {
    let mut rig = Rig::opened(config());
    rig.set = -HOUR;
    rig.now += 1_000;
    rig.accept();
    let wall = rig.clock().wall;
    assert_eq!(*rig.session.state(), State::Open { transport: Transport::Fetch, since: wall });
    rig.event("1");
    assert_eq!(rig.session.last_event_at(), Some(wall));
    rig.fail();
    assert!(
        matches!(rig.session.state(), State::Waiting { until: Some(until), .. } if *until == wall + 1_000)
    );
}
