//! What can happen to a page, as far as it matters to a stream.

use crate::core::session::Input;
use crate::core::state::{ClosedBy, PauseReason};
use crate::error::Error;
use crate::platform;

/// What can happen to a page.
///
/// ```
/// use everstream::PageChange;
///
/// assert_eq!(PageChange::from_name(PageChange::Frozen.name()), Some(PageChange::Frozen));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageChange {
    /// It cannot be seen any more (Page Visibility). See [`Builder::when_hidden`](crate::Builder::when_hidden).
    Hidden,
    /// It can be seen.
    Visible,
    /// It is frozen (Page Lifecycle): its timers stand still, and a fetch stream never delivers again.
    Frozen,
    /// It runs again after that.
    Thawed,
    /// The user left it (`pagehide`). It may come back out of the back/forward cache.
    Left,
    /// The user came back (`pageshow`).
    Returned,
    /// It was in a frame that was taken away: it does not come back, and the source closes.
    Gone,
    /// The browser believes to be offline. A hint, no more.
    Offline,
    /// The browser believes to be online again.
    Online,
}

impl PageChange {
    const ALL: [PageChange; 9] = [
        PageChange::Hidden,
        PageChange::Visible,
        PageChange::Frozen,
        PageChange::Thawed,
        PageChange::Left,
        PageChange::Returned,
        PageChange::Gone,
        PageChange::Offline,
        PageChange::Online,
    ];

    /// One word for it, in lower case, to be sent to a worker.
    ///
    /// ```
    /// assert_eq!(everstream::PageChange::Hidden.name(), "hidden");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PageChange::Hidden => "hidden",
            PageChange::Visible => "visible",
            PageChange::Frozen => "frozen",
            PageChange::Thawed => "thawed",
            PageChange::Left => "left",
            PageChange::Returned => "returned",
            PageChange::Gone => "gone",
            PageChange::Offline => "offline",
            PageChange::Online => "online",
        }
    }

    /// The change of this [`name`](Self::name).
    ///
    /// ```
    /// # use everstream::PageChange;
    /// assert_eq!(PageChange::from_name("online"), Some(PageChange::Online));
    /// assert_eq!(PageChange::from_name("something else"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<PageChange> {
        PageChange::ALL.into_iter().find(|change| change.name() == name)
    }

    pub(crate) fn input(self) -> Input {
        match self {
            PageChange::Hidden => Input::Hidden,
            PageChange::Visible => Input::Visible,
            PageChange::Frozen => Input::Pause(PauseReason::Frozen),
            PageChange::Thawed => Input::Resume(PauseReason::Frozen),
            PageChange::Left => Input::Pause(PauseReason::Cached),
            PageChange::Returned => Input::Resume(PauseReason::Cached),
            PageChange::Gone => Input::Close(ClosedBy::Dropped),
            PageChange::Offline => Input::Offline,
            PageChange::Online => Input::Online,
        }
    }
}

/// Listens to what happens to the page, for those who cannot: a worker, for instance.
///
/// It begins with what is so already: a hidden page, a browser that is offline. Dropping it ends the listening.
///
/// ```
/// # fn post_to_worker(_: &str) {}
/// # fn example() -> Result<(), everstream::Error> {
/// let watch = everstream::PageWatch::start(|change| post_to_worker(change.name()))?;
/// # Ok(()) }
/// ```
#[must_use = "dropping a PageWatch ends it"]
pub struct PageWatch {
    _guard: platform::Guard,
}

impl PageWatch {
    /// Calls a function for each change.
    ///
    /// ```
    /// # fn example() -> Result<(), everstream::Error> {
    /// let watch = everstream::PageWatch::start(|change| println!("{}", change.name()))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) where there is no browser.
    pub fn start(listener: impl Fn(PageChange) + 'static) -> Result<PageWatch, Error> {
        Ok(PageWatch { _guard: platform::here()?.watch_page(std::rc::Rc::new(listener)) })
    }
}
