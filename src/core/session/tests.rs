//! The ten invariants of the design, and every decision, one by one.

use super::*;

mod answer;
#[cfg(not(target_arch = "wasm32"))]
mod clock;
mod leave;
mod native;
mod network;
mod preflight;
mod refresh;
mod spacing;
mod watch;

/// A session, a clock, and what a driver would have at any moment.
struct Rig {
    session: Session,
    /// What has gone by.
    now: u64,
    /// What the clock on the wall was set forward by, or back.
    set: i64,
    random: f64,
    /// The connection or the providers that the driver holds.
    live: Option<Generation>,
    /// Requests sent so far, with the place they resume from.
    requests: Vec<Resume>,
    timer: Option<(Generation, u64)>,
    peek: Option<(Generation, u64)>,
    /// The timers for an answer and for a byte.
    watch: Option<(Generation, Timer, u64)>,
    hidden: Option<(Generation, u64)>,
    leave: Option<(Generation, u64)>,
    diagnosed: Vec<Diagnostic>,
    judging: Option<Generation>,
    /// The body is not read.
    is_held: bool,
    is_read: bool,
    attempts: Vec<Preparation>,
    announced: Vec<State>,
}

const START: u64 = 1_795_000_000_000;

pub(crate) fn config() -> Config {
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

impl Rig {
    fn new(config: Config) -> Rig {
        Rig {
            session: Session::new(config),
            now: START,
            set: 0,
            random: 0.0,
            live: None,
            requests: Vec::new(),
            timer: None,
            peek: None,
            watch: None,
            hidden: None,
            leave: None,
            diagnosed: Vec::new(),
            judging: None,
            is_held: false,
            is_read: false,
            attempts: Vec::new(),
            announced: Vec::new(),
        }
    }

    /// A rig whose source is opened.
    fn opened(config: Config) -> Rig {
        let mut rig = Rig::new(config);
        rig.tell(Input::Open);
        rig
    }

    /// A rig whose connection is accepted.
    fn streaming(config: Config) -> Rig {
        let mut rig = Rig::opened(config);
        rig.accept();
        rig
    }

    /// Does what the session says, and checks on the way what must hold for every sequence of inputs.
    fn tell(&mut self, input: Input) {
        for action in self.session.handle(input, self.clock(), self.random) {
            match action {
                Action::Abort(_) => {
                    assert!(self.live.take().is_some(), "aborts only what is alive");
                }
                Action::Prepare(generation, attempt) => {
                    assert_eq!(self.live, None, "never two at a time");
                    assert!(self.session.paused().is_empty(), "no request while paused");
                    self.live = Some(generation);
                    self.attempts.push(attempt);
                }
                Action::Connect(generation, _, resume) => {
                    assert!(self.live.is_none() || self.live == Some(generation), "never two at a time");
                    assert!(self.session.paused().is_empty(), "no request while paused");
                    self.live = Some(generation);
                    (self.is_held, self.is_read) = (false, false);
                    self.requests.push(resume);
                }
                Action::Read(generation) => {
                    assert_eq!(self.live, Some(generation));
                    assert!(
                        self.is_held || !mem::replace(&mut self.is_read, true),
                        "reads what is being read"
                    );
                    self.is_held = false;
                }
                Action::Hold(generation) => {
                    assert_eq!((self.live, self.is_held), (Some(generation), false));
                    self.is_held = true;
                }
                Action::Peek(generation) => {
                    assert_eq!(self.live, Some(generation));
                }
                Action::Arm(generation, Timer::Retry, after) => {
                    assert_eq!(self.live, None, "waits only after the connection is gone");
                    assert!(self.session.paused().is_empty(), "no timer while paused");
                    self.timer = Some((generation, self.now + after));
                }
                Action::Arm(generation, Timer::Leave, after) => {
                    assert_eq!(self.live, None, "the connection is gone");
                    self.leave = Some((generation, self.now + after));
                }
                Action::Arm(generation, Timer::Peek, after) => {
                    self.watch = None;
                    self.peek = Some((generation, self.now + after));
                }
                Action::Arm(generation, Timer::Hidden, after) => {
                    self.hidden = Some((generation, self.now + after));
                }
                Action::Arm(generation, timer, after) => {
                    self.watch = Some((generation, timer, self.now + after));
                }
                Action::Disarm(Timer::Retry) => self.timer = None,
                Action::Disarm(Timer::Peek) => self.peek = None,
                Action::Disarm(Timer::Hidden) => self.hidden = None,
                Action::Disarm(Timer::Leave) => self.leave = None,
                Action::Disarm(_) => self.watch = None,
                Action::Diagnose(generation, after) => {
                    assert_eq!(self.live, Some(generation));
                    self.diagnosed.push(after);
                }
                Action::Judge(generation, error) => {
                    assert!(!error.will_retry);
                    self.judging = Some(generation);
                }
                Action::Announce(state) => self.announced.push(state),
            }
        }
        if let State::Closed { .. } | State::Paused { .. } = self.session.state() {
            assert_eq!((self.live, self.timer, self.peek, self.watch), (None, None, None, None));
            assert_eq!(self.leave, None);
        }
    }

    fn clock(&self) -> Now {
        Now { wall: self.now.saturating_add_signed(self.set), monotonic: self.now }
    }

    fn live(&self) -> Generation {
        self.live.expect("a connection")
    }

    fn answer(&mut self, answer: Answer) {
        self.tell(Input::Answered(self.live(), answer));
    }

    fn accept(&mut self) {
        self.answer(stream());
    }

    /// A status without a body.
    fn status(&mut self, status: u16) {
        self.answer(Answer { status, ..Answer::default() });
    }

    fn fail(&mut self) {
        self.tell(Input::Failed(self.live(), network()));
    }

    fn event(&mut self, id: &str) -> bool {
        self.session.hand_over(self.live(), Some(id), true, self.clock())
    }

    /// Lets the wait pass.
    fn fire(&mut self) {
        let (generation, due) = self.timer.take().expect("a retry timer");
        self.now = due;
        self.tell(Input::Fired(generation, Timer::Retry));
    }

    /// The time until the retry timer fires.
    fn delay(&self) -> u64 {
        self.timer.expect("a retry timer").1 - self.now
    }

    fn name(&self) -> &'static str {
        self.session.state().name()
    }

    fn error(&self) -> Error {
        self.session.state().error().expect("an error").clone()
    }
}

