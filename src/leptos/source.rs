//! The hooks, and what they return.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::{
    ArcRwSignal, Effect, Get, GetValue, LocalStorage, Memo, Signal, StoredValue, is_browser, on_cleanup,
    untrack,
};
use leptos::reactive::effect::ImmediateEffect;
use leptos::reactive::graph::{Subscriber, ToAnySubscriber};
use serde::de::DeserializeOwned;

use super::connection::{Connection, Plan};
use super::error::UseEventSourceError;
use super::events::{Events, Message};
use super::listeners::{Call, Fold, Listener, Listeners, current_owner};
use super::options::UseEventSourceOptions;
use super::reports::Reports;
use super::status::Status;
use crate::core::state::State;
use crate::handle::Handle;
use crate::platform;

/// Connects when the component is mounted, and ends with it. Every event is JSON of a `T`.
///
/// The url may change: the old connection ends at once, and nothing that it still had on its way is heard or shown; what
/// came of it ([`latest`](UseEventSource::latest), [`error`](UseEventSource::error), [folds](UseEventSource::fold)) begins
/// anew. An empty url is no connection.
///
/// ```
/// use everstream::leptos::use_event_source;
/// use leptos::prelude::*;
///
/// #[derive(serde::Deserialize)]
/// struct Line { from: String, text: String }
///
/// #[component]
/// fn Room(#[prop(into)] room: Signal<u32>) -> impl IntoView {
///     let chat = use_event_source::<Line>(Signal::derive(move || format!("/rooms/{}", room.get())));
///     let lines = chat.fold(Vec::new(), |lines, line| lines.push(format!("{}: {}", line.data.from, line.data.text)));
///     view! {
///         <p>{move || chat.state.get().to_string()}</p>
///         <pre>{move || lines.with(|lines| lines.join("\n"))}</pre>
///     }
/// }
/// ```
pub fn use_event_source<T>(url: impl Into<Signal<String>>) -> UseEventSource<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    use_event_source_with(url, UseEventSourceOptions::json())
}

/// [`use_event_source`] with options: another way of decoding, headers, frame batching.
///
/// ```
/// use everstream::leptos::{UseEventSourceOptions, use_event_source_with};
///
/// # fn component() {
/// let log = use_event_source_with("/log", UseEventSourceOptions::text());
/// # }
/// ```
pub fn use_event_source_with<T>(
    url: impl Into<Signal<String>>,
    options: UseEventSourceOptions<T>,
) -> UseEventSource<T>
where
    T: Send + Sync + 'static,
{
    connect(url.into(), options, false)
}

/// What both kinds of hook do: `once` is that of [`use_stream`](super::use_stream).
pub(super) fn connect<T>(
    url: Signal<String>,
    options: UseEventSourceOptions<T>,
    once: bool,
) -> UseEventSource<T>
where
    T: Send + Sync + 'static,
{
    let first_id = options.last_event_id.clone();
    let inner = Inner::new(options, once);
    if let Some(connection) = inner.connection() {
        let follow = move || {
            // Tracks the url, and nothing that happens because of it.
            let Some(url) = url.try_get() else { return };
            if let Some(connection) = connection.try_get_value() {
                untrack(|| connection.follow(url));
            }
        };
        // Effects do not run on a server, and not before the page is hydrated. The one inside does not wait for its turn
        // when the url changes: by then events of the old one might have been shown.
        Effect::new(move |_| {
            let effect = ImmediateEffect::new(follow);
            on_cleanup(move || {
                // A signal of Leptos keeps a note of each effect that read it until it changes: one that outlives many
                // components would gather them.
                let subscriber = effect.to_any_subscriber();
                subscriber.clear_sources(&subscriber);
            });
        });
        on_cleanup(move || {
            if let Some(connection) = connection.try_get_value() {
                connection.shut();
            }
        });
    }
    UseEventSource {
        state: Signal::derive(move || {
            inner.read(State::Idle, |connection, _| connection.reports.state.get())
        }),
        latest: Signal::derive(move || inner.read(None, |_, events| events.latest.get())),
        error: Signal::derive(move || inner.read(None, |connection, _| connection.reports.error.get())),
        last_event_id: Signal::derive(move || {
            inner.read(first_id.clone(), |connection, _| connection.last_event_id())
        }),
        stale_for: Memo::new(move |_| inner.read(None, |connection, _| connection.stale_for())).into(),
        inner,
    }
}

