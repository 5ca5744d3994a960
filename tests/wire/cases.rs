//! Streams and what they say: each rule of the standard, and each stream that some client gets wrong.

use everstream::internals::parser::{LimitExceeded, Limits};

use super::common::Seen::{self, Comment, Event, Exceeded, Id, Retry};

/// A stream, whole.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    pub(crate) items: &'static [Seen<&'static str>],
    pub(crate) seed: &'static str,
    /// Whether they are wanted.
    pub(crate) comments: bool,
    event_bytes: usize,
    id_bytes: usize,
}

const fn case(name: &'static str, bytes: &'static [u8], items: &'static [Seen<&'static str>]) -> Case {
    Case { name, bytes, items, seed: "", comments: true, event_bytes: 64 << 20, id_bytes: 4 << 10 }
}

impl Case {
    pub(crate) fn limits(&self) -> Limits {
        Limits::default().event_bytes(self.event_bytes).id_bytes(self.id_bytes)
    }

    /// What has to be read, as it is read.
    pub(crate) fn expected(&self) -> Vec<Seen<String>> {
        let owned = |item: &Seen<&str>| match *item {
            Event(event_type, data, id) => Event(event_type.into(), data.into(), id.into()),
            Id(id) => Id(id.into()),
            Retry(milliseconds) => Retry(milliseconds),
            Comment(text) => Comment(text.into()),
            Exceeded(failure) => Exceeded(failure),
        };
        self.items.iter().map(owned).collect()
    }

    const fn seed(mut self, last_event_id: &'static str) -> Self {
        self.seed = last_event_id;
        self
    }

    const fn without_comments(mut self) -> Self {
        self.comments = false;
        self
    }

    const fn event_limit(mut self, bytes: usize) -> Self {
        self.event_bytes = bytes;
        self
    }

    const fn id_limit(mut self, bytes: usize) -> Self {
        self.id_bytes = bytes;
        self
    }
}

