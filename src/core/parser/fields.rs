//! What a line says: a field, a comment, or nothing.

use super::{LimitExceeded, Parser, Span, Step};

/// All that a line may start with, the first byte lowest, and how many they are in the last byte.
const NAMES: [u64; 5] = [name(b"data:"), name(b"event:"), name(b"id:"), name(b"retry:"), name(b":")];
const LENGTH: u32 = 56;

const DATA: usize = 0;
const EVENT: usize = 1;
const ID: usize = 2;
const RETRY: usize = 3;
const COMMENT: usize = 4;
const UNKNOWN: usize = 5;

const fn name(text: &[u8]) -> u64 {
    let mut bits = (text.len() as u64) << LENGTH;
    let mut at = 0;
    while at < text.len() {
        bits |= (text[at] as u64) << (8 * at);
        at += 1;
    }
    bits
}

impl Parser {
    /// "Process the line": a comment or a field. "Field names must be compared literally, with no case folding performed." Of the
    /// mere start of a line nothing comes but whether it will be ignored: it is just a line then, however it goes on.
    #[inline(never)]
    pub(super) fn read_line(&mut self, line: Span, is_whole: bool) -> Step {
        let word = self.buffer.word(line.start).unwrap_or_default();
        let (mut field, mut start) = (0, 0);
        for name in &NAMES {
            // A shorter line is compared as far as it goes.
            let len = (name >> LENGTH) as usize;
            start = line.start + len;
            if (name ^ word).wrapping_shl(u64::BITS - 8 * len.min(line.len()) as u32) == 0 {
                break;
            }
            field += 1;
        }
        if start < line.end && self.buffer.byte(start) == Some(b' ') {
            start += 1;
        }
        if start >= line.end {
            if !is_whole {
                // (A blank behind a colon, or behind what stands for a line that was discarded, is no value.)
                let is_ignored = field == UNKNOWN || (field == COMMENT && !self.wants_comments);
                return if is_ignored && line.len() > 1 { Step::Line } else { Step::Starved };
            }
            // A name without a colon has "the empty string as the field value".
            if start > line.end + 1 {
                return Step::Line;
            }
            start = line.end;
        }
        let value = Span { start, end: line.end };
        let text = self.bytes(value);
        if field == ID || field == RETRY {
            self.count(text.len());
        }
        match field {
            // "If the field name is 'id': If the field value does not contain U+0000 NULL, then set the last event ID buffer
            // to the field value. Otherwise, ignore the field."
            ID if !text.iter().all(|byte| *byte != 0) => {}
            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten,
            // and set the event stream's reconnection time to that integer. Otherwise, ignore the field."
            RETRY => {
                let number = integer(text);
                if !is_whole && number.is_some() {
                    return Step::Starved;
                }
                if let Some(ms) = number {
                    self.retry = ms;
                    return Step::Retry;
                }
            }
            // "If the line starts with a U+003A COLON character (:): Ignore the line."
            COMMENT if !self.wants_comments => {}
            // "Otherwise: The field is ignored."
            UNKNOWN => {}
            _ if !is_whole => return Step::Starved,
            DATA => self.add_data(value),
            // "If the field name is 'event': Set the event type buffer to the field value."
            EVENT => self.block.superseded += self.block.event_type.set(value),
            ID if value.len() > self.limits.id_bytes => {
                return self.fail(LimitExceeded::Id { limit: self.limits.id_bytes });
            }
            ID => self.block.superseded += self.block.id.set(value),
            _ => {
                self.found = value;
                return Step::Comment;
            }
        }
        Step::Line
    }
}

/// Digits, and nothing but digits, as a number. No digits are no number: so do all engines see it.
fn integer(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        // (`saturating_mul` would take 128 bits to see it, and 0.1 kB.)
        Some(if sum > u64::MAX / 10 { u64::MAX } else { (sum * 10).saturating_add(digit.into()) })
    })
}
