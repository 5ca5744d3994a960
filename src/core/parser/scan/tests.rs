//! `vector` against `plain`.

use super::{PADDING, Scan, WINDOW};

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_bit_for_each_end_of_a_line_and_for_no_other_byte() {
    for byte in 0..=u8::MAX {
        let is_end = matches!(byte, b'\n' | b'\r');
        for at in 0..WINDOW {
            for around in *b"a\n" {
                let mut window = [around; WINDOW];
                window[at] = byte;
                let others = if around == b'\n' { !(1 << at) } else { 0 };
                let expected = others | u64::from(is_end) << at;
                assert_eq!(Scan::best().line_ends(&window), expected);
                assert_eq!(Scan::Plain.line_ends(&window), expected);
            }
        }
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn one_byte_makes_the_difference_between_mere_text_and_not() {
    for byte in 0..=u8::MAX {
        for at in 0..WINDOW {
            let mut window = [b'~'; WINDOW];
            window[at] = byte;
            for scan in [Scan::best(), Scan::Plain] {
                assert_eq!(scan.is_ascii(&window), byte < 128);
                assert_eq!(scan.is_mere_text(&window), (14..128).contains(&byte));
            }
        }
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn ranges_outside_the_buffer_hold_nothing() {
    for scan in [Scan::best(), Scan::Plain] {
        for (from, to) in [(5, 9), (1, 0), (0, 2), (usize::MAX, 0), (0, usize::MAX)] {
            assert!(!scan.is_utf8(b"\xFF", from, to));
        }
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_nul_counts_among_the_first_sixteen() {
    for at in 0..WINDOW {
        let mut window = [b'a'; WINDOW];
        window[at] = 0;
        for scan in [Scan::best(), Scan::Plain] {
            assert_eq!(scan.is_without_nul(&window), at >= 16);
        }
    }
}

#[cfg(feature = "js")]
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_name_is_the_same_as_far_as_it_goes() {
    for len in 0..=32 {
        for wrong in 0..WINDOW {
            let mut window = [b'n'; WINDOW];
            window[wrong] = b'm';
            for scan in [Scan::best(), Scan::Plain] {
                assert_eq!(scan.begins_with(&window, &[b'n'; 32], len), wrong >= len);
            }
        }
    }
}

/// All sequences of up to three bytes, and those of four that are not settled by their first three, across the borders of
/// blocks and groups.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn verdict_on_all_short_sequences() {
    // One byte of each range that a boundary in the standard tells apart.
    let bytes = [
        0x00, 0x0A, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
        0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF,
    ];
    let places: &[usize] =
        if cfg!(debug_assertions) { &[0, 14, 62] } else { &[0, 1, 12, 13, 14, 15, 16, 60, 61, 62, 63, 64] };
    for &place in places {
        let mut text = vec![b'a'; place];
        for a in bytes {
            for b in bytes {
                for c in bytes {
                    for d in [b'a', 0x80, 0xBF, 0xC3, 0xF0] {
                        text.truncate(place);
                        text.extend([a, b, c, d]);
                        agree(&text);
                        agree(&text[..place + 1]);
                        agree(&text[..place + 2]);
                        agree(&text[..place + 3]);
                    }
                }
            }
        }
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn verdict_on_text_with_a_fault() {
    let mut random = Random(0x5eed);
    for round in 0..3000 {
        let mut text = Vec::new();
        let len = random.below(200);
        while text.len() < len {
            let longest = [0x80, 0x800, 0x1_0000, 0x11_0000][random.below(4)];
            let run = random.below(if round % 3 == 0 { 70 } else { 4 });
            for _ in 0..=run {
                let character = char::from_u32(random.below(longest) as u32).unwrap_or('a');
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        agree(&text);
        assert!(Scan::Plain.is_utf8(&text, 0, text.len()));
        if text.is_empty() {
            continue;
        }
        // Changed, cut and shortened.
        let at = random.below(text.len());
        agree(&text[..at]);
        agree(&text[at..]);
        let byte = text[at];
        text[at] = random.below(256) as u8;
        agree(&text);
        text[at] = byte ^ (1 << random.below(8));
        agree(&text);
        text.remove(at);
        agree(&text);
    }
}

/// ASCII is skipped by the group: not when it breaks a character in two.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn verdict_on_characters_torn_apart() {
    for character in ["\u{e9}", "\u{6f22}", "\u{1f600}"] {
        for at in 1..character.len() {
            for before in 48..66 {
                for between in [0, 1, 16, 48, 63, 64, 65, 128, 192] {
                    let mut text = vec![b'a'; before];
                    text.extend_from_slice(&character.as_bytes()[..at]);
                    text.resize(text.len() + between, b'a');
                    text.extend_from_slice(&character.as_bytes()[at..]);
                    agree(&text);
                    text.resize(text.len() + 64, b'a');
                    agree(&text);
                }
            }
        }
    }
}

fn agree(bytes: &[u8]) {
    let expected = core::str::from_utf8(bytes).is_ok();
    let to = bytes.len();
    assert_eq!(Scan::Plain.is_utf8(bytes, 0, to), expected);
    // What lies around does not count.
    let mut padded = [&[0xC3][..], bytes].concat();
    padded.resize(1 + to + PADDING, 0x80);
    assert_eq!(Scan::best().is_utf8(&padded, 1, 1 + to), expected, "{bytes:x?}");
}

/// A seeded generator (xorshift), for what runs in a browser as well.
pub(in super::super) struct Random(pub(in super::super) u64);

impl Random {
    pub(in super::super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }
}
