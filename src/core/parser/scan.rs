//! The loops over all bytes: where do lines end, and is this UTF-8.
//!
//! Each exists twice. `plain` is the definition; `vector` does 16 bytes at a time. On wasm32 that takes no compiler flag of
//! whoever depends on this crate, because the functions themselves say that they need `simd128`. On x86_64 the same
//! algorithms run on SSE4.1 where the processor has it, so that tests and fuzzers on any host hold one to the other.

/// How many bytes are searched at a time.
pub(super) const WINDOW: usize = 64;

/// How many bytes of the buffer behind what is looked at have to be readable, whatever they are. Without them `vector` finds
/// nothing, and no text.
pub(super) const PADDING: usize = WINDOW;

/// Which of the two is in use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scan {
    /// The loops as one would write them.
    #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
    Plain,
    /// 16 bytes at a time. What line ends are is looked up in memory: a constant of 16 bytes is put together anew, by three or
    /// four instructions, wherever it is used.
    #[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
    Vector(lanes::Available, &'static Ends),
}

/// What the ends of lines are told from other bytes by.
#[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// All of them are less than that.
    above: [u8; 16],
    /// Not 0 for LF and CR.
    table: [u8; 16],
}

#[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
static ENDS: Ends = {
    let mut table = [0; 16];
    table[b'\n' as usize] = 0xFF;
    table[b'\r' as usize] = 0xFF;
    Ends { above: [b'\r' + 1; 16], table }
};

/// Calls the function of that name in `plain` or `vector`.
macro_rules! in_use {
    ($scan:expr, $function:ident($($argument:expr),*)) => {
        match $scan {
            #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
            Scan::Plain => plain::$function($($argument),*),
            #[cfg(all(feature = "simd", target_arch = "wasm32"))]
            Scan::Vector(..) => vector::$function($($argument),*),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            // SAFETY: an `Available` exists only where the processor has SSE4.1.
            Scan::Vector(..) => unsafe { vector::$function($($argument),*) },
        }
    };
}

/// The same for a function that has to know what the ends of lines are.
macro_rules! by_ends {
    ($scan:expr, $function:ident($window:expr)) => {
        match $scan {
            #[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
            Scan::Plain => plain::$function($window),
            #[cfg(all(feature = "simd", target_arch = "wasm32"))]
            Scan::Vector(_, ends) => vector::$function(ends, $window),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            // SAFETY: an `Available` exists only where the processor has SSE4.1.
            Scan::Vector(_, ends) => unsafe { vector::$function(ends, $window) },
        }
    };
}

impl Scan {
    /// The faster one that this machine has.
    pub(super) fn best() -> Self {
        #[cfg(all(feature = "simd", target_arch = "wasm32"))]
        return Self::Vector(lanes::Available::always(), &ENDS);
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        return lanes::Available::detect().map_or(Self::Plain, |available| Self::Vector(available, &ENDS));
        #[cfg(not(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64"))))]
        Self::Plain
    }

    /// Whether it is ASCII without an end of a line. It may say no when there is a tab, or another control character.
    #[inline(always)]
    pub(super) fn is_mere_text(&self, window: &[u8; WINDOW]) -> bool {
        by_ends!(self, is_mere_text(window))
    }

    #[inline(always)]
    pub(super) fn is_ascii(&self, window: &[u8; WINDOW]) -> bool {
        in_use!(self, is_ascii(window))
    }

    /// A bit for each LF or CR, the first byte's lowest.
    #[inline(always)]
    pub(super) fn line_ends(&self, window: &[u8; WINDOW]) -> u64 {
        by_ends!(self, line_ends(window))
    }

    /// Whether `buffer[from..to]` is UTF-8.
    #[inline]
    pub(super) fn is_utf8(&self, buffer: &[u8], from: usize, to: usize) -> bool {
        in_use!(self, is_utf8(buffer, from, to))
    }

    /// Whether none of the first 16 is NUL.
    #[inline(always)]
    pub(super) fn is_without_nul(&self, window: &[u8; WINDOW]) -> bool {
        in_use!(self, is_without_nul(window))
    }

