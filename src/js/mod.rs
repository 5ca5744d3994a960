//! What the npm package calls: the session and the parser, and nothing of the browser.
//!
//! This module imports nothing. JavaScript says what happened, takes out what is to be done, one [`Core::next`] at a time,
//! and does it. So nothing is borrowed while foreign code runs, and no exception ever passes through WebAssembly, whatever
//! a listener does. A driver in JavaScript for the whole makes the page half as heavy as one in Rust (measured: 45 and
//! 22 kB gzip, before anything else was made smaller), for calling the browser is what JavaScript is short at.
//!
//! Numbers are codes of `js/protocol.ts`, which a test compares with this file.

// On a host only tests call it.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod batch;
mod codes;
#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(all(not(feature = "web"), target_arch = "wasm32"))]
pub(crate) mod words;

use self::batch::Batch;
use crate::core::clock::Now;
use crate::core::parser::{LimitExceeded, Limits, Parser};
use crate::core::retry::Backoff;
use crate::core::session::{Action, Answer, Config, Generation, Input, Offer, Resume, Session};
use crate::core::state::{Cause, State};
use crate::core::transport::Transport;
use crate::error::{About, Diagnostic, Error, ErrorKind};

/// Allocations are few here, and the allocator that comes with Rust is a tenth of the module.
// SAFETY: there are no threads in this module.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// How many options a source is made with.
const OPTIONS: usize = 27;

/// A number of JavaScript's, as it lies in memory.
type Number = [u8; 8];

/// One source: its session, and the parser of its connection.
struct Core {
    session: Session,
    limits: Limits,
    wants_comments: bool,
    parser: Option<Box<Parser>>,
    /// Whose bytes the parser gets.
    generation: Generation,
    batch: Batch,
    /// What the clocks said last.
    now: Now,
    /// In `0.0..1.0`.
    random: f64,
    /// The action that [`next`](Self::next) returned last, in numbers.
    numbers: [f64; 9],
}

impl Core {
    /// A source that has not been opened. Times are in milliseconds, with 0 for "not set" where that makes sense. The
    /// options were checked.
    fn new(last_event_id: String, options: &[Number; OPTIONS]) -> Core {
        let [
            base,
            factor,
            cap,
            max_retries,
            patience,
            retry_on,
            unsafe_to_repeat,
            resend,
            close_on_end,
            has_until,
            has_providers,
            resume,
            transport,
            beyond_native,
            same_origin,
            prepare_timeout,
            connect_timeout,
            stall_timeout,
            when_hidden,
            hidden_grace,
            event_bytes,
            id_bytes,
            wants_comments,
            streaming,
            native,
            native_reconnects_cleanly,
            page,
        ] = options;
        // Each is read where it is used: all at once they would be 27 variables, for 0.1 kB.
        let number = |option: &Number| f64::from_le_bytes(*option);
        let is = |option| number(option) != 0.0;
        let ms = |option| number(option) as u64;
        let time = |option| (number(option) > 0.0).then_some(ms(option));
        let config = Config {
            retry: Backoff {
                base: ms(base),
                factor: number(factor),
                cap: ms(cap),
                patience: (number(patience) < f64::INFINITY).then_some(ms(patience)),
                max_retries: (number(max_retries) < f64::from(u32::MAX)).then(|| number(max_retries) as u32),
            },
            retry_on: codes::retry_on(number(retry_on)),
            unsafe_to_repeat: is(unsafe_to_repeat),
            resend: is(resend),
            close_on_end: is(close_on_end),
            has_until: is(has_until),
            has_providers: is(has_providers),
            resume: codes::resume_by(number(resume)),
            last_event_id,
            transport: codes::transport_choice(number(transport)),
            // JavaScript knows which one.
            beyond_native: is(beyond_native).then_some(""),
            same_origin: is(same_origin),
            offer: Offer {
                streaming: is(streaming),
                native: is(native),
                native_reconnects_cleanly: is(native_reconnects_cleanly),
                page: is(page),
            },
            prepare_timeout: time(prepare_timeout),
            connect_timeout: time(connect_timeout),
            stall_timeout: time(stall_timeout),
            when_hidden: codes::when_hidden(number(when_hidden)),
            hidden_grace: ms(hidden_grace),
        };
        Core {
            session: Session::new(config),
            limits: Limits { event_bytes: number(event_bytes) as usize, id_bytes: number(id_bytes) as usize },
            wants_comments: is(wants_comments),
            parser: None,
            generation: Generation::default(),
            batch: Batch::new(),
            now: Now::default(),
            random: 0.0,
            numbers: [0.0; 9],
        }
    }

