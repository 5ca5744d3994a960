//! A small world around the real `Session`: a server with a log, a network, a page, a user and a clock.
//!
//! A [`World`] is a value. [`World::steps`] says what can happen next, [`World::step`] lets it happen, and the driver in
//! between does what the session says exactly as `src/client.rs` does. Whatever happens is held against the invariants of
//! [`invariants`]; the first one that does not hold is kept in [`World::violation`].

mod invariants;
mod network;
mod seen;
mod setups;

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use everstream::internals::clock::Now;
use everstream::internals::session::{Action, Generation, Input, Resume, Session, Timer};
use everstream::{ClosedBy, ErrorKind, PauseReason, State, Transport};

use invariants::{Moment, Witness};
pub(crate) use network::{Block, Reply, Server};
use network::{Connection, Phase};
pub(crate) use seen::{EVERYTHING, Seen};
pub(crate) use setups::{Setup, setups};

/// Far from both ends of what a clock can say.
const START: u64 = 1_795_000_000_000;

/// What can happen next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    /// The user or the page does something.
    Do(Act),
    /// The functions for url and headers have answered.
    Prepared,
    /// They have failed.
    ProvidersFail,
    /// The function that judges a failure has made up its mind: whether to try again.
    Judge(bool),
    /// The server answers.
    Answer(Reply),
    /// So many blocks of the log arrive at once.
    Blocks(u8),
    /// Consumers cannot take more.
    Full,
    /// They can again.
    Room,
    /// A comment arrives.
    Comment,
    /// A `retry:` field arrives.
    Retry(u64),
    /// The body ends as it should. Of a refused answer: it was read.
    End,
    /// The connection is cut, or cannot be made.
    Cut,
    /// The native `EventSource` is open, for the first time or again.
    NativeOpens,
    /// It has lost its connection and tries again by itself.
    NativeRetries,
    /// It has given up.
    NativeCloses,
    /// The timer of the connection fires, as soon as it is due.
    Fire,
    /// So does the timer of a hidden page.
    FireHidden,
    /// Time goes by until a moment before the next timer.
    AlmostDue,
    /// Time goes by. Timers may be late.
    Elapse(u64),
    /// The clock is set, and timers do not notice.
    SetClock(i64),
}

/// What the user or the page does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Open,
    Pause(PauseReason),
    Resume(PauseReason),
    Hide,
    Show,
    GoOnline,
    GoOffline,
    Reconnect,
    HearAll,
    /// Says that the answer is complete, as `until` does.
    Complete,
    Close,
    Drop,
}

impl Act {
    fn input(self) -> Input {
        match self {
            Act::Open => Input::Open,
            Act::Pause(reason) => Input::Pause(reason),
            Act::Resume(reason) => Input::Resume(reason),
            Act::Hide => Input::Hidden,
            Act::Show => Input::Visible,
            Act::GoOnline => Input::Online,
            Act::GoOffline => Input::Offline,
            Act::Reconnect => Input::Reconnect,
            Act::HearAll => Input::HearAll,
            Act::Complete => Input::Complete,
            Act::Close => Input::Close(ClosedBy::User),
            Act::Drop => Input::Close(ClosedBy::Dropped),
        }
    }
}

/// What is up to chance and to the user's functions within one step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Script {
    /// In which call of a function of the user's, counted from 0, the user does something.
    pub(crate) reaction: Option<(u8, Act)>,
    /// What the user's function says to a failure: whether to try again.
    pub(crate) judgement: bool,
    /// Whether it takes its time for that.
    pub(crate) is_slow_to_judge: bool,
    /// The random number.
    pub(crate) random: f64,
}

impl Script {
    /// The other ways in which a step can go that went so with this script.
    pub(crate) fn variants(self, outcome: &Outcome, setup: &Setup) -> Vec<Script> {
        if self.reaction.is_some() {
            return Vec::new();
        }
        let mut variants = Vec::new();
        if outcome.judged && self == Script::default() {
            variants.push(Script { judgement: true, ..self });
            variants.push(Script { is_slow_to_judge: true, ..self });
        }
        if outcome.rolled && self.random == 0.0 {
            variants.push(Script { random: 0.999, ..self });
        }
        if self.random == 0.0 {
            let reactions =
                (0..outcome.calls).flat_map(|at| setup.reactions.iter().map(move |act| (at, *act)));
            variants.extend(reactions.map(|reaction| Script { reaction: Some(reaction), ..self }));
        }
        variants
    }
}

/// What of the script mattered.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How often functions of the user's were called.
    pub(crate) calls: u8,
    /// Whether one was asked to judge.
    pub(crate) judged: bool,
    /// Whether a delay was rolled.
    pub(crate) rolled: bool,
}

