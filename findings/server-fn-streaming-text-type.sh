#!/bin/sh
# server_fn (Leptos' and Dioxus' server functions): a function with `output = StreamingText` answers `application/octet-stream`, though
# the encoding says of itself that it is `text/plain`, and a client that goes by the header takes it for a download.
#
# `StreamingText::CONTENT_TYPE` is "text/plain"; what makes the response (`IntoRes` for `TextStream`) takes that of `Streaming`.
# So a server function cannot bring an event stream to a client that checks the type, `text/event-stream` least of all.
# Prints both, and fails if that changes. Needs cargo; builds for a minute or two.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
axum = { version = "=0.8.9", default-features = false, features = ["http1", "tokio"] }
futures = { version = "0.3", default-features = false }
http = "1"
server_fn = { version = "=0.8.13", default-features = false, features = ["axum", "browser", "ssr"] }
server_fn_macro_default = { version = "=0.8.6", features = ["axum", "ssr"] }
tokio = { version = "1", features = ["rt", "macros"] }
END
cat > src/main.rs <<'END'
use axum::body::{Body, to_bytes};
use server_fn::{
    ContentType, ServerFn, ServerFnError,
    codec::{Json, StreamingText, TextStream},
};
use server_fn_macro_default::server;

#[server(prefix = "/api", endpoint = "count", input = Json, output = StreamingText)]
async fn count() -> Result<TextStream, ServerFnError> {
    Ok(TextStream::new(futures::stream::iter([Ok("data: 1\n\n".to_owned())])))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let request = http::Request::post(Count::PATH)
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .expect("a request");
    let response = server_fn::axum::handle_server_fn(request).await;
    let status = response.status();
    let sent = response.headers()["content-type"].to_str().expect("a text").to_owned();
    let body = to_bytes(response.into_body(), 1_000).await.expect("a body");
    println!("server_fn 0.8.13, axum 0.8.9");
    println!("StreamingText says of itself: {}", StreamingText::CONTENT_TYPE);
    println!("the response: {status}, content-type {sent}, {} bytes of text", body.len());
    assert_eq!((StreamingText::CONTENT_TYPE, sent.as_str()), ("text/plain", "application/octet-stream"));
    assert_eq!((status.as_u16(), &body[..]), (200, &b"data: 1\n\n"[..]));
}
END
cargo run --quiet
