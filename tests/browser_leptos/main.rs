//! The hooks in a real browser, as an app uses them: components that are mounted, in a scripted world.
#![cfg(all(target_arch = "wasm32", feature = "leptos", feature = "testing"))]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use everstream::leptos::{Mounted, mount_in};
use everstream::testing::{Request, World};
use leptos::prelude::*;
use leptos::task::tick;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use wasm_bindgen_test::wasm_bindgen_test_configure;

mod answers;
mod callbacks;
mod connection;
mod docs;
mod events;
mod first;
mod mounted;
mod plain;
mod readme;
mod reentry;
mod shared;
mod sharing;
mod status;
mod stores;
mod stories;
mod stream;

wasm_bindgen_test_configure!(run_in_browser);

/// A component on the page, in a world of its own, until it is dropped.
struct Stage {
    world: World,
    place: HtmlElement,
    mounted: Option<Mounted>,
}

impl Stage {
    /// Mounts a component, and lets its effects run.
    async fn mount<V: IntoView + 'static>(component: impl FnOnce() -> V + 'static) -> Stage {
        let world = World::new();
        let mounted = mount_in(&world, component).await;
        Stage { world, place: mounted.element().clone(), mounted: Some(mounted) }
    }

    /// Mounts a component without a view, and returns what it made.
    async fn run<R: 'static>(component: impl FnOnce() -> R + 'static) -> (Stage, R) {
        let made = Rc::new(RefCell::new(None));
        let inside = made.clone();
        let stage = Stage::mount(move || inside.replace(Some(component())).map(|_| ())).await;
        let made = made.take().expect("the component ran");
        (stage, made)
    }

    /// Mounts another component without a view, and returns what it made.
    async fn again<R: 'static>(&self, component: impl FnOnce() -> R + 'static) -> (Mounted, R) {
        let made = Rc::new(RefCell::new(None));
        let inside = made.clone();
        let mounted = mount_in(&self.world, move || inside.replace(Some(component())).map(|_| ())).await;
        let made = made.take().expect("the component ran");
        (mounted, made)
    }

    /// The next request, answered with a stream.
    fn stream(&self) -> Request {
        let request = self.world.request().expect("a request");
        request.accept();
        request
    }

    fn unmount(&mut self) {
        self.mounted = None;
    }

    /// What is on the page once all effects have run.
    async fn text(&self) -> String {
        tick().await;
        self.place.inner_text()
    }

    fn element(&self, selector: &str) -> HtmlElement {
        self.place.query_selector(selector).ok().flatten().expect(selector).unchecked_into()
    }
}

/// A list that a component fills and a test reads.
struct Log<T>(Rc<RefCell<Vec<T>>>);

impl<T> Log<T> {
    fn new() -> Log<T> {
        Log(Rc::default())
    }

    fn push(&self, item: T) {
        self.0.borrow_mut().push(item);
    }

    fn take(&self) -> Vec<T> {
        self.0.take()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Log(self.0.clone())
    }
}

/// Numbers, as events with an id.
fn numbers(from: u32, to: u32) -> String {
    (from..=to).map(|number| format!("id: {number}\ndata: {number}\n\n")).collect()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
