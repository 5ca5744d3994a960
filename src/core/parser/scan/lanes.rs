//! Sixteen bytes side by side, on wasm32 and on x86_64: as little as the algorithms next door need, under one set of names.

pub(super) use self::machine::*;

#[cfg(target_arch = "wasm32")]
mod machine {
    use core::arch::wasm32 as simd;

    pub(in super::super) use simd::v128 as Lanes;

    /// Says that the instructions exist. An engine without them would have refused the whole module.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super::super) struct Available(());

    impl Available {
        pub(in super::super) fn always() -> Self {
            Self(())
        }
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn load(bytes: &[u8; 16]) -> Lanes {
        // SAFETY: the reference is good for 16 bytes, and this load needs no alignment.
        unsafe { simd::v128_load(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn splat(byte: u8) -> Lanes {
        simd::u8x16_splat(byte)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn and(a: Lanes, b: Lanes) -> Lanes {
        simd::v128_and(a, b)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn or(a: Lanes, b: Lanes) -> Lanes {
        simd::v128_or(a, b)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn xor(a: Lanes, b: Lanes) -> Lanes {
        simd::v128_xor(a, b)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn equal(a: Lanes, b: Lanes) -> Lanes {
        simd::u8x16_eq(a, b)
    }

    /// Byte by byte, of numbers that are less than 0 from 128 on.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn least(a: Lanes, b: Lanes) -> Lanes {
        simd::i8x16_min(a, b)
    }

    /// The same: where `a` is more than `b`.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn exceeds(a: Lanes, b: Lanes) -> Lanes {
        simd::i8x16_gt(a, b)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn minus_saturating(a: Lanes, b: Lanes) -> Lanes {
        simd::u8x16_sub_sat(a, b)
    }

    /// Of pairs of bytes, which lets bits of the one into the high half of the other. (Of bytes it takes five instructions.)
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn shift_right_4(a: Lanes) -> Lanes {
        simd::u16x8_shr(a, 4)
    }

    /// The highest bit of each byte, the first byte's lowest.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn high_bits(a: Lanes) -> u32 {
        simd::u8x16_bitmask(a).into()
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn any_high_bit(a: Lanes) -> bool {
        simd::u8x16_bitmask(a) != 0
    }

    /// The entries of `table` that `indices`, all below 16, name.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn lookup(table: &[u8; 16], indices: Lanes) -> Lanes {
        simd::u8x16_swizzle(load(table), indices)
    }

    /// The same for any `indices`: of what is not in `table` there is 0.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn lookup_or_0(table: &[u8; 16], indices: Lanes) -> Lanes {
        simd::u8x16_swizzle(load(table), indices)
    }

    /// For each byte of `now` the one before it.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn previous_1(before: Lanes, now: Lanes) -> Lanes {
        simd::u8x16_shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(before, now)
    }

    /// For each byte of `now` the one two before it.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn previous_2(before: Lanes, now: Lanes) -> Lanes {
        simd::u8x16_shuffle::<14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29>(before, now)
    }

    /// For each byte of `now` the one three before it.
    #[inline]
    #[target_feature(enable = "simd128")]
    pub(in super::super) fn previous_3(before: Lanes, now: Lanes) -> Lanes {
        simd::u8x16_shuffle::<13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28>(before, now)
    }
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use core::arch::x86_64 as simd;

    pub(in super::super) use simd::__m128i as Lanes;

    /// Says that the processor has SSE4.1.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super::super) struct Available(());

    impl Available {
        pub(in super::super) fn detect() -> Option<Self> {
            std::arch::is_x86_feature_detected!("sse4.1").then_some(Self(()))
        }
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn load(bytes: &[u8; 16]) -> Lanes {
        // SAFETY: the reference is good for 16 bytes, and this load needs no alignment.
        unsafe { simd::_mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn splat(byte: u8) -> Lanes {
        simd::_mm_set1_epi8(byte.cast_signed())
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn and(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_and_si128(a, b)
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn or(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_or_si128(a, b)
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn xor(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_xor_si128(a, b)
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn equal(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_cmpeq_epi8(a, b)
    }

    /// Byte by byte, of numbers that are less than 0 from 128 on.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn least(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_min_epi8(a, b)
    }

    /// The same: where `a` is more than `b`.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn exceeds(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_cmpgt_epi8(a, b)
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn minus_saturating(a: Lanes, b: Lanes) -> Lanes {
        simd::_mm_subs_epu8(a, b)
    }

    /// Of pairs of bytes, which lets bits of the one into the high half of the other.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn shift_right_4(a: Lanes) -> Lanes {
        simd::_mm_srli_epi16::<4>(a)
    }

    /// The highest bit of each byte, the first byte's lowest.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn high_bits(a: Lanes) -> u32 {
        simd::_mm_movemask_epi8(a).cast_unsigned()
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn any_high_bit(a: Lanes) -> bool {
        simd::_mm_movemask_epi8(a) != 0
    }

    /// The entries of `table` that `indices`, all below 16, name.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn lookup(table: &[u8; 16], indices: Lanes) -> Lanes {
        simd::_mm_shuffle_epi8(load(table), indices)
    }

    /// The same for any `indices`: of what is not in `table` there is 0.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn lookup_or_0(table: &[u8; 16], indices: Lanes) -> Lanes {
        // The highest bit says 0, and below it four bits count.
        lookup(table, simd::_mm_adds_epu8(indices, splat(0x70)))
    }

    /// For each byte of `now` the one before it.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn previous_1(before: Lanes, now: Lanes) -> Lanes {
        simd::_mm_alignr_epi8::<15>(now, before)
    }

    /// For each byte of `now` the one two before it.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn previous_2(before: Lanes, now: Lanes) -> Lanes {
        simd::_mm_alignr_epi8::<14>(now, before)
    }

    /// For each byte of `now` the one three before it.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(in super::super) fn previous_3(before: Lanes, now: Lanes) -> Lanes {
        simd::_mm_alignr_epi8::<13>(now, before)
    }
}
