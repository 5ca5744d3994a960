//! The ten invariants of the design, each in a function of its name, and what a witness has to remember to judge them.
//!
//! The witness knows the session's inputs, its actions and its public state, and reckons on its own.

use std::hash::{DefaultHasher, Hash, Hasher};

use everstream::internals::clock::Now;
use everstream::internals::retry::{RETRY_AFTER_CEILING, SERVER_RETRY_CEILING, SERVER_RETRY_FLOOR};
use everstream::internals::session::{
    Action, Answer, Config, Generation, Input, Resume, Ruling, Session, Timer,
};
use everstream::{Cause, ClosedBy, ErrorKind, PauseReason, PauseSet, State, Transport, WhenHidden};

pub(crate) use self::reading::{what_is_not_read_can_be_asked_for_again, what_is_not_read_is_not_silent};
use self::spacing::Spacing;
use super::seen::input_name;
use super::{Block, Setup};

mod reading;
mod spacing;

type Check = Result<(), String>;

/// One call of `Session::handle`.
pub(crate) struct Moment<'m> {
    pub(crate) setup: &'m Setup,
    pub(crate) before: &'m State,
    pub(crate) paused_before: PauseSet,
    pub(crate) input: &'m Input,
    pub(crate) actions: &'m [Action],
    /// As it is afterwards.
    pub(crate) session: &'m Session,
    /// By the clock on the wall.
    pub(crate) now: u64,
    pub(crate) elapsed: u64,
}

impl Moment<'_> {
    /// The steps from one state to the next, in order.
    fn changes(&self) -> impl Iterator<Item = (&State, &State)> {
        let mut from = self.before;
        self.actions.iter().filter_map(move |action| match action {
            Action::Announce(to) => Some((std::mem::replace(&mut from, to), to)),
            _ => None,
        })
    }

    /// Whether the session ended up with something that runs.
    fn runs(&self) -> bool {
        !matches!(self.session.state(), State::Idle | State::Paused { .. } | State::Closed { .. })
    }
}

/// What an onlooker remembers.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    /// The user has everything of the log before this block.
    handed: u8,
    /// The block whose id the next request has to carry.
    place: Option<u8>,
    /// Retries in a row, those of them that cost something, and whether they cost nothing now.
    retries: u32,
    spent: u32,
    offline: bool,
    server_retry: Option<u64>,
    /// The `Retry-After` of the last answer, in milliseconds.
    retry_after: Option<u64>,
    /// No attempt before this moment.
    hold: Option<u64>,
    opened_at: u64,
    /// When a connection failed of which it is not known yet whether the page was just being left.
    failed_at: Option<u64>,
    /// The status of the answer to the last request, if it was refused.
    refusal: u16,
    /// The connection brought an event; it did so when it was a second old.
    heard: bool,
    good: bool,
    /// The one 401 that is asked about, until an answer is accepted, was asked about.
    refreshed: bool,
    /// The user's function takes its time to judge.
    judging: bool,
    /// An event has made the answer complete.
    complete: bool,
    /// A request was sent; another one may be.
    sent: bool,
    licence: bool,
    rolled: bool,
    spacing: Spacing,
}

impl Witness {
    pub(crate) fn new(setup: &Setup) -> Witness {
        let place = setup.begins_after();
        Witness {
            handed: place.map_or(0, |at| at + 1),
            place,
            retries: 0,
            spent: 0,
            offline: false,
            server_retry: None,
            retry_after: None,
            hold: None,
            opened_at: 0,
            failed_at: None,
            refusal: 0,
            heard: false,
            good: false,
            refreshed: false,
            judging: false,
            complete: false,
            sent: false,
            licence: true,
            rolled: false,
            spacing: Spacing::default(),
        }
    }

    /// Whether a delay with jitter was rolled since this was asked last.
    pub(crate) fn rolled(&mut self) -> bool {
        std::mem::take(&mut self.rolled)
    }

