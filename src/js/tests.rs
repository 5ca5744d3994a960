//! The boundary: its numbers are those of the package, and many events at a time are the same events.

use proptest::prelude::*;

use super::*;
use crate::core::session::{Ruling, Timer, WhenHidden};
use crate::core::state::PauseReason;
use crate::core::transport::{TakeOver, TransportReason};

/// What JavaScript calls the numbers.
const PROTOCOL: &str = include_str!("../../js/protocol.ts");

fn number(name: &str) -> u32 {
    let (_, rest) = PROTOCOL.split_once(&format!("export const {name} = ")).expect(name);
    let (value, _) = rest.split_once(';').expect("a value");
    match value.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(&hex.replace('_', ""), 16).expect("a number"),
        None => value.parse().expect("a number"),
    }
}

fn names(list: &str) -> Vec<&'static str> {
    let (_, rest) = PROTOCOL.split_once(&format!("export const {list} = [")).expect(list);
    let (items, _) = rest.split_once(']').expect("an end");
    items.split(',').map(|item| item.trim().trim_matches('"')).filter(|item| !item.is_empty()).collect()
}

#[test]
fn inputs_have_the_same_numbers_on_both_sides() {
    let from = Generation::default();
    let limits = Limits::default();
    let input = |name, detail| codes::input(number(name), from, detail, limits).expect(name);
    assert_eq!(input("OPEN", 0.0), Input::Open);
    assert_eq!(input("PREPARED", 0.0), Input::Prepared(from));
    assert_eq!(input("NATIVE_OPENED", 0.0), Input::NativeOpened(from));
    assert_eq!(input("NATIVE_RETRIES", 0.0), Input::NativeRetries(from));
    assert_eq!(input("NATIVE_CLOSED", 0.0), Input::NativeClosed(from));
    assert_eq!(input("JUDGING", 0.0), Input::Judging(from));
    assert_eq!(input("FULL", 0.0), Input::Full(from));
    assert_eq!(input("ROOM", 0.0), Input::Room);
    assert_eq!(input("JUDGED", -1.0), Input::Judged(from, Ruling::Final));
    assert_eq!(input("JUDGED", f64::NAN), Input::Judged(from, Ruling::Final));
    assert_eq!(input("JUDGED", 0.0), Input::Judged(from, Ruling::Retry));
    assert_eq!(input("JUDGED", 7.0), Input::Judged(from, Ruling::RetryAfter(7)));
    assert_eq!(input("ENDED", 0.0), Input::Ended(from));
    assert_eq!(input("FIRED", 1.0), Input::Fired(from, Timer::Peek));
    assert_eq!(input("FIRED", 5.0), Input::Fired(from, Timer::Leave));
    assert_eq!(input("FIRED", number("TIMER_HIDDEN").into()), Input::Fired(from, Timer::Hidden));
    for (name, reason) in
        [("BY_USER", PauseReason::User), ("FROZEN", PauseReason::Frozen), ("CACHED", PauseReason::Cached)]
    {
        assert_eq!(input("PAUSE", number(name).into()), Input::Pause(reason));
        assert_eq!(input("RESUME", number(name).into()), Input::Resume(reason));
    }
    assert_eq!(input("HIDDEN", 0.0), Input::Hidden);
    assert_eq!(input("VISIBLE", 0.0), Input::Visible);
    assert_eq!(input("ONLINE", 0.0), Input::Online);
    assert_eq!(input("OFFLINE", 0.0), Input::Offline);
    assert_eq!(input("RECONNECT", 0.0), Input::Reconnect);
    assert_eq!(input("CLOSE", number("BY_USER").into()), Input::Close(crate::ClosedBy::User));
    assert_eq!(input("CLOSE", number("GONE").into()), Input::Close(crate::ClosedBy::Dropped));
    assert_eq!(input("PEEKED", 0.0), Input::Peeked(from, String::new()));
    assert_eq!(input("HEAR_ALL", 0.0), Input::HearAll);
    for name in ["NETWORK", "NO_BODY", "OVERFLOW", "PROVIDER", "OPTION"] {
        let Input::Failed(_, kind) = input("FAILED", number(name).into()) else { panic!("{name}") };
        assert_eq!(codes::error(&kind).0, number(name));
    }
    assert_eq!(codes::input(99, from, 0.0, limits), None);
    assert_eq!(codes::input(number("FIRED"), from, 9.0, limits), None);
}

