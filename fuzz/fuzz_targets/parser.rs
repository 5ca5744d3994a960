//! Any bytes, cut anywhere, under any limits: whole and in pieces they read as the standard has it.

#![no_main]

#[path = "../../tests/wire/common.rs"]
#[allow(dead_code, reason = "the tests of the parser share more than is needed here")]
mod common;

use arbitrary::Arbitrary;
use common::{Seen, read, read_by_the_standard};
use everstream::internals::parser::{Item, Limits, Parser, Span};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Case {
    limits: Option<(u8, u8)>,
    seed: bool,
    comments: bool,
    /// The lengths of the chunks, over and over again.
    cuts: [u8; 6],
    stream: Vec<u8>,
}

fuzz_target!(|case: Case| {
    let limits = match case.limits {
        Some((event_bytes, id_bytes)) => {
            Limits::default().event_bytes(event_bytes.into()).id_bytes(id_bytes.into())
        }
        None => Limits::default(),
    };
    let seed = if case.seed { "seed" } else { "" };
    let expected = read_by_the_standard(limits, seed, case.comments, &case.stream);
    for seen in &expected {
        if let Seen::Event(event_type, data, id) = seen {
            assert!(data.len() <= limits.event_bytes && (id.len() <= limits.id_bytes || id == seed));
            assert!(event_type == "message" || event_type.len() <= limits.event_bytes);
        }
    }
    let chunks = cut(&case.stream, &case.cuts);
    assert_eq!(read(limits, seed, case.comments, [&case.stream[..]]), expected);
    assert_eq!(read(limits, seed, case.comments, chunks.iter().copied()), expected);
    assert_eq!(read(limits, seed, case.comments, case.stream.chunks(1)), expected);
    look_at_spans(limits, &chunks);
});

fn cut<'s>(mut stream: &'s [u8], lengths: &[u8]) -> Vec<&'s [u8]> {
    let mut chunks = Vec::new();
    for length in lengths.iter().cycle() {
        // A length of nothing at all would never get on.
        let length = usize::from(*length).max(1).min(stream.len());
        let (chunk, rest) = stream.split_at(length);
        chunks.push(chunk);
        stream = rest;
        if stream.is_empty() {
            break;
        }
    }
    chunks
}

/// What is buffered is text, each span lies in it between two characters, and none before one of an earlier item.
fn look_at_spans(limits: Limits, chunks: &[&[u8]]) {
    let mut parser = Parser::new(limits, "").comments(true);
    for chunk in chunks {
        parser.push(chunk);
        let mut from = 0;
        while let Ok(Some(item)) = parser.next_item() {
            assert!(std::str::from_utf8(parser.buffered().as_bytes()).is_ok());
            let mut spans = match item {
                Item::Event { event_type, data, id } => vec![event_type, data, id.unwrap_or_default()],
                Item::Comment(text) => vec![text],
                Item::Id | Item::Retry(_) => Vec::new(),
            };
            spans.retain(|span| !span.is_empty());
            spans.sort_by_key(|span: &Span| span.start());
            for span in spans {
                assert!(span.start() >= from, "{item:?} overlaps or goes back");
                assert!(parser.buffered().get(span.range()).is_some(), "{item:?} is no text");
                // A comment in the middle of an event is read at once, and its place is used again.
                if !matches!(item, Item::Comment(_)) {
                    from = span.end();
                }
            }
        }
    }
}