/// Everything that there is.
#[derive(Clone)]
pub(crate) struct World<'a> {
    setup: &'a Setup,
    session: Session,
    /// What the clock on the wall says, which may be set.
    now: u64,
    /// What timers go by.
    uptime: u64,
    /// What has gone by, for all that one can know: a clock that is set forward looks like sleep.
    elapsed: u64,
    /// When the server was seen last.
    seen_at: Option<u64>,
    actions: VecDeque<Action>,
    draining: bool,
    prepared: bool,
    live: Option<Live>,
    judging: Option<Generation>,
    /// Consumers are behind.
    full: bool,
    timer: Option<Alarm>,
    hidden_timer: Option<Alarm>,
    hidden: bool,
    /// A generation that is over: of a connection, or of a wait for one.
    gone: Option<Generation>,
    witness: Witness,
    elapses_left: u8,
    clock_settings_left: u8,
    /// The first invariant that did not hold, and how.
    pub(crate) violation: Option<String>,
}

#[derive(Debug, Clone)]
enum Live {
    Providers(Generation),
    Connection(Connection),
}

#[derive(Debug, Clone)]
struct Alarm {
    generation: Generation,
    timer: Timer,
    due: u64,
}

/// One step under way.
struct Run<'r> {
    script: Script,
    outcome: Outcome,
    seen: &'r mut Seen,
}