#[test]
fn actions_have_the_same_numbers_on_both_sides() {
    let ours = [
        ("PREPARE", codes::PREPARE),
        ("CONNECT", codes::CONNECT),
        ("READ", codes::READ),
        ("PEEK", codes::PEEK),
        ("ABORT", codes::ABORT),
        ("JUDGE", codes::JUDGE),
        ("ARM", codes::ARM),
        ("DISARM", codes::DISARM),
        ("ANNOUNCE", codes::ANNOUNCE),
        ("DIAGNOSE", codes::DIAGNOSE),
    ];
    for (name, code) in ours {
        assert_eq!(number(name), code, "{name}");
    }
    assert_eq!((number("ROW"), number("TYPES")), (7, 64));
    assert_eq!((number("WHOLE"), number("NEW_ID"), number("MORE")), (1, 2, 4));
    assert_eq!((number("ID"), number("SPELLED"), number("PARTS")), (256, 512, 1024));
    assert_eq!((number("COMMENT"), number("PART")), (2048, 4096));
    // There is room for the longest string.
    assert!(include_str!("../../js/core.ts").contains("const LONGEST = 4096;"));
    assert!(
        include_str!("../../js/strings.wat").contains("(array.new $units (i32.const 0) (i32.const 4096))")
    );
}

#[test]
fn errors_states_and_reasons_stand_in_the_same_order() {
    let limit = |event: bool| match event {
        true => LimitExceeded::Event { limit: 1 },
        false => LimitExceeded::Id { limit: 1 },
    };
    let none = String::new;
    let kinds = [
        (ErrorKind::Network { message: none() }, "network"),
        (ErrorKind::Status { status: 500, body: none(), response: Default::default() }, "status"),
        (
            ErrorKind::ContentType { found: none(), body: none(), response: Default::default() },
            "content-type",
        ),
        (ErrorKind::NoBody, "no-body"),
        (ErrorKind::Limit(limit(true)), "event-limit"),
        (ErrorKind::Limit(limit(false)), "id-limit"),
        (ErrorKind::Overflow { capacity: Some(1) }, "overflow"),
        (ErrorKind::Stalled { after: 1 }, "stalled"),
        (ErrorKind::ConnectTimeout { after: 1 }, "connect-timeout"),
        (ErrorKind::Provider { option: "", message: none() }, "provider"),
        (ErrorKind::Option { name: "", reason: none() }, "option"),
        (ErrorKind::Resume { last_event_id: none() }, "resume"),
        (ErrorKind::Interrupted, "interrupted"),
        (ErrorKind::Incomplete { body: None }, "incomplete"),
        (ErrorKind::Unsupported, "unsupported"),
    ];
    // The first name is empty, and left out here.
    let listed = names("ERROR_KINDS");
    for (kind, name) in &kinds {
        assert_eq!(listed[codes::error(kind).0 as usize - usize::from(!listed[0].is_empty())], *name);
        #[cfg(feature = "serde-wasm-bindgen")]
        assert_eq!(crate::to_js::kind(kind).0, *name);
    }
    assert_eq!(number("CONTENT_TYPE"), 3);
    assert_eq!(number("STATUS"), 2);
    assert_eq!(number("EVENT_LIMIT"), 5);

    let states = [
        State::Idle,
        State::Loading { attempt: 1 },
        State::Connecting { attempt: 1 },
        State::Open { transport: Transport::Fetch, since: 0 },
        State::Waiting { attempt: 1, until: None, cause: crate::Cause::Ended },
        State::Paused { by: crate::PauseSet::default() },
        State::Closed { by: crate::ClosedBy::User },
    ];
    for state in states {
        assert_eq!(names("STATES")[codes::state(&state) as usize], state.name());
    }
    let pauses = [PauseReason::User, PauseReason::Hidden, PauseReason::Frozen, PauseReason::Cached];
    assert_eq!(names("PAUSES"), pauses.map(PauseReason::name));
    for (bit, reason) in pauses.into_iter().enumerate() {
        let mut set = crate::PauseSet::default();
        set.insert(reason);
        assert_eq!(set.bits(), 1 << bit);
    }
    let closed = ["user", "dropped", "server", "ended", "exhausted", "fatal"];
    assert_eq!(names("CLOSED_BY"), closed);
    assert_eq!(codes::closed_by(&crate::ClosedBy::Fatal(Error::fatal(ErrorKind::NoBody))), 5);

    let reasons = [
        (TransportReason::Asked, "asked"),
        (TransportReason::SameOrigin, "same-origin"),
        (TransportReason::CrossOrigin, "cross-origin"),
        (TransportReason::Needs(""), "needs"),
        (TransportReason::NoEventSource, "no-eventsource"),
        (TransportReason::NoStreaming, "no-streaming"),
        (TransportReason::TookOver(TakeOver::Closed), "took-over-closed"),
        (TransportReason::TookOver(TakeOver::Storm), "took-over-storm"),
        (TransportReason::TookOver(TakeOver::Stopped), "took-over-stopped"),
        (TransportReason::TookOver(TakeOver::Unsound), "took-over-unsound"),
    ];
    for (reason, name) in reasons {
        let code = codes::chosen(Some((Transport::EventSource, reason)));
        assert_eq!((names("TRANSPORT_REASONS")[(code as usize - 1) >> 1], (code - 1) & 1), (name, 1));
    }
    assert_eq!(codes::chosen(None), 0);
}

