//! The drivers in a dedicated worker, where there is neither a window nor a document.
#![cfg(target_arch = "wasm32")]

mod browser;

use everstream::{EventSource, PageChange, PageWatch};
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn a_worker_knows_of_its_page_what_it_is_told() {
    let watch = PageWatch::start(|change| panic!("there is no page to be {}", change.name()));
    let source = EventSource::open("https://example.org/forwarded").expect("a source");
    source.page_changed(PageChange::Frozen);
    assert_eq!(source.state().to_string(), "paused: frozen");
    source.page_changed(PageChange::Thawed);
    // The first attempt was a moment ago.
    assert_eq!(source.state().name(), "waiting");
    drop(watch);
}
