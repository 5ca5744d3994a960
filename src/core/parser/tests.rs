//! What cannot be seen from outside: that the buffer is text, the work linear, the memory bounded. Streams and what they say
//! are in `tests/wire.rs` and `tests/parser_properties.rs`.

use super::buffer::Buffer;
use super::scan::{Scan, tests::Random};
use super::{Item, LimitExceeded, Limits, Parser, scan};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// `buffered` relies on this. It runs with both kinds of scanner, which have to say the same.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn the_buffer_is_text_after_every_step() {
    let mut random = Random(0x7e57);
    for _ in 0..2000 {
        let mut bytes = Vec::new();
        for _ in 0..random.below(40) {
            bytes.extend_from_slice(PIECES[random.below(PIECES.len())]);
        }
        let limits = match random.below(4) {
            0 => Limits { event_bytes: random.below(100), id_bytes: random.below(10) },
            _ => Limits::default(),
        };
        let mut parser = Parser::new(limits, "").comments(random.below(2) == 0);
        let mut twin = Parser::new(limits, "").comments(parser.wants_comments);
        twin.scan = Scan::Plain;
        let longest = 1 + random.below(60);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (chunk, others) = rest.split_at(rest.len().min(1 + random.below(longest)));
            rest = others;
            parser.push(chunk);
            twin.push(chunk);
            check(&parser);
            for _ in 0..random.below(6) {
                let item = parser.next_item();
                check(&parser);
                assert_eq!(item, twin.next_item());
                assert_eq!(parser.buffered(), twin.buffered());
                let Ok(Some(item)) = item else { break };
                if let Some(event) = parser.event(&item) {
                    assert_eq!(event.last_event_id, parser.last_event_id());
                }
            }
        }
    }
}

const PIECES: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\ndata: ",
    b"\ndata",
    b"\ndata: \xC3\xA9",
    b"\nid: ",
    b"\nid",
    b"\nevent: ",
    b"\nfoo",
    b"\n: ",
    b"\nretry: 1",
    b"\0",
    b"abc",
    b"\xC3\xA9",
    b"\xE6\xBC\xA2\xE5\xAD\x97",
    b"\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
    b"\xEF\xBB\xBF",
    b"\xF0\x9F\x98",
    b"\xE6\xBC",
    b"\xFF",
    b"\x80\x80",
    b"a value that is longer than one block of the scanner",
];

fn check(parser: &Parser) {
    assert!(
        core::str::from_utf8(&parser.buffer[..parser.valid]).is_ok(),
        "{:x?}",
        &parser.buffer[..parser.valid]
    );
    assert!(
        parser.at.line <= parser.at.searched
            && parser.at.searched <= parser.valid
            && parser.valid <= parser.buffer.end()
    );
    assert!(parser.buffer.end() == 0 || parser.buffer.end() + scan::PADDING <= parser.buffer.len());
    assert!(!parser.is_ascii() || parser.buffered().is_ascii());
    assert!(
        parser.at.ends == 0
            || parser.at.window <= parser.at.searched && parser.at.searched <= parser.at.window + 64
    );
}

/// A search goes on behind what is valid, over the start of a character and what earlier chunks have left there.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn what_earlier_chunks_left_is_not_read_again() {
    for len in 50..140 {
        let mut parser = Parser::new(Limits::default(), "");
        parser.push(&[b'\n'; 300]);
        assert_eq!(parser.next_item(), Ok(None));
        parser.push(format!("data:{}", "x".repeat(len - "data:".len())).as_bytes());
        parser.push(&[0xE6, 0xBC]);
        assert_eq!(parser.next_item(), Ok(None));
        check(&parser);
        assert_eq!(parser.at.line, 0, "{len}");
        parser.push(b"\xA2\n\n");
        assert!(matches!(parser.next_item(), Ok(Some(Item::Event { data, .. })) if data.len() == len - 2));
    }
}

