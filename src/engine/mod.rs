//! SQL → plan → stream. Plans a [`Query`] against one snapshot of the catalog and runs the plan on its own runtime, so
//! that a heavy query never delays a health check. `SessionState` lives here and nowhere else.

mod describe;
mod failure;
mod file_table;
mod functions;
#[cfg(test)]
mod mock;
mod names;
mod nodes;
mod numbers;
pub(crate) mod parameters;
mod plan;
mod planners;
mod query;
mod run;
mod statement;
mod tables;
mod unserved;
mod write;

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use futures::FutureExt;
use futures::future::BoxFuture;

pub use describe::Described;
pub use plan::PlannedQuery;
pub use plan::substrait::SUBSTRAIT;
pub use query::{DatasetQuery, PlanOptions, Query, SqlQuery};
pub use run::executor::{Executor, LocalExecutor, QueryStream};
pub use run::runtime::{Piped, QueryRuntime};
pub use write::ingest::IngestTarget;
pub use write::target::IngestMode;

use plan::Planned;
use plan::context::Template;
use plan::ready::ReadyPlans;
use planners::Planners;
use statement::Read;

use crate::catalog::{self, Catalog, RECENT, Snapshot, Table};
use crate::config::Config;
use crate::discovery::{SavedQuery, Sources};
use crate::error::{Error, Result};
use crate::request::RequestContext;
use crate::session::{QueryId, Session};
use crate::writable::{Change, WritableTables};

/// What a statement has as its result.
#[derive(Debug)]
pub enum Answer {
    /// Rows, once the plan is executed.
    Rows(Box<PlannedQuery>),
    /// It was executed, and changed so many rows.
    Changed(u64),
}

/// Plans and runs queries over a catalog.
#[derive(Debug)]
pub struct Engine {
    catalog: Arc<Catalog>,
    template: Arc<Template>,
    runtime: QueryRuntime,
    planners: Arc<Planners>,
    executor: Arc<dyn Executor>,
    ready: Arc<ReadyPlans>,
    /// One check of files at a time, however many refreshes asked for one.
    checking: Arc<tokio::sync::Mutex<()>>,
}

impl Engine {
    /// An engine over the sources and the writable folder that `config` names, with an empty catalog: call
    /// [`Engine::refresh`].
    ///
    /// # Errors
    /// `Internal` when the runtime cannot be started, `Unavailable` when the writable folder cannot be used.
    pub fn new(config: &Config) -> Result<Arc<Self>> {
        let writable = config.writable.as_ref().map(WritableTables::open).transpose()?;
        let catalog = Arc::new(Catalog::new(Sources::new(config), writable));
        let template = plan::context::template(&catalog.roots(), config.batch_size)?;
        let runtime = QueryRuntime::new()?;
        let planners = Planners::new(runtime.handle().clone())?;
        Ok(Arc::new(Self {
            catalog,
            template: Arc::new(template),
            runtime,
            planners: Arc::new(planners),
            executor: Arc::new(LocalExecutor),
            ready: Arc::default(),
            checking: Arc::default(),
        }))
    }

    /// The tables as they are now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// The most rows that a batch has.
    pub fn batch_size(&self) -> usize {
        self.template.batch_size()
    }

    /// Who runs plans.
    pub fn executor(&self) -> Arc<dyn Executor> {
        Arc::clone(&self.executor)
    }

    /// Where queries run.
    pub fn runtime(&self) -> &QueryRuntime {
        &self.runtime
    }

    /// Looks at the sources again and publishes what is there; queries that run keep the snapshot they have. Files
    /// that are too large to be checked at once are checked afterwards, in the background.
    pub async fn refresh(
        self: &Arc<Self>,
        progress: impl Fn(catalog::RefreshProgress) + Send + Sync + 'static,
    ) -> Result<Arc<Snapshot>> {
        let (catalog, template) = (Arc::clone(&self.catalog), Arc::clone(&self.template));
        let planners = Arc::clone(&self.planners);
        let refreshed = self
            .runtime
            .spawn(async move { catalog.refresh(views(template, planners), &progress).await });
        let snapshot = refreshed.await?;
        self.check_in_background();
        self.forget_later();
        Ok(snapshot)
    }

    /// The tables that clients write, if there is a place for them: where a writer for [`Engine::commit`] comes from.
    ///
    /// # Errors
    /// `Denied` when the operator named none.
    pub fn writable(&self) -> Result<&WritableTables> {
        self.catalog
            .writable()
            .ok_or_else(|| Error::denied("this server is read-only: it was started without --writable"))
    }

    /// Whether clients can write.
    pub fn is_writable(&self) -> bool {
        self.catalog.writable().is_some()
    }