fn stream() -> Answer {
    Answer { status: 200, content_type: "text/event-stream".into(), has_body: true, ..Answer::default() }
}

fn network() -> ErrorKind {
    ErrorKind::Network { message: "x".into() }
}

fn with(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = config();
    change(&mut config);
    config
}

#[test]
fn the_good_way() {
    let mut rig = Rig::opened(config());
    assert_eq!(rig.requests, [Resume::Start]);
    assert_eq!(rig.name(), "connecting");
    rig.accept();
    assert_eq!(*rig.session.state(), State::Open { transport: Transport::Fetch, since: START });
    assert!(rig.event("1"));
    assert_eq!(rig.session.last_event_at(), Some(START));
    rig.tell(Input::Close(ClosedBy::User));
    assert_eq!(rig.announced.iter().map(State::name).collect::<Vec<_>>(), ["connecting", "open", "closed"]);
}

#[test]
fn opening_twice_is_opening_once() {
    let mut rig = Rig::opened(config());
    rig.tell(Input::Open);
    assert_eq!(rig.requests.len(), 1);
}

// Invariant 1: a connection starts only after its predecessor was aborted. `Rig::tell` checks it for every test.

#[test]
fn reconnect_aborts_first_and_then_connects() {
    let mut rig = Rig::streaming(config());
    let actions = rig.session.handle(Input::Reconnect, 0, 0.0);
    assert!(
        matches!(actions[..], [Action::Abort(_), Action::Announce(_), Action::Connect(..), Action::Arm(..)]),
        "{actions:?}"
    );
}

// Invariant 2: after `close()` nothing is delivered and nothing connects, whatever was in flight.

#[test]
fn close_is_final_in_every_state() {
    type Reach = fn() -> Rig;
    let stages: [(&str, Reach); 8] = [
        ("idle", || Rig::new(config())),
        ("loading", || Rig::opened(with(|config| config.has_providers = true))),
        ("connecting", || Rig::opened(config())),
        ("open", || Rig::streaming(config())),
        ("waiting", || {
            let mut rig = Rig::opened(config());
            rig.fail();
            rig
        }),
        ("paused", || {
            let mut rig = Rig::opened(config());
            rig.tell(Input::Pause(PauseReason::User));
            rig
        }),
        ("peeking", || {
            let mut rig = Rig::opened(config());
            rig.answer(Answer { status: 500, has_body: true, ..Answer::default() });
            rig
        }),
        ("judging", || {
            let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Asked));
            rig.fail();
            rig
        }),
    ];
    for (stage, reach) in stages {
        let mut rig = reach();
        let generations: Vec<_> =
            [rig.live, rig.judging, rig.timer.map(|timer| timer.0)].into_iter().flatten().collect();
        let requests = rig.requests.len();
        rig.tell(Input::Close(ClosedBy::User));
        rig.tell(Input::Close(ClosedBy::Dropped));
        assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::User }, "{stage}");
        for generation in generations {
            rig.tell(Input::Prepared(generation));
            rig.tell(Input::Answered(generation, stream()));
            rig.tell(Input::Judged(generation, true.into()));
            rig.tell(Input::Failed(generation, network()));
            rig.tell(Input::Fired(generation, Timer::Retry));
            assert!(!rig.session.hand_over(generation, Some("9"), true, 0), "{stage}");
        }
        rig.tell(Input::Pause(PauseReason::User));
        rig.tell(Input::Resume(PauseReason::User));
        rig.tell(Input::Online);
        rig.tell(Input::Reconnect);
        rig.tell(Input::Open);
        assert_eq!(rig.requests.len(), requests, "{stage}");
        assert_eq!(rig.session.last_event_id(), "", "{stage}");
    }
}

// Invariant 3: while the pause set is not empty there is no request and no timer.

#[test]
fn pausing_cancels_the_retry_and_resuming_connects_at_once_and_once() {
    let mut rig = Rig::opened(config());
    rig.fail();
    rig.tell(Input::Pause(PauseReason::User));
    assert_eq!(rig.timer, None);
    rig.now += 1_000;
    rig.tell(Input::Resume(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::User));
    assert_eq!(rig.requests.len(), 2);
}

#[test]
fn it_runs_again_only_when_nobody_asks_for_a_pause() {
    let mut rig = Rig::streaming(config());
    rig.event("5");
    rig.tell(Input::Pause(PauseReason::Cached));
    rig.tell(Input::Pause(PauseReason::Frozen));
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::Frozen));
    rig.tell(Input::Online);
    rig.tell(Input::Reconnect);
    rig.tell(Input::Resume(PauseReason::Cached));
    assert_eq!(rig.session.state().to_string(), "paused: user");
    assert_eq!(rig.requests.len(), 1);
    rig.tell(Input::Resume(PauseReason::User));
    assert_eq!(rig.requests[1], Resume::Header("5".into()));
}