    /// Whether both begin with the same `len` bytes, 32 at the most.
    #[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
    #[inline(always)]
    pub(super) fn begins_with(&self, window: &[u8; WINDOW], name: &[u8; 32], len: usize) -> bool {
        in_use!(self, begins_with(window, name, len))
    }
}

#[cfg(any(test, not(all(feature = "simd", target_arch = "wasm32"))))]
mod plain {
    use super::WINDOW;

    pub(super) fn is_mere_text(window: &[u8; WINDOW]) -> bool {
        window.iter().all(|byte| matches!(byte, 14..128))
    }

    pub(super) fn is_ascii(window: &[u8; WINDOW]) -> bool {
        <[u8]>::is_ascii(window)
    }

    pub(super) fn line_ends(window: &[u8; WINDOW]) -> u64 {
        let bit = |(at, byte): (usize, &u8)| u64::from(matches!(byte, b'\n' | b'\r')) << at;
        window.iter().enumerate().map(bit).sum()
    }

    pub(super) fn is_utf8(buffer: &[u8], from: usize, to: usize) -> bool {
        buffer.get(from..to).is_some_and(|bytes| core::str::from_utf8(bytes).is_ok())
    }

    pub(super) fn is_without_nul(window: &[u8; WINDOW]) -> bool {
        window.iter().take(16).all(|byte| *byte != 0)
    }

    #[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
    pub(super) fn begins_with(window: &[u8; WINDOW], name: &[u8; 32], len: usize) -> bool {
        window.iter().zip(name).take(len).all(|(one, other)| one == other)
    }
}

#[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
mod lanes;

#[cfg(all(feature = "simd", any(target_arch = "wasm32", target_arch = "x86_64")))]
mod vector {
    use super::lanes::{
        Lanes, and, any_high_bit, equal, exceeds, high_bits, least, load, lookup, lookup_or_0,
        minus_saturating, or, previous_1, previous_2, previous_3, shift_right_4, splat, xor,
    };
    use super::{Ends, WINDOW};

