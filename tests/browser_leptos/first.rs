//! The first event as a resource, as docs/rust.md has it.

// From here on it is in docs/rust.md.
use everstream::{Error, EventSource};
use leptos::prelude::*;

/// What a feed says first. (Who wants all that follows takes the hook.)
async fn first(url: String) -> Result<String, Error> {
    let source = EventSource::open(url)?; // dropped, and so closed, at the end
    let event = source.first().await?;
    Ok(event.map(|event| event.data).unwrap_or_default())
}

#[component]
fn Motto() -> impl IntoView {
    let motto = LocalResource::new(|| first("/motto".into()));
    view! {
        <Suspense fallback=|| "…">
            {move || Suspend::new(async move {
                motto.await.unwrap_or_else(|error| error.to_string())
            })}
        </Suspense>
    }
}
// Up to here.

use everstream::leptos::mount_in;
use everstream::testing::World;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_component_waits_for_the_first_event_and_lets_the_source_go() {
    for (is_good, text) in [(true, "never lost"), (false, "the server answered with status 404")] {
        let world = World::new();
        let page = mount_in(&world, Motto).await;
        let settle = async || {
            for _ in 0..10 {
                leptos::task::tick().await;
            }
        };
        settle().await;
        assert_eq!(page.element().inner_text(), "…");
        let request = world.request().expect("a request");
        if is_good {
            request.accept();
            request.send("data: never lost\n\ndata: more\n\n");
        } else {
            request.respond(404, &[], "");
        }
        settle().await;
        assert_eq!(page.element().inner_text(), text);
        assert_eq!((world.live_count(), world.request_count()), (0, 1));
    }
}
