//! Plans between GetFlightInfo and DoGet. Most tickets are redeemed at once, by the server that made them: the plan that was
//! made for the info then runs, and the query is planned once. What is not here is planned again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use parking_lot::Mutex;

use super::plan::PlannedQuery;
use super::query::{PlanOptions, Query};
use super::running::QueryId;
use crate::catalog::Snapshot;

/// A ticket that was not redeemed for this long will hardly be soon.
const WAITING: Duration = Duration::from_secs(60);

/// What the plans may take together, about: the oldest make room.
const MAX_BYTES: usize = 64 << 20;

/// What any plan takes, about,
const PLAN_BYTES: usize = 8 << 10;

/// each column of its result besides,
const COLUMN_BYTES: usize = 1 << 10;

/// and each byte of its text.
const BYTES_PER_BYTE: usize = 100;

/// Plans that wait, the oldest first.
#[derive(Debug, Default)]
pub(super) struct ReadyPlans(Mutex<VecDeque<Ready>>);

#[derive(Debug)]
struct Ready {
    id: QueryId,
    since: Instant,
    bytes: usize,
    query: Query,
    options: PlanOptions,
    planned: PlannedQuery,
}

impl ReadyPlans {
    /// Keeps the plan of a query for [`Self::take`], unless it is very large or over tables that one session has.
    pub(super) fn keep(&self, id: QueryId, query: Query, options: PlanOptions, planned: PlannedQuery) {
        let since = Instant::now();
        let bytes = bytes_of(&query, &planned);
        if bytes > MAX_BYTES || planned.snapshot().is_overlaid() {
            return;
        }
        let ready = Ready {
            id,
            since,
            bytes,
            query,
            options,
            planned,
        };
        let mut plans = self.0.lock();
        plans.push_back(ready);
        let mut room = MAX_BYTES;
        let fits = |ready: &&Ready| {
            let left = room.checked_sub(ready.bytes);
            room = left.unwrap_or(room);
            left.is_some() && since.duration_since(ready.since) <= WAITING
        };
        let fitting = plans.iter().rev().take_while(fits).count();
        let surplus = plans.len() - fitting;
        let forgotten: Vec<_> = plans.drain(..surplus).collect();
        drop(plans);
        // Not under the lock: files may be removed with them.
        drop(forgotten);
    }

    /// Takes the plan of a ticket, if it is that of this very query over the very tables that `snapshot` has.
    pub(super) fn take(
        &self,
        id: QueryId,
        query: &Query,
        options: &PlanOptions,
        snapshot: &Arc<Snapshot>,
    ) -> Option<PlannedQuery> {
        let mut plans = self.0.lock();
        let at = plans.iter().rposition(|ready| ready.id == id)?;
        let ready = plans.remove(at)?;
        drop(plans);
        let is_same =
            Arc::ptr_eq(ready.planned.snapshot(), snapshot) && ready.query == *query && ready.options == *options;
        is_same.then_some(ready.planned)
    }

    /// Forgets the plans over other tables than those of now: they keep files that may have been dropped.
    pub(super) fn forget_others(&self, now: &Snapshot) {
        let mut plans = self.0.lock();
        let (kept, forgotten): (VecDeque<_>, VecDeque<_>) = plans
            .drain(..)
            .partition(|ready| ready.planned.snapshot().version() == now.version());
        *plans = kept;
        drop(plans);
        drop(forgotten);
    }
}

fn bytes_of(query: &Query, planned: &PlannedQuery) -> usize {
    let text = match query {
        Query::Sql(sql) => {
            let parameters = sql.parameters.as_ref();
            sql.text.len() + parameters.map_or(0, RecordBatch::get_array_memory_size)
        }
        Query::Substrait(plan) => plan.len(),
        Query::Dataset(dataset) => dataset.filter.as_ref().map_or(0, String::len),
    };
    bytes(text, planned.schema().fields().len())
}

/// What a plan takes, about: by the length of its text and the number of its columns.
pub(super) fn bytes(text: usize, columns: usize) -> usize {
    PLAN_BYTES + COLUMN_BYTES * columns + BYTES_PER_BYTE * text
}

#[cfg(test)]
mod tests {
    use super::super::mock::Tables;
    use super::*;

    async fn planned(tables: &Tables, query: &Query, options: &PlanOptions) -> PlannedQuery {
        let snapshot = tables.engine.snapshot();
        tables
            .engine
            .plan(snapshot, query.clone(), options.clone())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_plan_is_taken_once_and_only_for_what_it_was_made_for() {
        let (tables, plans, options) = (Tables::of(&[]).await, ReadyPlans::default(), PlanOptions::default());
        let (query, snapshot) = (Query::sql("SELECT 1"), tables.engine.snapshot());
        let keep = async |id| {
            plans.keep(
                id,
                query.clone(),
                options.clone(),
                planned(&tables, &query, &options).await,
            )
        };
        let id = QueryId::new_v4();
        assert!(plans.take(id, &query, &options, &snapshot).is_none());
        keep(id).await;
        assert!(plans.take(id, &query, &options, &snapshot).is_some());
        assert!(plans.take(id, &query, &options, &snapshot).is_none());

        keep(id).await;
        assert!(plans.take(id, &Query::sql("SELECT 2"), &options, &snapshot).is_none());
        keep(id).await;
        let other = Arc::new(Snapshot::clone(&snapshot));
        assert!(plans.take(id, &query, &options, &other).is_none());
        keep(id).await;
        plans.forget_others(&snapshot);
        assert_eq!(plans.0.lock().len(), 1);
        plans.forget_others(&Snapshot::default());
        assert_eq!(plans.0.lock().len(), 0);
    }

    #[tokio::test]
    async fn the_oldest_make_room() {
        let (tables, plans, options) = (Tables::of(&[]).await, ReadyPlans::default(), PlanOptions::default());
        let query = Query::sql(format!("SELECT 1 -- {}", "x".repeat(200 << 10)));
        let snapshot = tables.engine.snapshot();
        let ids: Vec<_> = (0..4).map(|_| QueryId::new_v4()).collect();
        for id in &ids {
            plans.keep(
                *id,
                query.clone(),
                options.clone(),
                planned(&tables, &query, &options).await,
            );
        }
        let mut take = |id: QueryId| plans.take(id, &query, &options, &snapshot).is_some();
        assert_eq!(
            ids.into_iter().map(&mut take).collect::<Vec<_>>(),
            [false, true, true, true]
        );
    }
}
