//! An answer of the server's, as users see it.

use std::time::Duration;

use crate::core::retry::retry_after;
use crate::core::session::Answer;
use crate::options::Headers;

/// An answer without its body: what [`Builder::accept`](crate::Builder::accept) decides on, and what is kept of the one that
/// was accepted ([`Handle::response`](crate::Handle::response)) or refused ([`Error::response`](crate::Error::response)).
///
/// ```
/// use everstream::EventSource;
///
/// let builder = EventSource::builder("/events").on_state(|state, source| match state.error() {
///     Some(error) => println!("refused: {:?}", error.response().map(|response| &response.url)),
///     None => println!("{:?}", source.response().and_then(|response| response.header("x-region").map(str::to_owned))),
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Response {
    /// Where it came from, after redirects.
    pub url: String,
    /// Whether there were redirects: a login page is often at the end of one.
    pub redirected: bool,
    /// The HTTP status.
    pub status: u16,
    /// What the server calls the status; empty over HTTP/2 and 3.
    pub status_text: String,
    /// All headers that a page may see: of another origin those that it exposes. Empty where the browser's own `EventSource`
    /// carries the stream, which hides them.
    pub headers: Headers,
    /// How long the server asks to be left alone: `retry-after-ms`, or `Retry-After` in seconds or as a date by its own clock
    /// (RFC 9110, 10.2.3). Of another origin only where it exposes them.
    pub retry_after: Option<Duration>,
}

impl Response {
    /// The value of a header, by name in any case.
    ///
    /// ```
    /// # fn show(response: &everstream::Response) {
    /// let region = response.header("X-Region");
    /// # }
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// What the session wants to know of it. `now` is in milliseconds since 1970.
    pub(crate) fn new(mut response: Response, has_body: bool, now: u64) -> Answer {
        let header = |name| response.header(name);
        let exact = header("retry-after-ms").and_then(|ms| ms.trim().parse().ok());
        let retry_after = exact.or_else(|| retry_after(header("retry-after")?, header("date"), now));
        let content_type = header("content-type").unwrap_or_default().to_owned();
        response.retry_after = retry_after.map(Duration::from_millis);
        Answer { status: response.status, content_type, retry_after, has_body, response: response.into() }
    }
}

/// What there is of a body, as text of so many bytes at the most, and without a character that the limit, or the time, has cut.
pub(crate) fn text(body: &[u8], most: usize) -> String {
    let mut text = String::new();
    for part in body.utf8_chunks() {
        text.push_str(part.valid());
        if std::str::from_utf8(part.invalid()).is_err_and(|error| error.error_len().is_some()) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    // What stands for broken bytes is longer than they are.
    while text.len() > most {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_whatever_it_is_and_wherever_it_is_cut() {
        for (body, most, expected) in [
            (&b"plain"[..], 9, "plain"),
            ("é".as_bytes(), 2, "é"),
            (&"aé".as_bytes()[..2], 2, "a"),
            (&"😀😀".as_bytes()[..7], 7, "😀"),
            (b"a\xffb", 9, "a\u{fffd}b"),
            (b"\xff\xff\xff", 4, "\u{fffd}"),
            (b"", 0, ""),
        ] {
            assert_eq!(text(body, most), expected, "{body:?}");
        }
    }

    #[test]
    fn what_the_session_wants_to_know_is_in_the_headers() {
        let answer = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Answer::new(Response { status: 503, headers, ..Response::default() }, true, 0)
        };
        for (headers, content_type, wait) in [
            (&[][..], "", None),
            (&[("Content-Type", "text/html"), ("Retry-After", "2")][..], "text/html", Some(2_000)),
            (&[("retry-after-ms", " 250 "), ("retry-after", "2")][..], "", Some(250)),
            (&[("retry-after-ms", "soon"), ("retry-after", "2")][..], "", Some(2_000)),
        ] {
            let answer = answer(headers);
            assert_eq!(
                (answer.content_type.as_str(), answer.retry_after),
                (content_type, wait),
                "{headers:?}"
            );
            assert_eq!((answer.status, answer.has_body), (503, true));
        }
    }
}
