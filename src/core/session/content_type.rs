//! What an answer says that it is.

/// What an event stream says.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Whether that is the essence of the header (Fetch, 3.3, "extract a MIME type": of several types the last one that is one
/// counts). Parameters and case do not matter.
#[expect(clippy::manual_contains, reason = "`contains` brings a search that is made for long texts")]
pub(crate) fn is_event_stream(content_type: &str) -> bool {
    let essence = |value: &[u8]| value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
    content_type
        .as_bytes()
        .rsplit(|byte| *byte == b',')
        .filter_map(|value| Some(value.get(..essence(value))?.trim_ascii()))
        .find(|essence| essence.iter().any(|byte| *byte == b'/') && *essence != b"*/*")
        .is_some_and(|essence| essence.eq_ignore_ascii_case(EVENT_STREAM.as_bytes()))
}
