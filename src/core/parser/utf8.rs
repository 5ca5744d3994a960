//! What a chunk of bytes lacks to be UTF-8, as the [UTF-8 decoder](https://encoding.spec.whatwg.org/#utf-8-decoder) of the
//! Encoding standard sees it.

/// How many bytes at the end are the start of a character that the next chunk may complete: 0 to 3.
pub(super) fn incomplete_end(bytes: &[u8]) -> usize {
    // "bytes needed" is at most 3 and the lead byte comes first, so it is one of the last three or there is none.
    for len in 1..=bytes.len().min(3) {
        let tail = bytes.get(bytes.len() - len..).unwrap_or_default();
        if tail.first().is_some_and(|first| !continues(*first)) {
            return if let Sequence::Incomplete = sequence(tail).0 { len } else { 0 };
        }
    }
    0
}

/// `bytes` with each maximal part that is not UTF-8 replaced by U+FFFD, and how many bytes at the end of that are the start
/// of a character yet to be completed, and so left as they are.
pub(super) fn repair(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut text = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (kind, len) = sequence(rest);
        let (bytes, others) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        rest = others;
        text.extend_from_slice(if let Sequence::Broken = kind { "\u{FFFD}".as_bytes() } else { bytes });
        if let Sequence::Incomplete = kind {
            return (text, len);
        }
    }
    (text, 0)
}

/// What the bytes up to the next character are.
enum Sequence {
    /// A character.
    Whole,
    /// None, whatever comes.
    Broken,
    /// One that may be completed.
    Incomplete,
}

/// The first character, or what is in its place, and how many bytes that takes.
fn sequence(bytes: &[u8]) -> (Sequence, usize) {
    let first = bytes.first().copied().unwrap_or_default();
    let len = match first {
        0..=0x7F => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (Sequence::Broken, 1),
    };
    // "UTF-8 lower boundary" and "UTF-8 upper boundary": a second byte outside them ends the sequence as invalid.
    let mut lower = match first {
        0xE0 => 0xA0,
        0xF0 => 0x90,
        _ => 0x80,
    };
    let mut upper = match first {
        0xED => 0x9F,
        0xF4 => 0x8F,
        _ => 0xBF,
    };
    for at in 1..len {
        match bytes.get(at) {
            None => return (Sequence::Incomplete, at),
            Some(byte) if *byte < lower || *byte > upper => return (Sequence::Broken, at),
            Some(_) => (lower, upper) = (0x80, 0xBF),
        }
    }
    (Sequence::Whole, len)
}

/// Whether a byte of UTF-8 is any but the first of its character.
pub(super) const fn continues(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}