    pub(crate) fn fingerprint(&self, elapsed: u64, hasher: &mut DefaultHasher) {
        (self.handed, self.place, self.retries, self.spent, self.offline, self.server_retry).hash(hasher);
        (self.retry_after, self.heard, self.good, self.refreshed, self.sent, self.licence, self.judging)
            .hash(hasher);
        self.complete.hash(hasher);
        self.hold.map(|until| until.saturating_sub(elapsed)).hash(hasher);
        self.failed_at.map(|at| (elapsed - at).min(1_000)).hash(hasher);
        self.spacing.fingerprint(elapsed, hasher);
        (elapsed.saturating_sub(self.opened_at).min(5_000), self.refusal == 401).hash(hasher);
    }

    /// A call of `handle`: takes note, and judges.
    pub(crate) fn see(&mut self, moment: &Moment<'_>) -> Check {
        after_close_nothing_connects(moment)?;
        while_paused_nothing_is_asked_for(moment)?;
        offline_neither_closes_nor_forbids(moment)?;
        self.spacing.attempts_are_spaced(moment)?;
        self.take_note(moment);
        for (from, to) in moment.changes() {
            self.what_is_complete_is_not_broken(moment, from, to)?;
            if let State::Open { .. } = from {
                self.settle(self.failed_at.unwrap_or(moment.elapsed) - self.opened_at);
            }
            match to {
                State::Open { .. } => {
                    (self.heard, self.good, self.refreshed) = (false, false, false);
                    self.complete &= moment.setup.config.close_on_end;
                    self.opened_at = moment.elapsed;
                }
                // Nothing is asked for yet: what follows is judged by what the failure was.
                State::Loading { attempt } if matches!(moment.input, Input::Judging(_)) => {
                    self.judging = true;
                    let failed_at = *self.failed_at.get_or_insert(moment.elapsed);
                    self.hold = self.retry_after.map(|ms| failed_at + ms.min(RETRY_AFTER_CEILING));
                    let next = *attempt == self.retries + 2;
                    check(next, || {
                        format!("5: judges for attempt {attempt} after {} retries", self.retries)
                    })?;
                    continue;
                }
                State::Loading { attempt } | State::Connecting { attempt } => {
                    if self.judging || !matches!(from, State::Loading { .. }) {
                        self.retry_after_is_kept(moment, from)?;
                    }
                    self.a_401_is_asked_about_once(moment, from, to)?;
                    self.attempts_are_counted(*attempt)?;
                    self.retry_after = None;
                }
                State::Waiting { attempt, until, cause } => {
                    // Between two waits, and after a pause, nothing new has failed: what is left is waited for.
                    let goes_on =
                        matches!(from, State::Paused { .. } | State::Waiting { until: Some(_), .. })
                            || moment.input == &Input::Reconnect;
                    if !goes_on && *cause != Cause::Unknown {
                        self.the_budget_is_kept(moment.setup, cause)?;
                    }
                    self.delays_are_within_their_bounds(moment, *until, goes_on)?;
                    if !goes_on {
                        self.retries += 1;
                    }
                    self.attempts_are_counted(*attempt)?;
                }
                State::Closed { by: ClosedBy::Exhausted(_) } => {
                    let max = moment.setup.config.retry.max_retries;
                    let over = max.is_some_and(|max| self.spent >= max) && !self.offline;
                    check(over || moment.setup.config.retry.patience.is_some(), || {
                        format!("5: gave up after {} of {max:?} retries", self.spent)
                    })?;
                }
                _ => {}
            }
        }
        let goes_on = matches!(moment.input, Input::Judging(_));
        if !goes_on && (moment.changes().next().is_some() || moment.input == &Input::Reconnect) {
            (self.failed_at, self.judging) = (None, false);
        }
        check(moment.changes().last().is_none_or(|(_, to)| to == moment.session.state()), || {
            "the state is not the one that was announced last".into()
        })
    }