    /// Applies a change to the tables that clients write and publishes it: queries that are planned from now on see it.
    /// Once begun it goes on to its end, also when the returned future is dropped.
    ///
    /// # Errors
    /// As [`Catalog::commit`].
    pub async fn commit(&self, change: Change) -> Result<Arc<Snapshot>> {
        let (catalog, template) = (Arc::clone(&self.catalog), Arc::clone(&self.template));
        let planners = Arc::clone(&self.planners);
        let is_drop = matches!(change, Change::Drop { .. });
        let (done, outcome) = tokio::sync::oneshot::channel();
        self.runtime.spawn_detached(async move {
            // Nobody may be left to hear of it.
            drop(done.send(catalog.commit(change, views(template, planners)).await));
        });
        let snapshot = outcome.await;
        let snapshot = snapshot.map_err(|error| Error::internal("a commit ended early").with_source(error))?;
        self.forget_later();
        if is_drop {
            // A file that the table stood before is served again, and nobody may have checked it.
            self.check_in_background();
        }
        snapshot
    }

    /// Lets go of snapshots that have become too old, and with them of files that only they have.
    fn forget_later(&self) {
        let (catalog, template, ready) = (
            Arc::downgrade(&self.catalog),
            Arc::clone(&self.template),
            Arc::clone(&self.ready),
        );
        self.runtime.spawn_detached(async move {
            tokio::time::sleep(RECENT + Duration::from_secs(1)).await;
            if let Some(catalog) = catalog.upgrade() {
                catalog.forget_old();
                ready.forget_others(&catalog.snapshot());
                template.plan_cache.forget();
            }
        });
    }

    fn check_in_background(&self) {
        let (catalog, checking) = (Arc::clone(&self.catalog), Arc::clone(&self.checking));
        let plan_view = views(Arc::clone(&self.template), Arc::clone(&self.planners));
        self.runtime.spawn_detached(async move {
            let _one = checking.lock().await;
            let mut tried = Vec::new();
            while catalog.check_next(&mut tried, &plan_view).await {}
        });
    }

    /// The tables that a request sees: those of its session too.
    pub fn visible(&self, context: &RequestContext) -> Arc<Snapshot> {
        overlaid(self.snapshot(), context.session().as_deref())
    }

    /// The tables that a request saw in an earlier snapshot, if that is still known: those that clients wrote, and files of
    /// which more is known now. A file that changed since cannot be read as it was.
    pub fn visible_at(&self, version: u64, context: &RequestContext) -> Option<Arc<Snapshot>> {
        let then = self.catalog.recent(version)?;
        let now = self.snapshot();
        let is_readable = |then: &&Arc<Table>| {
            let same_file = |now: &Arc<Table>| !Arc::ptr_eq(now, then) && now.is_same_file(then);
            then.written || now.get(&then.name.id).is_some_and(same_file)
        };
        let readable = then.tables().filter(is_readable).map(Arc::clone);
        Some(overlaid(Arc::new(now.with(readable)), context.session().as_deref()))
    }

    /// Plans a query over the tables that the request sees.
    ///
    /// # Errors
    /// `Invalid` for text that is not a query, unknown columns and the like; `NotFound` for an unknown dataset;
    /// `Denied` for statements that write or reach outside the catalog.
    pub async fn plan(&self, context: &RequestContext, query: Query, options: PlanOptions) -> Result<PlannedQuery> {
        query.name(&context.subject);
        self.plan_over(self.visible(context), query, options).await
    }

    /// Plans a query over the tables that the request saw in an earlier snapshot, if that is still known.
    ///
    /// # Errors
    /// As [`Self::plan`].
    pub async fn plan_at(
        &self,
        context: &RequestContext,
        version: u64,
        query: Query,
        options: PlanOptions,
    ) -> Result<Option<PlannedQuery>> {
        match self.visible_at(version, context) {
            Some(then) => self.plan_over(then, query, options).await.map(Some),
            None => Ok(None),
        }
    }

    async fn plan_over(&self, snapshot: Arc<Snapshot>, query: Query, options: PlanOptions) -> Result<PlannedQuery> {
        match self.understand(snapshot, query, options).await? {
            Planned::Rows(planned) => Ok(*planned),
            Planned::Change(change) => Err(statement::guard::read_only(&change.verb())),
        }
    }

