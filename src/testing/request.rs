//! A request in the scripted world, and what a test makes of it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::World;
use crate::core::parser::EventRef;
use crate::core::session::Resume;
use crate::core::transport::Transport;
use crate::error::ErrorKind;
use crate::platform::{self, Connection, NativeEvent, Sink};
use crate::response::Response;

/// A request that the client under test has made, and that the test answers.
///
/// ```
/// # use everstream::{EventSource, testing::World};
/// # let world = World::new();
/// # let source = EventSource::builder("/events").header("x-tenant", "7").open_in(&world)?;
/// let request = world.request().unwrap();
/// assert_eq!(request.url(), "/events");
/// assert_eq!(request.header("X-Tenant").as_deref(), Some("7"));
/// request.respond(503, &[("Retry-After", "120")], "busy");
/// assert!(request.is_aborted());
/// # Ok::<(), everstream::Error>(())
/// ```
#[derive(Clone)]
pub struct Request {
    world: World,
    script: Rc<Script>,
}

pub(super) struct Script {
    request: platform::Request,
    sink: Sink,
    event_types: RefCell<Vec<String>>,
    aborted: Cell<bool>,
    reading: Cell<Reading>,
    /// Where redirects have ended, if there were any.
    url: RefCell<Option<String>>,
    status_text: RefCell<String>,
    /// Sent by the test, and not read yet.
    body: RefCell<VecDeque<Part>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// The client has not decided on the answer yet, or it reads no more.
    Not,
    All,
    /// Not for now: what was sent waits.
    Held,
    Start(usize),
}

enum Part {
    Bytes(Vec<u8>),
    End,
    Failure(String),
}

impl Request {
    pub(super) fn new(world: World, script: Rc<Script>) -> Request {
        Request { world, script }
    }

