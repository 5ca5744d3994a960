//! The whole client, from the builder to the stream, in a scripted world: every race without a browser.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use everstream::testing::{Request, World};
use everstream::{
    Builder, Cause, ClosedBy, ErrorKind, Event, EventSource, Handle, Limits, Overflow, Policy, ResumeBy,
    State, Stats,
};
use futures_core::FusedStream;
use futures_util::StreamExt;

mod answers;
mod begins;
mod ends;
mod loops;
mod native;
mod providers;
mod steering;
mod watch;
mod whole;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A world with an open source.
fn streaming(builder: Builder) -> (World, EventSource, Request) {
    let world = World::new();
    let source = builder.open_in(&world).expect("options that work");
    let request = world.request().expect("a request");
    request.accept();
    (world, source, request)
}

fn events(from: u32, to: u32) -> String {
    (from..=to).map(|id| format!("id: {id}\ndata: {id}\n\n")).collect()
}

fn data(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.data.as_str()).collect()
}

/// A list that a listener fills and a test reads.
type Log<T> = Rc<RefCell<Vec<T>>>;

/// A builder whose listener notes the data of each event and then does something.
fn noting(act: impl Fn(&str, &Handle) + 'static) -> (Builder, Log<String>) {
    let seen = Log::default();
    let log = seen.clone();
    let builder = EventSource::builder("/events").on_event(move |event, source| {
        log.borrow_mut().push(event.data.to_owned());
        act(event.data, source);
    });
    (builder, seen)
}

#[test]
fn a_glob_import_shadows_nothing_of_the_language() {
    #[allow(unused_imports)]
    use everstream::*;
    assert_eq!(core::mem::size_of::<u8>(), 1);
}

#[test]
fn events_arrive_in_order_with_type_data_and_id() {
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    request.send("id: 7\nevent: tick\ndata: a\ndata: b\n\n");
    request.send("data: c\n\n");
    assert_eq!(
        world.all(&mut source),
        [
            Event { event_type: "tick".into(), data: "a\nb".into(), last_event_id: "7".into() },
            Event { event_type: "message".into(), data: "c".into(), last_event_id: "7".into() },
        ]
    );
    assert_eq!(source.last_event_id(), "7");
    assert_eq!(source.stats().last_event_at, Some(world.now()));
    assert_eq!(source.url().as_deref(), Some("/events"));
}

#[test]
fn a_cut_inside_an_event_loses_and_doubles_nothing() {
    let stream = "id: 1\ndata: 1\n\nid: 2\nevent: x\ndata: 2é\n\n".as_bytes();
    for cut in 0..=stream.len() {
        let (world, mut source, request) = streaming(EventSource::builder("/events"));
        request.send(&stream[..cut]);
        request.fail();
        world.advance(ms(2_000));
        let request = world.request().expect("a second request");
        let seen = request.last_event_id().map_or(0, |id| id.parse::<usize>().expect("a number"));
        request.accept();
        request.send([&b""[..], &stream[15..], stream][2 - seen.min(2)]);
        let all = world.all(&mut source);
        assert_eq!(data(&all), ["1", "2é"], "cut after {cut} bytes");
        assert_eq!(world.most_live(), 1);
    }
}

#[test]
fn an_event_without_an_id_keeps_the_place_also_after_a_reconnect() {
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    request.send("id: 7\ndata: a\n\n");
    request.fail();
    world.advance(ms(1_000));
    let request = world.request().expect("a request");
    request.accept();
    request.send("data: b\n\n");
    let ids: Vec<_> = world.all(&mut source).into_iter().map(|event| event.last_event_id).collect();
    assert_eq!((ids, source.last_event_id().as_str()), (vec!["7".into(), "7".into()], "7"));
}

#[test]
fn an_id_without_an_event_is_where_it_goes_on() {
    let (world, source, request) = streaming(EventSource::builder("/events"));
    request.send("id: 7\n\nid: 8\n");
    assert_eq!((source.last_event_id().as_str(), source.stats().last_event_at), ("7", None));
    request.end();
    world.advance(ms(1_000));
    assert_eq!(world.request().expect("a request").last_event_id().as_deref(), Some("7"));
}

