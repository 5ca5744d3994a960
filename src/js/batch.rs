//! Many events at a time: where their fields lie, as JavaScript counts.

use crate::core::parser::{DEFAULT_EVENT_TYPE, Found, LimitExceeded, Parser, Span, Step};
use crate::core::session::{Generation, Session};

/// About so much text is decoded by one call, in bytes. A substring that somebody keeps also keeps the whole text that it
/// is a part of.
const TEXT: usize = 16 << 10;

/// Up to so many bytes JavaScript makes strings byte by byte, which then takes less time than a `TextDecoder` (measured:
/// a third for 113 bytes, two thirds for 228). `strings.wat` has room for so many.
const SHORT_TEXT: usize = 400;

/// So much that nobody listens to may lie between two events, in bytes, before they go into two batches.
const GAP: usize = 512;

/// What the event has, and then start and end of data, id and type. The first row is about all others: how many there are,
/// where the text starts in memory, how long it is in bytes, and flags.
type Row = [i32; 7];

/// An event has the number of its type, and this if it has an id of its own.
const ID: i32 = 1 << 8;
/// The type has no number, but a place.
const SPELLED: i32 = 1 << 9;
/// It is no event but a comment.
const COMMENT: i32 = 1 << 10;

/// The text is short, and places in it are in bytes.
const SHORT: i32 = 1;
/// The last event id has changed by other ways than the events of the batches.
const NEW_ID: i32 = 2;
/// It is not all that can be read, or there is something to be done.
const MORE: i32 = 4;

/// The events that are about to be handed over, and the ids in between.
#[derive(Default)]
pub(super) struct Batch {
    /// The first `used` ones count. The others were used before.
    rows: Vec<Row>,
    used: usize,
    marks: Vec<Mark>,
    /// The last row is a comment.
    ends_with_comment: bool,
    /// So many rows, and marks, were handed over already.
    committed: usize,
    settled: usize,
    has_new_id: bool,
    /// The latest id behind the last row, of events that nobody hears.
    unheard: Option<Span>,
    /// Read, but for the next batch.
    pending: Option<Step>,
    /// The types that both sides know by their number, counted from 1: that of `message` is 0.
    event_types: Vec<String>,
    /// The number of the latest that was looked for among them.
    latest: usize,
    hears_messages: bool,
    hears_all: bool,
}

/// Something that moves the cursor.
struct Mark {
    /// When so many rows were handed over; one more than there are stands for all, and what is behind them.
    after: usize,
    id: Span,
}

impl Batch {
    /// Where the rows are, the one about all first, or nowhere if there are none.
    pub(super) fn table(&self) -> *const Row {
        if self.is_empty() { std::ptr::null() } else { self.rows.as_ptr() }
    }

    pub(super) fn listen(&mut self, event_type: String) {
        self.hears_all |= event_type == "*";
        self.hears_messages |= self.hears_all || event_type == DEFAULT_EVENT_TYPE;
        self.event_types.push(event_type);
    }

    /// For a new connection.
    pub(super) fn clear(&mut self) {
        self.empty();
        self.pending = None;
    }

    /// Reads the next batch. A `retry` comes out when everything before it was handed over, and so does the error.
    pub(super) fn fill(
        &mut self,
        parser: &mut Parser,
        session: &mut Session,
        from: Generation,
        now: u64,
    ) -> Result<Option<u64>, LimitExceeded> {
        self.empty();
        let (mut start, mut end) = (0, 0);
        let result = loop {
            let step = match self.pending.take() {
                Some(step) => step,
                None => parser.step(),
            };
            let &Found { data, event_type, id, retry } = parser.found();
            let kind = match step {
                Step::Event => self.kind(parser, event_type),
                Step::Comment => Some(COMMENT),
                Step::Starved => break Ok(None),
                Step::Failed(limit) if self.is_empty() => break Err(limit),
                // The parser says it again.
                Step::Failed(_) => break Ok(None),
                // These two are said by the parser itself, or end a batch by what follows from them.
                Step::Id | Step::Retry if !self.is_empty() => {
                    self.pending = Some(step);
                    break Ok(None);
                }
                Step::Id => {
                    self.unheard = None;
                    self.hand_over(session, from, parser.last_event_id(), now);
                    continue;
                }
                Step::Retry => break Ok(Some(retry)),
            };
            let Some(mut kind) = kind else {
                if id.is_some() {
                    self.unheard = id;
                }
                continue;
            };
            // What lies before the data came first in its block, or was put aside.
            let (mut first, mut last) = (data.start(), data.end());
            if kind & SPELLED != 0 {
                (first, last) = (first.min(event_type.start()), last.max(event_type.end()));
            }
            if let Some(id) = id {
                (first, last) = (first.min(id.start()), last.max(id.end()));
                kind |= ID;
            }
            if self.is_empty() {
                (start, end) = (first, first);
                self.row();
                if let Some(id) = self.unheard.take() {
                    self.hand_over(session, from, parser.text(id), now);
                }
            } else {
                let is_far = first < start || first > end + GAP || last > start + TEXT;
                // JavaScript takes an id that is not there from the entry before, or from the cursor.
                let inherits_unheard = id.is_none() && self.unheard.is_some();
                if is_far || inherits_unheard {
                    self.pending = Some(step);
                    break Ok(None);
                }
                if self.unheard.is_some() {
                    self.mark_unheard();
                }
            }
            end = end.max(last);
            // Of what is not there nobody asks for the place.
            let place = |at: usize| at.wrapping_sub(start) as i32;
            let own = id.unwrap_or_default();
            // Number by number: a row as a whole is written to the stack first, and then read before it is there.
            let row = self.row();
            row[0] = kind;
            row[1] = place(data.start());
            row[2] = place(data.end());
            if kind & (ID | SPELLED) != 0 {
                row[3] = place(own.start());
                row[4] = place(own.end());
                row[5] = place(event_type.start());
                row[6] = place(event_type.end());
            }
            if let Some(id) = id {
                self.marks.push(Mark { after: self.len(), id });
            }
            if kind == COMMENT {
                // Its place is reused by what follows.
                self.ends_with_comment = true;
                break Ok(None);
            }
        };
        if self.is_empty() {
            if let Some(id) = self.unheard.take() {
                self.hand_over(session, from, parser.text(id), now);
            }
        } else {
            self.mark_unheard();
            self.finish(parser, start, end);
        }
        result
    }