    /// What comes behind the event that makes an answer complete is no failure; an end before it is one.
    fn what_is_complete_is_not_broken(&self, moment: &Moment<'_>, from: &State, to: &State) -> Check {
        if !matches!(from, State::Open { .. }) {
            return Ok(());
        }
        let failed = match to {
            State::Waiting { cause, .. } => matches!(cause, Cause::Failed(_)),
            State::Closed { by } => matches!(by, ClosedBy::Fatal(_)),
            _ => false,
        };
        check(!(self.complete && failed), || format!("whole: {to} behind an answer that was complete"))?;
        let lacks = moment.setup.config.has_until && !self.complete;
        check(failed || !(lacks && matches!(moment.input, Input::Ended(_))), || {
            format!("whole: {to} behind an answer that was not complete")
        })
    }

    /// What follows from the input alone.
    fn take_note(&mut self, moment: &Moment<'_>) {
        let waits = matches!(moment.before, State::Waiting { until: Some(_), .. });
        if moment.actions.iter().any(|action| matches!(action, Action::Arm(_, Timer::Leave, _))) {
            self.failed_at = Some(moment.elapsed);
        }
        let is_current = |generation: &Generation| {
            // What was current when it was said gave up its generation by that.
            moment.session.is_current(*generation) || moment.actions.contains(&Action::Abort(*generation))
        };
        if let Input::Answered(generation, _) | Input::NativeOpened(generation) = moment.input
            && (is_current(generation) && moment.session.paused() == moment.paused_before)
        {
            self.offline = false;
        }
        match moment.input {
            Input::Complete => self.complete |= matches!(moment.before, State::Open { .. }),
            Input::Offline => self.offline = true,
            Input::Online => {
                self.offline = false;
                if waits && moment.runs() {
                    self.retries = 0;
                }
            }
            Input::Reconnect if moment.runs() => {
                (self.retries, self.spent) = (0, 0);
                self.refreshed &= moment.setup.config.unsafe_to_repeat && !moment.setup.config.resend;
                self.licence = true;
            }
            // Nothing is sent twice by it: the native one has no body.
            Input::HearAll if moment.actions.iter().any(|action| matches!(action, Action::Abort(_))) => {
                self.licence = true;
                self.hold = None;
            }
            Input::Resume(PauseReason::User) if moment.paused_before.contains(PauseReason::User) => {
                self.licence = true;
            }
            Input::Judged(_, judgement) if *judgement != Ruling::Final => self.licence = true,
            Input::Ended(_) if !moment.setup.config.close_on_end => self.licence = true,
            // If the clock finds a page hidden for long enough just now, the connection is gone before it is heard.
            Input::Retry(generation, ms) if moment.session.is_current(*generation) => {
                self.server_retry = Some(*ms);
            }
            Input::Answered(generation, Answer { status, retry_after, .. })
                if is_current(generation) && !matches!(moment.session.state(), State::Open { .. }) =>
            {
                self.retry_after = *retry_after;
                self.refusal = *status;
                let refreshes = *status == 401 && !self.refreshed;
                self.licence |= matches!(status, 429 | 503) || refreshes;
            }
            _ => {}
        }
    }

    /// A block is handed over; `place` is the one whose id counts from now on, if it is another one.
    pub(crate) fn hand_over(
        &mut self,
        setup: &Setup,
        session: &Session,
        at: u8,
        block: Block,
        place: Option<u8>,
        elapsed: u64,
    ) -> Check {
        let State::Open { .. } = session.state() else {
            return Err(format!("2: something is handed over while {}", session.state()));
        };
        if block.heard() {
            let age = elapsed - self.opened_at;
            self.heard = true;
            self.good |= age >= 1_000;
            self.nothing_is_lost_or_doubled(setup, at)?;
        }
        self.handed = self.handed.max(at + 1);
        self.place = place.or(self.place);
        let id = self.place.and_then(|at| setup.id(at)).unwrap_or_default();
        check(session.last_event_id() == id, || {
            format!("4: the cursor is {:?} where {id:?} was handed over last", session.last_event_id())
        })
    }

