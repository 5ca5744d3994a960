//! The fetch driver in a real browser, in a page. `tests/browser_worker.rs` runs the same in a worker.
#![cfg(target_arch = "wasm32")]

mod browser;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
