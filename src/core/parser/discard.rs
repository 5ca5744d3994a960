//! Lines that nothing will come of, such as a comment that nobody asked for, are discarded while they arrive: they take no
//! memory, however long they are, and do not count towards the limit.

use super::{Parser, Span, Step, scan};

/// What a line becomes of which the rest was discarded: the start of an unknown field, whatever follows it.
const UNKNOWN: u8 = b'x';

impl Parser {
    /// Before `incoming` bytes: discards what there is of a line that has not ended, if that will be ignored. It is looked at
    /// where the buffer would have to grow, so that all this is linear in the bytes that come.
    pub(super) fn discard_for(&mut self, incoming: usize) {
        let room = self.buffer.capacity().wrapping_sub(self.buffer.end() + scan::PADDING);
        if incoming > room && self.is_read() && self.read_line(self.open_line(), false) == Step::Line {
            self.discard();
        }
    }

    /// What there is of the line that has not ended.
    #[inline(always)]
    pub(super) fn open_line(&self) -> Span {
        Span { start: self.at.line, end: self.valid }
    }

    /// Discards it, but for one byte.
    #[cold]
    #[inline(never)]
    pub(super) fn discard(&mut self) {
        // (Of another character than ASCII the other bytes go.)
        if let Some(first) = self.buffer.get_mut(self.at.line) {
            *first = UNKNOWN;
        }
        self.cut(Span { start: self.at.line + 1, end: self.valid });
    }

    /// Takes a part of the last line, from one character to another, out of the buffer.
    #[inline(never)]
    pub(super) fn cut(&mut self, part: Span) {
        self.count(self.buffer.end() - part.end);
        self.buffer.shift(part.end..self.buffer.end(), part.start);
        self.buffer.set_end(self.buffer.end() - part.len());
        self.valid -= part.len();
        self.at.searched -= part.len();
    }
}