#[test]
fn options_stand_in_the_order_in_which_javascript_says_them() {
    let mut options = [0.0; OPTIONS];
    for (at, option) in options.iter_mut().enumerate() {
        *option = at as f64 + 100.0;
    }
    let core = Core::new("7".into(), &options.map(f64::to_le_bytes));
    assert_eq!(core.session.last_event_id(), "7");
    assert_eq!((core.limits.event_bytes, core.limits.id_bytes, core.wants_comments), (120, 121, true));
    assert_eq!(codes::when_hidden(0.0), WhenHidden::GoOn);
}

/// A source that streams, and the number of its connection.
fn streaming(heard: &[&str]) -> (Core, u32) {
    limited(heard, 1_000_000)
}

/// The same with events of so many bytes at the most.
fn limited(heard: &[&str], limit: usize) -> (Core, u32) {
    let mut options = [0.0; OPTIONS];
    let [base, factor, cap, max, patience, ..] = &mut options;
    (*base, *factor, *cap, *max, *patience) = (1_000.0, 2.0, 30_000.0, f64::INFINITY, f64::INFINITY);
    let [.., same_origin, _, _, _, _, event, id, _, streaming, _native, _cleanly, _page] = &mut options;
    (*same_origin, *streaming, *event, *id) = (1.0, 1.0, limit as f64, 4_096.0);
    let mut core = Core::new(String::new(), &options.map(f64::to_le_bytes));
    heard.iter().for_each(|event_type| core.listen((*event_type).into()));
    core.tell(0, 0, 0.0);
    let mut generation = 0;
    while let code @ 1.. = core.next() {
        if code == codes::CONNECT {
            generation = core.numbers[0] as u32;
        }
    }
    core.answered(generation, 200, "text/event-stream".into(), true, f64::NAN);
    while core.next() != 0 {}
    (core, generation)
}

/// What was handed over.
#[derive(Default)]
struct Seen {
    events: Vec<[String; 3]>,
    id: String,
    /// Of the data of an event that has not ended.
    part: String,
    /// So many of them there were.
    parts: usize,
}

