//! What is watched: the page, the answer, the bytes.

use super::*;
use everstream::{Diagnostic, PageChange, WhenHidden};

#[test]
fn a_hidden_page_pauses_after_its_grace_and_misses_nothing() {
    let builder =
        EventSource::builder("/events").when_hidden(WhenHidden::PauseIfResumable).hidden_grace(ms(500));
    let (world, mut source, request) = streaming(builder);
    request.send(events(1, 2));
    world.hide();
    world.advance(ms(499));
    request.send(events(3, 3));
    assert_eq!(source.state().name(), "open");
    world.advance(ms(1));
    assert_eq!(source.state().to_string(), "paused: hidden");
    assert!(request.is_aborted());
    assert_eq!(world.timer_count(), 0, "no timer while paused");
    world.advance(ms(1_000_000));
    assert_eq!(world.request_count(), 1, "no request while paused");
    world.show();
    let request = world.request().expect("a request at once");
    assert_eq!(request.last_event_id().as_deref(), Some("3"));
    request.accept();
    request.send(events(4, 4));
    assert_eq!(data(&world.all(&mut source)), ["1", "2", "3", "4"]);
    assert_eq!((world.request_count(), world.timer_count()), (2, 0));
}

#[test]
fn hiding_cancels_a_pending_retry() {
    let builder = EventSource::builder("/events").when_hidden(WhenHidden::Pause).hidden_grace(ms(100));
    let (world, source, request) = streaming(builder);
    request.fail();
    world.hide();
    world.advance(ms(1_000));
    assert_eq!((source.state().name(), world.timer_count()), ("paused", 0));
    world.show();
    assert_eq!((source.state().name(), world.request_count()), ("connecting", 2));
}

#[test]
fn a_worker_is_told_what_happens_to_its_page() {
    let builder = EventSource::builder("/events").when_hidden(WhenHidden::Pause).hidden_grace(ms(100));
    let (world, source, _request) = streaming(builder);
    source.page_changed(PageChange::Hidden);
    world.advance(ms(100));
    assert_eq!(source.state().to_string(), "paused: hidden");
    source.page_changed(PageChange::Left);
    source.page_changed(PageChange::Visible);
    assert_eq!(source.state().to_string(), "paused: cached");
    source.page_changed(PageChange::Returned);
    source.page_changed(PageChange::Frozen);
    source.page_changed(PageChange::Thawed);
    world.advance(ms(1_000));
    world.request().expect("the second").fail();
    world.request().expect("the third").fail();
    source.page_changed(PageChange::Offline);
    world.advance(ms(1_000));
    world.request().expect("the fourth").fail();
    world.advance(ms(1_000));
    source.page_changed(PageChange::Online);
    assert_eq!((source.state().name(), world.request_count()), ("connecting", 5));
}

#[test]
fn a_page_that_goes_away_ends_the_grace() {
    let builder = EventSource::builder("/events").when_hidden(WhenHidden::Pause);
    let (world, source, _request) = streaming(builder);
    world.hide();
    assert_eq!(world.timer_count(), 1);
    drop(source);
    assert_eq!((world.timer_count(), world.page_listener_count()), (0, 0));
}

#[test]
fn a_comment_is_life_and_silence_is_not() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").stall_timeout(ms(5_000)));
    request.send("id: 1\ndata: 1\n\n");
    for _ in 0..5 {
        world.advance(ms(4_999));
        request.send(":");
    }
    assert_eq!(source.state().name(), "open");
    world.advance(ms(4_999));
    assert_eq!(source.state().name(), "open");
    world.advance(ms(1));
    assert!(request.is_aborted());
    let error = source.state().error().cloned().expect("an error");
    assert_eq!((error.kind, error.will_retry), (ErrorKind::Stalled { after: 5_000 }, true));
    world.advance(ms(1_000));
    assert_eq!(world.request().expect("a request").last_event_id().as_deref(), Some("1"));
    assert_eq!(data(&world.all(&mut source)), ["1"]);
}

#[test]
fn a_server_that_does_not_answer_is_worth_a_word_in_the_console() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.advance(ms(9_999));
    assert!(world.warnings().is_empty());
    world.advance(ms(1_000_000));
    assert_eq!((world.warnings().len(), source.state().name()), (1, "connecting"));
    for cause in ["HTTP/1.1", "proxy"] {
        assert!(world.warnings()[0].contains(cause));
    }
}

#[test]
fn whoever_listens_for_diagnostics_gets_them_and_may_close() {
    let seen = Log::default();
    let log = seen.clone();
    let builder = EventSource::builder("/events").on_diagnostic(move |diagnostic, source| {
        log.borrow_mut().push(*diagnostic);
        source.close();
    });
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    world.advance(ms(10_000));
    assert_eq!(*seen.borrow(), [Diagnostic::NoAnswer { after: 10_000 }]);
    assert_eq!((source.state().name(), world.warnings().len(), world.timer_count()), ("closed", 0, 0));
    assert_eq!(Rc::strong_count(&seen), 1, "what the listener holds is freed");
}

