//! The parser where it will run: as WebAssembly, with its SIMD, in a browser.

#![cfg(target_arch = "wasm32")]

#[path = "wire/cases.rs"]
mod cases;
#[path = "wire/common.rs"]
mod common;

use cases::CASES;
use common::{read, read_by_the_standard};
use everstream::internals::parser::Limits;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn the_table() {
    for case in CASES {
        let expected = case.expected();
        assert_eq!(read(case.limits(), case.seed, case.comments, [case.bytes]), expected, "{}", case.name);
        assert_eq!(
            read(case.limits(), case.seed, case.comments, case.bytes.chunks(1)),
            expected,
            "{}, byte by byte",
            case.name
        );
        for at in 0..=case.bytes.len() {
            let (first, second) = case.bytes.split_at(at);
            assert_eq!(
                read(case.limits(), case.seed, case.comments, [first, second]),
                expected,
                "{}, cut at {at}",
                case.name
            );
        }
    }
}

/// Pieces of the table in random order and random chunks, by the standard and by the parser.
#[wasm_bindgen_test]
fn random_streams() {
    let mut state = 0x00C0_FFEE_u64;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % end
    };
    for round in 0..1000 {
        let mut bytes = Vec::new();
        for _ in 0..below(12) {
            let piece = CASES[below(CASES.len())].bytes;
            let from = below(piece.len() + 1);
            bytes.extend_from_slice(&piece[from..from + below(piece.len() - from + 1)]);
        }
        let limits = if round % 2 == 0 {
            Limits::default()
        } else {
            Limits::default().event_bytes(below(80)).id_bytes(below(8))
        };
        let comments = round % 3 != 0;
        let expected = read_by_the_standard(limits, "seed", comments, &bytes);
        assert_eq!(read(limits, "seed", comments, [&bytes[..]]), expected, "{bytes:x?}");
        let size = below(40) + 1;
        assert_eq!(
            read(limits, "seed", comments, bytes.chunks(size)),
            expected,
            "{bytes:x?}, in chunks of {size}"
        );
    }
}
