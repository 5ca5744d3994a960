//! The fetch driver in a dedicated worker, where there is neither a window nor a document.
#![cfg(target_arch = "wasm32")]

mod browser;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
