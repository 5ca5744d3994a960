//! Many events at a time: where their fields lie, as JavaScript counts.

use crate::core::parser::{Item, LimitExceeded, Parser, Span};
use crate::core::session::{Generation, Session};

/// About so much text is decoded by one call, in bytes. A substring that somebody keeps also keeps the whole text that it
/// is a part of.
const TEXT: usize = 16 << 10;

/// So much that nobody listens to may lie between two events, in bytes, before they go into two batches.
const GAP: usize = 512;

/// Numbers in front of the entries: where the text starts in memory, and how long it is, in bytes.
const HEAD: usize = 2;

/// Numbers in an entry: start and end of type, data and id.
const ENTRY: usize = 6;

/// Stands for the start of the id of an event without one of its own, and for the start of the type of a comment.
const NONE: u32 = u32::MAX;

/// The events that are about to be handed over, and the ids in between.
#[derive(Default)]
pub(super) struct Batch {
    table: Vec<u32>,
    marks: Vec<Mark>,
    /// So many entries, and marks, were handed over already.
    committed: usize,
    settled: usize,
    /// Read, but for the next batch.
    pending: Option<Item>,
    /// The types that are heard.
    event_types: Vec<String>,
    every_type: bool,
}

/// Something that moves the cursor.
struct Mark {
    id: Option<Span>,
    /// It is an entry of the table, and not only an id.
    is_entry: bool,
    is_event: bool,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.table.len().saturating_sub(HEAD) / ENTRY
    }

    pub(super) fn table(&self) -> &[u32] {
        &self.table
    }

    pub(super) fn listen(&mut self, event_type: String) {
        self.every_type |= event_type == "*";
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
        let mut text = None;
        loop {
            let item = match self.pending.take() {
                Some(item) => item,
                None => match parser.next_item() {
                    Ok(Some(item)) => item,
                    Ok(None) => break,
                    Err(limit) if self.marks.is_empty() => return Err(limit),
                    // The parser says it again.
                    Err(_) => break,
                },
            };
            let entry = match item {
                Item::Event { event_type, data, id } if self.hears(parser, event_type) => {
                    Some((event_type, data, id, true))
                }
                Item::Event { id, .. } => {
                    match id {
                        None => {}
                        // Nothing that is heard stands before it.
                        Some(_) if self.marks.is_empty() => {
                            session.hand_over(from, Some(parser.last_event_id()), false, now);
                        }
                        Some(_) => self.marks.push(Mark { id, is_entry: false, is_event: false }),
                    }
                    continue;
                }
                Item::Comment(text) => Some((Span::default(), text, None, false)),
                // These two are said by the parser itself, or end a batch by what follows from them.
                Item::Id | Item::Retry(_) => None,
            };
            let Some((event_type, data, id, is_event)) = entry else {
                if !self.marks.is_empty() {
                    self.pending = Some(item);
                    break;
                }
                match item {
                    Item::Retry(ms) => return Ok(Some(ms)),
                    _ => session.hand_over(from, Some(parser.last_event_id()), false, now),
                };
                continue;
            };
            let place = around([event_type, data, id.unwrap_or_default()]);
            let (start, end) = text.unwrap_or(place);
            // What lies before the text is a type or an id of a block whose data came first.
            let is_far = place.0 < start || place.0 > end + GAP || (end > start && place.1 > start + TEXT);
            // JavaScript takes an id that is not there from the entry before, or from the cursor.
            let inherits_unheard = id.is_none() && self.marks.last().is_some_and(|mark| !mark.is_entry);
            if is_far || inherits_unheard {
                self.pending = Some(item);
                break;
            }
            text = Some((start, end.max(place.1)));
            self.push(event_type, data, id, is_event);
            // The place of a comment is reused by what follows.
            if !is_event {
                break;
            }
        }
        if let Some((start, end)) = text {
            self.place(parser, start, end);
        }
        Ok(None)
    }

    /// The cursor goes to where the first `count` entries end, or with `all` to the end.
    pub(super) fn commit(
        &mut self,
        parser: &Parser,
        session: &mut Session,
        from: Generation,
        count: usize,
        all: bool,
        now: u64,
    ) {
        let (mut id, mut is_event, mut any) = (None, false, false);
        while let Some(mark) = self.marks.get(self.settled) {
            let entries = self.committed + usize::from(mark.is_entry);
            // An id in between counts when something behind it does.
            if !(all || entries <= count && (mark.is_entry || entries < count)) {
                break;
            }
            (self.settled, self.committed) = (self.settled + 1, entries);
            id = mark.id.or(id);
            is_event |= mark.is_event;
            any = true;
        }
        if any {
            session.hand_over(from, id.map(|id| parser.text(id)), is_event, now);
        }
    }

    fn empty(&mut self) {
        self.table.clear();
        self.marks.clear();
        (self.committed, self.settled) = (0, 0);
    }

    fn hears(&self, parser: &Parser, event_type: Span) -> bool {
        let name = parser.text(event_type);
        let name = if name.is_empty() { "message" } else { name };
        self.every_type || self.event_types.iter().any(|other| other == name)
    }

    fn push(&mut self, event_type: Span, data: Span, id: Option<Span>, is_event: bool) {
        if self.table.is_empty() {
            self.table.resize(HEAD, 0);
        }
        let span = |span: Span| [span.start() as u32, span.end() as u32];
        let [type_start, type_end] = if is_event { span(event_type) } else { [NONE; 2] };
        let [data_start, data_end] = span(data);
        let [id_start, id_end] = id.map_or([NONE; 2], span);
        self.table.extend([type_start, type_end, data_start, data_end, id_start, id_end]);
        self.marks.push(Mark { id, is_entry: true, is_event });
    }

    /// Makes the places of the fields count from the start of the text, in UTF-16 units as JavaScript does.
    fn place(&mut self, parser: &Parser, start: usize, end: usize) {
        let text = parser.buffered().get(start..end).unwrap_or_default();
        let is_ascii = text.is_ascii();
        let Some((head, entries)) = self.table.split_at_mut_checked(HEAD) else { return };
        head.copy_from_slice(&[text.as_ptr() as usize as u32, text.len() as u32]);
        // Fields lie close to one another, so that each is counted from the one before.
        let (mut at, mut units) = (0, 0);
        // What is not there lies at 0, and so does what starts the text.
        for place in entries.iter_mut().filter(|place| !matches!(**place, 0 | NONE)) {
            let byte = (*place as usize).saturating_sub(start);
            if is_ascii {
                *place = byte as u32;
                continue;
            }
            let between = |range| utf16_len(text.as_bytes().get(range).unwrap_or_default());
            units = if byte >= at { units + between(at..byte) } else { units - between(byte..at) };
            at = byte;
            *place = units as u32;
        }
    }
}

/// The first and the last byte of the spans, leaving out empty ones without a place.
fn around(spans: [Span; 3]) -> (usize, usize) {
    let (mut start, mut end) = (usize::MAX, 0);
    for span in spans {
        if span != Span::default() {
            (start, end) = (start.min(span.start()), end.max(span.end()));
        }
    }
    (start.min(end), end)
}

/// How many UTF-16 units a part of a text has: one for each character, and one more for those of four bytes.
fn utf16_len(text: &[u8]) -> usize {
    text.iter().map(|byte| usize::from((byte & 0xC0) != 0x80) + usize::from(*byte >= 0xF0)).sum()
}