    /// A request is sent. Returns the block that the server begins with.
    pub(crate) fn connect(
        &mut self,
        setup: &Setup,
        session: &Session,
        transport: Transport,
        resume: &Resume,
    ) -> Result<u8, String> {
        a_live_session_asks(session)?;
        self.a_request_with_a_body_is_sent_again_only_where_it_may(&setup.config)?;
        self.retry_after = None;
        self.refusal = 0;
        self.a_reconnect_resumes_from_the_cursor(setup, session, transport, resume)
    }

    /// Invariant 4.
    fn a_reconnect_resumes_from_the_cursor(
        &self,
        setup: &Setup,
        session: &Session,
        transport: Transport,
        resume: &Resume,
    ) -> Result<u8, String> {
        let asked = match resume {
            Resume::Start => "",
            Resume::Header(id) | Resume::Query(id) => id,
        };
        check(asked == session.last_event_id(), || format!("4: asks for what follows {asked:?}"))?;
        let header = matches!(resume, Resume::Header(_));
        check(!header || (transport == Transport::Fetch && asked.is_ascii()), || {
            format!("4: {asked:?} cannot go into a header of {}", transport.name())
        })?;
        let next = setup.position_after(asked).ok_or_else(|| format!("4: asks for an unknown {asked:?}"))?;
        self.nothing_is_lost_or_doubled(setup, next)?;
        Ok(next)
    }

    /// What comes next is the block at `next`: the user has all before it, and nothing behind it that has a place.
    pub(crate) fn nothing_is_lost_or_doubled(&self, setup: &Setup, next: u8) -> Check {
        let blocks = |from: u8, to: u8| setup.log.iter().take(to.into()).skip(from.into());
        let lost = blocks(self.handed, next).any(|block| block.heard());
        check(!lost, || format!("4: goes on at block {next}, but the user has only {}", self.handed))?;
        let doubled = blocks(next, self.handed).any(|block| *block == Block::Event);
        check(!doubled, || format!("4: goes on at block {next}, but the user has {}", self.handed))
    }

    /// Invariant 5: by what a connection was, never by its opening.
    fn settle(&mut self, age: u64) {
        if self.good || age >= 5_000 || (self.heard && age >= 1_000) {
            (self.retries, self.spent) = (0, 0);
        }
    }

    /// Invariant 5.
    fn attempts_are_counted(&self, attempt: u32) -> Check {
        check(attempt == self.retries + 1, || format!("5: attempt {attempt} after {} retries", self.retries))
    }

    /// Invariant 5, and 10: attempts made offline are free.
    fn the_budget_is_kept(&mut self, setup: &Setup, cause: &Cause) -> Check {
        if let Cause::Failed(error) = cause {
            check(error.will_retry, || format!("waits after {error}, which says that it does not"))?;
        }
        if self.offline {
            return Ok(());
        }
        self.spent += 1;
        let max = setup.config.retry.max_retries;
        check(max.is_none_or(|max| self.spent <= max), || format!("5: retry {} of {max:?}", self.spent))
    }

