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
    assert_eq!((source.last_event_id().as_str(), source.last_event_at()), ("0", Some(world.now())));
    assert_eq!(take(&world, &mut source, 2), [1, 2]);
    assert_eq!(source.last_event_id(), "2");
    request.fail();
    world.advance(2_000);
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
            world.advance(2_000);
            world.request().expect("a request").respond(status, &[], "");
        }
        assert_eq!((source.state().name(), source.last_event_id().as_str()), ("closed", ""));
        assert_eq!(take(&world, &mut source, 6), ids(1, 5));
        assert!(source.is_terminated() && source.last_event_id() == "5");
    }
}
