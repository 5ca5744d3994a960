//! The seam between what decides and what does: the browser behind `web`, the scripted world behind `testing`.

use std::any::Any;
use std::rc::{Rc, Weak};

use crate::client::Client;
use crate::core::clock::Now;
use crate::core::parser::EventRef;
use crate::core::session::{Generation, Input, Offer, Resume};
use crate::core::transport::Transport;
use crate::error::{Error, ErrorKind};
use crate::options::Headers;
use crate::page::PageChange;
use crate::response::Response;
use crate::task::LocalFuture;

/// The platform that this code runs on: the world that a test has entered, or else the browser.
pub(crate) fn here() -> Result<Rc<dyn Platform>, Error> {
    #[cfg(feature = "testing")]
    if let Some(world) = crate::testing::entered() {
        return Ok(Rc::new(world));
    }
    browser()
}

#[cfg(all(target_arch = "wasm32", feature = "web"))]
fn browser() -> Result<Rc<dyn Platform>, Error> {
    crate::web::platform()
}

/// On a server there is nothing to stream into.
#[cfg(not(all(target_arch = "wasm32", feature = "web")))]
fn browser() -> Result<Rc<dyn Platform>, Error> {
    Err(Error::fatal(ErrorKind::Unsupported))
}

/// Undoes, when dropped, what it was returned for.
pub(crate) type Guard = Box<dyn Any>;

pub(crate) trait Platform {
    /// What the clocks say.
    fn now(&self) -> Now;

    /// A number in `0.0..1.0`.
    fn random(&self) -> f64;

    /// What there is to connect with.
    fn offer(&self) -> Offer;

    /// Whether the url is of the page's own origin. Refuses, with a reason, one that no request can be made for.
    fn check_url(&self, url: &str) -> Result<bool, String>;

    /// Says something to whoever develops the page.
    fn warn(&self, text: &str);

    /// Calls `fire` after so many milliseconds, unless the guard is dropped before.
    fn timer(&self, after: u64, fire: Box<dyn FnOnce()>) -> Guard;

    /// Calls `fire` before the page is drawn next, or soon if nothing is drawn, unless the guard is dropped before.
    #[cfg(feature = "leptos")]
    fn frame(&self, fire: Box<dyn FnOnce()>) -> Guard {
        self.timer(16, fire)
    }

    /// Tells one platform from another: there is one browser, and any number of scripted worlds.
    #[cfg(feature = "leptos")]
    fn id(&self) -> usize {
        0
    }

    /// Runs a future until it is done or the guard is dropped.
    fn spawn(&self, future: LocalFuture<()>) -> Guard;

    /// Sends a request. What becomes of it is told to the sink, never before this returns.
    fn connect(&self, request: Request, sink: Sink) -> Box<dyn Connection>;

    /// Tells what happens to the page, and what has happened to it already.
    fn watch_page(&self, listener: PageListener) -> Guard;
}

/// A request under way; dropping it aborts it. Nothing is told to the sink before these return.
pub(crate) trait Connection {
    /// Reads the body, or goes on with that, and tells the sink every chunk and the end.
    fn read(&self);

    /// Reads no more of it until [`read`](Self::read).
    fn hold(&self);

    /// Reads so many bytes of the body, or what there is, and tells the sink every part and the end.
    fn peek(&self, bytes: usize);

    /// From now on events of this type are heard, too. Only the native `EventSource` needs to know.
    fn listen(&self, event_type: &str);
}

/// What to ask for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) transport: Transport,
    /// What the native `EventSource` listens to.
    pub(crate) event_types: Vec<String>,
    pub(crate) url: String,
    pub(crate) method: String,
    pub(crate) headers: Headers,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) with_credentials: bool,
    pub(crate) resume: Resume,
    /// The name of the parameter for [`Resume::Query`].
    pub(crate) resume_query: String,
}

/// Where a connection says what happens to it. After the client is gone, or has another connection, nothing is heard.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) client: Weak<Client>,
    pub(crate) generation: Generation,
}

impl Sink {
    /// The headers are here.
    pub(crate) fn answered(&self, response: Response, has_body: bool) {
        self.tell(|client, generation| client.answered(generation, response, has_body));
    }

    /// The next part of a refused body.
    pub(crate) fn peeked(&self, part: &[u8]) {
        self.tell(|client, generation| client.peeked(generation, part));
    }

    /// As much of it was read as was asked for, or as there is.
    pub(crate) fn peek_ended(&self) {
        self.tell(Client::peek_ended);
    }

    /// `len` bytes of the body, which `write` puts where they are parsed.
    pub(crate) fn chunk(&self, len: usize, write: impl FnOnce(&mut [u8])) {
        self.tell(|client, generation| client.chunk(generation, len, write));
    }

    /// Whether the one who reads the events needs a turn before the next chunk. The chunks that a browser has in store
    /// come in one microtask after the other and would leave none.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn is_crowded(&self) -> bool {
        self.client.upgrade().is_some_and(|client| client.delivery.borrow().queue.is_crowded())
    }

    pub(crate) fn ended(&self) {
        self.tell(Client::ended);
    }

    pub(crate) fn failed(&self, kind: ErrorKind) {
        self.tell(|client, generation| client.handle(Input::Failed(generation, kind)));
    }

    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    pub(crate) fn native(&self, event: NativeEvent<'_>) {
        self.tell(|client, generation| client.native(generation, event));
    }

    fn tell(&self, what: impl FnOnce(&Client, Generation)) {
        if let Some(client) = self.client.upgrade() {
            what(&client, self.generation);
        }
    }
}

/// What the browser's own `EventSource` says.
pub(crate) enum NativeEvent<'a> {
    /// With the url that it was made for: it hides where redirects ended.
    Opened(String),
    Message(EventRef<'a>),
    /// An error, and it will try again by itself.
    Retries,
    /// An error, and it has given up.
    Closed,
}

pub(crate) type PageListener = Rc<dyn Fn(PageChange)>;