    /// Invariant 7.
    fn delays_are_within_their_bounds(
        &mut self,
        moment: &Moment<'_>,
        until: Option<u64>,
        goes_on: bool,
    ) -> Check {
        // The native one does not say how long it waits.
        let Some(until) = until else { return Ok(()) };
        let delay = until.saturating_sub(moment.now);
        let armed = moment
            .actions
            .iter()
            .any(|action| matches!(action, Action::Arm(_, Timer::Retry, after) if *after == delay));
        check(armed, || format!("7: waits for {delay} ms without a timer for that"))?;
        let at_least = self.retry_after.unwrap_or(0).min(RETRY_AFTER_CEILING);
        if goes_on {
            return check(delay <= at_least.max(1_000), || format!("7: goes on to wait for {delay} ms"));
        }
        let policy = &moment.setup.config.retry;
        let server_retry = self.server_retry.map(|ms| ms.clamp(SERVER_RETRY_FLOOR, SERVER_RETRY_CEILING));
        let base = server_retry.unwrap_or(policy.base);
        let grown = (0..self.retries).fold(base as f64, |ms, _| ms * policy.factor) as u64;
        let spread = if self.retries == 0 { grown + grown / 5 } else { grown + grown / 2 };
        let at_cap = grown >= policy.cap;
        let (least, most) =
            if at_cap { (policy.cap * 4 / 5, policy.cap) } else { (grown, spread.min(policy.cap)) };
        let floor = at_least.max(server_retry.unwrap_or(0));
        let (least, most) = (least.max(floor), most.max(floor + floor / 5));
        self.rolled = true;
        // What has gone by since the failure is part of the wait.
        let gone = moment.elapsed - self.failed_at.unwrap_or(moment.elapsed);
        self.hold = self.retry_after.map(|_| moment.elapsed - gone + at_least);
        check(delay + gone >= least && delay <= most, || {
            format!("7: waits for {delay} ms after {gone} instead of {least} to {most}")
        })
    }

    /// Invariant 7: whatever cuts a wait, it is cut down to the `Retry-After` at most.
    fn retry_after_is_kept(&mut self, moment: &Moment<'_>, from: &State) -> Check {
        let Some(until) = self.hold.take() else { return Ok(()) };
        check(moment.elapsed >= until, || {
            format!("7: asks {} ms before `Retry-After` is over, from {from}", until - moment.elapsed)
        })
    }

    /// Invariant 8, for every request: what says 401 again after a refresh is believed.
    fn a_401_is_asked_about_once(&mut self, moment: &Moment<'_>, from: &State, to: &State) -> Check {
        let refused = matches!(
            moment.input,
            Input::Answered(..)
                | Input::Peeked(..)
                | Input::Ended(_)
                | Input::Failed(..)
                | Input::Fired(_, Timer::Peek)
        );
        let loads = matches!((from, to), (State::Connecting { .. }, State::Loading { .. }));
        // Or else the header is tried once more.
        if refused && loads && self.refusal == 401 {
            check(!self.refreshed, || "8: asks the functions a second time after a 401".into())?;
            self.refreshed = true;
        }
        Ok(())
    }

    /// Invariant 8.
    fn a_request_with_a_body_is_sent_again_only_where_it_may(&mut self, config: &Config) -> Check {
        let repeats = self.sent && config.unsafe_to_repeat && !config.resend;
        let licensed = std::mem::take(&mut self.licence);
        self.sent = true;
        check(!repeats || licensed, || "8: sends a request with a body again".into())
    }
}

/// Invariant 1. The driver holds nothing, or the functions that were asked for this very connection.
pub(crate) fn a_connection_starts_only_after_its_predecessor_was_aborted(alone: bool) -> Check {
    check(alone, || "1: starts a connection beside another one".into())
}

/// Invariant 2, for one call.
fn after_close_nothing_connects(moment: &Moment<'_>) -> Check {
    let closed = matches!(moment.before, State::Closed { .. });
    check(!closed || moment.actions.is_empty(), || format!("2: {:?} after the end", moment.actions))?;
    let closed = matches!(moment.session.state(), State::Closed { .. });
    check(!closed || moment.actions.iter().all(undoes), || format!("2: {:?} at the end", moment.actions))
}

/// Invariant 2, when all is done.
pub(crate) fn after_close_nothing_is_left(session: &Session, live: bool, timer: Option<Timer>) -> Check {
    let closed = matches!(session.state(), State::Closed { .. });
    check(!closed || (!live && timer.is_none()), || "2: something is left after the end".into())
}

