//! The bytes of a stream, with room behind them: what looks at many bytes at a time may look beyond the last one.

use core::ops::{Deref, DerefMut, Range};

use super::Span;
use super::scan::{PADDING, WINDOW};

/// Up to so many bytes are moved in blocks of so many: `memory.copy` is a call out of WebAssembly, of 5 ns.
pub(super) const SHORT: usize = 256;
const BLOCK: usize = size_of::<Block>();

/// What is moved at a time.
#[cfg(all(feature = "simd", target_arch = "wasm32"))]
type Block = core::arch::wasm32::v128;
#[cfg(not(all(feature = "simd", target_arch = "wasm32")))]
type Block = u128;

/// Bytes, of which `[..end]` are in use. Behind them are zeros, [`PADDING`] of them, and then whatever there is: as many as ever
/// had to be there, so that a chunk needs no clearing of the place that it goes to.
#[derive(Default)]
pub(super) struct Buffer {
    /// At least [`PADDING`] longer than `end`, or empty.
    bytes: Vec<u8>,
    end: usize,
}

impl Buffer {
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// From now on `[..end]` is in use, for which there was [room](Self::reserve) made; else as much as there is.
    #[inline(never)]
    pub(super) fn set_end(&mut self, end: usize) {
        self.end = end.min(self.bytes.len().saturating_sub(PADDING));
        if let Some(padding) = self.bytes.get_mut(self.end..).and_then(<[u8]>::first_chunk_mut) {
            *padding = [0; PADDING];
        }
    }

    /// The bytes from `at` on, which is in use, and what comes behind.
    #[inline(always)]
    pub(super) fn window(&self, at: usize) -> Option<&[u8; WINDOW]> {
        // SAFETY: that many bytes are there behind what is in use. (One comparison; a slice of the rest, and an array of its
        // first bytes, would take six instructions more, and all of this a fifth of the time.)
        (at < self.end).then(|| unsafe { &*self.bytes.as_ptr().add(at).cast() })
    }

    /// The first eight of them, the first one's lowest.
    #[inline(always)]
    pub(super) fn word(&self, at: usize) -> Option<u64> {
        self.window(at).and_then(|window| window.first_chunk()).map(|bytes| u64::from_le_bytes(*bytes))
    }

    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.window(at).map(|window| window[0])
    }

    /// Moves a part towards the front, by a call out of WebAssembly.
    #[inline(never)]
    pub(super) fn shift(&mut self, part: Range<usize>, to: usize) {
        debug_assert!(to <= part.start && part.start <= part.end && part.end <= self.bytes.len());
        if to < part.start && part.start <= part.end && part.end <= self.bytes.len() {
            self.bytes.copy_within(part, to);
        }
    }

    /// Moves a span to `to`, unless it stands for none, leaves so much room behind it, and says where that ends.
    #[inline(never)]
    pub(super) fn keep(&mut self, span: &mut Span, to: usize, room: usize) -> usize {
        if span.end == 0 {
            return to;
        }
        // (Nothing ends at 0.)
        let start = to.max(1);
        self.shift(span.range(), start);
        *span = Span { start, end: start + span.len() };
        let behind = span.end + room;
        for gap in [to..start, span.end..behind] {
            if let Some(gap) = self.bytes.get_mut(gap) {
                gap.fill(b'\n');
            }
        }
        behind
    }

    /// The same for [`SHORT`] parts that are in use, without one: block by block, and then what lay behind it goes back there.
    #[inline(always)]
    pub(super) fn shift_short(&mut self, part: Range<usize>, to: usize) {
        debug_assert!(to <= part.start && part.start <= part.end && part.end <= self.end);
        if to >= part.start || part.start > part.end || part.end > self.end {
            return;
        }
        let len = part.len();
        // SAFETY: a block behind what is in use is there. Nothing is written that is still to be read, for it goes towards the
        // front.
        unsafe {
            let bytes = self.bytes.as_mut_ptr();
            let read = |at: usize| bytes.add(at).cast::<Block>().read_unaligned();
            let write = |at: usize, block: Block| bytes.add(at).cast::<Block>().write_unaligned(block);
            let behind = read(to + len);
            let mut at = 0;
            while at < len {
                write(to + at, read(part.start + at));
                at += BLOCK;
            }
            write(to + len, behind);
        }
    }

    /// Makes it long enough for `end` bytes: what is there once is cleared once.
    pub(super) fn reserve(&mut self, end: usize) {
        let more = end.saturating_add(PADDING).saturating_sub(self.bytes.len());
        if more > 0 {
            self.bytes.reserve(more);
            // `Vec::resize` would write byte by byte where the compiler was asked for size (10 MB in small chunks: 30 %).
            let spare = self.bytes.spare_capacity_mut().as_mut_ptr();
            // SAFETY: there is room for that many by now, and zeros are bytes.
            unsafe {
                spare.write_bytes(0, more);
                self.bytes.set_len(self.bytes.len() + more);
            }
        }
    }

    /// Gives back what is not needed for `end` bytes, or for those in use.
    pub(super) fn shrink(&mut self, end: usize) {
        self.bytes.truncate(end.max(self.end).saturating_add(PADDING));
        self.bytes.shrink_to_fit();
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Deref for Buffer {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}