/// What was written into a room, and not taken in, is not read.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn what_was_not_taken_in_is_not_there() {
    let mut parser = Parser::new(Limits::default(), "");
    parser.push(b"data: 1");
    parser.room(100).fill(b'\n');
    assert_eq!(parser.next_item(), Ok(None));
    check(&parser);
    parser.room(100).fill(b'\n');
    parser.filled(1);
    assert_eq!(parser.next_item(), Ok(None));
    parser.push(b"\n");
    let Ok(Some(Item::Event { data, .. })) = parser.next_item() else { panic!("an event") };
    assert_eq!(parser.text(data), "1");
}

/// What is beyond ASCII, or no text at all, may come after any number of windows that are ASCII, in chunks that are read late.
/// It is what its repaired text says in one chunk.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn text_is_validated_where_ascii_ends() {
    let mut random = Random(0xa5c11);
    let pieces: [&[u8]; 6] =
        [b"\xC3\xA9", b"\xE6\xBC\xA2", b"\xF0\x9F\x98\x80", b"\xFF", b"\xE6\xBC", b"\xF0\x9F\x98"];
    for round in 0..600 {
        let mut stream = Vec::new();
        while stream.len() < 3_000 {
            let field = ["data: ", "id: ", "event: ", ": ", "data:"][random.below(5)];
            stream.extend_from_slice(field.as_bytes());
            stream.extend(core::iter::repeat_n(b'x', random.below([3, 20, 300][round % 3])));
            if random.below(round % 5 + 1) == 1 {
                stream.extend_from_slice(pieces[random.below(6)]);
                stream.extend(core::iter::repeat_n(b'y', random.below(80)));
            }
            stream.extend_from_slice([&b"\n"[..], b"\r\n", b"\n\n", b"\t\n\n"][random.below(4)]);
        }
        let repaired = String::from_utf8_lossy(&stream);
        let mut whole = Parser::new(Limits::default(), "");
        whole.push(repaired.as_bytes());
        let mut expected = Vec::new();
        read(&mut whole, usize::MAX, &mut expected);

        let mut parser = Parser::new(Limits::default(), "");
        let mut found = Vec::new();
        let longest = 1 + random.below([10, 100, 1_000][round % 3]);
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let (chunk, others) = rest.split_at(rest.len().min(1 + random.below(longest)));
            rest = others;
            parser.push(chunk);
            read(&mut parser, random.below(4), &mut found);
            check(&parser);
        }
        read(&mut parser, usize::MAX, &mut found);
        assert_eq!(found, expected, "round {round}");
        assert_eq!(parser.last_event_id(), whole.last_event_id());
    }
}

/// A long line that is ignored may be cut anywhere, and come between any others: it says nothing either way.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn an_ignored_line_changes_nothing() {
    let mut random = Random(0x16203ed);
    let starts: [&[u8]; 9] = [
        b":",
        b"x",
        b"data2:",
        b"i\xC3\xA9:",
        b"\xF0\x9F",
        b"retry: 1x",
        b"retry:x",
        b"id:1\0",
        b"eventdata",
    ];
    let kept: [&[u8]; 6] = [
        b"data: a\n",
        b"data: \xC3\xA9\r\n",
        b"id: 12\r\n",
        b"event: \xE6\xBC\xA2\r\n",
        b"retry: 5\n",
        b"\n",
    ];
    let text: [&[u8]; 6] = [b"x", b"data: 1", b"\xE6\xBC\xA2", b"\xE6\xBC", b"\xFF", b"12:"];
    for round in 0..400 {
        let (mut stream, mut without) = (Vec::new(), Vec::new());
        for _ in 0..30 {
            if random.below(2) == 0 {
                let piece = kept[random.below(kept.len())];
                stream.extend_from_slice(piece);
                without.extend_from_slice(piece);
                continue;
            }
            stream.extend_from_slice(starts[random.below(starts.len())]);
            for _ in 0..random.below([5, 100, 600][round % 3]) {
                stream.extend_from_slice(text[random.below(text.len())]);
            }
            stream.extend_from_slice([&b"\n"[..], b"\r\n"][random.below(2)]);
        }
        for bytes in [&mut stream, &mut without] {
            bytes.extend_from_slice(b"data: end\n\n");
        }
        let mut whole = Parser::new(Limits::default(), "");
        whole.push(&without);
        let mut expected = Vec::new();
        read(&mut whole, usize::MAX, &mut expected);

        let mut parser = Parser::new(Limits { event_bytes: 2_000, ..Limits::default() }, "");
        let mut found = Vec::new();
        let longest = 1 + random.below([1, 10, 100, 1_000][round % 4]);
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let (chunk, others) = rest.split_at(rest.len().min(1 + random.below(longest)));
            rest = others;
            parser.push(chunk);
            check(&parser);
            read(&mut parser, random.below(40), &mut found);
            check(&parser);
        }
        read(&mut parser, usize::MAX, &mut found);
        assert_eq!(found, expected, "round {round}");
        assert_eq!(parser.last_event_id(), whole.last_event_id());
    }
}

