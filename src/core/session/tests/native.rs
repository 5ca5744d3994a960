//! The browser's own `EventSource`: when it is used, when it is left alone, and when fetch takes over.

use super::*;

/// A plain stream of another origin, heard by name.
fn cross_origin() -> Config {
    with(|config| config.same_origin = false)
}

fn opened_natively(config: Config) -> Rig {
    let mut rig = Rig::opened(config);
    assert_eq!(rig.transport(), Transport::EventSource);
    rig.native_opens();
    rig
}

impl Rig {
    fn transport(&self) -> Transport {
        self.session.transport().expect("an attempt").0
    }

    fn took_over(&self) -> TakeOver {
        match self.session.transport() {
            Some((Transport::Fetch, TransportReason::TookOver(why))) => why,
            other => panic!("fetch has not taken over: {other:?}"),
        }
    }

    fn native_opens(&mut self) {
        self.tell(Input::NativeOpened(self.live()));
    }

    fn native_retries(&mut self) {
        self.tell(Input::NativeRetries(self.live()));
    }

    fn native_closes(&mut self) {
        self.tell(Input::NativeClosed(self.live()));
    }
}

#[test]
fn its_own_retry_is_left_alone_while_it_is_sane() {
    let mut rig = opened_natively(cross_origin());
    let native = rig.live();
    rig.event("1");
    for round in 0..20 {
        rig.now += 3_000;
        rig.native_retries();
        let State::Waiting { attempt, until, cause } = rig.session.state() else { panic!("waits") };
        assert_eq!(
            (*until, cause),
            (None, &Cause::Failed(Error { kind: ErrorKind::native(), will_retry: true }))
        );
        assert_eq!(*attempt, if round == 0 { 2 } else { round + 2 });
    }
    rig.now += 3_000;
    rig.native_opens();
    assert_eq!(*rig.session.state(), State::Open { transport: Transport::EventSource, since: rig.now });
    assert_eq!((rig.live(), rig.requests.len(), rig.timer), (native, 1, None));
}

#[test]
fn its_failures_count_against_the_budget() {
    let mut rig = Rig::opened(with(|config| {
        config.same_origin = false;
        config.retry.max_retries = Some(2);
    }));
    rig.native_retries();
    rig.now += 3_000;
    rig.native_retries();
    rig.now += 3_000;
    rig.native_retries();
    let State::Closed { by: ClosedBy::Exhausted(Cause::Failed(error)) } = rig.session.state() else {
        panic!("{:?}", rig.session.state())
    };
    assert!(!error.will_retry);
    assert_eq!(rig.live, None, "it does not go on by itself");
}

#[test]
fn what_it_does_offline_is_free() {
    let mut rig = Rig::opened(with(|config| {
        config.same_origin = false;
        config.retry.max_retries = Some(1);
    }));
    rig.tell(Input::Offline);
    for _ in 0..5 {
        rig.now += 3_000;
        rig.native_retries();
    }
    rig.tell(Input::Online);
    assert_eq!((rig.name(), rig.requests.len()), ("waiting", 1), "it comes back by itself");
}

#[test]
fn a_storm_is_ended_and_fetch_takes_over_with_a_delay() {
    let mut rig = opened_natively(cross_origin());
    rig.event("7");
    for _ in 0..3 {
        assert_eq!(rig.transport(), Transport::EventSource);
        rig.native_retries();
        rig.now += 499;
        rig.native_opens();
    }
    rig.native_retries();
    assert_eq!((rig.name(), rig.live), ("waiting", None));
    assert_eq!(rig.delay(), 8_000, "the retries before count");
    rig.fire();
    assert_eq!(rig.took_over(), TakeOver::Storm);
    assert_eq!(rig.requests[1], Resume::Header("7".into()));
}

#[test]
fn a_storm_that_never_opens_is_one_too() {
    let mut rig = Rig::opened(cross_origin());
    for _ in 0..3 {
        rig.native_retries();
        rig.now += 20;
    }
    assert_eq!(rig.transport(), Transport::EventSource);
    rig.native_retries();
    rig.fire();
    assert_eq!(rig.took_over(), TakeOver::Storm);
}

#[test]
fn half_a_second_is_no_haste_and_a_good_connection_forgives() {
    let mut rig = opened_natively(cross_origin());
    for _ in 0..10 {
        rig.native_retries();
        rig.now += 500;
        rig.native_opens();
    }
    for _ in 0..10 {
        rig.native_retries();
        rig.now += 10;
        rig.native_opens();
        rig.now += 5_000;
    }
    for _ in 0..2 {
        rig.native_retries();
        rig.now += 10;
        rig.native_opens();
    }
    // One unhurried return begins the count anew.
    rig.native_retries();
    rig.now += 600;
    rig.native_opens();
    rig.native_retries();
    assert_eq!((rig.name(), rig.transport()), ("waiting", Transport::EventSource));
}

