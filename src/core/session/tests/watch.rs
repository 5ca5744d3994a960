//! What is watched: whether the page is seen, whether an answer comes, whether bytes come. The clock decides, and timers
//! may be late.

use super::*;

fn pausing(when_hidden: WhenHidden) -> Config {
    with(|config| {
        config.when_hidden = when_hidden;
        config.hidden_grace = 30_000;
    })
}

impl Rig {
    /// Lets the grace pass as its timer sees it, so many milliseconds late.
    fn hidden_fires(&mut self, late: u64) {
        let (generation, due) = self.hidden.take().expect("a timer for the grace");
        self.now = due + late;
        self.tell(Input::Fired(generation, Timer::Hidden));
    }

    pub(super) fn watch_fires(&mut self) {
        let (generation, timer, due) = self.watch.take().expect("a timer");
        self.now = due;
        self.tell(Input::Fired(generation, timer));
    }
}

/// A stream that is watched for silence and has brought an event, with an id or without one.
fn behind(id: &str, change: impl FnOnce(&mut Config)) -> Rig {
    let mut rig = Rig::streaming(with(|config| {
        config.stall_timeout = Some(8_000);
        change(config);
    }));
    rig.event(id);
    rig.tell(Input::Full(rig.live()));
    rig
}

#[test]
fn the_body_is_not_read_while_consumers_are_behind_and_that_is_no_silence() {
    let mut rig = behind("1", |_| {});
    rig.tell(Input::Full(rig.live()));
    assert_eq!((rig.is_held, rig.name()), (true, "open"));
    rig.watch_fires();
    assert_eq!(rig.diagnosed, [Diagnostic::NotRead { after: 10_000 }]);
    assert_eq!(rig.watch, None, "once");
    rig.now += 60_000;
    rig.tell(Input::Room);
    assert_eq!((rig.is_held, rig.watch.map(|watch| watch.2)), (false, Some(rig.now + 8_000)));
    rig.tell(Input::Room);
    rig.tell(Input::Visible);
    assert_eq!(rig.name(), "open", "until now it was no silence");
    rig.watch_fires();
    assert_eq!(rig.name(), "waiting", "and then it is silence again");
}

#[test]
fn another_connection_is_not_read_before_they_have_caught_up() {
    for catches_up_meanwhile in [true, false] {
        let mut rig = behind("1", |_| {});
        rig.tell(Input::Pause(PauseReason::Frozen));
        if catches_up_meanwhile {
            rig.tell(Input::Room);
        }
        rig.tell(Input::Resume(PauseReason::Frozen));
        assert_eq!(rig.requests.last(), Some(&Resume::Header("1".into())));
        rig.accept();
        assert_eq!((rig.name(), rig.is_read), ("open", catches_up_meanwhile));
        rig.tell(Input::Room);
        assert!(rig.is_read);
        rig.tell(Input::Full(rig.live()));
        assert!(rig.is_held, "they are behind again");
    }
}

#[test]
fn what_fills_up_while_a_listener_makes_another_connection_holds_that_one() {
    let mut rig = Rig::streaming(config());
    let first = rig.live();
    rig.event("1");
    rig.tell(Input::Reconnect);
    rig.tell(Input::Full(first));
    rig.accept();
    assert_eq!((rig.name(), rig.is_read), ("open", false));
}

#[test]
fn what_cannot_be_asked_for_again_is_read_on() {
    for rig in [behind("", |_| {}), behind("1", |config| config.unsafe_to_repeat = true), {
        let mut rig = Rig::opened(with(|config| config.same_origin = false));
        rig.tell(Input::NativeOpened(rig.live()));
        rig.event("1");
        rig.tell(Input::Full(rig.live()));
        rig
    }] {
        assert_eq!((rig.name(), rig.is_held), ("open", false));
    }
    assert!(behind("1", |config| (config.unsafe_to_repeat, config.resend) = (true, true)).is_held);
}

