//! Bytes in, fields out: [interpreting an event stream](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
//! (HTML, 9.2.6), to the letter.
//!
//! A [`Parser`] is fed with chunks of any size, cut anywhere, and asked for [`Item`]s until it has no more. What an item
//! says is a [`Span`] of the parser's own buffer: Rust reads it as `&str` without a copy or an allocation, JavaScript
//! decodes many spans at a time. The items depend on the bytes only, never on how they were cut into chunks.
//!
//! ```
//! use everstream::internals::parser::{Item, Limits, Parser};
//!
//! let mut parser = Parser::new(Limits::default(), "");
//! parser.push(b"retry: 1500\nid: 7\ndata: he");
//! assert_eq!(parser.next_item(), Ok(Some(Item::Retry(1500)))); // at once
//! assert_eq!(parser.next_item(), Ok(None)); // wants more bytes
//!
//! parser.push(b"llo\n\n");
//! let item = parser.next_item().unwrap().unwrap();
//! let event = parser.event(&item).unwrap();
//! assert_eq!((event.event_type, event.data, event.last_event_id), ("message", "hello", "7"));
//! ```
//!
//! **Time** is linear in the bytes, whatever they are and however they come: a search for the end of a line goes on where
//! it stopped, and a byte is moved a bounded number of times. **Memory** is bounded by the [`Limits`] plus the chunks not
//! yet read: what is consumed and not part of the open event is dropped at the next chunk, also in the middle of an event. So
//! is a value that another one has replaced, and what there is of a line that will be ignored, before its end.

use core::fmt;
use core::ops::Range;

use self::buffer::Buffer;
use self::scan::{Scan, WINDOW};

mod buffer;
mod discard;
mod fields;
mod scan;
mod utf8;

/// Turns the bytes of one event stream into [`Item`]s.
///
/// One parser serves one connection: the next one starts with a new parser, seeded with the last event ID to go on with.
///
/// ```
/// # use everstream::internals::parser::{Item, Limits, Parser};
/// # let mut parser = Parser::new(Limits::default(), "");
/// parser.push(b"id: 7\ndata: hi\n\n");
/// let item = parser.next_item()?.unwrap();
/// assert_eq!(parser.event(&item).unwrap().data, "hi");
/// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
/// ```
pub struct Parser {
    scan: Scan,
    limits: Limits,
    wants_comments: bool,
    failed: Option<LimitExceeded>,
    /// What the latest step found that has found something; milliseconds are a thing of their own.
    found: Span,
    retry: u64,

    /// Of what is in use `[..valid]` is UTF-8, always. The bytes behind it were not looked at yet or, once all were, are the
    /// incomplete start of a character.
    buffer: Buffer,
    valid: usize,
    is_validated: bool,
    /// Somebody may have written behind what is in use, and not said so.
    is_lent: bool,
    /// So many chunks came while the buffer was longer than it had to be, from 0 again after 255.
    unneeded: u8,

    at: Cursor,
    /// Nothing in the buffer but ASCII.
    is_ascii: bool,
    /// All that is there fits into one event, whatever it says.
    is_within_limit: bool,
    before_first_character: bool,
    after_carriage_return: bool,

    block: Block,
    /// Where the last event ID is in the buffer, if it came with what is in there (else it ends at 0): it is copied when that
    /// goes.
    fresh_id: Span,
    last_event_id: String,

    /// Bytes looked at, moved or copied, each time that happens.
    #[cfg(test)]
    work: core::cell::Cell<usize>,
}

impl Parser {
    /// A parser at the start of a stream. `last_event_id` is what events without an id of their own carry, until the
    /// stream sets another: after a reconnect, the id that the request resumed from.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// let parser = Parser::new(Limits::default(), "41");
    /// assert_eq!(parser.last_event_id(), "41");
    /// ```
    pub fn new(limits: Limits, last_event_id: &str) -> Self {
        // `to_owned` would bring 0.15 kB into the package, in which nothing else needs it.
        let mut copy = String::new();
        copy.push_str(last_event_id);
        Self {
            scan: Scan::best(),
            // (Nothing in memory is longer than half of it, so that no sum of what is counted is too large for its type.)
            limits: Limits { event_bytes: limits.event_bytes.min(usize::MAX / 2), ..limits },
            wants_comments: false,
            failed: None,
            found: Span::default(),
            retry: 0,
            buffer: Buffer::default(),
            valid: 0,
            is_validated: true,
            is_lent: false,
            unneeded: 0,
            at: Cursor::default(),
            is_ascii: true,
            is_within_limit: true,
            before_first_character: true,
            after_carriage_return: false,
            block: Block::default(),
            fresh_id: Span::default(),
            last_event_id: copy,
            #[cfg(test)]
            work: Default::default(),
        }
    }

    /// Whether comments come out as [`Item::Comment`]. They do not unless asked for.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// let mut parser = Parser::new(Limits::default(), "").comments(true);
    /// parser.push(b": ping\n");
    /// let Some(Item::Comment(text)) = parser.next_item()? else { panic!() };
    /// assert_eq!(parser.text(text), "ping");
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[must_use]
    pub fn comments(mut self, wanted: bool) -> Self {
        self.wants_comments = wanted;
        self
    }

    /// Appends bytes as they came. Spans of earlier items are void from here on.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"data: cut anyw");
    /// parser.push(b"here\n\n");
    /// assert!(matches!(parser.next_item()?, Some(Item::Event { .. })));
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    pub fn push(&mut self, chunk: &[u8]) {
        self.fill(chunk.len(), |room| room.copy_from_slice(chunk));
    }

