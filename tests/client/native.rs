//! The browser's own `EventSource` behind the client, and fetch when it takes over.

use super::*;
use everstream::{TakeOver, Transport, TransportChoice, TransportReason};

/// A plain stream of another origin, of which two types are heard.
fn cross_origin() -> Builder {
    EventSource::builder("https://other.example/events").event_types(["message", "tick"])
}

fn opened_natively(builder: Builder) -> (World, EventSource, Request) {
    let world = World::new();
    let source = builder.open_in(&world).expect("options that work");
    let request = world.request().expect("a request");
    assert_eq!(request.transport(), Transport::EventSource);
    request.native_open();
    (world, source, request)
}

fn reason(source: &EventSource) -> TransportReason {
    source.transport().expect("an attempt").1
}

#[test]
fn events_that_were_asked_for_by_name_arrive() {
    let (world, mut source, request) = opened_natively(cross_origin());
    request.native_event("tick", "a", "1");
    request.native_event("other", "b", "2");
    request.native_event("message", "c", "3");
    assert_eq!(data(&world.all(&mut source)), ["a", "c"]);
    assert_eq!(source.last_event_id(), "3");
    assert_eq!(source.url().as_deref(), Some("https://other.example/events"));
    assert_eq!(source.transport(), Some((Transport::EventSource, TransportReason::CrossOrigin)));
    assert_eq!(source.state(), State::Open { transport: Transport::EventSource, since: world.now() });
}

#[test]
fn a_type_that_is_asked_for_later_is_heard_from_then_on() {
    let (world, mut source, request) = opened_natively(cross_origin());
    request.native_event("late", "a", "1");
    source.listen("late");
    source.listen("late");
    source.listen("tick");
    assert_eq!(request.event_types(), ["message", "tick", "late"]);
    request.native_event("late", "b", "2");
    source.reconnect();
    let request = world.request().expect("a request");
    request.accept();
    request.send("id: 3\nevent: late\ndata: c\n\nid: 4\nevent: never\ndata: d\n\n");
    assert_eq!(data(&world.all(&mut source)), ["b", "c"]);
}

#[test]
fn fetch_delivers_the_same_types_and_counts_the_ids_of_the_others() {
    let builder = EventSource::builder("/events").event_types(["tick"]);
    let (world, mut source, request) = streaming(builder);
    request.send("id: 1\nevent: other\ndata: a\n\n");
    assert_eq!((source.last_event_id().as_str(), source.stats().last_event_at), ("1", None));
    request.send("id: 2\nevent: tick\ndata: b\n\nid: 3\ndata: c\n\n");
    assert_eq!(data(&world.all(&mut source)), ["b"]);
    request.fail();
    world.advance(ms(1_000));
    assert_eq!(world.request().expect("a request").last_event_id().as_deref(), Some("3"));
}

#[test]
fn nothing_is_lost_or_doubled_when_fetch_takes_over() {
    type Fault = fn(&World, &EventSource, &Request);
    let faults: [(TakeOver, Fault); 4] = [
        (TakeOver::Closed, |world, _, native| {
            native.native_close();
            world.advance(ms(1_000));
        }),
        (TakeOver::Storm, |world, _, native| {
            for _ in 0..4 {
                native.native_retry();
            }
            world.advance(ms(8_000));
        }),
        (TakeOver::Stopped, |world, _, _| {
            world.leave();
            world.come_back();
        }),
        (TakeOver::Stopped, |_, source, _| source.reconnect()),
    ];
    for (why, fault) in faults {
        let (world, mut source, native) = opened_natively(cross_origin());
        for id in ["1", "2"] {
            native.native_event("message", id, id);
        }
        fault(&world, &source, &native);
        assert!(native.is_aborted(), "{why:?}");
        native.native_event("message", "of the past", "3");
        let fetch = world.request().expect("a request");
        assert_eq!((fetch.transport(), fetch.last_event_id().as_deref()), (Transport::Fetch, Some("2")));
        assert_eq!(reason(&source), TransportReason::TookOver(why));
        fetch.accept();
        fetch.send(events(3, 4));
        assert_eq!(data(&world.all(&mut source)), ["1", "2", "3", "4"], "{why:?}");
        assert_eq!((world.most_live(), world.request_count()), (1, 2));
        // For good.
        fetch.end();
        world.advance(ms(30_000));
        assert_eq!(world.request().expect("a request").transport(), Transport::Fetch);
    }
}