#[test]
fn dropping_the_source_aborts_at_every_stage() {
    let world = World::new();
    drop(EventSource::builder("/events").open_in(&world));
    assert!(world.request().expect("a request").is_aborted());

    let (world, source, request) = streaming(EventSource::builder("/events"));
    drop(source);
    assert!(request.is_aborted());
    world.advance(ms(100_000));
    assert_eq!(world.request_count(), 1);

    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world);
    world.request().expect("a request").fail();
    assert_eq!(world.timer_count(), 1);
    drop(source);
    assert_eq!(world.timer_count(), 0);
}

#[test]
fn a_handle_outlives_its_source_harmlessly() {
    let (_world, source, _request) = streaming(EventSource::builder("/events"));
    let handle = source.handle().clone();
    drop(source);
    handle.reconnect();
    handle.pause();
    assert_eq!(handle.state(), State::Closed { by: ClosedBy::Dropped });
    assert_eq!((handle.last_event_id().as_str(), handle.url(), handle.stats()), ("", None, Stats::default()));
}

#[test]
fn a_listener_may_close() {
    let (builder, seen) = noting(|data, source| {
        if data == "2" {
            source.close();
        }
    });
    let (_world, source, request) = streaming(builder);
    request.send(events(1, 5));
    assert_eq!(*seen.borrow(), ["1", "2"]);
    assert!(request.is_aborted());
    assert_eq!(source.state(), State::Closed { by: ClosedBy::User });
}

#[test]
fn a_listener_may_reconnect_and_gets_the_rest_again_once() {
    let (builder, seen) = noting(|data, source| {
        if data == "2" {
            source.reconnect();
        }
    });
    let (world, _source, first) = streaming(builder);
    first.send(events(1, 5));
    assert!(first.is_aborted());
    let second = world.request().expect("a second request");
    assert_eq!(second.last_event_id().as_deref(), Some("2"));
    second.accept();
    second.send(events(3, 5));
    assert_eq!(*seen.borrow(), ["1", "2", "3", "4", "5"]);
    assert_eq!(world.most_live(), 1);
}

#[test]
fn what_is_left_of_a_chunk_does_not_get_into_the_next_connection() {
    let (builder, seen) = noting(|data, source| {
        if data == "1" {
            source.reconnect();
        }
    });
    let (world, _source, first) = streaming(builder);
    first.send("id: 1\ndata: 1\n\nid: 2\ndata: of the past");
    let second = world.request().expect("a second request");
    second.accept();
    second.send("id: 2\ndata: 2\n\n");
    assert_eq!(*seen.borrow(), ["1", "2"]);
}

#[test]
fn a_listener_that_closes_one_may_open_another_next() {
    let world = World::new();
    let (next, in_world) = (Rc::new(RefCell::new(None)), world.clone());
    let opened = next.clone();
    let source = EventSource::builder("/a").on_state(move |state, source| {
        if let State::Open { .. } = state {
            source.close();
            opened.replace(EventSource::builder("/b").open_in(&in_world).ok());
        }
    });
    let _source = source.open_in(&world).expect("options that work");
    world.request().expect("a request").accept();
    assert_eq!(world.request().expect("another").url(), "/b");
    assert_eq!((world.live_count(), world.most_live()), (1, 1));
}

#[test]
fn a_listener_may_pause_and_resume_in_one_breath() {
    let (builder, seen) = noting(|data, source| {
        if data == "1" {
            source.pause();
            source.resume();
            source.pause();
            source.resume();
        }
    });
    let (world, _source, first) = streaming(builder);
    first.send(events(1, 2));
    assert!(first.is_aborted());
    world.advance(ms(1_000));
    assert_eq!((world.live_count(), world.most_live()), (1, 1));
    let last = std::iter::from_fn(|| world.request()).last().expect("a request");
    last.accept();
    last.send(events(2, 2));
    assert_eq!(*seen.borrow(), ["1", "2"]);
}