/// Gives the source bytes, takes what comes out as JavaScript would, and commits after each `every` events.
fn feed(core: &mut Core, generation: u32, heard: &[&str], bytes: &[u8], every: usize, seen: &mut Seen) {
    if core.room(generation, bytes.len(), 0.0, 0.0).is_null() {
        return;
    }
    let place = core.parser.as_mut().expect("a parser").room(bytes.len());
    place.copy_from_slice(bytes);
    let mut len = bytes.len();
    let mut was_all = false;
    loop {
        let table = core.parse(len);
        len = 0;
        if table.is_null() {
            break;
        }
        // SAFETY: the core says where its rows are, and the first one how many there are.
        let table = unsafe { std::slice::from_raw_parts(table, 1 + (*table)[0] as usize) }.to_vec();
        let buffered = core.parser.as_ref().expect("a parser").buffered();
        let [_, start, len, flags, ..] = table[0];
        let start = (start as u32).wrapping_sub(buffered.as_ptr() as usize as u32) as usize;
        let bytes = buffered[start..start + len as usize].to_owned();
        let is_ascii = core.parser.as_ref().expect("a parser").is_ascii();
        assert!(!is_ascii || bytes.is_ascii());
        assert_eq!(flags & 1 != 0, is_ascii && bytes.len() > 400);
        // What has more says so, but for what is not an event yet.
        assert!(!was_all || table[1][0] & 4096 != 0, "there was a batch after what was all");
        was_all = flags & 4 == 0;
        // The id is asked for only where the module says that it is another one.
        let mut id = if flags & 2 == 0 { seen.id.clone() } else { core.last_event_id().to_owned() };
        assert_eq!(id, core.last_event_id());
        for (index, &[kind, data_start, data_end, id_start, id_end, type_start, type_end]) in
            table.iter().enumerate().skip(1)
        {
            let part = |from: i32, to: i32| bytes[from as usize..to as usize].to_owned();
            let mut data = part(data_start, data_end);
            if kind & 1024 != 0 {
                data.insert_str(0, &std::mem::take(&mut seen.part));
            }
            if kind & 4096 != 0 {
                seen.part = data;
                seen.parts += 1;
                continue;
            }
            if kind & 256 != 0 {
                id = part(id_start, id_end);
            }
            let name = match kind & 255 {
                _ if kind & 512 != 0 => part(type_start, type_end),
                0 => "message".to_owned(),
                number => heard[number as usize - 1].to_owned(),
            };
            seen.events.push([name, data, id.clone()]);
            if seen.events.len().is_multiple_of(every) {
                core.commit(index);
                // Handed over is handed over: the place is that of the last event seen.
                assert_eq!(core.last_event_id(), id);
            }
        }
        seen.id = id;
    }
}

/// The same by the parser alone, one event at a time.
fn one_by_one(bytes: &[u8], heard: &[&str], limit: usize) -> (Vec<[String; 3]>, String) {
    let mut parser = Parser::new(Limits { event_bytes: limit, id_bytes: 4_096 }, "");
    parser.push(bytes);
    let mut seen = Vec::new();
    while let Ok(Some(item)) = parser.next_item() {
        if let Some(event) = parser.event(&item)
            && (heard.contains(&"*") || heard.contains(&event.event_type))
        {
            seen.push([event.event_type, event.data, event.last_event_id].map(str::to_owned));
        }
    }
    (seen, parser.last_event_id().to_owned())
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(String::new()),
        "data: [a-zé日🎉]{0,9}",
        "data:[ -~]{0,700}",
        "id: [0-9é]{0,3}",
        "event: (message|note|x|é|a name of fewer than 32 bytes|a name of more than thirty-two bytes)",
        "data: [a-zé\r]{0,5}",
        "retry: [0-9]{1,4}",
        ":[a-z]{0,5}",
    ]
}

