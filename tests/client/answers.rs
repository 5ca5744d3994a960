//! What becomes of an answer: accepted, refused, kept.

use super::*;
use everstream::{Transport, TransportChoice, TransportReason};

fn error_of(source: &EventSource) -> everstream::Error {
    source.state().error().cloned().expect("an error")
}

// The body of an error.

#[test]
fn the_body_of_a_refusal_is_kept_up_to_64_kib() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.respond(404, &[], &"é".repeat(40_000));
    let error = error_of(&source);
    assert_eq!(error.body(), Some("é".repeat(32_768).as_str()));
    assert!(request.is_aborted());
}

#[test]
fn the_body_of_a_refusal_is_cut_between_characters() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.request().expect("a request").respond(404, &[], &format!("{}é", "x".repeat(65_535)));
    let error = source.state().error().cloned().expect("an error");
    assert_eq!(error.body().map(str::len), Some(65_535));
}

#[test]
fn how_much_of_it_is_kept_can_be_set() {
    for (bytes, kept) in [(100_000, "x".repeat(90_000)), (3, "xxx".into()), (0, String::new())] {
        let world = World::new();
        let builder = EventSource::builder("/events").error_body_bytes(bytes);
        let source = builder.open_in(&world).expect("a source");
        world.request().expect("a request").respond(404, &[], &"x".repeat(90_000));
        assert_eq!(error_of(&source).body(), Some(kept.as_str()));
    }
}

#[test]
fn of_a_body_that_does_not_end_what_came_in_time_is_kept() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.answer(403, &[("content-type", "text/html")]);
    request.send("<h1>Log");
    world.advance(ms(999));
    request.send(" in: \u{e9}".as_bytes());
    request.send(&"é".as_bytes()[..1]);
    assert_eq!(source.state().name(), "connecting");
    world.advance(ms(1));
    assert_eq!(error_of(&source).body(), Some("<h1>Log in: é"));
    assert!(request.is_aborted());
    assert_eq!(world.timer_count(), 0);
}

#[test]
fn a_body_that_breaks_off_is_kept_as_far_as_it_came() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.answer(500, &[]);
    request.send("Traceback");
    request.fail();
    assert_eq!((source.state().name(), error_of(&source).body()), ("waiting", Some("Traceback")));
}

#[test]
fn the_body_of_one_refusal_is_not_in_the_next() {
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.answer(500, &[]);
    request.send("the first");
    world.advance(ms(2_000));
    world.request().expect("a second request").respond(500, &[], "the second");
    assert_eq!(error_of(&source).body(), Some("the second"));
    world.advance(ms(4_000));
    world.request().expect("a third request").respond(500, &[], "");
    assert_eq!(error_of(&source).body(), Some(""));
}