    /// There is something to be done.
    pub(super) fn is_not_all(&mut self) {
        if let Some(head) = self.rows.first_mut() {
            head[3] |= MORE;
        }
    }

    /// The cursor goes to where the first `count` rows end; what is behind them takes one more.
    pub(super) fn commit(
        &mut self,
        parser: &Parser,
        session: &mut Session,
        from: Generation,
        count: usize,
        now: u64,
    ) {
        let events =
            |rows: usize| rows.min(self.len()) - usize::from(self.ends_with_comment && rows >= self.len());
        let is_event = events(count) > events(self.committed);
        let mut id = None;
        while let Some(mark) = self.marks.get(self.settled).filter(|mark| mark.after <= count) {
            id = Some(mark.id);
            self.settled += 1;
        }
        self.committed = self.committed.max(count);
        self.has_new_id |=
            count > self.len() && self.marks.last().is_some_and(|mark| mark.after > self.len());
        if is_event || id.is_some() {
            session.hand_over(from, id.map(|id| parser.text(id)), is_event, now);
        }
    }

    #[inline(never)]
    fn hand_over(&mut self, session: &mut Session, from: Generation, id: &str, now: u64) {
        session.hand_over(from, Some(id), false, now);
        self.has_new_id = true;
    }

    #[inline(never)]
    fn mark_unheard(&mut self) {
        if let Some(id) = self.unheard.take() {
            self.marks.push(Mark { after: self.len() + 1, id });
        }
    }

    fn empty(&mut self) {
        self.used = 0;
        self.marks.clear();
        self.unheard = None;
        self.ends_with_comment = false;
        (self.committed, self.settled) = (0, 0);
    }

    fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// How many there are, without the first.
    fn len(&self) -> usize {
        self.used.saturating_sub(1)
    }

    /// The next one.
    #[inline(always)]
    fn row(&mut self) -> &mut Row {
        let at = self.used;
        self.used += 1;
        if at >= self.rows.len() {
            self.rows.push([0; 7]);
        }
        // There is one by now.
        &mut self.rows[at]
    }

    /// What a row says of a type; `None` if nobody hears it.
    #[inline(always)]
    fn kind(&mut self, parser: &Parser, event_type: Span) -> Option<i32> {
        if event_type.is_empty() {
            return self.hears_messages.then_some(0);
        }
        // (Without a look at where characters start.)
        let name = parser.bytes(event_type);
        if self.event_types.get(self.latest).is_some_and(|known| known.as_bytes() == name) {
            return Some(self.latest as i32 + 1);
        }
        self.look_up(parser.text(event_type))
    }

    #[inline(never)]
    fn look_up(&mut self, name: &str) -> Option<i32> {
        if name == DEFAULT_EVENT_TYPE {
            return self.hears_messages.then_some(0);
        }
        match self.event_types.iter().position(|known| known == name) {
            Some(index) => {
                self.latest = index;
                Some(index as i32 + 1)
            }
            None => self.hears_all.then_some(SPELLED),
        }
    }

    /// Makes the places of the fields in a text that is not short count in UTF-16 units, as JavaScript does, and says what
    /// the rows are about.
    #[inline(never)]
    fn finish(&mut self, parser: &Parser, start: usize, end: usize) {
        let text = parser.buffered().get(start..end).unwrap_or_default();
        let count = self.len() as i32;
        let mut flags = if std::mem::take(&mut self.has_new_id) { NEW_ID } else { 0 };
        if self.pending.is_some() || !parser.is_read() {
            flags |= MORE;
        }
        let Some((head, rows)) = self.rows.get_mut(..self.used).and_then(|rows| rows.split_first_mut())
        else {
            return;
        };
        if text.len() <= SHORT_TEXT {
            flags |= SHORT;
        } else if !parser.is_ascii() {
            // Fields lie close to one another, so that each is counted from the one before.
            let (mut at, mut units) = (start, 0);
            for row in rows {
                let kind = row[0];
                for (flag, places) in [(ID, 3..5), (SPELLED, 5..7), (kind, 1..3)] {
                    if kind & flag != flag {
                        continue;
                    }
                    for place in row.get_mut(places).unwrap_or_default() {
                        let byte = start + *place as usize;
                        if byte >= at {
                            units += parser.utf16_len(at, byte);
                        } else {
                            units -= parser.utf16_len(byte, at);
                        }
                        at = byte;
                        *place = units as i32;
                    }
                }
            }
        }
        *head = [count, text.as_ptr() as usize as i32, text.len() as i32, flags, 0, 0, 0];
    }
}
