//! A page that follows a stream.

use everstream::{EventSource, Handle, PageWatch};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Logs what comes until the server ends it.
#[wasm_bindgen]
pub fn follow(url: String) -> Result<(), JsValue> {
    let words = |error: everstream::Error| JsValue::from(error.to_string());
    let source = EventSource::builder(url)
        .on_event(|event, _: &Handle| web_sys::console::log_1(&event.data.into()))
        .open()
        .map_err(words)?;
    let handle = source.handle().clone();
    let watch = PageWatch::start(move |change| handle.page_changed(change)).map_err(words)?;
    spawn_local(async move {
        let _ = source.closed().await;
        drop(watch);
    });
    Ok(())
}