/// Invariant 2, for whatever may still come.
pub(crate) fn closed_is_final(session: &Session, now: Now) -> Check {
    let mut session = session.clone();
    let state = session.state().clone();
    let later = [
        Input::Open,
        Input::Reconnect,
        Input::HearAll,
        Input::Pause(PauseReason::User),
        Input::Resume(PauseReason::User),
        Input::Pause(PauseReason::Cached),
        Input::Resume(PauseReason::Cached),
        Input::Hidden,
        Input::Visible,
        Input::Offline,
        Input::Online,
        Input::Close(ClosedBy::Dropped),
    ];
    for input in later {
        let actions = session.handle(input.clone(), Now { wall: now.wall + 100_000, ..now }, 0.5);
        check(actions.is_empty() && *session.state() == state, || format!("2: {input:?} after the end"))?;
    }
    Ok(())
}

/// Invariant 3, for one call.
fn while_paused_nothing_is_asked_for(moment: &Moment<'_>) -> Check {
    let (session, paused) = (moment.session, moment.session.paused());
    let closed = matches!(session.state(), State::Closed { .. });
    let heeded = match moment.input {
        Input::Pause(reason) => paused.contains(*reason),
        Input::Resume(reason) => !paused.contains(*reason),
        _ => true,
    };
    check(closed || heeded, || format!("3: {:?} leaves {paused}", moment.input))?;
    match session.state() {
        State::Idle | State::Closed { .. } => Ok(()),
        State::Paused { by } => check(*by == paused && !paused.is_empty(), || {
            format!("3: is paused by {by} where {paused} is asked for")
        }),
        state => check(paused.is_empty(), || format!("3: is {state} while a pause is asked for by {paused}")),
    }?;
    check(paused.is_empty() || moment.actions.iter().all(undoes), || {
        format!("3: {:?} while a pause is asked for", moment.actions)
    })
}

/// Invariant 3, when all is done.
pub(crate) fn while_paused_nothing_is_left(session: &Session, live: bool, timer: Option<Timer>) -> Check {
    check(session.paused().is_empty() || (!live && timer.is_none()), || {
        "3: something is left in a pause".into()
    })
}

/// Invariant 3, for the pause that the session makes itself: it lasts as long as the page is hidden, and it comes.
pub(crate) fn a_pause_is_asked_for_by_the_page(
    session: &Session,
    config: &Config,
    hidden: bool,
    watched: bool,
) -> Check {
    let paused = session.paused().contains(PauseReason::Hidden);
    let closed = matches!(session.state(), State::Closed { .. });
    let pauses =
        config.when_hidden != WhenHidden::GoOn && (!config.unsafe_to_repeat || config.resend) && !closed;
    check(closed || !paused || hidden, || "3: is paused as hidden while the page can be seen".into())?;
    check(!(hidden && pauses) || paused || watched, || "3: forgets that the page is hidden".into())
}

/// Invariant 6: the same session, with or without what a dead connection says.
pub(crate) fn an_older_generation_changes_nothing(session: &Session, gone: Generation, now: Now) -> Check {
    check(!session.is_current(gone), || "6: a generation outlives its connection".into())?;
    let stream = Answer { status: 200, content_type: "text/event-stream".into(), ..Answer::default() };
    let network = ErrorKind::Network { message: String::new() };
    let inputs = [
        Input::Prepared(gone),
        Input::Answered(gone, Answer { has_body: true, ..stream }),
        Input::Answered(gone, Answer { status: 204, ..Answer::default() }),
        Input::NativeOpened(gone),
        Input::NativeRetries(gone),
        Input::NativeClosed(gone),
        Input::Peeked(gone, String::new()),
        Input::Judging(gone),
        Input::Judged(gone, true.into()),
        Input::Judged(gone, false.into()),
        Input::Retry(gone, 1),
        Input::Ended(gone),
        Input::Failed(gone, network),
        Input::Fired(gone, Timer::Retry),
        Input::Fired(gone, Timer::Peek),
        Input::Fired(gone, Timer::Connect),
        Input::Fired(gone, Timer::Stall),
        Input::Fired(gone, Timer::Leave),
    ];
    let print = |session: &Session| {
        let mut hasher = DefaultHasher::new();
        session.fingerprint(now, &mut hasher);
        session.last_event_at().hash(&mut hasher);
        hasher.finish()
    };
    let mut told = session.clone();
    // What the clock says to whatever happens, it may say here, too: that a page was hidden for long enough.
    told.handle(Input::Retry(gone, 0), now, 0.5);
    let (state, before) = (told.state().clone(), print(&told));
    for input in inputs {
        let name = input_name(&input);
        let actions = told.handle(input, now, 0.5);
        check(actions.is_empty(), || format!("6: {name} of an older generation leads to {actions:?}"))?;
    }
    let handed = told.hand_over(gone, Some("of the dead"), true, now);
    told.alive(gone, Now { wall: now.wall + 1, ..now });
    check(!handed && *told.state() == state && print(&told) == before, || {
        "6: an older generation changes something".into()
    })
}