#[test]
fn a_listener_may_pause_and_gets_the_rest_when_it_resumes() {
    let (builder, seen) = noting(|data, source| {
        if data == "2" {
            source.pause();
        }
    });
    let (world, source, first) = streaming(builder);
    first.send(events(1, 4));
    assert_eq!(*seen.borrow(), ["1", "2"]);
    source.resume();
    let second = world.request().expect("a request");
    assert_eq!(second.last_event_id().as_deref(), Some("2"));
    second.accept();
    second.send(events(3, 4));
    assert_eq!(*seen.borrow(), ["1", "2", "3", "4"]);
}

#[test]
fn what_a_state_listener_causes_is_told_after_what_caused_it() {
    let seen: Log<&str> = Log::default();
    let log = seen.clone();
    let builder = EventSource::builder("/events").on_state(move |state, source| {
        log.borrow_mut().push(state.name());
        if state.name() == "waiting" {
            source.reconnect();
        }
    });
    let (world, source, request) = streaming(builder);
    let mut states = source.states();
    request.fail();
    assert_eq!(*seen.borrow(), ["connecting", "open", "waiting", "connecting"]);
    let names: Vec<_> = world.all(&mut states).iter().map(State::name).collect();
    assert_eq!(names, ["open", "waiting", "connecting"]);
    assert_eq!((world.request_count(), world.timer_count()), (2, 1));
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn readers_are_woken() {
    let (_world, mut source, request) = streaming(EventSource::builder("/events"));
    let mut states = source.states();
    let woken = Arc::new(Woken::default());
    let waker = woken.clone().into();
    let mut context = Context::from_waker(&waker);
    let count = || woken.0.swap(0, Ordering::Relaxed);

    assert!(source.poll_next_unpin(&mut context).is_pending());
    request.send(events(1, 3));
    assert_eq!(count(), 1, "by an event");
    while source.poll_next_unpin(&mut context).is_ready() {}

    while states.poll_next_unpin(&mut context).is_ready() {}
    request.fail();
    assert_eq!(count(), 1, "by a change of state");
    while states.poll_next_unpin(&mut context).is_ready() {}

    source.close();
    assert_eq!(count(), 2, "both, by the end");
    assert!(matches!(source.poll_next_unpin(&mut context), Poll::Ready(None)));
}

#[test]
fn a_listener_may_drop_the_source() {
    let slot: Rc<RefCell<Option<EventSource>>> = Rc::default();
    let inner = slot.clone();
    let (builder, seen) = noting(move |_, _| drop(inner.take()));
    let (_world, source, request) = streaming(builder);
    slot.replace(Some(source));
    request.send(events(1, 3));
    assert_eq!(*seen.borrow(), ["1"]);
    assert!(request.is_aborted());
}

#[test]
fn what_a_listener_holds_is_freed_when_the_source_closes() {
    let held = Rc::new(());
    let (in_event, in_state, in_comment) = (held.clone(), held.clone(), held.clone());
    let builder = EventSource::builder("/events")
        .on_event(move |_, _| drop(in_event.clone()))
        .on_state(move |_, _| drop(in_state.clone()))
        .on_comment(move |_, _| drop(in_comment.clone()));
    let (_world, source, _request) = streaming(builder);
    assert_eq!(Rc::strong_count(&held), 4);
    source.close();
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn what_a_listener_holds_may_call_back_when_it_is_freed() {
    struct OnDrop(Rc<RefCell<Option<Handle>>>, Rc<Cell<bool>>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.borrow().as_ref().map(Handle::stats);
            self.0.borrow().as_ref().map(Handle::close);
            self.1.set(true);
        }
    }
    let (slot, freed): (Rc<RefCell<Option<Handle>>>, Rc<Cell<bool>>) = Default::default();
    let held = OnDrop(slot.clone(), freed.clone());
    let builder = EventSource::builder("/events").on_event(move |_, source| {
        let _held = &held;
        source.close();
    });
    let (_world, source, request) = streaming(builder);
    slot.replace(Some(source.handle().clone()));
    request.send("data: 1\n\n");
    assert!(freed.get());
}

#[test]
fn a_stream_of_states_that_starts_inside_a_listener_is_told_what_is_next() {
    let (slot, states): (Rc<RefCell<Option<EventSource>>>, Log<everstream::States>) = Default::default();
    let (inner, log) = (slot.clone(), states.clone());
    let world = World::new();
    let source = EventSource::builder("/events").on_state(move |state, handle| {
        if state.name() == "open" {
            handle.close();
            log.borrow_mut().extend(inner.borrow().as_ref().map(EventSource::states));
        }
    });
    slot.replace(Some(source.open_in(&world).expect("a source")));
    world.request().expect("a request").accept();
    let mut states = states.borrow_mut().pop().expect("states");
    let names: Vec<_> = world.all(&mut states).iter().map(State::name).collect();
    assert_eq!(names, ["open", "closed"]);
}

#[test]
fn a_state_listener_may_close_before_the_request_is_made() {
    let world = World::new();
    let source = EventSource::builder("/events").on_state(|_, source| source.close()).open_in(&world);
    assert_eq!(world.request_count(), 0);
    assert_eq!(source.expect("a source").state(), State::Closed { by: ClosedBy::User });
}

#[test]
fn comments_are_for_whoever_asks() {
    let seen: Log<String> = Log::default();
    let log = seen.clone();
    let builder = EventSource::builder("/events").on_comment(move |text, source| {
        log.borrow_mut().push(text.to_owned());
        source.close();
    });
    let (_world, source, request) = streaming(builder);
    request.send(":one\n:two\n");
    assert_eq!(*seen.borrow(), ["one"]);
    assert_eq!(source.state(), State::Closed { by: ClosedBy::User });
}

#[test]
fn a_comment_behind_a_reconnect_is_not_told() {
    let builder = EventSource::builder("/events")
        .on_event(|_, source| source.reconnect())
        .on_comment(|text, _| panic!("{text}"));
    let (world, _source, request) = streaming(builder);
    request.send("data: 1\n\n: of the past\n");
    assert_eq!(world.request_count(), 2);
}

#[test]
fn the_last_state_of_a_dropped_source_says_so() {
    let (world, source, _request) = streaming(EventSource::builder("/events"));
    let mut states = source.states();
    drop(source);
    assert_eq!(world.all(&mut states).pop(), Some(State::Closed { by: ClosedBy::Dropped }));
}

#[test]
fn states_come_as_a_stream_that_ends() {
    let (world, source, request) = streaming(EventSource::builder("/events"));
    let mut states = source.states();
    assert_eq!(world.all(&mut states).iter().map(State::name).collect::<Vec<_>>(), ["open"]);
    request.fail();
    world.advance(ms(1_000));
    source.close();
    let names: Vec<_> = world.all(&mut states).iter().map(State::name).collect();
    assert_eq!(names, ["waiting", "connecting", "closed"]);
    assert!(states.is_terminated());
    assert_eq!(world.next(&mut source.states()).map(|state| state.name()), Some("closed"));
}

#[test]
fn a_stream_of_states_that_nobody_reads_keeps_the_latest() {
    let (world, source, _request) = streaming(EventSource::builder("/events"));
    let mut states = source.states();
    for _ in 0..200 {
        source.pause();
        source.resume();
    }
    source.close();
    let kept = world.all(&mut states);
    assert_eq!((kept.len(), kept.last().map(State::name)), (64, Some("closed")));
}

#[test]
fn the_servers_retry_is_heard() {
    let (world, _source, request) = streaming(EventSource::builder("/events"));
    request.send("retry: 5000\n");
    request.end();
    world.advance(ms(4_999));
    assert_eq!(world.request_count(), 1);
    world.advance(ms(1));
    assert_eq!(world.request_count(), 2);
}

#[test]
fn a_refusal_says_why() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.respond(503, &[("retry-after", "7")], &"busy ".repeat(1_000));
    let State::Waiting { until, cause: Cause::Failed(error), .. } = source.state() else { panic!("waits") };
    assert_eq!(until.expect("a time") - world.now(), 7_000);
    assert_eq!((error.status(), error.will_retry), (Some(503), true));
    assert_eq!(error.retry_after(), Some(ms(7_000)));
    assert_eq!(error.body().map(str::len), Some(5_000));
    assert!(request.is_aborted());
}

