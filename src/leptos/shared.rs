//! One connection for all components that ask for the same, if they are to share it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::connection::Member;
use crate::builder::Builder;
use crate::core::parser::EventRef;
use crate::core::state::State;
use crate::error::Error;
use crate::event::Event;
use crate::event_source::EventSource;
use crate::handle::Handle;
use crate::options::{Options, Provided};
use crate::platform::{Guard, Platform};

/// How a hook shares. What does it is behind a function, so that apps that do not share do not download it.
#[derive(Clone)]
pub(super) struct Share {
    /// Functions among the options of those who have the same are taken for equal.
    pub(super) key: Option<String>,
    pub(super) join: Join,
}

type Join = fn(&Rc<dyn Platform>, Builder, &Option<String>, &Rc<Member>) -> Result<Guard, Error>;

/// A source, with those who hold it.
struct Shared {
    me: Weak<Shared>,
    platform: Rc<dyn Platform>,
    key: Option<String>,
    /// What it was opened with, for others to compare with.
    options: Options,
    has_listeners: bool,
    members: RefCell<Vec<Rc<Member>>>,
    handle: RefCell<Option<Handle>>,
    source: RefCell<Option<EventSource>>,
    log: RefCell<Log>,
    /// Ends it when nobody has come for a while.
    linger: RefCell<Option<Guard>>,
}

/// What came, as far as it is kept, for the folds of those who join later.
#[derive(Default)]
struct Log {
    events: VecDeque<Rc<Event>>,
    /// The number of the first event that is kept.
    first: usize,
    bytes: usize,
}

/// The hold of one member: dropping it lets go.
struct Hold {
    shared: Rc<Shared>,
    member: Rc<Member>,
}

thread_local! {
    /// Those that can be joined.
    static ALL: RefCell<Vec<Rc<Shared>>> = const { RefCell::new(Vec::new()) };
}

/// Makes a member of the source that is asked for, which is opened if there is none.
pub(super) fn join(
    platform: &Rc<dyn Platform>,
    builder: Builder,
    key: &Option<String>,
    member: &Rc<Member>,
) -> Result<Guard, Error> {
    let has_listeners = builder.has_listeners();
    let suits = |shared: &&Rc<Shared>| {
        let Shared { platform: here, key: other, options, .. } = &***shared;
        let has_functions = has_listeners || shared.has_listeners;
        let are_known = key.is_some();
        here.id() == platform.id()
            && other == key
            && (are_known || !has_functions)
            && are_equal(options, &builder.options, are_known)
            // One whose end has not been told yet is of no use.
            && !shared.handle.borrow().as_ref().is_some_and(Handle::is_over)
    };
    let found = ALL.with_borrow(|all| all.iter().find(suits).cloned());
    let shared = match found {
        Some(shared) => shared,
        None => Shared::open(platform.clone(), builder, key.clone(), has_listeners)?,
    };
    shared.add(member);
    Ok(Box::new(Hold { shared, member: member.clone() }))
}

/// Ends what nobody holds any more, without waiting, and lets nobody join the rest: a test is over.
#[cfg(feature = "testing")]
pub(super) fn forget(platform: &dyn Platform) {
    let gone: Vec<_> = ALL
        .with_borrow_mut(|all| all.extract_if(.., |shared| shared.platform.id() == platform.id()).collect());
    drop(gone);
}

impl Shared {
    fn open(
        platform: Rc<dyn Platform>,
        builder: Builder,
        key: Option<String>,
        has_listeners: bool,
    ) -> Result<Rc<Shared>, Error> {
        let shared = Rc::new_cyclic(|me| Shared {
            me: me.clone(),
            platform: platform.clone(),
            key,
            options: builder.options.clone(),
            has_listeners,
            members: RefCell::default(),
            handle: RefCell::default(),
            source: RefCell::default(),
            log: RefCell::default(),
            linger: RefCell::default(),
        });
        let (for_events, for_states) = (shared.me.clone(), shared.me.clone());
        let source = builder
            .listened_by(
                move |event| {
                    if let Some(shared) = for_events.upgrade() {
                        shared.hear(event);
                    }
                },
                move |state, handle| {
                    if let Some(shared) = for_states.upgrade() {
                        shared.see(state, handle);
                    }
                },
            )
            .open_on(|| Ok(platform))?;
        drop(shared.handle.replace(Some(source.handle().clone())));
        let is_over = matches!(source.state(), State::Closed { .. });
        drop(shared.source.replace(Some(source)));
        if !is_over {
            ALL.with_borrow_mut(|all| all.push(shared.clone()));
        }
        Ok(shared)
    }

    /// Tells a new member what it has missed.
    fn add(&self, member: &Rc<Member>) {
        let linger = self.linger.take();
        drop(linger);
        let Some(handle) = self.handle.borrow().clone() else { return };
        if self.members.borrow().is_empty() {
            // Nobody needed it, or whoever has paused it is gone.
            handle.resume();
        }
        member.see(&handle.state(), &handle);
        let mut next = self.log.borrow().first;
        member.set_late(next > 0);
        while let Some(event) = self.kept(next) {
            let Event { event_type, data, last_event_id } = &*event;
            member.hear(EventRef { event_type, data, last_event_id }, true);
            next += 1;
        }
        self.members.borrow_mut().push(member.clone());
        // A function of it may have changed the state before it was told with the others.
        member.see(&handle.state(), &handle);
    }

