//! Carries out what the session decides, between a platform on one side and the user on the other.
//!
//! One rule holds everything together: nothing is borrowed while foreign code runs. A user's function may therefore
//! close, pause, reconnect or drop the source at any moment; what it causes is queued and done when its turn comes.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use self::prepared::Prepared;
use crate::core::clock::Now;
use crate::core::parser::{EventRef, Item, LimitExceeded, Parser};
use crate::core::session::{
    Action, Answer, EVENT_STREAM, Generation, Input, Preparation, Resume, Session, Timer, is_event_stream,
};
use crate::core::state::{ClosedBy, PauseReason, State};
use crate::core::transport::{Transport, TransportChoice};
use crate::delivery::{Delivery, DiagnosticListener, Watchers};
use crate::error::{About, Diagnostic, Error, ErrorKind, words};
use crate::handle::Handle;
use crate::options::{Attempt, Options, Provided};
use crate::page::PageChange;
use crate::platform::{Connection, Guard, NativeEvent, Platform, Request, Sink};
use crate::policy::Judgement;
use crate::response::{self, Response};
use crate::stats::Stats;

mod counted;
mod prepared;
mod reader;
mod whole;

pub(crate) struct Client {
    me: Weak<Client>,
    platform: Rc<dyn Platform>,
    /// Gone after the end, and with them the functions in them and what those hold: often the source itself.
    options: RefCell<Option<Rc<Options>>>,
    session: RefCell<Session>,
    /// What is still to be done.
    actions: RefCell<VecDeque<Action>>,
    /// Somebody further up the stack is doing it.
    draining: Cell<bool>,
    /// For the attempt that is about to be made.
    prepared: RefCell<Option<Prepared>>,
    live: RefCell<Option<Live>>,
    timer: RefCell<Option<Guard>>,
    hidden_timer: RefCell<Option<Guard>>,
    page: RefCell<Option<Guard>>,
    pub(crate) delivery: RefCell<Delivery>,
    pub(crate) watchers: Watchers,
    diagnostics: RefCell<Option<DiagnosticListener>>,
    /// What functions are told of an attempt: what went wrong last and how often the server has refused, while nothing has
    /// gone well, and the id that all attempts of this source have.
    error: RefCell<Option<Error>>,
    refusals: Cell<u32>,
    id: String,
    /// What was told last was that it is open; and when that ended.
    is_open: Cell<bool>,
    down_since: Cell<Option<u64>>,
    /// Of events only those are counted that are heard; the rest of it is known elsewhere.
    counted: Cell<Stats>,
    /// Nothing has come of the body.
    is_unread: Cell<bool>,
    /// The last answer, and the one of the last stream.
    answer: RefCell<Option<About>>,
    accepted: RefCell<Option<About>>,
    /// What has come of the body of a refused one.
    refused: RefCell<Vec<u8>>,
}

/// What belongs to the current generation, and goes with it.
enum Live {
    /// The functions for url, headers and body are being asked.
    Providers { _task: Guard },
    Connection {
        connection: Box<dyn Connection>,
        /// Taken out while its events are delivered.
        parser: Option<Box<Parser>>,
    },
}

/// What the user hears with.
pub(crate) struct Ears {
    pub(crate) delivery: Delivery,
    pub(crate) watchers: Watchers,
    pub(crate) diagnostics: Option<DiagnosticListener>,
}

impl Client {
    fn new(platform: Rc<dyn Platform>, options: Options, session: Session, ears: Ears) -> Rc<Client> {
        let id =
            [(platform.random() * 1e16) as u64, platform.now().wall].map(|part| part.to_string()).concat();
        let client = Rc::new_cyclic(|me: &Weak<Client>| Client {
            me: me.clone(),
            platform: platform.clone(),
            session: RefCell::new(session),
            options: RefCell::new(Some(Rc::new(options))),
            actions: RefCell::default(),
            draining: Cell::new(false),
            prepared: RefCell::default(),
            live: RefCell::default(),
            timer: RefCell::default(),
            hidden_timer: RefCell::default(),
            page: RefCell::default(),
            delivery: RefCell::new(ears.delivery),
            watchers: ears.watchers,
            diagnostics: RefCell::new(ears.diagnostics),
            error: RefCell::default(),
            refusals: Cell::default(),
            id,
            is_open: Cell::default(),
            down_since: Cell::default(),
            counted: Cell::default(),
            is_unread: Cell::default(),
            answer: RefCell::default(),
            accepted: RefCell::default(),
            refused: RefCell::default(),
        });
        let me = client.me.clone();
        let page = platform.watch_page(Rc::new(move |change: PageChange| {
            if let Some(client) = me.upgrade() {
                client.handle(change.input());
            }
        }));
        client.page.replace(Some(page));
        client
    }

