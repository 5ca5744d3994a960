//! Many events at a time: where their fields lie, as JavaScript counts.

use crate::core::clock::Now;
use crate::core::parser::{DEFAULT_EVENT_TYPE, LimitExceeded, Named, Parser, Span, Step};
use crate::core::session::{Generation, Session};

/// About so much text is decoded by one call, in bytes. A substring that somebody keeps also keeps the whole text that it
/// is a part of, and what an allocator adds to a round number.
const TEXT: usize = 16_000;

/// Where that is fewer events than so many, a text may be so long: each takes time of its own (of ticks, 10 %), and events of
/// 160 bytes and more are fewer to be kept.
const MANY: usize = 100;
const LONG_TEXT: usize = 64_000;

/// Of up to so many bytes a string is made byte by byte, which then takes less time than a `TextDecoder` (measured: a third
/// for 113 bytes, two thirds for 228).
const SHORT_TEXT: usize = 400;

/// So much that nobody listens to may lie between two events, in bytes, before they go into two batches.
const GAP: usize = 512;

/// What the event has, and then start and end of data, id and type. The first row is about all others: how many there are,
/// where the text starts in memory, how long it is, and flags. All is in bytes.
type Row = [i32; 7];

/// An event has the number of its type, and this if it has an id of its own.
const ID: i32 = 1 << 8;
/// The type has no number, but a place.
const SPELLED: i32 = 1 << 9;
/// Nobody hears it: there is no row.
const UNHEARD: i32 = -1;
/// Nothing was found yet.
const NOTHING: i32 = -2;
/// What was handed over of it before comes in front of its data.
const PARTS: i32 = 1 << 10;
/// It is no event but a comment.
const COMMENT: i32 = 1 << 11;
/// It is a part of the data of an event that has not ended.
const PART: i32 = 1 << 12;

/// The text is ASCII, and not short: one string is made of all of it, of which the fields are parts. Other fields become
/// strings one by one: a `TextDecoder` is slow beyond ASCII, and places would have to be counted in UTF-16 (CJK: 164 ns an
/// event in place of 213).
const WHOLE: i32 = 1;
/// The last event id has changed by other ways than the events of the batches.
const NEW_ID: i32 = 2;
/// It is not all that can be read, or there is something to be done.
const MORE: i32 = 4;

/// The events that are about to be handed over, and the ids in between.
pub(super) struct Batch {
    /// The first one, and `used` more, count. The others were used before.
    rows: Vec<Row>,
    used: usize,
    /// From where to where the text goes, in the parser's buffer.
    start: usize,
    end: usize,
    /// So many rows were handed over already.
    committed: usize,
    has_new_id: bool,
    /// The latest id behind the last row, of events that nobody hears. It counts when all rows were handed over.
    unheard: Span,
    /// What was read, but for the next batch, if it is not the next line.
    pending: Step,
    /// There is no room for more in this one.
    is_full: bool,
    /// The types that both sides know by their number, counted from 1: that of `message` is 0.
    event_types: Vec<String>,
    /// The number of the latest that was looked for among them, or [`UNHEARD`], and its name if it is short.
    latest: i32,
    latest_name: Name,
    /// What a row says of an event without a type.
    untyped: i32,
    hears_all: bool,
    /// [`PARTS`] if the event that comes next has some.
    parts: i32,
}

/// A name of up to 32 bytes: what is compared without a loop.
#[derive(Default)]
struct Name {
    bytes: [u8; 32],
    /// 0 for a longer one.
    len: usize,
}

impl Batch {
    pub(super) fn new() -> Batch {
        Batch {
            rows: Vec::new(),
            used: 0,
            start: 0,
            end: 0,
            committed: 0,
            has_new_id: false,
            unheard: Span::default(),
            pending: Step::Line,
            is_full: false,
            event_types: Vec::new(),
            latest: UNHEARD,
            latest_name: Name::default(),
            untyped: UNHEARD,
            hears_all: false,
            parts: 0,
        }
    }

    /// Where the rows are, the one about all first, or nowhere if there are none.
    pub(super) fn table(&self) -> *const Row {
        if self.is_empty() { std::ptr::null() } else { self.rows.as_ptr() }
    }

    pub(super) fn listen(&mut self, event_type: String) {
        self.hears_all |= event_type == "*";
        if self.hears_all || event_type == DEFAULT_EVENT_TYPE {
            self.untyped = 0;
        }
        self.event_types.push(event_type);
        self.latest_name = Name::default();
    }

