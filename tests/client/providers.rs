//! What functions for url, headers and body are told.

use super::*;
use everstream::{Attempt, Headers};

/// A builder whose function for headers notes what it is told.
fn told(builder: Builder) -> (Builder, Log<Attempt>) {
    let seen = Log::default();
    let log = seen.clone();
    let builder = builder.headers_with(move |attempt| {
        log.borrow_mut().push(attempt);
        async { Ok::<_, String>(Headers::new()) }
    });
    (builder, seen)
}

#[test]
fn functions_are_told_what_went_wrong_and_how_often_the_server_has_refused() {
    let (builder, seen) = told(EventSource::builder("/events").retry_if(|_| true));
    let world = World::new();
    let _source = builder.open_in(&world).expect("a source");
    let refuse = |status: u16, body: &str| {
        world.request().expect("a request").respond(status, &[("x-reason", "token")], body);
        world.advance(ms(60_000));
    };
    refuse(403, "expired");
    refuse(498, "");
    // A 401 is asked about at once, and nothing is announced of it.
    refuse(401, "who?");
    world.request().expect("a request").fail();
    world.advance(ms(60_000));
    world.request().expect("a request").accept();
    world.advance(ms(10_000));
    let request = world.request();
    assert!(request.is_none(), "it is open");
    let seen = seen.take();
    let whats = seen.iter().map(|attempt| {
        let error = attempt.error.as_ref();
        let status = error.and_then(everstream::Error::status);
        (status, error.and_then(everstream::Error::body), attempt.refusals, attempt.unauthorized)
    });
    assert_eq!(
        whats.collect::<Vec<_>>(),
        [
            (None, None, 0, false),
            (Some(403), Some("expired"), 1, false),
            (Some(498), Some(""), 2, false),
            (Some(401), Some("who?"), 3, true),
            (None, None, 3, false),
        ]
    );
    let refused = seen[3].error.as_ref().and_then(everstream::Error::response).expect("a refusal");
    assert_eq!((refused.status, refused.header("x-reason")), (401, Some("token")));
    assert!(seen[4].error.as_ref().is_some_and(|error| matches!(error.kind, ErrorKind::Network { .. })));
}

#[test]
fn what_went_wrong_is_forgotten_once_a_stream_is_open() {
    let (builder, seen) = told(EventSource::builder("/events"));
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    world.request().expect("a request").respond(503, &[], "busy");
    world.advance(ms(1_000));
    let request = world.request().expect("a request");
    request.accept();
    source.reconnect();
    world.request().expect("a third request");
    let told: Vec<_> =
        seen.take().into_iter().map(|attempt| (attempt.error.is_some(), attempt.refusals)).collect();
    assert_eq!(told, [(false, 0), (true, 1), (false, 0)]);
}

#[test]
fn what_the_user_judges_is_told_as_well() {
    let (builder, seen) = told(EventSource::builder("/events").retry_if(|error| error.status() == Some(404)));
    let world = World::new();
    let _source = builder.open_in(&world).expect("a source");
    world.request().expect("a request").respond(404, &[], "not yet");
    world.advance(ms(1_000));
    world.request().expect("a request");
    assert_eq!(seen.borrow()[1].error.as_ref().and_then(everstream::Error::body), Some("not yet"));
}

#[test]
fn all_attempts_of_a_source_have_one_id_and_no_other_source_has_it() {
    let world = World::new();
    let ids = |random| {
        world.set_random(random);
        let (builder, seen) = told(EventSource::builder("/events"));
        let source = builder.open_in(&world).expect("a source");
        for _ in 0..3 {
            world.request().expect("a request").fail();
            world.set_random(0.0);
            world.advance(ms(60_000));
        }
        drop(source);
        assert!(world.request().expect("the last").is_aborted());
        let ids: Vec<_> = seen.take().into_iter().map(|attempt| attempt.id).collect();
        assert_eq!(ids, vec![ids[0].clone(); 4]);
        ids[0].clone()
    };
    let (one, other) = (ids(0.25), ids(0.250_000_001));
    assert_ne!(one, other);
    assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()) && one.len() > 15, "{one} fits a header");
}

