//! What the recipes do.
#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use everstream::testing::World;
use frameworks::{dioxus as with_dioxus, yew as with_yew};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Element;
use web_sys::wasm_bindgen::JsCast;

wasm_bindgen_test_configure!(run_in_browser);

fn root() -> Element {
    let document = web_sys::window().and_then(|window| window.document()).expect("a page");
    let root = document.create_element("div").expect("an element");
    document.body().expect("a body").append_child(&root).expect("room for it");
    root
}

/// Lets everything be drawn.
async fn drawn(root: &Element) -> String {
    gloo_timers::future::sleep(Duration::from_millis(100)).await;
    root.text_content().unwrap_or_default()
}

/// What both do, wherever the root is.
async fn play(world: &World, root: &Element) {
    drawn(root).await;
    let request = world.request().expect("a request");
    assert_eq!(request.url(), "/chat");
    request.accept();
    request.send("id: 1\ndata: one\n\ndata: two\n\n");
    assert_eq!(drawn(root).await, "openone\ntwo");
    request.fail();
    let text = drawn(root).await;
    assert!(text.starts_with("waiting for attempt 2: ") && text.ends_with("one\ntwo"), "{text}");
    let button = root.query_selector("button").ok().flatten().expect("a button");
    button.unchecked_into::<web_sys::HtmlElement>().click();
    drawn(root).await;
    let request = world.request().expect("another request");
    assert_eq!(request.last_event_id().as_deref(), Some("1"));
    request.accept();
    request.send("data: three\n\n");
    assert_eq!(drawn(root).await, "openone\ntwo\nthree");
}

#[wasm_bindgen_test]
async fn yew() {
    let world = World::new();
    let _entered = world.enter();
    let root = root();
    let props = with_yew::ChatProps { url: "/chat".into() };
    let app = yew::Renderer::<with_yew::Chat>::with_root_and_props(root.clone(), props).render();
    play(&world, &root).await;
    app.destroy();
    drawn(&root).await;
    assert_eq!((world.live_count(), world.most_live()), (0, 1));
}

#[wasm_bindgen_test]
async fn dioxus() {
    use dioxus::prelude::*;

    #[component]
    fn App() -> Element {
        let mut is_there = use_signal(|| true);
        rsx! {
            i { onclick: move |_| is_there.set(false) }
            if is_there() {
                with_dioxus::Chat { url: "/chat" }
            }
        }
    }

    let world = World::new();
    let _entered = world.enter();
    let root = root();
    let config = dioxus::web::Config::new().rootelement(root.clone());
    dioxus::web::launch::launch_virtual_dom(VirtualDom::new(App), config);
    play(&world, &root).await;
    let gone = root.query_selector("i").ok().flatten().expect("what takes it off");
    gone.unchecked_into::<web_sys::HtmlElement>().click();
    drawn(&root).await;
    assert_eq!((world.live_count(), world.most_live()), (0, 1));
}