#[test]
fn a_page_that_is_hidden_for_long_pauses_and_resumes_at_once_when_it_is_seen() {
    let mut rig = Rig::streaming(pausing(WhenHidden::Pause));
    rig.event("5");
    rig.tell(Input::Hidden);
    assert_eq!((rig.name(), rig.hidden.map(|timer| timer.1)), ("open", Some(START + 30_000)));
    rig.hidden_fires(0);
    assert_eq!(rig.session.state().to_string(), "paused: hidden");
    rig.tell(Input::Visible);
    rig.tell(Input::Visible);
    assert_eq!((rig.name(), rig.hidden), ("connecting", None));
    assert_eq!(rig.requests[1..], [Resume::Header("5".into())]);
}

#[test]
fn a_short_look_elsewhere_changes_nothing() {
    let mut rig = Rig::streaming(pausing(WhenHidden::Pause));
    let connection = rig.live();
    for _ in 0..3 {
        rig.tell(Input::Hidden);
        rig.now += 29_999;
        rig.tell(Input::Visible);
        assert_eq!(rig.hidden, None);
    }
    assert_eq!(rig.live(), connection);
}

#[test]
fn by_default_a_hidden_page_goes_on() {
    let mut rig = Rig::streaming(config());
    rig.tell(Input::Hidden);
    rig.now += 10_000_000;
    rig.tell(Input::Online);
    assert_eq!((rig.name(), rig.hidden), ("open", None));
}

#[test]
fn where_no_id_was_seen_it_goes_on_until_there_is_one() {
    let mut rig = Rig::streaming(pausing(WhenHidden::PauseIfResumable));
    rig.session.hand_over(rig.live(), None, true, rig.now);
    rig.tell(Input::Hidden);
    for _ in 0..3 {
        rig.hidden_fires(0);
        assert_eq!(rig.name(), "open");
    }
    rig.event("1");
    rig.hidden_fires(0);
    assert_eq!(rig.name(), "paused");
}

#[test]
fn without_a_grace_it_is_at_once_or_looked_at_once_a_second() {
    let at_once = |when_hidden| Config { hidden_grace: 0, ..pausing(when_hidden) };
    let mut rig = Rig::streaming(at_once(WhenHidden::Pause));
    rig.tell(Input::Hidden);
    assert_eq!((rig.name(), rig.hidden), ("paused", None));
    let mut rig = Rig::streaming(at_once(WhenHidden::PauseIfResumable));
    rig.tell(Input::Hidden);
    rig.hidden_fires(0);
    assert_eq!((rig.name(), rig.hidden.map(|timer| timer.1)), ("open", Some(START + 1_000)));
    rig.event("1");
    rig.hidden_fires(0);
    assert_eq!(rig.name(), "paused");
}

#[test]
fn a_late_timer_does_not_let_a_hidden_page_connect() {
    let mut rig = Rig::opened(pausing(WhenHidden::Pause));
    rig.tell(Input::Hidden);
    rig.now += 29_000;
    rig.fail();
    rig.now += 1_000;
    rig.fire();
    assert_eq!((rig.name(), rig.requests.len(), rig.hidden), ("paused", 1, None));
}

#[test]
fn a_page_that_is_shown_before_its_late_timer_comes_keeps_its_stream() {
    for (late, name, requests) in [(0, "open", 1), (59_999, "open", 1), (60_000, "connecting", 2)] {
        let mut rig = Rig::streaming(pausing(WhenHidden::Pause));
        rig.event("2");
        rig.tell(Input::Hidden);
        rig.now += 30_000 + late;
        rig.tell(Input::Visible);
        assert_eq!((rig.name(), rig.requests.len(), rig.hidden), (name, requests, None), "{late}");
    }
}

#[test]
fn a_page_that_slept_through_the_grace_gets_a_new_connection_when_it_is_seen() {
    let mut rig = Rig::streaming(pausing(WhenHidden::Pause));
    rig.event("2");
    rig.tell(Input::Hidden);
    rig.now += 3_600_000;
    rig.tell(Input::Visible);
    assert_eq!((rig.name(), rig.requests.len()), ("connecting", 2));
}