#[test]
fn a_source_that_is_paused_before_it_opens_does_not_connect() {
    let mut rig = Rig::new(config());
    rig.tell(Input::Pause(PauseReason::Frozen));
    rig.tell(Input::Resume(PauseReason::Frozen));
    assert_eq!((rig.name(), rig.requests.len()), ("idle", 0));
    rig.tell(Input::Pause(PauseReason::Frozen));
    assert_eq!(rig.name(), "idle");
    rig.tell(Input::Open);
    assert_eq!(rig.name(), "paused");
    rig.tell(Input::Resume(PauseReason::Frozen));
    assert_eq!(rig.requests.len(), 1);
}

#[test]
fn a_provider_that_answers_while_paused_starts_nothing() {
    let mut rig = Rig::opened(with(|config| config.has_providers = true));
    let asked = rig.live();
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Prepared(asked));
    assert!(rig.requests.is_empty());
    rig.now += 1_000;
    rig.tell(Input::Resume(PauseReason::User));
    rig.tell(Input::Prepared(rig.live()));
    assert_eq!(rig.requests.len(), 1);
}

// Invariant 4: a reconnect resumes from the cursor.

#[test]
fn the_cursor_is_the_id_of_the_last_event_handed_over() {
    let mut rig = Rig::streaming(config());
    rig.event("1");
    // An inherited id leaves it; an id without an event moves it.
    rig.session.hand_over(rig.live(), None, true, rig.now);
    rig.session.hand_over(rig.live(), Some("2"), false, rig.now);
    assert_eq!(rig.session.last_event_id(), "2");
    rig.fail();
    rig.fire();
    assert_eq!(rig.requests[1], Resume::Header("2".into()));
}

#[test]
fn an_empty_id_forgets_the_place() {
    let mut rig = Rig::streaming(with(|config| config.last_event_id = "7".into()));
    assert_eq!(rig.requests, [Resume::Header("7".into())]);
    rig.event("");
    rig.tell(Input::Reconnect);
    assert_eq!(rig.requests[1], Resume::Start);
}

/// The browser's own begins without an id, wherever its url says to go on. Found by `tests/exploration.rs`.
#[test]
fn a_native_event_without_an_id_leaves_the_place_that_its_url_asked_for() {
    let mut rig = Rig::opened(with(|config| {
        config.last_event_id = "7".into();
        config.transport = TransportChoice::EventSource;
    }));
    assert_eq!(rig.requests, [Resume::Query("7".into())]);
    rig.tell(Input::NativeOpened(rig.live()));
    rig.event("");
    assert_eq!(rig.session.last_event_id(), "7");
    rig.event("8");
    assert_eq!(rig.session.last_event_id(), "8");
    // Now that it has had one, none means that the server took it back.
    rig.event("");
    assert_eq!(rig.session.last_event_id(), "");
}

#[test]
fn events_behind_whatever_ended_the_connection_are_not_handed_over() {
    type End = fn(&mut Rig);
    let ends: [(RetryOn, End); 3] = [
        (RetryOn::Resilient, Rig::fail),
        (RetryOn::Resilient, |rig| rig.tell(Input::Ended(rig.live()))),
        (RetryOn::Asked, Rig::fail),
    ];
    for (retry_on, end) in ends {
        let mut rig = Rig::streaming(with(|config| config.retry_on = retry_on));
        let before = rig.live();
        end(&mut rig);
        assert!(!rig.session.hand_over(before, Some("9"), true, rig.now), "{}", rig.name());
    }
    let mut rig = Rig::opened(with(|config| config.has_providers = true));
    rig.tell(Input::Prepared(rig.live()));
    let before = rig.live();
    rig.status(401);
    assert!(!rig.session.hand_over(before, Some("9"), true, rig.now));
}

#[test]
fn what_a_driver_says_out_of_turn_changes_nothing() {
    let mut rig = Rig::opened(with(|config| config.has_providers = true));
    rig.tell(Input::Fired(rig.live(), Timer::Retry));
    assert_eq!((rig.name(), rig.attempts.len()), ("loading", 1));
    rig.tell(Input::Prepared(rig.live()));
    rig.tell(Input::Prepared(rig.live()));
    assert_eq!(rig.requests.len(), 1);
}

#[test]
fn events_behind_a_pause_are_not_handed_over() {
    let mut rig = Rig::streaming(config());
    let before = rig.live();
    rig.tell(Input::Pause(PauseReason::User));
    assert!(!rig.session.hand_over(before, Some("2"), true, rig.now));
    assert_eq!(rig.session.last_event_id(), "");
}

#[test]
fn events_behind_a_reconnect_are_not_handed_over() {
    let mut rig = Rig::streaming(config());
    let before = rig.live();
    rig.event("1");
    rig.tell(Input::Reconnect);
    assert!(!rig.session.hand_over(before, Some("2"), true, rig.now));
    assert_eq!(rig.requests[1], Resume::Header("1".into()));
}

#[test]
fn ids_that_a_header_cannot_carry_go_into_the_query() {
    for id in ["é", "a\u{1}", "a\u{7f}", " a", "a ", "😀", &"x".repeat(4_097)] {
        let mut rig = Rig::new(with(|config| config.last_event_id = id.into()));
        rig.tell(Input::Open);
        assert_eq!(rig.requests, [Resume::Query(id.into())]);
        let mut rig = Rig::new(with(|config| {
            config.last_event_id = id.into();
            config.resume = ResumeBy::Header;
        }));
        rig.tell(Input::Open);
        assert_eq!(rig.error().kind, ErrorKind::Resume { last_event_id: id.into() });
    }
    let longest = "x".repeat(4_096);
    let rig = Rig::opened(with(|config| config.last_event_id = longest.clone()));
    assert_eq!(rig.requests, [Resume::Header(longest)]);
    let rig = Rig::opened(with(|config| {
        config.last_event_id = "a b".into();
        config.resume = ResumeBy::Query;
    }));
    assert_eq!(rig.requests, [Resume::Query("a b".into())]);
}