#[test]
fn the_question_after_it_gave_up_comes_after_a_delay_and_its_answer_is_the_one_error() {
    let seen = Log::default();
    let log = seen.clone();
    let builder = cross_origin().on_state(move |state, _| log.borrow_mut().push(state.to_string()));
    let (world, _source, native) = opened_natively(builder);
    native.native_close();
    assert_eq!(
        *seen.borrow(),
        ["connecting, attempt 1", "open", "waiting for attempt 2: no reason is known"]
    );
    world.advance(ms(1_000));
    let question = world.request().expect("a request");
    question.respond(410, &[], "gone");
    assert_eq!(seen.borrow()[3..], ["connecting, attempt 2", "closed: the server answered with status 410"]);
    world.advance(ms(100_000));
    assert_eq!(world.request_count(), 2);
}

#[test]
fn its_listener_may_do_anything() {
    type Act = fn(&Handle);
    let acts: [(Act, &str, usize); 4] = [
        (Handle::close, "closed", 1),
        (Handle::reconnect, "connecting", 2),
        (Handle::pause, "paused", 1),
        (
            |source| {
                source.pause();
                source.resume();
            },
            "connecting",
            2,
        ),
    ];
    for (act, name, requests) in acts {
        let seen = Log::default();
        let log = seen.clone();
        let builder = cross_origin().on_event(move |event, source| {
            log.borrow_mut().push(event.data.to_owned());
            act(source);
        });
        let (world, source, native) = opened_natively(builder);
        native.native_event("message", "1", "1");
        native.native_event("message", "2", "2");
        assert_eq!(*seen.borrow(), ["1"], "{name}");
        assert_eq!((source.state().name(), world.request_count()), (name, requests));
        assert_eq!((source.last_event_id().as_str(), world.most_live()), ("1", 1));
    }
}

#[test]
fn its_listener_may_drop_the_source() {
    let slot: Rc<RefCell<Option<EventSource>>> = Rc::default();
    let inner = slot.clone();
    let (world, source, native) =
        opened_natively(cross_origin().on_event(move |_, _| drop(inner.borrow_mut().take())));
    slot.replace(Some(source));
    native.native_event("message", "1", "1");
    assert!(native.is_aborted() && slot.borrow().is_none());
    assert_eq!((world.live_count(), world.timer_count(), world.page_listener_count()), (0, 0, 0));
}

#[test]
fn an_event_without_an_id_keeps_the_place_and_a_reset_forgets_it() {
    let builder = cross_origin().transport(TransportChoice::EventSource).last_event_id("5");
    let (world, mut source, native) = opened_natively(builder);
    assert_eq!(native.resume_query(), Some(("lastEventId".into(), "5".into())));
    native.native_event("message", "a", "");
    assert_eq!(source.last_event_id(), "5");
    native.native_event("message", "b", "6");
    native.native_event("message", "c", "");
    let ids: Vec<_> = world.all(&mut source).into_iter().map(|event| event.last_event_id).collect();
    assert_eq!(ids, ["5", "6", ""]);
    assert_eq!(source.last_event_id(), "");
}

#[test]
fn what_it_delivers_is_held_to_the_limits() {
    let forced = |limits| cross_origin().transport(TransportChoice::EventSource).limits(limits);
    let small = Limits::default().event_bytes(3).id_bytes(2);
    for (text, id) in [("four", "1"), ("a", "123")] {
        let (world, mut source, native) = opened_natively(forced(small));
        native.native_event("message", "abc", "12");
        native.native_event("message", text, id);
        assert_eq!(data(&world.all(&mut source)), ["abc"]);
        assert!(matches!(source.state().error().expect("an error").kind, ErrorKind::Limit(_)));
        assert!(native.is_aborted());
    }
}

#[test]
fn its_queue_overflows_as_any_other() {
    let (world, mut source, native) = opened_natively(cross_origin().queue(2, Overflow::Latest));
    for id in ["1", "2", "3", "4"] {
        native.native_event("message", id, id);
    }
    assert_eq!((data(&world.all(&mut source)), source.stats().dropped), (vec!["2", "3", "4"], 1));
    let (world, mut source, native) = opened_natively(cross_origin().queue(1, Overflow::Error));
    for id in ["1", "2", "3", "4"] {
        native.native_event("message", id, id);
    }
    assert_eq!(
        source.state().error().map(|error| &error.kind),
        Some(&ErrorKind::Overflow { capacity: Some(1) })
    );
    assert_eq!(data(&world.all(&mut source)), ["1", "2"]);
}

