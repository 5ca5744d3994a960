//! The configurations that are explored, each with the part of the world that matters to it.

use everstream::internals::retry::Backoff;
use everstream::internals::session::{Config, Offer, ResumeBy, RetryOn};
use everstream::{PauseReason, TransportChoice, WhenHidden};

use super::{Act, Block, Reply, Server};

/// A configuration, and what can happen to it.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) config: Config,
    pub(crate) log: &'static [Block],
    /// The id of each block of the log, if it has one.
    pub(crate) ids: &'static [&'static str],
    pub(crate) acts: &'static [Act],
    /// What the user's functions do in the middle of everything.
    pub(crate) reactions: &'static [Act],
    pub(crate) server: Server,
    pub(crate) replies: &'static [Reply],
    /// What the server says by `retry:`.
    pub(crate) retries: &'static [u64],
    /// How much time may go by at once, and how often it may do so without anything else.
    pub(crate) spans: &'static [u64],
    pub(crate) elapses: u8,
    /// How often the clock may be set, an hour ahead or back.
    pub(crate) clock_settings: u8,
    /// Whether consumers may be slower than the server.
    pub(crate) slow_consumers: bool,
    /// How much further than the others it is explored: less can happen in it, or more is at stake.
    pub(crate) deeper: usize,
}

impl Setup {
    pub(crate) fn id(&self, at: u8) -> Option<&'static str> {
        let block = self.log.get(usize::from(at))?;
        self.ids.get(usize::from(at)).copied().filter(|_| block.has_id())
    }

    /// The block that the configuration begins after.
    pub(crate) fn begins_after(&self) -> Option<u8> {
        (0..self.log.len() as u8).find(|at| self.id(*at) == Some(self.config.last_event_id.as_str()))
    }

    /// The block that a server begins with when it is asked for what follows an id.
    pub(crate) fn position_after(&self, id: &str) -> Option<u8> {
        if id.is_empty() {
            return Some(0);
        }
        (0..self.log.len() as u8).find(|at| self.id(*at) == Some(id)).map(|at| at + 1)
    }
}

const IDS: &[&str] = &["1", "2", "3", "4", "5", "6"];
const NO_HEADER_IDS: &[&str] = &["ä1", "ä2", "ä3", "ä4", "ä5", "ä6"];

const EVENTS: &[Block] = &[Block::Event; 4];
const MIXED: &[Block] =
    &[Block::Event, Block::Nameless, Block::Id, Block::Unheard, Block::Event, Block::Nameless];
const NAMELESS: &[Block] = &[Block::Nameless, Block::Event, Block::Nameless, Block::Event];

const PAUSE: Act = Act::Pause(PauseReason::User);
const RESUME: Act = Act::Resume(PauseReason::User);
const FREEZE: Act = Act::Pause(PauseReason::Frozen);
const THAW: Act = Act::Resume(PauseReason::Frozen);
const LEAVE: Act = Act::Pause(PauseReason::Cached);
const RETURN: Act = Act::Resume(PauseReason::Cached);

const USER: &[Act] = &[PAUSE, RESUME, Act::Reconnect, Act::Close];
const HEARING: &[Act] = &[PAUSE, RESUME, Act::HearAll, Act::Close];
const PAGE: &[Act] = &[PAUSE, RESUME, FREEZE, THAW, LEAVE, RETURN, Act::Reconnect, Act::Drop];
const VISIBILITY: &[Act] = &[Act::Hide, Act::Show, PAUSE, RESUME, FREEZE, THAW, Act::Reconnect, Act::Close];
const NETWORK: &[Act] = &[Act::GoOffline, Act::GoOnline, PAUSE, RESUME, Act::Reconnect, Act::Close];

const TOO_MANY: Reply = Reply::status(429).retry_after(2);
const UNAVAILABLE: Reply = Reply::status(503).with_body().retry_after(3_600);
const NO_CONTENT: Reply = Reply::status(204);
const NOT_FOUND: Reply = Reply::status(404).with_body();
const BROKEN: Reply = Reply::status(500);
const UNAUTHORIZED: Reply = Reply::status(401).with_body();

fn config() -> Config {
    Config {
        retry: Backoff::default(),
        retry_on: RetryOn::Resilient,
        unsafe_to_repeat: false,
        resend: false,
        close_on_end: false,
        has_until: false,
        has_providers: false,
        resume: ResumeBy::Auto,
        last_event_id: String::new(),
        transport: TransportChoice::Auto,
        beyond_native: None,
        same_origin: true,
        offer: Offer { streaming: true, native: true, native_reconnects_cleanly: true, page: false },
        prepare_timeout: None,
        connect_timeout: None,
        stall_timeout: None,
        when_hidden: WhenHidden::GoOn,
        hidden_grace: 60_000,
    }
}

