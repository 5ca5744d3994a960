//! The end of several sources at once, known before they are opened.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::handle::Handle;

/// Closes every source that was opened with it, and lets none begin that is opened later: what an `AbortSignal` is to `fetch`. (One
/// source alone is closed by its [`Handle`] just as well.) Clones are one and the same; dropping them closes nothing.
///
/// ```
/// use everstream::{AbortHandle, EventSource};
///
/// # fn example() -> Result<(), everstream::Error> {
/// let signed_in = AbortHandle::new();
/// let inbox = EventSource::builder("/inbox").abort_handle(&signed_in).open()?;
/// let prices = EventSource::builder("/prices").abort_handle(&signed_in).open()?;
/// // At the logout:
/// signed_in.abort();
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct AbortHandle {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_aborted: Cell<bool>,
    sources: RefCell<Vec<Handle>>,
}

impl AbortHandle {
    /// One that no source has yet.
    ///
    /// ```
    /// let abort = everstream::AbortHandle::new();
    /// ```
    #[must_use]
    pub fn new() -> AbortHandle {
        AbortHandle::default()
    }

    /// Closes them, as [`Handle::close`] does.
    ///
    /// ```
    /// let abort = everstream::AbortHandle::new();
    /// abort.abort();
    /// assert!(abort.is_aborted());
    /// ```
    pub fn abort(&self) {
        self.shared.is_aborted.set(true);
        let sources = self.shared.sources.take();
        sources.iter().for_each(Handle::close);
    }

    /// Whether [`abort`](Self::abort) was called.
    ///
    /// ```
    /// assert!(!everstream::AbortHandle::new().is_aborted());
    /// ```
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.shared.is_aborted.get()
    }

    pub(crate) fn add(&self, source: Handle) {
        let mut sources = self.shared.sources.borrow_mut();
        sources.retain(|source| !source.is_over());
        sources.push(source);
    }
}

/// Clones are equal.
impl PartialEq for AbortHandle {
    fn eq(&self, other: &AbortHandle) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for AbortHandle {}
