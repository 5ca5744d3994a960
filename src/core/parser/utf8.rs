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
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (kind, len) = sequence(rest);
        let (bytes, others) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        rest = others;
        match kind {
            Sequence::Whole => text.extend_from_slice(bytes),
            Sequence::Broken => text.extend_from_slice("\u{FFFD}".as_bytes()),
            Sequence::Incomplete => {
                text.extend_from_slice(bytes);
                return (text, len);
            }
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
    // "UTF-8 lower boundary" and "UTF-8 upper boundary": a second byte outside them ends the sequence as invalid.
    let (len, mut lower, mut upper) = match bytes.first() {
        Some(0..=0x7F) => (1, 0x80, 0xBF),
        Some(0xC2..=0xDF) => (2, 0x80, 0xBF),
        Some(0xE0) => (3, 0xA0, 0xBF),
        Some(0xED) => (3, 0x80, 0x9F),
        Some(0xE1..=0xEF) => (3, 0x80, 0xBF),
        Some(0xF0) => (4, 0x90, 0xBF),
        Some(0xF4) => (4, 0x80, 0x8F),
        Some(0xF1..=0xF3) => (4, 0x80, 0xBF),
        _ => return (Sequence::Broken, 1),
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