    /// Tells the session what happened and does what follows, in order.
    pub(crate) fn handle(&self, input: Input) {
        let now = self.platform.now();
        let random = self.platform.random();
        let is_end = matches!(input, Input::Close(_));
        if is_end {
            self.delivery.borrow_mut().queue.discard();
        }
        let actions = self.session.borrow_mut().handle(input, now, random);
        self.actions.borrow_mut().extend(actions);
        if self.draining.replace(true) {
            // Also within a listener, before its turn: whoever closes one may open another next.
            if is_end {
                self.abort();
            }
            return;
        }
        loop {
            let Some(action) = self.actions.borrow_mut().pop_front() else { break };
            self.perform(action);
        }
        self.draining.set(false);
    }

    /// The transport has an answer.
    pub(crate) fn answered(&self, generation: Generation, response: Response, has_body: bool) {
        if self.is_current(generation) {
            if response.status >= 400 {
                self.refusals.set(self.refusals.get().saturating_add(1));
            }
            let mut answer = Answer::new(response, has_body, self.platform.now().wall);
            self.answer.replace(Some(answer.response.clone()));
            if self.accepts(&answer) {
                (answer.status, answer.content_type) = (200, EVENT_STREAM.into());
            }
            self.handle(Input::Answered(generation, answer));
        }
    }

    /// Whether the user takes this for a stream, which it does not say it is.
    fn accepts(&self, answer: &Answer) -> bool {
        let is_asked = matches!(answer.status, 200..=203 | 205..=299)
            && !(answer.status == 200 && is_event_stream(&answer.content_type));
        let accept = self.options().and_then(|options| options.accept.clone());
        accept.filter(|_| is_asked).is_some_and(|accept| accept(&answer.response))
    }

    /// The transport has a part of the body of a refused answer.
    pub(crate) fn peeked(&self, generation: Generation, part: &[u8]) {
        if self.is_current(generation) {
            self.refused.borrow_mut().extend_from_slice(part);
        }
    }

    /// That was all of it, or all that is waited for.
    pub(crate) fn peek_ended(&self, generation: Generation) {
        let body = self.refused_body();
        self.handle(Input::Peeked(generation, words(body)));
    }

    /// The browser's own `EventSource` says something.
    pub(crate) fn native(&self, generation: Generation, event: NativeEvent<'_>) {
        if !self.is_current(generation) {
            return;
        }
        match event {
            NativeEvent::Opened(url) => {
                // It opens at nothing else.
                self.answer.replace(Some(Response { url, status: 200, ..Response::default() }.into()));
                self.handle(Input::NativeOpened(generation));
            }
            NativeEvent::Retries => self.handle(Input::NativeRetries(generation)),
            NativeEvent::Closed => self.handle(Input::NativeClosed(generation)),
            NativeEvent::Message(event) => self.message(generation, event),
        }
    }

    /// What it delivers was parsed without limits: what exceeds them ends the stream all the same.
    fn message(&self, generation: Generation, event: EventRef<'_>) {
        let Some(limits) = self.options().map(|options| options.limits) else { return };
        let failure = if event.data.len() > limits.event_bytes {
            Some(ErrorKind::Limit(LimitExceeded::Event { limit: limits.event_bytes }))
        } else if event.last_event_id.len() > limits.id_bytes {
            Some(ErrorKind::Limit(LimitExceeded::Id { limit: limits.id_bytes }))
        } else {
            self.make_room().err()
        };
        if let Some(kind) = failure {
            self.handle(Input::Failed(generation, kind));
            return;
        }
        // It tells of errors by an event that servers can send, too, so that one may come without having been asked for.
        let wanted = self.delivery.borrow().hears(event.event_type);
        if self.hand_over(generation, Some(event.last_event_id), wanted, self.platform.now()) && wanted {
            // Each of these objects begins without an id, also where this source has one already.
            let cursor = self.session.borrow().last_event_id().to_owned();
            let event = EventRef { last_event_id: &cursor, ..event };
            Delivery::event(&self.delivery, event, &Handle::new(self.me.clone()));
            self.wait_for_reader(generation);
        }
    }