// Invariant 5: budget and delay are reset by a good connection, never by `open`.

#[test]
fn a_server_that_accepts_and_drops_is_asked_less_and_less() {
    let mut rig = Rig::opened(config());
    let mut delays = Vec::new();
    for _ in 0..7 {
        rig.accept();
        rig.now += 999;
        rig.event("1");
        rig.tell(Input::Ended(rig.live()));
        delays.push(rig.delay());
        rig.fire();
    }
    assert_eq!(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 24_000, 24_000]);
}

#[test]
fn an_event_of_an_earlier_connection_makes_no_good_one() {
    let mut rig = Rig::streaming(config());
    rig.event("1");
    for delay in [1_000, 2_000] {
        rig.fail();
        assert_eq!(rig.delay(), delay);
        rig.fire();
        rig.accept();
        rig.now += 1_500;
    }
}

#[test]
fn a_good_connection_does_not_make_the_next_one_good() {
    let mut rig = Rig::streaming(config());
    rig.now += 1_000;
    rig.event("1");
    for delay in [1_000, 2_000, 4_000] {
        rig.fail();
        assert_eq!(rig.delay(), delay);
        rig.fire();
        rig.accept();
    }
}

#[test]
fn reconnecting_by_hand_counts_retries_anew() {
    let mut rig = Rig::opened(with(|config| config.retry.max_retries = Some(2)));
    for _ in 0..5 {
        rig.fail();
        rig.fire();
        rig.fail();
        assert_eq!(rig.delay(), 2_000);
        rig.tell(Input::Reconnect);
    }
    assert_eq!(rig.name(), "connecting");
}

#[test]
fn a_pause_gives_a_good_connection_its_due() {
    let mut rig = Rig::opened(with(|config| config.retry.max_retries = Some(1)));
    for _ in 0..3 {
        rig.fail();
        rig.fire();
        rig.accept();
        rig.now += 5_000;
        rig.tell(Input::Pause(PauseReason::User));
        rig.tell(Input::Resume(PauseReason::User));
    }
    assert_eq!(rig.name(), "connecting");
}

#[test]
fn a_refusal_that_is_overtaken_is_forgotten() {
    let mut rig = Rig::opened(config());
    rig.answer(Answer { status: 404, has_body: true, ..Answer::default() });
    rig.tell(Input::Reconnect);
    rig.accept();
    assert_eq!(rig.name(), "open");
    rig.fail();
    assert_eq!(rig.error().kind, network());
}

#[test]
fn what_makes_a_connection_a_good_one() {
    for (open_for, event, good) in [
        (0, true, false),
        (999, true, false),
        (1_000, true, true),
        (4_999, false, false),
        (5_000, false, true),
    ] {
        let mut rig = Rig::opened(config());
        for _ in 0..3 {
            rig.fail();
            rig.fire();
        }
        rig.accept();
        if event {
            rig.event("1");
        }
        rig.now += open_for;
        rig.fail();
        assert_eq!(rig.delay() == 1_000, good, "{open_for} ms, event {event}");
    }
}

#[test]
fn retries_are_bounded_where_that_is_asked_for() {
    let mut rig = Rig::opened(with(|config| config.retry.max_retries = Some(3)));
    for _ in 0..3 {
        rig.fail();
        rig.fire();
    }
    rig.fail();
    assert_eq!(rig.requests.len(), 4, "the first and three retries");
    assert!(matches!(rig.session.state(), State::Closed { by: ClosedBy::Exhausted(Cause::Failed(_)) }));
    assert!(!rig.error().will_retry);
}

#[test]
fn a_good_connection_gives_the_budget_back() {
    let mut rig = Rig::opened(with(|config| config.retry.max_retries = Some(1)));
    for _ in 0..5 {
        rig.fail();
        rig.fire();
        rig.accept();
        rig.now += 5_000;
        rig.tell(Input::Ended(rig.live()));
        rig.fire();
        rig.accept();
        rig.now += 5_000;
    }
    assert_eq!(rig.name(), "open");
}

// Invariant 6: inputs of an older generation change nothing.

#[test]
fn the_dead_do_not_speak() {
    let mut rig = Rig::streaming(config());
    let dead = rig.live();
    rig.tell(Input::Reconnect);
    let requests = rig.requests.len();
    for input in [
        Input::Prepared(dead),
        Input::Answered(dead, stream()),
        Input::Answered(dead, Answer { status: 204, ..Answer::default() }),
        Input::Peeked(dead, "x".into()),
        Input::Judged(dead, false.into()),
        Input::Retry(dead, 9_999),
        Input::Ended(dead),
        Input::Failed(dead, network()),
        Input::Fired(dead, Timer::Retry),
        Input::Fired(dead, Timer::Peek),
    ] {
        let actions = rig.session.handle(input.clone(), rig.now, 0.0);
        assert_eq!(actions, [], "{input:?}");
    }
    assert_eq!((rig.name(), rig.requests.len()), ("connecting", requests));
    rig.fail();
    assert_eq!(rig.delay(), 1_000, "its `retry:` was not heard either");
}

// Invariant 7: delays. What `retry.rs` computes is tested there; here is what it is given.

#[test]
fn the_servers_retry_replaces_the_base_and_outlives_the_connection() {
    let mut rig = Rig::streaming(config());
    rig.tell(Input::Retry(rig.live(), 3_000));
    for delay in [3_000, 6_000, 12_000] {
        rig.fail();
        assert_eq!(rig.delay(), delay);
        rig.fire();
    }
}