proptest! {
    #[test]
    fn many_at_a_time_are_the_same_as_one_by_one(
        lines in prop::collection::vec(line(), 0..60),
        cuts in prop::collection::vec(0usize..2_000, 0..6),
        every in 1usize..5,
        all in any::<bool>(),
        limit in prop_oneof![Just(1_000_000), 30usize..900],
    ) {
        let stream = lines.join("\n") + "\n\n";
        let bytes = stream.as_bytes();
        let heard: &[&str] = if all {
            &["*", "note", "a name of fewer than 32 bytes"]
        } else {
            &["message", "é", "a name of more than thirty-two bytes"]
        };
        let (mut core, generation) = limited(heard, limit);
        let mut seen = Seen::default();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            feed(&mut core, generation, heard, &bytes[pair[0]..pair[1]], every, &mut seen);
        }
        let (expected, last) = one_by_one(bytes, heard, limit);
        prop_assert_eq!(seen.events, expected);
        prop_assert_eq!(core.last_event_id(), last);
    }
}

#[test]
fn what_follows_the_last_events_is_announced() {
    let (mut core, generation) = streaming(&["*"]);
    let flags_of = |core: &mut Core, stream: &str| {
        core.room(generation, stream.len(), 0.0, 0.0);
        core.parser.as_mut().expect("a parser").room(stream.len()).copy_from_slice(stream.as_bytes());
        // SAFETY: the core says where its rows are.
        unsafe { (*core.parse(stream.len()))[3] }
    };
    let more = number("MORE") as i32;
    assert_eq!(flags_of(&mut core, "data: 1\n\n") & more, 0);
    assert_eq!(flags_of(&mut core, "data: 1\n\ndata: un") & more, 0);
    assert_eq!(flags_of(&mut core, "finished\n\nretry: 5\n") & more, more, "a retry behind it");
    assert_eq!(flags_of(&mut core, "retry: 5\ndata: 1\n\n") & more, 0);
    let long = format!("data: 1\n\nid: {}\n\n", "7".repeat(5_000));
    assert_eq!(flags_of(&mut core, &long) & more, more, "an error behind it");
}

/// How many bytes the texts are long that so many events of so many bytes become.
fn texts(events: usize, bytes: usize) -> Vec<usize> {
    let (mut core, generation) = streaming(&["*"]);
    let stream = format!("data: {}\n\n", "x".repeat(bytes - "data: \n\n".len())).repeat(events);
    core.room(generation, stream.len(), 0.0, 0.0);
    core.parser.as_mut().expect("a parser").room(stream.len()).copy_from_slice(stream.as_bytes());
    let mut len = stream.len();
    let mut texts = Vec::new();
    let mut seen = 0;
    loop {
        let table = core.parse(len);
        len = 0;
        // SAFETY: the core says where its rows are.
        let Some([count, _, bytes, ..]) = (unsafe { table.as_ref() }) else { break };
        seen += *count as usize;
        texts.push(*bytes as usize);
    }
    assert_eq!(seen, events);
    texts
}

#[test]
fn texts_are_split_where_they_get_long() {
    // Small events hold on to little,
    let of_small = texts(2_000, 113);
    assert!(of_small.iter().all(|bytes| *bytes <= 16_000), "{of_small:?}");
    assert!(of_small.len() <= 15, "{of_small:?}");
    // and larger ones to more,
    let of_large = texts(500, 1_000);
    assert!(of_large.iter().all(|bytes| *bytes <= 64_000), "{of_large:?}");
    assert!(of_large.len() <= 9, "{of_large:?}");
    // and what is larger still to itself.
    assert_eq!(texts(3, 100_000).len(), 3);
}

/// Also where something follows that is not validated yet.
#[test]
fn nothing_comes_behind_an_error() {
    let long = "7".repeat(5_000);
    let begin = format!("data: 1\n\nid: {long}\ndata: {}", "x".repeat(200));
    for character in ["é".as_bytes(), b"\xFF"] {
        let stream = [begin.as_bytes(), character, b"\n\ndata: 3\n\n"].concat();
        let (mut core, generation) = streaming(&["*"]);
        let mut seen = Seen::default();
        feed(&mut core, generation, &["*"], &stream, 1, &mut seen);
        assert_eq!(seen.events, one_by_one(&stream, &["*"], 1_000_000).0);
        assert_eq!(seen.events, [["message", "1", ""]]);
    }
}

