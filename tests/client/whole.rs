//! Whether an answer is whole: inside which event it ends, and which one it ends with.

use everstream::{ClosedBy, Unfinished, WhenHidden};

use super::*;

/// What was read of one answer, and the error at its end.
fn read(builder: Builder, act: impl Fn(&Request)) -> (Vec<String>, Option<ErrorKind>) {
    let (world, mut source, request) = streaming(builder.method("POST"));
    act(&request);
    let seen = world.all(&mut source).into_iter().map(|event| event.data).collect();
    assert!(source.is_terminated());
    (seen, source.state().error().map(|error| error.kind.clone()))
}

fn incomplete(body: Option<&str>) -> Option<ErrorKind> {
    Some(ErrorKind::Incomplete { body: body.map(Into::into) })
}

fn until_done(builder: Builder) -> Builder {
    builder.until(|event| event.data == "[DONE]")
}

#[test]
fn an_answer_that_ends_inside_an_event_is_incomplete_with_what_there_is_of_it() {
    for (rest, body) in [
        ("data: tw", "tw"),
        ("data: two\n", "two"),
        ("data: two\ndata: thr", "two\nthr"),
        ("id: 2\ndata", ""),
        ("data: two\nid: 2\nevent: x", "two"),
        ("data: tw\u{e9}\r", "tw\u{e9}"),
    ] {
        let (seen, error) = read(EventSource::builder("/chat").unfinished(Unfinished::Error), |request| {
            request.send(format!("data: 1\n\n{rest}"));
            request.end();
        });
        assert_eq!((seen, &error), (vec!["1".into()], &incomplete(Some(body))), "{rest:?}");
        assert_eq!(error.expect("one").to_string(), "the answer ended inside an event");
    }
    for rest in ["", ": comment", "id: 2\n", "id: 2", "retry: 5", "event: x\n", "d", "unknown: x"] {
        let (seen, error) = read(EventSource::builder("/chat").unfinished(Unfinished::Error), |request| {
            request.send(format!("data: 1\n\n{rest}"));
            request.end();
        });
        assert_eq!((seen, error), (vec!["1".into()], None), "{rest:?}");
    }
}

#[test]
fn what_is_unfinished_is_delivered_or_dropped_where_that_is_asked_for() {
    for (unfinished, seen, id) in
        [(Some(Unfinished::Deliver), "1 tw", "2"), (Some(Unfinished::Drop), "1", "1"), (None, "1", "1")]
    {
        let builder = EventSource::builder("/events").close_on_end(true);
        let (world, mut source, request) = streaming(match unfinished {
            Some(unfinished) => builder.unfinished(unfinished),
            None => builder,
        });
        request.send("id: 1\ndata: 1\n\nid: 2\ndata: tw");
        request.end();
        assert_eq!(data(&world.all(&mut source)).join(" "), seen);
        assert_eq!(
            (source.last_event_id().as_str(), source.state()),
            (id, State::Closed { by: ClosedBy::Ended })
        );
    }
}

#[test]
fn an_event_that_did_not_come_whole_moves_no_place() {
    for rest in ["id: 2\ndata: tw", "id: 6", "id: 6\nda", "retry: 60", "event: y\nid: 6"] {
        for unfinished in [Unfinished::Error, Unfinished::Deliver] {
            let is_delivered = unfinished == Unfinished::Deliver && rest.contains("data");
            let (world, mut source, request) =
                streaming(EventSource::builder("/events").unfinished(unfinished));
            request.send(format!("retry: 20000\nid: 1\ndata: 1\n\n{rest}"));
            request.end();
            let expected = if is_delivered { vec!["1", "tw"] } else { vec!["1"] };
            assert_eq!(data(&world.all(&mut source)), expected, "{rest:?}");
            let State::Waiting { until: Some(until), cause, .. } = source.state() else { panic!("waiting") };
            assert_eq!(until - world.now(), 20_000, "{rest:?}");
            let failed = unfinished == Unfinished::Error && rest.contains("data");
            assert_eq!(matches!(cause, Cause::Failed(_)), failed, "{rest:?}");
            world.advance(ms(20_000));
            let id = world.request().expect("a request").last_event_id();
            assert_eq!(id.as_deref(), Some(if is_delivered { "2" } else { "1" }), "{rest:?}");
        }
    }
}