#[test]
fn a_thousand_clients_do_not_come_back_at_the_moment_that_retry_after_names() {
    let mut rig = Rig::opened(config());
    rig.random = 0.5;
    rig.answer(Answer { status: 503, retry_after: Some(60_000), ..Answer::default() });
    assert_eq!(rig.delay(), 66_000);
}

#[test]
fn retry_after_is_a_lower_bound_for_whatever_cuts_a_wait() {
    let busy = || Answer { status: 503, retry_after: Some(60_000), ..Answer::default() };
    let mut rig = Rig::opened(config());
    rig.answer(busy());
    assert_eq!(rig.delay(), 60_000);
    rig.now += 10_000;
    rig.tell(Input::Online);
    assert_eq!(rig.delay(), 50_000, "online does not cut it");
    rig.tell(Input::Pause(PauseReason::User));
    rig.now += 20_000;
    rig.tell(Input::Resume(PauseReason::User));
    assert_eq!(rig.delay(), 30_000, "nor does a pause");
    assert_eq!(rig.error().status(), Some(503));
    rig.tell(Input::Pause(PauseReason::User));
    rig.now += 30_000;
    rig.tell(Input::Resume(PauseReason::User));
    assert_eq!(rig.requests.len(), 2, "it is over");
    rig.answer(busy());
    rig.tell(Input::Hidden);
    rig.now += 10_000;
    rig.tell(Input::Visible);
    assert_eq!(rig.delay(), 50_000, "nor a page that is shown");
    rig.now += 10_000;
    rig.tell(Input::Reconnect);
    assert_eq!((rig.requests.len(), rig.delay()), (2, 40_000), "nor the user");
    rig.fire();
    assert_eq!(rig.requests.len(), 3);
    assert!(matches!(rig.session.state(), State::Connecting { attempt: 1 }), "but retries count anew");
}

#[test]
fn what_a_refusal_asks_for_holds_while_it_is_still_being_looked_at() {
    let refusals: [(RetryOn, bool); 2] = [(RetryOn::Resilient, true), (RetryOn::Asked, false)];
    for (retry_on, has_body) in refusals {
        let cuts: [fn(&mut Rig); 2] = [
            |rig| rig.tell(Input::Reconnect),
            |rig| {
                rig.tell(Input::Pause(PauseReason::Frozen));
                rig.tell(Input::Resume(PauseReason::Frozen));
            },
        ];
        for cut in cuts {
            let mut rig = Rig::opened(with(|config| config.retry_on = retry_on));
            rig.answer(Answer { status: 503, retry_after: Some(60_000), has_body, ..Answer::default() });
            rig.now += 10_000;
            cut(&mut rig);
            assert_eq!((rig.name(), rig.requests.len(), rig.delay()), ("waiting", 1, 50_000));
        }
    }
}

#[test]
fn a_delay_that_the_users_function_names_is_kept_but_for_what_the_server_asks() {
    for (named, retry_after, delay) in [
        (7_000, None, 7_000),
        (100_000, None, 100_000),
        (1, None, 500),
        (7_000, Some(60_000), 60_000),
        (90_000, Some(60_000), 90_000),
    ] {
        let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Asked));
        rig.answer(Answer { status: 503, retry_after, ..Answer::default() });
        rig.tell(Input::Judged(rig.judging.expect("asked"), Ruling::RetryAfter(named)));
        assert_eq!((rig.name(), rig.delay()), ("waiting", delay), "{named}, {retry_after:?}");
    }
    let mut rig = Rig::opened(with(|config| {
        config.retry_on = RetryOn::Asked;
        config.retry.max_retries = Some(0);
    }));
    rig.fail();
    rig.tell(Input::Judged(rig.judging.expect("asked"), Ruling::RetryAfter(1_000)));
    assert!(matches!(rig.session.state(), State::Closed { by: ClosedBy::Exhausted(_) }));
}

#[test]
fn what_cuts_a_wait_cuts_it_down_to_the_retry_after_and_no_further() {
    let mut rig = Rig::opened(config());
    for _ in 0..5 {
        rig.fail();
        rig.fire();
    }
    rig.answer(Answer { status: 503, retry_after: Some(2_000), ..Answer::default() });
    assert_eq!(rig.delay(), 24_000);
    rig.tell(Input::Online);
    assert_eq!(rig.delay(), 2_000);
    rig.now += 2_000;
    rig.tell(Input::Online);
    assert_eq!(rig.name(), "connecting");
}

#[test]
fn a_clock_that_jumps_back_does_not_make_a_wait_of_hours() {
    for back in [10_000, 900_000, 3_600_000_000] {
        let mut rig = Rig::opened(config());
        rig.answer(Answer { status: 503, retry_after: Some(60_000), ..Answer::default() });
        rig.set = -back;
        rig.now += 10_000;
        rig.tell(Input::Online);
        assert_eq!(rig.delay(), 50_000, "back by {back} ms");
    }
}

/// Found by `tests/exploration.rs`.
#[test]
fn what_is_left_of_a_retry_after_does_not_begin_anew_after_a_clock_jumped_back() {
    let cuts: [fn(&mut Rig); 2] = [
        |rig| rig.tell(Input::Online),
        |rig| {
            rig.tell(Input::Pause(PauseReason::User));
            rig.tell(Input::Resume(PauseReason::User));
        },
    ];
    for cut in cuts {
        let mut rig = Rig::opened(config());
        rig.answer(Answer { status: 503, retry_after: Some(60_000), ..Answer::default() });
        rig.set = -3_600_000;
        cut(&mut rig);
        rig.now += 59_000;
        cut(&mut rig);
        assert_eq!(rig.delay(), 1_000);
    }
}

