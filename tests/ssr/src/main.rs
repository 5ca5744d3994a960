//! The server of the app: it renders, serves what hydrates, and has a feed of numbers that ends after every 20th.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use ssr_app::App;
use tokio_stream::StreamExt;
use tower_http::services::ServeDir;

/// How many events a connection has.
const EVENTS: u64 = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    any_spawner::Executor::init_tokio()?;
    // The folder with what hydrates.
    let package = std::env::var("SSR_PACKAGE")?;
    let options = LeptosOptions::builder().output_name("ssr_app").site_pkg_dir("pkg").build();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let app = Router::new()
        .route("/", get(leptos_axum::render_app_to_stream(move || shell(options.clone()))))
        .route("/api/{*function}", post(leptos_axum::handle_server_fns))
        .route("/events", get(move |headers| events(headers, asked)))
        .route("/asked", get(async move || count.load(Ordering::Relaxed).to_string()))
        .nest_service("/pkg", ServeDir::new(package));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <title>"Rendered, then hydrated"</title>
                <HydrationScripts options/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

async fn events(
    headers: HeaderMap,
    asked: Arc<AtomicUsize>,
) -> Sse<impl tokio_stream::Stream<Item = Result<Event, Infallible>>> {
    asked.fetch_add(1, Ordering::Relaxed);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
    let events = (last + 1..=last + EVENTS).map(|number| {
        Ok(Event::default()
            .id(number.to_string())
            .retry(Duration::ZERO)
            .data(format!("{{\"number\":{number}}}")))
    });
    Sse::new(tokio_stream::iter(events).throttle(Duration::from_millis(10)))
}