/// Reads so many items at the most.
fn read(parser: &mut Parser, most: usize, found: &mut Vec<String>) {
    for _ in 0..most {
        let Some(item) = parser.next_item().unwrap() else { break };
        found.push(format!("{:?}", parser.event(&item)));
    }
}

/// An empty field that lies just where the data ends is out of the way of what is moved.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn an_empty_field_may_lie_where_the_data_ends() {
    let mut parser = Parser::new(Limits::default(), "seed");
    for byte in b"data:data\nid\nretry: \ndata: \ndata: \n\n" {
        assert_eq!(parser.next_item(), Ok(None));
        parser.push(&[*byte]);
        check(&parser);
    }
    let Ok(Some(Item::Event { data, id: Some(id), .. })) = parser.next_item() else { panic!("an event") };
    assert_eq!((parser.text(data), parser.text(id)), ("data\n\n", ""));
}

/// What was put aside comes back into a buffer that was found to be ASCII without it.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn what_comes_back_may_be_more_than_ascii() {
    let mut parser = Parser::new(Limits::default(), "");
    parser.push(format!("data: {}\n\ndata: a\nid: é\ndata: b\n", "x".repeat(100)).as_bytes());
    while parser.next_item() != Ok(None) {}
    // Makes it move what is left to the front.
    parser.push(b"data: c\n");
    assert!(parser.is_ascii());
    parser.push(b"\n");
    let Ok(Some(Item::Event { id: Some(id), .. })) = parser.next_item() else {
        panic!("an event with an id")
    };
    check(&parser);
    assert!(!parser.is_ascii() && parser.text(id) == "é");
}

/// What comes next may be an error, though there is no end of a line.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn an_error_is_to_be_read() {
    let mut parser = Parser::new(Limits { event_bytes: 8, ..Limits::default() }, "");
    parser.push(b"data:1\n\ndata:234");
    assert!(matches!(parser.next_item(), Ok(Some(Item::Event { .. }))));
    assert!(parser.is_read());
    parser.push(b"5");
    assert!(!parser.is_read());
    assert_eq!(parser.next_item(), Err(LimitExceeded::Event { limit: 8 }));
}

/// In blocks as byte by byte, however near.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn parts_are_moved_as_a_whole() {
    let mut random = Random(0x5417);
    for len in 0..600 {
        let mut buffer = Buffer::default();
        buffer.reserve(700);
        buffer.iter_mut().for_each(|byte| *byte = random.below(256) as u8);
        let mut expected = buffer.to_vec();
        let start = 1 + random.below([2, 20, 90][len % 3]);
        let to = random.below(start);
        expected.copy_within(start..start + len, to);
        buffer.shift(start..start + len, to);
        assert_eq!(buffer[..], expected, "{len} from {start} to {to}");
    }
}

/// Spans that are void, or from elsewhere, are no reason to fail, let alone to read what is not text.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn void_spans_read_as_text_or_nothing() {
    let mut parser = Parser::new(Limits::default(), "");
    parser.push("data: 漢字\n\n".as_bytes());
    let Ok(Some(Item::Event { data, .. })) = parser.next_item() else { panic!("an event") };
    assert_eq!(parser.text(data), "漢字");
    parser.push("é".repeat(20).as_bytes());
    assert!(["", "ééé"].contains(&parser.text(data)));
    assert_eq!(Parser::new(Limits::default(), "").text(data), "");
}

#[cfg(not(target_arch = "wasm32"))]
mod hostile {
    use super::super::BUFFER_KEPT;
    use super::*;

