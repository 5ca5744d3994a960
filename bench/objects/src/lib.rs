//! From the text of an event to an object of JavaScript, and back.

use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

#[derive(Serialize, Deserialize)]
struct Tick {
    symbol: String,
    price: f64,
    volume: i32,
    bid: f64,
    ask: f64,
    time: String,
    exchange: String,
    flags: Vec<String>,
    seq: i32,
}

fn texts(count: u32) -> Vec<String> {
    let tick = |seq| {
        let cents = f64::from(seq % 977);
        let tick = Tick {
            symbol: ["ACME", "GLOBEX", "INITECH"][seq as usize % 3].into(),
            price: 100.0 + cents / 100.0,
            volume: (seq % 5_000) as i32,
            bid: 99.5 + cents / 100.0,
            ask: 100.5 + cents / 100.0,
            time: format!("2026-11-30T12:{:02}:{:02}.125Z", seq / 60 % 60, seq % 60),
            exchange: "XETR".into(),
            flags: vec!["regular".into(), "lit".into()],
            seq: seq as i32,
        };
        serde_json::to_string(&tick).expect("JSON")
    };
    (0..count).map(tick).collect()
}

/// The texts, and the objects that are made of them.
#[wasm_bindgen]
pub struct Bench {
    texts: Vec<String>,
    objects: Vec<JsValue>,
}

#[wasm_bindgen]
impl Bench {
    #[wasm_bindgen(constructor)]
    pub fn new(count: u32) -> Bench {
        let texts = texts(count);
        let objects = texts.iter().map(|text| js_sys::JSON::parse(text).expect("JSON")).collect();
        Bench { texts, objects }
    }

    /// Gives each text to a function as an object, by `JSON.parse`.
    pub fn parsed(&self, take: &js_sys::Function) -> Result<(), JsValue> {
        self.each(take, |text| js_sys::JSON::parse(text).expect("JSON"))
    }

    /// By serde, without a type.
    pub fn transcoded(&self, take: &js_sys::Function) -> Result<(), JsValue> {
        self.each(take, |text| {
            let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
            value.serialize(&Serializer::json_compatible()).expect("an object")
        })
    }

    /// By serde, where Rust wants to see the payload first.
    pub fn typed(&self, take: &js_sys::Function) -> Result<(), JsValue> {
        self.each(take, |text| {
            let tick: Tick = serde_json::from_str(text).expect("a tick");
            serde_wasm_bindgen::to_value(&tick).expect("an object")
        })
    }

    /// The same by way of a text.
    pub fn typed_as_text(&self, take: &js_sys::Function) -> Result<(), JsValue> {
        self.each(take, |text| {
            let tick: Tick = serde_json::from_str(text).expect("a tick");
            js_sys::JSON::parse(&serde_json::to_string(&tick).expect("JSON")).expect("JSON")
        })
    }

    /// Back from objects, by serde.
    pub fn back(&self) -> i32 {
        let tick =
            |object: &JsValue| serde_wasm_bindgen::from_value::<Tick>(object.clone()).expect("a tick").seq;
        self.objects.iter().map(tick).fold(0, i32::wrapping_add)
    }

    /// Back by `JSON.stringify`.
    pub fn back_as_text(&self) -> i32 {
        let tick = |object: &JsValue| {
            let text = String::from(js_sys::JSON::stringify(object).expect("JSON"));
            serde_json::from_str::<Tick>(&text).expect("a tick").seq
        };
        self.objects.iter().map(tick).fold(0, i32::wrapping_add)
    }

    fn each(&self, take: &js_sys::Function, make: impl Fn(&str) -> JsValue) -> Result<(), JsValue> {
        for text in &self.texts {
            take.call1(&JsValue::NULL, &make(text))?;
        }
        Ok(())
    }
}