#[test]
fn a_clock_that_jumps_back_does_not_make_a_good_connection_a_bad_one() {
    let mut rig = Rig::opened(with(|config| config.retry.max_retries = Some(1)));
    rig.fail();
    rig.fire();
    rig.accept();
    rig.now += 60_000;
    rig.event("1");
    rig.set = -3_600_000;
    rig.fail();
    assert_eq!(rig.name(), "waiting");
}

// Invariant 8: what is not safe to repeat is sent again only when the server said that it did not act on it.

#[test]
fn a_request_with_a_body_is_not_sent_twice() {
    let post = || {
        with(|config| {
            config.unsafe_to_repeat = true;
            config.close_on_end = true;
        })
    };
    for status in [408, 425, 500, 502, 504] {
        let mut rig = Rig::opened(post());
        rig.status(status);
        assert_eq!(rig.name(), "closed", "{status}");
    }
    for status in [429, 503] {
        let mut rig = Rig::opened(post());
        rig.status(status);
        assert_eq!(rig.name(), "waiting", "{status}");
    }
    let mut rig = Rig::opened(post());
    rig.fail();
    assert_eq!(rig.name(), "closed", "nobody knows whether it arrived");
    let mut rig = Rig::streaming(post());
    rig.fail();
    assert_eq!(rig.name(), "closed", "cut off");
    let mut rig = Rig::streaming(post());
    rig.tell(Input::Ended(rig.live()));
    assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::Ended });
}

#[test]
fn it_is_sent_again_where_the_user_says_so() {
    let mut rig = Rig::opened(with(|config| {
        config.unsafe_to_repeat = true;
        config.resend = true;
    }));
    rig.fail();
    assert_eq!(rig.name(), "waiting");
    let mut rig = Rig::opened(with(|config| {
        config.unsafe_to_repeat = true;
        config.retry_on = RetryOn::Asked;
    }));
    rig.fail();
    rig.tell(Input::Judged(rig.judging.expect("asked"), true.into()));
    assert_eq!(rig.name(), "waiting");
}

#[test]
fn a_page_that_is_put_aside_does_not_repeat_it_either() {
    let post = || with(|config| config.unsafe_to_repeat = true);
    for reason in [PauseReason::Frozen, PauseReason::Cached] {
        let mut rig = Rig::streaming(post());
        rig.tell(Input::Pause(reason));
        assert_eq!(rig.error().kind, ErrorKind::Interrupted);
    }
    let mut rig = Rig::opened(with(|config| {
        config.unsafe_to_repeat = true;
        config.has_providers = true;
    }));
    rig.tell(Input::Pause(PauseReason::Cached));
    assert_eq!(rig.name(), "paused", "nothing was sent yet");
    let mut rig = Rig::streaming(with(|config| {
        config.unsafe_to_repeat = true;
        config.resend = true;
    }));
    rig.tell(Input::Pause(PauseReason::Frozen));
    assert_eq!(rig.name(), "paused", "the user said that it may be repeated");
    let mut rig = Rig::streaming(with(|config| {
        config.unsafe_to_repeat = true;
        config.when_hidden = WhenHidden::Pause;
    }));
    rig.tell(Input::Hidden);
    rig.now += 100_000;
    rig.tell(Input::Online);
    assert_eq!((rig.name(), rig.hidden), ("open", None), "hiding the page is no reason");
    rig.tell(Input::Pause(PauseReason::User));
    rig.tell(Input::Resume(PauseReason::User));
    assert_eq!(rig.requests.len(), 2, "the user asked for it");
}

// Invariant 10: offline forbids nothing and costs nothing; online cuts the wait.

#[test]
fn attempts_made_offline_are_free_and_online_cuts_the_wait() {
    let mut rig = Rig::streaming(with(|config| config.retry.max_retries = Some(2)));
    rig.tell(Input::Offline);
    assert_eq!(rig.name(), "open", "a hint closes nothing");
    for _ in 0..10 {
        rig.fail();
        rig.fire();
    }
    rig.fail();
    assert_eq!(rig.delay(), 24_000, "but the delay grows");
    rig.now += 1_000;
    rig.tell(Input::Online);
    assert_eq!((rig.name(), rig.timer), ("connecting", None));
    rig.fail();
    assert_eq!(rig.delay(), 1_000);
    rig.fire();
    rig.fail();
    rig.fire();
    rig.fail();
    assert_eq!(rig.name(), "closed", "online, they count");
}

#[test]
fn a_network_that_comes_and_goes_makes_one_request_a_second_at_most() {
    let mut rig = Rig::opened(config());
    for _ in 0..3 {
        rig.fail();
        rig.fire();
    }
    let from = rig.now;
    for _ in 0..50 {
        rig.tell(Input::Offline);
        if rig.live.is_some() {
            rig.fail();
        }
        rig.tell(Input::Online);
        rig.now += 100;
        if rig.timer.is_some_and(|(_, due)| due <= rig.now) {
            rig.fire();
        }
    }
    let seconds = (rig.now - from) / 1_000;
    assert_eq!(rig.requests.len() as u64, 4 + seconds);
}

#[test]
fn a_retry_after_of_nothing_is_no_way_around_the_spacing() {
    let mut rig = Rig::opened(config());
    for _ in 0..5 {
        rig.answer(Answer { status: 503, retry_after: Some(0), ..Answer::default() });
        rig.tell(Input::Online);
        assert_eq!(rig.delay(), 1_000);
        rig.fire();
    }
}

