//! What the tests of the parser share: how a stream is read, and how it reads by the standard.

use everstream::internals::parser::{Item, LimitExceeded, Limits, Parser};

/// An item, with its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen<S> {
    /// Type, data, last event ID.
    Event(S, S, S),
    /// An id without an event.
    Id(S),
    /// Milliseconds.
    Retry(u64),
    /// Without the colon.
    Comment(S),
    /// The end of it.
    Exceeded(LimitExceeded),
}

/// Reads a stream that comes in these chunks.
pub(crate) fn read<'a>(
    limits: Limits,
    seed: &str,
    comments: bool,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Seen<String>> {
    let mut parser = Parser::new(limits, seed).comments(comments);
    let mut seen = Vec::new();
    for chunk in chunks {
        parser.push(chunk);
        if !take_all(&mut parser, &mut seen) {
            break;
        }
    }
    seen
}

/// Takes the items that are complete, and says whether there may be more.
pub(crate) fn take_all(parser: &mut Parser, seen: &mut Vec<Seen<String>>) -> bool {
    loop {
        let item = match parser.next_item() {
            Ok(Some(item)) => item,
            Ok(None) => return true,
            Err(failure) => {
                assert_eq!(parser.next_item(), Err(failure), "a failure is for good");
                seen.push(Seen::Exceeded(failure));
                return false;
            }
        };
        seen.push(see(parser, &item));
    }
}

/// An item just taken, with its texts.
pub(crate) fn see(parser: &Parser, item: &Item) -> Seen<String> {
    match *item {
        Item::Event { id, .. } => {
            let event = parser.event(item).expect("an event");
            if let Some(id) = id {
                assert_eq!(parser.text(id), parser.last_event_id());
            }
            assert_eq!(event.last_event_id, parser.last_event_id());
            Seen::Event(event.event_type.into(), event.data.into(), event.last_event_id.into())
        }
        Item::Id => Seen::Id(parser.last_event_id().into()),
        Item::Retry(milliseconds) => Seen::Retry(milliseconds),
        Item::Comment(text) => Seen::Comment(parser.text(text).into()),
    }
}

/// The same as [`read`], as slowly and as literally as the standard has it, from all bytes at once.
pub(crate) fn read_by_the_standard(
    limits: Limits,
    seed: &str,
    comments: bool,
    bytes: &[u8],
) -> Vec<Seen<String>> {
    let mut text = utf8_decode(bytes);
    if text.starts_with('\u{FEFF}') {
        text.remove(0);
    }

    // Lines, and what is left of one at the end.
    let mut lines = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                lines.push(String::new());
            }
            '\n' => lines.push(String::new()),
            _ => lines.last_mut().expect("a line").push(character),
        }
    }
    let unfinished = lines.len() - 1;

    let mut seen = Vec::new();
    let mut data_buffer = String::new();
    let mut event_type_buffer = String::new();
    let mut last_event_id_buffer = String::from(seed);
    let mut has_id = false;
    let mut held = 0;
    for (index, line) in lines.iter().enumerate() {
        // (A line of one byte never makes a block longer.)
        let room = limits.event_bytes.saturating_sub(held).max(1);
        if line.len() > room && !is_ignored(&line.as_bytes()[..room + 1], comments) {
            seen.push(Seen::Exceeded(LimitExceeded::Event { limit: limits.event_bytes }));
            break;
        }
        if index == unfinished {
            break;
        }
        if line.is_empty() {
            if !data_buffer.is_empty() {
                data_buffer.pop();
                let name = if event_type_buffer.is_empty() { "message" } else { &event_type_buffer };
                seen.push(Seen::Event(name.into(), data_buffer.clone(), last_event_id_buffer.clone()));
            } else if has_id {
                seen.push(Seen::Id(last_event_id_buffer.clone()));
            }
            data_buffer.clear();
            event_type_buffer.clear();
            has_id = false;
            held = 0;
            continue;
        }
        if let Some(comment) = line.strip_prefix(':') {
            if comments {
                seen.push(Seen::Comment(comment.strip_prefix(' ').unwrap_or(comment).into()));
            }
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => {
                event_type_buffer = value.into();
                held += value.len() + 1;
            }
            "data" => {
                data_buffer += value;
                data_buffer += "\n";
                held += value.len() + 1;
            }
            "id" if !value.contains('\0') => {
                if value.len() > limits.id_bytes {
                    seen.push(Seen::Exceeded(LimitExceeded::Id { limit: limits.id_bytes }));
                    break;
                }
                last_event_id_buffer = value.into();
                has_id = true;
                held += value.len() + 1;
            }
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                // All that can go wrong with digits is that they are too many.
                seen.push(Seen::Retry(value.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
    }
    seen
}

/// Whether nothing can come of a line that starts so, however it goes on.
fn is_ignored(line: &[u8], comments: bool) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return !["data", "event", "id", "retry"].iter().any(|name| name.as_bytes().starts_with(line));
    };
    let value = &line[colon + 1..];
    let value = value.strip_prefix(b" ").unwrap_or(value);
    match &line[..colon] {
        b"" => !comments,
        b"data" | b"event" => false,
        b"id" => value.contains(&0),
        b"retry" => !value.iter().all(u8::is_ascii_digit),
        _ => true,
    }
}

/// The UTF-8 decoder of the Encoding standard, step by step, up to a character that is not complete.
pub(crate) fn utf8_decode(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut code_point, mut needed, mut seen) = (0_u32, 0, 0);
    let (mut lower, mut upper) = (0x80, 0xBF);
    let mut queue = bytes.iter().copied().peekable();
    while let Some(&byte) = queue.peek() {
        if needed == 0 {
            queue.next();
            match byte {
                0x00..=0x7F => text.push(byte.into()),
                0xC2..=0xDF => {
                    needed = 1;
                    code_point = u32::from(byte) & 0x1F;
                }
                0xE0..=0xEF => {
                    match byte {
                        0xE0 => lower = 0xA0,
                        0xED => upper = 0x9F,
                        _ => {}
                    }
                    needed = 2;
                    code_point = u32::from(byte) & 0xF;
                }
                0xF0..=0xF4 => {
                    match byte {
                        0xF0 => lower = 0x90,
                        0xF4 => upper = 0x8F,
                        _ => {}
                    }
                    needed = 3;
                    code_point = u32::from(byte) & 0x7;
                }
                _ => text.push('\u{FFFD}'),
            }
            continue;
        }
        let in_range = (lower..=upper).contains(&byte);
        (lower, upper) = (0x80, 0xBF);
        if !in_range {
            // "Restore byte to ioQueue", and return error.
            (code_point, needed, seen) = (0, 0, 0);
            text.push('\u{FFFD}');
            continue;
        }
        queue.next();
        code_point = (code_point << 6) | u32::from(byte) & 0x3F;
        seen += 1;
        if seen == needed {
            text.push(char::from_u32(code_point).expect("a scalar value"));
            (code_point, needed, seen) = (0, 0, 0);
        }
    }
    text
}
