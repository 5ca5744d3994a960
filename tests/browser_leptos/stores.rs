//! A store of Leptos that events are folded into.

// From here on it is in docs/rust.md.
use everstream::leptos::use_event_source;
use leptos::prelude::*;
use reactive_stores::Store;

#[derive(Store, Default)]
struct Table {
    #[store(key: String = |row| row.symbol.clone())]
    rows: Vec<Row>,
}

#[derive(Store, Clone, serde::Deserialize)]
struct Row {
    symbol: String,
    price: f64,
}

/// The rows of a feed. What reads one row runs again when that one changes.
fn use_table(url: &str) -> Store<Table> {
    let table = Store::new(Table::default());
    let feed = use_event_source::<Row>(url.to_owned());
    feed.on_event(move |event| {
        let (rows, row) = (table.rows(), &event.data);
        if rows.read_untracked().iter().any(|known| known.symbol == row.symbol) {
            rows.at_key(row.symbol.clone()).set(row.clone());
        } else {
            rows.write().push(row.clone());
        }
    });
    table
}
// Up to here.

use wasm_bindgen_test::wasm_bindgen_test;

use super::Stage;

#[wasm_bindgen_test]
async fn an_event_changes_its_row_and_no_other() {
    let drawn = StoredValue::new(Vec::new());
    let stage = Stage::mount(move || {
        let table = use_table("/ticks");
        let text = move |row: &Row| {
            drawn.update_value(|drawn| drawn.push(row.symbol.clone()));
            format!("{} {} ", row.symbol, row.price)
        };
        view! {
            <For each=move || table.rows() key=|row| row.read().symbol.clone() let:row>
                {move || text(&row.read())}
            </For>
        }
    })
    .await;
    let request = stage.stream();
    let tick = |symbol, price| format!("data: {{\"symbol\":\"{symbol}\",\"price\":{price}}}\n\n");
    request.send(tick("A", 1) + &tick("B", 2) + &tick("C", 3));
    assert_eq!(stage.text().await, "A 1 B 2 C 3");
    drawn.set_value(vec![]);
    request.send(tick("B", 5) + &tick("B", 6));
    assert_eq!(stage.text().await, "A 1 B 6 C 3");
    assert_eq!(drawn.get_value(), ["B"]);
}
