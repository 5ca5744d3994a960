//! Text and answers that are not there.

use std::fmt;
use std::ops::Deref;

use crate::response::Response;

/// In place of the `String` of an error: JavaScript has all words already, and puts them beside the error that it is told
/// of. Then errors and states are a few numbers, which are copied and never dropped: 0.85 kB of the page (gzip, measured).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words(());

impl<T: AsRef<str>> From<T> for Words {
    fn from(_: T) -> Words {
        Words(())
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        ""
    }
}

impl fmt::Display for Words {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// In place of the answer that an error is about, likewise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct About(());

impl From<Response> for About {
    fn from(_: Response) -> About {
        About(())
    }
}

impl Deref for About {
    type Target = Response;

    fn deref(&self) -> &Response {
        static NOTHING: Response = Response {
            url: String::new(),
            redirected: false,
            status: 0,
            status_text: String::new(),
            headers: Vec::new(),
            retry_after: None,
        };
        &NOTHING
    }
}