#[test]
fn timers_do_not_go_by_the_clock_on_the_wall() {
    let world = World::new();
    let _source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.request().expect("a request").fail();
    world.set_clock(0);
    world.advance(ms(999));
    assert_eq!(world.request_count(), 1);
    world.advance(ms(1));
    assert_eq!((world.request_count(), world.now()), (2, 1_000));
}

#[test]
fn a_204_ends_the_stream() {
    let world = World::new();
    let mut source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.request().expect("a request").respond(204, &[], "");
    assert_eq!(world.next(&mut source), None);
    assert!(source.is_terminated());
    assert_eq!(source.state(), State::Closed { by: ClosedBy::Server });
}

#[test]
fn an_event_beyond_the_limit_closes_and_keeps_what_came_before() {
    let builder = EventSource::builder("/events").limits(Limits::default().event_bytes(100));
    let (world, mut source, request) = streaming(builder);
    request.send("data: ok\n\n");
    request.send(format!("data: {}\n\ndata: never\n\n", "x".repeat(200)));
    assert_eq!(data(&world.all(&mut source)), ["ok"]);
    let State::Closed { by: ClosedBy::Fatal(error) } = source.state() else { panic!("closed") };
    assert!(matches!(error.kind, ErrorKind::Limit(_)));
    assert!(request.is_aborted());
}

