//! The two loops over all bytes: where does a line end, and is this UTF-8.
//!
//! Each exists twice. `plain` is the definition; `vector` does 16 bytes at a time. On wasm32 that takes no compiler flag of
//! whoever depends on this crate, because the functions themselves say that they need `simd128`. On x86_64 the same
//! algorithms run on SSSE3 where the processor has it, so that tests and fuzzers on any host hold one to the other.

/// How many bytes of the buffer behind the end have to be readable for searches to be fastest.
pub(super) const PADDING: usize = 16;

/// Which of the two is in use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scan {
    /// The loops as one would write them.
    #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
    Plain,
    /// 16 bytes at a time.
    #[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
    Vector(lanes::Available),
}

impl Scan {
    /// The faster one that this machine has.
    pub(super) fn best() -> Self {
        #[cfg(all(feature = "simd", target_arch = "wasm32"))]
        return Self::Vector(lanes::Available::always());
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        return lanes::Available::detect().map_or(Self::Plain, Self::Vector);
        #[cfg(not(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64"))))]
        Self::Plain
    }

    /// The first LF or CR in `buffer[from..to]`.
    #[inline]
    pub(super) fn line_end(self, buffer: &[u8], from: usize, to: usize) -> Option<usize> {
        match self {
            #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
            Self::Plain => plain::line_end(buffer, from, to),
            #[cfg(all(feature = "simd", target_arch = "wasm32"))]
            Self::Vector(_) => vector::line_end(buffer, from, to),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            // SAFETY: an `Available` exists only where the processor has SSSE3.
            Self::Vector(_) => unsafe { vector::line_end(buffer, from, to) },
        }
    }

    /// Whether `bytes` is UTF-8 from start to end.
    #[inline]
    pub(super) fn is_utf8(self, bytes: &[u8]) -> bool {
        match self {
            #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
            Self::Plain => plain::is_utf8(bytes),
            #[cfg(all(feature = "simd", target_arch = "wasm32"))]
            Self::Vector(_) => vector::is_utf8(bytes),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            // SAFETY: an `Available` exists only where the processor has SSSE3.
            Self::Vector(_) => unsafe { vector::is_utf8(bytes) },
        }
    }
}

mod plain {
    pub(super) fn line_end(buffer: &[u8], from: usize, to: usize) -> Option<usize> {
        let range = buffer.get(from..to).unwrap_or_default();
        range.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|offset| from + offset)
    }

    #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
    pub(super) fn is_utf8(bytes: &[u8]) -> bool {
        core::str::from_utf8(bytes).is_ok()
    }
}

#[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
mod lanes;

#[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
mod vector {
    use super::lanes::{
        Lanes, and, any_high_bit, equal, high_bits, load, lookup, minus_saturating, or, previous_1,
        previous_2, previous_3, shift_right_4, splat, xor,
    };
    use super::plain;