#[test]
fn a_tab_that_is_shown_cuts_a_wait_but_makes_no_request_each_time() {
    let mut rig = Rig::opened(config());
    for _ in 0..5 {
        rig.fail();
        rig.fire();
    }
    rig.fail();
    assert_eq!(rig.delay(), 24_000);
    rig.tell(Input::Visible);
    assert_eq!(rig.delay(), 24_000, "it was not hidden");
    rig.tell(Input::Hidden);
    rig.tell(Input::Visible);
    assert_eq!(rig.delay(), 1_000, "a second after the last attempt");
    rig.tell(Input::Hidden);
    rig.now += 400;
    rig.tell(Input::Visible);
    assert_eq!(rig.delay(), 600);
    rig.tell(Input::Hidden);
    rig.now += 600;
    rig.tell(Input::Visible);
    assert_eq!(rig.name(), "connecting");
    rig.fail();
    assert_eq!(rig.delay(), 24_000, "a tab that is shown says nothing about the server");
}

#[test]
fn the_grace_outlives_connections_and_ends_with_the_source() {
    let mut rig = Rig::streaming(pausing(WhenHidden::Pause));
    rig.tell(Input::Hidden);
    rig.tell(Input::Reconnect);
    rig.hidden_fires(0);
    assert_eq!(rig.name(), "paused");
    rig.tell(Input::Visible);
    rig.tell(Input::Hidden);
    rig.tell(Input::Close(ClosedBy::User));
    assert_eq!(rig.hidden, None);
    rig.tell(Input::Hidden);
    assert_eq!(rig.hidden, None, "after the end nothing is watched");
}

#[test]
fn hidden_twice_is_hidden_since_the_first_time() {
    let mut rig = Rig::new(pausing(WhenHidden::Pause));
    rig.tell(Input::Hidden);
    rig.tell(Input::Open);
    rig.now += 20_000;
    rig.tell(Input::Hidden);
    rig.hidden_fires(0);
    assert_eq!((rig.name(), rig.now), ("paused", START + 30_000));
}

#[test]
fn a_timer_that_was_undone_and_fires_all_the_same_pauses_nothing() {
    let mut rig = Rig::streaming(pausing(WhenHidden::Pause));
    rig.tell(Input::Hidden);
    let (generation, _) = rig.hidden.expect("a timer");
    rig.tell(Input::Visible);
    rig.now += 60_000;
    rig.tell(Input::Fired(generation, Timer::Hidden));
    assert_eq!((rig.name(), rig.hidden), ("open", None));
}

#[test]
fn an_answer_that_does_not_come_is_worth_one_word() {
    let mut rig = Rig::opened(config());
    rig.watch_fires();
    assert_eq!(rig.diagnosed, [Diagnostic::NoAnswer { after: 10_000 }]);
    assert_eq!((rig.name(), rig.watch), ("connecting", None));
    for _ in 0..2 {
        rig.fail();
        rig.fire();
        assert_eq!(rig.watch, None, "once for as long as there is none");
    }
    rig.accept();
    rig.fail();
    rig.fire();
    rig.watch_fires();
    assert_eq!(rig.diagnosed.len(), 2);
}

#[test]
fn a_connect_timeout_is_a_failed_attempt() {
    for (timeout, words) in [(4_000, 0), (25_000, 1), (10_000, 0)] {
        let mut rig = Rig::opened(with(|config| config.connect_timeout = Some(timeout)));
        for _ in 0..=words {
            rig.watch_fires();
        }
        assert_eq!(
            (rig.name(), rig.now, rig.diagnosed.len()),
            ("waiting", START + timeout, words),
            "{timeout}"
        );
        assert_eq!(
            rig.error(),
            Error { kind: ErrorKind::ConnectTimeout { after: timeout }, will_retry: true }
        );
        assert_eq!(rig.live, None);
    }
}

#[test]
fn the_time_that_providers_take_is_not_the_servers() {
    let mut rig = Rig::opened(with(|config| {
        config.has_providers = true;
        config.connect_timeout = Some(25_000);
    }));
    // They are worth a word of their own, and may take any time.
    rig.watch_fires();
    assert_eq!(rig.diagnosed, [Diagnostic::NotPrepared { after: 10_000 }]);
    assert_eq!((rig.name(), rig.watch), ("loading", None));
    rig.now += 10_000;
    rig.tell(Input::Prepared(rig.live()));
    rig.watch_fires();
    assert_eq!(rig.diagnosed[1..], [Diagnostic::NoAnswer { after: 10_000 }]);
    rig.watch_fires();
    assert_eq!((rig.name(), rig.now), ("waiting", START + 45_000));
}