    /// For a new connection.
    pub(super) fn clear(&mut self) {
        self.empty();
        self.pending = Step::Line;
        self.parts = 0;
    }

    /// Reads the next batch. A `retry` comes out when everything before it was handed over, and so does the error.
    pub(super) fn fill(
        &mut self,
        parser: &mut Parser,
        session: &mut Session,
        from: Generation,
        now: Now,
    ) -> Result<Option<u64>, LimitExceeded> {
        self.empty();
        let mut step = std::mem::replace(&mut self.pending, Step::Line);
        let result = loop {
            let mut kind = NOTHING;
            match step {
                Step::Line => {}
                // (Of [`UNHEARD`] all bits are set.)
                Step::Event => kind = self.kind_of_event(parser) | std::mem::take(&mut self.parts),
                Step::Comment => kind = COMMENT,
                Step::Starved
                    if self.is_empty() && parser.find_part() && self.kind_of_event(parser) != UNHEARD =>
                {
                    kind = PART | std::mem::replace(&mut self.parts, PARTS);
                }
                Step::Starved => break Ok(None),
                Step::Failed => match parser.failure() {
                    Some(limit) if self.is_empty() => break Err(limit),
                    // The parser says it again.
                    _ => break Ok(None),
                },
                // Its id counts, as that of an event that nobody hears.
                Step::Id => kind = UNHEARD,
                Step::Retry if self.is_empty() => break Ok(Some(parser.retry())),
                // It ends a batch by what follows from it.
                Step::Retry => {
                    self.pending = step;
                    break Ok(None);
                }
            }
            if self.is_empty() && kind >= 0 {
                self.hand_over_unheard(parser, session, from, now);
            }
            step = self.take(parser, kind);
            if self.is_full && !self.is_empty() {
                self.pending = step;
                break Ok(None);
            }
            step = parser.beyond_plain(step);
        };
        if !self.is_empty() {
            self.finish(parser);
        } else {
            self.hand_over_unheard(parser, session, from, now);
        }
        result
    }

    /// Makes rows of what was found already, if its kind says so, and of all events that follow and are plain, and says what
    /// comes next: what was found then, too, if it is an event or a comment.
    #[cfg_attr(all(feature = "simd", target_arch = "wasm32"), target_feature(enable = "simd128"))]
    #[inline(never)]
    fn take(&mut self, parser: &mut Parser, mut kind: i32) -> Step {
        // For one event at least, and the row about all.
        if self.rows.len() < self.used + 2 {
            self.grow();
        }
        self.is_full = false;
        let is_plain = parser.is_plain() && self.parts == 0;
        let mut at = parser.cursor();
        let (mut used, mut start) = (self.used, self.start);
        let mut most = TEXT;
        let step = loop {
            if kind == NOTHING {
                let step = parser.plain_event(&mut at, is_plain);
                if step != Step::Event {
                    break step;
                }
                kind = self.untyped;
                let event_type = parser.named().event_type;
                if event_type.end() != 0 && !event_type.is_empty() {
                    if !parser.is_name(event_type, &self.latest_name.bytes, self.latest_name.len) {
                        break Step::Event;
                    }
                    kind = self.latest;
                }
            }
            let data = parser.found();
            let Named { mut id, mut event_type } = parser.named();
            if kind == UNHEARD {
                if id.end() != 0 {
                    self.unheard = id;
                }
                kind = NOTHING;
                continue;
            }
            if kind >= COMMENT {
                // It stands in the middle of an event, whose fields do not count yet.
                (id, event_type) = (Span::default(), Span::default());
            }
            let Some(row) = self.rows.get_mut(used + 1) else { break Step::Event };
            let is_full = if used == 0 {
                start = data.start();
                for field in [id, event_type] {
                    if field.end() != 0 && field.start() < start {
                        start = field.start();
                    }
                }
                self.unheard.end() != 0
            } else {
                let len = parser.line(&at) - start;
                if len > most && used < MANY {
                    most = LONG_TEXT;
                }
                data.start() > self.end + GAP || len > most
            };
            // JavaScript takes an id that is not there from the entry before, or from the cursor.
            if is_full || self.unheard.end() != 0 && id.end() == 0 {
                self.is_full = true;
                break if kind == COMMENT { Step::Comment } else { Step::Event };
            }
            self.unheard = Span::default();
            // (Nothing of it is behind that.)
            self.end = parser.line(&at);
            used += 1;
            // Number by number: a row as a whole is written to the stack first, and then read before it is there.
            let place = |at: usize| at.wrapping_sub(start) as i32;
            row[0] = kind;
            row[1] = place(data.start());
            row[2] = place(data.end());
            if id.end() != 0 {
                row[0] = kind | ID;
                row[3] = place(id.start());
                row[4] = place(id.end());
            }
            if kind >= COMMENT {
                self.end = data.end();
                // Its place is reused by what follows.
                self.is_full = true;
                break Step::Line;
            }
            if kind & SPELLED != 0 {
                row[5] = place(event_type.start());
                row[6] = place(event_type.end());
            }
            kind = NOTHING;
        };
        (self.used, self.start) = (used, start);
        parser.set_cursor(at);
        step
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
        parser: &mut Parser,
        session: &mut Session,
        from: Generation,
        count: usize,
        now: Now,
    ) {
        let all = self.rows.get(1..=self.used).unwrap_or_default();
        let new = all.get(self.committed..count.min(all.len())).unwrap_or_default();
        self.committed = self.committed.max(count);
        let first = new.first().map_or(COMMENT, |row| row[0]);
        let mut id = new.iter().rfind(|row| row[0] & ID != 0).map(|row| {
            let at = |place: i32| self.start.wrapping_add(place as usize);
            parser.between(at(row[3]), at(row[4]))
        });
        let mut has_place = new.last().is_some_and(|row| row[0] & ID != 0);
        if count > all.len()
            && let Some(unheard) = std::mem::take(&mut self.unheard).if_any()
        {
            id = Some(parser.text(unheard));
            self.has_new_id = true;
            has_place = true;
        }
        let is_event = first < COMMENT;
        let is_behind_id = is_event && !has_place && id.is_some();
        if is_event || id.is_some() {
            session.hand_over(from, id, is_event, now);
        }
        if is_behind_id {
            session.hand_over(from, None, true, now);
        }
        // (It comes alone.)
        if first & PART != 0 {
            parser.leave_part();
        }
    }