#[test]
fn the_body_may_be_asked_for_before_each_attempt() {
    let world = World::new();
    let source = EventSource::builder("/chat")
        .method("POST")
        .body("not this one")
        .body_with(|attempt| async move { Ok::<_, String>(format!("try {}", attempt.refusals).into_bytes()) })
        .open_in(&world)
        .expect("a source");
    let request = world.request().expect("a request");
    assert_eq!((request.body(), source.state().name()), (Some(&b"try 0"[..]), "connecting"));
    request.respond(401, &[], "");
    let request = world.request().expect("a second one, at once");
    assert_eq!(request.body(), Some(&b"try 1"[..]));

    let builder = EventSource::builder("/chat").method("POST");
    let failing =
        builder.body_with(|_| async { Err("no key".to_owned()) }).open_in(&world).expect("a source");
    world.advance(ms(0));
    let error = failing.state().error().cloned().expect("an error");
    assert_eq!(error.to_string(), "the function for `body` failed: no key");

    let get =
        EventSource::builder("/chat").body_with(|_| async { Ok::<_, String>(Vec::new()) }).open_in(&world);
    assert_eq!(get.err().expect("refused").to_string(), "`body` needs a method that has one, such as POST");
}

#[test]
fn a_server_that_forgets_its_sessions_is_logged_in_to_again_and_again() {
    let (builder, seen) = told(EventSource::builder("/events"));
    let world = World::new();
    let source = builder.open_in(&world).expect("a source");
    for _ in 0..3 {
        world.request().expect("a request").respond(401, &[], "");
        let request = world.request().expect("a second one, at once");
        request.accept();
        world.advance(ms(3_000));
        request.fail();
        world.advance(ms(30_000));
    }
    assert_eq!(source.state().name(), "connecting");
    let unauthorized: Vec<_> = seen.take().into_iter().map(|attempt| attempt.unauthorized).collect();
    assert_eq!(unauthorized, [false, true, false, true, false, true, false]);
}

#[test]
fn a_function_that_never_answers_is_worth_a_word() {
    let said = Log::default();
    let log = said.clone();
    let world = World::new();
    let source = EventSource::builder("/events")
        .headers_with(|_| pending::<Result<Headers, String>>())
        .on_diagnostic(move |diagnostic, _| log.borrow_mut().push(diagnostic.to_string()))
        .open_in(&world)
        .expect("a source");
    world.advance(ms(60_000));
    let expected = "a function for url, headers or body has not answered for 10000 ms";
    assert_eq!((source.state().name(), said.borrow().as_slice()), ("loading", &[expected.to_owned()][..]));
    drop(source);
    assert_eq!(world.timer_count(), 0);
}

#[test]
fn a_function_that_takes_too_long_is_let_go_and_asked_again() {
    struct Asked(Log<&'static str>);
    impl Drop for Asked {
        fn drop(&mut self) {
            self.0.borrow_mut().push("let go");
        }
    }
    let said = Log::default();
    let log = said.clone();
    let world = World::new();
    let source = EventSource::builder("/events")
        .headers_with(move |_| {
            log.borrow_mut().push("asked");
            let asked = Asked(log.clone());
            async move {
                let _asked = asked;
                pending::<Result<Headers, String>>().await
            }
        })
        .prepare_timeout(ms(5_000))
        .open_in(&world)
        .expect("a source");
    world.advance(ms(5_000));
    let error = source.state().error().expect("an error").to_string();
    assert_eq!(
        error,
        "a function for url, headers or body failed: no answer for as long as `prepare_timeout` says"
    );
    assert_eq!(said.take(), ["asked", "let go"]);
    world.advance(ms(1_000));
    assert_eq!(said.take(), ["asked"]);
    drop(source);
    assert_eq!((said.take(), world.timer_count()), (vec!["let go"], 0));
}

#[test]
fn any_error_that_has_words_is_told() {
    let world = World::new();
    let number = |_| async { "x".parse::<u8>().map(|byte| vec![byte]) };
    let url = |_| async { Err(std::fmt::Error) };
    let headers = |_| async { Err(everstream::Error::clone(&refusal())) };
    for (builder, option, words) in [
        (
            EventSource::builder("/chat").method("POST").body_with(number),
            "body",
            "invalid digit found in string",
        ),
        (
            EventSource::builder("/chat").headers_with(headers),
            "headers",
            "`method` is not a method that can be streamed",
        ),
        (EventSource::builder_with(url), "url", "an error occurred when formatting an argument"),
    ] {
        let source = builder.open_in(&world).expect("a source");
        world.advance(ms(0));
        let error = source.state().error().cloned().expect("an error");
        assert_eq!(error.to_string(), format!("the function for `{option}` failed: {words}"));
    }
}

fn refusal() -> everstream::Error {
    EventSource::builder("/").method("TRACE").open_in(&World::new()).err().expect("an error")
}
