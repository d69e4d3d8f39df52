//! Queries by their id, so that one can be cancelled from another connection than the one that reads it, before, while
//! and after it runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::{Error, Result};

/// What identifies a query: all its tickets carry it.
pub type QueryId = Uuid;

/// That a query was cancelled is remembered this long,
const REMEMBERED: Duration = Duration::from_secs(3600);

/// and of this many queries.
const MAX_REMEMBERED: u64 = 100_000;

/// The queries that run, and those that may not run any more.
#[derive(Debug)]
pub struct RunningQueries {
    running: Mutex<HashMap<QueryId, Vec<CancellationToken>>>,
    cancelled: Cache<QueryId, ()>,
}

impl Default for RunningQueries {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            cancelled: Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
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
        if self.cancelled.contains_key(&id) {
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

    /// Ends all runs of a query, now and later.
    pub fn cancel(&self, id: QueryId) {
        let running = self.running.lock();
        self.cancelled.insert(id, ());
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
    use crate::error::ErrorKind;
    use futures::FutureExt;

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
        queries.cancel(id);
        queries.cancel(id);
        assert!(two.cancelled().now_or_never().is_some());
        assert!(apart.cancelled().now_or_never().is_none());
        assert_eq!(queries.enter(id).unwrap_err().kind(), ErrorKind::Cancelled);
        drop((two, apart));
        assert_eq!(queries.count(), 0);
    }
}