    #[inline]
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "ssse3"))]
    pub(super) fn line_end(buffer: &[u8], from: usize, to: usize) -> Option<usize> {
        let (line_feed, carriage_return) = (splat(b'\n'), splat(b'\r'));
        let mut at = from;
        while at < to {
            // Bytes behind `to` may be looked at; what is found there does not count.
            let Some(block) = buffer.get(at..).and_then(|rest| rest.first_chunk()) else {
                return plain::line_end(buffer, at, to);
            };
            let block = load(block);
            let hits = high_bits(or(equal(block, line_feed), equal(block, carriage_return)));
            if hits != 0 {
                let end = at + hits.trailing_zeros() as usize;
                return (end < to).then_some(end);
            }
            at += 16;
        }
        None
    }

    /// The lookup algorithm of John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte"
    /// (2021): three table lookups say what is wrong with each pair of neighbouring bytes.
    #[inline]
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "ssse3"))]
    pub(super) fn is_utf8(bytes: &[u8]) -> bool {
        let mut errors = splat(0);
        let mut before = splat(0);
        let (groups, rest) = bytes.as_chunks::<64>();
        for group in groups {
            let (blocks, _) = group.as_chunks::<16>();
            let mut all = before;
            for block in blocks {
                all = or(all, load(block));
            }
            // Nothing but ASCII, and nothing unfinished before it. `before` was ASCII and so may stay what it is.
            if !any_high_bit(all) {
                continue;
            }
            for block in blocks {
                let now = load(block);
                errors = or(errors, errors_in(now, before));
                before = now;
            }
        }
        let (blocks, rest) = rest.as_chunks::<16>();
        for block in blocks {
            let now = load(block);
            if any_high_bit(or(now, before)) {
                errors = or(errors, errors_in(now, before));
            }
            before = now;
        }
        // The last block is filled up with zeros, of which there is one at least: a character cut short is an error.
        let mut last = [0; 16];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let now = load(&last);
        if any_high_bit(or(now, before)) {
            errors = or(errors, errors_in(now, before));
        }
        high_bits(equal(errors, splat(0))) == 0xFFFF
    }

    /// Which bytes of `now`, each with those in front of it, are wrong: not zero.
    #[inline]
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "ssse3"))]
    fn errors_in(now: Lanes, before: Lanes) -> Lanes {
        let first = previous_1(before, now);
        let by_pair = and(
            and(lookup(&FIRST_HIGH, shift_right_4(first)), lookup(&FIRST_LOW, and(first, splat(0x0F)))),
            lookup(&SECOND_HIGH, shift_right_4(now)),
        );
        // Where the byte two before starts three or more, or the one three before starts four, a continuation has to be:
        // there, and only there, two continuations in a row are right.
        let third = minus_saturating(previous_2(before, now), splat(0xE0 - 0x80));
        let fourth = minus_saturating(previous_3(before, now), splat(0xF0 - 0x80));
        xor(and(or(third, fourth), splat(0x80)), by_pair)
    }

    // What can be wrong with a pair of bytes. An error is there if all three lookups agree on it.
    /// 11______ 0_______, 11______ 11______
    const TOO_SHORT: u8 = 1 << 0;
    /// 0_______ 10______
    const TOO_LONG: u8 = 1 << 1;
    /// 11100000 100_____
    const OVERLONG_3: u8 = 1 << 2;
    /// 11110100 1001____, 11110100 101_____, 11110101 and more
    const TOO_LARGE: u8 = 1 << 3;
    /// 11101101 101_____
    const SURROGATE: u8 = 1 << 4;
    /// 1100000_ 10______
    const OVERLONG_2: u8 = 1 << 5;
    /// 11110000 1000____, and 11110101 1000____ and more, which is too large: one bit will do
    const OVERLONG_4: u8 = 1 << 6;
    /// 10______ 10______, which is wrong or right depending on what comes before
    const TWO_CONTINUATIONS: u8 = 1 << 7;
    /// What the low half of the first byte says nothing about.
    const ANY: u8 = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS;

    /// By the high half of the first byte.
    const FIRST_HIGH: [u8; 16] = [
        TOO_LONG,
        TOO_LONG,
        TOO_LONG,
        TOO_LONG,
        TOO_LONG,
        TOO_LONG,
        TOO_LONG,
        TOO_LONG,
        TWO_CONTINUATIONS,
        TWO_CONTINUATIONS,
        TWO_CONTINUATIONS,
        TWO_CONTINUATIONS,
        TOO_SHORT | OVERLONG_2,
        TOO_SHORT,
        TOO_SHORT | OVERLONG_3 | SURROGATE,
        TOO_SHORT | TOO_LARGE | OVERLONG_4,
    ];

    /// By the low half of the first byte.
    const FIRST_LOW: [u8; 16] = [
        ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
        ANY | OVERLONG_2,
        ANY,
        ANY,
        ANY | TOO_LARGE,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4 | SURROGATE,
        ANY | TOO_LARGE | OVERLONG_4,
        ANY | TOO_LARGE | OVERLONG_4,
    ];

    /// By the high half of the second byte.
    const SECOND_HIGH: [u8; 16] = [
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_LONG | TWO_CONTINUATIONS | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
        TOO_LONG | TWO_CONTINUATIONS | OVERLONG_2 | OVERLONG_3 | TOO_LARGE,
        TOO_LONG | TWO_CONTINUATIONS | OVERLONG_2 | SURROGATE | TOO_LARGE,
        TOO_LONG | TWO_CONTINUATIONS | OVERLONG_2 | SURROGATE | TOO_LARGE,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
    ];
}

#[cfg(test)]
pub(super) mod tests;
