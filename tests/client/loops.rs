//! Loops over the `Stream`: where they are, and what becomes of events that come faster than they are read.

use super::*;

/// Takes so many events, and says their ids.
fn take(world: &World, source: &mut EventSource, count: usize) -> Vec<u32> {
    (0..count)
        .filter_map(|_| world.next(source))
        .map(|event| event.last_event_id.parse().expect("a number"))
        .collect()
}

fn ids(from: u32, to: u32) -> Vec<u32> {
    (from..=to).collect()
}

#[test]
fn the_place_is_that_of_the_reader_and_connections_go_on_behind_what_waits() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").last_event_id("0"));
    request.send(events(1, 5));
    assert_eq!((source.last_event_id().as_str(), source.stats().last_event_at), ("0", Some(world.now())));
    assert_eq!(take(&world, &mut source, 2), [1, 2]);
    assert_eq!(source.last_event_id(), "2");
    request.fail();
    world.advance(ms(2_000));
    let again = world.request().expect("a request");
    assert_eq!((again.last_event_id().as_deref(), source.last_event_id().as_str()), (Some("5"), "2"));
    again.accept();
    // An id alone counts for connections at once, and for the reader once it has all that came before.
    again.send([&events(6, 8), "id: 9\n\n"].concat());
    assert_eq!(source.last_event_id(), "2");
    assert_eq!(take(&world, &mut source, 6), ids(3, 8));
    assert_eq!(source.last_event_id(), "9");
    again.send(events(10, 10));
    assert_eq!((source.last_event_id().as_str(), take(&world, &mut source, 1)), ("9", vec![10]));
}

#[test]
fn the_place_of_a_function_is_that_of_the_event_it_hears() {
    let (builder, seen) = noting(|data, source| assert_eq!(source.last_event_id(), data));
    let (_world, source, request) = streaming(builder);
    request.send(events(1, 3));
    assert_eq!((seen.borrow().len(), source.last_event_id().as_str()), (3, "3"));
}

#[test]
fn close_throws_away_what_waits_and_the_place_stays() {
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    request.send(events(1, 100));
    assert_eq!(take(&world, &mut source, 10), ids(1, 10));
    source.close();
    assert!(source.is_terminated());
    assert_eq!((world.next(&mut source), source.last_event_id().as_str()), (None, "10"));
    // Also what waits since another end.
    let (world, mut source, request) = streaming(EventSource::builder("/events").close_on_end(true));
    request.send(events(1, 2));
    request.end();
    assert!(!source.is_terminated());
    source.close();
    assert_eq!((world.next(&mut source), source.last_event_id().as_str()), (None, ""));
}

#[test]
fn a_function_that_closes_or_drops_throws_away_what_waits() {
    let slot: Rc<RefCell<Option<EventSource>>> = Rc::default();
    for drops in [false, true] {
        let (inner, places) = (slot.clone(), Log::default());
        let log = places.clone();
        let builder = EventSource::builder("/events")
            .on_comment(move |_, source| {
                source.close();
                if drops {
                    drop(inner.borrow_mut().take());
                }
            })
            .on_state(move |_, source| log.borrow_mut().push(source.last_event_id()));
        let (world, mut source, request) = streaming(builder);
        request.send(events(1, 3));
        assert_eq!(take(&world, &mut source, 1), [1]);
        slot.replace(Some(source));
        request.send([":\n", &events(4, 5)].concat());
        assert_eq!(places.borrow().last().map(String::as_str), Some("1"));
        let source = slot.borrow_mut().take();
        assert_eq!(source.map(|mut source| world.next(&mut source)), (!drops).then_some(None));
        assert_eq!((world.live_count(), world.timer_count()), (0, 0));
    }
}

#[test]
fn every_other_end_hands_over_what_waits() {
    for status in [200, 204, 404] {
        let (world, mut source, request) =
            streaming(EventSource::builder("/events").close_on_end(status == 200));
        request.send(events(1, 5));
        request.end();
        if status != 200 {
            world.advance(ms(2_000));
            world.request().expect("a request").respond(status, &[], "");
        }
        assert_eq!((source.state().name(), source.last_event_id().as_str()), ("closed", ""));
        assert_eq!(take(&world, &mut source, 6), ids(1, 5));
        assert!(source.is_terminated() && source.last_event_id() == "5");
    }
}

// A reader that is slower than the server.

/// A source of which little may wait, and to which so many events were sent, each in a chunk of its own.
fn backlog(builder: Builder, count: u32) -> (World, EventSource, Request) {
    let (world, source, request) = streaming(builder.queued_bytes(1_000));
    for id in 1..=count {
        request.send(events(id, id));
    }
    (world, source, request)
}

