//! Names → tables. Holds the current [`Snapshot`] and swaps it whole: whoever took one keeps it for as long as it likes.

mod changes;
mod recent;
mod refresh;
mod snapshot;
mod system;
mod table;
mod unserved;

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, watch};

pub use recent::RECENT;
pub use refresh::RefreshProgress;
pub use snapshot::{Snapshot, Visible};
pub use system::System;
pub use table::{Source, Table};
pub use unserved::Unserved;

use crate::discovery::{DatasetName, SavedQuery, Sources};
pub use crate::format::{FormatTable, LINEAGE, SourceFile};
use crate::store::Root;
use crate::writable::WritableTables;

/// The name of the only catalog.
pub const CATALOG: &str = "flightstream";

/// The tables that are served, now.
#[derive(Debug)]
pub struct Catalog {
    sources: Sources,
    writable: Option<WritableTables>,
    current: ArcSwap<Snapshot>,
    recent: recent::Recent,
    /// One look at the sources at a time, and no result of a check meanwhile. Taken before `found`.
    refreshing: Mutex<()>,
    /// What the last look at the sources found. Whoever publishes has it: one at a time.
    found: Mutex<SourceContents>,
    /// Tells each new version to those who wait for one.
    version: watch::Sender<u64>,
    /// What lay in the sources a moment ago.
    listed: Mutex<Option<unserved::Listed>>,
}

/// What comes from the sources: a snapshot is made of it and of what clients wrote.
#[derive(Debug, Default)]
struct SourceContents {
    files: Vec<Arc<Table>>,
    queries: Vec<SavedQuery>,
    /// Files that cannot be served, and why.
    skipped: Vec<(DatasetName, String)>,
    warnings: Vec<String>,
}

impl Catalog {
    /// A catalog over `sources` and what clients write, empty until its first refresh.
    pub fn new(sources: Sources, writable: Option<WritableTables>) -> Self {
        Self {
            sources,
            writable,
            current: ArcSwap::default(),
            recent: recent::Recent::default(),
            refreshing: Mutex::default(),
            found: Mutex::default(),
            version: watch::Sender::new(0),
            listed: Mutex::default(),
        }
    }

    /// The tables as they are now; this view of them never changes.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The snapshot of this version, if it is the current one or was until a moment ago: what was planned just before a
    /// change can still be run.
    pub fn recent(&self, version: u64) -> Option<Arc<Snapshot>> {
        let current = self.snapshot();
        match current.version() == version {
            true => Some(current),
            false => self.recent.get(version),
        }
    }

    /// Lets go of snapshots that are too old for [`Self::recent`].
    pub fn forget_old(&self) {
        self.recent.forget_old();
    }

    /// The tables that clients write, if there is a place for them.
    pub fn writable(&self) -> Option<&WritableTables> {
        self.writable.as_ref()
    }

    /// The roots that tables are read from.
    pub fn roots(&self) -> Vec<Root> {
        let written = self.writable.as_ref().map(WritableTables::root);
        self.sources.roots().iter().chain(written).cloned().collect()
    }

    /// A receiver that sees the version of every snapshot from now on.
    pub fn versions(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn publish(&self, mut snapshot: Snapshot) -> Arc<Snapshot> {
        snapshot.set_version(self.current.load().version() + 1);
        let snapshot = Arc::new(snapshot);
        self.recent.add(self.current.swap(Arc::clone(&snapshot)));
        self.version.send_replace(snapshot.version());
        snapshot
    }
}

#[cfg(test)]
mod tests;
