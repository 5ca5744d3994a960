//! Ids, resuming, headers, the journal, and what else a client can rely on.

use std::time::{Duration, Instant};

use crate::wire::{End, Folder, Process, id_of, request, until};

#[test]
fn ids_are_contiguous_and_there_are_twenty_events_a_second() {
    let folder = Folder::new();
    let server = Process::start(&folder, 25);
    let mut answer = server.get("/events");
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));

    let first = answer.id().expect("an event");
    let start = Instant::now();
    assert_eq!(answer.ids(60), (first + 1..=first + 60).collect::<Vec<_>>());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn the_wire_is_varied() {
    let folder = Folder::new();
    let server = Process::start(&folder, 500);
    let mut answer = server.get("/events?from=0");
    let blocks: Vec<_> = (0..30).map(|_| answer.block().expect("an event")).collect();

    let count = |has: fn(&str) -> bool| blocks.iter().filter(|block| has(block)).count();
    assert_eq!(count(|block| block.contains("event: note\n")), 3);
    assert_eq!(count(|block| block.matches("data: ").count() > 1), 4);
    assert_eq!(count(|block| !block.is_ascii()), 10);
    assert_eq!(count(|block| !block.starts_with("id: ")), 6);
}

#[test]
fn the_header_wins_over_the_query_and_both_over_from() {
    let folder = Folder::new();
    let server = Process::start(&folder, 500);
    server.get("/events").ids(50);

    let header = [("Last-Event-ID", "7")];
    let query = "/events?lastEventId=20&from=30&run=resume";
    assert_eq!(server.get_with(query, &header).ids(2), [8, 9]);
    assert_eq!(server.get(query).ids(2), [21, 22]);
    assert_eq!(server.get("/events?from=30").ids(2), [31, 32]);
    assert!(server.get("/events").ids(1)[0] > 50);
    assert!(server.get("/events?lastEventId=of-another-server").ids(1)[0] > 50);
    assert!(server.get("/events?lastEventId=1000000").ids(1)[0] < 1_000_000);

    let journal = server.journal("resume");
    assert_eq!(journal.len(), 2);
    assert_eq!((&journal[0]["resumedFrom"], &journal[0]["resumedBy"]), (&"7".into(), &"header".into()));
    assert_eq!((&journal[1]["resumedFrom"], &journal[1]["resumedBy"]), (&"20".into(), &"query".into()));
}

#[test]
fn replay_goes_over_into_live_without_a_gap_or_a_double() {
    let folder = Folder::new();
    let server = Process::start(&folder, 2_000);
    server.get("/events").ids(1_000);
    assert_eq!(server.get("/events?from=0").ids(3_000), (1..=3_000).collect::<Vec<_>>());
}

#[test]
fn a_slow_reader_neither_stalls_the_others_nor_loses_anything() {
    let folder = Folder::new();
    let server = Process::start(&folder, 10_000);
    let mut slow = server.get("/events?from=0");
    assert_eq!(server.get("/events?from=0").ids(20_000), (1..=20_000).collect::<Vec<_>>());
    assert_eq!(slow.ids(20_000), (1..=20_000).collect::<Vec<_>>());
}

#[test]
fn the_journal_notices_soon_when_a_client_goes() {
    let folder = Folder::new();
    let server = Process::start(&folder, 25);
    let mut answer = server.get("/events?run=client&heartbeat=0");
    let ids = answer.ids(3);
    drop(answer);

    let record = until(|| server.journal("client").pop().filter(|record| !record["ended"].is_null()));
    assert_eq!(record["how"], "client");
    assert_eq!(record["status"], 200);
    assert_eq!(record["method"], "GET");
    assert_eq!(record["sent"][0], ids[0]);
    assert!(record["opened"].as_u64() <= record["ended"].as_u64());
    assert!(server.journal("another").is_empty());
}

#[test]
fn a_client_that_goes_while_nothing_is_sent_is_noticed_too() {
    let folder = Folder::new();
    let server = Process::start(&folder, 25);
    let mut answer = server.get("/events?run=stall&stall=2");
    answer.ids(2);
    std::thread::sleep(Duration::from_millis(100));
    drop(answer);
    let record = until(|| server.journal("stall").pop().filter(|record| !record["ended"].is_null()));
    assert_eq!((&record["how"], &record["fault"]), (&"client".into(), &"stall".into()));
}

#[test]
fn the_second_port_is_another_origin_that_shares_everything() {
    let folder = Folder::new();
    let server = Process::start(&folder, 25);
    let origin = ("Origin", "http://page.example");

    let mut feed = request(&server.cross_origin, "GET", "/events?from=0", &[origin]);
    assert_eq!(feed.id(), Ok(1));
    assert_eq!(feed.header("access-control-allow-origin"), Some("http://page.example"));
    assert_eq!(feed.header("access-control-expose-headers"), Some("Retry-After"));
    assert_eq!(
        request(&server.cross_origin, "GET", "/health", &[]).header("access-control-allow-origin"),
        Some("*")
    );

    let wanted = ("Access-Control-Request-Headers", "authorization,last-event-id,x-token");
    let preflight = request(&server.cross_origin, "OPTIONS", "/events", &[origin, wanted]);
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-headers"), Some(wanted.1));
    let none = request(&server.cross_origin, "OPTIONS", "/events?run=a&preflight=no", &[origin, wanted]);
    assert_eq!(none.status, 404);

    assert_eq!(server.get_with("/health", &[origin]).header("access-control-allow-origin"), None);
}

#[test]
fn the_page_is_served_with_its_types() {
    let folder = Folder::new();
    for name in ["index.html", "page.js", "page_bg.wasm"] {
        std::fs::write(folder.path().join(name), name).expect("a file");
    }
    let server = Process::start(&folder, 25);
    for (path, kind) in
        [("/?feed=a", "text/html"), ("/page.js", "text/javascript"), ("/page_bg.wasm", "application/wasm")]
    {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    assert_eq!(server.get("/none.js").status, 404);
    assert_eq!(server.get("/health").text(), "ok");
}

#[test]
fn it_stops_in_good_order() {
    let folder = Folder::new();
    let mut server = Process::start(&folder, 25);
    let mut answer = server.get("/events");
    answer.ids(2);
    assert!(server.terminate().success());
    let end = loop {
        if let Err(end) = answer.block().map(|block| id_of(&block)) {
            break end;
        }
    };
    assert_eq!(end, End::Proper);
}