#[test]
fn it_may_be_behind_by_any_number_of_events() {
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    for at in 0..50 {
        request.send(events(at * 1_000 + 1, at * 1_000 + 1_000));
    }
    assert_eq!(take(&world, &mut source, 50_000), ids(1, 50_000));
    assert_eq!((source.state().name(), source.stats().dropped), ("open", 0));
}

#[test]
fn it_is_waited_for_when_too_much_waits_and_the_stream_goes_on_where_it_was() {
    let said = Log::default();
    let log = said.clone();
    let builder =
        EventSource::builder("/events").stall_timeout(ms(20_000)).on_diagnostic(move |diagnostic, _| {
            log.borrow_mut().push(diagnostic.to_string());
        });
    let (world, mut source, request) = backlog(builder, 1_000);
    assert!(!request.is_aborted());
    world.advance(ms(60_000));
    let expected = "the stream has not been read for 10000 ms: too many events wait for their consumers";
    assert_eq!((source.state().name(), said.borrow().as_slice()), ("open", &[expected.to_owned()][..]));
    assert_eq!(take(&world, &mut source, 1_000), ids(1, 1_000));
    // It is read on, and watched again.
    request.send(events(1_001, 1_001));
    assert_eq!(take(&world, &mut source, 1), [1_001]);
    world.advance(ms(20_000));
    assert_eq!(source.state().error().map(|error| &error.kind), Some(&ErrorKind::Stalled { after: 20_000 }));
}

#[test]
fn a_number_of_events_may_be_what_is_too_much_and_it_is_read_on_from_the_half() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").queue(10, Overflow::Wait));
    for id in 1..=11 {
        request.send(events(id, id));
    }
    request.end();
    assert_eq!((take(&world, &mut source, 5), world.live_count()), (ids(1, 5), 1));
    assert_eq!(source.state().name(), "open", "the end waits behind what is not read");
    assert_eq!((take(&world, &mut source, 1), world.live_count()), (vec![6], 0));
    assert_eq!(source.state().name(), "waiting");
    assert_eq!(take(&world, &mut source, 6), ids(7, 11));
}

#[test]
fn a_cut_loses_nothing_of_what_was_not_read() {
    let (world, mut source, request) = backlog(EventSource::builder("/events"), 500);
    request.fail();
    assert_eq!(source.state().name(), "waiting");
    // The next connection waits at once, for all of it waits still.
    world.advance(ms(2_000));
    let again = world.request().expect("a request");
    let read: u32 = again.last_event_id().expect("an id").parse().expect("a number");
    assert!((50..150).contains(&read), "{read}");
    let last_heard = source.stats().last_event_at;
    again.accept();
    again.send(events(read + 1, 500));
    assert_eq!((source.state().name(), source.stats().last_event_at), ("open", last_heard));
    assert_eq!(take(&world, &mut source, read as usize), ids(1, read));
    assert_eq!(take(&world, &mut source, 500), ids(read + 1, 500));
}

#[test]
fn what_cannot_wait_closes_the_source_and_can_still_be_read() {
    let without_ids = |builder| {
        let (world, source, request) = streaming(builder);
        request.send("data: a text of some length\n\n".repeat(100));
        assert_eq!(source.state().name(), "open", "its reader has had no turn");
        request.send("data: more\n\n");
        (world, source)
    };
    let post = |builder: Builder| {
        let (world, source, _) = backlog(builder.method("POST"), 500);
        (world, source)
    };
    let builder = || EventSource::builder("/events").queued_bytes(1_000);
    for (world, mut source) in [without_ids(builder()), post(builder())] {
        let State::Closed { by: ClosedBy::Fatal(error) } = source.state() else {
            panic!("{}", source.state())
        };
        assert_eq!(error.kind, ErrorKind::Overflow { capacity: None });
        assert_eq!(
            error.to_string(),
            "more waits unread than `queue` or `queued_bytes` allow, and what is not read could not be asked for again"
        );
        assert!(world.all(&mut source).len() >= 60);
        assert!(source.is_terminated());
    }
}

#[test]
fn close_ends_what_waits_for_a_reader() {
    let (world, source, request) = backlog(EventSource::builder("/events"), 500);
    source.close();
    assert!(request.is_aborted());
    drop(source);
    assert_eq!((world.live_count(), world.timer_count()), (0, 0));
}

#[test]
fn a_body_that_is_read_on_does_not_begin_anew() {
    let said = Log::default();
    let log = said.clone();
    let builder = EventSource::builder("/events").on_diagnostic(move |diagnostic, _| {
        log.borrow_mut().push(diagnostic.to_string());
    });
    let (world, mut source, request) = streaming(builder.queue(1, Overflow::Wait));
    request.send(events(1, 1));
    request.send(events(2, 2));
    request.send("{}\n");
    request.send(events(3, 3));
    assert_eq!(take(&world, &mut source, 3), ids(1, 3));
    // It was no first chunk, though the body was read on at it.
    assert_eq!(*said.borrow(), [] as [String; 0]);
}