impl<'a> World<'a> {
    pub(crate) fn new(setup: &'a Setup) -> World<'a> {
        World {
            setup,
            session: Session::new(setup.config.clone()),
            now: START,
            uptime: 0,
            elapsed: 0,
            seen_at: None,
            actions: VecDeque::new(),
            draining: false,
            prepared: false,
            live: None,
            judging: None,
            full: false,
            timer: None,
            hidden_timer: None,
            hidden: false,
            gone: None,
            witness: Witness::new(setup),
            elapses_left: setup.elapses,
            clock_settings_left: setup.clock_settings,
            violation: None,
        }
    }

    /// What can happen next.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.is_closed() {
            return steps;
        }
        steps.extend(self.acts().map(Step::Do));
        match &self.live {
            Some(Live::Providers(_)) => steps.extend([Step::Prepared, Step::ProvidersFail]),
            Some(Live::Connection(connection)) => connection.steps(self.setup, &mut steps),
            None => {}
        }
        if self.full {
            steps.push(Step::Room);
        }
        if self.judging.is_some() {
            steps.extend([false, true].map(Step::Judge));
        }
        if self.timer.is_some() {
            steps.push(Step::Fire);
        }
        if self.hidden_timer.is_some() {
            steps.push(Step::FireHidden);
        }
        if self.elapses_left > 0 {
            steps.extend(self.next_alarm().filter(|ms| *ms > 1).map(|_| Step::AlmostDue));
            steps.extend(self.setup.spans.iter().copied().map(Step::Elapse));
        }
        if self.clock_settings_left > 0 {
            steps.extend([-3_600_000, 3_600_000].map(Step::SetClock));
        }
        steps
    }

    /// Lets it happen. What cannot happen now, does not.
    pub(crate) fn step(&mut self, step: Step, script: Script, seen: &mut Seen) -> Outcome {
        let mut run = Run { script, outcome: Outcome::default(), seen };
        match step {
            Step::Do(act) => self.act(act, &mut run),
            Step::Fire => {
                if let Some(alarm) = self.timer.take() {
                    self.fire(alarm, &mut run);
                }
            }
            Step::FireHidden => {
                if let Some(alarm) = self.hidden_timer.take() {
                    self.fire(alarm, &mut run);
                }
            }
            Step::AlmostDue => self.elapse(self.next_alarm().unwrap_or(0).saturating_sub(1)),
            Step::Elapse(ms) => self.elapse(ms),
            Step::SetClock(ms) => {
                self.clock_settings_left = self.clock_settings_left.saturating_sub(1);
                self.now = self.now.saturating_add_signed(ms);
                self.elapsed = self.elapsed.saturating_add_signed(ms.max(0));
            }
            Step::Prepared | Step::ProvidersFail => self.providers_answer(step == Step::Prepared, &mut run),
            Step::Room => {
                self.full = false;
                self.handle(Input::Room, &mut run);
            }
            Step::Judge(verdict) => {
                if let Some(generation) = self.judging.take() {
                    self.handle(Input::Judged(generation, verdict.into()), &mut run);
                }
            }
            _ => self.network(step, &mut run),
        }
        self.check_at_rest();
        run.outcome
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.session.state(), State::Closed { .. })
    }

    /// What makes this world different from others: nothing of the past that has no consequences.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.session.fingerprint(self.clock(), &mut hasher);
        match &self.live {
            None => 0.hash(&mut hasher),
            Some(Live::Providers(_)) => 1.hash(&mut hasher),
            Some(Live::Connection(connection)) => connection.hash(&mut hasher),
        }
        for alarm in [&self.timer, &self.hidden_timer] {
            let rest = alarm.as_ref().map(|alarm| {
                let current = self.session.is_current(alarm.generation);
                (alarm.due.saturating_sub(self.uptime), alarm.timer as u8, current)
            });
            rest.hash(&mut hasher);
        }
        self.judging.map(|generation| self.session.is_current(generation)).hash(&mut hasher);
        self.full.hash(&mut hasher);
        (self.prepared, self.hidden, self.elapses_left, self.clock_settings_left).hash(&mut hasher);
        (self.seen_at == Some(self.elapsed)).hash(&mut hasher);
        self.witness.fingerprint(self.elapsed, &mut hasher);
        hasher.finish()
    }

    fn acts(&self) -> impl Iterator<Item = Act> {
        let possible = |act: &Act| match act {
            Act::Open => *self.session.state() == State::Idle,
            Act::Pause(reason) => !self.session.paused().contains(*reason),
            Act::Resume(reason) => self.session.paused().contains(*reason),
            Act::Hide => !self.hidden,
            Act::Show => self.hidden,
            Act::Reconnect
            | Act::HearAll
            | Act::Complete
            | Act::GoOnline
            | Act::GoOffline
            | Act::Close
            | Act::Drop => true,
        };
        [Act::Open].into_iter().chain(self.setup.acts.iter().copied()).filter(possible)
    }

    fn act(&mut self, act: Act, run: &mut Run) {
        match act {
            Act::Hide => self.hidden = true,
            Act::Show => self.hidden = false,
            _ => {}
        }
        self.handle(act.input(), run);
    }

    /// How long until the next timer.
    fn next_alarm(&self) -> Option<u64> {
        let alarms = [&self.timer, &self.hidden_timer].into_iter().flatten();
        alarms.map(|alarm| alarm.due.saturating_sub(self.uptime)).min()
    }

    fn elapse(&mut self, ms: u64) {
        self.elapses_left = self.elapses_left.saturating_sub(1);
        self.now += ms;
        self.uptime += ms;
        self.elapsed += ms;
    }

    fn fire(&mut self, alarm: Alarm, run: &mut Run) {
        let wait = alarm.due.saturating_sub(self.uptime);
        self.now += wait;
        self.uptime += wait;
        self.elapsed += wait;
        self.handle(Input::Fired(alarm.generation, alarm.timer), run);
    }

    fn clock(&self) -> Now {
        Now { wall: self.now, monotonic: self.uptime }
    }

    fn providers_answer(&mut self, well: bool, run: &mut Run) {
        let Some(Live::Providers(generation)) = self.live else { return };
        if well {
            self.prepared = true;
            self.handle(Input::Prepared(generation), run);
        } else {
            let kind = ErrorKind::Provider { option: "url", message: String::new() };
            self.handle(Input::Failed(generation, kind), run);
        }
    }

    /// The live connection says something.
    fn network(&mut self, step: Step, run: &mut Run) {
        let clock = self.clock();
        let Some(Live::Connection(connection)) = &mut self.live else { return };
        let generation = connection.generation;
        let by_fetch = connection.transport == Transport::Fetch;
        let input = match step {
            Step::Answer(reply) if by_fetch && connection.phase == Phase::Asked => {
                connection.phase = Phase::Answered;
                self.seen_at = Some(self.elapsed);
                Input::Answered(generation, reply.answer())
            }
            Step::End if connection.phase == Phase::Peeking => {
                connection.phase = Phase::Over;
                Input::Peeked(generation, String::new())
            }
            Step::End if connection.phase == Phase::Reading => {
                connection.phase = Phase::Over;
                Input::Ended(generation)
            }
            Step::Cut if by_fetch => {
                connection.phase = Phase::Over;
                Input::Failed(generation, ErrorKind::Network { message: String::new() })
            }
            Step::NativeOpens if connection.phase == Phase::Asked => {
                connection.phase = Phase::Reading;
                Input::NativeOpened(generation)
            }
            Step::NativeRetries => {
                connection.ask_again();
                Input::NativeRetries(generation)
            }
            Step::NativeCloses => {
                connection.phase = Phase::Over;
                Input::NativeClosed(generation)
            }
            Step::Retry(ms) if by_fetch && connection.phase == Phase::Reading => {
                self.session.alive(generation, clock);
                Input::Retry(generation, ms)
            }
            Step::Full if connection.phase == Phase::Reading && !self.full => {
                self.full = true;
                Input::Full(generation)
            }
            Step::Comment => return self.session.alive(generation, clock),
            Step::Blocks(count) if by_fetch => return self.chunk(generation, count, run),
            Step::Blocks(_) => return self.native_block(generation, run),
            _ => return,
        };
        self.handle(input, run);
    }

    /// A chunk with so many blocks of the log.
    fn chunk(&mut self, generation: Generation, count: u8, run: &mut Run) {
        self.session.alive(generation, self.clock());
        for _ in 0..count {
            let Some((at, block)) = self.next_block(generation) else { return };
            let id = self.setup.id(at);
            if !self.session.hand_over(generation, id, block.heard(), self.clock()) {
                return;
            }
            self.handed_over(at, block, id.is_some().then_some(at), run);
        }
    }

    /// The browser keeps to itself what nobody listens to, and remembers its id all the same.
    fn native_block(&mut self, generation: Generation, run: &mut Run) {
        let Some((at, block)) = self.next_block(generation) else { return };
        let Some(Live::Connection(connection)) = &self.live else { return };
        let own = connection.own_id;
        if block.heard() {
            let id = own.and_then(|own| self.setup.id(own)).unwrap_or_default();
            if self.session.hand_over(generation, Some(id), true, self.clock()) {
                self.handed_over(at, block, own, run);
            }
        }
    }

    /// The next block of a connection that is still the live one; it is taken.
    fn next_block(&mut self, generation: Generation) -> Option<(u8, Block)> {
        let Some(Live::Connection(connection)) = &mut self.live else { return None };
        let same = connection.generation == generation && connection.phase == Phase::Reading;
        let at = connection.next;
        let block = *self.setup.log.get(usize::from(at)).filter(|_| same)?;
        connection.next += 1;
        if block.has_id() {
            connection.own_id = Some(at);
        }
        Some((at, block))
    }

    /// The session let a block pass; `place` is the block whose id counts now, if one is known.
    fn handed_over(&mut self, at: u8, block: Block, place: Option<u8>, run: &mut Run) {
        let result = self.witness.hand_over(self.setup, &self.session, at, block, place, self.elapsed);
        self.note(result);
        if block.heard() {
            let state = self.session.state().clone();
            self.foreign_call(run);
            if run.script.reaction.is_none() {
                let result = invariants::a_fault_in_a_callback_is_no_network_fault(&state, &self.session);
                self.note(result);
            }
        }
    }

    /// A function of the user's runs, and may do something.
    fn foreign_call(&mut self, run: &mut Run) {
        let this = run.outcome.calls;
        run.outcome.calls = run.outcome.calls.saturating_add(1);
        if let Some((at, act)) = run.script.reaction
            && at == this
        {
            self.act(act, run);
        }
    }

    /// As `Client::handle`.
    fn handle(&mut self, input: Input, run: &mut Run) {
        let before = self.session.state().clone();
        let paused_before = self.session.paused();
        let actions = self.session.handle(input.clone(), self.clock(), run.script.random);
        run.seen.handled(&before, &input, &actions, &self.session);
        let moment = Moment {
            setup: self.setup,
            before: &before,
            paused_before,
            input: &input,
            actions: &actions,
            session: &self.session,
            now: self.now,
            elapsed: self.elapsed,
        };
        let result = self.witness.see(&moment);
        run.outcome.rolled |= self.witness.rolled();
        self.note(result);
        self.actions.extend(actions);
        if mem::replace(&mut self.draining, true) {
            return;
        }
        while let Some(action) = self.actions.pop_front() {
            self.perform(action, run);
        }
        self.draining = false;
    }

    /// As `Client::perform`.
    fn perform(&mut self, action: Action, run: &mut Run) {
        match action {
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
            ) if !self.session.is_current(generation) => {}
            Action::Prepare(generation, _) => {
                self.check_alone(None);
                self.live = Some(Live::Providers(generation));
            }
            Action::Connect(generation, transport, resume) => self.connect(generation, transport, &resume),
            Action::Read(_) => {
                self.reach(Phase::Reading);
                if let Some(Live::Connection(Connection { next, .. })) = self.live {
                    let result = self.witness.nothing_is_lost_or_doubled(self.setup, next);
                    self.note(result);
                }
            }
            Action::Hold(_) => {
                self.reach(Phase::Held);
                let result =
                    invariants::what_is_not_read_can_be_asked_for_again(&self.session, &self.setup.config);
                self.note(result);
            }
            Action::Peek(..) => self.reach(Phase::Peeking),
            Action::Abort(generation) => {
                self.live = None;
                self.gone = Some(generation);
            }
            Action::Judge(generation, _) => {
                run.outcome.judged = true;
                self.foreign_call(run);
                if run.script.is_slow_to_judge {
                    self.judging = Some(generation);
                    return self.handle(Input::Judging(generation), run);
                }
                self.handle(Input::Judged(generation, run.script.judgement.into()), run);
            }
            Action::Arm(generation, timer, after) => {
                let alarm = Some(Alarm { generation, timer, due: self.uptime.saturating_add(after) });
                match timer {
                    Timer::Hidden => self.hidden_timer = alarm,
                    _ => self.timer = alarm,
                }
            }
            Action::Disarm(Timer::Hidden) => self.hidden_timer = None,
            Action::Disarm(_) => {
                let alarm = self.timer.take().filter(|alarm| !self.session.is_current(alarm.generation));
                self.gone = alarm.map(|alarm| alarm.generation).or(self.gone);
            }
            Action::Diagnose(..) | Action::Announce(_) => self.foreign_call(run),
        }
    }

    fn connect(&mut self, generation: Generation, transport: Transport, resume: &Resume) {
        self.check_alone(Some(generation));
        let prepared = mem::take(&mut self.prepared);
        if self.setup.config.has_providers && !prepared {
            self.note(Err("the functions were not asked before a request".into()));
        }
        let result = self.witness.connect(self.setup, &self.session, transport, resume);
        let next = match result {
            Ok(next) => next,
            Err(why) => {
                self.note(Err(why));
                0
            }
        };
        let forgets = self.setup.server == Server::KnowsTheHeader && matches!(resume, Resume::Query(_));
        let next = if forgets { self.setup.log.len() as u8 } else { next };
        let certain = self.seen_at == Some(self.elapsed);
        let mut connection = Connection::new(generation, transport, next, resume);
        connection.certain = certain;
        self.live = Some(Live::Connection(connection));
    }

    fn reach(&mut self, phase: Phase) {
        if let Some(Live::Connection(connection)) = &mut self.live
            && matches!(connection.phase, Phase::Answered | Phase::Reading | Phase::Held)
        {
            connection.phase = phase;
        }
    }

    /// Nothing is alive but, before a request, the functions that were asked for it.
    fn check_alone(&mut self, generation: Option<Generation>) {
        let alone = match (&self.live, generation) {
            (Some(Live::Providers(live)), Some(generation)) => *live == generation,
            (live, _) => live.is_none(),
        };
        let result = invariants::a_connection_starts_only_after_its_predecessor_was_aborted(alone);
        self.note(result);
    }

    /// What must hold whenever everything that was to be done is done.
    fn check_at_rest(&mut self) {
        let (speaks, peeks) = match &self.live {
            Some(Live::Connection(Connection { phase, .. })) => (phase.may_speak(), *phase == Phase::Peeking),
            Some(Live::Providers(_)) => (true, false),
            None => (self.judging.is_some_and(|from| self.session.is_current(from)), false),
        };
        let timer = self.timer.as_ref().filter(|alarm| self.session.is_current(alarm.generation));
        let timer = timer.map(|alarm| alarm.timer);
        let is_open = matches!(self.session.state(), State::Open { .. });
        let is_held = matches!(&self.live, Some(Live::Connection(Connection { phase, .. }))
            if *phase == Phase::Held || self.full && is_open && *phase == Phase::Answered);
        let result = if is_held {
            invariants::what_is_not_read_is_not_silent(&self.session, timer)
        } else {
            invariants::something_is_pending(&self.session, &self.setup.config, speaks, peeks, timer)
        };
        let result = result
            .and_then(|()| invariants::after_close_nothing_is_left(&self.session, self.live.is_some(), timer))
            .and_then(|()| {
                invariants::while_paused_nothing_is_left(&self.session, self.live.is_some(), timer)
            });
        self.note(result);
        let watched = self.hidden_timer.is_some();
        let result = invariants::a_pause_is_asked_for_by_the_page(
            &self.session,
            &self.setup.config,
            self.hidden,
            watched,
        );
        self.note(result);
        if let Some(gone) = self.gone {
            let result = invariants::an_older_generation_changes_nothing(&self.session, gone, self.clock());
            self.note(result);
        }
        if self.is_closed() {
            let result = invariants::closed_is_final(&self.session, self.clock());
            self.note(result);
        }
    }

    fn note(&mut self, result: Result<(), String>) {
        if let Err(why) = result {
            self.violation.get_or_insert(why);
        }
    }
}