    const SIZE: usize = 100_000;

    /// Streams that make some way of parsing slow, of `SIZE` bytes or a little more.
    fn streams() -> Vec<(&'static str, Vec<u8>)> {
        let repeat = |start: &str, piece: &[u8]| {
            let mut stream = Vec::from(start);
            while stream.len() < SIZE {
                stream.extend_from_slice(piece);
            }
            stream
        };
        let half = "x".repeat(SIZE / 2);
        let big_data = format!("data: {half}\n");
        let big_type = format!("event: {half}\n");
        let type_aside = format!("data\nevent: {half}\ndata\n");
        let id_aside = format!("data\nid: {}\nevent: {}\ndata\n", "i".repeat(4096), "e".repeat(4096));
        vec![
            ("a line without an end", repeat("data: ", b"x")),
            ("a comment without an end", repeat(":", b"x")),
            ("a field name without an end", repeat("", b"x")),
            ("an id without an end", repeat("id: ", b"x")),
            ("digits without an end", repeat("retry: ", b"7")),
            ("line feeds", repeat("", b"\n")),
            ("carriage returns", repeat("", b"\r")),
            ("both", repeat("", b"\r\n")),
            ("small events", repeat("", b"data: x\n\n")),
            ("events of one name", repeat("", b"data\n\n")),
            ("empty lines of data", repeat("", b"data\n")),
            ("short lines of data", repeat("", b"data:x\n")),
            ("long lines of data", repeat("", &[b"data: ", &[b'x'; 3000][..], b"\n"].concat())),
            ("comments", repeat("", b":\n")),
            ("comments in an event", repeat("data: x\n", b":\n")),
            ("comments in a big event", repeat(&big_data, b":\n")),
            ("unknown fields in a big event", repeat(&big_data, b"x\r\n")),
            ("retries in a big event", repeat(&big_data, b"retry:1\n")),
            ("data in an event of a big type", repeat(&big_type, b"data\n")),
            ("data and comments around a big type", repeat(&type_aside, b"data\n:\n")),
            ("data that moves id and type", repeat(&id_aside, b"data: x\n:\n")),
            ("ids", repeat("", b"id: 1\n")),
            ("ids and blank lines", repeat("", b"id: 1\n\n")),
            ("ids and data", repeat("", b"data\nid: 12345678\n")),
            ("types and data", repeat("", b"data\nevent: a type of some length\n")),
            ("id, type and data", repeat("", b"data: x\nid: 1\nevent: xyz\n")),
            ("bytes that are not text", repeat("data: ", b"\xFF")),
            ("characters cut short", repeat("data: ", b"\xF0\x9F\x98")),
            ("text and not", repeat("data: ", b"aaaaaaaaaaaaaaaaaaaaaaaaa\x80")),
            ("characters", repeat("data: ", "漢😀é".as_bytes())),
            ("lines of characters", repeat("", "data:漢\nid:é\nevent:😀\n".as_bytes())),
        ]
    }

    /// Bytes looked at, moved or copied for each byte of the stream: a handful, for any chunks.
    #[test]
    fn work_is_linear() {
        for (name, stream) in streams() {
            for size in [1, 3, 1024, stream.len()] {
                let mut parser = Parser::new(Limits::default(), "");
                for chunk in stream.chunks(size) {
                    parser.push(chunk);
                    while parser.next_item().unwrap().is_some() {}
                }
                let work = parser.work.get();
                assert!(work <= 8 * stream.len(), "{name} in chunks of {size}: {work} for {}", stream.len());
            }
        }
    }

    /// So it is for a reader that falls behind, and takes one item a chunk.
    #[test]
    fn work_is_linear_for_a_slow_reader() {
        for (name, stream) in streams() {
            let mut parser = Parser::new(Limits::default(), "");
            for chunk in stream.chunks(64) {
                parser.push(chunk);
                let _ = parser.next_item().unwrap();
            }
            while parser.next_item().unwrap().is_some() {}
            let work = parser.work.get();
            assert!(work <= 8 * stream.len(), "{name}: {work} for {}", stream.len());
        }
    }

