//! Yew 0.23.
// From here on it is in docs/rust.md.
use everstream::{EventSource, Handle};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ChatProps {
    pub url: AttrValue,
}

#[component]
pub fn Chat(props: &ChatProps) -> Html {
    let (lines, source) = (use_mut_ref(Vec::new), use_state(|| None));
    let (heard, seen, redraw) = (lines.clone(), source.setter(), use_force_update());
    use_effect_with(props.url.clone(), move |url| {
        heard.borrow_mut().clear();
        let opened = EventSource::builder(url.as_str())
            .on_event(move |event, _| {
                heard.borrow_mut().push(event.data.to_owned());
                redraw.force_update();
            })
            .on_state(move |_, source| seen.set(Some(source.clone())))
            .open();
        move || drop(opened) // with the component, and when the url changes
    });
    html! {<>
        if let Some(source) = &*source { <Status source={source.clone()} name={source.state().to_string()}/> }
        <pre>{lines.borrow().join("\n")}</pre>
    </>}
}

#[derive(Properties, PartialEq)]
pub struct StatusProps {
    pub source: Handle,
    pub name: String,
}

#[component]
fn Status(StatusProps { source, name }: &StatusProps) -> Html {
    let source = source.clone();
    html! { <button onclick={move |_| source.reconnect()}>{name.clone()}</button> }
}
// Up to here.