/// Fetch on the page's own origin, with all options left alone.
impl Default for Setup {
    fn default() -> Setup {
        Setup {
            name: "plain fetch",
            config: config(),
            log: MIXED,
            ids: IDS,
            acts: USER,
            reactions: USER,
            server: Server::KnowsBoth,
            slow_consumers: false,
            replies: &[Reply::STREAM],
            retries: &[],
            spans: &[1_000, 5_000],
            elapses: 2,
            clock_settings: 0,
            deeper: 3,
        }
    }
}

/// All that are explored.
pub(crate) fn setups() -> Vec<Setup> {
    let plain = Setup::default;
    let body = Config { unsafe_to_repeat: true, close_on_end: true, ..config() };
    let native = Config { same_origin: false, ..config() };
    let elsewhere = Config { transport: TransportChoice::Fetch, last_event_id: "1".into(), ..native.clone() };
    let no_streaming = Offer { streaming: false, native: true, native_reconnects_cleanly: true, page: false };
    let webkit = Offer { streaming: true, native: true, native_reconnects_cleanly: false, page: false };
    vec![
        plain(),
        Setup {
            name: "fetch, a clock that is set, and retry:",
            deeper: 1,
            log: EVENTS,
            retries: &[0, 3_000],
            clock_settings: 1,
            ..plain()
        },
        Setup {
            name: "fetch, a page that is put aside",
            log: NAMELESS,
            acts: PAGE,
            reactions: PAGE,
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "fetch, all kinds of answers",
            log: EVENTS,
            replies: &[
                Reply::STREAM,
                Reply::EMPTY,
                Reply::PAGE,
                Reply::EMPTY_PAGE,
                NO_CONTENT,
                NOT_FOUND,
                BROKEN,
                UNAUTHORIZED,
                TOO_MANY,
                UNAVAILABLE,
            ],
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "fetch, the standard's statuses",
            config: Config { retry_on: RetryOn::Standard, has_providers: true, ..config() },
            log: NAMELESS,
            replies: &[Reply::STREAM, UNAUTHORIZED, UNAVAILABLE],
            ..plain()
        },
        Setup {
            name: "fetch, functions for url and headers",
            config: Config { has_providers: true, prepare_timeout: Some(15_000), ..config() },
            log: EVENTS,
            replies: &[Reply::STREAM, UNAUTHORIZED, TOO_MANY],
            ..plain()
        },
        Setup {
            name: "fetch, a function that judges, two retries",
            config: Config {
                retry_on: RetryOn::Asked,
                retry: Backoff { max_retries: Some(2), ..Backoff::default() },
                ..config()
            },
            log: EVENTS,
            replies: &[Reply::STREAM, UNAVAILABLE, NOT_FOUND],
            ..plain()
        },
        Setup {
            name: "fetch, a page that is left",
            config: Config { offer: Offer { page: true, ..config().offer }, ..config() },
            log: EVENTS,
            acts: PAGE,
            replies: &[Reply::STREAM, TOO_MANY],
            elapses: 1,
            clock_settings: 1,
            deeper: 1,
            ..plain()
        },
        Setup {
            name: "fetch, slow consumers, a stall watch",
            deeper: 1,
            config: Config { stall_timeout: Some(8_000), ..config() },
            log: NAMELESS,
            spans: &[10_000],
            slow_consumers: true,
            ..plain()
        },
        Setup {
            name: "one answer to a GET, with and without ids, some patience",
            deeper: 1,
            config: Config {
                close_on_end: true,
                has_providers: true,
                retry: Backoff { patience: Some(5_000), ..Backoff::default() },
                ..config()
            },
            log: NAMELESS,
            replies: &[Reply::STREAM, TOO_MANY, UNAVAILABLE],
            ..plain()
        },
        Setup {
            name: "a request with a body, complete by an event",
            deeper: 1,
            config: Config { has_until: true, ..body.clone() },
            log: EVENTS,
            acts: PAGE,
            reactions: &[Act::Complete],
            ..plain()
        },
        Setup {
            name: "fetch, complete by an event, a stall watch",
            deeper: 1,
            config: Config { has_until: true, stall_timeout: Some(8_000), ..config() },
            log: NAMELESS,
            reactions: &[Act::Complete, PAUSE],
            spans: &[10_000],
            ..plain()
        },
        Setup {
            name: "a request with a body, slow consumers",
            deeper: 0,
            config: body.clone(),
            log: EVENTS,
            slow_consumers: true,
            ..plain()
        },
        Setup {
            name: "a request with a body in a page that is left",
            deeper: 1,
            config: Config { offer: Offer { page: true, ..config().offer }, ..body.clone() },
            log: EVENTS,
            acts: PAGE,
            replies: &[Reply::STREAM, BROKEN],
            ..plain()
        },
        Setup {
            name: "another origin that refuses preflights",
            deeper: 2,
            config: Config { connect_timeout: Some(5_000), ..elsewhere.clone() },
            server: Server::RefusesPreflights,
            log: EVENTS,
            replies: &[Reply::STREAM, TOO_MANY],
            ..plain()
        },
        Setup {
            name: "another origin that knows the header alone",
            deeper: 2,
            config: elsewhere,
            server: Server::KnowsTheHeader,
            log: EVENTS,
            replies: &[Reply::STREAM, TOO_MANY],
            ..plain()
        },
        Setup {
            name: "fetch, two retries, on and off line",
            deeper: 0,
            config: Config { retry: Backoff { max_retries: Some(2), ..Backoff::default() }, ..config() },
            log: EVENTS,
            acts: NETWORK,
            replies: &[Reply::STREAM, TOO_MANY],
            clock_settings: 1,
            ..plain()
        },
        Setup {
            name: "a request with a body, and functions",
            config: Config { has_providers: true, ..body.clone() },
            log: NAMELESS,
            acts: PAGE,
            replies: &[Reply::STREAM, UNAUTHORIZED, TOO_MANY, BROKEN],
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "a request with a body, judged and hidden",
            deeper: 1,
            config: Config { retry_on: RetryOn::Asked, when_hidden: WhenHidden::Pause, ..body.clone() },
            log: EVENTS,
            acts: VISIBILITY,
            replies: &[Reply::STREAM, UNAVAILABLE],
            ..plain()
        },
        Setup {
            name: "a request with a body that may be sent again",
            config: Config { resend: true, close_on_end: false, ..body },
            log: EVENTS,
            acts: PAGE,
            replies: &[Reply::STREAM, BROKEN],
            ..plain()
        },
        Setup {
            name: "fetch, a hidden page pauses",
            deeper: 0,
            config: Config { when_hidden: WhenHidden::Pause, ..config() },
            acts: VISIBILITY,
            replies: &[Reply::STREAM, UNAVAILABLE],
            spans: &[5_000, 60_000],
            clock_settings: 1,
            ..plain()
        },
        Setup {
            name: "fetch, a hidden page pauses if it can resume, time-outs",
            deeper: 0,
            config: Config {
                when_hidden: WhenHidden::PauseIfResumable,
                stall_timeout: Some(20_000),
                connect_timeout: Some(5_000),
                ..config()
            },
            log: NAMELESS,
            acts: VISIBILITY,
            spans: &[1_000, 60_000],
            ..plain()
        },
        Setup {
            name: "fetch, time-outs",
            deeper: 0,
            config: Config {
                stall_timeout: Some(8_000),
                connect_timeout: Some(15_000),
                resume: ResumeBy::Query,
                ..config()
            },
            replies: &[Reply::STREAM, UNAVAILABLE],
            clock_settings: 1,
            ..plain()
        },
        Setup { name: "fetch, ids that fit no header", ids: NO_HEADER_IDS, acts: PAGE, ..plain() },
        Setup {
            name: "fetch, nothing but headers, ids that fit none",
            config: Config { resume: ResumeBy::Header, ..config() },
            log: NAMELESS,
            ids: NO_HEADER_IDS,
            ..plain()
        },
        Setup {
            name: "native, fetch takes over",
            deeper: 1,
            config: native.clone(),
            replies: &[Reply::STREAM, NOT_FOUND, TOO_MANY],
            slow_consumers: true,
            ..plain()
        },
        Setup {
            name: "native, by the standard",
            config: Config { retry_on: RetryOn::Standard, ..native.clone() },
            log: EVENTS,
            replies: &[Reply::STREAM, UNAVAILABLE],
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "native, until every event is to be heard",
            config: native.clone(),
            acts: HEARING,
            reactions: HEARING,
            replies: &[Reply::STREAM, TOO_MANY],
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "native by choice, begins after an id, functions, two retries",
            config: Config {
                transport: TransportChoice::EventSource,
                has_providers: true,
                last_event_id: "1".into(),
                retry: Backoff { max_retries: Some(2), ..Backoff::default() },
                ..native.clone()
            },
            acts: NETWORK,
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "native, a page that is put aside, two retries",
            config: Config {
                retry: Backoff { max_retries: Some(2), ..Backoff::default() },
                ..native.clone()
            },
            log: NAMELESS,
            acts: PAGE,
            elapses: 1,
            ..plain()
        },
        Setup {
            name: "native without an alternative",
            deeper: 0,
            config: Config { offer: no_streaming, when_hidden: WhenHidden::Pause, ..native.clone() },
            acts: VISIBILITY,
            spans: &[1_000, 60_000],
            ..plain()
        },
        Setup {
            name: "native in WebKit",
            deeper: 1,
            config: Config { offer: webkit, connect_timeout: Some(10_000), ..native },
            replies: &[Reply::STREAM, NOT_FOUND],
            clock_settings: 1,
            ..plain()
        },
    ]
}