    /// Appends `len` bytes that `write` puts into the buffer itself: what holds them (a JavaScript `Uint8Array`) is copied
    /// once only. Spans of earlier items are void from here on.
    ///
    /// `write` gets a slice of exactly `len` bytes of unspecified content and has to overwrite all of it. It is not called
    /// for `len` 0, nor after a failure.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// let bytes = b"data: hi\n\n";
    /// parser.fill(bytes.len(), |room| room.copy_from_slice(bytes));
    /// assert!(parser.next_item()?.is_some());
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    pub fn fill(&mut self, len: usize, write: impl FnOnce(&mut [u8])) {
        let room = self.room(len);
        if !room.is_empty() {
            write(room);
            self.filled(len);
        }
    }

    /// The same in two steps, for those who write from outside of Rust: here is room for `len` bytes, and
    /// [`filled`](Self::filled) takes them in. Spans of earlier items are void from here on.
    ///
    /// There is none for `len` 0, nor after a failure.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.room(10).copy_from_slice(b"data: hi\n\n");
    /// parser.filled(10);
    /// assert!(parser.next_item()?.is_some());
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    pub fn room(&mut self, len: usize) -> &mut [u8] {
        if len == 0 || self.failed.is_some() {
            return &mut [];
        }
        self.compact(len);
        let start = self.buffer.end();
        let end = start.saturating_add(len);
        self.buffer.reserve(end);
        self.is_lent = true;
        self.buffer.get_mut(start..end).unwrap_or_default()
    }

    /// Takes in the first `len` bytes of the [`room`](Self::room) that was asked for last.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.room(100)[..10].copy_from_slice(b"data: hi\n\n");
    /// parser.filled(10);
    /// assert!(parser.next_item()?.is_some());
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    pub fn filled(&mut self, len: usize) {
        let end = self.buffer.end().saturating_add(len);
        if len == 0 || self.failed.is_some() || end > self.buffer.len().saturating_sub(scan::PADDING) {
            return;
        }
        self.buffer.set_end(end);
        (self.is_validated, self.is_lent) = (false, false);
        // "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
        if self.before_first_character {
            // (Behind it are zeros.)
            let start = self.buffer.word(0).unwrap_or_default();
            if start & 0xFF_FFFF == BOM {
                (self.valid, self.is_ascii) = ("\u{FEFF}".len(), false);
                (self.at.line, self.at.searched) = (self.valid, self.valid);
            }
            self.before_first_character = start == BOM & 0xFF || start == BOM & 0xFFFF;
        }
        self.is_within_limit = self.fits(self.buffer.end());
    }

    /// The next item, or `None` if that takes more bytes.
    ///
    /// What is left when the stream ends is an unfinished block: "Once the end of the file is reached, any pending data
    /// must be discarded". So nothing is to be done about it.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"retry: 9\ndata: hi\n\nda");
    /// while let Some(item) = parser.next_item()? {
    ///     println!("{item:?}");
    /// }
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    ///
    /// # Errors
    /// An event or an id is longer than allowed. All items before it were handed out, and from here on there is nothing
    /// but this error.
    #[inline]
    pub fn next_item(&mut self) -> Result<Option<Item>, LimitExceeded> {
        let step = self.step();
        if let Some(limit) = self.failed {
            return Err(limit);
        }
        let Named { id, event_type } = self.named();
        Ok(match step {
            Step::Event => Some(Item::Event { event_type, data: self.found, id: id.if_any() }),
            Step::Id => Some(Item::Id),
            Step::Retry => Some(Item::Retry(self.retry)),
            Step::Comment => Some(Item::Comment(self.found)),
            Step::Starved | Step::Failed | Step::Line => None,
        })
    }

    /// Whether there is nothing left to look at, not even an error, so that the next item takes more bytes.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"data: hi\n\n");
    /// assert!(!parser.is_read());
    /// parser.next_item()?;
    /// assert!(parser.is_read());
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub fn is_read(&self) -> bool {
        let is_searched = self.at.ends == 0 && self.at.searched == self.valid;
        self.is_validated && is_searched && self.failed.is_none() && self.fits(self.valid)
    }

    /// The text of a span of an item, or nothing for a span that is void.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// # let Item::Event { data, .. } = item else { panic!() };
    /// assert_eq!(parser.text(data), "hi");
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[cfg_attr(not(feature = "js"), inline)]
    pub fn text(&self, span: Span) -> &str {
        self.buffered().get(span.range()).unwrap_or_default()
    }

    /// The buffer that spans are ranges of, as far as it was looked at, for whoever decodes many of them at a time. Between
    /// them lies what is consumed or not yet read.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// # let Item::Event { data, .. } = item else { panic!() };
    /// assert_eq!(&parser.buffered()[data.range()], "hi");
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub fn buffered(&self) -> &str {
        let text = self.buffer.get(..self.valid).unwrap_or_default();
        // SAFETY: `[..valid]` is UTF-8. `search` extends it over nothing but ASCII, and `validate` only over bytes that were
        // found to be, or made, valid. Whatever is moved afterwards is a whole value or the whole unread rest, to where a
        // character starts, and `heal` turns what it left of a character behind it into ASCII; `compact` closes all gaps, and
        // `cut` one between two characters. The unit tests assert this after every step.
        unsafe { core::str::from_utf8_unchecked(text) }
    }