#[test]
fn an_event_says_what_makes_it_whole() {
    let early = read(until_done(EventSource::builder("/chat")), |request| {
        request.send("data: half\n\n");
        request.end();
    });
    assert_eq!(early, (vec!["half".into()], incomplete(None)));
    // Reading goes on behind it, to the server's end or a cut.
    for end in [Request::end, Request::fail] {
        let whole = read(until_done(EventSource::builder("/chat")), |request| {
            request.send("data: all\n\ndata: [DONE]\n\n");
            request.send("data: usage\n\n");
            assert!(!request.is_aborted());
            end(request);
        });
        assert_eq!(whole, (vec!["all".into(), "[DONE]".into(), "usage".into()], None));
    }
    let (_, error) = read(until_done(EventSource::builder("/chat")), |request| {
        request.send("data: half\n\n");
        request.fail();
    });
    assert_eq!(error, incomplete(None));
}

#[test]
fn every_event_is_asked_about_also_one_that_is_not_heard_and_one_that_comes_last() {
    let builder =
        EventSource::builder("/chat").event_types(["message"]).until(|event| event.event_type == "stop");
    let whole = read(builder, |request| {
        request.send("data: 1\n\nevent: stop\ndata\n\n");
        request.end();
    });
    assert_eq!(whole, (vec!["1".into()], None));
    let builder = until_done(EventSource::builder("/chat")).unfinished(Unfinished::Deliver);
    let whole = read(builder, |request| {
        request.send("data: 1\n\ndata: [DONE]");
        request.end();
    });
    assert_eq!(whole, (vec!["1".into(), "[DONE]".into()], None));
}

#[test]
fn the_function_that_is_asked_may_close_and_may_begin_anew() {
    for does in [Handle::close, Handle::reconnect] {
        let source: Rc<RefCell<Option<EventSource>>> = Rc::default();
        let held = source.clone();
        let (builder, seen) = noting(|_, _| {});
        let builder = builder.until(move |_| {
            if let Some(source) = &*held.borrow() {
                does(source.handle());
            }
            true
        });
        let (world, opened, request) = streaming(builder);
        source.replace(Some(opened));
        request.send("data: 1\n\ndata: 2\n\n");
        assert!(seen.borrow().is_empty() && request.is_aborted() && world.most_live() == 1);
        drop(source.take());
    }
}

#[test]
fn a_source_that_goes_on_needs_one_in_each_answer_and_one_answer_stays_complete() {
    let (world, source, request) = streaming(until_done(EventSource::builder("/events")));
    request.send("id: 1\ndata: [DONE]\n\n");
    request.end();
    assert!(matches!(source.state(), State::Waiting { cause: Cause::Ended, .. }));
    world.advance(ms(2_000));
    world.request().expect("a request").fail();
    assert!(
        matches!(source.state(), State::Waiting { cause: Cause::Failed(_), .. }),
        "no answer is no whole one"
    );
    world.advance(ms(5_000));
    let request = world.request().expect("a request");
    request.accept();
    request.end();
    assert_eq!(source.state().error().map(|error| error.kind.clone()), incomplete(None));

    let (world, source, request) = streaming(until_done(EventSource::builder("/events")).close_on_end(true));
    request.send("id: 1\ndata: [DONE]\n\n");
    world.freeze();
    world.thaw();
    let request = world.request().expect("a request");
    request.accept();
    request.end();
    assert_eq!(source.state(), State::Closed { by: ClosedBy::Ended });
}