    /// What holds for all that is told until this or [`room`](Self::room) is called: the clocks, in milliseconds, and a random
    /// number.
    fn time(&mut self, wall: f64, monotonic: f64, random: f64) {
        self.now = Now { wall: wall as u64, monotonic: monotonic as u64 };
        self.random = random;
    }

    /// Something happened that takes no more than a number to say. The words that belong to it (what an error says, the
    /// start of a body) stay in JavaScript, which has them already.
    fn tell(&mut self, input: u32, generation: u32, number: f64) {
        if let Some(input) = codes::input(input, generation.into(), number, self.limits) {
            self.handle(input);
        }
    }

    /// The server has answered; `retry_after` is in milliseconds, NaN where the server did not say.
    fn answered(
        &mut self,
        generation: u32,
        status: u16,
        content_type: String,
        has_body: bool,
        retry_after: f64,
    ) {
        let retry_after = (retry_after >= 0.0).then_some(retry_after as u64);
        let answer = Answer { status, content_type, retry_after, has_body, response: About::default() };
        self.handle(Input::Answered(generation.into(), answer));
    }

    /// The browser's own `EventSource` brings an event, `bytes` of data long. Whether it may be handed over. It tells of
    /// errors by an event that servers can send, too, so that one may come that nobody is listening to.
    fn message(&mut self, generation: u32, id: String, bytes: usize, heard: bool) -> bool {
        let from = generation.into();
        let limit = if bytes > self.limits.event_bytes {
            LimitExceeded::Event { limit: self.limits.event_bytes }
        } else if id.len() > self.limits.id_bytes {
            LimitExceeded::Id { limit: self.limits.id_bytes }
        } else {
            return self.session.hand_over(from, Some(&id), heard, self.now);
        };
        self.handle(Input::Failed(from, ErrorKind::Limit(limit)));
        false
    }

    /// What is to be done next: an action's code, 0 for nothing. [`numbers`](Self::numbers) belong to it.
    fn next(&mut self) -> u32 {
        while let Some(action) = self.session.next_action() {
            // What a listener has overtaken is void.
            let is_void = codes::concerns(&action).is_some_and(|from| !self.session.is_current(from));
            if !is_void {
                return self.describe(action);
            }
        }
        0
    }

    /// Where the numbers of the action are.
    fn numbers(&self) -> *const f64 {
        self.numbers.as_ptr()
    }

    /// Makes room for `len` bytes of the body, which come now, and says where. The next [`parse`](Self::parse) reads them; 0 is
    /// nowhere. All of the batch before was handed over.
    fn room(&mut self, generation: u32, len: usize, wall: f64, monotonic: f64) -> *mut u8 {
        let from = Generation::from(generation);
        self.time(wall, monotonic, self.random);
        self.commit(usize::MAX);
        match &mut self.parser {
            Some(parser) if from == self.generation && self.session.is_current(from) => {
                self.session.alive(from, self.now);
                parser.room(len).as_mut_ptr()
            }
            _ => std::ptr::null_mut(),
        }
    }

    /// Takes the `len` bytes that are in that room into account, and reads the next events: where [rows](batch) about them
    /// are, 0 if that takes more bytes or the connection has ended. All of the batch before was handed over.
    fn parse(&mut self, len: usize) -> *const [i32; 7] {
        self.commit(usize::MAX);
        let Core { session, parser, batch, generation, now, random, .. } = self;
        let (from, now, random) = (*generation, *now, *random);
        let Some(parser) = parser else { return std::ptr::null() };
        parser.filled(len);
        loop {
            match batch.fill(parser, session, from, now) {
                Ok(None) => break,
                Ok(Some(retry)) => session.tell(Input::Retry(from, retry), now, random),
                Err(limit) => {
                    session.tell(Input::Failed(from, ErrorKind::Limit(limit)), now, random);
                    break;
                }
            }
        }
        if session.has_actions() {
            batch.is_not_all();
        }
        batch.table()
    }

    /// The first `count` of the batch were handed over; with one more, so was the rest of it, which brought no events.
    fn commit(&mut self, count: usize) {
        if let Some(parser) = &mut self.parser {
            self.batch.commit(parser, &mut self.session, self.generation, count, self.now);
        }
    }