    /// Whether there is nothing but ASCII in the [buffer](Self::buffered), so that bytes and UTF-16 code units are the
    /// same. It may also say no when only what was consumed had more.
    ///
    /// ```
    /// # use everstream::internals::parser::{Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"data: hi\n\n");
    /// assert!(parser.is_ascii());
    /// ```
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// An event, ready to read; `None` for the other items.
    ///
    /// For an event without an id of its own the last event ID is [the parser's](Self::last_event_id), so look at each
    /// event before asking for the next item.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// assert_eq!(parser.event(&item).unwrap().data, "hi");
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub fn event(&self, item: &Item) -> Option<EventRef<'_>> {
        let Item::Event { event_type, data, id } = *item else { return None };
        Some(EventRef {
            event_type: match self.text(event_type) {
                "" => DEFAULT_EVENT_TYPE,
                name => name,
            },
            data: self.text(data),
            last_event_id: match id {
                Some(id) => self.text(id),
                None => self.last_event_id(),
            },
        })
    }

    /// The last event ID as of the last item returned.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// assert_eq!(parser.last_event_id(), "7");
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub fn last_event_id(&self) -> &str {
        match self.fresh_id.if_any() {
            Some(id) => self.text(id),
            None => &self.last_event_id,
        }
    }

    /// How many bytes of memory the buffer takes.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// assert_eq!(parser.capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }
}

impl fmt::Debug for Parser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parser").field("last_event_id", &self.last_event_id()).finish_non_exhaustive()
    }
}

/// What a stream says, piece by piece.
///
/// ```
/// # use everstream::internals::parser::{Item, Limits, Parser};
/// # let mut parser = Parser::new(Limits::default(), "");
/// parser.push(b"retry: 10\nid: 1\n\n");
/// assert_eq!(parser.next_item()?, Some(Item::Retry(10)));
/// assert_eq!(parser.next_item()?, Some(Item::Id));
/// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A block with data ended: dispatch an event. [`Parser::event`] reads it.
    Event {
        /// Empty means [`DEFAULT_EVENT_TYPE`].
        event_type: Span,
        /// The lines of data, joined by line feeds.
        data: Span,
        /// The last event ID if this very block set it, even to nothing; `None` if it is inherited.
        id: Option<Span>,
    },
    /// A block without data ended. Nothing is dispatched, but its id counts: it is [`Parser::last_event_id`] now.
    Id,
    /// A `retry` field: reconnect after so many milliseconds. It applies at its line, without waiting for the end of the
    /// block, and is `u64::MAX` if it is even more.
    Retry(u64),
    /// A comment, without its colon and one space after that, if [asked for](Parser::comments). Read it before the next
    /// item: in the middle of an event its place is reused.
    Comment(Span),
}

/// The type of events that name none.
///
/// ```
/// assert_eq!(everstream::internals::parser::DEFAULT_EVENT_TYPE, "message");
/// ```
pub const DEFAULT_EVENT_TYPE: &str = "message";

/// An event, borrowed from the parser that read it.
///
/// ```
/// use everstream::{EventRef, Limits, internals::parser::Parser};
///
/// let mut parser = Parser::new(Limits::default(), "41");
/// parser.push(b"event: tick\ndata: 1\ndata: 2\n\n");
/// let item = parser.next_item().unwrap().unwrap();
/// let expected = EventRef { event_type: "tick", data: "1\n2", last_event_id: "41" };
/// assert_eq!(parser.event(&item), Some(expected));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRef<'a> {
    /// `event`, or [`DEFAULT_EVENT_TYPE`].
    pub event_type: &'a str,
    /// The lines of `data`, joined by line feeds.
    pub data: &'a str,
    /// The `id` of this event or, if it has none, of the last one before it that had.
    pub last_event_id: &'a str,
}

/// Where a text lies in the parser's buffer, in bytes. It holds until the next chunk is appended.
///
/// ```
/// # use everstream::internals::parser::{Item, Limits, Parser};
/// # let mut parser = Parser::new(Limits::default(), "");
/// parser.push(b"id: 7\ndata: hi\n\n");
/// let item = parser.next_item()?.unwrap();
/// # let Item::Event { data, .. } = item else { panic!() };
/// assert_eq!(parser.text(data), "hi");
/// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The offset of the first byte.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// # let Item::Event { data, .. } = item else { panic!() };
    /// assert_eq!(data.start(), "id: 7\ndata: ".len());
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub const fn start(self) -> usize {
        self.start
    }

    /// The offset behind the last byte.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// # let Item::Event { data, .. } = item else { panic!() };
    /// assert_eq!(data.end(), data.start() + 2);
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub const fn end(self) -> usize {
        self.end
    }

    /// How many bytes it is long.
    ///
    /// ```
    /// # use everstream::internals::parser::{Item, Limits, Parser};
    /// # let mut parser = Parser::new(Limits::default(), "");
    /// parser.push(b"id: 7\ndata: hi\n\n");
    /// let item = parser.next_item()?.unwrap();
    /// # let Item::Event { data, .. } = item else { panic!() };
    /// assert_eq!(data.len(), 2);
    /// # Ok::<(), everstream::internals::parser::LimitExceeded>(())
    /// ```
    #[inline]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it is the empty text.
    ///
    /// ```
    /// assert!(everstream::internals::parser::Span::default().is_empty());
    /// ```
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// What the value of a line counts towards the limit.
    #[inline(always)]
    const fn size(self) -> usize {
        if self.end == 0 { 0 } else { self.len() + 1 }
    }

    /// Whether it is there, and where another line of the data that ends at `data_end` has to go: an empty one, too.
    #[inline(always)]
    const fn lies_behind(self, data_end: usize) -> bool {
        self.end != 0 && self.start >= data_end
    }

    /// It, if it does not end at 0, where no field does.
    #[inline(always)]
    pub(crate) const fn if_any(self) -> Option<Self> {
        if self.end == 0 { None } else { Some(self) }
    }

    /// The range of offsets.
    ///
    /// ```
    /// assert_eq!(everstream::internals::parser::Span::default().range(), 0..0);
    /// ```
    #[inline]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// How much a stream may make a parser hold.