    /// From now on events of this type are wanted, too.
    pub(crate) fn listen(&self, event_type: &str) {
        let is_new = self.delivery.borrow_mut().listen(event_type);
        if is_new {
            self.with_connection(|connection| connection.listen(event_type));
        }
    }

    /// The transport has bytes: parses them and hands over what is in them.
    pub(crate) fn chunk(&self, generation: Generation, len: usize, write: impl FnOnce(&mut [u8])) {
        if !self.is_current(generation) {
            return;
        }
        let Some(mut parser) = self.take_parser() else { return };
        let mut first = None;
        parser.fill(len, |room| {
            write(room);
            first = room.first().copied();
        });
        let now = self.platform.now();
        self.session.borrow_mut().alive(generation, now);
        self.count(|counted| counted.bytes += len as u64);
        if let Err(kind) = self.make_room() {
            self.handle(Input::Failed(generation, kind));
            return;
        }
        // No field of an event stream begins so.
        if let Some(first) = first
            && self.is_unread.take()
            && matches!(first, b'{' | b'[')
        {
            self.diagnose(&Diagnostic::Json);
            // Whoever was told may have ended it.
            if !self.is_current(generation) {
                return;
            }
        }
        if !self.deliver(generation, &mut parser, now) || !self.is_current(generation) {
            return;
        }
        if let Some(Live::Connection { parser: slot, .. }) = self.live.borrow_mut().as_mut() {
            *slot = Some(parser);
        }
        self.wait_for_reader(generation);
    }

    pub(crate) fn state(&self) -> State {
        self.session.borrow().state().clone()
    }

    pub(crate) fn session<T>(&self, read: impl FnOnce(&Session) -> T) -> T {
        read(&self.session.borrow())
    }

    pub(crate) fn final_url(&self) -> Option<String> {
        self.answer.borrow().as_ref().map(|answer| answer.url.clone())
    }

    pub(crate) fn down_since(&self) -> Option<u64> {
        self.down_since.get()
    }

    pub(crate) fn response(&self) -> Option<Response> {
        self.accepted.borrow().as_deref().cloned()
    }

    /// Hands over everything that is complete. `false` if the connection ended meanwhile.
    fn deliver(&self, generation: Generation, parser: &mut Parser, now: Now) -> bool {
        let handle = Handle::new(self.me.clone());
        loop {
            let item = match parser.next_item() {
                Ok(Some(item)) => item,
                Ok(None) => return true,
                Err(limit) => {
                    self.handle(Input::Failed(generation, ErrorKind::Limit(limit)));
                    return false;
                }
            };
            match item {
                Item::Retry(ms) => self.handle(Input::Retry(generation, ms)),
                Item::Comment(text) => {
                    if !self.is_current(generation) {
                        return false;
                    }
                    Delivery::comment(&self.delivery, parser.text(text), &handle);
                }
                Item::Id => {
                    if !self.hand_over(generation, Some(parser.last_event_id()), false, now) {
                        return false;
                    }
                }
                Item::Event { id, .. } => {
                    let own_id = id.is_some().then(|| parser.last_event_id());
                    // Of an event that nobody wants, only the id counts.
                    let any = parser.event(&item);
                    let event = any.filter(|event| self.delivery.borrow().hears(event.event_type));
                    // A function that ends the connection ends it before this event.
                    let is_whole =
                        self.is_current(generation) && any.is_some_and(|any| self.is_whole_by(any));
                    if !self.hand_over(generation, own_id, event.is_some(), now) {
                        return false;
                    }
                    if is_whole {
                        self.handle(Input::Complete);
                    }
                    if let Some(event) = event {
                        Delivery::event(&self.delivery, event, &handle);
                    }
                }
            }
        }
    }

    fn hand_over(&self, generation: Generation, id: Option<&str>, event: bool, now: Now) -> bool {
        let mut session = self.session.borrow_mut();
        if event {
            self.delivery.borrow_mut().begin_behind(session.last_event_id());
        }
        let is_current = session.hand_over(generation, id, event, now);
        if event && is_current {
            self.count(|counted| counted.events += 1);
        }
        is_current
    }

    fn is_current(&self, generation: Generation) -> bool {
        self.session.borrow().is_current(generation)
    }

