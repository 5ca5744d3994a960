//! What a handle counts, and what ends several sources at once.

use everstream::AbortHandle;

use super::*;

#[test]
fn a_source_counts_what_has_come() {
    let builder = EventSource::builder("/events").event_types(["tick"]).queue(1, Overflow::Latest);
    let (world, source, request) = streaming(builder);
    let expected = source.stats();
    assert_eq!((expected.connections, expected.events, expected.bytes), (1, 0, 0));
    let body = "event: tick\nid: 1\ndata: 1\n\nevent: tick\ndata: 2\n\nevent: other\ndata: 3\n\n: four\n\n";
    request.send(body);
    let heard = world.now();
    world.advance(ms(5));
    request.send(": five\n");
    request.fail();
    world.advance(ms(2_000));
    let stats = source.stats();
    assert_eq!((stats.connections, stats.events, stats.bytes), (2, 2, body.len() as u64 + 7));
    assert_eq!((stats.dropped, stats.last_event_at), (1, Some(heard)));
    let handle = source.handle().clone();
    source.close();
    assert_eq!(handle.stats(), stats, "they can be read after the end");
    drop(source);
    assert_eq!(handle.stats(), Stats::default());
}

#[test]
fn events_of_the_browsers_own_event_source_count_and_its_bytes_do_not() {
    let world = World::new();
    let builder = EventSource::builder("https://a.example/").event_types(["tick"]);
    let source = builder.open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.native_open();
    request.native_event("tick", "1", "");
    let stats = source.stats();
    assert_eq!((stats.connections, stats.events, stats.bytes), (1, 1, 0));
}

#[test]
fn one_handle_ends_all_sources_that_have_it() {
    let world = World::new();
    let abort = AbortHandle::new();
    let open = |abort: &AbortHandle| {
        EventSource::builder("/events").abort_handle(abort).open_in(&world).expect("a source")
    };
    let (first, mut second, other) = (open(&abort), open(&abort.clone()), open(&AbortHandle::new()));
    drop(open(&abort));
    world.request().expect("a request").accept();
    let request = world.request().expect("a request");
    request.accept();
    request.send(events(1, 2));
    abort.abort();
    for source in [&first, &second] {
        assert_eq!(source.state(), State::Closed { by: ClosedBy::User });
    }
    assert!(world.all(&mut second).is_empty(), "as close() does");
    assert_eq!((world.live_count(), other.state().name()), (1, "connecting"));
    // What is opened later does not begin.
    let count = world.request_count();
    let late = open(&abort);
    assert_eq!((late.state(), world.request_count()), (State::Closed { by: ClosedBy::User }, count));
    assert_eq!(world.page_listener_count(), 1);
    abort.abort();
}

#[test]
fn whoever_hears_of_the_end_may_abort_and_open() {
    let world = World::new();
    let abort = AbortHandle::new();
    let (inner, inside) = (abort.clone(), world.clone());
    let opened: Log<EventSource> = Log::default();
    let more = opened.clone();
    let source = EventSource::builder("/events")
        .abort_handle(&abort)
        .on_state(move |state, _| {
            if let State::Closed { .. } = state {
                inner.abort();
                let builder = EventSource::builder("/next").abort_handle(&inner);
                more.borrow_mut().push(builder.open_in(&inside).expect("a source"));
            }
        })
        .open_in(&world)
        .expect("a source");
    abort.abort();
    assert_eq!((source.state().name(), world.live_count()), ("closed", 0));
    assert_eq!(opened.borrow().iter().map(|source| source.state().name()).collect::<Vec<_>>(), ["closed"]);
}
