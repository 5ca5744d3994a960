//! What a chunk of bytes lacks to be UTF-8, as the [UTF-8 decoder](https://encoding.spec.whatwg.org/#utf-8-decoder) of the
//! Encoding standard sees it.

/// How many bytes at the end are the start of a character that the next chunk may complete: 0 to 3.
pub(super) fn incomplete_end(bytes: &[u8]) -> usize {
    // "bytes needed" is at most 3 and the lead byte comes first, so it is one of the last three or there is none.
    let mut tail = [0; 3];
    let mut len = 0;
    for &byte in bytes.iter().rev().take(3) {
        tail.rotate_right(1);
        tail[0] = byte;
        len += 1;
        if continues(byte) {
            continue;
        }
        let [lead, second, _] = tail;
        let needed = match lead {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        // "UTF-8 lower boundary" and "UTF-8 upper boundary": a second byte outside them ends the sequence as invalid.
        let may_follow = match lead {
            0xE0 => 0xA0..=0xBF,
            0xED => 0x80..=0x9F,
            0xF0 => 0x90..=0xBF,
            0xF4 => 0x80..=0x8F,
            _ => 0x80..=0xBF,
        };
        let is_open = needed > len && (len == 1 || may_follow.contains(&second));
        return if is_open { len } else { 0 };
    }
    0
}

/// `bytes` with each maximal part that is not UTF-8 replaced by U+FFFD, and how many bytes at the end of that are the start
/// of a character yet to be completed, and so left as they are.
pub(super) fn repair(bytes: &[u8]) -> (Vec<u8>, usize) {
    let pending = incomplete_end(bytes);
    let (complete, incomplete) = bytes.split_at_checked(bytes.len() - pending).unwrap_or((bytes, &[]));
    let mut text = Vec::with_capacity(bytes.len());
    for chunk in complete.utf8_chunks() {
        text.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            text.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
    text.extend_from_slice(incomplete);
    (text, pending)
}

/// Whether a byte of UTF-8 is any but the first of its character.
pub(super) const fn continues(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}