    /// Plans a query, or executes a statement that changes something, once.
    ///
    /// # Errors
    /// As [`Self::plan`] and [`Self::change`].
    pub async fn answer(
        self: &Arc<Self>,
        context: &RequestContext,
        query: Query,
        options: PlanOptions,
    ) -> Result<Answer> {
        query.name(&context.subject);
        let parameters = match &query {
            Query::Sql(sql) => sql.parameters.clone(),
            Query::Substrait(_) | Query::Dataset(_) => None,
        };
        let understood = self.understand(self.visible(context), query, options.clone());
        match understood.await? {
            Planned::Rows(planned) => Ok(Answer::Rows(planned)),
            Planned::Change(change) => {
                let changed = self.apply_change(context, change, parameters, options).await;
                changed.map(Answer::Changed)
            }
        }
    }

    async fn understand(&self, snapshot: Arc<Snapshot>, query: Query, options: PlanOptions) -> Result<Planned> {
        let (template, planners) = (Arc::clone(&self.template), Arc::clone(&self.planners));
        let is_writable = self.is_writable();
        let planned = self
            .planners
            .run(async move { plan::plan((&template, &planners), snapshot, query, options, is_writable).await });
        self.with_unserved(planned.await).await
    }

    /// Keeps a plan for whoever redeems the ticket that it was made for, see [`Self::take_ready`].
    pub fn keep_ready(&self, id: QueryId, query: Query, options: PlanOptions, planned: PlannedQuery) {
        self.ready.keep(id, query, options, planned);
    }

    /// The plan that was kept under `id`, if it is there still, and is what [`Self::plan`] would make of the rest.
    pub fn take_ready(
        &self,
        context: &RequestContext,
        id: QueryId,
        query: &Query,
        options: &PlanOptions,
    ) -> Option<PlannedQuery> {
        query.name(&context.subject);
        self.ready.take(id, query, options, self.visible(context).visible())
    }

    /// What a statement takes and gives; nothing is executed. One that changes data is refused here already on a server
    /// that only reads.
    ///
    /// # Errors
    /// As [`Self::plan`] and [`Self::change`].
    pub async fn describe(&self, context: &RequestContext, text: String, options: PlanOptions) -> Result<Described> {
        context.subject.set_statement(&text);
        let (template, snapshot) = (Arc::clone(&self.template), self.visible(context));
        let is_writable = self.is_writable();
        let described = self
            .planners
            .run(async move { describe::describe(&template, snapshot, &text, &options, is_writable).await });
        self.with_unserved(described.await).await
    }

    /// Waits until every file that `id` names is checked, so that it can be read in parts. Returns at once when the
    /// dataset is unknown or a view.
    ///
    /// # Errors
    /// The one that the check met, also when that was long ago: what cannot be read whole cannot be read in parts.
    pub async fn checked(&self, id: &str) -> Result<()> {
        let mut versions = self.catalog.versions();
        loop {
            match self.snapshot().get(id) {
                Some(table) if !table.is_checked() => {
                    if let Some(error) = table.unreadable() {
                        return Err(Error::new(
                            error.kind(),
                            format!("'{id}' cannot be read in parts: {error}"),
                        ));
                    }
                }
                _ => return Ok(()),
            }
            let ended = |error| Error::unavailable("the server is shutting down").with_source(error);
            versions.changed().await.map_err(ended)?;
        }
    }
}

fn overlaid(snapshot: Arc<Snapshot>, session: Option<&Session>) -> Arc<Snapshot> {
    let temporary = session.map(Session::temporary).unwrap_or_default();
    match temporary.is_empty() {
        true => snapshot,
        false => Arc::new(snapshot.with(temporary)),
    }
}

/// What plans saved queries for the catalog.
fn views(
    template: Arc<Template>,
    planners: Arc<Planners>,
) -> impl Fn(Arc<Snapshot>, SavedQuery) -> BoxFuture<'static, Result<SchemaRef>> + Send + Sync {
    move |snapshot, query| {
        let (template, planners) = (Arc::clone(&template), Arc::clone(&planners));
        async move { view_schema(&template, &planners, snapshot, query.sql).await }.boxed()
    }
}

/// The columns of a view.
async fn view_schema(
    template: &Arc<Template>,
    planners: &Planners,
    snapshot: Arc<Snapshot>,
    sql: String,
) -> Result<SchemaRef> {
    let template = Arc::clone(template);
    let planned = planners.run(async move {
        let state = plan::context::session(&template, snapshot, &PlanOptions::default());
        let read = Read::parse(&state, &sql)?;
        let is_query = read.is_query();
        let plan = plan::logical::logical_of(&state, read).await?;
        if !is_query {
            return Err(Error::invalid("only a SELECT can be saved"));
        }
        Ok(Arc::new(plan.schema().as_arrow().clone()))
    });
    planned.await
}

#[cfg(test)]
mod tests;