// The queue.

#[test]
fn one_chunk_overflows_no_queue_whose_reader_keeps_up() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").queue(2, Overflow::Error));
    for round in 0..3 {
        request.send(events(round * 100 + 1, round * 100 + 100));
        assert_eq!(world.all(&mut source).len(), 100);
    }
}

#[test]
fn a_reader_that_does_not_keep_up_is_told_and_still_reads_what_waits() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").queue(2, Overflow::Error));
    request.send(events(1, 3));
    request.send(events(4, 4));
    let State::Closed { by: ClosedBy::Fatal(error) } = source.state() else { panic!("closed") };
    assert_eq!(error.kind, ErrorKind::Overflow { capacity: Some(2) });
    assert_eq!(data(&world.all(&mut source)), ["1", "2", "3"]);
    assert_eq!(source.last_event_id(), "3", "where the next source would go on");
}

#[test]
fn the_latest_are_kept_where_that_is_asked_for() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").queue(2, Overflow::Latest));
    request.send(events(1, 5));
    request.send(events(6, 6));
    assert_eq!(data(&world.all(&mut source)), ["4", "5", "6"]);
    assert_eq!(source.stats().dropped, 3);
}

#[test]
fn the_oldest_are_kept_where_that_is_asked_for() {
    let (world, mut source, request) = streaming(EventSource::builder("/events").queue(2, Overflow::Oldest));
    request.send(events(1, 2));
    request.send(events(3, 5));
    assert_eq!(data(&world.all(&mut source)), ["1", "2"]);
    assert_eq!(source.stats().dropped, 3);
    request.send(events(6, 6));
    assert_eq!(data(&world.all(&mut source)), ["6"]);
}

// Providers.