///
/// ```
/// use everstream::Limits;
/// # use everstream::{LimitExceeded, internals::parser::Parser};
///
/// let limits = Limits::default().event_bytes(16);
/// # let mut parser = Parser::new(limits, "");
/// # parser.push(b"data: fits in\n\ndata: a line without an end");
/// # assert!(parser.next_item().is_ok());
/// # assert_eq!(parser.next_item(), Err(LimitExceeded::Event { limit: 16 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes that an event may take before its end: the values of its `data`, `event` and `id` lines so far, one
    /// more for each of these lines, and the whole of the line that is being read. A line does not count if it is known to be
    /// ignored when it gets there: an unknown field, a comment unless [asked for](Parser::comments), an `id` with a NUL, a
    /// `retry` with anything but digits. 64 MiB by default.
    pub event_bytes: usize,
    /// The most bytes in an `id`. 4 KiB by default: it has to fit into a request header.
    pub id_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event_bytes: 64 << 20, id_bytes: 4 << 10 }
    }
}

impl Limits {
    /// Sets [`event_bytes`](Self::event_bytes).
    ///
    /// ```
    /// let limits = everstream::Limits::default().event_bytes(1 << 20);
    /// ```
    #[must_use]
    pub const fn event_bytes(self, event_bytes: usize) -> Self {
        Self { event_bytes, ..self }
    }

    /// Sets [`id_bytes`](Self::id_bytes).
    ///
    /// ```
    /// let limits = everstream::Limits::default().id_bytes(256);
    /// ```
    #[must_use]
    pub const fn id_bytes(self, id_bytes: usize) -> Self {
        Self { id_bytes, ..self }
    }
}

/// A stream wants a parser to hold more than its [`Limits`] allow.
///
/// ```
/// use everstream::LimitExceeded;
///
/// let error = LimitExceeded::Id { limit: 4096 };
/// assert_eq!(error.to_string(), "an event id is longer than the limit of 4096 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitExceeded {
    /// An event, or a single line, is longer than [`Limits::event_bytes`].
    Event {
        /// The limit, in bytes.
        limit: usize,
    },
    /// An id is longer than [`Limits::id_bytes`].
    Id {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, limit) = match self {
            Self::Event { limit } => ("an event", limit),
            Self::Id { limit } => ("an event id", limit),
        };
        f.write_str(what)?;
        f.write_str(" is longer than the limit of ")?;
        fmt::Display::fmt(limit, f)?;
        f.write_str(" bytes")
    }
}

impl core::error::Error for LimitExceeded {}

// From here on: how it works.

/// The block of lines, up to a blank one, that is being read: the data buffer and the event type buffer of the standard,
/// and what its id will be. A span that ends at 0, where no value can, stands for none.
#[derive(Default)]
struct Block {
    /// All data lines so far, joined.
    data: Span,
    id: Kept,
    event_type: Kept,
    /// What counts towards the limit though there is nothing left of it: values that others came after, one more a line, and
    /// parts that were taken out.
    superseded: usize,
    /// There was the blank line: what is here is of the latest event, and goes when another line is read.
    is_over: bool,
}

/// How far the lines were read. Who reads many takes it out of memory meanwhile.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cursor {
    /// Where the line starts that is looked at.
    line: usize,
    /// Up to where ends of lines were searched for. Of the last window that had any, which starts at `window`, a bit for
    /// each that was not taken yet.
    searched: usize,
    window: usize,
    ends: u64,
}

impl Cursor {
    /// Where the line ends.
    #[inline(always)]
    fn end(&self) -> usize {
        self.window + self.ends.trailing_zeros() as usize
    }

    /// The line that ends there was read, by a CR and an LF if it is a pair of them.
    #[inline(always)]
    fn pass(&mut self, end: usize, is_pair: bool) {
        self.advance(end);
        if is_pair {
            self.advance(end + 1);
        }
    }

    #[inline(always)]
    fn advance(&mut self, end: usize) {
        self.ends &= self.ends.wrapping_sub(1);
        self.line = end + 1;
    }
}

/// What an event has beside its data. A span that ends at 0 stands for none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Named {
    pub(crate) id: Span,
    pub(crate) event_type: Span,
}

/// How far a step got: the kinds of [`Item`], and what there is in place of one. What was found stays with the parser: a
/// value of many parts is put together and taken apart again, which takes time and 0.2 kB.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Step {
    /// With [`found`](Parser::found) as its data, and [`named`](Parser::named).
    Event,
    Id,
    /// After as long as [`retry`](Parser::retry) says.
    Retry,
    /// Of what was [`found`](Parser::found).
    Comment,
    /// To the last end of a line that there is.
    Starved,
    /// Nowhere, after a [`failure`](Parser::failure).
    Failed,
    /// To the next line: there is nothing to tell of this one.
    Line,
}

/// A field's name with its colon, to be looked for in the first eight bytes of a line.
struct Head {
    /// How many bits of the eight bytes come after it.
    behind: u32,
    /// It, in front of so many zeros.
    bits: u64,
}

const DATA: Head = Head::new(b"data:");
const EVENT: Head = Head::new(b"event:");
const ID: Head = Head::new(b"id:");

impl Head {
    const fn new(text: &[u8]) -> Self {
        let behind = u64::BITS - 8 * text.len() as u32;
        let mut bits = 0;
        let mut at = text.len();
        while at > 0 {
            at -= 1;
            bits = bits << 8 | text[at] as u64;
        }
        Self { behind, bits: bits << behind }
    }

