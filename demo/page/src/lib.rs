//! The demo page of everstream: it opens a feed, shows what the source does and why, and has buttons that make the
//! server misbehave. What it saw is in `window.__seen`, for tests. The same module runs in a worker, without a page of
//! its own: see `worker.html`.

mod app;
mod rate;
mod view;
mod worker;

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
    let document = web_sys::window().and_then(|window| window.document());
    if document.is_none_or(|document| document.get_element_by_id("page").is_none()) {
        return Ok(());
    }
    let app = App::start()?;
    APP.set(Some(app));
    Ok(())
}