#[test]
fn a_clock_that_jumps_does_not_keep_online_from_cutting_the_wait() {
    for jump in [-3_600_000_i64, 3_600_000] {
        let mut rig = Rig::opened(config());
        for _ in 0..5 {
            rig.fail();
            rig.fire();
        }
        rig.fail();
        rig.now = rig.now.saturating_add_signed(jump);
        rig.tell(Input::Online);
        assert!(rig.timer.is_none_or(|(_, due)| due <= rig.now + 1_000), "{jump}");
    }
}

#[test]
fn online_disturbs_nothing_that_runs() {
    for mut rig in [Rig::opened(config()), Rig::streaming(config())] {
        let state = rig.session.state().clone();
        rig.tell(Input::Online);
        assert_eq!((rig.session.state(), rig.requests.len()), (&state, 1));
    }
}

// Answers.

#[test]
fn which_statuses_are_tried_again() {
    let retried = [408, 425, 429, 500, 501, 502, 503, 504, 599];
    let refused = [100, 201, 202, 205, 206, 304, 400, 401, 403, 404, 405, 410, 418, 600];
    for status in retried {
        let mut rig = Rig::opened(config());
        rig.status(status);
        assert_eq!(rig.name(), "waiting", "{status}");
        assert!(rig.error().will_retry);
        let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Standard));
        rig.status(status);
        assert_eq!(rig.name(), "closed", "{status}, as the standard has it");
    }
    for status in refused {
        let mut rig = Rig::opened(config());
        rig.status(status);
        assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::Fatal(rig.error()) }, "{status}");
        assert_eq!((rig.error().status(), rig.error().will_retry), (Some(status), false));
    }
}

#[test]
fn the_standard_retries_what_is_not_an_answer() {
    let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Standard));
    rig.fail();
    rig.fire();
    rig.accept();
    rig.tell(Input::Ended(rig.live()));
    assert_eq!(rig.name(), "waiting");
}

#[test]
fn a_204_closes_whoever_is_asked() {
    for retry_on in [RetryOn::Resilient, RetryOn::Standard, RetryOn::Asked] {
        let mut rig = Rig::opened(with(|config| config.retry_on = retry_on));
        // Engines give a 204 a body.
        rig.answer(Answer { has_body: true, ..Answer { status: 204, ..stream() } });
        assert_eq!(*rig.session.state(), State::Closed { by: ClosedBy::Server });
    }
}

#[test]
fn which_content_types_are_a_stream() {
    for (content_type, good) in [
        ("text/event-stream", true),
        ("Text/Event-Stream;charset=utf-8", true),
        (" text/event-stream ; x=y", true),
        ("text/event-stream; charset=iso-8859-1", true),
        ("text/event-streams", false),
        ("text/html", false),
        ("text/plain, text/event-stream", true),
        ("text/event-stream, */*", true),
        ("text/event-stream; x=\"a,b\"", true),
        ("text/event-stream, text/plain", false),
        ("event-stream", false),
        ("", false),
    ] {
        let mut rig = Rig::opened(config());
        rig.answer(Answer { content_type: content_type.into(), ..stream() });
        assert_eq!(rig.name() == "open", good, "{content_type:?}");
        if !good {
            rig.tell(Input::Peeked(rig.live(), "<html>".into()));
            let error = rig.error();
            assert!(matches!(&error.kind, ErrorKind::ContentType { found, .. } if found == content_type));
            assert_eq!(error.body(), Some("<html>"));
        }
    }
}

#[test]
fn an_answer_without_a_body_is_no_stream() {
    let mut rig = Rig::opened(config());
    rig.answer(Answer { has_body: false, ..stream() });
    assert_eq!(rig.error().kind, ErrorKind::NoBody);
}

#[test]
fn the_body_of_a_refusal_is_waited_for_a_second_at_most() {
    let refused = |rig: &mut Rig| rig.answer(Answer { status: 500, has_body: true, ..Answer::default() });
    let mut rig = Rig::opened(config());
    refused(&mut rig);
    rig.tell(Input::Peeked(rig.live(), "overloaded".into()));
    assert_eq!(rig.error().body(), Some("overloaded"));

    let mut rig = Rig::opened(config());
    refused(&mut rig);
    let (generation, due) = rig.peek.expect("a timer");
    assert_eq!(due - rig.now, 1_000);
    rig.tell(Input::Fired(generation, Timer::Peek));
    assert_eq!(rig.error().body(), Some(""));

    let mut rig = Rig::opened(config());
    refused(&mut rig);
    rig.fail();
    assert_eq!(rig.error().status(), Some(500), "the connection broke, but the status is known");
}

#[test]
fn a_second_answer_of_one_connection_is_ignored() {
    let mut rig = Rig::streaming(config());
    rig.status(500);
    assert_eq!(rig.name(), "open");
    let mut rig = Rig::opened(config());
    rig.answer(Answer { status: 404, has_body: true, ..Answer::default() });
    rig.accept();
    assert_eq!(rig.name(), "connecting", "the first one counts");
    rig.tell(Input::Ended(rig.live()));
    assert_eq!(rig.error().status(), Some(404));
}

#[test]
fn a_wait_that_does_not_change_is_not_announced_again() {
    let mut rig = Rig::opened(config());
    rig.answer(Answer { status: 503, retry_after: Some(60_000), ..Answer::default() });
    rig.tell(Input::Online);
    let announced = rig.announced.len();
    rig.tell(Input::Online);
    assert_eq!(rig.announced.len(), announced);
}

#[test]
fn the_user_decides_where_a_function_is_given() {
    for retry in [true, false] {
        let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Asked));
        rig.status(404);
        assert_eq!(rig.live, None, "the connection is not kept meanwhile");
        let asked = rig.judging.expect("asked");
        rig.tell(Input::Peeked(asked, "late".into()));
        assert_eq!(rig.judging, Some(asked), "once");
        rig.tell(Input::Judged(rig.judging.expect("asked"), retry.into()));
        assert_eq!(rig.name(), if retry { "waiting" } else { "closed" });
        assert_eq!((rig.error().status(), rig.error().will_retry), (Some(404), retry));
    }
}

