//! A server of another origin may not answer a request for permission to send `Last-Event-ID`.

use super::*;

/// A source that has a place in a stream of another origin, which the native one has brought.
fn stopped() -> Rig {
    let mut rig = Rig::opened(with(|config| config.same_origin = false));
    rig.tell(Input::NativeOpened(rig.live()));
    rig.event("7");
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::User));
    rig
}

fn header() -> Resume {
    Resume::Header("7".into())
}

fn query() -> Resume {
    Resume::Query("7".into())
}

impl Rig {
    fn fails_and_tries_again(&mut self) {
        self.fail();
        self.fire();
    }
}

#[test]
fn header_and_query_take_turns_after_two_failures() {
    let mut rig = stopped();
    for _ in 0..5 {
        rig.fails_and_tries_again();
    }
    assert_eq!(rig.requests[1..], [header(), header(), query(), header(), query(), header()]);
}

#[test]
fn where_the_query_is_answered_and_the_header_just_then_is_not_it_is_the_query_for_good() {
    let mut rig = stopped();
    rig.fails_and_tries_again();
    rig.fails_and_tries_again();
    rig.accept();
    assert_eq!((rig.name(), rig.requests.last()), ("connecting", Some(&header())), "nothing is read yet");
    rig.fails_and_tries_again();
    assert_eq!(rig.requests.last(), Some(&query()), "it may have been chance");
    rig.accept();
    assert_eq!((rig.name(), rig.requests.last()), ("connecting", Some(&header())));
    rig.fail();
    assert_eq!((rig.name(), rig.requests.last(), rig.timer), ("connecting", Some(&query()), None));
    rig.accept();
    assert_eq!(rig.name(), "open");
    rig.event("7");
    for _ in 0..4 {
        rig.fails_and_tries_again();
        assert_eq!(rig.requests.last(), Some(&query()));
    }
}

#[test]
fn so_it_is_where_the_header_is_not_refused_but_never_answered() {
    let mut rig =
        Rig::opened(with(|config| (config.same_origin, config.connect_timeout) = (false, Some(5_000))));
    rig.tell(Input::NativeOpened(rig.live()));
    rig.event("7");
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::User));
    for _ in 0..2 {
        rig.watch_fires();
        rig.fire();
    }
    assert_eq!(rig.requests.last(), Some(&query()));
    rig.accept();
    assert_eq!(rig.requests.last(), Some(&header()));
    rig.watch_fires();
    rig.fire();
    rig.accept();
    rig.watch_fires();
    assert_eq!((rig.name(), rig.requests.last()), ("connecting", Some(&query())));
    rig.accept();
    assert_eq!(rig.name(), "open");
}

#[test]
fn a_server_that_was_down_and_knows_the_header_alone_is_asked_by_header() {
    let mut rig = stopped();
    rig.fails_and_tries_again();
    rig.fails_and_tries_again();
    // It is back just when it is the turn of the query, and would begin anew.
    rig.accept();
    assert_eq!(rig.requests.last(), Some(&header()));
    rig.accept();
    assert_eq!(rig.name(), "open");
    for _ in 0..6 {
        rig.fails_and_tries_again();
        assert_eq!(rig.requests.last(), Some(&header()), "it was answered once");
    }
}

#[test]
fn any_answer_to_the_header_proves_that_it_is_allowed() {
    let mut rig = stopped();
    rig.fails_and_tries_again();
    rig.status(503);
    rig.fire();
    for _ in 0..4 {
        rig.fails_and_tries_again();
        assert_eq!(rig.requests.last(), Some(&header()));
    }
}

#[test]
fn a_refusal_of_the_query_proves_nothing() {
    let mut rig = stopped();
    rig.fails_and_tries_again();
    rig.fails_and_tries_again();
    rig.status(503);
    assert_eq!(rig.name(), "waiting");
    rig.fire();
    assert_eq!(rig.requests.last(), Some(&query()), "it is still its turn");
}

#[test]
fn the_last_try_counts_only_at_once() {
    let ends: [fn(&mut Rig); 2] = [
        |rig| {
            rig.tell(Input::Pause(PauseReason::User));
            rig.now += 1_000;
            rig.tell(Input::Resume(PauseReason::User));
        },
        |rig| rig.tell(Input::Reconnect),
    ];
    for end in ends {
        let mut rig = stopped();
        rig.fails_and_tries_again();
        rig.fails_and_tries_again();
        rig.accept();
        assert_eq!(rig.requests.last(), Some(&header()));
        end(&mut rig);
        rig.fail();
        assert_eq!(rig.name(), "waiting", "meanwhile the server may have gone");
    }
}

#[test]
fn there_are_no_turns_where_they_are_not_wanted_or_cannot_matter() {
    let (same_origin, other) = (true, false);
    for (resume, same_origin, body) in [
        (ResumeBy::Header, other, false),
        (ResumeBy::Auto, same_origin, false),
        (ResumeBy::Auto, other, true),
    ] {
        let mut rig = Rig::opened(with(|config| {
            config.transport = TransportChoice::Fetch;
            config.last_event_id = "7".into();
            (config.resume, config.same_origin) = (resume, same_origin);
            (config.unsafe_to_repeat, config.resend) = (body, true);
        }));
        for _ in 0..6 {
            rig.fails_and_tries_again();
            assert_eq!(rig.requests.last(), Some(&header()));
        }
    }
}

#[test]
fn one_unlucky_last_try_does_not_decide() {
    let mut rig = stopped();
    rig.fails_and_tries_again();
    rig.fails_and_tries_again();
    rig.accept();
    rig.fails_and_tries_again();
    rig.accept();
    assert_eq!(rig.requests.last(), Some(&header()));
    rig.accept();
    assert_eq!(rig.name(), "open");
    rig.fails_and_tries_again();
    assert_eq!(rig.requests.last(), Some(&header()), "it was answered");
}
