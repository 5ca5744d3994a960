//! One answer, as that of a language model: no part of it comes twice, and nobody waits for it in silence.

use super::*;

/// One answer to a GET.
fn one() -> Config {
    with(|config| config.close_on_end = true)
}

fn busy(seconds: u64) -> Answer {
    Answer { status: 503, retry_after: Some(seconds * 1_000), ..Answer::default() }
}

#[test]
fn what_has_begun_without_ids_is_not_asked_for_again() {
    for way in 0..3 {
        let mut rig = Rig::streaming(one());
        rig.event("");
        let from = rig.live();
        rig.tell(match way {
            0 => Input::Failed(from, ErrorKind::Network { message: String::new() }),
            1 => Input::Failed(from, ErrorKind::Stalled { after: 1 }),
            _ => Input::Pause(PauseReason::Frozen),
        });
        let kind = rig.error().kind;
        assert_eq!(rig.name(), "closed");
        assert_eq!(
            kind,
            if way == 2 { ErrorKind::Interrupted } else { ErrorKind::Incomplete { body: None } }
        );
    }
    let mut asked = Rig::streaming(Config { retry_on: RetryOn::Asked, ..one() });
    asked.event("");
    asked.fail();
    assert_eq!((asked.name(), asked.judging), ("closed", None), "nobody may say that it is");
}

#[test]
fn with_ids_or_before_the_first_event_it_is() {
    let mut rig = Rig::streaming(one());
    rig.fail();
    assert_eq!(rig.name(), "waiting");
    rig.fire();
    rig.accept();
    rig.event("7");
    rig.fail();
    rig.fire();
    assert_eq!(rig.requests.last(), Some(&Resume::Header("7".into())));
    // A feed goes on as it always did.
    let mut feed = Rig::streaming(config());
    feed.event("");
    feed.fail();
    assert_eq!(feed.name(), "waiting");
}

#[test]
fn an_end_inside_an_event_is_a_failure_that_ids_mend() {
    for (id, method_is_safe, name) in [("7", true, "waiting"), ("", true, "closed"), ("7", false, "closed")] {
        let mut rig = Rig::streaming(Config { unsafe_to_repeat: !method_is_safe, ..one() });
        rig.event(id);
        rig.tell(Input::Failed(rig.live(), ErrorKind::Incomplete { body: None }));
        assert_eq!(
            (rig.name(), rig.error().kind),
            (name, ErrorKind::Incomplete { body: None }),
            "{id} {method_is_safe}"
        );
    }
}

#[test]
fn the_last_event_decides_whether_there_is_a_place() {
    let events = |ids: &[Option<&str>]| {
        let mut rig = Rig::streaming(one());
        let (live, clock) = (rig.live(), rig.clock());
        ids.iter().for_each(|id| assert!(rig.session.hand_over(live, *id, true, clock)));
        rig.fail();
        rig.name()
    };
    assert_eq!(events(&[None, Some("1")]), "waiting");
    assert_eq!(events(&[Some("1"), None]), "closed", "it would come twice");
    assert_eq!(events(&[Some("1"), Some("")]), "closed");
    // An id by itself is a place, too.
    let mut rig = Rig::streaming(one());
    rig.event("");
    let (live, clock) = (rig.live(), rig.clock());
    assert!(rig.session.hand_over(live, Some("2"), false, clock));
    rig.fail();
    assert_eq!(rig.name(), "waiting");
}

#[test]
fn a_hidden_page_does_not_let_go_of_what_would_begin_anew() {
    let mut rig = Rig::streaming(Config { when_hidden: WhenHidden::Pause, ..one() });
    rig.tell(Input::Hidden);
    rig.event("");
    rig.now += 3_600_000;
    rig.tell(Input::Online);
    assert_eq!(rig.name(), "open");
}

#[test]
fn the_user_may_have_it_from_its_beginning() {
    let mut rig = Rig::streaming(one());
    rig.event("");
    rig.tell(Input::Reconnect);
    rig.accept();
    rig.fail();
    assert_eq!(rig.name(), "waiting", "nothing of it was delivered this time");
}

#[test]
fn what_exceeds_a_limit_says_so() {
    let mut rig = Rig::streaming(one());
    rig.event("");
    rig.tell(Input::Failed(rig.live(), ErrorKind::Overflow { capacity: Some(1) }));
    assert_eq!(rig.error().kind, ErrorKind::Overflow { capacity: Some(1) });
}