    fn kept(&self, number: usize) -> Option<Rc<Event>> {
        let log = self.log.borrow();
        log.events.get(number.checked_sub(log.first)?).cloned()
    }

    fn hear(&self, event: EventRef<'_>) {
        self.log.borrow_mut().keep(event);
        let members = self.members.borrow().clone();
        for member in members {
            member.hear(event, false);
        }
    }

    fn see(&self, state: &State, handle: &Handle) {
        if let State::Closed { .. } = state {
            self.leave();
        }
        let members = self.members.borrow().clone();
        for member in members {
            member.see(state, handle);
        }
    }

    /// Nobody can join it any more.
    fn leave(&self) {
        let gone: Vec<_> =
            ALL.with_borrow_mut(|all| all.extract_if(.., |shared| std::ptr::eq(&**shared, self)).collect());
        drop(gone);
    }

    /// Who is shown again at once finds the connection open, and whoever comes within a second its place.
    fn rest(&self) {
        let me = self.me.clone();
        let pause = Box::new(move || {
            let Some(shared) = me.upgrade() else { return };
            if let Some(handle) = shared.handle.borrow().clone() {
                handle.pause();
            }
            let me = me.clone();
            let end = Box::new(move || {
                if let Some(shared) = me.upgrade() {
                    shared.leave();
                }
            });
            let timer = shared.platform.timer(LINGER, end);
            drop(shared.linger.replace(Some(timer)));
        });
        let timer = self.platform.timer(0, pause);
        drop(self.linger.replace(Some(timer)));
    }
}

impl Log {
    fn keep(&mut self, event: EventRef<'_>) {
        let event = Rc::new(Event::from(event));
        self.bytes += event.size();
        self.events.push_back(event);
        while self.bytes > REPLAY
            && let Some(event) = self.events.pop_front()
        {
            self.bytes -= event.size();
            self.first += 1;
        }
    }
}

impl Event {
    fn size(&self) -> usize {
        self.event_type.len() + self.data.len() + self.last_event_id.len() + OVERHEAD
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Hold { shared, member } = self;
        let is_last = {
            let mut members = shared.members.borrow_mut();
            members.retain(|other| !Rc::ptr_eq(other, member));
            members.is_empty()
        };
        if is_last {
            shared.rest();
        }
    }
}

/// Whether who asks for the one gets the same by the other. Functions cannot be compared: they are `known` to be equal, or not.
fn are_equal(one: &Options, other: &Options, known: bool) -> bool {
    fn provided<T: PartialEq>(pair: (&Provided<T>, &Provided<T>), known: bool) -> bool {
        match pair {
            (Provided::Value(one), Provided::Value(other)) => one == other,
            (Provided::Function(_), Provided::Function(_)) => known,
            _ => false,
        }
    }
    fn functions<F>(one: &Option<F>, other: &Option<F>, known: bool) -> bool {
        one.is_some() == other.is_some() && (known || one.is_none())
    }
    fn sorted(types: &Option<Vec<String>>) -> Option<Vec<&String>> {
        let mut types: Vec<_> = types.as_ref()?.iter().collect();
        types.sort_unstable();
        Some(types)
    }
    // All of them, so that none is forgotten.
    let Options {
        url,
        method,
        headers,
        more_headers,
        body,
        with_credentials,
        retry,
        retry_on,
        judge,
        accept,
        resend,
        close_on_end,
        unfinished,
        until,
        last_event_id,
        resume,
        resume_query,
        limits,
        error_body_bytes,
        queue: _,
        queued_bytes: _,
        overflow: _,
        transport,
        event_types,
        prepare_timeout,
        connect_timeout,
        stall_timeout,
        when_hidden,
        hidden_grace,
        paused: _,
        abort,
    } = one;
    let body_is_equal = match (body, &other.body) {
        (Some(one), Some(other)) => provided((one, other), known),
        (one, other) => one.is_none() && other.is_none(),
    };
    provided((url, &other.url), known)
        && *method == other.method
        && *headers == other.headers
        && functions(more_headers, &other.more_headers, known)
        && body_is_equal
        && *with_credentials == other.with_credentials
        && *retry == other.retry
        && *retry_on == other.retry_on
        && functions(judge, &other.judge, known)
        && functions(accept, &other.accept, known)
        && *resend == other.resend
        && *close_on_end == other.close_on_end
        && *unfinished == other.unfinished
        && functions(until, &other.until, known)
        && *last_event_id == other.last_event_id
        && *resume == other.resume
        && *resume_query == other.resume_query
        && *limits == other.limits
        && *error_body_bytes == other.error_body_bytes
        && *transport == other.transport
        && sorted(event_types) == sorted(&other.event_types)
        && *prepare_timeout == other.prepare_timeout
        && *connect_timeout == other.connect_timeout
        && *stall_timeout == other.stall_timeout
        && *when_hidden == other.when_hidden
        && *hidden_grace == other.hidden_grace
        && *abort == other.abort
}

/// How long a connection outlives the last component that holds it, in milliseconds.
const LINGER: u64 = 1_000;

/// How much is kept of what came, in bytes.
const REPLAY: usize = 1 << 18;

/// What an event takes beside its text.
const OVERHEAD: usize = 64;
