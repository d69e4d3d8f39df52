//! SQL → plan → stream. Plans a [`Query`] against one snapshot of the catalog and runs the plan on its own runtime, so
//! that a heavy query never delays a health check. `SessionState` lives here and nowhere else.

mod context;
mod cooperation;
mod failure;
mod guard;
mod plan;
mod query;
mod runtime;
mod separable;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::SessionState;

pub use plan::PlannedQuery;
pub use query::{DatasetQuery, PlanOptions, Query};
pub use runtime::{Piped, QueryRuntime};

use crate::catalog::{Catalog, Progress, Snapshot};
use crate::config::Config;
use crate::discovery::{SavedQuery, Sources};
use crate::error::{Error, Result};

/// Plans and runs queries over a catalog.
#[derive(Debug)]
pub struct Engine {
    catalog: Arc<Catalog>,
    template: Arc<SessionState>,
    runtime: QueryRuntime,
    /// One check of files at a time, however many refreshes asked for one.
    checking: Arc<tokio::sync::Mutex<()>>,
}

impl Engine {
    /// An engine over the sources that `config` names, with an empty catalog: call [`Engine::refresh`].
    ///
    /// # Errors
    /// `Internal` when the runtime cannot be started.
    pub fn new(config: &Config) -> Result<Arc<Self>> {
        let catalog = Arc::new(Catalog::new(Sources::new(config)));
        let template = context::template(catalog.roots(), config.batch_size)?;
        Ok(Arc::new(Self {
            catalog,
            template: Arc::new(template),
            runtime: QueryRuntime::new()?,
            checking: Arc::default(),
        }))
    }

    /// The tables as they are now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// Where queries run.
    pub fn runtime(&self) -> &QueryRuntime {
        &self.runtime
    }

    /// Looks at the sources again and publishes what is there; queries that run keep the snapshot they have. Files
    /// that are too large to be checked at once are checked afterwards, in the background.
    pub async fn refresh(
        self: &Arc<Self>,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Arc<Snapshot>> {
        let (catalog, template) = (Arc::clone(&self.catalog), Arc::clone(&self.template));
        let refreshed = self.runtime.spawn(async move {
            let plan_view = |snapshot: Arc<Snapshot>, query: SavedQuery| {
                let template = Arc::clone(&template);
                async move { view_schema(&template, snapshot, &query).await }
            };
            catalog.refresh(plan_view, &progress).await
        });
        let snapshot = refreshed.await?;
        self.check_in_background();
        Ok(snapshot)
    }

    fn check_in_background(&self) {
        let (catalog, checking) = (Arc::clone(&self.catalog), Arc::clone(&self.checking));
        self.runtime.spawn_detached(async move {
            let _one = checking.lock().await;
            let mut tried = Vec::new();
            while catalog.check_next(&mut tried).await {}
        });
    }

    /// Plans a query against the snapshot of this moment.
    ///
    /// # Errors
    /// `Invalid` for text that is not a query, unknown columns and the like; `NotFound` for an unknown dataset;
    /// `Denied` for statements that write or reach outside the catalog.
    pub async fn plan(&self, query: Query, options: PlanOptions) -> Result<PlannedQuery> {
        let (snapshot, template) = (self.snapshot(), Arc::clone(&self.template));
        self.runtime
            .spawn(async move { plan::plan(&template, snapshot, query, options).await })
            .await?
    }

    /// Waits until every file that `id` names is checked, so that it can be read in parts. Returns at once when the
    /// dataset is unknown or a view.
    pub async fn checked(&self, id: &str) {
        let mut versions = self.catalog.versions();
        while self.snapshot().get(id).is_some_and(|table| !table.is_checked()) {
            if versions.changed().await.is_err() {
                return;
            }
        }
    }
}

async fn view_schema(template: &SessionState, snapshot: Arc<Snapshot>, query: &SavedQuery) -> Result<SchemaRef> {
    let options = PlanOptions::default();
    let state = context::session(template, snapshot, &options);
    let plan = plan::logical(&state, &query.sql).await?;
    if !guard::is_select(&state, &query.sql)? {
        return Err(Error::invalid("only a SELECT can be saved"));
    }
    Ok(Arc::new(plan.schema().as_arrow().clone()))
}
