//! What a source has counted.

/// What has come since a source was opened. See [`Handle::stats`](crate::Handle::stats).
///
/// ```
/// # fn example(source: everstream::EventSource) {
/// let stats = source.stats();
/// println!("{} events in {} bytes over {} connections", stats.events, stats.bytes, stats.connections);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that were started.
    pub connections: u64,
    /// Events that were handed over, or queued for that.
    pub events: u64,
    /// Bytes of the bodies that were read. The browser's own `EventSource` does not say how many it read.
    pub bytes: u64,
    /// Events that the queue has dropped: see [`Builder::queue`](crate::Builder::queue).
    pub dropped: u64,
    /// When the last event came, in milliseconds since 1970: how old the data on the page is. `None` if none did.
    pub last_event_at: Option<u64>,
}
