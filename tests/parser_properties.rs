//! The parser on streams that nobody thought of.

#![cfg(not(target_arch = "wasm32"))]

#[path = "wire/common.rs"]
mod common;

use common::{read, read_by_the_standard, see, take_all, utf8_decode};
use everstream::internals::parser::{Limits, Parser};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any chunking of any stream gives the items that the standard gives for the whole.
    #[test]
    fn any_chunking_reads_by_the_standard(
        bytes in stream(),
        cuts in vec(0..400_usize, 0..24),
        comments in any::<bool>(),
    ) {
        let expected = read_by_the_standard(Limits::default(), "seed", comments, &bytes);
        prop_assert_eq!(&read(Limits::default(), "seed", comments, [&bytes[..]]), &expected);
        prop_assert_eq!(&read(Limits::default(), "seed", comments, bytes.chunks(1)), &expected);
        prop_assert_eq!(&read(Limits::default(), "seed", comments, chunks(&bytes, cuts)), &expected);
    }

    /// So it is with limits, up to the failure and including it.
    #[test]
    fn any_chunking_fails_alike(
        bytes in stream(),
        cuts in vec(0..400_usize, 0..24),
        comments in any::<bool>(),
        event_bytes in 0..60_usize,
        id_bytes in 0..6_usize,
    ) {
        let limits = Limits::default().event_bytes(event_bytes).id_bytes(id_bytes);
        let expected = read_by_the_standard(limits, "", comments, &bytes);
        prop_assert_eq!(&read(limits, "", comments, [&bytes[..]]), &expected);
        prop_assert_eq!(&read(limits, "", comments, bytes.chunks(1)), &expected);
        prop_assert_eq!(&read(limits, "", comments, chunks(&bytes, cuts)), &expected);
    }

    /// So it is if nobody takes an item before the next chunks are there.
    #[test]
    fn items_may_wait(bytes in stream(), cuts in vec(0..400_usize, 0..24), patience in 1..6_usize) {
        let mut parser = Parser::new(Limits::default(), "").comments(true);
        let mut seen = Vec::new();
        for (index, chunk) in chunks(&bytes, cuts).into_iter().enumerate() {
            parser.fill(chunk.len(), |room| room.copy_from_slice(chunk));
            if index % patience == 0 {
                take_all(&mut parser, &mut seen);
            } else if index % patience == 1
                && let Ok(Some(item)) = parser.next_item()
            {
                seen.push(see(&parser, &item));
            }
        }
        take_all(&mut parser, &mut seen);
        prop_assert_eq!(seen, read_by_the_standard(Limits::default(), "", true, &bytes));
    }

    /// Bytes that are no stream at all.
    #[test]
    fn arbitrary_bytes(bytes in vec(any::<u8>(), 0..600), size in 1..80_usize) {
        let expected = read_by_the_standard(Limits::default(), "", true, &bytes);
        prop_assert_eq!(read(Limits::default(), "", true, bytes.chunks(size)), expected);
    }

    /// The decoder that the others are compared with is right: so has it the standard library.
    #[test]
    fn decoder_of_the_tests(bytes in vec(prop_oneof![any::<u8>(), 0x80..0xC0_u8, 0xE0..0xF5_u8], 0..40)) {
        let decoded = utf8_decode(&bytes);
        let lossy = String::from_utf8_lossy(&bytes);
        prop_assert!(*lossy == decoded || *lossy == format!("{decoded}\u{FFFD}"), "{lossy:?} {decoded:?}");
    }
}

/// A stream of what streams are made of, in any order.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => one_of(LINE_ENDS),
        8 => one_of(DATA),
        6 => one_of(FIELDS),
        3 => one_of(CHARACTERS),
        2 => one_of(BROKEN),
        4 => "[a-z0-9]{1,12}".prop_map(String::into_bytes),
        1 => "[a-z0-9: ]{60,400}".prop_map(String::into_bytes),
        1 => "[0-9]{15,25}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..30),
    ];
    (prop::bool::weighted(0.1), vec(piece, 0..60)).prop_map(|(bom, pieces)| {
        let start = if bom { &b"\xEF\xBB\xBF"[..] } else { b"" };
        [start, &pieces.concat()].concat()
    })
}

const LINE_ENDS: &[&[u8]] = &[b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n", b"\r\r"];
const DATA: &[&[u8]] = &[b"data", b"data:", b"data: ", b"\ndata: ", b"\ndata"];
const FIELDS: &[&[u8]] = &[
    b"\nid",
    b"\nid: ",
    b"id:",
    b"\nevent: ",
    b"event:",
    b"\nretry: ",
    b"\nretry:7",
    b"\nretry: x",
    b"\nid:\0",
    b"\nx",
    b"\n: ",
    b":",
    b" ",
    b"\0",
];
const CHARACTERS: &[&[u8]] = &[
    b"\xEF\xBB\xBF",     // U+FEFF
    b"\xC2\x85",         // U+0085
    b"\xC3\xA9",         // U+00E9
    b"\xE2\x80\xA8",     // U+2028
    b"\xED\x9F\xBF",     // U+D7FF
    b"\xE6\xBC\xA2",     // U+6F22
    b"\xF0\x9F\x98\x80", // U+1F600
    b"\xF4\x8F\xBF\xBF", // U+10FFFF
];
const BROKEN: &[&[u8]] = &[
    b"\xEF",
    b"\xEF\xBB",
    b"\xF0\x9F",
    b"\xE6",
    b"\xED\xA0\x80",
    b"\xC0\xAF",
    b"\x80",
    b"\xFF",
    b"\xF4\x90",
];

fn one_of(pieces: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(pieces).prop_map(Vec::from)
}

/// The bytes, cut at these places.
fn chunks(bytes: &[u8], mut cuts: Vec<usize>) -> Vec<&[u8]> {
    cuts.extend([0, bytes.len()]);
    cuts.iter_mut().for_each(|cut| *cut = (*cut).min(bytes.len()));
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}