#[test]
fn url_and_headers_are_asked_for_before_each_attempt() {
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    let builder = EventSource::builder_with(move |attempt| async move {
        Ok::<_, String>(format!("/events?attempt={}", attempt.number))
    })
    .header("X-Token", "stale")
    .header("x-tenant", "7")
    .headers_with(move |_| {
        counter.set(counter.get() + 1);
        let token = format!("token {}", counter.get());
        async move { Ok::<_, String>(vec![("x-token".into(), token)]) }
    });
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    assert_eq!(request.url(), "/events?attempt=1");
    assert_eq!(request.header("x-token").as_deref(), Some("token 1"), "it replaces the constant one");
    assert_eq!(request.header("x-tenant").as_deref(), Some("7"));
    request.respond(401, &[], "expired");
    let request = world.request().expect("a second request, at once");
    assert_eq!(request.header("x-token").as_deref(), Some("token 2"));
    assert_eq!(source.state().name(), "connecting");
    assert_eq!(count.get(), 2);
}

#[test]
fn a_provider_that_never_answers_is_dropped_with_the_source() {
    let held = Rc::new(());
    let inner = held.clone();
    let builder = EventSource::builder("/events").headers_with(move |_| {
        let held = inner.clone();
        async move {
            pending::<()>().await;
            drop(held);
            Ok::<_, String>(Vec::new())
        }
    });
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    assert_eq!(source.state(), State::Loading { attempt: 1 });
    assert_eq!(Rc::strong_count(&held), 3);
    source.close();
    assert_eq!(Rc::strong_count(&held), 1, "the future is gone, and the function, too");
    assert_eq!(world.request_count(), 0);
}

#[test]
fn a_provider_that_fails_is_a_failed_attempt() {
    let world = World::new();
    let source = EventSource::builder("/events")
        .headers_with(|_| async { Err("no token".to_owned()) })
        .open_in(&world)
        .expect("a source");
    world.advance(ms(0));
    let error = source.state().error().cloned().expect("an error");
    assert_eq!(error.to_string(), "the function for `headers` failed: no token");
    assert!(error.will_retry);
    assert_eq!(world.request_count(), 0);
}

#[test]
fn what_a_provider_says_is_checked() {
    let world = World::new();
    let source = EventSource::builder("/events")
        .headers_with(|_| async { Ok::<_, String>(vec![("x-token".into(), "two\nlines".into())]) })
        .open_in(&world)
        .expect("a source");
    assert_eq!(
        source.state().to_string(),
        "closed: `headers` has `x-token`, which must not contain NUL, CR or LF"
    );
    let source = EventSource::builder_with(|_| async { Ok::<_, String>("not a url".to_owned()) })
        .open_in(&world)
        .expect("a source");
    assert_eq!(source.state().to_string(), "closed: `url` is not a url");
    assert_eq!(world.request_count(), 0);
}

#[test]
fn a_provider_may_close_the_source_it_is_asked_for() {
    let world = World::new();
    let slot: Rc<RefCell<Option<Handle>>> = Rc::default();
    let inner = slot.clone();
    let source = EventSource::builder("/events")
        .headers_with(move |_| {
            if let Some(handle) = inner.take() {
                handle.close();
            }
            async { Ok::<_, String>(Vec::new()) }
        })
        .open_in(&world)
        .expect("a source");
    slot.replace(Some(source.handle().clone()));
    world.request().expect("a request").fail();
    world.advance(ms(1_000));
    assert_eq!(source.state(), State::Closed { by: ClosedBy::User });
    assert_eq!((world.request_count(), world.live_count()), (1, 0));
}

#[test]
fn what_functions_hold_is_freed_when_the_source_closes() {
    let held = Rc::new(());
    let (in_headers, in_judge) = (held.clone(), held.clone());
    let world = World::new();
    let source = EventSource::builder_with(|_| async { Ok::<_, String>("/events".to_owned()) })
        .headers_with(move |_| {
            let _held = &in_headers;
            async { Ok::<_, String>(Vec::new()) }
        })
        .retry_if(move |_| Rc::strong_count(&in_judge) > 0)
        .open_in(&world)
        .expect("a source");
    world.request().expect("a request").respond(204, &[], "");
    assert_eq!((source.state().name(), Rc::strong_count(&held)), ("closed", 1));
}

