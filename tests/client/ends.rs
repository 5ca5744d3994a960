//! How a source ended: the last item of a stream, and a future.

use std::future::Future;
use std::pin::pin;

use everstream::{ClosedBy, Error};

use super::*;

/// What comes of a source whose request is dealt with like this.
fn collected(builder: Builder, act: impl Fn(&World, &Request)) -> Vec<Result<String, Error>> {
    let world = World::new();
    let mut events = builder.open_in(&world).expect("options that work").try_stream();
    let request = world.request().expect("a request");
    act(&world, &request);
    let all = world.all(&mut events).into_iter().map(|item| item.map(|event| event.data)).collect();
    assert!(events.is_terminated() && matches!(events.source().state(), State::Closed { .. }));
    all
}

fn status(item: &Result<String, Error>) -> Result<&str, Option<u16>> {
    item.as_deref().map_err(Error::status)
}

#[test]
fn a_stream_of_results_ends_in_the_error_that_closed_the_source() {
    let refuse = |_: &World, request: &Request| request.respond(404, &[], "");
    let all = collected(EventSource::builder("/nowhere"), refuse);
    assert_eq!(all.iter().map(status).collect::<Vec<_>>(), [Err(Some(404))]);
    // Behind what waits; a function for events changes nothing about it.
    for (builder, expected) in [
        (EventSource::builder("/events"), vec![Ok("1"), Ok("2"), Err(None)]),
        (EventSource::builder("/events").on_event(|_, _| {}), vec![Err(None)]),
    ] {
        let all = collected(builder.method("POST"), |_, request| {
            request.accept();
            request.send(events(1, 2));
            request.fail();
        });
        assert_eq!(all.iter().map(status).collect::<Vec<_>>(), expected);
    }
    let none_left = Policy::default().max_retries(0);
    let all = collected(EventSource::builder("/events").retry(none_left), |_, request| request.fail());
    assert!(matches!(&all[..], [Err(Error { kind: ErrorKind::Network { .. }, will_retry: false, .. })]));
}

#[test]
fn an_end_that_is_no_error_ends_it_alone() {
    let gone = |_: &World, request: &Request| request.respond(204, &[], "");
    assert_eq!(collected(EventSource::builder("/events"), gone), []);
    let whole = |_: &World, request: &Request| {
        request.accept();
        request.send(events(1, 1));
        request.end();
    };
    assert_eq!(collected(EventSource::builder("/events").close_on_end(true), whole), [Ok("1".into())]);
    let none_left = Policy::default().max_retries(0);
    assert_eq!(collected(EventSource::builder("/events").retry(none_left), whole), [Ok("1".into())]);
}

#[test]
fn what_is_tried_again_is_no_error() {
    let (world, source, request) = streaming(EventSource::builder("/events"));
    let mut events = source.try_stream();
    request.fail();
    assert!(world.next(&mut events).is_none() && !events.is_terminated());
    events.source().close();
    assert!(world.next(&mut events).is_none() && events.is_terminated());
    drop(events);
    assert_eq!((world.live_count(), world.timer_count()), (0, 0));
}

/// What a future says now, and how often it has been woken.
fn polled<F: Future>(future: std::pin::Pin<&mut F>, woken: &Arc<Woken>) -> (Poll<F::Output>, usize) {
    let poll = future.poll(&mut Context::from_waker(&woken.clone().into()));
    (poll, woken.0.load(Ordering::Relaxed))
}

#[test]
fn the_end_can_be_awaited() {
    let woken = Arc::new(Woken::default());
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    let mut closed = pin!(source.closed());
    request.send(events(1, 1));
    request.fail();
    assert!(polled(closed.as_mut(), &woken).0.is_pending());
    let before = woken.0.load(Ordering::Relaxed);
    world.advance(ms(2_000));
    world.request().expect("a request").respond(403, &[], "");
    assert!(woken.0.load(Ordering::Relaxed) > before);
    let Poll::Ready(Err(error)) = polled(closed, &woken).0 else { panic!("an error") };
    assert_eq!((error.status(), error.will_retry), (Some(403), false));
    // What waits can still be read, and whoever asks later is answered at once.
    assert_eq!(polled(pin!(source.closed()), &woken).0, Poll::Ready(Err(error)));
    assert_eq!(data(&world.all(&mut source)), ["1"]);
}

#[test]
fn an_end_that_is_no_error_is_awaited_too() {
    let woken = Arc::new(Woken::default());
    let (_world, source, _request) = streaming(EventSource::builder("/events"));
    let handle = source.handle().clone();
    let (mut first, second) = (pin!(source.closed()), handle.closed());
    assert!(polled(first.as_mut(), &woken).0.is_pending());
    drop(source);
    assert_eq!(polled(first, &woken), (Poll::Ready(Ok(())), 1));
    assert_eq!(polled(pin!(second), &woken).0, Poll::Ready(Ok(())));
    assert_eq!(polled(pin!(handle.closed()), &woken).0, Poll::Ready(Ok(())));
    let (_world, source, _request) = streaming(EventSource::builder("/events"));
    source.close();
    assert_eq!(source.state(), State::Closed { by: ClosedBy::User });
    assert_eq!(polled(pin!(source.closed()), &woken).0, Poll::Ready(Ok(())));
}

#[test]
fn so_it_is_with_payloads() {
    use everstream::JsonError;
    let (world, source, request) = streaming(EventSource::builder("/ticks").method("POST"));
    let mut ticks = source.json::<u32>().try_stream();
    request.send("data: 1\n\ndata: {\n\ndata: 3\n\n");
    request.fail();
    let all = world.all(&mut ticks);
    let [Ok(1), Err(JsonError::Decode(decode)), Ok(3), Err(JsonError::Closed(error))] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!((decode.event.data.as_str(), error.kind.to_string()), ("{", error.to_string()));
    assert_eq!(error.kind, ErrorKind::Incomplete { body: None });
    assert!(ticks.is_terminated() && ticks.source().is_terminated());
}

#[test]
fn handles_are_equal_if_they_are_of_one_source() {
    let world = World::new();
    let one = EventSource::builder("/events").open_in(&world).expect("options that work");
    let other = EventSource::builder("/events").open_in(&world).expect("options that work");
    let handle = one.handle().clone();
    assert_eq!(&handle, one.handle());
    assert_ne!(&handle, other.handle());
    drop(one);
    assert_eq!(handle, handle.clone(), "also when that is gone");
    assert_eq!(format!("{handle:?}"), "Handle(Closed { by: Dropped })");
}
