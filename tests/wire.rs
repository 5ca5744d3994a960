//! The table of streams in `wire/cases.rs`, each of them whole, byte by byte, and cut in two everywhere.

#![cfg(not(target_arch = "wasm32"))]

#[path = "wire/cases.rs"]
mod cases;
#[path = "wire/common.rs"]
mod common;

use cases::{CASES, Case};
use common::{read, read_by_the_standard};

#[test]
fn whole() {
    check(|case| vec![vec![case.bytes]]);
}

#[test]
fn byte_by_byte() {
    check(|case| vec![case.bytes.chunks(1).collect()]);
}

#[test]
fn cut_in_two_everywhere() {
    check(|case| {
        (0..=case.bytes.len()).map(|at| <[&[u8]; 2]>::from(case.bytes.split_at(at)).into()).collect()
    });
}

#[test]
fn cut_in_three_everywhere() {
    check(|case| {
        let len = case.bytes.len();
        let cuts = (0..=len).flat_map(|first| (first..=len).map(move |second| (first, second)));
        cuts.map(|(a, b)| vec![&case.bytes[..a], &case.bytes[a..b], &case.bytes[b..]]).collect()
    });
}

/// The table agrees with the standard, as the property tests have it.
#[test]
fn by_the_standard() {
    for case in CASES {
        let expected = case.expected();
        assert_eq!(
            read_by_the_standard(case.limits(), case.seed, case.comments, case.bytes),
            expected,
            "{}",
            case.name
        );
    }
}

#[test]
fn names_are_unique() {
    for (index, case) in CASES.iter().enumerate() {
        assert!(CASES[..index].iter().all(|other| other.name != case.name), "{}", case.name);
    }
}

fn check(cuts: impl Fn(&Case) -> Vec<Vec<&'static [u8]>>) {
    for case in CASES {
        let expected = case.expected();
        for chunks in cuts(case) {
            assert_eq!(
                read(case.limits(), case.seed, case.comments, chunks.clone()),
                expected,
                "{}: {chunks:?}",
                case.name
            );
        }
    }
}
