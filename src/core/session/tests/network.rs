//! What the browser believes of the network, and what answers prove.

use super::*;

/// A rig whose browser believes to be offline, with one retry.
fn offline(change: impl FnOnce(&mut Config)) -> Rig {
    let mut rig = Rig::opened(with(|config| {
        config.retry.max_retries = Some(1);
        change(config);
    }));
    rig.tell(Input::Offline);
    rig
}

#[test]
fn a_refusal_proves_that_the_network_is_there() {
    let mut rig = offline(|_| {});
    for _ in 0..5 {
        rig.fail();
        rig.fire();
    }
    rig.status(503);
    rig.fire();
    assert_eq!(rig.name(), "connecting");
    rig.status(503);
    assert!(matches!(rig.session.state(), State::Closed { by: ClosedBy::Exhausted(_) }));
}

#[test]
fn a_stream_proves_it_too_until_the_browser_says_so_again() {
    let mut rig = offline(|_| {});
    rig.accept();
    rig.fail();
    rig.fire();
    rig.tell(Input::Offline);
    for _ in 0..5 {
        rig.fail();
        rig.fire();
    }
    rig.accept();
    rig.fail();
    assert_eq!(rig.name(), "closed");
}

#[test]
fn so_does_the_native_one_when_it_is_open() {
    let mut rig = offline(|config| config.same_origin = false);
    rig.now += 3_000;
    rig.tell(Input::NativeRetries(rig.live()));
    for name in ["waiting", "closed"] {
        rig.now += 3_000;
        rig.tell(Input::NativeOpened(rig.live()));
        rig.tell(Input::NativeRetries(rig.live()));
        assert_eq!(rig.name(), name);
    }
}