    /// The url that was asked for, without the query parameter that resumes.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// assert_eq!(request.url(), "/events");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn url(&self) -> &str {
        &self.script.request.url
    }

    /// The request method.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// assert_eq!(request.method(), "GET");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn method(&self) -> &str {
        &self.script.request.method
    }

    /// The request body.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// assert_eq!(request.body(), None);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.script.request.body.as_deref()
    }

    /// Whether cookies go along to other origins.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// assert!(!request.with_credentials());
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn with_credentials(&self) -> bool {
        self.script.request.with_credentials
    }

    /// A request header, by name in any case; the last one where there are several.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// assert_eq!(request.header("Authorization"), None);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.script.request.headers.iter().rev();
        headers.clone().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    /// Where the client wants to go on, by header or by query.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// assert_eq!(request.last_event_id(), None);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> Option<String> {
        match &self.script.request.resume {
            Resume::Start => None,
            Resume::Header(id) | Resume::Query(id) => Some(id.clone()),
        }
    }

    /// The query parameter that says where to go on, where it is said so: its name and value.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// let source = EventSource::builder("/events").last_event_id("é").open_in(&world)?;
    /// let request = world.request().unwrap();
    /// assert_eq!(request.resume_query(), Some(("lastEventId".into(), "é".into())));
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn resume_query(&self) -> Option<(String, String)> {
        match &self.script.request.resume {
            Resume::Query(id) => Some((self.script.request.resume_query.clone(), id.clone())),
            _ => None,
        }
    }

    /// What it is made with. One that the browser's own `EventSource` makes is answered with
    /// [`native_open`](Request::native_open) and its sisters; the rest is for `fetch`.
    ///
    /// ```
    /// # use everstream::{EventSource, Transport, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// assert_eq!(world.request().unwrap().transport(), Transport::Fetch);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.script.request.transport
    }

    /// The types of events that the browser's own `EventSource` is listened to for.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// let source = EventSource::builder("https://a.example/").event_types(["tick"]).open_in(&world)?;
    /// let request = world.request().unwrap();
    /// source.listen("tock");
    /// assert_eq!(request.event_types(), ["tick", "tock"]);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn event_types(&self) -> Vec<String> {
        self.script.event_types.borrow().clone()
    }

    /// The browser's own `EventSource` is open.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// let source = EventSource::builder("https://a.example/").event_types(["message"]).open_in(&world)?;
    /// let request = world.request().unwrap();
    /// request.native_open();
    /// assert_eq!(source.state().name(), "open");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn native_open(&self) {
        let url = self.script.request.url.clone();
        self.native(move |sink| sink.native(NativeEvent::Opened(url)));
    }

    /// It has an event, if somebody listens to its type.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// let mut source = EventSource::builder("https://a.example/").event_types(["message"]).open_in(&world)?;
    /// let request = world.request().unwrap();
    /// request.native_open();
    /// request.native_event("message", "hello", "1");
    /// request.native_event("unheard", "of", "2");
    /// assert_eq!(world.all(&mut source).len(), 1);
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn native_event(&self, event_type: &str, data: &str, last_event_id: &str) {
        if !self.script.event_types.borrow().iter().any(|other| other == event_type) {
            return;
        }
        let (event_type, data, id) = (event_type.to_owned(), data.to_owned(), last_event_id.to_owned());
        self.native(move |sink| {
            let event = EventRef { event_type: &event_type, data: &data, last_event_id: &id };
            sink.native(NativeEvent::Message(event));
        });
    }

    /// It has lost its connection, or found none, and tries again by itself: an `error` with `readyState` 0.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// let source = EventSource::builder("https://a.example/").event_types(["message"]).open_in(&world)?;
    /// world.request().unwrap().native_retry();
    /// assert_eq!(source.state().name(), "waiting");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn native_retry(&self) {
        self.native(|sink| sink.native(NativeEvent::Retries));
    }

    /// It gives up: an `error` with `readyState` 2.
    ///
    /// ```
    /// # use everstream::{EventSource, Transport, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// let source = EventSource::builder("https://a.example/").event_types(["message"]).open_in(&world)?;
    /// world.request().unwrap().native_close();
    /// world.advance(Duration::from_millis(1_000));
    /// assert_eq!(world.request().unwrap().transport(), Transport::Fetch, "it asks for the reason");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn native_close(&self) {
        self.native(|sink| sink.native(NativeEvent::Closed));
    }

    fn native(&self, say: impl FnOnce(&Sink) + 'static) {
        let script = self.script.clone();
        self.say(move || {
            if !script.aborted.get() {
                say(&script.sink);
            }
        });
    }

    /// Whether the client has ended it, or it is over.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// source.close();
    /// assert!(request.is_aborted());
    /// # Ok::<(), everstream::Error>(())
    /// ```
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.script.aborted.get()
    }

    /// Redirects it, before it is answered: the answer comes from this url.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.redirect("/login");
    /// request.respond(200, &[("content-type", "text/html")], "<form>");
    /// let error = source.state().error().cloned().unwrap();
    /// assert!(error.response().is_some_and(|response| response.redirected && response.url == "/login"));
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn redirect(&self, url: &str) {
        self.script.url.replace(Some(url.into()));
    }

    /// Gives the status of the answer a name, before it is answered; empty otherwise, as it is over HTTP/2.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.status_text("Not Found");
    /// request.respond(404, &[], "");
    /// assert_eq!(source.state().to_string(), "closed: the server answered with status 404 (Not Found)");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn status_text(&self, text: &str) {
        self.script.status_text.replace(text.into());
    }

    /// Answers with 200 and `text/event-stream`. With other headers, too, it is [`answer`](Request::answer).
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.accept();
    /// assert_eq!(source.state().name(), "open");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn accept(&self) {
        self.answer(200, &[("content-type", "text/event-stream")]);
    }

    /// Answers with a status and headers. The body is what is [sent](Request::send) before or after that, if there is any to
    /// come: see [`respond`](Request::respond) for an answer without one.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # use std::time::Duration;
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.answer(404, &[("content-type", "text/plain")]);
    /// request.send("a body that does not end");
    /// world.advance(Duration::from_millis(1_000));
    /// assert_eq!(source.state().error().unwrap().body(), Some("a body that does not end"));
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn answer(&self, status: u16, headers: &[(&str, &str)]) {
        self.answer_with(status, headers, true);
    }

    /// Answers with a status, headers and a whole body; with an empty one the answer has none.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.respond(404, &[("content-type", "text/plain")], "no such feed");
    /// assert_eq!(source.state().error().unwrap().body(), Some("no such feed"));
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn respond(&self, status: u16, headers: &[(&str, &str)], body: &str) {
        self.put(Part::Bytes(body.into()));
        self.put(Part::End);
        self.answer_with(status, headers, !body.is_empty());
    }

    /// Sends a part of the body.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let mut source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.accept();
    /// request.send("id: 1\nda");
    /// request.send("ta: split anywhere\n\n");
    /// assert_eq!(world.next(&mut source).unwrap().last_event_id, "1");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        self.put(Part::Bytes(bytes.as_ref().to_vec()));
        self.flush();
    }

    /// Ends the body as it should end.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.accept();
    /// request.end();
    /// assert_eq!(source.state().name(), "waiting");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn end(&self) {
        self.put(Part::End);
        self.flush();
    }

    /// Breaks the connection, or refuses it where there was no answer yet. What the client has not read by then, because its
    /// queue is full, is lost, as it is in Chromium.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.fail();
    /// assert_eq!(source.state().name(), "waiting");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn fail(&self) {
        self.fail_with("scripted failure");
    }

    /// The same with words of one's own, in place of a browser's.
    ///
    /// ```
    /// # use everstream::{EventSource, testing::World};
    /// # let world = World::new();
    /// # let source = EventSource::builder("/events").open_in(&world)?;
    /// # let request = world.request().unwrap();
    /// request.fail_with("Load failed");
    /// assert_eq!(source.state().error().unwrap().to_string(), "the connection failed: Load failed");
    /// # Ok::<(), everstream::Error>(())
    /// ```
    pub fn fail_with(&self, message: &str) {
        if self.script.reading.get() != Reading::Not {
            self.put(Part::Failure(message.into()));
            self.flush();
        } else {
            let (sink, fault) = (self.script.sink.clone(), network_fault(message));
            self.say(move || sink.failed(fault));
        }
    }

    fn answer_with(&self, status: u16, headers: &[(&str, &str)], has_body: bool) {
        let headers = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned()));
        let end_of_redirects = self.script.url.borrow().clone();
        let response = Response {
            redirected: end_of_redirects.is_some(),
            url: end_of_redirects.unwrap_or_else(|| self.script.request.url.clone()),
            status,
            status_text: self.script.status_text.borrow().clone(),
            headers: headers.collect(),
            retry_after: None,
        };
        let sink = self.script.sink.clone();
        self.say(move || sink.answered(response, has_body));
        self.flush();
    }

    fn say(&self, what: impl FnOnce() + 'static) {
        self.world.stage.said.borrow_mut().push_back(Box::new(what));
        self.world.settle();
    }

    fn put(&self, part: Part) {
        self.script.body.borrow_mut().push_back(part);
    }

    fn flush(&self) {
        let script = self.script.clone();
        self.say(move || script.flush());
    }
}

