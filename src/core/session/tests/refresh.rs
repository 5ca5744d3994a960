//! A 401, and the functions that are asked once more.

use super::*;

/// A rig whose functions have answered.
fn asking(change: impl FnOnce(&mut Config)) -> Rig {
    let mut rig = Rig::opened(with(|config| {
        config.has_providers = true;
        change(config);
    }));
    rig.tell(Input::Prepared(rig.live()));
    rig
}

/// A 401, after which the functions are asked at once.
fn refresh(rig: &mut Rig) {
    rig.status(401);
    assert_eq!(
        (rig.name(), rig.attempts.last().map(|attempt| attempt.unauthorized)),
        ("loading", Some(true))
    );
    rig.tell(Input::Prepared(rig.live()));
}

#[test]
fn a_401_asks_the_functions_once_more_for_each_answer_that_was_accepted() {
    let mut rig = asking(|_| {});
    for _ in 0..3 {
        refresh(&mut rig);
        rig.accept();
        // The server has forgotten its sessions: no time for a good connection.
        rig.now += 3;
        rig.fail();
        rig.fire();
        assert_eq!(rig.attempts.last().map(|attempt| attempt.unauthorized), Some(false));
        rig.tell(Input::Prepared(rig.live()));
    }
    // Each time it was waited for, longer and longer.
    assert!(matches!(rig.session.state(), State::Connecting { attempt: 4 }));
    refresh(&mut rig);
    rig.status(401);
    assert_eq!(rig.name(), "closed");
}

#[test]
fn a_failure_in_between_is_no_answer_that_was_accepted() {
    let mut rig = asking(|_| {});
    refresh(&mut rig);
    rig.fail();
    rig.fire();
    rig.tell(Input::Prepared(rig.live()));
    rig.status(401);
    assert_eq!(rig.name(), "closed");
}

#[test]
fn reconnect_gives_the_refresh_back_where_the_request_may_be_repeated() {
    for (unsafe_to_repeat, resend, gives_back) in
        [(false, false, true), (true, true, true), (true, false, false)]
    {
        let mut rig = asking(|config| (config.unsafe_to_repeat, config.resend) = (unsafe_to_repeat, resend));
        refresh(&mut rig);
        rig.tell(Input::Reconnect);
        rig.tell(Input::Prepared(rig.live()));
        rig.status(401);
        assert_eq!(rig.name() == "loading", gives_back, "{unsafe_to_repeat} {resend}");
    }
}

#[test]
fn the_standard_knows_no_second_chance_after_a_401() {
    let mut rig = Rig::opened(with(|config| {
        config.has_providers = true;
        config.retry_on = RetryOn::Standard;
    }));
    rig.tell(Input::Prepared(rig.live()));
    rig.status(401);
    assert_eq!(rig.name(), "closed");
}

#[test]
fn without_functions_a_401_is_final() {
    let mut rig = Rig::opened(config());
    rig.status(401);
    assert_eq!(rig.name(), "closed");
}