#[test]
fn where_no_type_was_asked_for_it_hears_messages_alone() {
    let builder = EventSource::builder("/events").transport(TransportChoice::EventSource);
    let (world, mut source, native) = opened_natively(builder);
    assert_eq!((native.event_types(), reason(&source)), (vec!["message".to_owned()], TransportReason::Asked));
    native.native_event("message", "a", "");
    native.native_event("tick", "b", "");
    native.native_close();
    world.advance(ms(1_000));
    let fetch = world.request().expect("a request");
    fetch.accept();
    fetch.send("event: tick\ndata: c\n\n");
    assert_eq!(data(&world.all(&mut source)), ["a", "c"], "fetch hears every type");
}

#[test]
fn whatever_it_falls_short_of_is_carried_by_fetch() {
    let types = cross_origin;
    for (option, builder) in [
        ("headers", types().header("x-token", "1")),
        ("headers", types().headers_with(|_| async { Ok::<_, String>(Vec::new()) })),
        ("method", types().method("POST")),
        ("last_event_id", types().last_event_id("1")),
        ("resume_by", types().resume_by(ResumeBy::Header)),
        ("limits", types().limits(Limits::default().event_bytes(1))),
        ("on_comment", types().on_comment(|_, _| {})),
        ("stall_timeout", types().stall_timeout(ms(1_000))),
        ("close_on_end", types().close_on_end(true)),
        ("retry_if", types().retry_if(|_| true)),
        ("every event", EventSource::builder("https://other.example/events")),
    ] {
        let source = builder.open_in(&World::new()).expect("a source");
        assert_eq!(source.transport(), Some((Transport::Fetch, TransportReason::Needs(option))));
    }
    let world = World::new();
    let asked = EventSource::builder_with(|_| async { Ok::<_, String>("https://other.example/".to_owned()) });
    let source = asked.event_types(["message"]).open_in(&world).expect("a source");
    assert_eq!(source.transport(), Some((Transport::Fetch, TransportReason::Needs("url"))));
}

#[test]
fn what_it_cannot_do_is_refused_by_name_where_it_is_asked_for() {
    let forced = || EventSource::builder("/events").transport(TransportChoice::EventSource);
    for (option, builder) in [
        ("headers", forced().header("x-token", "1")),
        ("headers", forced().headers_with(|_| async { Ok::<_, String>(Vec::new()) })),
        ("method", forced().method("POST").body("x")),
        ("close_on_end", forced().close_on_end(true)),
        ("retry_if", forced().retry_if(|_| true)),
        (
            "url",
            EventSource::builder_with(|_| async { Ok::<_, String>("/".to_owned()) })
                .transport(TransportChoice::EventSource),
        ),
    ] {
        let error = builder.open_in(&World::new()).err().expect("refused");
        assert_eq!(error.to_string(), format!("`transport` is EventSource, which cannot do `{option}`"));
    }
}

#[test]
fn the_browser_decides_what_there_is() {
    let open = |streams, native, builder: Builder| {
        let world = World::new();
        world.set_browser(streams, native, true);
        builder.open_in(&world).map(|source| source.transport().expect("an attempt"))
    };
    let plain = || EventSource::builder("/events");
    let forced = || plain().transport(TransportChoice::EventSource);
    assert_eq!(open(true, false, forced()), Ok((Transport::Fetch, TransportReason::NoEventSource)));
    assert_eq!(open(true, false, cross_origin()), Ok((Transport::Fetch, TransportReason::NoEventSource)));
    assert_eq!(open(false, true, plain()), Ok((Transport::EventSource, TransportReason::NoStreaming)));
    for (streams, native, builder) in [
        (false, false, plain()),
        (false, true, plain().header("x-token", "1")),
        (false, true, plain().method("POST")),
        (false, true, plain().transport(TransportChoice::Fetch)),
    ] {
        let refused = open(streams, native, builder).expect_err("nothing to connect with");
        assert_eq!(refused.kind, ErrorKind::Unsupported);
    }
}

#[test]
fn it_cannot_wait_for_a_reader() {
    let (world, mut source, native) = opened_natively(cross_origin().queued_bytes(20));
    for id in ["1", "2", "3", "4"] {
        native.native_event("message", id, id);
    }
    assert_eq!(
        source.state().error().map(|error| &error.kind),
        Some(&ErrorKind::Overflow { capacity: None })
    );
    assert_eq!((data(&world.all(&mut source)), native.is_aborted()), (vec!["1", "2", "3"], true));
}