#[test]
fn when_it_gives_up_fetch_asks_after_a_delay_and_without_an_error() {
    let mut rig = opened_natively(cross_origin());
    rig.event("3");
    let before = rig.announced.len();
    rig.native_closes();
    assert_eq!((rig.live, rig.delay(), rig.requests.len()), (None, 1_000, 1));
    let until = Some(rig.now + 1_000);
    assert_eq!(
        rig.announced[before..],
        [State::Waiting { attempt: 2, until, cause: Cause::Unknown }],
        "no error before the answer"
    );
    assert_eq!(rig.session.state().error(), None);
    rig.fire();
    assert_eq!(rig.requests[1], Resume::Header("3".into()));
    assert_eq!(rig.took_over(), TakeOver::Closed);
    let before = rig.announced.len();
    rig.status(404);
    assert_eq!((rig.error().status(), rig.error().will_retry), (Some(404), false));
    assert_eq!(rig.announced.len(), before + 1, "and one after it");
}

#[test]
fn the_question_costs_no_retry_and_its_answer_does() {
    let mut rig = Rig::opened(with(|config| {
        config.same_origin = false;
        config.retry.max_retries = Some(0);
    }));
    rig.native_closes();
    rig.fire();
    rig.status(503);
    assert!(matches!(rig.session.state(), State::Closed { by: ClosedBy::Exhausted(Cause::Failed(_)) }));
    assert_eq!((rig.requests.len(), rig.error().status()), (2, Some(503)));

    let mut rig = Rig::opened(cross_origin());
    rig.native_closes();
    rig.fire();
    rig.answer(Answer { status: 503, retry_after: Some(7_000), ..Answer::default() });
    assert_eq!((rig.name(), rig.delay(), rig.error().status()), ("waiting", 7_000, Some(503)));
    rig.fire();
    rig.accept();
    assert!(matches!(rig.session.state(), State::Open { transport: Transport::Fetch, .. }));
}

#[test]
fn a_question_that_fails_waits_like_any_other_attempt() {
    let mut rig = Rig::opened(cross_origin());
    rig.native_retries();
    rig.native_closes();
    assert_eq!(rig.delay(), 2_000, "the second retry");
    rig.fire();
    rig.fail();
    assert_eq!((rig.name(), rig.error().kind), ("waiting", network()));
    assert_eq!(rig.delay(), 4_000, "the third");
}

#[test]
fn a_204_that_only_fetch_sees_closes() {
    let mut rig = Rig::opened(cross_origin());
    rig.native_closes();
    rig.fire();
    rig.status(204);
    assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::Server });
}

#[test]
fn by_the_standard_the_browsers_end_is_final_and_nothing_is_asked() {
    for streaming in [true, false] {
        let mut rig = Rig::opened(with(|config| {
            config.same_origin = false;
            config.retry_on = RetryOn::Standard;
            config.offer.streaming = streaming;
        }));
        rig.native_closes();
        assert_eq!(rig.error(), Error { kind: ErrorKind::native(), will_retry: false });
        assert_eq!((rig.requests.len(), rig.live, rig.timer), (1, None, None));
    }
}

#[test]
fn when_every_event_is_to_be_heard_fetch_takes_over_where_it_may() {
    let mut rig = opened_natively(cross_origin());
    rig.event("9");
    rig.tell(Input::HearAll);
    assert_eq!((rig.name(), rig.took_over()), ("connecting", TakeOver::Stopped));
    assert_eq!(rig.requests[1], Resume::Header("9".into()));
    rig.tell(Input::HearAll);
    assert_eq!(rig.requests.len(), 2);

    let mut asked = opened_natively(with(|config| config.transport = TransportChoice::EventSource));
    asked.tell(Input::HearAll);
    assert_eq!((asked.name(), asked.requests.len()), ("open", 1));
}

#[test]
fn when_every_event_is_to_be_heard_from_the_start_fetch_makes_the_connection() {
    let mut rig = Rig::new(cross_origin());
    rig.tell(Input::HearAll);
    assert_eq!((rig.name(), rig.requests.len()), ("idle", 0));
    rig.tell(Input::Open);
    assert_eq!(rig.transport(), Transport::Fetch);
}