/// What came in parts, each chunk by itself, and how many there were; the most memory that it took.
fn in_parts(heard: &[&str], stream: &str, size: usize) -> (Vec<[String; 3]>, usize, usize) {
    let (mut core, generation) = streaming(heard);
    let mut seen = Seen::default();
    let mut most = 0;
    for chunk in stream.as_bytes().chunks(size) {
        feed(&mut core, generation, heard, chunk, 1, &mut seen);
        most = most.max(core.parser.as_ref().map_or(0, |parser| parser.capacity()));
    }
    (seen.events, seen.parts, most)
}

#[test]
fn a_long_line_comes_in_parts_and_takes_the_memory_of_one() {
    let text = "It is a truth universally acknowledged. ".repeat(2_500);
    for head in ["data: ", "data:", "id: 7\nevent: note\ndata: "] {
        let stream = format!("data: 1\n\n{head}{text}\ndata: 2\n\ndata: 3\n\n");
        let (seen, parts, most) = in_parts(&["*"], &stream, 101);
        assert_eq!(seen, one_by_one(stream.as_bytes(), &["*"], 1_000_000).0);
        assert!(parts > 500, "{head:?}: {parts}");
        assert!(most < 1_000, "{most}");
    }
}

#[test]
fn a_part_ends_where_what_is_left_is_a_line_of_the_same_data() {
    for text in ["x ", " ", "日", "🎉", "é x", "x\t", ": ", "data: "] {
        for size in [1, 7, 50, 64] {
            let stream = format!("data:{0}\n\ndata: {0}\n\n", text.repeat(200));
            assert_eq!(in_parts(&["*"], &stream, size).0, one_by_one(stream.as_bytes(), &["*"], 1_000_000).0);
        }
    }
}

#[test]
fn what_nobody_hears_leaves_no_parts() {
    let long = "x".repeat(500);
    let heard = ["message"];
    let stream = format!("event: other\ndata: {long}\n\ndata: 1\n\n");
    let (seen, parts, _) = in_parts(&heard, &stream, 100);
    assert_eq!(seen, [["message", "1", ""]]);
    assert_eq!(parts, 0);
    // Its type may come behind its data.
    for next in ["1", &long] {
        let stream = format!("data: {long}\nevent: other\n\ndata: {next}\n\n");
        let (seen, parts, _) = in_parts(&heard, &stream, 100);
        assert_eq!(seen, [["message", next, ""]]);
        assert!(parts > 0);
    }
}

#[test]
fn parts_of_a_connection_go_with_it() {
    let (mut core, generation) = streaming(&["*"]);
    let mut seen = Seen::default();
    feed(&mut core, generation, &["*"], format!("data: {}", "x".repeat(100)).as_bytes(), 1, &mut seen);
    assert_eq!(seen.parts, 1);
    core.commit(usize::MAX);
    assert_eq!(core.session.last_event_at(), None, "it is no event yet");
    core.tell(number("RECONNECT"), generation, 0.0);
    while core.next() != 0 {}
    let next = core.generation.number();
    assert_ne!(next, generation);
    core.answered(next, 200, "text/event-stream".into(), true, f64::NAN);
    while core.next() != 0 {}
    feed(&mut core, next, &["*"], b"data: 1\n\n", 1, &mut seen);
    assert_eq!(seen.events, [["message", "1", ""]]);
}

#[test]
fn what_is_overtaken_is_not_to_be_done() {
    let (mut core, generation) = streaming(&["*"]);
    core.tell(number("ENDED"), generation, 0.0);
    core.tell(number("CLOSE"), generation, 0.0);
    let mut codes = Vec::new();
    while let code @ 1.. = core.next() {
        codes.push(code);
    }
    // The timer of the retry belongs to what was closed; the states are announced.
    assert_eq!(codes.iter().filter(|code| **code == codes::ARM).count(), 0);
    assert_eq!(codes.iter().filter(|code| **code == codes::ANNOUNCE).count(), 2);
}