#[test]
fn the_standard_retries_no_status_whatever_a_function_would_say() {
    let world = World::new();
    let source = EventSource::builder("/events")
        .retry_if(|_| -> bool { panic!("asked") })
        .retry_as_standard()
        .open_in(&world)
        .expect("a source");
    world.request().expect("a request").respond(503, &[], "");
    assert_eq!(source.state().name(), "closed");
}

#[test]
fn the_place_can_be_told_by_query() {
    let world = World::new();
    let builder = EventSource::builder("/events").last_event_id("7");
    let _source = builder.resume_by(ResumeBy::Query).resume_query("after").open_in(&world);
    let request = world.request().expect("a request");
    assert_eq!(request.resume_query(), Some(("after".into(), "7".into())));
}

#[test]
fn a_function_decides_what_is_retried() {
    let world = World::new();
    let source = EventSource::builder("/events")
        .retry_if(|error| error.status() == Some(404))
        .open_in(&world)
        .expect("a source");
    world.request().expect("a request").respond(404, &[], "not yet");
    assert_eq!(source.state().name(), "waiting");
    world.advance(ms(1_000));
    world.request().expect("a request").respond(500, &[], "");
    assert_eq!(source.state().name(), "closed");
}

// The page.

#[test]
fn a_frozen_page_gets_a_new_stream_when_it_thaws() {
    let (world, mut source, request) = streaming(EventSource::builder("/events"));
    request.send(events(1, 1));
    world.freeze();
    assert!(request.is_aborted());
    assert_eq!(source.state().to_string(), "paused: frozen");
    world.advance(ms(3_600_000));
    assert_eq!(world.request_count(), 1);
    world.thaw();
    let request = world.request().expect("a request");
    assert_eq!(request.last_event_id().as_deref(), Some("1"));
    request.accept();
    request.send(events(2, 2));
    assert_eq!(data(&world.all(&mut source)), ["1", "2"]);
}

#[test]
fn a_page_in_the_cache_has_no_connection() {
    let (world, source, request) = streaming(EventSource::builder("/events"));
    world.leave();
    world.freeze();
    assert!(request.is_aborted());
    world.thaw();
    assert_eq!(source.state().to_string(), "paused: cached");
    world.come_back();
    assert_eq!((world.live_count(), world.most_live(), world.request_count()), (1, 1, 2));
}

#[test]
fn online_cuts_the_wait() {
    let world = World::new();
    let _source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.offline();
    world.request().expect("a request").fail();
    world.advance(ms(1_000));
    world.request().expect("a request").fail();
    world.advance(ms(1_000));
    assert_eq!(world.request_count(), 2, "the next one is due in another second");
    world.online();
    assert_eq!(world.request_count(), 3);
}

#[test]
fn a_page_that_has_closed_its_source_is_left_alone() {
    let (world, source, _request) = streaming(EventSource::builder("/events"));
    source.close();
    assert_eq!(world.page_listener_count(), 0);
    world.leave();
    world.come_back();
    world.online();
    assert_eq!(world.request_count(), 1);
}

// One-shot requests.

#[test]
fn a_post_is_complete_when_it_ends() {
    let builder = EventSource::builder("/chat").method("post").body("hello");
    let (world, mut source, request) = streaming(builder);
    assert_eq!((request.method(), request.body()), ("POST", Some(&b"hello"[..])));
    request.send("data: Hi\n\n");
    request.end();
    assert_eq!(data(&world.all(&mut source)), ["Hi"]);
    assert_eq!(source.state(), State::Closed { by: ClosedBy::Ended });
    world.advance(ms(100_000));
    assert_eq!(world.request_count(), 1);
}

#[test]
fn a_post_that_may_be_repeated_is() {
    let (world, source, request) = streaming(EventSource::builder("/query").method("POST").resend(true));
    request.fail();
    world.advance(ms(1_000));
    assert_eq!((source.state().name(), world.request_count()), ("connecting", 2));
}