    #[inline(always)]
    const fn begins(&self, line: u64) -> bool {
        line << self.behind == self.bits
    }

    /// How many bytes it takes, with a space if there is one.
    #[inline(always)]
    fn len(&self, line: u64) -> usize {
        let bits = u64::BITS - self.behind;
        (bits / 8) as usize + usize::from((line >> bits) as u8 == b' ')
    }
}

/// A field of which only the last line in a block counts.
#[derive(Default)]
struct Kept {
    span: Span,
    /// It lay where another line of data had to go. It goes back behind the data when the block ends.
    is_aside: bool,
    /// Its bytes meanwhile.
    aside: Vec<u8>,
}

impl Kept {
    /// Takes the place of another, and says what that one counted towards the limit.
    fn set(&mut self, span: Span) -> usize {
        let before = self.size();
        (self.span, self.is_aside) = (span, false);
        before
    }

    /// What it counts towards the limit.
    fn size(&self) -> usize {
        if self.is_aside { self.aside.len() + 1 } else { self.span.size() }
    }

    fn aside_len(&self) -> usize {
        if self.is_aside { self.aside.len() } else { 0 }
    }

    /// Gets out of the way if it lies behind `data_end`, and says how many bytes that took.
    #[inline(never)]
    fn step_aside(&mut self, buffer: &[u8], data_end: usize) -> usize {
        let span = self.span;
        if !span.lies_behind(data_end) {
            return 0;
        }
        self.aside.clear();
        self.aside.extend_from_slice(buffer.get(span.range()).unwrap_or_default());
        (self.span, self.is_aside) = (Span::default(), true);
        span.len()
    }

    /// Goes back into the buffer at `at` if it is not there, and says where the free place starts now.
    #[inline(never)]
    fn step_back(&mut self, buffer: &mut [u8], at: usize) -> usize {
        if !self.is_aside {
            return at;
        }
        self.is_aside = false;
        self.span = Span { start: at, end: at + self.aside.len() };
        if let Some(room) = buffer.get_mut(self.span.range()) {
            room.copy_from_slice(&self.aside);
        }
        if self.aside.capacity() > ASIDE_KEPT {
            self.aside = Vec::new();
        }
        self.span.end
    }
}

/// Up to so many bytes an id is plain: as many as are looked at at a time.
const PLAIN_ID: usize = 16;

/// The Byte Order Mark, its first byte lowest.
const BOM: u64 = 0xBF_BB_EF;

/// Up to this many bytes a side buffer is kept for the next time.
const ASIDE_KEPT: usize = 4 << 10;

/// Up to this many bytes the buffer is kept however little of it is in use.
const BUFFER_KEPT: usize = 2 << 20;

impl Parser {
    /// The next item.
    #[cfg_attr(all(feature = "simd", target_arch = "wasm32"), target_feature(enable = "simd128"))]
    #[inline(never)]
    fn step(&mut self) -> Step {
        if self.is_lent {
            self.buffer.set_end(self.buffer.end());
            self.is_lent = false;
        }
        loop {
            let is_plain = self.is_plain();
            let mut at = self.at;
            let plain = self.plain_event(&mut at, is_plain);
            self.at = at;
            let step = self.beyond_plain(plain);
            if step != Step::Line {
                return step;
            }
        }
    }

    /// What comes of where [`plain_event`](Self::plain_event) stopped.
    #[inline(always)]
    pub(crate) fn beyond_plain(&mut self, step: Step) -> Step {
        match step {
            Step::Line => self.any_line(),
            Step::Starved => self.starved(),
            _ => step,
        }
    }

    /// There is no other end of a line in what is valid so far. If that is all, it is a failure in too long a text.
    #[inline(never)]
    fn starved(&mut self) -> Step {
        if self.failed.is_some() {
            return Step::Failed;
        }
        if !self.is_validated {
            self.validate();
            return Step::Line;
        }
        let step = self.check_limit(self.open_line());
        if step != Step::Line {
            return step;
        }
        self.discard();
        Step::Starved
    }

    /// What the latest event has beside its data.
    #[inline(always)]
    pub(crate) fn named(&self) -> Named {
        Named { id: self.block.id.span, event_type: self.block.event_type.span }
    }