#[test]
fn a_connect_timeout_replaces_the_attempt() {
    let world = World::new();
    let source =
        EventSource::builder("/events").connect_timeout(ms(3_000)).open_in(&world).expect("a source");
    world.advance(ms(3_000));
    assert!(world.request().expect("a request").is_aborted());
    assert_eq!(
        source.state().error().map(|error| &error.kind),
        Some(&ErrorKind::ConnectTimeout { after: 3_000 })
    );
    world.advance(ms(1_000));
    assert_eq!((world.request_count(), world.most_live()), (2, 1));
}

#[test]
fn times_that_no_timer_can_keep_are_refused_by_name() {
    let builder = || EventSource::builder("/events");
    for (name, builder) in [
        ("connect_timeout", builder().connect_timeout(ms(0))),
        ("stall_timeout", builder().stall_timeout(ms(1 << 31))),
        ("hidden_grace", builder().hidden_grace(ms(u64::MAX))),
    ] {
        let error = builder.open_in(&World::new()).err().expect("refused");
        assert!(matches!(error.kind, ErrorKind::Option { name: named, .. } if named == name), "{error}");
    }
}

#[test]
fn json_under_the_label_of_an_event_stream_is_worth_one_word() {
    for body in ["{\"error\":1}\n", "[1]", "{\"a\":1}\n{\"a\":2}\n"] {
        let (world, mut source, request) = streaming(EventSource::builder("/events"));
        request.send("");
        request.send(body);
        request.send("{}");
        assert_eq!(world.warnings(), ["everstream: the body begins as JSON does: nothing in it is an event"]);
        assert_eq!((world.all(&mut source).len(), source.state().name()), (0, "open"));
        request.end();
        world.advance(ms(1_000));
        let request = world.request().expect("a request");
        request.accept();
        request.send(body);
        assert_eq!(world.warnings().len(), 2, "of each connection");
    }
    for body in ["data: {}\n\n", ": [\n", "\n{}\n", "\u{feff}data: 1\n\n"] {
        let (world, _source, request) = streaming(EventSource::builder("/events"));
        request.send(body);
        request.send("{}\n\n");
        assert!(world.warnings().is_empty(), "{body:?}");
    }
}

#[test]
fn whoever_is_told_of_json_may_end_it_or_begin_anew() {
    for (act, state) in [(Handle::close as fn(&Handle), "closed"), (Handle::reconnect, "connecting")] {
        let seen = Log::default();
        let log = seen.clone();
        let builder = EventSource::builder("/events").on_diagnostic(move |diagnostic, source| {
            log.borrow_mut().push(*diagnostic);
            act(source);
        });
        let (world, mut source, request) = streaming(builder);
        request.send("{}\ndata: never\n\n");
        assert_eq!(*seen.borrow(), [Diagnostic::Json]);
        assert_eq!((source.state().name(), request.is_aborted()), (state, true));
        assert!(world.all(&mut source).is_empty());
    }
}

#[test]
fn it_is_known_since_when_the_stream_is_lost() {
    let seen = Log::default();
    let log = seen.clone();
    let builder = EventSource::builder("/events").on_state(move |state, source| {
        log.borrow_mut().push((state.name(), source.down_since()));
    });
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    world.request().expect("a request").fail();
    assert_eq!(source.down_since(), None, "it was never open");
    world.advance(ms(1_000));
    let request = world.request().expect("a request");
    request.accept();
    world.advance(ms(500));
    seen.borrow_mut().clear();
    let lost = world.now();
    request.fail();
    world.advance(ms(2_000));
    world.request().expect("a request").respond(503, &[], "");
    source.pause();
    world.advance(ms(60_000));
    source.resume();
    world.request().expect("a request").accept();
    let down = Some(lost);
    assert_eq!(
        seen.take(),
        [
            ("waiting", down),
            ("connecting", down),
            ("waiting", down),
            ("paused", down),
            ("connecting", down),
            ("open", None)
        ]
    );
    world.advance(ms(1));
    source.close();
    assert_eq!(source.down_since(), Some(world.now()));
}

#[test]
fn without_a_grace_a_hidden_page_pauses_at_once() {
    let builder = EventSource::builder("/events").when_hidden(WhenHidden::Pause).hidden_grace(ms(0));
    let (world, source, request) = streaming(builder);
    world.hide();
    assert_eq!((source.state().to_string().as_str(), request.is_aborted()), ("paused: hidden", true));
    assert_eq!(world.timer_count(), 0);
    world.show();
    assert_eq!((source.state().name(), world.request_count()), ("connecting", 2));
}