/// A connection that belongs to a component: what it brings and does as signals, and what can be done with it.
///
/// It is `Copy`, and can be kept in a struct or in the context: that way any number of components use one connection. It
/// ends with the component that called the hook, as its signals do.
///
/// ```
/// use everstream::leptos::{UseEventSource, use_event_source};
/// use leptos::prelude::*;
///
/// #[derive(Clone, Copy)]
/// struct Feed(UseEventSource<f64>);
///
/// #[component]
/// fn App() -> impl IntoView {
///     provide_context(Feed(use_event_source("/prices")));
///     view! { <Price/> <Price/> }
/// }
///
/// #[component]
/// fn Price() -> impl IntoView {
///     let Feed(prices) = expect_context();
///     move || prices.latest.get().map(|price| price.data)
/// }
/// ```
#[must_use = "it ends with its component, whether it is used or not"]
#[non_exhaustive]
pub struct UseEventSource<T: Send + Sync + 'static> {
    /// What the connection does, and why. [`State::Idle`] on a server, and before the component is mounted.
    pub state: Signal<State>,
    /// The latest event; `None` before the first, and after a change of the url. Of several events that came together only
    /// the last is seen here: see [`on_event`](UseEventSource::on_event) and [`fold`](UseEventSource::fold).
    pub latest: Signal<Option<Arc<Message<T>>>>,
    /// Why there is no connection, or which event could not be decoded; `None` once that is over.
    pub error: Signal<Option<UseEventSourceError>>,
    /// Where the next connection goes on; empty where the stream has no ids.
    pub last_event_id: Signal<String>,
    /// How long ago the last event came, in milliseconds, in steps of a second; `None` before the first. It changes by
    /// itself while it is read.
    pub stale_for: Signal<Option<u64>>,
    pub(super) inner: Inner<T>,
}

