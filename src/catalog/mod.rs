//! Names → tables. Holds the current [`Snapshot`] and swaps it whole: whoever took one keeps it for as long as it likes.

mod refresh;
mod snapshot;
mod table;

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, watch};

pub use refresh::Progress;
pub use snapshot::Snapshot;
pub use table::{Source, Table};

use crate::discovery::Sources;
use crate::store::Root;

/// The name of the only catalog.
pub const CATALOG: &str = "flightstream";

/// The tables that are served, now.
#[derive(Debug)]
pub struct Catalog {
    sources: Sources,
    current: ArcSwap<Snapshot>,
    /// One writer at a time: refreshes and the results of checks.
    writer: Mutex<()>,
    /// Tells each new version to those who wait for one.
    version: watch::Sender<u64>,
}

impl Catalog {
    /// A catalog over `sources`, empty until its first refresh.
    pub fn new(sources: Sources) -> Self {
        Self {
            sources,
            current: ArcSwap::default(),
            writer: Mutex::default(),
            version: watch::Sender::new(0),
        }
    }

    /// The tables as they are now; this view of them never changes.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The roots that tables are read from.
    pub fn roots(&self) -> &[Root] {
        self.sources.roots()
    }

    /// A receiver that sees the version of every snapshot from now on.
    pub fn versions(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn publish(&self, mut snapshot: Snapshot) -> Arc<Snapshot> {
        snapshot.set_version(self.current.load().version() + 1);
        let snapshot = Arc::new(snapshot);
        self.current.store(Arc::clone(&snapshot));
        self.version.send_replace(snapshot.version());
        snapshot
    }
}