impl Script {
    pub(super) fn new(request: platform::Request, sink: Sink) -> Rc<Script> {
        Rc::new(Script {
            event_types: RefCell::new(request.event_types.clone()),
            request,
            sink,
            aborted: Cell::new(false),
            reading: Cell::new(Reading::Not),
            url: RefCell::default(),
            status_text: RefCell::default(),
            body: RefCell::default(),
        })
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.get()
    }

    /// Says as much of the body as the client reads.
    fn flush(&self) {
        while !self.aborted.get() {
            match self.reading.get() {
                Reading::Not => return,
                Reading::Held => {
                    let fault = self.body.borrow().iter().find_map(|part| match part {
                        Part::Failure(message) => Some(network_fault(message)),
                        _ => None,
                    });
                    let Some(fault) = fault else { return };
                    self.body.borrow_mut().clear();
                    self.sink.failed(fault);
                }
                Reading::Start(left) => {
                    let Some(part) = self.body.borrow_mut().pop_front() else { return };
                    let Part::Bytes(mut bytes) = part else {
                        self.reading.set(Reading::Not);
                        return self.sink.peek_ended();
                    };
                    bytes.truncate(left);
                    self.reading.set(Reading::Start(left - bytes.len()));
                    self.sink.peeked(&bytes);
                    if bytes.len() == left {
                        self.reading.set(Reading::Not);
                        self.sink.peek_ended();
                    }
                }
                Reading::All => {
                    let Some(part) = self.body.borrow_mut().pop_front() else { return };
                    match part {
                        Part::Bytes(bytes) => {
                            self.sink.chunk(bytes.len(), |buffer| buffer.copy_from_slice(&bytes));
                        }
                        Part::End => self.sink.ended(),
                        Part::Failure(message) => self.sink.failed(network_fault(&message)),
                    }
                }
            }
        }
    }
}

fn network_fault(message: &str) -> ErrorKind {
    ErrorKind::Network { message: message.into() }
}

pub(super) struct FakeConnection {
    world: World,
    script: Rc<Script>,
}

impl FakeConnection {
    pub(super) fn new(world: World, script: Rc<Script>) -> FakeConnection {
        FakeConnection { world, script }
    }
}

impl Connection for FakeConnection {
    fn read(&self) {
        let script = self.script.clone();
        let was_held = script.reading.replace(Reading::All) == Reading::Held;
        if was_held || !script.body.borrow().is_empty() {
            // Whatever is done with the world next finds what comes of it.
            self.world.stage.said.borrow_mut().push_back(Box::new(move || script.flush()));
        }
    }

    fn hold(&self) {
        self.script.reading.set(Reading::Held);
    }

    fn peek(&self, bytes: usize) {
        self.script.reading.set(Reading::Start(bytes));
    }

    fn listen(&self, event_type: &str) {
        self.script.event_types.borrow_mut().push(event_type.into());
    }
}

impl Drop for FakeConnection {
    fn drop(&mut self) {
        self.script.aborted.set(true);
    }
}