    fn perform(&self, action: Action) {
        match action {
            // What a listener has overtaken is void.
            Action::Prepare(generation, _)
            | Action::Connect(generation, ..)
            | Action::Read(generation)
            | Action::Hold(generation)
            | Action::Peek(generation)
            | Action::Judge(generation, _)
            | Action::Diagnose(generation, _)
            | Action::Arm(
                generation,
                Timer::Retry | Timer::Peek | Timer::Connect | Timer::Stall | Timer::Leave | Timer::Hold,
                _,
            ) if !self.is_current(generation) => {}
            Action::Prepare(generation, preparation) => self.prepare(generation, preparation),
            Action::Connect(generation, transport, resume) => self.connect(generation, transport, resume),
            Action::Read(_) => self.with_connection(|connection| connection.read()),
            Action::Hold(_) => self.with_connection(|connection| connection.hold()),
            Action::Peek(_) => {
                let Some(options) = self.options() else { return };
                self.with_connection(|connection| connection.peek(options.error_body_bytes));
            }
            Action::Abort(_) => self.abort(),
            Action::Judge(generation, error) => {
                let options = self.options();
                self.error.replace(Some(error.clone()));
                let judge = options.as_ref().and_then(|options| options.judge.as_ref());
                let judgement = judge.map_or(Judgement::Final, |judge| judge(&error));
                self.handle(Input::Judged(generation, judgement.ruling()));
            }
            Action::Arm(generation, timer, after) => {
                let me = self.me.clone();
                let fire = Box::new(move || {
                    if let Some(client) = me.upgrade() {
                        client.fired(generation, timer);
                    }
                });
                let guard = self.platform.timer(after, fire);
                drop(self.timer(timer).replace(Some(guard)));
            }
            Action::Disarm(timer) => {
                let guard = self.timer(timer).take();
                drop(guard);
            }
            Action::Diagnose(_, diagnostic) => self.diagnose(&diagnostic),
            Action::Announce(state) => {
                self.note(&state);
                if let State::Closed { .. } = state {
                    let gone = (self.page.take(), self.options.take(), self.diagnostics.take());
                    drop(gone);
                    self.refused.take();
                    Delivery::finish(&self.delivery);
                }
                self.watchers.announce(&state, &Handle::new(self.me.clone()));
            }
        }
    }

    fn diagnose(&self, diagnostic: &Diagnostic) {
        let listener = self.diagnostics.take();
        let Some(mut listener) = listener else {
            return self.platform.warn(&["everstream: ", &diagnostic.to_string()].concat());
        };
        listener(diagnostic, &Handle::new(self.me.clone()));
        if !matches!(self.state(), State::Closed { .. }) {
            self.diagnostics.replace(Some(listener));
        }
    }

    /// Keeps what can be asked about later.
    fn note(&self, state: &State) {
        if let State::Open { .. } = state {
            self.accepted.replace(self.answer.borrow().clone());
            self.error.take();
            self.refusals.set(0);
            self.down_since.take();
        } else if self.is_open.take() {
            self.down_since.set(Some(self.platform.now().wall));
        }
        self.is_open.set(matches!(state, State::Open { .. }));
        if let Some(error) = state.error() {
            self.error.replace(Some(error.clone()));
        }
    }

    fn fired(&self, generation: Generation, timer: Timer) {
        match timer {
            // What has come by now is kept.
            Timer::Peek => self.peek_ended(generation),
            _ => self.handle(Input::Fired(generation, timer)),
        }
    }

    fn refused_body(&self) -> String {
        let most = self.options().map_or(0, |options| options.error_body_bytes);
        response::text(&self.refused.borrow(), most)
    }

    fn abort(&self) {
        // While a driver is called it is not dropped; the session's own `Abort` comes after that.
        let live = self.live.try_borrow_mut().ok().and_then(|mut live| live.take());
        // The borrow has ended before what it held is dropped: dropping runs foreign code.
        drop(live);
    }

    /// Asks the functions, one after the other, and keeps what they say until the session wants to connect.
    fn prepare(&self, generation: Generation, preparation: Preparation) {
        let me = self.me.clone();
        let Some(options) = self.options() else { return };
        let attempt = self.attempt(preparation);
        let task = self.platform.spawn(Box::pin(async move {
            let prepared = Prepared::ask(&options, attempt).await;
            // Functions may hold the source: nothing keeps them longer than it does.
            drop(options);
            let Some(client) = me.upgrade() else { return };
            let outcome = prepared.and_then(|prepared| {
                let checked = client.platform.check_url(&prepared.url);
                checked.map_err(|reason| ErrorKind::Option { name: "url", reason: words(reason) })?;
                Ok(prepared)
            });
            match outcome {
                Ok(prepared) => {
                    client.prepared.replace(Some(prepared));
                    client.handle(Input::Prepared(generation));
                }
                Err(kind) => client.handle(Input::Failed(generation, kind)),
            }
        }));
        if self.is_current(generation) {
            self.live.replace(Some(Live::Providers { _task: task }));
        }
    }

