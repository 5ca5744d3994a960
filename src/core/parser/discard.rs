//! Lines that nothing will come of, such as a comment that nobody asked for, are discarded while they arrive: they take no
//! memory, however long they are, and do not count towards the limit.

use super::{Parser, Span};

/// How the lines start that may be of use, up to what tells them from all others.
const STARTS: [&[u8]; 5] = [b"id:", b"retry:", b"data:", b"event:", b":"];
const ID: usize = 0;
const RETRY: usize = 1;
const COMMENT: usize = 4;

/// What a line becomes of which the rest was discarded: the start of an unknown field, whatever follows it.
const UNKNOWN: u8 = b'x';

impl Parser {
    /// Whether the line that starts so is ignored however it goes on.
    #[cold]
    #[inline(never)]
    pub(super) fn is_ignored(&self, start: Span) -> bool {
        let line = self.bytes(start);
        // The line may be shorter than the start yet.
        match STARTS.iter().position(|start| start.iter().zip(line).all(|(expected, byte)| byte == expected))
        {
            Some(ID) => {
                self.count(line.len());
                line.contains(&0)
            }
            Some(RETRY) => {
                self.count(line.len());
                let value = line.get(STARTS[RETRY].len()..).unwrap_or_default();
                !value.strip_prefix(b" ").unwrap_or(value).iter().all(u8::is_ascii_digit)
            }
            Some(COMMENT) => !self.wants_comments,
            start => start.is_none(),
        }
    }

    /// Discards what there is of the line that has not ended, if that is ignored. It is not asked for each chunk, but where the
    /// buffer would have to grow: so all that is looked at for it is linear in what comes.
    #[cold]
    #[inline(never)]
    pub(super) fn discard(&mut self) {
        let line = Span { start: self.at.line, end: self.valid };
        if !self.is_read() || !self.is_ignored(line) {
            return;
        }
        // (Another character than ASCII is overwritten by its first byte, and the others are discarded.)
        if let Some(first) = self.buffer.get_mut(line.start) {
            *first = UNKNOWN;
        }
        self.cut(Span { start: line.start + 1, end: line.end });
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
