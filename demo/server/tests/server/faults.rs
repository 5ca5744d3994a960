//! Each fault is at the socket what its name says.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use crate::wire::{End, Folder, Process, try_request};

#[test]
fn cuts_are_inside_an_event_and_everything_before_them_arrives() {
    let folder = Folder::new();
    let server = Process::start(&folder, 200);
    for (cut, how) in [("fin", "cut-fin"), ("rst", "cut-rst")] {
        let mut positions = BTreeSet::new();
        let mut last = 0;
        for connection in 0..12 {
            let path = format!("/events?cut={cut}&after=2&run={cut}");
            let mut answer = server.get_with(&path, &[("Last-Event-ID", &last.to_string())]);
            let end = loop {
                match answer.id() {
                    Ok(id) => {
                        assert_eq!(id, last + 1);
                        last = id;
                    }
                    Err(end) => break end,
                }
            };
            let piece = match (cut, end) {
                ("fin", End::Fin(piece)) | ("rst", End::Rst(piece)) => piece,
                (_, end) => panic!("{end:?} after cut={cut}"),
            };
            assert!(!piece.is_empty() && !piece.contains("\n\n"), "{piece:?}");

            let record = &server.journal(cut)[connection];
            assert_eq!((&record["how"], &record["fault"]), (&how.into(), &how.into()));
            assert_eq!(record["cut"]["id"], last + 1);
            assert_eq!(record["sent"][1], last);
            positions.insert(record["cut"]["position"].to_string());
        }
        assert_eq!(positions.len(), 6, "{positions:?}");
    }
}

#[test]
fn it_ends_properly_after_some_events() {
    let folder = Folder::new();
    let server = Process::start(&folder, 200);
    let mut answer = server.get("/events?from=0&end=5&run=end");
    assert_eq!(answer.ids(5), [1, 2, 3, 4, 5]);
    assert_eq!(answer.id(), Err(End::Proper));
    let record = &server.journal("end")[0];
    assert_eq!((&record["how"], &record["events"]), (&"end".into(), &5.into()));

    let start = Instant::now();
    let mut answer = server.get("/events?from=0&end=5&lasting=300");
    while answer.id().is_ok() {}
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn it_closes_before_and_after_the_head() {
    let folder = Folder::new();
    let server = Process::start(&folder, 200);
    assert!(try_request(&server.address, "GET", "/events?dropBefore&run=drop", &[]).is_none());
    let mut headers = server.get("/events?drop&run=drop");
    assert_eq!(headers.status, 200);
    assert_eq!(headers.id(), Err(End::Fin(String::new())));

    let journal = server.journal("drop");
    assert_eq!((&journal[0]["how"], &journal[0]["status"]), (&"drop-before".into(), &().into()));
    assert_eq!((&journal[1]["how"], &journal[1]["status"]), (&"drop".into(), &200.into()));
}

#[test]
fn it_answers_with_a_status_and_a_time_to_wait() {
    let folder = Folder::new();
    let server = Process::start(&folder, 25);
    let answer = server.get("/events?status=503&retryAfter=2&times=1&run=status");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
    assert!(answer.text().contains("503"));
    // The one turn is over, for this run.
    assert_eq!(server.get("/events?status=503&retryAfter=2&times=1&run=status").status, 200);
    assert_eq!(server.get("/events?status=503&times=1&run=another").status, 503);

    let asked = SystemTime::now();
    let answer = server.get("/events?status=429&retryAfter=date");
    let date = httpdate::parse_http_date(answer.header("retry-after").expect("a date")).expect("a date");
    let ahead = date.duration_since(asked).expect("a date to come");
    assert!((2.0..3.5).contains(&ahead.as_secs_f64()), "{ahead:?}");

    assert_eq!(server.get("/events?stop").status, 204);
    assert_eq!(server.get("/events?status=99").status, 400);
    assert_eq!(server.get("/events?status=many").status, 400);
    let html = server.get("/events?type=text/html");
    assert_eq!((html.status, html.header("content-type")), (200, Some("text/html")));
}

#[test]
fn it_stalls_without_a_heartbeat() {
    let folder = Folder::new();
    let server = Process::start(&folder, 200);
    let mut answer = server.get("/events?stall=3&heartbeat=20&retry=0");
    assert_eq!(answer.block(), Ok("retry: 0".to_owned()));
    answer.ids(3);
    assert!(answer.is_silent_for(Duration::from_millis(300)));
}

#[test]
fn a_huge_line_comes_before_the_feed() {
    let folder = Folder::new();
    let server = Process::start(&folder, 200);
    let mut answer = server.get("/events?from=0&huge=1000000");
    let huge = answer.block().expect("an event");
    assert_eq!(huge, format!("event: huge\ndata: {}", "x".repeat(1_000_000)));
    assert_eq!(answer.ids(2), [1, 2]);
}

#[test]
fn slow_bytes_come_in_tiny_pieces() {
    let folder = Folder::new();
    let server = Process::start(&folder, 200);
    let mut answer = server.get("/events?from=0&slow=2");
    let start = Instant::now();
    assert_eq!(answer.ids(3), [1, 2, 3]);
    assert!(start.elapsed() > Duration::from_millis(60), "{:?}", start.elapsed());
}
