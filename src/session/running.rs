//! Queries by their id, so that one can be cancelled from another connection than the one that reads it, before, while
//! and after it runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Owner;
use crate::error::{Error, Result};
use crate::lru::{Bounds, Lru, Size};

/// What identifies a query: all its tickets carry it.
pub type QueryId = Uuid;

/// That a query was cancelled is remembered for an hour, and of this many queries.
const REMEMBERED: Bounds = Bounds {
    idle: Duration::from_secs(3600),
    owner: Size {
        entries: 25_000,
        bytes: 64 << 20,
    },
    all: Size {
        entries: 100_000,
        bytes: 64 << 20,
    },
    remembered: 0,
};

/// The queries that run, and those that may not run any more.
#[derive(Debug)]
pub struct RunningQueries {
    running: Mutex<HashMap<QueryId, Vec<CancellationToken>>>,
    cancelled: Lru<QueryId, (), Owner>,
}

impl Default for RunningQueries {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            cancelled: Lru::new(REMEMBERED, |_, ()| 0),
        }
    }
}

impl RunningQueries {
    /// Registers a run of a query, until what is returned is dropped.
    ///
    /// # Errors
    /// `Cancelled` when the query was cancelled before.
    pub fn enter(self: &Arc<Self>, id: QueryId) -> Result<Running> {
        // Under the lock, so that a cancellation sees this run or is seen by it.
        let mut running = self.running.lock();
        if self.cancelled.get(&id).is_some() {
            return Err(Error::cancelled());
        }
        let token = CancellationToken::new();
        running.entry(id).or_default().push(token.clone());
        Ok(Running {
            id,
            token,
            registry: Arc::clone(self),
        })
    }

    /// Ends all runs of a query, now and later, because `owner` wants it.
    pub fn cancel(&self, id: QueryId, owner: Owner) {
        let running = self.running.lock();
        self.cancelled.insert(owner, id, ());
        for token in running.get(&id).into_iter().flatten() {
            token.cancel();
        }
    }

    /// How many queries run.
    pub fn count(&self) -> usize {
        self.running.lock().len()
    }
}

/// A run of a query.
#[derive(Debug)]
pub struct Running {
    id: QueryId,
    token: CancellationToken,
    registry: Arc<RunningQueries>,
}

impl Running {
    /// Resolves when the query is cancelled.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only this run is marked, to be told from the others of the same query.
        self.token.cancel();
        let mut running = self.registry.running.lock();
        if let Some(tokens) = running.get_mut(&self.id) {
            tokens.retain(|token| !token.is_cancelled());
            if tokens.is_empty() {
                running.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Identity;
    use crate::error::ErrorKind;
    use futures::FutureExt;

    fn owner(name: &str) -> Owner {
        Owner::Connection(Identity { name: name.into() }, None)
    }

    #[test]
    fn f65_a_cancelled_query_ends_and_does_not_start_again() {
        let queries = Arc::new(RunningQueries::default());
        let (id, other) = (Uuid::new_v4(), Uuid::new_v4());
        let (one, two) = (queries.enter(id).unwrap(), queries.enter(id).unwrap());
        let apart = queries.enter(other).unwrap();
        drop(one);
        assert!(
            two.cancelled().now_or_never().is_none(),
            "a run that ends ends no other"
        );
        queries.cancel(id, owner("a"));
        queries.cancel(id, owner("a"));
        assert!(two.cancelled().now_or_never().is_some());
        assert!(apart.cancelled().now_or_never().is_none());
        assert_eq!(queries.enter(id).unwrap_err().kind(), ErrorKind::Cancelled);
        drop((two, apart));
        assert_eq!(queries.count(), 0);
    }

    #[test]
    fn a_cancellation_is_remembered_however_many_others_there_are() {
        let queries = Arc::new(RunningQueries::default());
        let (honest, mut newest) = (Uuid::new_v4(), Uuid::new_v4());
        queries.cancel(honest, owner("honest"));
        for _ in 0..REMEMBERED.all.entries + 500 {
            newest = Uuid::new_v4();
            queries.cancel(newest, owner("cancels"));
        }
        for id in [honest, newest] {
            assert_eq!(queries.enter(id).unwrap_err().kind(), ErrorKind::Cancelled);
        }
        assert_eq!(queries.cancelled.size().entries, REMEMBERED.owner.entries + 1);
    }
}