impl<T: Send + Sync + 'static> UseEventSource<T> {
    /// Calls a function with every event from now on, in order, before it is shown, until the component that called this
    /// is gone. What it reads of signals is not tracked.
    ///
    /// ```
    /// # use everstream::leptos::UseEventSource;
    /// # fn component(prices: UseEventSource<f64>) {
    /// prices.on_event(|price| println!("{}", price.data));
    /// # }
    /// ```
    pub fn on_event(self, function: impl FnMut(&Message<T>) + 'static) {
        let call = Call { function, owner: current_owner() };
        self.inner.listen(|_, events| &events.listeners, call);
    }

    /// Calls a function with every state from now on, in order: for a log. The signal [`state`](Self::state) has only the
    /// latest by the time that an effect runs.
    ///
    /// ```
    /// # use everstream::leptos::UseEventSource;
    /// # fn component(prices: UseEventSource<f64>) {
    /// prices.on_state(|state| println!("{state}"));
    /// # }
    /// ```
    pub fn on_state(self, function: impl FnMut(&State) + 'static) {
        let call = Call { function, owner: current_owner() };
        self.inner.listen(|connection, _| &connection.reports.state_listeners, call);
    }

    /// Calls a function with every failure from now on: of connections, and of decoding.
    ///
    /// ```
    /// # use everstream::leptos::UseEventSource;
    /// # fn component(prices: UseEventSource<f64>) {
    /// prices.on_error(|error| println!("{error}"));
    /// # }
    /// ```
    pub fn on_error(self, function: impl FnMut(&UseEventSourceError) + 'static) {
        let call = Call { function, owner: current_owner() };
        self.inner.listen(|connection, _| &connection.reports.error_listeners, call);
    }

    /// A value that every event from now on changes, in order: a list, a sum, what is known of each key.
    ///
    /// It is the initial one again when the url changes. Those who read it are told as the options say
    /// ([`Batch`](super::Batch)); the function has had every event by then. It must not read the value's own signal.
    ///
    /// ```
    /// # use everstream::leptos::UseEventSource;
    /// use std::collections::BTreeMap;
    ///
    /// # #[derive(serde::Deserialize)]
    /// # struct Tick { symbol: String, price: f64 }
    /// # fn component(ticks: UseEventSource<Tick>) {
    /// let prices = ticks.fold(BTreeMap::new(), |prices, tick| {
    ///     prices.insert(tick.data.symbol.clone(), tick.data.price);
    /// });
    /// # }
    /// ```
    pub fn fold<S>(self, initial: S, fold: impl FnMut(&mut S, &Message<T>) + 'static) -> Signal<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.fold_from(initial.clone(), initial, fold)
    }

    /// A [`fold`](Self::fold) that begins with a value that is there already: what a server has rendered, with the id of the
    /// last event that is in it as [`last_event_id`](super::UseEventSourceOptions::last_event_id). It is `initial` when the url
    /// changes.
    ///
    /// A value that Leptos carries from the server into the browser (`SharedValue`, `Resource`) is the same in both, so that
    /// nothing flashes; and the stream goes on behind it, so that there is no gap.
    ///
    /// ```
    /// use everstream::leptos::{UseEventSourceOptions, use_event_source_with};
    /// use leptos::prelude::*;
    ///
    /// /// The latest lines, and the id of the last one.
    /// fn load() -> (Vec<String>, String) {
    ///     (vec!["hello".into()], "1041".into())
    /// }
    ///
    /// #[component]
    /// fn Chat() -> impl IntoView {
    ///     let (lines, id) = SharedValue::new(load).into_inner();
    ///     let options = UseEventSourceOptions::text().last_event_id(id);
    ///     let chat = use_event_source_with("/chat", options);
    ///     let lines = chat.fold_from(lines, vec![], |lines, line| lines.push(line.data.clone()));
    ///     view! { <pre>{move || lines.with(|lines| lines.join("\n"))}</pre> }
    /// }
    /// ```
    pub fn fold_from<S>(
        self,
        rendered: S,
        initial: S,
        fold: impl FnMut(&mut S, &Message<T>) + 'static,
    ) -> Signal<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let value = ArcRwSignal::new(rendered);
        let fold =
            Fold { value: value.clone(), initial, fold, owner: current_owner(), news: false, ahead: None };
        self.inner.listen(|_, events| &events.listeners, fold);
        value.into()
    }

    /// Opens the connection if it is closed. It goes on where it was.
    ///
    /// What cannot go on is asked for anew, and what came of it ([`latest`](Self::latest), folds, the place) begins anew, too: a
    /// one-shot stream that has ended, and one that was cut and has no ids; a request that may not be repeated, such as a
    /// POST, as soon as an answer had begun. The same holds for [`resume`](Self::resume) and [`reconnect`](Self::reconnect).
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// prices.open();
    /// # }
    /// ```
    pub fn open(self) {
        self.inner.call(Connection::open);
    }

    /// Closes the connection, until [`open`](Self::open) or another url.
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// prices.close();
    /// # }
    /// ```
    pub fn close(self) {
        self.inner.call(Connection::close);
    }

    /// Ends the connection until [`resume`](Self::resume), also for other urls.
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// prices.pause();
    /// # }
    /// ```
    pub fn pause(self) {
        self.inner.call(Connection::pause);
    }

    /// Takes [`pause`](Self::pause) back. The connection goes on where it was.
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// prices.resume();
    /// # }
    /// ```
    pub fn resume(self) {
        self.inner.call(Connection::resume);
    }

    /// Connects at once, instead of the connection that there is or the attempt that is due, and also if it is closed.
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// prices.reconnect();
    /// # }
    /// ```
    pub fn reconnect(self) {
        self.inner.call(Connection::reconnect);
    }

    /// The source that is behind it now, for all else that can be asked of one; `None` before the first, and on a server.
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// let transport = prices.handle().and_then(|source| source.transport());
    /// # }
    /// ```
    #[must_use]
    pub fn handle(self) -> Option<Handle> {
        self.inner.read(None, |connection, _| connection.handle())
    }

    /// Whether it has [joined](UseEventSourceOptions::share) a connection of which more came before than is kept (256 KiB), so
    /// that folds begin in the middle. Read in a view or an effect, it is followed.
    ///
    /// ```
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) {
    /// let note = move || prices.joined_late().then_some("Older ones are not shown.");
    /// # }
    /// ```
    #[must_use]
    pub fn joined_late(self) -> bool {
        self.inner.read(false, |connection, _| connection.is_late())
    }

    /// What there is to say and to do while there is no connection.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # fn component(prices: everstream::leptos::UseEventSource<f64>) -> impl IntoView {
    /// let status = prices.status();
    /// move || status.retry_in.get().map(|seconds| format!("Offline. Again in {seconds} s."))
    /// # }
    /// ```
    pub fn status(self) -> Status {
        Status::new(self.state, self.inner.connection())
    }
}

