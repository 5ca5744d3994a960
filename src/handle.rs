//! What can be asked of a running source, from anywhere.

use std::fmt;
use std::rc::Weak;

use crate::begins::{First, Opened};
use crate::client::Client;
use crate::core::session::Input;
#[cfg(feature = "leptos")]
use crate::core::session::Session;
use crate::core::state::{ClosedBy, PauseReason, ReadyState, State};
use crate::core::transport::{Transport, TransportReason};
use crate::ends::Closed;
use crate::page::PageChange;
use crate::response::Response;
use crate::stats::Stats;

/// Steers and reads a source without keeping it alive.
///
/// The functions that hear events, comments and states get one, and [`EventSource`](crate::EventSource) derefs to it. Cloning is cheap.
/// Once the source is dropped its state is closed, and the rest does nothing.
///
/// ```
/// use everstream::EventSource;
///
/// # fn example() -> Result<(), everstream::Error> {
/// let source = EventSource::builder("/events")
///     .on_event(|event, source| {
///         if event.data == "bye" {
///             source.close();
///         }
///     })
///     .open()?;
/// let elsewhere = source.handle().clone();
/// elsewhere.pause();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Handle {
    client: Weak<Client>,
}

impl Handle {
    pub(crate) fn new(client: Weak<Client>) -> Handle {
        Handle { client }
    }

    /// What the source is doing, and why.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// println!("{}", source.state());
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> State {
        self.read(Client::state).unwrap_or(State::Closed { by: ClosedBy::Dropped })
    }

