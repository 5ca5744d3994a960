//! The demo page of everstream: it opens a feed, shows what the source does and why, and has buttons that make the
//! server misbehave. What it saw is in `window.__seen`, for tests.

mod app;
mod feed;
mod history;
mod rate;
mod seen;
mod tally;
mod view;
mod words;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use app::App;

thread_local! {
    /// The one app of this page. It holds every listener, and lives as long as the page does.
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

/// Runs when the module has been loaded.
///
/// # Errors
/// What the page lacks. The script that loads the module shows it.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    let app = App::start()?;
    APP.set(Some(app));
    Ok(())
}
