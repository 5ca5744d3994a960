//! A page that is left cancels its requests a moment before it says so.

use super::*;

fn in_a_page() -> Rig {
    Rig::streaming(with(|config| config.offer.page = true))
}

impl Rig {
    fn had_time_to_leave(&mut self) {
        let (generation, due) = self.leave.take().expect("a timer");
        self.now = due;
        self.tell(Input::Fired(generation, Timer::Leave));
    }
}

#[test]
fn a_failure_is_told_when_the_page_had_the_time_to_leave() {
    let mut rig = in_a_page();
    rig.event("1");
    let (failed_at, announced) = (rig.now, rig.announced.len());
    rig.fail();
    assert_eq!((rig.name(), rig.live, rig.announced.len()), ("open", None, announced));
    assert_eq!(rig.leave.map(|timer| timer.1), Some(failed_at + 100));
    rig.had_time_to_leave();
    assert_eq!((rig.name(), rig.error().kind), ("waiting", network()));
    assert_eq!(rig.now + rig.delay(), failed_at + 1_000, "the delay counts from the failure");
    rig.fire();
    assert_eq!(rig.requests[1], Resume::Header("1".into()));
}

#[test]
fn a_page_that_leaves_tells_no_error_and_goes_on_when_it_is_back() {
    let mut rig = in_a_page();
    rig.event("1");
    let announced = rig.announced.len();
    rig.fail();
    rig.now += 16;
    rig.tell(Input::Pause(PauseReason::Cached));
    assert_eq!(rig.announced[announced..].iter().map(State::name).collect::<Vec<_>>(), ["paused"]);
    assert_eq!(rig.leave, None);
    rig.tell(Input::Resume(PauseReason::Cached));
    assert_eq!(rig.requests[1], Resume::Header("1".into()));
}

#[test]
fn whatever_the_user_does_meanwhile_is_done() {
    let mut rig = in_a_page();
    let dead = rig.live();
    rig.fail();
    assert!(!rig.session.hand_over(dead, Some("9"), true, rig.now), "what is late is not handed over");
    rig.tell(Input::Reconnect);
    assert_eq!((rig.requests.len(), rig.leave), (2, None));
    rig.fail();
    rig.tell(Input::Close(ClosedBy::User));
    assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::User });
}

#[test]
fn a_request_that_has_no_answer_waits_too_and_what_is_no_fault_of_the_network_does_not() {
    let mut rig = Rig::opened(with(|config| config.offer.page = true));
    rig.fail();
    assert_eq!(rig.name(), "connecting");
    rig.had_time_to_leave();
    assert_eq!(rig.name(), "waiting");

    let mut rig = in_a_page();
    rig.tell(Input::Failed(rig.live(), ErrorKind::Overflow { capacity: Some(1) }));
    assert_eq!(rig.name(), "closed");
    let mut rig = in_a_page();
    rig.tell(Input::Ended(rig.live()));
    assert_eq!(rig.name(), "waiting");
}

#[test]
fn the_function_that_judges_is_asked_afterwards() {
    let mut rig = Rig::streaming(with(|config| {
        config.offer.page = true;
        config.retry_on = RetryOn::Asked;
    }));
    rig.fail();
    assert_eq!(rig.judging, None);
    rig.had_time_to_leave();
    rig.tell(Input::Judged(rig.judging.expect("asked"), true.into()));
    assert_eq!((rig.name(), rig.delay()), ("waiting", 900));
}

#[test]
fn a_request_with_a_body_is_interrupted_by_leaving_and_not_repeated() {
    let mut rig = Rig::streaming(with(|config| {
        config.offer.page = true;
        config.unsafe_to_repeat = true;
    }));
    rig.fail();
    rig.tell(Input::Pause(PauseReason::Cached));
    assert_eq!(rig.error().kind, ErrorKind::Interrupted);
}
