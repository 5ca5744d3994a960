//! The server's log, its answers, and a connection between it and the driver.

use std::hash::{Hash, Hasher};

use everstream::Transport;
use everstream::internals::session::{Answer, Generation, Resume};

use super::{Setup, Step};

/// One block of the server's log. The id of the block at index n is the n-th of [`Setup::ids`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// An event with an id.
    Event,
    /// One that inherits its id. A server has no place behind it: it may come again.
    Nameless,
    /// One of a type that nobody listens to, with an id.
    Unheard,
    /// An id and nothing else.
    Id,
}

impl Block {
    pub(crate) fn has_id(self) -> bool {
        self != Block::Nameless
    }

    /// Whether the user hears of it.
    pub(crate) fn heard(self) -> bool {
        matches!(self, Block::Event | Block::Nameless)
    }
}

/// What a server makes of a request that says where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// It knows header and query.
    KnowsBoth,
    /// It knows the header alone: whoever asks by query gets what comes next.
    KnowsTheHeader,
    /// It gives another origin no permission to send the header.
    RefusesPreflights,
}

/// An answer of the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether it says that it is an event stream.
    pub(crate) stream: bool,
    pub(crate) body: bool,
    /// In seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Reply {
    pub(crate) const STREAM: Reply = Reply { status: 200, stream: true, body: true, retry_after: None };
    pub(crate) const EMPTY: Reply = Reply { body: false, ..Reply::STREAM };
    pub(crate) const PAGE: Reply = Reply { stream: false, ..Reply::STREAM };
    pub(crate) const EMPTY_PAGE: Reply = Reply { body: false, ..Reply::PAGE };

    pub(crate) const fn status(status: u16) -> Reply {
        Reply { status, stream: false, body: false, retry_after: None }
    }

    pub(crate) const fn with_body(self) -> Reply {
        Reply { body: true, ..self }
    }

    pub(crate) const fn retry_after(self, seconds: u32) -> Reply {
        Reply { retry_after: Some(seconds), ..self }
    }

    pub(crate) fn answer(self) -> Answer {
        Answer {
            status: self.status,
            content_type: if self.stream { "text/event-stream" } else { "text/html" }.into(),
            retry_after: self.retry_after.map(|seconds| u64::from(seconds) * 1_000),
            has_body: self.body,
            ..Answer::default()
        }
    }
}

/// A connection, as the network knows it. A native `EventSource` is one that makes itself anew.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) generation: Generation,
    pub(crate) transport: Transport,
    pub(crate) phase: Phase,
    /// The block that comes next.
    pub(crate) next: u8,
    /// Where its url says to begin.
    begins: u8,
    /// Whether it needs permission first.
    header: bool,
    /// The server was there at the very moment at which it was asked.
    pub(crate) certain: bool,
    /// The block whose id came last over this very connection: what a native one goes on from.
    pub(crate) own_id: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Asked,
    /// Nobody has said yet what is to become of the body.
    Answered,
    Reading,
    /// The body is not read meanwhile.
    Held,
    /// The body of a refused answer is being read.
    Peeking,
    Over,
}

impl Phase {
    /// Whether there is still something to come that moves the session on.
    pub(crate) fn may_speak(self) -> bool {
        matches!(self, Phase::Asked | Phase::Reading | Phase::Held | Phase::Peeking)
    }
}

impl Connection {
    pub(crate) fn new(
        generation: Generation,
        transport: Transport,
        begins: u8,
        resume: &Resume,
    ) -> Connection {
        let header = matches!(resume, Resume::Header(_));
        let phase = Phase::Asked;
        Connection {
            generation,
            transport,
            phase,
            next: begins,
            begins,
            header,
            certain: false,
            own_id: None,
        }
    }

    /// The browser sends its own last event id, or the same url if it has none.
    pub(crate) fn ask_again(&mut self) {
        self.phase = Phase::Asked;
        self.next = self.own_id.map_or(self.begins, |at| at + 1);
    }

    pub(crate) fn steps(&self, setup: &Setup, steps: &mut Vec<Step>) {
        let more = setup.log.len().saturating_sub(usize::from(self.next));
        match (self.transport, self.phase) {
            (Transport::EventSource, Phase::Asked) => {
                steps.extend([Step::NativeOpens, Step::NativeRetries, Step::NativeCloses]);
            }
            (Transport::EventSource, Phase::Reading) => {
                steps.extend((more > 0).then_some(Step::Blocks(1)));
                steps.push(Step::NativeRetries);
                steps.extend(setup.slow_consumers.then_some(Step::Full));
            }
            (_, Phase::Asked) => {
                let refuses = setup.server == Server::RefusesPreflights && self.header;
                if !refuses {
                    steps.extend(setup.replies.iter().copied().map(Step::Answer));
                }
                if refuses || !self.certain {
                    steps.push(Step::Cut);
                }
            }
            (_, Phase::Reading) => {
                steps.extend((1..=more.min(2)).map(|count| Step::Blocks(count as u8)));
                steps.extend([Step::End, Step::Cut]);
                steps.extend(setup.retries.iter().copied().map(Step::Retry));
                steps.extend(setup.config.stall_timeout.map(|_| Step::Comment));
                steps.extend(setup.slow_consumers.then_some(Step::Full));
            }
            // What was heard of it last came before consumers had had a turn.
            (_, Phase::Held) => {}
            (_, Phase::Peeking) => steps.extend([Step::End, Step::Cut]),
            (_, Phase::Answered | Phase::Over) => {}
        }
    }
}

impl Hash for Connection {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.transport as u8, self.phase, self.next, self.begins, self.own_id).hash(hasher);
        (self.header, self.certain).hash(hasher);
    }
}