#[test]
fn after_a_pause_and_after_a_reconnect_fetch_takes_over() {
    let ends: [fn(&mut Rig); 2] = [
        |rig| {
            rig.tell(Input::Pause(PauseReason::Cached));
            assert_eq!(rig.live, None);
            rig.now += 1_000;
            rig.tell(Input::Resume(PauseReason::Cached));
        },
        |rig| rig.tell(Input::Reconnect),
    ];
    for end in ends {
        for waits in [false, true] {
            let mut rig = opened_natively(cross_origin());
            rig.event("9");
            if waits {
                rig.native_retries();
            }
            let old = rig.live();
            end(&mut rig);
            assert_eq!((rig.name(), rig.took_over()), ("connecting", TakeOver::Stopped));
            assert_eq!(rig.requests[1], Resume::Header("9".into()));
            // WebKit brings an object back to life that was closed before its page was cached.
            rig.tell(Input::NativeRetries(old));
            rig.tell(Input::NativeOpened(old));
            assert!(!rig.session.hand_over(old, Some("10"), true, rig.now));
            rig.tell(Input::NativeClosed(old));
            assert_eq!((rig.name(), rig.requests.len()), ("connecting", 2));
        }
    }
}

#[test]
fn a_pause_before_its_first_connection_changes_nothing() {
    let mut rig = Rig::new(cross_origin());
    rig.tell(Input::Pause(PauseReason::Frozen));
    rig.tell(Input::Open);
    rig.tell(Input::Resume(PauseReason::Frozen));
    assert_eq!(rig.session.transport(), Some((Transport::EventSource, TransportReason::CrossOrigin)));
}

#[test]
fn in_webkit_it_is_replaced_at_the_first_fault() {
    let mut rig = opened_natively(with(|config| {
        config.same_origin = false;
        config.offer.native_reconnects_cleanly = false;
    }));
    rig.event("4");
    rig.native_retries();
    assert_eq!((rig.live, rig.delay()), (None, 1_000));
    rig.fire();
    assert_eq!(rig.took_over(), TakeOver::Unsound);
    assert_eq!(rig.requests[1], Resume::Header("4".into()));
}

#[test]
fn where_fetch_cannot_stream_a_new_one_resumes_by_query_and_backs_off() {
    let no_streaming = || {
        with(|config| {
            config.offer.streaming = false;
            config.last_event_id = "1".into();
        })
    };
    let mut rig = opened_natively(no_streaming());
    assert_eq!(rig.session.transport(), Some((Transport::EventSource, TransportReason::NoStreaming)));
    assert_eq!(rig.requests, [Resume::Query("1".into())]);
    rig.event("2");
    rig.native_closes();
    assert_eq!((rig.name(), rig.delay()), ("waiting", 1_000));
    rig.fire();
    rig.native_closes();
    assert_eq!(rig.delay(), 2_000);
    rig.fire();
    assert_eq!(rig.requests[1..], [Resume::Query("2".into()), Resume::Query("2".into())]);
}

#[test]
fn a_place_to_begin_at_goes_into_its_query_or_is_refused() {
    let forced = |resume| {
        with(|config| {
            config.transport = TransportChoice::EventSource;
            config.last_event_id = "5".into();
            config.resume = resume;
        })
    };
    for resume in [ResumeBy::Auto, ResumeBy::Query] {
        let rig = Rig::opened(forced(resume));
        assert_eq!(
            (rig.transport(), &rig.requests[..]),
            (Transport::EventSource, &[Resume::Query("5".into())][..])
        );
    }
    let rig = Rig::opened(forced(ResumeBy::Header));
    assert_eq!(rig.error().kind, ErrorKind::Resume { last_event_id: "5".into() });
    assert!(rig.requests.is_empty());
}

#[test]
fn an_event_too_long_closes_it() {
    let limit = || ErrorKind::Limit(crate::core::parser::LimitExceeded::Event { limit: 1 });
    for waits in [false, true] {
        let mut rig = opened_natively(cross_origin());
        if waits {
            rig.native_retries();
        }
        rig.tell(Input::Failed(rig.live(), limit()));
        assert_eq!((rig.error().kind, rig.live), (limit(), None));
    }
}

#[test]
fn it_is_not_watched_for_silence() {
    let mut rig = opened_natively(with(|config| {
        config.transport = TransportChoice::EventSource;
        config.stall_timeout = Some(1_000);
    }));
    assert_eq!(rig.watch, None);
    rig.tell(Input::Visible);
    assert_eq!(rig.name(), "open");
}