    /// What is not part of an open event is dropped, in the middle of one as well.
    #[test]
    fn memory_is_bounded_by_what_is_open() {
        for (name, start, piece) in [
            ("comments", "", ":\n"),
            ("long comments", "", ": a comment that is as long as others are\r\n"),
            ("comments in an event", "id: 1\ndata: x\nevent: y\n", ":\n"),
            ("comments in an event with its id aside", "data: x\nid: 1\ndata: y\nevent: y\n", ":\n"),
            ("unknown fields", "data: x\n", "x: y\n"),
            ("retries", "data: x\n", "retry: 10\n"),
            ("ids with nul", "data: x\n", "id: \0\n"),
            ("events", "", "data: some text\n\n"),
            ("blank lines", "", "\r"),
            ("what is not text", "data: x\n", "\u{FFFD}\n"),
        ] {
            let chunk = piece.repeat(1024 / piece.len() + 1);
            for size in [1, 7, 1024] {
                let mut parser = Parser::new(Limits::default(), "");
                parser.push(start.as_bytes());
                for _ in 0..200 {
                    for chunk in chunk.as_bytes().chunks(size) {
                        parser.push(chunk);
                        while parser.next_item().unwrap().is_some() {}
                    }
                }
                assert!(
                    parser.capacity() <= 8 * (size + 64),
                    "{name} in chunks of {size}: {}",
                    parser.capacity()
                );
            }
        }
    }

    /// A line that nothing will come of is discarded while it arrives, and counts towards no limit.
    #[test]
    fn memory_is_bounded_in_a_line_that_is_ignored() {
        for (name, start, piece) in [
            ("a comment", ":", "x"),
            ("a comment beyond ascii", ": ", "漢é"),
            ("a comment that is no text", ":", "\u{FFFD}"),
            ("a comment in an event", "id: 1\ndata: x\nevent: y\n:", "x"),
            ("a comment in an event with its id aside", "data: x\nid: 1\ndata: y\nevent: y\n:", "x"),
            ("a comment behind a bom and a cr", "\u{FEFF}data\r:", "\0x"),
            ("an unknown field", "unknown: ", "x"),
            ("an unknown field of a short name", "i:", "data: "),
            ("an unknown field that begins like data", "data2: ", ":"),
            ("a name beyond ascii", "é", "é"),
            ("a name without an end", "", "eventid"),
            ("a retry that is no number", "retry: 1.", "0"),
            ("a retry of one letter", "retry:x", "0"),
            ("a retry of two spaces", "retry:  ", "0"),
            ("an id with nul", "id:1\0", "2"),
        ] {
            for (size, event_bytes) in [(1, 64 << 20), (7, 64 << 20), (1024, 64 << 20), (7, 100), (1024, 100)]
            {
                let mut parser = Parser::new(Limits { event_bytes, ..Limits::default() }, "");
                let line = [start, &piece.repeat(40_000 / piece.len())].concat();
                for chunk in line.as_bytes().chunks(size) {
                    parser.push(chunk);
                    assert_eq!(parser.next_item(), Ok(None), "{name} in chunks of {size}");
                    check(&parser);
                }
                assert!(
                    parser.capacity() <= 8 * (size + 64),
                    "{name} in chunks of {size}: {}",
                    parser.capacity()
                );
                let work = parser.work.get();
                assert!(work <= 8 * line.len(), "{name} in chunks of {size}: {work} for {}", line.len());
                parser.push(b"\ndata: z\n\n");
                let item = parser.next_item().unwrap().expect("an event");
                assert!(parser.event(&item).unwrap().data.ends_with('z'), "{name}");
            }
        }
    }

