//! How a source begins: futures for its answer and its first event.

use std::future::Future;
use std::pin::{Pin, pin};

use everstream::Error;

use super::*;

/// What a future says now.
fn now<F: Future>(future: Pin<&mut F>, woken: &Arc<Woken>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&woken.clone().into()))
}

fn count(woken: &Woken) -> usize {
    woken.0.load(Ordering::Relaxed)
}

#[test]
fn the_answer_can_be_awaited() {
    let woken = Arc::new(Woken::default());
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    let mut opened = pin!(source.opened());
    assert!(now(opened.as_mut(), &woken).is_pending());
    // What is tried again is no error.
    world.request().expect("a request").fail();
    assert!(now(opened.as_mut(), &woken).is_pending());
    world.advance(ms(2_000));
    assert!(now(opened.as_mut(), &woken).is_pending());
    let before = count(&woken);
    world
        .request()
        .expect("a request")
        .answer(200, &[("content-type", "text/event-stream"), ("x-region", "eu")]);
    assert!(count(&woken) > before);
    let Poll::Ready(Ok(Some(response))) = now(opened.as_mut(), &woken) else { panic!("an answer") };
    assert_eq!((response.status, response.header("x-region")), (200, Some("eu")));
    // Whoever asks later is answered at once, also while it is not open, and after the end.
    world.freeze();
    assert!(matches!(now(pin!(source.opened()), &woken), Poll::Ready(Ok(Some(_)))));
    source.close();
    assert!(matches!(now(pin!(source.opened()), &woken), Poll::Ready(Ok(Some(_)))));
}

#[test]
fn an_answer_that_nobody_asked_about_in_time_counts_all_the_same() {
    let (_world, source, request) = streaming(EventSource::builder("/chat").method("POST"));
    let opened = source.opened();
    request.fail();
    assert!(matches!(source.state(), State::Closed { .. }));
    assert!(matches!(now(pin!(opened), &Arc::default()), Poll::Ready(Ok(Some(_)))));
}

#[test]
fn the_first_event_can_be_awaited_and_is_taken_from_nobody() {
    let woken = Arc::new(Woken::default());
    let (world, mut source, request) = streaming(EventSource::builder("/events").event_types(["tick"]));
    let (mut first, late) = (pin!(source.first()), source.first());
    drop(source.first());
    assert!(now(first.as_mut(), &woken).is_pending());
    request.send("event: other\ndata: 0\n\n");
    assert!(now(first.as_mut(), &woken).is_pending());
    let before = count(&woken);
    request.send("event: tick\nid: 1\ndata: 1\n\nevent: tick\ndata: 2\n\n");
    assert!(count(&woken) > before);
    let expected = Event { event_type: "tick".into(), data: "1".into(), last_event_id: "1".into() };
    assert_eq!(now(first, &woken), Poll::Ready(Ok(Some(expected.clone()))));
    // What came before the end counts, whenever it is asked about.
    assert_eq!(data(&world.all(&mut source)), ["1", "2"]);
    source.close();
    assert_eq!(now(pin!(late), &woken), Poll::Ready(Ok(Some(expected))));
    assert_eq!(now(pin!(source.first()), &woken), Poll::Ready(Ok(None)));
}

#[test]
fn a_function_for_events_has_the_first_one_as_well_and_may_close() {
    let (builder, seen) = noting(|_, source| source.close());
    let (_world, source, request) = streaming(builder);
    let first = source.first();
    request.send("data: 1\n\ndata: 2\n\n");
    let Poll::Ready(Ok(Some(event))) = now(pin!(first), &Arc::default()) else { panic!("an event") };
    assert_eq!((event.data.as_str(), seen.borrow().join(" ")), ("1", "1".to_owned()));
}

/// A waker that closes the source: executors may run whoever waits at once.
struct Closer(Handle);

#[test]
fn whoever_is_woken_may_close_before_the_reader_has_the_event() {
    thread_local!(static CLOSER: RefCell<Option<Closer>> = const { RefCell::new(None) });
    struct Now;
    impl Wake for Now {
        fn wake(self: Arc<Self>) {
            CLOSER.with_borrow(|closer| closer.as_ref().map(|closer| closer.0.close()));
        }
    }
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    CLOSER.set(Some(Closer(source.handle().clone())));
    let mut first = pin!(source.first());
    assert!(first.as_mut().poll(&mut Context::from_waker(&Arc::new(Now).into())).is_pending());
    request.send("data: 1\n\ndata: 2\n\n");
    assert!(matches!(now(first, &Arc::default()), Poll::Ready(Ok(Some(_)))));
    assert!(world.all(&mut source).is_empty() && source.is_terminated());
    CLOSER.take();
}

#[test]
fn what_closes_the_source_before_that_is_the_error() {
    let refused = |result: &Poll<Result<(), Error>>| match result {
        Poll::Ready(Err(error)) => error.status(),
        _ => None,
    };
    let woken = Arc::new(Woken::default());
    let world = World::new();
    let source = EventSource::builder("/nowhere").open_in(&world).expect("a source");
    let (mut opened, mut first) = (pin!(source.opened()), pin!(source.first()));
    assert!(now(opened.as_mut(), &woken).is_pending() && now(first.as_mut(), &woken).is_pending());
    world.request().expect("a request").respond(404, &[], "");
    assert_eq!(refused(&now(opened, &woken).map_ok(|_| ())), Some(404));
    assert_eq!(refused(&now(first, &woken).map_ok(|_| ())), Some(404));
    assert_eq!(refused(&now(pin!(source.opened()), &woken).map_ok(|_| ())), Some(404));
}

#[test]
fn an_end_without_an_error_is_none() {
    let woken = Arc::new(Woken::default());
    for end in [
        |world: &World, source: EventSource| {
            world.request().expect("a request").respond(204, &[], "");
            drop(source);
        },
        |_: &World, source: EventSource| source.close(),
        |_: &World, source: EventSource| drop(source),
    ] {
        let world = World::new();
        let source = EventSource::builder("/events").open_in(&world).expect("a source");
        let handle = source.handle().clone();
        let (mut opened, mut first) = (pin!(handle.opened()), pin!(handle.first()));
        assert!(now(first.as_mut(), &woken).is_pending() && now(opened.as_mut(), &woken).is_pending());
        end(&world, source);
        assert_eq!(now(opened, &woken), Poll::Ready(Ok(None)));
        assert_eq!(now(first, &woken), Poll::Ready(Ok(None)));
        assert_eq!(now(pin!(handle.first()), &woken), Poll::Ready(Ok(None)));
        assert_eq!((world.live_count(), world.timer_count()), (0, 0));
    }
}
