//! What an attempt needs to be made.

use crate::error::{ErrorKind, words};
use crate::options::{Attempt, Headers, Options, check_headers};

/// What there is to send: what the functions have answered, and what needed no question.
pub(super) struct Prepared {
    pub(super) url: String,
    pub(super) headers: Headers,
    pub(super) body: Option<Vec<u8>>,
}

impl Prepared {
    pub(super) async fn ask(options: &Options, attempt: Attempt) -> Result<Prepared, ErrorKind> {
        let failed = |option| move |message: String| ErrorKind::Provider { option, message: words(message) };
        let url = options.url.ask(&attempt).await.map_err(failed("url"))?;
        let headers = match &options.more_headers {
            None => Headers::new(),
            Some(ask) => ask(attempt.clone()).await.map_err(failed("headers"))?,
        };
        check_headers(&headers).map_err(|error| error.kind)?;
        let body = match &options.body {
            None => None,
            Some(body) => Some(body.ask(&attempt).await.map_err(failed("body"))?),
        };
        Ok(Prepared { url, headers, body })
    }

    pub(super) fn without_questions(options: &Options) -> Option<Prepared> {
        let body = options.body.as_ref().map(|body| body.value());
        (!options.has_providers()).then_some(())?;
        Some(Prepared { url: options.url.value()?, headers: Headers::new(), body: body.flatten() })
    }
}
