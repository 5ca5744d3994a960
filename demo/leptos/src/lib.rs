//! A dashboard of the feed in Leptos. What it saw is in `window.__seen`, for tests, which steer it by the functions that
//! this module exports.

#![allow(unreachable_pub, reason = "the component macro puts a `pub` function into a function")]

mod dashboard;
mod faults;
mod log;
mod state;

use std::cell::RefCell;
use std::rc::Rc;

use demo_shared::{Feed, Seen};
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use dashboard::Dashboard;

/// What the page has, whether the dashboard is shown or not.
#[derive(Clone)]
struct Page {
    feed: Rc<Feed>,
    seen: Rc<Seen>,
    url: ArcRwSignal<String>,
}

/// What ends the dashboard when it is dropped.
type Shown = UnmountHandle<<AnyView as Render>::State>;

thread_local! {
    static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
    static SHOWN: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

/// Runs when the module has been loaded.
///
/// # Errors
/// The query of the page names no url.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    let location = leptos::prelude::location();
    let feed = Rc::new(Feed::new(&location.search()?, location.href()?)?.with_plain_url());
    let url = ArcRwSignal::new(feed.url()?);
    PAGE.set(Some(Page { feed, seen: Rc::new(Seen::publish()), url }));
    show(true);
    Ok(())
}

/// Puts the dashboard on the page, or takes it off.
#[wasm_bindgen]
pub fn show(is_shown: bool) {
    let before = SHOWN.take();
    let now = match before {
        Some(shown) if is_shown => Some(shown),
        None if is_shown => mount(),
        _ => None,
    };
    SHOWN.set(now);
}

/// Changes the url of the feed.
#[wasm_bindgen(js_name = setUrl)]
pub fn set_url(url: String) {
    if let Some(page) = PAGE.with_borrow(Clone::clone) {
        page.url.set(url);
    }
}

fn mount() -> Option<Shown> {
    let page = PAGE.with_borrow(Clone::clone)?;
    let place = document().query_selector("main").ok()??.dyn_into().ok()?;
    Some(mount_to(place, move || view! { <Dashboard page/> }.into_any()))
}