#[test]
fn a_function_that_fails_is_the_end_of_one_answer() {
    for (one_answer, name) in [(true, "closed"), (false, "waiting")] {
        let mut rig =
            Rig::opened(with(|config| (config.close_on_end, config.has_providers) = (one_answer, true)));
        let kind = ErrorKind::Provider { option: "headers", message: "please log in".into() };
        rig.tell(Input::Failed(rig.live(), kind));
        assert_eq!(rig.name(), name);
    }
}

#[test]
fn waits_come_to_an_end() {
    let patient = || with(|config| config.retry.patience = Some(60_000));
    let mut rig = Rig::opened(patient());
    rig.answer(busy(3_600));
    let State::Closed { by: ClosedBy::Exhausted(Cause::Failed(error)) } = rig.session.state() else {
        panic!("{}", rig.session.state())
    };
    assert_eq!((error.status(), error.will_retry), (Some(503), false));

    // 1 + 2 + 4 + 8 + 16 + 24 seconds.
    let mut rig = Rig::opened(patient());
    for _ in 0..6 {
        // An attempt takes as long as it takes.
        rig.now += 600_000;
        rig.status(503);
        rig.fire();
    }
    rig.status(503);
    assert_eq!(rig.name(), "closed");
}

#[test]
fn only_what_was_waited_counts_and_only_since_the_stream_was_open() {
    let mut rig = Rig::opened(with(|config| config.retry.patience = Some(60_000)));
    rig.answer(busy(50));
    rig.now += 45_000;
    // The rest of it is not waited for.
    rig.tell(Input::Pause(PauseReason::User));
    rig.now += 600_000;
    rig.tell(Input::Resume(PauseReason::User));
    rig.answer(busy(15));
    assert_eq!((rig.name(), rig.delay()), ("waiting", 15_000));
    rig.fire();
    rig.accept();
    rig.fail();
    rig.fire();
    rig.answer(busy(55));
    assert_eq!(rig.name(), "waiting", "it counts anew");
}

#[test]
fn what_comes_behind_the_event_that_makes_it_complete_does_not_break_it() {
    let faults = [
        ErrorKind::Network { message: String::new() },
        ErrorKind::Limit(crate::core::parser::LimitExceeded::Event { limit: 1 }),
        ErrorKind::Overflow { capacity: None },
        ErrorKind::Incomplete { body: None },
    ];
    let until = Config { has_until: true, stall_timeout: Some(8_000), ..one() };
    for unsafe_to_repeat in [true, false] {
        let complete = || {
            let mut rig = Rig::streaming(Config { unsafe_to_repeat, ..until.clone() });
            rig.event("");
            rig.tell(Input::Complete);
            rig
        };
        for kind in faults.clone() {
            let mut rig = complete();
            rig.tell(Input::Failed(rig.live(), kind.clone()));
            assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::Ended }, "{kind:?}");
        }
        let mut silent = complete();
        silent.watch_fires();
        assert_eq!(*silent.session.state(), State::Closed { by: ClosedBy::Ended });
        let mut frozen = complete();
        frozen.tell(Input::Pause(PauseReason::Frozen));
        assert_eq!(*frozen.session.state(), State::Closed { by: ClosedBy::Ended });
        let mut early = Rig::streaming(Config { unsafe_to_repeat, ..until.clone() });
        early.event("");
        early.tell(Input::Ended(early.live()));
        assert_eq!(early.error().kind, ErrorKind::Incomplete { body: None });
    }
}

#[test]
fn a_feed_begins_anew_with_each_connection_and_one_answer_stays_complete() {
    for (close_on_end, kind) in [(false, "incomplete"), (true, "ended")] {
        let mut rig = Rig::streaming(Config { close_on_end, has_until: true, ..config() });
        rig.event("7");
        rig.tell(Input::Complete);
        rig.tell(Input::Reconnect);
        rig.tell(Input::Complete);
        rig.accept();
        rig.tell(Input::Ended(rig.live()));
        let is_incomplete = rig
            .session
            .state()
            .error()
            .is_some_and(|error| matches!(error.kind, ErrorKind::Incomplete { .. }));
        assert_eq!(if is_incomplete { "incomplete" } else { "ended" }, kind);
    }
}

#[test]
fn no_content_is_no_answer_where_one_has_to_be_complete() {
    for (close_on_end, has_until, is_incomplete) in
        [(true, true, true), (true, false, false), (false, true, false)]
    {
        let mut rig = Rig::opened(Config { close_on_end, has_until, ..config() });
        rig.status(204);
        let expected = if is_incomplete {
            ClosedBy::Fatal(Error::fatal(ErrorKind::Incomplete { body: None }))
        } else {
            ClosedBy::Server
        };
        assert_eq!(*rig.session.state(), State::Closed { by: expected });
    }
}
