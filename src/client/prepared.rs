//! What an attempt needs to be made.

use crate::error::{ErrorKind, words};
use crate::options::{Attempt, Headers, Options, Provided, check_headers};

/// What there is to send: what the functions have answered, and what needed no question.
pub(super) struct Prepared {
    pub(super) url: String,
    pub(super) headers: Headers,
    pub(super) body: Option<Vec<u8>>,
}

impl Prepared {
    pub(super) async fn ask(options: &Options, attempt: Attempt) -> Result<Prepared, ErrorKind> {
        let failed = |option| move |message: String| ErrorKind::Provider { option, message: words(message) };
        let url = match &options.url {
            Provided::Value(url) => url.clone(),
            Provided::Function(ask) => ask(attempt.clone()).await.map_err(failed("url"))?,
        };
        let headers = match &options.more_headers {
            None => Headers::new(),
            Some(ask) => ask(attempt.clone()).await.map_err(failed("headers"))?,
        };
        check_headers(&headers).map_err(|error| error.kind)?;
        let body = match &options.body {
            None => None,
            Some(Provided::Value(body)) => Some(body.clone()),
            Some(Provided::Function(ask)) => Some(ask(attempt).await.map_err(failed("body"))?),
        };
        Ok(Prepared { url, headers, body })
    }

    /// `None` where there are functions to ask.
    pub(super) fn without_questions(options: &Options) -> Option<Prepared> {
        let (Provided::Value(url), None) = (&options.url, &options.more_headers) else { return None };
        let body = match &options.body {
            None => None,
            Some(Provided::Value(body)) => Some(body.clone()),
            Some(Provided::Function(_)) => return None,
        };
        Some(Prepared { url: url.clone(), headers: Headers::new(), body })
    }
}