impl<T: Send + Sync + 'static> Clone for UseEventSource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseEventSource<T> {}

/// What is behind the signals; nothing on a server.
pub(super) struct Inner<T>(Option<(Stored<Connection>, Stored<Events<T>>)>);

/// Can be sent anywhere, and asked only where it comes from.
pub(super) type Stored<V> = StoredValue<Rc<V>, LocalStorage>;

impl<T: 'static> Inner<T> {
    fn new(options: UseEventSourceOptions<T>, once: bool) -> Inner<T> {
        // A server may be wasm32, too, so the target does not tell.
        let Some(platform) = is_browser().then(platform::here).and_then(Result::ok) else {
            return Inner(None);
        };
        let UseEventSourceOptions { decode, types, configure, share, last_event_id, batch, immediate } =
            options;
        let plan = Plan { configure, types, share, last_event_id, wanted: immediate.unwrap_or(!once), once };
        let reports = Reports::new();
        let events = Events::new(platform.clone(), decode, batch, reports.clone());
        let connection = Connection::new(platform, plan, events.clone(), reports);
        Inner(Some((StoredValue::new_local(connection), StoredValue::new_local(events))))
    }

    fn connection(self) -> Option<Stored<Connection>> {
        self.0.map(|(connection, _)| connection)
    }

    /// Out of the arena first: whatever is done next may want something of it.
    fn both(self) -> Option<(Rc<Connection>, Rc<Events<T>>)> {
        let (connection, events) = self.0?;
        Some((connection.try_get_value()?, events.try_get_value()?))
    }

    fn read<V>(self, otherwise: V, read: impl FnOnce(&Connection, &Events<T>) -> V) -> V {
        self.both().map_or(otherwise, |(connection, events)| read(&connection, &events))
    }

    pub(super) fn call(self, call: impl FnOnce(&Connection)) {
        if let Some((connection, _)) = self.both() {
            // Nothing that happens because of it is read by whoever causes it.
            untrack(|| call(&connection));
        }
    }

    /// Until the component that is running now is gone.
    fn listen<M: 'static>(
        self,
        those_of: for<'a> fn(&'a Connection, &'a Events<T>) -> &'a Listeners<M>,
        listener: impl Listener<M> + 'static,
    ) {
        let Some((connection, events)) = self.both() else { return };
        let number = those_of(&connection, &events).add(listener);
        on_cleanup(move || {
            if let Some((connection, events)) = self.both() {
                those_of(&connection, &events).remove(number);
            }
        });
    }
}

impl<T> Clone for Inner<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Inner<T> {}