    /// From now on events of this type are heard, too; `*` is every type.
    fn listen(&mut self, event_type: String) {
        self.batch.listen(event_type);
    }

    /// Whether this connection is still the one that counts.
    fn is_current(&self, generation: u32) -> bool {
        self.session.is_current(generation.into())
    }

    /// The data of the event that the body ends in, if it does.
    fn unfinished(&self) -> Option<String> {
        self.parser.as_ref()?.unfinished()
    }

    /// Where the next connection goes on.
    fn last_event_id(&self) -> &str {
        self.session.last_event_id()
    }
}

impl Core {
    fn handle(&mut self, input: Input) {
        self.session.tell(input, self.now, self.random);
    }

    /// Puts the action where JavaScript can read it.
    fn describe(&mut self, action: Action) -> u32 {
        let from = codes::concerns(&action).map_or(0, Generation::number);
        let (code, first, second, third) = match action {
            Action::Prepare(_, attempt) => {
                (codes::PREPARE, attempt.number.into(), attempt.unauthorized.into(), 0.0)
            }
            Action::Connect(from, transport, resume) => {
                if transport == Transport::Fetch {
                    let parser = Parser::new(self.limits, self.session.last_event_id());
                    self.parser = Some(Box::new(parser.comments(self.wants_comments)));
                    self.generation = from;
                    self.batch.clear();
                }
                // The id is the last event id.
                let way = match resume {
                    Resume::Start => 0.0,
                    Resume::Header(_) => 1.0,
                    Resume::Query(_) => 2.0,
                };
                (codes::CONNECT, (transport as u8).into(), way, 0.0)
            }
            Action::Read(_) => (codes::READ, 0.0, 0.0, 0.0),
            Action::Hold(_) => (codes::HOLD, 0.0, 0.0, 0.0),
            Action::Peek(_) => (codes::PEEK, 0.0, 0.0, 0.0),
            Action::Abort(_) => {
                self.parser = None;
                (codes::ABORT, 0.0, 0.0, 0.0)
            }
            Action::Judge(_, error) => {
                self.put_error(&error);
                (codes::JUDGE, 0.0, 0.0, 0.0)
            }
            Action::Arm(_, timer, after) => (codes::ARM, (timer as u8).into(), after as f64, 0.0),
            Action::Disarm(timer) => (codes::DISARM, (timer as u8).into(), 0.0, 0.0),
            Action::Diagnose(_, diagnostic) => {
                let (after, kind) = match diagnostic {
                    Diagnostic::NoAnswer { after } => (after, 0.0),
                    Diagnostic::NotRead { after } => (after, 1.0),
                    Diagnostic::NotPrepared { after } => (after, 2.0),
                    // (That is seen where the bytes are.)
                    Diagnostic::Json => (0, 3.0),
                };
                (codes::DIAGNOSE, after as f64, kind, 0.0)
            }
            Action::Announce(state) => return self.put_state(state),
        };
        let [place, a, b, c, ..] = &mut self.numbers;
        (*place, *a, *b, *c) = (from.into(), first, second, third);
        code
    }

    /// Transport, state, attempt, moment, and a detail: who pauses, who closed, whether the moment is known and the cause is not.
    fn put_state(&mut self, state: State) -> u32 {
        let (attempt, at, detail) = match &state {
            State::Idle => (0, 0, 0),
            State::Loading { attempt } | State::Connecting { attempt } => (*attempt, 0, 0),
            State::Open { since, .. } => (0, *since, 0),
            State::Waiting { attempt, until, cause } => {
                let is_unknown = *cause == Cause::Unknown;
                (*attempt, until.unwrap_or(0), u32::from(until.is_some()) + u32::from(is_unknown))
            }
            State::Paused { by } => (0, 0, by.bits().into()),
            State::Closed { by } => (0, 0, codes::closed_by(by)),
        };
        let chosen = codes::chosen(self.session.transport());
        let code = codes::state(&state);
        self.numbers =
            [chosen.into(), code.into(), attempt.into(), at as f64, detail.into(), 0.0, 0.0, 0.0, 0.0];
        if let Some(error) = state.error() {
            self.put_error(error);
        }
        codes::ANNOUNCE
    }

    fn put_error(&mut self, error: &Error) {
        let (kind, number) = codes::error(&error.kind);
        let [.., a, b, c, d] = &mut self.numbers;
        *a = kind.into();
        *b = error.status().unwrap_or(0).into();
        *c = error.will_retry.into();
        *d = number;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