    /// The `readyState` of the standard (HTML, 9.2.2).
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// let live = source.ready_state() == everstream::ReadyState::Open;
    /// # }
    /// ```
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.state().ready_state()
    }

    /// What the current connection is made with, or the last one, and why; `None` before the first.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// if let Some((transport, reason)) = source.transport() {
    ///     println!("{}: {reason}", transport.name());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn transport(&self) -> Option<(Transport, TransportReason)> {
        self.read(|client| client.session(|session| session.transport()))?
    }

    /// The id of the last event that was delivered, for whoever wants to go on from there another time; empty where there is
    /// none.
    ///
    /// An event is delivered when the function for [`on_event`](crate::Builder::on_event) is called, or when it is taken from
    /// the `Stream`: what waits in the queue does not count. A connection that replaces another goes on behind what waits.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// let bookmark = source.last_event_id();
    /// # }
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> String {
        self.read(Client::last_event_id).unwrap_or_default()
    }

    /// What has come since it was opened, in numbers, and when the last event did.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// let never_heard = source.stats().last_event_at.is_none();
    /// # }
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.read(Client::stats).unwrap_or_default()
    }

    /// Since when the stream is lost, in milliseconds since 1970, through all waiting, connecting and pausing; `None` before it
    /// was open, and while it is.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource, now: u64) {
    /// if source.down_since().is_some_and(|since| now - since > 30_000) { /* say that the data are old */ }
    /// # }
    /// ```
    #[must_use]
    pub fn down_since(&self) -> Option<u64> {
        self.read(Client::down_since)?
    }

    /// Where the redirects of the last answer ended; `None` before the first one.
    ///
    /// Its origin is the origin of the events (HTML, 9.2.6).
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// let from_home = source.url().is_some_and(|url| url.starts_with("https://example.org/"));
    /// # }
    /// ```
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.read(Client::final_url)?
    }

    /// The answer that was accepted last, whose body the events come from: its url, status and headers; `None` before the
    /// first. In a function for [`on_state`](crate::Builder::on_state) that is told of [`State::Open`], it is that of the new
    /// stream. What a refusal said is in [`Error::response`](crate::Error::response).
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// if let Some(response) = source.response() {
    ///     println!("{} from {}", response.status, response.url);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn response(&self) -> Option<Response> {
        self.read(Client::response)?
    }

    /// Ends the connection, or the wait for the next one, until [`resume`](Self::resume).
    ///
    /// While paused there is no request and no timer.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// source.pause();
    /// # }
    /// ```
    pub fn pause(&self) {
        self.tell(Input::Pause(PauseReason::User));
    }

    /// Takes the user's pause back. Connects at once, after the last event handed over, unless somebody else (a frozen
    /// page, say) still asks for a pause, or the time that the server set by `Retry-After` is not over. Where no stream was open,
    /// attempts are a second apart.
    ///
    /// A request with a body is sent again: whoever pauses one asks for that.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// source.resume();
    /// # }
    /// ```
    pub fn resume(&self) {
        self.tell(Input::Resume(PauseReason::User));
    }

    /// Replaces the connection, or cuts the wait for one: now, after the last event handed over, and with the retries
    /// counted anew. What is left of a `Retry-After` is waited for all the same. Events that were received but not handed
    /// over are asked for again. Does nothing while paused or after the end.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// source.reconnect();
    /// # }
    /// ```
    pub fn reconnect(&self) {
        self.tell(Input::Reconnect);
    }

    /// Hears events of this type, too, from now on. Means nothing where
    /// [`Builder::event_types`](crate::Builder::event_types) was not used, and every type is heard.
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// source.listen("price");
    /// # }
    /// ```
    pub fn listen(&self, event_type: &str) {
        self.read(|client| client.listen(event_type));
    }

    /// Tells the source what happens to its page. In a page it knows by itself; in a worker, which cannot see its page,
    /// the page forwards what a [`PageWatch`](crate::PageWatch) hears.
    ///
    /// ```
    /// use everstream::PageChange;
    ///
    /// # fn example(source: everstream::EventSource, message: &str) {
    /// // In the worker's handler for messages of the page.
    /// if let Some(change) = PageChange::from_name(message) {
    ///     source.page_changed(change);
    /// }
    /// # }
    /// ```
    pub fn page_changed(&self, change: PageChange) {
        self.tell(change.input());
    }

    /// Ends the source. From here on nothing connects, and no function is called but for this change of state. What
    /// waits in the queue of the `Stream` is thrown away, and [`last_event_id`](Self::last_event_id) stays where its reader
    /// was. (Where the server or an error ends it, what waits can still be read.)
    ///
    /// ```
    /// # fn example(source: everstream::EventSource) {
    /// source.close();
    /// # }
    /// ```
    pub fn close(&self) {
        self.tell(Input::Close(ClosedBy::User));
    }

    /// Waits until the source is closed, whoever reads its events: the error where it was one that closed it
    /// ([`ClosedBy::Fatal`], or [`ClosedBy::Exhausted`] by a failure), `Ok` after every other end, and where the source is
    /// dropped. What the `Stream` has not taken by then can still be read.
    ///
    /// ```
    /// # async fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::builder("/events").on_event(|event, _| println!("{}", event.data)).open()?;
    /// source.closed().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What closed the source: [`State::error`].
    pub fn closed(&self) -> Closed {
        Closed::new(self.read(|client| client.watchers.subscribe()))
    }

    /// Waits until the source is open: the answer that was accepted, at once where there was one already. `None` where it was
    /// closed before that without an error.
    ///
    /// ```
    /// # async fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::open("/events")?;
    /// if let Some(response) = source.opened().await? {
    ///     println!("from {}", response.url);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What closed the source: [`State::error`]. What is tried again is none.
    pub fn opened(&self) -> Opened {
        Opened::new(self.clone())
    }

    /// Waits for the next event that is heard: right after opening, the first. It takes it from nobody: the `Stream` and the
    /// function for events have it as well. `None` where the source was closed before that without an error.
    ///
    /// ```
    /// # async fn example() -> Result<(), everstream::Error> {
    /// let source = everstream::EventSource::open("/price")?;
    /// if let Some(event) = source.first().await? {
    ///     println!("{}", event.data);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What closed the source: [`State::error`]. What is tried again is none.
    pub fn first(&self) -> First {
        First::new(self.read(|client| client.delivery.borrow_mut().wait_for_one()), self.closed())
    }

    /// Whether one answer has begun that would begin anew if it was asked for once more.
    #[cfg(feature = "leptos")]
    pub(crate) fn is_in_the_middle(&self) -> bool {
        self.read(|client| client.session(Session::is_in_the_middle)).unwrap_or_default()
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state(), State::Closed { .. })
    }

    fn tell(&self, input: Input) {
        if let Some(client) = self.client.upgrade() {
            client.handle(input);
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Client) -> T) -> Option<T> {
        self.client.upgrade().map(|client| read(&client))
    }
}

/// Two are equal if they are of the same source.
impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        self.client.ptr_eq(&other.client)
    }
}

impl Eq for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.state()).finish()
    }
}
