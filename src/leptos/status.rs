//! What a user is shown of the connection, without any style.

use leptos::prelude::*;

use super::connection::Connection;
use super::source::{Stored, UseEventSource};
use crate::core::state::{ClosedBy, State};

/// What there is to say and to do while there is no connection: for a view of your own. [`StatusView`] and [`RetryNow`] are
/// views of it, in English.
///
/// ```
/// use everstream::leptos::{Status, use_event_source};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Estado(#[prop(into)] status: Status) -> impl IntoView {
///     let text = move || match (status.state.get().name(), status.retry_in.get()) {
///         ("open", _) => "En línea".to_owned(),
///         (_, Some(seconds)) => format!("Sin conexión. Otro intento en {seconds} s."),
///         _ => "Conectando".to_owned(),
///     };
///     view! { <p role="status">{text}</p> }
/// }
///
/// #[component]
/// fn App() -> impl IntoView {
///     let source = use_event_source::<f64>("/prices");
///     view! { <Estado status=source/> }
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Status {
    /// What the connection does.
    pub state: Signal<State>,
    /// Why there is none: the last failure, who asks for a pause, who has closed it; `None` while there is one, or one is
    /// being made.
    pub reason: Signal<Option<String>>,
    /// The seconds until the next attempt, rounded up; `None` while none is due. It counts down by itself while it is read.
    pub retry_in: Signal<Option<u64>>,
    /// Whether [`retry_now`](Status::retry_now) would help: it waits, or it was given up.
    pub can_retry: Signal<bool>,
    connection: Option<Stored<Connection>>,
}

impl Status {
    pub(super) fn new(state: Signal<State>, connection: Option<Stored<Connection>>) -> Status {
        Status {
            state,
            reason: Signal::derive(move || state.with(reason)),
            retry_in: Memo::new(move |_| connection?.try_get_value()?.retry_in()).into(),
            can_retry: Memo::new(move |_| state.with(can_retry)).into(),
            connection,
        }
    }

    /// Makes the next attempt at once. The delays begin anew.
    ///
    /// ```
    /// # fn component(status: everstream::leptos::Status) {
    /// status.retry_now();
    /// # }
    /// ```
    pub fn retry_now(self) {
        if let Some(connection) = self.connection.and_then(|connection| connection.try_get_value()) {
            untrack(|| connection.reconnect());
        }
    }
}

impl<T: Send + Sync + 'static> From<UseEventSource<T>> for Status {
    fn from(source: UseEventSource<T>) -> Status {
        source.status()
    }
}

/// Says what the connection does, why there is none, and when the next attempt is due.
///
/// The text is in a `role="status"`, which screen readers read out when it changes; the seconds are beside it, so that they
/// are not. For styles there are `data-everstream="status"`, `data-state` (the [name](State::name) of the state) and
/// `data-part="retry-in"`.
///
/// ```
/// use everstream::leptos::{RetryNow, StatusView, use_event_source};
/// use leptos::prelude::*;
///
/// #[component]
/// fn App() -> impl IntoView {
///     let prices = use_event_source::<f64>("/prices");
///     view! {
///         <StatusView status=prices/>
///         <RetryNow status=prices/>
///     }
/// }
/// ```
#[component]
pub fn StatusView(
    /// A source, or its [`Status`].
    #[prop(into)]
    status: Status,
) -> impl IntoView {
    let state = move || status.state.with(State::name);
    let text = move || {
        let state = status.state.with(say);
        status.reason.get().map_or(state.into(), |reason| format!("{state}: {reason}"))
    };
    let countdown = move || status.retry_in.get().map(|seconds| format!("Next attempt in {seconds} s"));
    view! {
        <div data-everstream="status" data-state=state>
            <span role="status">{text}</span>
            " "
            <span data-part="retry-in">{countdown}</span>
        </div>
    }
}

/// A button that makes the next attempt at once, or when the server's `Retry-After` is over. It is hidden while that would be
/// of no use.
///
/// ```
/// # use everstream::leptos::{RetryNow, Status};
/// # use leptos::prelude::*;
/// # #[component]
/// # fn Retry(status: Status) -> impl IntoView {
/// view! { <RetryNow status=status>"Try again"</RetryNow> }
/// # }
/// ```
#[component]
pub fn RetryNow(
    /// A source, or its [`Status`].
    #[prop(into)]
    status: Status,
    /// What it says; `Retry now` by default.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let label = children.map_or_else(|| "Retry now".into_any(), |children| children());
    view! {
        <button
            type="button"
            data-everstream="retry"
            hidden=move || !status.can_retry.get()
            on:click=move |_| status.retry_now()
        >
            {label}
        </button>
    }
}

fn say(state: &State) -> &'static str {
    match state {
        State::Idle => "Not connected",
        State::Loading { .. } | State::Connecting { .. } => "Connecting",
        State::Open { .. } => "Connected",
        State::Waiting { .. } => "Connection lost",
        State::Paused { .. } => "Paused",
        State::Closed { .. } => "Closed",
    }
}

fn reason(state: &State) -> Option<String> {
    match state {
        State::Waiting { cause, .. } => Some(cause.to_string()),
        State::Paused { by } => Some(by.to_string()),
        State::Closed { by } => Some(by.to_string()),
        _ => None,
    }
}

fn can_retry(state: &State) -> bool {
    matches!(state, State::Waiting { .. } | State::Closed { by: ClosedBy::Fatal(_) | ClosedBy::Exhausted(_) })
}
