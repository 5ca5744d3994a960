//! One event as it goes over the wire.

use std::io;

use serde::Serialize;

/// The block of event `id`, made at `at` (Unix time in milliseconds), with the blank line that ends it.
///
/// The shapes vary with the id, so that a stream of them exercises a parser: every 7th event spreads its data over
/// several lines, every 10th is of type `note`, every 5th has its id after its data, and every 3rd has text that is
/// not ASCII.
pub fn encode(id: u64, at: u64) -> io::Result<String> {
    let payload = Payload { id, at, value: value(id), text: text(id) };
    let json = if id.is_multiple_of(7) {
        serde_json::to_string_pretty(&payload)?
    } else {
        serde_json::to_string(&payload)?
    };

    let mut data = String::new();
    for line in json.lines() {
        data.push_str("data: ");
        data.push_str(line);
        data.push('\n');
    }
    let kind = if id.is_multiple_of(10) { "event: note\n" } else { "" };
    Ok(if id.is_multiple_of(5) {
        format!("{kind}{data}id: {id}\n\n")
    } else {
        format!("id: {id}\n{kind}{data}\n")
    })
}

#[derive(Serialize)]
struct Payload {
    id: u64,
    at: u64,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

/// A smooth curve from 10 to 90 for pages that draw one, in tenths.
fn value(id: u64) -> f64 {
    ((50.0 + 40.0 * (id as f64 / 25.0).sin()) * 10.0).round() / 10.0
}

/// Characters of two, three and four bytes.
fn text(id: u64) -> Option<&'static str> {
    let texts = ["größer", "日本語", "😀 fine"];
    id.is_multiple_of(3).then(|| texts[(id / 3 % 3) as usize])
}