#[test]
fn a_get_may_be_one_shot_and_a_post_may_go_on() {
    let (_world, source, request) = streaming(EventSource::builder("/once").close_on_end(true));
    request.end();
    assert_eq!(source.state(), State::Closed { by: ClosedBy::Ended });
    let (_world, source, request) =
        streaming(EventSource::builder("/live").method("POST").close_on_end(false));
    request.end();
    assert_eq!(source.state().name(), "waiting");
}

// Options.

#[test]
fn what_cannot_work_is_refused_by_name_before_anything_is_sent() {
    let get = || EventSource::builder("/events");
    let long = "x".repeat(5_000);
    let cases = [
        ("url", EventSource::builder("not a url")),
        ("headers", get().header("", "x")),
        ("headers", get().header("two words", "x")),
        ("headers", get().header("x", "a\0b")),
        ("headers", get().header("x", "a\rb")),
        ("headers", get().header("x", "€")),
        ("headers", get().header("Last-Event-ID", "1")),
        ("headers", get().header("Cookie", "a=b")),
        ("headers", get().header("Host", "x")),
        ("headers", get().header("sec-fetch-mode", "x")),
        ("headers", get().header("Proxy-Authorization", "x")),
        ("method", get().method("")),
        ("method", get().method("HEAD")),
        ("method", get().method("connect")),
        ("body", get().body("x")),
        ("last_event_id", get().last_event_id("a\0b")),
        ("last_event_id", get().last_event_id(long)),
        ("resume_query", get().resume_query("")),
        ("queue", get().queue(0, Overflow::Latest)),
        ("queued_bytes", get().queued_bytes(0)),
        ("retry.base", get().retry(Policy::default().base(Duration::from_nanos(999_999)))),
        ("retry.cap", get().retry(Policy::default().cap(ms(1)))),
    ];
    for (option, builder) in cases {
        let world = World::new();
        let error = builder.open_in(&world).err().expect(option);
        let ErrorKind::Option { name, .. } = &error.kind else { panic!("{error}") };
        assert_eq!((*name, error.will_retry), (option, false));
        assert_eq!(world.request_count(), 0);
    }
}

#[test]
fn a_header_is_set_once() {
    let (_world, _source, request) =
        streaming(EventSource::builder("/events").header("X-Tenant", "1").header("x-tenant", "2"));
    assert_eq!(request.header("X-TENANT").as_deref(), Some("2"));
}

#[test]
fn without_a_browser_there_is_nothing_to_open() {
    assert_eq!(EventSource::open("/events").err().expect("an error").kind, ErrorKind::Unsupported);
}

#[test]
fn errors_and_states_can_leave_the_thread() {
    fn leaves<T: Clone + Send + Sync + 'static>() {}
    leaves::<everstream::Error>();
    leaves::<State>();
    leaves::<Event>();
}

// Typed payloads.

#[test]
fn a_bad_payload_is_an_item_and_not_the_end() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Tick {
        price: u32,
    }
    let (world, source, request) = streaming(EventSource::builder("/ticks"));
    let mut ticks = source.json::<Tick>();
    request.send(
        "id: 1\ndata: {\"price\":1}\n\nid: 2\ndata: {\"price\":\"?\"}\n\nid: 3\ndata: {\"price\":3}\n\n",
    );
    let all = world.all(&mut ticks);
    assert_eq!(all.len(), 3);
    assert_eq!((&all[0], &all[2]), (&Ok(Tick { price: 1 }), &Ok(Tick { price: 3 })));
    let error = all[1].as_ref().expect_err("not a number");
    assert_eq!(error.event.last_event_id, "2");
    assert!(error.to_string().contains("`message`"), "{error}");
    assert_eq!((world.request_count(), ticks.source().state().name()), (1, "open"));
    ticks.source().close();
    assert!(ticks.is_terminated());
}
