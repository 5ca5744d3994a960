//! Components in tests: on a page, in a scripted world.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic;
use std::rc::Rc;

use leptos::prelude::{IntoView, document};
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use super::shared;
use crate::platform::Platform;
use crate::testing::{Entered, World};

/// Mounts a component in a `div` of its own at the end of the page, in a [`World`], and lets its effects run: for tests in a
/// browser. The cargo feature `csr` of Leptos has to be on.
///
/// What it returns cleans up when it is dropped. A failed assert drops nothing on WebAssembly: what that has left behind is
/// cleaned up by the next call.
///
/// ```
/// use everstream::leptos::{mount_in, use_event_source};
/// use everstream::testing::World;
/// use leptos::prelude::*;
///
/// # #[allow(dead_code)]
/// // #[wasm_bindgen_test]
/// async fn it_counts() {
///     let world = World::new();
///     let page = mount_in(&world, || {
///         let count = use_event_source::<u32>("/numbers").fold(0, |count, _| *count += 1);
///         view! { <p>{count}</p> }
///     })
///     .await;
///     let request = world.request().unwrap();
///     request.accept();
///     request.send("data: 7\n\ndata: 8\n\n");
///     leptos::task::tick().await;
///     assert_eq!(page.element().inner_text(), "2");
/// }
/// ```
pub async fn mount_in<V: IntoView + 'static>(
    world: &World,
    component: impl FnOnce() -> V + 'static,
) -> Mounted {
    clean_up_after_failures();
    let entered = world.enter();
    let element: HtmlElement = document().create_element("div").expect("an element").unchecked_into();
    document().body().expect("a page").append_child(&element).expect("a place in it");
    let page = Page { element: element.clone(), entered: Some(entered), world: world.clone(), mount: None };
    let page = Rc::new(RefCell::new(page));
    PAGES.with_borrow_mut(|pages| pages.push(page.clone()));
    let mount = leptos::mount::mount_to(element.clone(), component);
    page.borrow_mut().mount = Some(Box::new(mount));
    leptos::task::tick().await;
    Mounted { page, element }
}

/// A component on the page, in a world: until it is dropped. See [`mount_in`].
#[must_use = "dropping it takes the component off"]
pub struct Mounted {
    page: Rc<RefCell<Page>>,
    element: HtmlElement,
}

impl Mounted {
    /// What it is mounted in.
    ///
    /// ```
    /// # fn example(page: everstream::leptos::Mounted) {
    /// assert_eq!(page.element().inner_text(), "2");
    /// # }
    /// ```
    #[must_use]
    pub fn element(&self) -> &HtmlElement {
        &self.element
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        PAGES.with_borrow_mut(|pages| pages.retain(|page| !Rc::ptr_eq(page, &self.page)));
        clean_up(&self.page);
    }
}

struct Page {
    element: HtmlElement,
    entered: Option<Entered>,
    world: World,
    mount: Option<Box<dyn Any>>,
}

thread_local! {
    /// What is on the page now, and what failed tests have left there.
    static PAGES: RefCell<Vec<Rc<RefCell<Page>>>> = const { RefCell::new(Vec::new()) };
    static HAS_FAILED: Cell<bool> = const { Cell::new(false) };
    static IS_WATCHING: Cell<bool> = const { Cell::new(false) };
}

fn clean_up_after_failures() {
    if !IS_WATCHING.replace(true) {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            HAS_FAILED.set(true);
            hook(info);
        }));
    }
    if HAS_FAILED.take() {
        for page in PAGES.take() {
            clean_up(&page);
        }
    }
}

fn clean_up(page: &RefCell<Page>) {
    let (element, world, entered, mount) = {
        let mut page = page.borrow_mut();
        (page.element.clone(), page.world.clone(), page.entered.take(), page.mount.take())
    };
    element.remove();
    drop(mount);
    // What is shared waits for others, if there are any.
    let is_same = |page: &Rc<RefCell<Page>>| page.borrow().world.id() == world.id();
    if !PAGES.with_borrow(|pages| pages.iter().any(is_same)) {
        shared::forget(&world);
    }
    drop(entered);
}
