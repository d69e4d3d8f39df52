//! Snapshots that were current until a moment ago.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Snapshot;

/// How long a snapshot can be asked for after another took its place.
pub const RECENT: Duration = Duration::from_secs(60);
/// How many can be asked for: each keeps the files of tables that were dropped since.
const MOST: usize = 64;

/// The last snapshots, the oldest first, each with the time since when it is not current.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<(Instant, Arc<Snapshot>)>>);

impl Recent {
    /// Keeps a snapshot that another has just taken the place of.
    pub(super) fn add(&self, snapshot: Arc<Snapshot>) {
        self.add_at(snapshot, Instant::now());
    }

    pub(super) fn get(&self, version: u64) -> Option<Arc<Snapshot>> {
        self.forget_old();
        let kept = self.0.lock();
        let found = kept.iter().find(|(_, snapshot)| snapshot.version() == version);
        found.map(|(_, snapshot)| Arc::clone(snapshot))
    }

    pub(super) fn forget_old(&self) {
        self.forget(Instant::now());
    }

    fn add_at(&self, snapshot: Arc<Snapshot>, now: Instant) {
        self.0.lock().push_back((now, snapshot));
        self.forget(now);
    }

    fn forget(&self, now: Instant) {
        let mut kept = self.0.lock();
        let old = kept.iter().take_while(|(since, _)| now.duration_since(*since) > RECENT);
        let surplus = kept.len().saturating_sub(MOST).max(old.count());
        let forgotten: Vec<_> = kept.drain(..surplus).collect();
        drop(kept);
        // Not under the lock: files may be removed with them.
        drop(forgotten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(version: u64) -> Arc<Snapshot> {
        let mut snapshot = Snapshot::default();
        snapshot.set_version(version);
        Arc::new(snapshot)
    }

    #[test]
    fn the_last_ones_are_kept_for_a_minute() {
        let (recent, start) = (Recent::default(), Instant::now());
        for version in 0..100 {
            recent.add_at(snapshot(version), start);
        }
        assert!(recent.get(35).is_none() && recent.get(36).is_some());
        recent.add_at(snapshot(100), start + RECENT + Duration::from_secs(1));
        let kept = recent.0.lock();
        assert_eq!(kept.iter().map(|(_, kept)| kept.version()).collect::<Vec<_>>(), [100]);
    }
}