#[test]
fn what_is_delivered_at_the_end_is_not_too_much_for_a_reader_that_is_behind() {
    let builder = EventSource::builder("/chat").queue(2, Overflow::Error).unfinished(Unfinished::Deliver);
    let (seen, error) = read(builder, |request| {
        request.send("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5");
        request.end();
    });
    assert_eq!((seen.join(" ").as_str(), error), ("1 2 3 4 5", None));
}

#[test]
fn the_browsers_own_event_source_knows_nothing_of_that() {
    use everstream::TransportChoice;
    let native = || EventSource::builder("https://a.example/").transport(TransportChoice::EventSource);
    for (builder, option) in
        [(until_done(native()), "until"), (native().unfinished(Unfinished::Deliver), "unfinished")]
    {
        let refused = builder.open_in(&World::new()).err().expect("an error").to_string();
        assert_eq!(refused, format!("`transport` is EventSource, which cannot do `{option}`"));
    }
}

/// A builder whose `until` does something with the source, and what waits for the source.
fn meddling(act: impl Fn(&str, &Handle) + 'static) -> (Builder, Log<String>, Rc<RefCell<Option<Handle>>>) {
    let source: Rc<RefCell<Option<Handle>>> = Rc::default();
    let inside = source.clone();
    let (builder, seen) = noting(|_, _| ());
    let builder = builder.until(move |event| {
        let source = inside.borrow().clone();
        act(event.data, &source.expect("opened"));
        event.data == "2"
    });
    (builder, seen, source)
}

#[test]
fn an_event_that_is_asked_about_is_not_lost_whatever_the_function_does() {
    for act in [Handle::reconnect, |source: &Handle| {
        source.pause();
        source.resume();
    }] {
        let once = Cell::new(true);
        let (builder, seen, handle) = meddling(move |data, source| {
            if data == "2" && once.take() {
                act(source);
            }
        });
        let world = World::new();
        let source = builder.open_in(&world).expect("options that work");
        handle.replace(Some(source.handle().clone()));
        let request = world.request().expect("a request");
        request.accept();
        request.send(events(1, 3));
        let request = world.request().expect("another");
        assert_eq!((seen.take().join(" "), request.last_event_id().as_deref()), ("1".into(), Some("1")));
        request.accept();
        request.send(events(2, 3));
        assert_eq!(seen.take(), ["2", "3"]);
        assert_eq!((source.stats().events, world.most_live()), (3, 1));
    }
}

#[test]
fn nothing_is_asked_of_a_connection_that_is_gone() {
    let asked: Log<String> = Log::default();
    let log = asked.clone();
    let (builder, seen) = noting(|_, source| source.reconnect());
    let builder = builder.until(move |event| {
        log.borrow_mut().push(event.data.to_owned());
        false
    });
    let (_world, _source, request) = streaming(builder);
    request.send(events(1, 3));
    assert_eq!((asked.take(), seen.take()), (vec!["1".to_owned()], vec!["1".to_owned()]));
}

#[test]
fn an_event_that_is_closed_before_moves_no_place() {
    let (builder, seen, handle) = meddling(|data, source| {
        if data == "2" {
            source.close();
        }
    });
    let (_world, source, request) = streaming(builder);
    handle.replace(Some(source.handle().clone()));
    request.send(events(1, 3));
    assert_eq!((seen.take(), source.last_event_id()), (vec!["1".to_owned()], "1".to_owned()));
}

#[test]
fn an_event_that_makes_it_whole_is_not_lost_in_a_page_whose_timers_are_late() {
    let (builder, seen) = noting(|_, _| ());
    let (world, source, request) =
        streaming(until_done(builder).when_hidden(WhenHidden::Pause).hidden_grace(ms(1_000)));
    world.hide();
    world.set_clock(world.now() + 5_000);
    request.send("id: 1\ndata: [DONE]\n\nid: 2\ndata: 2\n\n");
    assert_eq!(source.state().name(), "paused");
    world.show();
    let request = world.request().expect("another");
    assert_eq!((seen.take().join(" "), request.last_event_id().as_deref()), ("[DONE]".into(), Some("1")));
}