    /// As most of a long line is: 1 ns. What is beyond ASCII is less than 0 here. (On wasm32 all of this is part of what calls
    /// it, which says what it needs.)
    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(target_arch = "x86_64", inline, target_feature(enable = "sse4.1"))]
    pub(super) fn is_mere_text(ends: &Ends, window: &[u8; WINDOW]) -> bool {
        !any_high_bit(exceeds(load(&ends.above), least_of(window)))
    }

    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(target_arch = "x86_64", inline, target_feature(enable = "sse4.1"))]
    pub(super) fn is_ascii(window: &[u8; WINDOW]) -> bool {
        !any_high_bit(least_of(window))
    }

    /// Of four bytes each.
    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(target_arch = "x86_64", inline, target_feature(enable = "sse4.1"))]
    fn least_of(window: &[u8; WINDOW]) -> Lanes {
        let ([a, b, c, d], _) = window.as_chunks::<16>() else { return splat(0) };
        least(least(load(a), load(b)), least(load(c), load(d)))
    }

    /// 3 ns: one instruction for a table lookup is less than two comparisons and what puts them together.
    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(target_arch = "x86_64", inline, target_feature(enable = "sse4.1"))]
    pub(super) fn line_ends(ends: &Ends, window: &[u8; WINDOW]) -> u64 {
        let ([a, b, c, d], _) = window.as_chunks::<16>() else { return 0 };
        let a = u64::from(high_bits(lookup_or_0(&ends.table, load(a))));
        let b = u64::from(high_bits(lookup_or_0(&ends.table, load(b))));
        let c = u64::from(high_bits(lookup_or_0(&ends.table, load(c))));
        let d = u64::from(high_bits(lookup_or_0(&ends.table, load(d))));
        a | b << 16 | c << 32 | d << 48
    }

    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(target_arch = "x86_64", inline, target_feature(enable = "sse4.1"))]
    pub(super) fn is_without_nul(window: &[u8; WINDOW]) -> bool {
        let ([first, ..], _) = window.as_chunks() else { return false };
        !any_high_bit(equal(load(first), splat(0)))
    }

    #[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(target_arch = "x86_64", inline, target_feature(enable = "sse4.1"))]
    pub(super) fn begins_with(window: &[u8; WINDOW], name: &[u8; 32], len: usize) -> bool {
        let ([a, b, ..], _) = window.as_chunks::<16>() else { return false };
        let ([c, d, ..], _) = name.as_chunks::<16>() else { return false };
        let low = u64::from(high_bits(equal(load(a), load(c))));
        let high = u64::from(high_bits(equal(load(b), load(d))));
        (low | high << 16 | !0 << len) == !0
    }

    /// `buffer[from..to]` in blocks, of which the last may go on behind `to`. `None` without the padding.
    #[inline(always)]
    fn blocks(buffer: &[u8], from: usize, to: usize) -> Option<&[[u8; 16]]> {
        let (blocks, _) = buffer.get(from..)?.as_chunks();
        blocks.get(..to.checked_sub(from)?.div_ceil(16))
    }

    /// The first `len` bytes, and zeros.
    #[inline]
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse4.1"))]
    fn cut(lanes: Lanes, len: usize) -> Lanes {
        let Some(mask) = 16_usize.checked_sub(len).and_then(|at| MASKS.get(at..)?.first_chunk()) else {
            return lanes;
        };
        and(lanes, load(mask))
    }

    const MASKS: [u8; 32] = {
        let mut masks = [0; 32];
        let mut at = 0;
        while at < 16 {
            masks[at] = 0xFF;
            at += 1;
        }
        masks
    };

    /// The lookup algorithm of John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte"
    /// (2021): three table lookups say what is wrong with each pair of neighbouring bytes.
    #[inline(never)]
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse4.1"))]
    pub(super) fn is_utf8(buffer: &[u8], from: usize, to: usize) -> bool {
        let Some(blocks) = blocks(buffer, from, to) else { return false };
        let mut errors = splat(0);
        let mut before = splat(0);
        let mut left = to - from;
        // The compiler would make constants of them.
        let tables = core::hint::black_box(&TABLES);
        for block in blocks {
            let now = cut(load(block), left);
            left = left.saturating_sub(16);
            if any_high_bit(or(now, before)) {
                errors = or(errors, errors_in(now, before, tables));
            }
            before = now;
        }
        // A character cut short is an error, also where no block follows.
        errors = or(errors, minus_saturating(before, load(&CUT_SHORT)));
        high_bits(equal(errors, splat(0))) == 0xFFFF
    }

    /// The most that the last bytes can be if they end a character.
    const CUT_SHORT: [u8; 16] = {
        let mut most = [0xFF; 16];
        most[13] = 0xF0 - 1;
        most[14] = 0xE0 - 1;
        most[15] = 0xC0 - 1;
        most
    };

    /// Which bytes of `now`, each with those in front of it, are wrong: not zero.
    #[inline]
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse4.1"))]
    fn errors_in(now: Lanes, before: Lanes, tables: &Tables) -> Lanes {
        let first = previous_1(before, now);
        let low_half = load(&tables.low_half);
        let high_half = |lanes| and(shift_right_4(lanes), low_half);
        let by_pair = and(
            and(
                lookup(&tables.first_high, high_half(first)),
                lookup(&tables.first_low, and(first, low_half)),
            ),
            lookup(&tables.second_high, high_half(now)),
        );
        // Where the byte two before starts three or more, or the one three before starts four, a continuation has to be:
        // there, and only there, two continuations in a row are right.
        let third = minus_saturating(previous_2(before, now), load(&tables.third));
        let fourth = minus_saturating(previous_3(before, now), load(&tables.fourth));
        xor(and(or(third, fourth), load(&tables.high_bit)), by_pair)
    }

    /// All that is the same for each block. It is read from memory, for a constant of 16 bytes is put together anew by four
    /// instructions wherever it is used: 30 ns for 120 bytes of CJK in place of 12.
    struct Tables {
        first_high: [u8; 16],
        first_low: [u8; 16],
        second_high: [u8; 16],
        low_half: [u8; 16],
        high_bit: [u8; 16],
        third: [u8; 16],
        fourth: [u8; 16],
    }

    static TABLES: Tables = Tables {
        first_high: FIRST_HIGH,
        first_low: FIRST_LOW,
        second_high: SECOND_HIGH,
        low_half: [0x0F; 16],
        high_bit: [0x80; 16],
        third: [0xE0 - 0x80; 16],
        fourth: [0xF0 - 0x80; 16],
    };

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