const fn message(data: &'static str) -> Seen<&'static str> {
    Event("message", data, "")
}

// A case is a line, or it would be hard to see which are missing.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    // The examples of the standard.
    case("standard: three lines of data", b"data: YHOO\ndata: +2\ndata: 10\n\n", &[message("YHOO\n+2\n10")]),
    case(
        "standard: comment, ids, reset id, leading space",
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        &[
            Comment("test stream"),
            Event("message", "first event", "1"),
            message("second event"),
            message(" third event"),
        ],
    ),
    case("standard: empty data, two empty lines, unfinished", b"data\n\ndata\ndata\n\ndata:", &[message(""), message("\n")]),
    case("standard: space after colon is optional", b"data:test\n\ndata: test\n\n", &[message("test"), message("test")]),
    // Byte Order Mark.
    case("bom is stripped", b"\xEF\xBB\xBFdata: a\n\n", &[message("a")]),
    case("bom is stripped once", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[message("b")]),
    case("bom is data later on", b"data: \xEF\xBB\xBFa\n\n", &[message("\u{FEFF}a")]),
    case("bom makes an unknown field later on", b"data: a\n\xEF\xBB\xBFdata: b\n\n", &[message("a")]),
    case("bom before a blank line", b"\xEF\xBB\xBF\n\ndata: a\n\n", &[message("a")]),
    case("bom cut short is an unknown field", b"\xEF\xBBdata: a\n\ndata: b\n\n", &[message("b")]),
    case("bom alone", b"\xEF\xBB\xBF", &[]),
    case("bom before a comment", b"\xEF\xBB\xBF:a\n\n", &[Comment("a")]),
    case("nothing", b"", &[]),
    // Ends of lines.
    case("lf", b"data: a\n\ndata: b\n\n", &[message("a"), message("b")]),
    case("cr", b"data: a\r\rdata: b\r\r", &[message("a"), message("b")]),
    case("crlf", b"data: a\r\n\r\ndata: b\r\n\r\n", &[message("a"), message("b")]),
    case("an event ended by a bare cr is there at once", b"data: a\n\r", &[message("a")]),
    case("an event ended by cr cr is there at once", b"data: a\r\r", &[message("a")]),
    case("crlf is one end, lf cr are two", b"data: a\r\ndata: b\n\rdata: c\r\n\n", &[message("a\nb"), message("c")]),
    case("mixed ends of lines", b"data: a\rdata: b\ndata: c\r\n\rdata: d\n\r\n", &[message("a\nb\nc"), message("d")]),
    case("cr lf lf", b"data: a\r\n\ndata: b\r\n\n", &[message("a"), message("b")]),
    case("cr cr lf", b"data: a\r\r\ndata: b\r\r\n", &[message("a"), message("b")]),
    case("many blank lines", b"\n\n\r\r\n\ndata: a\n\n\n\n\r\n\r\n\ndata: b\n\n\n", &[message("a"), message("b")]),
    case(
        "other line separators are data",
        "data: a\u{b}b\u{c}c\u{85}d\u{2028}e\u{2029}f\n\n".as_bytes(),
        &[message("a\u{b}b\u{c}c\u{85}d\u{2028}e\u{2029}f")],
    ),
    // Fields.
    case("field without colon", b"data\n\n", &[message("")]),
    case("field without value", b"data:\n\n", &[message("")]),
    case("a value of one space", b"data: \n\n", &[message("")]),
    case("one leading space goes", b"data:  a \n\n", &[message(" a ")]),
    case("a leading tab stays", b"data:\ta\n\n", &[message("\ta")]),
    case("a no-break space stays", "data:\u{a0}a\n\n".as_bytes(), &[message("\u{a0}a")]),
    case("colons in the value", b"data:a:b: c\n\ndata::\n\n", &[message("a:b: c"), message(":")]),
    case("first line of data empty", b"data:\ndata: a\n\n", &[message("\na")]),
    case("last line of data empty", b"data: a\ndata\n\n", &[message("a\n")]),
    case("three empty lines of data", b"data\ndata:\ndata: \n\n", &[message("\n\n")]),
    case("lines that grow", b"data: a\ndata: bcd\ndata: efghijk\n\n", &[message("a\nbcd\nefghijk")]),
    case("unknown fields", b"foo: bar\ndata: a\nfoo\n: c\n\n", &[Comment("c"), message("a")]),
    case("names are case-sensitive", b"DATA: a\nData: b\ndata: c\nID: 1\nEvent: x\nRETRY: 1\n\n", &[message("c")]),
    case("names are exact", b"dat: a\ndata2: b\ndatab\nids: 1\nevents: x\nretryy: 1\ni: 1\n\ndata: e\n\n", &[message("e")]),
    case("a space before the name", b" data: a\n\ndata: b\n\n", &[message("b")]),
    case("a space before the colon", b"data : a\nid : 1\n\ndata: b\n\n", &[message("b")]),
    case("an unknown field alone is no event", b"foo: bar\n\ndata: a\n\n", &[message("a")]),
    case("names like those of objects", b"event: constructor\ndata: toString\n\nconstructor: x\n\n", &[Event("constructor", "toString", "")]),
    case("numbers stay text", b"id: 007\ndata: 1\n\n", &[Event("message", "1", "007")]),
    case("nul in data and type", b"event: a\0b\ndata: c\0d\n\n", &[Event("a\0b", "c\0d", "")]),
    case("a line of nul", b"\0\ndata: a\n\n", &[message("a")]),
    // Event types.
    case("event type", b"event: tick\ndata: a\n\ndata: b\n\n", &[Event("tick", "a", ""), message("b")]),
    case("event type after data", b"data: a\nevent: tick\n\n", &[Event("tick", "a", "")]),
    case("event type between data", b"data: a\nevent: tick\ndata: b\n\n", &[Event("tick", "a\nb", "")]),
    case("the last event type counts", b"event: a\nevent: b\ndata: c\nevent: d\n\n", &[Event("d", "c", "")]),
    case("an empty event type resets", b"event: a\nevent\ndata: c\n\n", &[message("c")]),
    case("an event type without data is dropped", b"event: a\n\ndata: b\n\n", &[message("b")]),
    case("an event type is not trimmed", b"event:  a \ndata: b\n\n", &[Event(" a ", "b", "")]),
    // Ids.
    case("an id stays", b"id: 1\ndata: a\n\ndata: b\n\n", &[Event("message", "a", "1"), Event("message", "b", "1")]),
    case("an id without data counts", b"id: 1\n\ndata: a\n\n", &[Id("1"), Event("message", "a", "1")]),
    case("an id without data and with a type", b"event: x\nid: 1\n\ndata: a\n\n", &[Id("1"), Event("message", "a", "1")]),
    case("an empty id resets", b"id: 1\ndata: a\n\nid\ndata: b\n\nid:\n\n", &[Event("message", "a", "1"), message("b"), Id("")]),
    case("an id with nul is ignored", b"id: 1\n\nid: 2\0\ndata: a\n\n", &[Id("1"), Event("message", "a", "1")]),
    case("an id with nul keeps the one before", b"id: 1\nid: \0\ndata: a\n\n", &[Event("message", "a", "1")]),
    case("an id with nul alone is nothing", b"id: \0\n\ndata: a\n\n", &[message("a")]),
    case("the last id counts", b"id: 1\nid: 2\ndata: a\nid: 3\n\n", &[Event("message", "a", "3")]),
    case("an id after data", b"data: a\nid: 1\n\n", &[Event("message", "a", "1")]),
    case("an id between data", b"data: a\nid: 1\ndata: b\n\ndata: c\n\n", &[Event("message", "a\nb", "1"), Event("message", "c", "1")]),
    case(
        "id and type between data, again and again",
        b"data: a\nid: 1\nevent: x\ndata: bcdefghijkl\nevent: yy\nid: 22\ndata\nid: 3\ndata: m\n\nid: 4\n\n",
        &[Event("yy", "a\nbcdefghijkl\n\nm", "3"), Id("4")],
    ),
    case(
        "id put aside, type behind the data",
        b"data: a\nid: 1\ndata: b\nevent: tick\n\ndata: c\n\n",
        &[Event("tick", "a\nb", "1"), Event("message", "c", "1")],
    ),
    case("an empty id between data", b"data\nid\ndata\nevent\ndata\n\n", &[message("\n\n")]).seed("7"),
    case("an id is not trimmed", b"id:  1 \ndata: a\n\n", &[Event("message", "a", " 1 ")]),
    case("ids beyond ascii", "id: é😀\ndata: a\n\n".as_bytes(), &[Event("message", "a", "é😀")]),
    case("a seeded id stays", b"data: a\n\nid: 8\ndata: b\n\n", &[Event("message", "a", "7"), Event("message", "b", "8")]).seed("7"),
    case("a seeded id resets", b"id\ndata: a\n\n", &[message("a")]).seed("7"),
    // Retry.
    case("retry", b"retry: 1500\n\n", &[Retry(1500)]),
    case("retry does not wait", b"retry:1500\n", &[Retry(1500)]),
    case("retry in an event", b"data: a\nretry: 10\ndata: b\n\n", &[Retry(10), message("a\nb")]),
    case("retry twice", b"retry: 1\nretry: 2\n", &[Retry(1), Retry(2)]),
    case("retry 0", b"retry: 0\n", &[Retry(0)]),
    case("retry with leading zeros", b"retry: 0010\n", &[Retry(10)]),
    case("retry is digits only", b"retry: -5\nretry: +5\nretry: 12.5\nretry: 10abc\nretry: 1e3\nretry: 0x10\nretry:  5\nretry: 5 \nretry: 1_0\n\n", &[]),
    case("retry in other digits", "retry: ١٢\nretry: １２\n\n".as_bytes(), &[]),
    case("retry of nothing", b"retry\nretry:\nretry: \n\n", &[]),
    case("retry with nul", b"retry: 1\0\n\n", &[]),
    case("retry at the limit", b"retry: 18446744073709551615\n", &[Retry(u64::MAX)]),
    case("retry over the limit", b"retry: 18446744073709551616\nretry: 99999999999999999999999999999999999999999\n", &[Retry(u64::MAX), Retry(u64::MAX)]),
    // Comments.
    case("comments are no events", b":\n\n: keep-alive\n\n:\r\r", &[Comment(""), Comment("keep-alive"), Comment("")]),
    case("a comment between data", b"data: a\n: c\ndata: b\n\n", &[Comment("c"), message("a\nb")]),
    case("a comment that looks like a field", b":data: a\n\n", &[Comment("data: a")]),
    case("a comment leaves the id alone", b"id: 1\n: c\ndata: a\n\n", &[Comment("c"), Event("message", "a", "1")]),
    case("comments nobody wants", b": a\ndata: b\n:c\rdata: d\r\n:\r\n\r\n:\n\n", &[message("b\nd")]).without_comments(),
    // The end.
    case("an unfinished event is discarded", b"data: a\n\ndata: b\n", &[message("a")]),
    case("an unfinished line is discarded", b"data: a\n\ndata: b", &[message("a")]),
    case("an id of an unfinished block does not count", b"id: 7\ndata: a\n\nid: 8\ndata: b\n", &[Event("message", "a", "7")]),
    // UTF-8.
    case("characters of each length", "data: aé漢😀\n\n".as_bytes(), &[message("aé漢😀")]),
    case("characters moved over others", "data: é\nevent: 漢漢漢\nfoo: 😀😀😀😀\ndata: ü\nfoo: 漢字\nid: é\ndata: 😀\n\n".as_bytes(), &[Event("漢漢漢", "é\nü\n😀", "é")]),
    case("invalid bytes", b"data: a\xFFb\xC0\xAFc\x80d\n\n", &[message("a\u{FFFD}b\u{FFFD}\u{FFFD}c\u{FFFD}d")]),
    case("cut short by a line end", b"data: \xE6\xBC\ndata: \xF0\x9F\x98\n\n", &[message("\u{FFFD}\n\u{FFFD}")]),
    case("cut short by another start", b"data: \xE6\xBC\xC3\xA9\xF0\x9F\xE6\xBC\xA2\n\n", &[message("\u{FFFD}é\u{FFFD}漢")]),
    case("surrogates", b"data: \xED\xA0\x80\xED\xBF\xBF\n\n", &[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")]),
    case("overlong", b"data: \xE0\x80\x80\xF0\x80\x80\x80\n\n", &[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")]),
    case("beyond unicode", b"data: \xF4\x90\x80\x80\xF5\x80\n\n", &[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")]),
    case("the edges of unicode", "data: \u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}\n\n".as_bytes(), &[message("\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}")]),
    case("invalid bytes in a name", b"da\xFFta: a\n\ndata: b\n\n", &[message("b")]),
    case("invalid bytes in id and type", b"event: \xFF\nid: \xC3\ndata: a\n\n", &[Event("\u{FFFD}", "a", "\u{FFFD}")]),
    case("unfinished character at the end", b"data: a\n\n\xF0\x9F\x98", &[message("a")]),
    // Limits.
    case("an event of just the limit", b"data: 456789\n\n: 3456789ab\n", &[message("456789"), Comment("3456789ab")]).event_limit(12),
    case("a line over the limit", b"data: a\n\ndata: 4567890\n\n", &[message("a"), Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("an unfinished line over the limit", b"data: a\n\n: 34567890abc", &[message("a"), Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case(
        "e0 80 is not the start of a character",
        b": 345678\xE0\x80",
        &[Exceeded(LimitExceeded::Event { limit: 12 })],
    )
    .event_limit(12),
    case(
        "ed a0 is not the start of a character",
        b": 345678\xED\xA0",
        &[Exceeded(LimitExceeded::Event { limit: 12 })],
    )
    .event_limit(12),
    case(
        "f0 80 is not the start of a character",
        b": 345678\xF0\x80",
        &[Exceeded(LimitExceeded::Event { limit: 12 })],
    )
    .event_limit(12),
    case(
        "f4 90 is not the start of a character",
        b": 345678\xF4\x90",
        &[Exceeded(LimitExceeded::Event { limit: 12 })],
    )
    .event_limit(12),
    case("a character yet to be completed does not count", b": 34567890\xF0\x9F\x98", &[]).event_limit(10),
    case("lines that add up", b"data: a\ndata: b\ndata: c\ndata: d\n\n", &[Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("lines that are replaced add up", b"event:a\nid:b\nevent:c\nid:d\nevent:e\n", &[Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("empty lines of data add up", b"data\ndata\ndata\ndata\n\ndata\ndata\ndata\ndata\ndata\ndata\n", &[message("\n\n\n"), Exceeded(LimitExceeded::Event { limit: 8 })]).event_limit(8),
    case("comments do not add up", b"data: a\n:23456\n:23456\n:23456\n\n", &[Comment("23456"), Comment("23456"), Comment("23456"), message("a")]).event_limit(12),
    case("a comment nobody wants does not count", b"data: a\n:234567890123456789\n\n:234567890123456789", &[message("a")]).event_limit(12).without_comments(),
    case("a comment somebody wants counts", b"data: a\n:234567890123456789\n\n", &[Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("an unknown field does not count", b"data: a\nfoo: 67890123456789\n\nfoo-bar-foo-bar-foo", &[message("a")]).event_limit(12),
    case("a retry that is ignored does not count", b"retry: 8x012345\nretry:x890123456789\nretry:  9012345\ndata: a\n\n", &[message("a")]).event_limit(12),
    case("a retry that is too long to be ignored in time", b"retry: 890123x\n", &[Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("a retry that may still be a number", b"retry: 5\n", &[Exceeded(LimitExceeded::Event { limit: 6 })]).event_limit(6),
    case("an id that is ignored does not count", b"id: 5678\x000123456789\ndata: a\n\n", &[message("a")]).event_limit(12),
    case("an id that is too long to be ignored in time", b"id: 567890123\0\n", &[Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("a name is ignored when it can be none that counts", b"ev\nid2\nevx: \neve\n", &[Exceeded(LimitExceeded::Event { limit: 2 })]).event_limit(2),
    case("characters that are ignored do not count", b"\xC3\xA9\xFF\xF0\x9F\n\xE6\xBC\xA2\ndata\n\n", &[message("")]).event_limit(4),
    case("what was said before the limit counts", b"data: a\nretry: 5\ndata: 45678901234\n\n", &[Retry(5), Exceeded(LimitExceeded::Event { limit: 12 })]).event_limit(12),
    case("an id of just the limit", b"id: 1234\n\nid: 12345\n\n", &[Id("1234"), Exceeded(LimitExceeded::Id { limit: 4 })]).id_limit(4),
    case("a long id with nul is ignored", b"id: 1234\0\ndata: a\n\n", &[message("a")]).id_limit(4),
];
