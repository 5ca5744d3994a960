//! One answer at a time: of a language model, for instance.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::{GetValue, SetValue, Signal, StoredValue};

use super::connection::Connection;
use super::error::UseEventSourceError;
use super::events::Message;
use super::options::UseEventSourceOptions;
use super::source::{UseEventSource, connect};
use super::status::Status;
use crate::core::session::WhenHidden;
use crate::core::state::State;
use crate::options::Unfinished;
use crate::policy::Policy;

/// Asks a server for one answer at a time, and ends with its component. [`ask`](UseStream::ask) sends the question.
///
/// What it is by default, and [`configure`](UseEventSourceOptions::configure) can change: the method is `POST`, the end of the
/// answer closes it, an answer that ends inside an event is an [`Incomplete`](crate::ErrorKind::Incomplete) error, and waits for a
/// server that is busy (429, 503) take 60 s at most, all together (a [`Policy`](crate::Policy) given there says
/// it by its `patience`). A question is never sent twice unless the server said that it did not act
/// on it. Give [`until`](crate::Builder::until) what tells a whole answer from one that was cut short.
///
/// Another url ends the answer, and what came of it goes; it is not asked by itself.
///
/// ```
/// use everstream::leptos::{UseEventSourceOptions, use_stream};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Chat() -> impl IntoView {
///     let options = UseEventSourceOptions::text().configure(|request| {
///         request.header("content-type", "application/json").until(|event| event.data == "[DONE]")
///     });
///     let answer = use_stream("/v1/chat/completions", options);
///     let text = answer.fold(String::new(), |text, event| {
///         // The last chunks have no delta, and `[DONE]` is no JSON.
///         let chunk: serde_json::Value = serde_json::from_str(&event.data).unwrap_or_default();
///         text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
///     });
///     let ask = move |_| answer.ask(r#"{"stream":true,"messages":[{"role":"user","content":"hello"}]}"#);
///     view! {
///         <button on:click=ask>"Ask"</button>
///         <button on:click=move |_| answer.stop()>"Stop"</button>
///         <p>{text}</p>
///         <p>{move || answer.error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
pub fn use_stream<T>(url: impl Into<Signal<String>>, mut options: UseEventSourceOptions<T>) -> UseStream<T>
where
    T: Send + Sync + 'static,
{
    let question = StoredValue::new(Vec::new());
    let configure = options.configure;
    options.configure = Box::new(move |mut request| {
        request = request
            .method("POST")
            .close_on_end(true)
            .unfinished(Unfinished::Error)
            .when_hidden(WhenHidden::GoOn)
            .retry(Policy::default().patience(PATIENCE));
        request = configure(request);
        match question.try_get_value() {
            Some(body) if !body.is_empty() => request.body(body),
            _ => request,
        }
    });
    let source = connect(url.into(), options, true);
    UseStream { state: source.state, latest: source.latest, error: source.error, source, question }
}

/// What [`use_stream`] returns: the answer as signals, and what can be done about it. It is `Copy`.
///
/// ```
/// use everstream::leptos::UseStream;
/// use leptos::prelude::*;
///
/// fn is_busy(answer: UseStream<String>) -> bool {
///     answer.state.with(|state| !matches!(state.name(), "idle" | "closed"))
/// }
/// ```
#[must_use = "it ends with its component, whether it is used or not"]
#[non_exhaustive]
pub struct UseStream<T: Send + Sync + 'static> {
    /// [`State::Idle`] before the first question, and on a server; closed by [`Ended`](crate::ClosedBy::Ended) when the
    /// answer is whole, and by `User` when it was stopped.
    pub state: Signal<State>,
    /// The latest event of this answer.
    pub latest: Signal<Option<Arc<Message<T>>>>,
    /// Why there is no answer, or not all of it; `None` from the next question on.
    pub error: Signal<Option<UseEventSourceError>>,
    /// What is behind it, for all else: `on_error`, `on_state`, `handle`. Its [`open`](UseEventSource::open) and
    /// [`reconnect`](UseEventSource::reconnect) ask the same again.
    pub source: UseEventSource<T>,
    question: StoredValue<Vec<u8>>,
}

impl<T: Send + Sync + 'static> UseStream<T> {
    /// Sends a question, with this body; an empty one is none. An answer that there is ends at once, and what came of it goes:
    /// nothing of it is shown under the new question. Before the component is mounted it waits for that.
    ///
    /// ```
    /// # fn component(answer: everstream::leptos::UseStream<String>) {
    /// answer.ask(r#"{"prompt":"hello"}"#);
    /// # }
    /// ```
    pub fn ask(self, body: impl Into<Vec<u8>>) {
        self.question.try_set_value(body.into());
        self.source.inner.call(Connection::ask);
    }

    /// Ends the answer. What came of it stays.
    ///
    /// ```
    /// # fn component(answer: everstream::leptos::UseStream<String>) {
    /// answer.stop();
    /// # }
    /// ```
    pub fn stop(self) {
        self.source.close();
    }

    /// A value that every event of an answer changes, such as its text so far; the initial one again with each question.
    /// See [`UseEventSource::fold`].
    ///
    /// ```
    /// # fn component(answer: everstream::leptos::UseStream<String>) {
    /// let text = answer.fold(String::new(), |text, event| text.push_str(&event.data));
    /// # }
    /// ```
    pub fn fold<S>(self, initial: S, fold: impl FnMut(&mut S, &Message<T>) + 'static) -> Signal<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.source.fold(initial, fold)
    }

    /// Calls a function with every event. See [`UseEventSource::on_event`].
    ///
    /// ```
    /// # fn component(answer: everstream::leptos::UseStream<String>) {
    /// answer.on_event(|event| println!("{}", event.data));
    /// # }
    /// ```
    pub fn on_event(self, function: impl FnMut(&Message<T>) + 'static) {
        self.source.on_event(function);
    }
}

impl<T: Send + Sync + 'static> Clone for UseStream<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseStream<T> {}

impl<T: Send + Sync + 'static> From<UseStream<T>> for Status {
    fn from(answer: UseStream<T>) -> Status {
        answer.source.status()
    }
}

/// How long it is waited for a server that is busy.
const PATIENCE: Duration = Duration::from_secs(60);