    /// Of the lines of which the last one counts in a block, it alone is kept.
    #[test]
    fn memory_is_bounded_where_values_replace_each_other() {
        for (name, start, piece) in [
            ("ids", "", "id: 12345678\n"),
            ("types", "", "event: a type of some length\n"),
            ("ids and types", "", "event: tick\nid: 12345678\n"),
            ("ids in an event", "data: x\n", "id: 12345678\n"),
            ("ids and types around data", "id: 1\ndata: x\nevent: tick\ndata: y\n", "id: 漢字\nevent\n"),
            ("retries among ids", "data: x\n", "retry: 10\nid: 1\nretry:x\n"),
        ] {
            let chunk = piece.repeat(1024 / piece.len() + 1);
            for size in [1, 7, 1024] {
                let mut parser = Parser::new(Limits::default(), "");
                parser.push(start.as_bytes());
                for _ in 0..200 {
                    for chunk in chunk.as_bytes().chunks(size) {
                        parser.push(chunk);
                        while parser.next_item().unwrap().is_some() {}
                        check(&parser);
                    }
                }
                assert!(
                    parser.capacity() <= 8 * (size + 64),
                    "{name} in chunks of {size}: {}",
                    parser.capacity()
                );
            }
        }
    }

    #[test]
    fn memory_is_bounded_by_the_limit() {
        let limits = Limits { event_bytes: 10_000, id_bytes: 100 };
        for (name, stream) in streams() {
            let mut parser = Parser::new(limits, "");
            for chunk in stream.chunks(100) {
                parser.push(chunk);
                while let Ok(Some(_)) = parser.next_item() {}
            }
            assert!(parser.capacity() <= 60_000, "{name}: {}", parser.capacity());
            let aside = parser.block.event_type.aside.capacity() + parser.block.id.aside.capacity();
            assert!(aside <= 20_000, "{name}: {aside}");
        }
    }

    #[test]
    fn nothing_is_taken_in_after_a_failure() {
        let mut parser = Parser::new(Limits { event_bytes: 10, id_bytes: 10 }, "");
        parser.push(b"data: 0123456789");
        assert_eq!(parser.next_item(), Err(LimitExceeded::Event { limit: 10 }));
        let end = parser.buffer.end();
        parser.push(b"\n\ndata: a\n\n");
        parser.fill(3, |_| panic!("not called"));
        assert_eq!(parser.buffer.end(), end);
        assert_eq!(parser.next_item(), Err(LimitExceeded::Event { limit: 10 }));
    }

    /// The memory of a huge event goes back.
    #[test]
    fn a_huge_event_is_not_held_for_ever() {
        let mut parser = Parser::new(Limits::default(), "");
        let chunk = [b'x'; 64 << 10];
        for line in [&b"data: a\nevent: "[..], b"\ndata: "] {
            parser.push(line);
            for _ in 0..(8 << 20) / chunk.len() {
                parser.push(&chunk);
                assert_eq!(parser.next_item(), Ok(None));
            }
        }
        parser.push(b"\n\n");
        let Ok(Some(Item::Event { event_type, data, .. })) = parser.next_item() else { panic!("an event") };
        assert_eq!((event_type.len(), data.len()), (8 << 20, 2 + (8 << 20)));
        let most = parser.capacity();
        assert!(most > 16 << 20);
        assert_eq!(parser.block.event_type.aside.capacity(), 0);
        // Another one may follow, for which it would be needed.
        for count in 1..=256 {
            assert_eq!(parser.capacity(), most, "after {count} chunks");
            parser.push(b"data: a\n\n");
            assert!(matches!(parser.next_item(), Ok(Some(Item::Event { .. }))));
        }
        assert!(parser.capacity() <= BUFFER_KEPT, "{}", parser.capacity());
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn failures_say_what_is_too_long() {
    let event = LimitExceeded::Event { limit: 12 };
    let id = LimitExceeded::Id { limit: 4096 };
    assert_eq!(event.to_string(), "an event is longer than the limit of 12 bytes");
    assert_eq!(id.to_string(), "an event id is longer than the limit of 4096 bytes");
}

/// Found by `tests/parser_properties.rs`: a blank where the limit ends made a line look as if it could still be a field.
#[test]
fn a_blank_where_the_limit_ends_makes_no_ignored_line_count() {
    for text in ["0 ", ": ", "0aa0 a0 ", ":aa a  "] {
        for size in 1..=text.len() {
            let mut parser = Parser::new(Limits { event_bytes: 0, id_bytes: 0 }, "");
            for chunk in text.as_bytes().chunks(size) {
                parser.push(chunk);
                assert_eq!(parser.next_item(), Ok(None), "{text:?} by {size}");
            }
        }
    }
}
