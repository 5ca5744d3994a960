//! Attempts that follow each other because somebody pauses and resumes.

use super::*;

fn pause_and_resume(rig: &mut Rig) {
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::User));
}

#[test]
fn whoever_pauses_and_resumes_does_not_make_a_request_each_time() {
    let mut rig = Rig::opened(config());
    for _ in 0..21 {
        pause_and_resume(&mut rig);
    }
    assert_eq!(rig.requests.len(), 1);
    let waiting = State::Waiting { attempt: 1, until: Some(START + 1_000), cause: Cause::Unknown };
    assert_eq!(*rig.session.state(), waiting);
    rig.now += 400;
    pause_and_resume(&mut rig);
    assert_eq!((rig.delay(), rig.requests.len()), (600, 1));
    rig.fire();
    assert_eq!((rig.name(), rig.requests.len()), ("connecting", 2));
    // Also where it has failed in between: this is sooner than the delay, but not at once.
    rig.fail();
    rig.now += 10;
    pause_and_resume(&mut rig);
    assert_eq!((rig.delay(), rig.requests.len()), (990, 2));
    rig.now += 2_000;
    pause_and_resume(&mut rig);
    assert_eq!((rig.name(), rig.requests.len()), ("connecting", 3), "it was spaced enough");
}

#[test]
fn functions_are_not_asked_each_time_either() {
    let mut rig = Rig::opened(with(|config| config.has_providers = true));
    for _ in 0..21 {
        pause_and_resume(&mut rig);
    }
    assert_eq!((rig.name(), rig.attempts.len()), ("waiting", 1));
}

#[test]
fn a_stream_that_was_open_is_begun_anew_at_once() {
    let mut rig = Rig::streaming(config());
    pause_and_resume(&mut rig);
    assert_eq!((rig.name(), rig.requests.len()), ("connecting", 2));
    // Which is an attempt like any other.
    pause_and_resume(&mut rig);
    assert_eq!((rig.name(), rig.requests.len()), ("waiting", 2));
    // Those who accept and hang up are no better than the dead.
    rig.fire();
    rig.accept();
    rig.tell(Input::Ended(rig.live()));
    pause_and_resume(&mut rig);
    assert_eq!((rig.name(), rig.requests.len()), ("waiting", 3));
}

#[test]
fn the_first_attempt_is_not_another_one() {
    for now in [0, 1, START] {
        let mut rig = Rig::new(config());
        rig.now = now;
        rig.tell(Input::Pause(PauseReason::User));
        rig.tell(Input::Open);
        rig.tell(Input::Resume(PauseReason::User));
        assert_eq!((rig.name(), rig.requests.len()), ("connecting", 1), "{now}");
    }
}

#[test]
fn what_else_holds_it_holds_it_longer() {
    let mut rig = Rig::opened(config());
    rig.answer(Answer { status: 429, retry_after: Some(30_000), ..Answer::default() });
    pause_and_resume(&mut rig);
    assert_eq!(rig.delay(), 30_000);
    assert_eq!(rig.error().status(), Some(429));
    // Nobody who still asks for a pause is overruled, and reconnect() is now.
    let mut rig = Rig::opened(config());
    rig.tell(Input::Pause(PauseReason::Frozen));
    pause_and_resume(&mut rig);
    assert_eq!((rig.name(), rig.requests.len()), ("paused", 1));
    rig.tell(Input::Resume(PauseReason::Frozen));
    rig.tell(Input::Reconnect);
    assert_eq!((rig.name(), rig.requests.len()), ("connecting", 2));
}
