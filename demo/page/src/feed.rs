//! Which feed the page reads, and how the server is asked to misbehave.

use std::cell::RefCell;

use everstream::core::retry::Policy;
use wasm_bindgen::JsValue;
use web_sys::{Url, UrlSearchParams, Window};

use crate::words;

/// The feed that the page's query names.
pub(crate) struct Feed {
    /// As it is in the query: `feed`, or `/events`.
    address: String,
    /// What the address may be relative to.
    page: String,
    /// The base of the retry policy in milliseconds, if the query has a `retryBase`.
    retry_base: Option<u64>,
    fault: RefCell<Option<Fault>>,
}

/// What the server does wrong on the next connections. It is asked to in the query of the feed.
struct Fault {
    label: String,
    parameters: Vec<(String, String)>,
    used: u32,
    times: u32,
}

impl Feed {
    pub(crate) fn of_page(window: &Window) -> Result<Feed, JsValue> {
        let location = window.location();
        let query = UrlSearchParams::new_with_str(&location.search()?)?;
        Ok(Feed {
            address: query.get("feed").unwrap_or_else(|| "/events".into()),
            page: location.href()?,
            retry_base: query.get("retryBase").and_then(|base| base.parse().ok()),
            fault: RefCell::default(),
        })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn retry_policy(&self) -> Policy {
        let default = Policy::default();
        Policy { base: self.retry_base.unwrap_or(default.base), ..default }
    }

    /// The url of the next connection. Uses up one turn of the fault.
    pub(crate) fn next_url(&self) -> Result<String, String> {
        let url = Url::new_with_base(&self.address, &self.page)
            .map_err(|_| format!("`{}` is not a url", self.address))?;
        let mut slot = self.fault.borrow_mut();
        match slot.as_mut() {
            Some(fault) if fault.used < fault.times => {
                fault.used += 1;
                let query = url.search_params();
                for (name, value) in &fault.parameters {
                    query.set(name, value);
                }
            }
            _ => *slot = None,
        }
        Ok(url.href())
    }

    /// From the next connection on, and for so many, the server shall do what the query asks for.
    pub(crate) fn misbehave(&self, label: &str, query: &str, times: u32) {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let parameters = pairs.map(|(name, value)| (name.into(), value.into())).collect();
        self.fault.replace(Some(Fault { label: label.into(), parameters, used: 0, times }));
    }

    pub(crate) fn behave(&self) {
        self.fault.replace(None);
    }

    pub(crate) fn fault_in_words(&self) -> String {
        let fault = self.fault.borrow();
        fault.as_ref().map_or_else(String::new, |fault| words::fault(&fault.label, fault.used, fault.times))
    }
}