/// Invariant 9: the cursor was moved before the function ran, and whatever becomes of it, nothing follows.
pub(crate) fn a_fault_in_a_callback_is_no_network_fault(before: &State, session: &Session) -> Check {
    check(before == session.state(), || "9: a function that only fails changes the state".into())
}

/// Invariant 10.
fn offline_neither_closes_nor_forbids(moment: &Moment<'_>) -> Check {
    let state = moment.session.state();
    // Whatever happens, the clock may find a page hidden for long enough.
    let by_the_clock = moment.session.paused() != moment.paused_before;
    match (moment.input, moment.before) {
        (Input::Offline, before) => {
            check(by_the_clock || (moment.actions.is_empty() && state == before), || {
                format!("10: offline leads to {:?}", moment.actions)
            })
        }
        (Input::Online, State::Waiting { until: Some(due), .. }) => {
            let cut = match state {
                State::Waiting { until: Some(until), .. } => until <= due || *until <= moment.now + 1_000,
                _ => true,
            };
            check(cut, || "10: online makes a wait longer".into())
        }
        (Input::Online, before) => {
            check(by_the_clock || state == before, || format!("10: online makes {before} {state}"))
        }
        _ => Ok(()),
    }
}

/// No session waits for nothing: there is a connection that may say something, functions that may, or a timer.
pub(crate) fn something_is_pending(
    session: &Session,
    config: &Config,
    speaks: bool,
    peeks: bool,
    timer: Option<Timer>,
) -> Check {
    let native = matches!(session.transport(), Some((Transport::EventSource, _)));
    if timer == Some(Timer::Leave) {
        return Ok(());
    }
    let pending = match session.state() {
        State::Idle | State::Paused { .. } | State::Closed { .. } => true,
        State::Loading { .. } => speaks,
        State::Connecting { .. } if peeks => timer == Some(Timer::Peek),
        State::Connecting { .. } => {
            speaks && (config.connect_timeout.is_none() || timer == Some(Timer::Connect))
        }
        State::Open { .. } => {
            speaks && (config.stall_timeout.is_none() || native || timer == Some(Timer::Stall))
        }
        State::Waiting { until: Some(_), .. } => timer == Some(Timer::Retry),
        State::Waiting { until: None, .. } => speaks,
        _ => false,
    };
    check(pending, || format!("nothing can follow: {}, {timer:?}", session.state()))
}

/// Invariants 2 and 3, at the moment of a request.
fn a_live_session_asks(session: &Session) -> Check {
    check(matches!(session.state(), State::Connecting { .. }), || {
        format!("3: sends a request while {}", session.state())
    })
}

/// Whether an action only ends something, or tells of it. The timer of a hidden page is the page's own.
fn undoes(action: &Action) -> bool {
    match action {
        Action::Abort(_) | Action::Disarm(_) | Action::Announce(_) | Action::Arm(_, Timer::Hidden, _) => true,
        Action::Prepare(..)
        | Action::Connect(..)
        | Action::Read(_)
        | Action::Hold(_)
        | Action::Peek(..)
        | Action::Judge(..)
        | Action::Arm(..)
        | Action::Diagnose(..) => false,
    }
}

fn check(holds: bool, why: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(why()) }
}