#[test]
fn functions_have_a_time_out_of_their_own() {
    let mut rig = Rig::opened(with(|config| {
        config.has_providers = true;
        config.prepare_timeout = Some(25_000);
        config.connect_timeout = Some(5_000);
    }));
    rig.watch_fires();
    assert_eq!((rig.name(), rig.now), ("loading", START + 10_000));
    assert_eq!(rig.diagnosed, [Diagnostic::NotPrepared { after: 10_000 }]);
    let late = rig.live();
    rig.watch_fires();
    assert_eq!((rig.name(), rig.now, rig.live), ("waiting", START + 25_000, None));
    assert!(
        rig.error().to_string().ends_with("failed: no answer for as long as `prepare_timeout` says"),
        "{}",
        rig.error()
    );
    rig.tell(Input::Prepared(late));
    assert_eq!((rig.name(), rig.live), ("waiting", None), "it answers too late");
    rig.fire();
    assert_eq!(rig.name(), "loading");
    rig.now += 24_999;
    rig.tell(Input::Prepared(rig.live()));
    assert_eq!(rig.name(), "connecting");
    rig.watch_fires();
    assert_eq!((rig.name(), rig.now), ("waiting", START + 25_000 + 1_000 + 24_999 + 5_000));
}

#[test]
fn functions_that_answer_in_time_are_not_worth_a_word() {
    let mut rig = Rig::opened(with(|config| config.has_providers = true));
    rig.now += 9_000;
    rig.tell(Input::Prepared(rig.live()));
    rig.accept();
    assert_eq!((rig.watch, rig.diagnosed.len()), (None, 0));
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::User));
    assert_eq!((rig.name(), rig.watch.is_some()), ("loading", true));
    rig.tell(Input::Close(ClosedBy::User));
    assert_eq!((rig.watch, rig.live), (None, None));
}

#[test]
fn the_time_for_an_answer_ends_with_the_answer() {
    let mut rig = Rig::opened(with(|config| config.connect_timeout = Some(1_000)));
    rig.accept();
    assert_eq!(rig.watch, None);
    let mut rig = Rig::opened(with(|config| config.connect_timeout = Some(1_000)));
    rig.answer(Answer { status: 404, has_body: true, ..Answer::default() });
    assert!(rig.watch.is_none() && rig.peek.is_some());
}

fn watched() -> Rig {
    Rig::streaming(with(|config| config.stall_timeout = Some(20_000)))
}

#[test]
fn a_silent_stream_is_replaced_and_any_byte_is_life() {
    let mut rig = watched();
    rig.now += 15_000;
    rig.session.alive(rig.live(), rig.now);
    rig.watch_fires();
    assert_eq!((rig.name(), rig.now), ("open", START + 20_000));
    rig.watch_fires();
    assert_eq!((rig.name(), rig.now), ("waiting", START + 35_000));
    assert_eq!(rig.error(), Error { kind: ErrorKind::Stalled { after: 20_000 }, will_retry: true });
    assert_eq!((rig.live, rig.watch), (None, None));
    assert_eq!(rig.delay(), 1_000, "it was a good connection");
}

#[test]
fn a_page_that_slept_finds_out_as_soon_as_it_is_seen() {
    let mut rig = watched();
    rig.now += 3_600_000;
    rig.tell(Input::Visible);
    assert_eq!((rig.name(), rig.requests.len()), ("waiting", 1));
}

#[test]
fn bytes_of_a_dead_connection_are_no_life() {
    let mut rig = watched();
    let old = rig.live();
    rig.tell(Input::Reconnect);
    rig.accept();
    rig.now += 19_000;
    rig.session.alive(old, rig.now);
    rig.watch_fires();
    assert_eq!(rig.name(), "waiting");
}

#[test]
fn a_request_that_must_not_be_repeated_ends_when_it_stalls() {
    for (resend, name) in [(false, "closed"), (true, "waiting")] {
        let mut rig = Rig::streaming(with(|config| {
            config.stall_timeout = Some(1_000);
            config.unsafe_to_repeat = true;
            config.resend = resend;
        }));
        rig.watch_fires();
        assert_eq!(rig.name(), name);
    }
}