    /// What functions are told.
    fn attempt(&self, Preparation { number, unauthorized, .. }: Preparation) -> Attempt {
        if unauthorized {
            // Nothing else is said of a 401 that they are asked about.
            let response = self.answer.borrow().clone().unwrap_or_default();
            let body = words(self.refused_body());
            let kind = ErrorKind::Status { status: 401, body, response };
            self.error.replace(Some(Error { kind, will_retry: true }));
        }
        Attempt {
            number,
            unauthorized,
            error: self.error.borrow().clone(),
            refusals: self.refusals.get(),
            id: self.id.clone(),
        }
    }

    fn connect(&self, generation: Generation, transport: Transport, resume: Resume) {
        let Some(options) = self.options() else { return };
        // The session never connects before functions were asked, where there are any.
        let prepared = self.prepared.take().or_else(|| Prepared::without_questions(&options));
        let Some(Prepared { url, headers: more_headers, body }) = prepared else { return };
        let mut headers = options.headers.clone();
        headers.extend(more_headers);
        let request = Request {
            transport,
            event_types: self.delivery.borrow().event_types(),
            url,
            method: options.method.clone(),
            headers,
            body,
            with_credentials: options.with_credentials,
            resume,
            resume_query: options.resume_query.clone(),
        };
        let comments = self.delivery.borrow().wants_comments();
        let last_event_id = self.session.borrow().last_event_id().to_owned();
        let parser = Parser::new(options.limits, &last_event_id).comments(comments);
        self.refused.take();
        self.is_unread.set(true);
        self.count(|counted| counted.connections += 1);
        let connection = self.platform.connect(request, Sink { client: self.me.clone(), generation });
        let live = Live::Connection { connection, parser: Some(Box::new(parser)) };
        let providers = self.live.replace(Some(live));
        drop(providers);
    }

    fn options(&self) -> Option<Rc<Options>> {
        self.options.borrow().clone()
    }

    fn with_connection(&self, act: impl FnOnce(&dyn Connection)) {
        if let Some(Live::Connection { connection, .. }) = self.live.borrow().as_ref() {
            act(connection.as_ref());
        }
    }

    fn take_parser(&self) -> Option<Box<Parser>> {
        match self.live.borrow_mut().as_mut() {
            Some(Live::Connection { parser, .. }) => parser.take(),
            _ => None,
        }
    }

    fn timer(&self, timer: Timer) -> &RefCell<Option<Guard>> {
        match timer {
            Timer::Hidden => &self.hidden_timer,
            Timer::Retry | Timer::Peek | Timer::Connect | Timer::Stall | Timer::Leave | Timer::Hold => {
                &self.timer
            }
        }
    }
}

/// Opens a source on a platform: the one way in for the builder and the test kit. The options were checked.
pub(crate) fn open(platform: Rc<dyn Platform>, options: Options, ears: Ears) -> Result<Rc<Client>, Error> {
    let same_origin = match &options.url {
        Provided::Value(url) => platform.check_url(url).map_err(|reason| Error::option("url", reason))?,
        Provided::Function(_) => false,
    };
    let offer = platform.offer();
    let native_will_do =
        offer.native && options.transport != TransportChoice::Fetch && options.native_cannot_do().is_none();
    if !offer.streaming && !native_will_do {
        return Err(Error::fatal(ErrorKind::Unsupported));
    }
    let config = options.session_config(ears.delivery.wants_comments(), same_origin, offer);
    let (paused, abort) = (options.paused, options.abort.clone());
    let client = Client::new(platform, options, Session::new(config), ears);
    if paused {
        client.handle(Input::Pause(PauseReason::User));
    }
    if let Some(abort) = &abort {
        abort.add(Handle::new(client.me.clone()));
    }
    let is_aborted = abort.is_some_and(|abort| abort.is_aborted());
    client.handle(if is_aborted { Input::Close(ClosedBy::User) } else { Input::Open });
    Ok(client)
}

#[cfg(test)]
mod tests;