#[test]
fn the_body_of_an_error_is_parsed() {
    #[derive(serde::Deserialize)]
    struct Problem<'a> {
        title: &'a str,
    }
    let world = World::new();
    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.request().expect("a request").respond(404, &[], r#"{"title":"no such feed"}"#);
    let error = error_of(&source);
    assert_eq!(error.json::<Problem<'_>>().expect("a problem").title, "no such feed");
    assert!(error.json::<u32>().expect_err("no number").is_data());
    assert_eq!(error.to_string(), "the server answered with status 404");

    let source = EventSource::builder("/events").error_body_bytes(9).open_in(&world).expect("a source");
    world.request().expect("a request").respond(404, &[], r#"{"title":"no such feed"}"#);
    assert!(error_of(&source).json::<Problem<'_>>().is_err_and(|error| error.is_eof()), "it is cut");

    let source = EventSource::builder("/events").open_in(&world).expect("a source");
    world.request().expect("a request").fail();
    assert!(error_of(&source).json::<u32>().is_err(), "there is none");
}

// The answer itself.

#[test]
fn a_listener_that_hears_of_the_stream_sees_its_answer() {
    let seen = Log::default();
    let log = seen.clone();
    let builder = EventSource::builder("/events").on_state(move |state, source| {
        log.borrow_mut().push((state.name(), source.response().map(|response| response.status)));
    });
    let (world, source, request) = streaming(builder);
    assert_eq!(*seen.borrow(), [("connecting", None), ("open", Some(200))]);
    let response = source.response().expect("an answer");
    assert_eq!(
        (response.url.as_str(), response.header("Content-Type")),
        ("/events", Some("text/event-stream"))
    );
    assert!(!response.redirected);

    request.fail();
    world.advance(ms(1_000));
    let refusal = [("WWW-Authenticate", "Bearer"), ("retry-after-ms", "70000")];
    world.request().expect("a request").respond(503, &refusal, "busy");
    let error = error_of(&source);
    let refused = error.response().expect("a refusal");
    assert_eq!((refused.status, refused.header("www-authenticate")), (503, Some("Bearer")));
    assert_eq!(
        source.response().expect("the stream's answer").status,
        200,
        "that of the last stream is kept"
    );
    let State::Waiting { until, .. } = source.state() else { panic!("{}", source.state()) };
    assert_eq!(until, Some(world.now() + 70_000), "milliseconds are read, too");
}

#[test]
fn of_the_native_one_there_is_the_url() {
    let world = World::new();
    let builder = EventSource::builder("https://a.example/").event_types(["message"]);
    let source = builder.open_in(&world).expect("a source");
    world.request().expect("a request").native_open();
    let response = source.response().expect("an answer");
    assert_eq!(
        (response.url.as_str(), response.status, response.headers.len()),
        ("https://a.example/", 200, 0)
    );
}

// Answers that are no event streams, and are read all the same.

/// A world in which the first request was answered, and what the function for `accept` was asked about.
fn answered(
    status: u16,
    content_type: &str,
    verdict: bool,
) -> (World, EventSource, Request, Log<(u16, String)>) {
    let asked = Log::default();
    let log = asked.clone();
    let builder = EventSource::builder("/events").accept(move |response| {
        let found = response.header("content-type").unwrap_or("none").to_owned();
        log.borrow_mut().push((response.status, found));
        verdict && response.url == "/events"
    });
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    let headers = [("content-type", content_type)];
    request.answer(status, if content_type.is_empty() { &[] } else { &headers });
    (world, source, request, asked)
}

#[test]
fn an_answer_of_another_type_or_status_is_a_stream_if_the_user_says_so() {
    for (status, content_type) in
        [(200, "text/plain"), (200, ""), (201, "text/event-stream"), (202, "text/html"), (299, "")]
    {
        let (world, mut source, request, asked) = answered(status, content_type, true);
        assert_eq!(source.state().name(), "open", "{status} {content_type}");
        let found = if content_type.is_empty() { "none" } else { content_type };
        assert_eq!(*asked.borrow(), [(status, found.to_owned())]);
        assert_eq!(source.response().map(|response| response.status), Some(status));
        request.send("id: 1\ndata: 1\n\n");
        assert_eq!(data(&world.all(&mut source)), ["1"]);

        let (_world, source, _request, asked) = answered(status, content_type, false);
        assert_eq!(
            (source.state().name(), asked.borrow().len()),
            ("connecting", 1),
            "its body is read for the error"
        );
    }
}

#[test]
fn nobody_is_asked_about_a_stream_an_end_or_a_refusal() {
    for (status, content_type, state) in [
        (200, "Text/Event-Stream; charset=utf-8", "open"),
        (204, "text/plain", "closed"),
        (304, "text/plain", "connecting"),
        (404, "text/event-stream", "connecting"),
        (503, "", "connecting"),
    ] {
        let (_world, source, _request, asked) = answered(status, content_type, true);
        assert_eq!((source.state().name(), asked.borrow().len()), (state, 0), "{status}");
    }
}

#[test]
fn an_accepted_answer_needs_a_body() {
    let world = World::new();
    let source = EventSource::builder("/events").accept(|_| true).open_in(&world).expect("a source");
    world.request().expect("a request").respond(200, &[], "");
    assert_eq!(source.state().error().map(|error| &error.kind), Some(&ErrorKind::NoBody));
}

#[test]
fn whoever_is_asked_may_close_the_source() {
    let world = World::new();
    let slot: Rc<RefCell<Option<EventSource>>> = Rc::default();
    let inner = slot.clone();
    let builder = EventSource::builder("/events").accept(move |_| {
        drop(inner.take());
        true
    });
    let source = builder.open_in(&world).expect("a source");
    let handle = source.handle().clone();
    slot.replace(Some(source));
    let request = world.request().expect("a request");
    request.answer(200, &[]);
    request.send("data: 1\n\n");
    assert_eq!((handle.state(), request.is_aborted()), (State::Closed { by: ClosedBy::Dropped }, true));
}

#[test]
fn what_decides_on_answers_rules_the_native_one_out() {
    let world = World::new();
    let builder = || EventSource::builder("https://a.example/").event_types(["message"]).accept(|_| true);
    let source = builder().open_in(&world).expect("a source");
    assert_eq!(source.transport(), Some((Transport::Fetch, TransportReason::Needs("accept"))));
    let error = builder().transport(TransportChoice::EventSource).open_in(&world).err().expect("refused");
    assert_eq!(error.to_string(), "`transport` is EventSource, which cannot do `accept`");
}

#[test]
fn a_function_may_say_how_long_to_wait() {
    use everstream::Judgement;
    let builder =
        EventSource::builder("/events").retry_if(|_| Judgement::RetryAfter(Duration::from_micros(7_000_999)));
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    world.request().expect("a request").fail();
    let State::Waiting { until: Some(until), .. } = source.state() else { panic!("waiting") };
    assert_eq!(until - world.now(), 7_000);
}

#[test]
fn an_answer_may_come_from_elsewhere_and_a_failure_has_words() {
    let world = World::new();
    let source = EventSource::builder("/events").retry_if(|_| true).open_in(&world).expect("a source");
    let request = world.request().expect("a request");
    request.redirect("/login");
    request.status_text("Forbidden");
    request.respond(403, &[], "");
    let error = source.state().error().cloned().expect("an error");
    assert_eq!(error.to_string(), "the server answered with status 403 (Forbidden), at /login");
    assert_eq!(source.url().as_deref(), Some("/login"));
    world.advance(ms(2_000));
    // It goes for one request alone.
    let request = world.request().expect("a request");
    assert_eq!(request.url(), "/events");
    request.fail_with("Load failed");
    assert_eq!(source.state().to_string(), "waiting for attempt 3: the connection failed: Load failed");
    world.advance(ms(5_000));
    let request = world.request().expect("a request");
    request.redirect("/eu/events");
    request.answer(200, &[("content-type", "text/event-stream"), ("X-Region", "eu")]);
    let response = source.response().expect("an answer");
    assert_eq!((response.url.as_str(), response.redirected, response.status), ("/eu/events", true, 200));
    assert_eq!((response.status_text.as_str(), response.header("x-region")), ("", Some("eu")));
    request.fail_with("network error");
    assert!(source.state().to_string().ends_with("the connection failed: network error"));
}