    /// Before the first row, or where there is none.
    #[inline(never)]
    fn hand_over_unheard(&mut self, parser: &Parser, session: &mut Session, from: Generation, now: Now) {
        if let Some(id) = std::mem::take(&mut self.unheard).if_any() {
            session.hand_over(from, Some(parser.text(id)), false, now);
            self.has_new_id = true;
        }
    }

    #[inline(never)]
    fn grow(&mut self) {
        for _ in 0..8 {
            self.rows.push([0; 7]);
        }
    }

    fn empty(&mut self) {
        (self.used, self.committed) = (0, 0);
        self.unheard = Span::default();
    }

    fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// How many there are, without the first.
    fn len(&self) -> usize {
        self.used
    }

    /// What a row says of the event that is read.
    #[inline(never)]
    fn kind_of_event(&mut self, parser: &Parser) -> i32 {
        self.kind(parser.text(parser.named().event_type))
    }

    /// What a row says of a type.
    fn kind(&mut self, name: &str) -> i32 {
        if name.is_empty() {
            return self.untyped;
        }
        let kind = match self.event_types.iter().position(|known| known == name) {
            // Flags are behind the numbers that there are.
            Some(index) if index as i32 + 1 < ID => index as i32 + 1,
            None if !self.hears_all => UNHEARD,
            _ => return SPELLED,
        };
        (self.latest, self.latest_name) = (kind, Name::new(name));
        kind
    }

    /// Says what the rows are about.
    #[inline(never)]
    fn finish(&mut self, parser: &Parser) {
        let text = parser.between(self.start, self.end);
        let mut flags = if std::mem::take(&mut self.has_new_id) { NEW_ID } else { 0 };
        if self.pending != Step::Line || !parser.is_read() {
            flags |= MORE;
        }
        if parser.is_ascii() && text.len() > SHORT_TEXT {
            flags |= WHOLE;
        }
        let count = self.len() as i32;
        if let Some(head) = self.rows.first_mut() {
            *head = [count, text.as_ptr() as usize as i32, text.len() as i32, flags, 0, 0, 0];
        }
    }
}

impl Name {
    fn new(text: &str) -> Name {
        let mut bytes = [0; 32];
        let mut len = 0;
        if let Some(room) = bytes.get_mut(..text.len()) {
            room.copy_from_slice(text.as_bytes());
            len = text.len();
        }
        Name { bytes, len }
    }
}