    /// Whether lines may be plain: nothing is too long, or aside, and no CR may have an LF to come.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        let is_aside = self.block.id.is_aside || self.block.event_type.is_aside;
        self.is_within_limit && !self.after_carriage_return && !is_aside
    }

    /// Reads on to the end of an event that has nothing but data, an id and a type, all lines ended by LF or CRLF. Most are
    /// so, and this calls nothing and has little to keep in mind, so that most of it stays in registers: a tick takes half the
    /// time. [`any_line`](Self::any_line), which finds the same, is its plain twin.
    #[inline(always)]
    pub(crate) fn plain_event(&mut self, at: &mut Cursor, is_plain: bool) -> Step {
        let begins = self.block.is_over;
        let mut data = self.block.data;
        if begins {
            data = Span::default();
            self.block.id.span.end = 0;
            self.block.event_type.span.end = 0;
        }
        let step = loop {
            if at.ends == 0 && !self.search(at) {
                break Step::Starved;
            }
            let end = at.end();
            let Some(line) = self.buffer.word(at.line) else { break Step::Starved };
            let is_pair = self.buffer.byte(end) != Some(b'\n');
            if is_pair && (end + 1 >= at.searched || self.buffer.byte(end + 1) != Some(b'\n')) {
                break Step::Line;
            }
            if !is_plain {
                break Step::Line;
            }
            if DATA.begins(line) {
                if data.end != 0 {
                    break Step::Line;
                }
                data = Span { start: at.line + DATA.len(line), end };
                at.pass(end, is_pair);
                // Most often the end follows, or another line of data: by a loop of their own, 12 of them take 17 % less time.
                while let Some(line) = self.buffer.word(at.line) {
                    if line as u8 == b'\n' && at.line < at.searched {
                        at.advance(at.line);
                        self.end_plain(data);
                        return Step::Event;
                    }
                    if !DATA.begins(line) || !self.is_ascii || at.ends == 0 && !self.search(at) {
                        break;
                    }
                    let value = Span { start: at.line + DATA.len(line), end: at.end() };
                    if self.buffer.byte(value.end) != Some(b'\n') || value.end - value.start > buffer::SHORT {
                        break;
                    }
                    self.buffer.shift_short(value.range(), data.end + 1);
                    data = self.joined(data, value);
                    at.advance(value.end);
                }
                continue;
            }
            if end == at.line {
                if data.end == 0 {
                    break Step::Line;
                }
                at.pass(end, is_pair);
                self.end_plain(data);
                return Step::Event;
            }
            if ID.begins(line) {
                let value = Span { start: at.line + ID.len(line), end };
                let Some(window) = self.buffer.window(value.start) else { break Step::Line };
                if value.len() > PLAIN_ID.min(self.limits.id_bytes)
                    || !self.scan.is_without_nul(window)
                    || self.block.id.span.end != 0
                {
                    break Step::Line;
                }
                self.block.id.span = value;
            } else if EVENT.begins(line) {
                if self.block.event_type.span.end != 0 {
                    break Step::Line;
                }
                self.block.event_type.span = Span { start: at.line + EVENT.len(line), end };
            } else {
                break Step::Line;
            }
            at.pass(end, is_pair);
        };
        (self.block.data, self.block.is_over) = (data, false);
        if begins {
            self.block.superseded = 0;
        }
        step
    }

    /// There was a blank line behind the data.
    #[inline(always)]
    fn end_plain(&mut self, data: Span) {
        self.block.is_over = true;
        let id = self.block.id.span;
        if id.end != 0 {
            self.fresh_id = id;
        }
        self.found = data;
    }

    /// Reads the line that ends at the next end of a line, whatever it is.
    #[inline(never)]
    fn any_line(&mut self) -> Step {
        if self.failed.is_some() {
            return Step::Failed;
        }
        let line = Span { start: self.at.line, end: self.at.end() };
        self.at.advance(line.end);
        // "Lines must be separated by either a CRLF character pair, a single LF character, or a single CR character." A CR
        // ends its line at once, for nothing else may ever follow; if what follows is an LF, it belongs to the CR.
        let byte = self.buffer.byte(line.end);
        let was_return = self.after_carriage_return;
        self.after_carriage_return = byte == Some(b'\r');
        if !line.is_empty() {
            match self.check_limit(line) {
                Step::Starved => self.read_line(line, true),
                step => step,
            }
        } else if was_return && byte == Some(b'\n') {
            Step::Line
        } else {
            self.end_block(line.end)
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, limit: LimitExceeded) -> Step {
        self.failed = Some(limit);
        // (Nothing is plain from here on.)
        self.is_within_limit = false;
        Step::Failed
    }

    /// The limit is about what a block and its line add up to, finished or not, and so the same for all chunks. A line does not
    /// count if it is known to be ignored when it gets there.
    #[inline(never)]
    fn check_limit(&mut self, line: Span) -> Step {
        let most = self.allowance();
        if line.len() <= most {
            return Step::Starved;
        }
        if self.read_line(Span { start: line.start, end: line.start + most + 1 }, false) == Step::Line {
            return Step::Line;
        }
        self.fail(LimitExceeded::Event { limit: self.limits.event_bytes })
    }

    /// Whether all from the next line up to `end` is no longer than that line may be.
    #[inline(never)]
    fn fits(&self, end: usize) -> bool {
        end.saturating_sub(self.at.line) <= self.allowance()
    }

    /// How long the next line of the block may be. (One byte is what is left of a line that was discarded.)
    #[inline(never)]
    fn allowance(&self) -> usize {
        self.limits.event_bytes.saturating_sub(self.block.size()).max(1)
    }

    /// Looks for more ends of lines, a window at a time, and says whether there are any. It also stops at what is beyond ASCII
    /// and not validated yet. What it has seen until then is ASCII, which takes no pass of its own: 3.7 KB a third less time.
    #[inline(always)]
    fn search(&mut self, at: &mut Cursor) -> bool {
        let mut from = at.searched;
        // (Behind what is valid there is the start of a character, and then zeros: no ends of lines.)
        while let Some(window) = self.buffer.window(from) {
            let behind = from + WINDOW;
            if !self.scan.is_mere_text(window) {
                if !self.is_validated {
                    if !self.scan.is_ascii(window) {
                        self.count(from - at.searched);
                        (at.searched, self.valid) = (from, self.valid.max(from));
                        return false;
                    }
                    let end = self.buffer.end();
                    (self.valid, self.is_validated) = (self.valid.max(behind.min(end)), behind >= end);
                }
                let ends = self.scan.line_ends(window);
                if ends != 0 {
                    let searched = behind.min(self.valid);
                    self.count(searched - at.searched);
                    *at = Cursor { line: at.line, searched, window: from, ends };
                    return true;
                }
            }
            from = behind;
        }
        if !self.is_validated {
            (self.valid, self.is_validated) = (self.buffer.end(), true);
        }
        self.count(self.valid - at.searched);
        at.searched = self.valid;
        false
    }

    /// "If the field name is 'data': Append the field value to the data buffer, then append a single U+000A LINE FEED
    /// (LF) character to the data buffer." The data buffer is the place of the first value, which the others move up to.
    /// There is always room: a line is longer than its value and an LF.
    #[inline(never)]
    fn add_data(&mut self, value: Span) {
        let Block { data, id, event_type, .. } = &mut self.block;
        if data.end == 0 {
            *data = value;
            return;
        }
        let data = *data;
        let mut moved = event_type.step_aside(&self.buffer, data.end);
        moved += id.step_aside(&self.buffer, data.end);
        self.count(moved);
        self.buffer.shift(value.range(), data.end + 1);
        let data = self.joined(data, value);
        heal(&mut self.buffer, data.end, value.end);
        self.block.data = data;
    }

    /// The data with a value that was moved behind it: an LF goes in between.
    #[inline(always)]
    fn joined(&mut self, data: Span, value: Span) -> Span {
        if let Some(separator) = self.buffer.get_mut(data.end) {
            *separator = b'\n';
        }
        self.count(value.len());
        Span { start: data.start, end: data.end + 1 + value.len() }
    }

    /// "If the line is empty (a blank line): Dispatch the event." `at` is where that line is.
    #[inline(never)]
    fn end_block(&mut self, at: usize) -> Step {
        let Block { data, id, event_type, is_over, .. } = &mut self.block;
        *is_over = true;
        let data = *data;
        if data.end != 0 && (id.is_aside || event_type.is_aside) {
            let free = event_type.step_back(&mut self.buffer, data.end);
            let free = id.step_back(&mut self.buffer, free);
            heal(&mut self.buffer, free, at);
            // They may have been aside when that was found out.
            self.is_ascii = false;
            self.count(free - data.end);
        }
        // "Set the last event ID string of the event source to the value of the last event ID buffer. The buffer does not
        // get reset". That comes first, so it happens whether or not there is data.
        let id = self.block.id.span;
        if id.end != 0 {
            self.fresh_id = id;
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return." It holds an LF at least after any data line.
        if data.end != 0 {
            self.found = data;
            Step::Event
        } else if id.end != 0 {
            Step::Id
        } else {
            Step::Line
        }
    }

    /// Takes all that is there into the valid part of the buffer, repaired if need be.
    #[inline(never)]
    fn validate(&mut self) {
        (self.is_validated, self.is_ascii) = (true, false);
        let Some(fresh) = self.buffer.get(self.valid..self.buffer.end()) else { return };
        let complete = self.valid + fresh.len() - utf8::incomplete_end(fresh);
        self.count(complete - self.valid);
        if self.scan.is_utf8(&self.buffer, self.valid, complete) {
            self.valid = complete;
        } else {
            self.repair();
        }
    }

    /// The rare case: rewrites it with U+FFFD in place of what is not UTF-8.
    #[cold]
    #[inline(never)]
    fn repair(&mut self) {
        let broken = self.buffer.get(self.valid..self.buffer.end()).unwrap_or_default();
        let (repaired, pending) = utf8::repair(broken);
        self.count(broken.len() + repaired.len());
        let end = self.valid + repaired.len();
        self.buffer.reserve(end);
        let Some(room) = self.buffer.get_mut(self.valid..end) else { return };
        room.copy_from_slice(&repaired);
        self.valid = end - pending;
        self.buffer.set_end(end);
        // It may be longer now.
        self.is_within_limit = self.fits(end);
    }

    /// Makes room for `incoming` bytes by dropping what is consumed, as soon as that is no less than what has to be moved
    /// for it: so the bytes moved are never more than the bytes that ever came.
    fn compact(&mut self, incoming: usize) {
        let id = core::mem::take(&mut self.fresh_id);
        if id.end != 0 {
            let mut last = core::mem::take(&mut self.last_event_id);
            last.clear();
            last.push_str(self.text(id));
            self.last_event_id = last;
            self.count(id.len());
        }
        self.discard_for(incoming);
        // All was read, as it is most often when a chunk ends where an event does.
        let size = self.block.held();
        let is_read = self.at.line == self.buffer.end() && size == 0;
        if is_read && self.buffer.len() <= BUFFER_KEPT {
            self.at = Cursor::default();
            (self.valid, self.is_ascii) = (0, true);
            self.buffer.set_end(0);
            return;
        }
        // What follows is moved.
        if self.at.ends != 0 {
            (self.at.searched, self.at.ends) = (self.at.line, 0);
        }
        let unread = Span { start: self.at.line, end: self.buffer.end() };
        let live = size.saturating_add(unread.len());
        let consumed = unread.end.saturating_sub(live);
        if consumed == 0 || consumed < live {
            return;
        }

        // All of it goes to the front in the order in which it lies, an empty value before what starts at the same place.
        // Behind the data stays the room that values put aside will need: they came before its last line, so whatever lies
        // behind the data came after them.
        let Block { data, id, event_type, is_over, .. } = &mut self.block;
        let aside = event_type.aside_len() + id.aside_len();
        let mut kept = [(&mut event_type.span, 0), (&mut id.span, 0), (data, aside)];
        for (left, right) in [(0, 1), (1, 2), (0, 1)] {
            let place = |at: usize| kept.get(at).map_or(0, |(span, _)| span.start + span.end);
            if place(left) > place(right) {
                kept.swap(left, right);
            }
        }
        let mut to = 0;
        for (span, room) in kept {
            if !*is_over {
                to = self.buffer.keep(span, to, room);
            }
        }
        self.buffer.shift(unread.range(), to);
        let back = self.at.line - to;
        self.at.line = to;
        self.at.searched -= back;
        self.valid -= back;
        self.buffer.set_end(unread.end - back);
        self.count(live);
        let is_ascii = |at| self.buffer.window(at).is_some_and(|window| self.scan.is_ascii(window));
        self.is_ascii = self.is_ascii || (0..self.buffer.end()).step_by(WINDOW).all(is_ascii);

        // An event of many megabytes must not hold its memory for the rest of the day. But another one may follow, for which all
        // of it would have to be moved to a larger place again and again: it goes after 256 chunks that do not need it.
        let needed = live.saturating_add(incoming);
        if self.buffer.len() > BUFFER_KEPT && self.buffer.len() / 8 > needed {
            self.unneeded = self.unneeded.wrapping_add(1);
            if self.unneeded == 0 {
                self.buffer.shrink(needed);
            }
        }
    }

    /// The data of the event that has not ended, if there is any: of a body that ends here it is the rest.
    #[inline(never)]
    pub(crate) fn unfinished(&self) -> Option<String> {
        let line = self.text(Span { start: self.at.line, end: self.valid });
        let word = self.buffer.word(self.at.line).unwrap_or_default();
        let value =
            if DATA.begins(word) { line.get(DATA.len(word)..) } else { (line == "data").then_some("") };
        let data = if self.block.is_over { None } else { self.block.data.if_any() };
        if data.is_none() && value.is_none() {
            return None;
        }
        let mut text = String::new();
        if let Some(data) = data {
            text.push_str(self.text(data));
            if value.is_some() {
                text.push('\n');
            }
        }
        text.push_str(value.unwrap_or_default());
        Some(text)
    }

    fn bytes(&self, span: Span) -> &[u8] {
        self.buffer.get(span.range()).unwrap_or_default()
    }

    #[inline(always)]
    fn count(&self, _bytes: usize) {
        #[cfg(test)]
        self.work.set(self.work.get() + _bytes);
    }
}

/// For the package, which makes a table of many events at a time.
#[cfg(all(feature = "js", any(target_arch = "wasm32", test)))]
impl Parser {
    /// A part of a line has at least so many bytes: few enough to stay in a cache, and enough that parts are few. (In tests they
    /// are many.)
    const PART: usize = if cfg!(test) { 40 } else { 128 << 10 };

    /// What was found by the latest step that has found something.
    #[inline(always)]
    pub(crate) fn found(&self) -> Span {
        self.found
    }

    /// Why there is nothing any more.
    #[inline(always)]
    pub(crate) fn failure(&self) -> Option<LimitExceeded> {
        self.failed
    }

    /// What the latest step that says so found, in milliseconds.
    #[inline(always)]
    pub(crate) fn retry(&self) -> u64 {
        self.retry
    }

    /// How far the lines were read.
    #[inline(always)]
    pub(crate) fn cursor(&self) -> Cursor {
        self.at
    }

    /// They were read so far.
    #[inline(always)]
    pub(crate) fn set_cursor(&mut self, at: Cursor) {
        self.at = at;
    }

    /// Where the next line starts.
    #[inline(always)]
    pub(crate) fn line(&self, at: &Cursor) -> usize {
        at.line
    }

    /// Finds most of a long line of data that has not ended, for whoever would rather have it at once: all but its last
    /// character, with which it goes on as a line of data. (That is no space, of which one behind the colon would not count, and
    /// of one byte.)
    #[inline(always)]
    pub(crate) fn find_part(&mut self) -> bool {
        // This much is asked for each chunk: with a call for it, 10 MB in 1 KiB take 8 % longer.
        self.valid > self.at.line + Self::PART && self.find_long_part()
    }

    #[cold]
    #[inline(never)]
    fn find_long_part(&mut self) -> bool {
        let line = self.buffer.word(self.at.line).unwrap_or_default();
        let last = self.valid - 1;
        self.found = Span { start: self.at.line + DATA.len(line), end: last };
        let is_visible = self.buffer.byte(last).is_some_and(|byte| byte.is_ascii_graphic());
        is_visible && DATA.begins(line) && self.block.data.end == 0
    }

    /// The part that was found is not needed any more.
    #[inline(never)]
    pub(crate) fn leave_part(&mut self) {
        self.block.superseded += self.found.len();
        self.cut(self.found);
    }

    /// The text between two places, which are of this buffer.
    pub(crate) fn between(&self, start: usize, end: usize) -> &str {
        self.text(Span { start, end })
    }

    /// Whether it is this one, of so many bytes.
    #[inline(always)]
    pub(crate) fn is_name(&self, span: Span, name: &[u8; 32], len: usize) -> bool {
        span.len() == len
            && self.buffer.window(span.start).is_some_and(|window| self.scan.begins_with(window, name, len))
    }
}

impl Block {
    /// What counts towards the limit: all values of its fields, one more a line. (A line of data has its LF.)
    #[inline(always)]
    fn size(&self) -> usize {
        if self.is_over { 0 } else { self.superseded + self.held() }
    }

    /// What counts of it and is still there.
    #[inline(never)]
    fn held(&self) -> usize {
        if self.is_over { 0 } else { self.data.size() + self.id.size() + self.event_type.size() }
    }
}

/// Overwrites what is left at `from` of a character whose first bytes are gone, so that the buffer stays UTF-8. `to` is
/// the end of what can be left.
#[inline(always)]
fn heal(buffer: &mut [u8], from: usize, to: usize) {
    for byte in buffer.get_mut(from..to).unwrap_or_default() {
        if !utf8::continues(*byte) {
            break;
        }
        *byte = b'\n';
    }
}

#[cfg(test)]
mod tests;
