//! Plans between GetFlightInfo and DoGet. Most tickets are redeemed at once, by the server that made them: the plan that was
//! made for the info then runs, and the query is planned once. What is not here is planned again.

use std::time::Duration;

use datafusion::common::utils::memory::get_record_batch_memory_size;

use super::PlannedQuery;
use super::weight::bytes;
use crate::catalog::{Snapshot, Visible};
use crate::engine::query::{PlanOptions, Query};
use crate::lru::{Bounds, Lru, Size};
use crate::session::QueryId;

/// A ticket that was not redeemed for a minute will hardly be soon. Of many plans the oldest make room.
const BOUNDS: Bounds = {
    let all = Size {
        entries: 10_000,
        bytes: 64 << 20,
    };
    Bounds {
        idle: Duration::from_secs(60),
        owner: all,
        all,
        remembered: 0,
    }
};

/// What a waiting plan takes besides itself: the settings and functions that it runs with. It is how much the process grew by a
/// thousand plans, less what [`bytes`] says.
const TASK_BYTES: usize = 40 << 10;

/// Plans that wait.
#[derive(Debug)]
pub(in crate::engine) struct ReadyPlans(Lru<QueryId, Ready>);

#[derive(Debug)]
struct Ready {
    query: Query,
    options: PlanOptions,
    planned: PlannedQuery,
}

impl Default for ReadyPlans {
    fn default() -> Self {
        Self(Lru::new(BOUNDS, |_, ready| bytes_of(&ready.query, &ready.planned)))
    }
}

impl ReadyPlans {
    /// Keeps the plan of a query for [`Self::take`], unless it is very large or over tables that one session has.
    pub(in crate::engine) fn keep(&self, id: QueryId, query: Query, options: PlanOptions, planned: PlannedQuery) {
        if planned.snapshot().is_overlaid() {
            return;
        }
        let ready = Ready {
            query,
            options,
            planned,
        };
        self.0.insert((), id, ready);
    }

    /// Takes the plan of a ticket, if it is that of this very query for one who sees this.
    pub(in crate::engine) fn take(
        &self,
        id: QueryId,
        query: &Query,
        options: &PlanOptions,
        visible: Visible,
    ) -> Option<PlannedQuery> {
        let ready = self.0.remove(&id)?;
        let is_same =
            ready.planned.snapshot().visible() == visible && ready.query == *query && ready.options == *options;
        is_same.then_some(ready.planned)
    }

    /// Forgets the plans over other tables than those of now: they keep files that may have been dropped.
    pub(in crate::engine) fn forget_others(&self, now: &Snapshot) {
        self.0
            .retain(|ready| ready.planned.snapshot().version() == now.version());
    }
}

fn bytes_of(query: &Query, planned: &PlannedQuery) -> usize {
    let (text, parameters) = match query {
        Query::Sql(sql) => (sql.text.len(), sql.parameters.as_ref()),
        Query::Substrait(plan) => (plan.len(), None),
        Query::Dataset(dataset) => (dataset.filter.as_ref().map_or(0, String::len), None),
    };
    let parameters = parameters.map_or(0, get_record_batch_memory_size);
    TASK_BYTES + bytes(text, planned.schema().fields().len()) + parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::mock::Tables;

    async fn planned(tables: &Tables, query: &Query, options: &PlanOptions) -> PlannedQuery {
        let snapshot = tables.engine.snapshot();
        tables
            .engine
            .plan_over(snapshot, query.clone(), options.clone())
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
        assert!(plans.take(id, &query, &options, snapshot.visible()).is_none());
        keep(id).await;
        let bytes = plans.0.size().bytes;
        assert!(bytes >= 36 << 10, "{bytes}: this plan was measured to take 36 KB");
        assert!(plans.take(id, &query, &options, snapshot.visible()).is_some());
        assert!(plans.take(id, &query, &options, snapshot.visible()).is_none());

        keep(id).await;
        assert!(
            plans
                .take(id, &Query::sql("SELECT 2"), &options, snapshot.visible())
                .is_none()
        );
        keep(id).await;
        let other = snapshot.with([]);
        assert!(plans.take(id, &query, &options, other.visible()).is_none());
        keep(id).await;
        plans.forget_others(&snapshot);
        assert_eq!(plans.0.size().entries, 1);
        plans.forget_others(&Snapshot::default());
        assert_eq!(plans.0.size().entries, 0);
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
        let mut take = |id: QueryId| plans.take(id, &query, &options, snapshot.visible()).is_some();
        assert_eq!(
            ids.into_iter().map(&mut take).collect::<Vec<_>>(),
            [false, true, true, true]
        );
    }
}