#[test]
fn while_the_user_decides_the_stream_is_not_open_any_more() {
    let mut rig = Rig::streaming(with(|config| config.retry_on = RetryOn::Asked));
    rig.tell(Input::Failed(rig.live(), ErrorKind::Stalled { after: 1 }));
    let asked = rig.judging.expect("asked");
    rig.tell(Input::Judging(asked));
    assert_eq!(rig.announced.last(), Some(&State::Loading { attempt: 2 }));
    // Nothing is prepared, and nothing can fail, but the judgement.
    rig.tell(Input::Prepared(asked));
    rig.tell(Input::Failed(asked, ErrorKind::Stalled { after: 1 }));
    assert_eq!((rig.name(), rig.judging, rig.live), ("loading", Some(asked), None));
    // The delay counts from the failure.
    rig.now += 400;
    rig.tell(Input::Judged(asked, true.into()));
    assert_eq!((rig.name(), rig.delay()), ("waiting", 600));
    rig.tell(Input::Judging(asked));
    assert_eq!(rig.name(), "waiting", "it has decided");
}

#[test]
fn a_request_with_a_body_is_not_sent_again_while_its_failure_is_judged() {
    let body = with(|config| (config.retry_on, config.unsafe_to_repeat) = (RetryOn::Asked, true));
    for (kind, name) in [
        (ErrorKind::Network { message: String::new() }, "closed"),
        // The server did not act on it; of the last one nothing was sent.
        (ErrorKind::Status { status: 429, body: String::new(), response: About::default() }, "paused"),
        (ErrorKind::Provider { option: "headers", message: String::new() }, "paused"),
    ] {
        let mut rig =
            Rig::opened(Config { has_providers: matches!(kind, ErrorKind::Provider { .. }), ..body.clone() });
        rig.tell(Input::Failed(rig.live(), kind));
        rig.tell(Input::Judging(rig.judging.expect("asked")));
        rig.tell(Input::Pause(PauseReason::Frozen));
        assert_eq!(rig.name(), name);
    }
}

#[test]
fn nothing_is_judged_before_it_was_asked_for() {
    let mut rig = Rig::streaming(with(|config| config.retry_on = RetryOn::Asked));
    rig.tell(Input::Judging(rig.live()));
    assert_eq!(rig.name(), "open");
}

#[test]
fn what_is_left_of_retry_after_holds_if_the_user_has_not_decided_yet() {
    let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Asked));
    rig.answer(Answer { status: 503, retry_after: Some(60_000), ..Answer::default() });
    rig.tell(Input::Judging(rig.judging.expect("asked")));
    rig.tell(Input::Reconnect);
    assert_eq!((rig.name(), rig.delay()), ("waiting", 60_000));
}

#[test]
fn retry_after_holds_for_what_the_user_decides_too() {
    let mut rig = Rig::opened(with(|config| config.retry_on = RetryOn::Asked));
    rig.answer(Answer { status: 503, retry_after: Some(60_000), ..Answer::default() });
    rig.tell(Input::Judged(rig.judging.expect("asked"), true.into()));
    assert_eq!(rig.delay(), 60_000);
}

#[test]
fn limits_and_bad_options_are_final() {
    for kind in [
        ErrorKind::Limit(crate::core::parser::LimitExceeded::Id { limit: 1 }),
        ErrorKind::Overflow { capacity: Some(1) },
        ErrorKind::Option { name: "headers", reason: "x".into() },
    ] {
        let mut rig = Rig::streaming(with(|config| config.retry_on = RetryOn::Asked));
        rig.tell(Input::Failed(rig.live(), kind.clone()));
        assert_eq!(rig.error(), Error { kind, will_retry: false });
    }
}

// Providers.

#[test]
fn a_provider_that_fails_is_asked_again_later() {
    let mut rig = Rig::opened(with(|config| {
        config.has_providers = true;
        config.unsafe_to_repeat = true;
    }));
    rig.tell(Input::Failed(rig.live(), ErrorKind::Provider { option: "headers", message: "offline".into() }));
    assert_eq!((rig.name(), rig.requests.len()), ("waiting", 0));
    rig.fire();
    assert_eq!(rig.attempts.last().map(|attempt| attempt.number), Some(2));
}

#[test]
fn attempts_are_counted_from_one_and_anew_after_a_good_connection() {
    let mut rig = Rig::opened(config());
    rig.fail();
    assert!(matches!(rig.session.state(), State::Waiting { attempt: 2, .. }));
    rig.fire();
    rig.accept();
    rig.now += 5_000;
    rig.tell(Input::Ended(rig.live()));
    let State::Waiting { attempt, until, cause } = rig.session.state() else { panic!("waits") };
    assert_eq!((*attempt, *until, cause), (2, Some(rig.now + 1_000), &Cause::Ended));
}

#[test]
fn no_number_is_too_large() {
    let mut rig = Rig::opened(with(|config| config.retry.base = 30_000));
    rig.now = u64::MAX - 1;
    rig.random = 0.999;
    rig.accept();
    rig.tell(Input::Retry(rig.live(), u64::MAX));
    rig.session.retries = u32::MAX;
    rig.session.spent = u32::MAX;
    rig.session.handle(Input::Failed(rig.live(), network()), u64::MAX - 1, 0.999);
    assert!(matches!(rig.session.state(), State::Waiting { until: Some(u64::MAX), attempt: u32::MAX, .. }));
}
