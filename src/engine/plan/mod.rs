//! From a question to a plan that runs once.

pub(super) mod context;
pub(super) mod limited;
pub(super) mod logical;
pub(super) mod moments;
pub(super) mod plan_cache;
pub(super) mod ready;
pub(super) mod substrait;
pub(super) mod summarize;
mod weight;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, TableReference};
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use self::context::{Template, fingerprints, references, session, set_partitions};
use self::logical::{planned, resolved, scan};
use self::plan_cache::CachedPlan;
use crate::catalog::{CATALOG, Snapshot, SourceFile, Table};
use crate::cores::cores;
use crate::discovery::naming::ROOT_SCHEMA;
use crate::engine::failure::failed;
use crate::engine::names;
use crate::engine::nodes::cooperation::giving_way;
use crate::engine::nodes::current::{current, files};
use crate::engine::nodes::damage::naming_damage;
use crate::engine::nodes::separable::is_separable;
use crate::engine::parameters::bound::Bound;
use crate::engine::planners::{Planners, check_joins, check_size};
use crate::engine::query::{DatasetQuery, PlanOptions, Query};
use crate::engine::statement::guard::check_plan;
use crate::engine::statement::{Change, Read, Statement};
use crate::engine::tables::with_lineage;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;

/// A plan over one snapshot. It runs once: executing takes it.
#[derive(Debug)]
pub struct PlannedQuery {
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    schema: SchemaRef,
    partitions: usize,
    fingerprint: u64,
    snapshot: Arc<Snapshot>,
    dataset: Option<Arc<Table>>,
    again: Option<Again>,
}

/// The same statement with further values for its parameters, planned when its turn comes.
struct Again {
    state: SessionState,
    bound: Bound,
    planners: Arc<Planners>,
}

impl std::fmt::Debug for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Again({} rows)", self.bound.count())
    }
}

impl PlannedQuery {
    /// The columns of the rows that it gives, in the engine's types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many parts can be executed separately, each row in exactly one of them; at least 1.
    pub fn partitions(&self) -> usize {
        self.partitions
    }

    /// A number that is the same for the same question about the same data on every server.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The version of the snapshot that it was planned over.
    pub fn version(&self) -> u64 {
        self.snapshot.version()
    }

    /// What it was planned over.
    pub(super) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The table that was asked for by its id, whole: what is known of it is true of the answer.
    pub fn dataset(&self) -> Option<&Arc<Table>> {
        self.dataset.as_ref()
    }

    /// The rows of the whole plan, or of one of its [`Self::partitions`].
    pub(in crate::engine) fn stream(self, part: Option<usize>) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let stream = match part {
            None => execute_stream(self.plan, self.task),
            Some(part) if part < self.partitions => self.plan.execute(part, self.task),
            Some(part) => {
                return Err(Error::invalid(format!(
                    "there is no part {part} of {}",
                    self.partitions
                )));
            }
        };
        let first = stream.map_err(failed)?.map(|batch| batch.map_err(failed));
        let Some(Again { state, bound, planners }) = self.again else {
            return Ok(first.boxed());
        };
        let rows = 1..bound.count();
        let further = stream::iter(rows).then(move |row| {
            let (planners, logical) = (Arc::clone(&planners), bound.plan(row));
            let mut state = state.clone();
            async move {
                let (plan, task) = planners
                    .run(async move { Ok((physical(&mut state, &logical?).await?, state.task_ctx())) })
                    .await?;
                let stream = execute_stream(plan, task).map_err(failed)?;
                Ok::<_, Error>(stream.map(|batch| batch.map_err(failed)))
            }
        });
        Ok(first.chain(further.try_flatten()).boxed())
    }
}

/// What becomes of a query: a plan, or a statement that is to be executed for its effect.
pub(super) enum Planned {
    Rows(Box<PlannedQuery>),
    Change(Change),
}

/// Plans `query` against `snapshot`.
pub(super) async fn plan(
    (template, planners): (&Arc<Template>, &Arc<Planners>),
    snapshot: Arc<Snapshot>,
    query: Query,
    options: PlanOptions,
    is_writable: bool,
) -> Result<Planned> {
    let mut state = session(template, Arc::clone(&snapshot), &options);
    let (plan, tables, files, again) = match &query {
        Query::Sql(sql) => {
            let known = match template.plan_cache.get(&sql.text, &options.schema, snapshot.visible()) {
                Some(known) => known,
                None => match Statement::parse(&state, &sql.text, is_writable)? {
                    Statement::Read(read) => {
                        understood(template, &state, &snapshot, read, (&sql.text, &options.schema)).await?
                    }
                    Statement::Change(change) => return Ok(Planned::Change(change)),
                },
            };
            let bound = Bound::new(known.plan.clone(), sql.parameters.clone())?;
            let plan = match known.optimized.get() {
                Some(plan) => plan.clone(),
                None => optimized(&state, &bound.plan(0)?)?,
            };
            if known.timeless {
                // It is there already, or was put there by another query just now: they are equal.
                drop(known.optimized.set(plan.clone()));
            }
            let files = files(&known.plan).map_err(failed)?;
            (plan, known.tables.clone(), files, (bound.count() > 1).then_some(bound))
        }
        Query::Substrait(plan) => {
            let logical = substrait::logical(&state, plan).await?;
            check_plan(&logical)?;
            let tables = scanned(&logical, &snapshot, &options.schema)?
                .into_values()
                .flatten()
                .collect();
            let files = files(&logical).map_err(failed)?;
            (optimized(&state, &logical)?, tables, files, None)
        }
        Query::Dataset(dataset) => {
            let (logical, tables) = dataset_plan(&state, &snapshot, dataset).await?;
            let files = files(&logical).map_err(failed)?;
            (optimized(&state, &logical)?, tables, files, None)
        }
    };
    let separable = match options.partitions > 1 && again.is_none() {
        true => separable(&mut state, &plan).await?,
        false => None,
    };
    let partitions = separable
        .as_ref()
        .map_or(1, |plan| plan.output_partitioning().partition_count());
    let plan = match separable {
        Some(plan) => current(plan, files).map_err(failed)?,
        None => one_stream(&mut state, &plan, files).await?,
    };
    let dataset = match &query {
        Query::Dataset(dataset) if dataset.is_all() => snapshot.get(&dataset.id).cloned(),
        _ => None,
    };
    Ok(Planned::Rows(Box::new(PlannedQuery {
        schema: plan.schema(),
        task: state.task_ctx(),
        partitions,
        fingerprint: fingerprint(&tables),
        snapshot,
        dataset,
        plan,
        again: again.map(|bound| Again {
            state: state.clone(),
            bound,
            planners: Arc::clone(planners),
        }),
    })))
}

/// What a text means. It is kept, unless it reads what no snapshot has, the server's settings or a table function, or the
/// snapshot is one session's.
async fn understood(
    template: &Template,
    state: &SessionState,
    snapshot: &Arc<Snapshot>,
    read: Read,
    (text, schema): (&str, &str),
) -> Result<Arc<CachedPlan>> {
    let read = resolved(state, read)?;
    let tables = fingerprints(state, snapshot, references(state, &read.statement)?)?;
    let plan = planned(state, read).await?;
    let lasts = scanned(&plan, snapshot, schema)?.values().all(Option::is_some);
    let known = Arc::new(CachedPlan {
        timeless: is_timeless(&plan)?,
        plan,
        optimized: OnceLock::new(),
        tables,
    });
    if lasts && !snapshot.is_overlaid() {
        template.plan_cache.keep(text, schema, snapshot.visible(), &known);
    }
    Ok(known)
}

/// Whether a plan becomes the same whenever it is optimized: it has no parameters, and no functions of the moment.
fn is_timeless(plan: &LogicalPlan) -> Result<bool> {
    let mut timeless = true;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                timeless &= match expr {
                    Expr::ScalarFunction(call) => call.func.signature().volatility == Volatility::Immutable,
                    Expr::Placeholder(_) | Expr::ScalarVariable(..) => false,
                    _ => true,
                };
                Ok(if timeless {
                    TreeNodeRecursion::Continue
                } else {
                    TreeNodeRecursion::Stop
                })
            })
        })
    })
    .map_err(failed)?;
    Ok(timeless)
}

/// The plan whose partitions can be read apart, if it is of that kind.
async fn separable(state: &mut SessionState, optimized: &LogicalPlan) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let round_robin = |state: &mut SessionState, enabled| {
        let optimizer = &mut state.config_mut().options_mut().optimizer;
        optimizer.enable_round_robin_repartition = enabled;
    };
    round_robin(state, false);
    let plan = executable(state, optimized).await;
    round_robin(state, true);
    let plan = plan.map_err(failed)?;
    Ok(is_separable(&plan).then_some(plan))
}

/// The plan of one stream.
pub(super) async fn physical(state: &mut SessionState, logical: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    let (optimized, files) = (optimized(state, logical)?, files(logical).map_err(failed)?);
    one_stream(state, &optimized, files).await
}

fn optimized(state: &SessionState, logical: &LogicalPlan) -> Result<LogicalPlan> {
    // What a prepared statement has is not known to those who plan its execution.
    check_size(logical).map_err(failed)?;
    let optimized = state.optimize(logical).map_err(failed)?;
    check_joins(&optimized).map_err(failed)?;
    Ok(optimized)
}

/// The plan of one stream, of an optimized plan of a query about `files`.
async fn one_stream(
    state: &mut SessionState,
    optimized: &LogicalPlan,
    files: Vec<SourceFile>,
) -> Result<Arc<dyn ExecutionPlan>> {
    set_partitions(state, useful_partitions(optimized)?);
    let plan = executable(state, optimized).await;
    let plan = plan.and_then(giving_way).and_then(|plan| current(plan, files));
    plan.map_err(failed)
}

/// The plan as it is executed. The engine estimates with the least and greatest values of columns how many rows a filter
/// leaves, and for some comparisons that ends in one of its defects: then it is planned without them.
async fn executable(
    state: &mut SessionState,
    optimized: &LogicalPlan,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let plan = state.query_planner().create_physical_plan(optimized, state).await;
    let is_defect = |error: &DataFusionError| matches!(error.find_root(), DataFusionError::Internal(_));
    let plan = match plan {
        Err(error) if is_defect(&error) && state.config_options().execution.collect_statistics => {
            state.config_mut().options_mut().execution.collect_statistics = false;
            state.query_planner().create_physical_plan(optimized, state).await
        }
        plan => plan,
    };
    plan.and_then(naming_damage)
}

/// The tables that a plan scans, by name, with their ids and fingerprints where the snapshot has them. `schema` is that of
/// unqualified names.
fn scanned(plan: &LogicalPlan, snapshot: &Snapshot, schema: &str) -> Result<BTreeMap<String, Option<(String, u64)>>> {
    let mut found = BTreeMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let name = scan.table_name.clone().resolve(CATALOG, schema);
            let table = snapshot.find(&name.schema, &name.table);
            let table = table.map(|table| (table.name.id.clone(), table.fingerprint()));
            found.insert(name.to_string(), table);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(failed)?;
    Ok(found)
}

async fn dataset_plan(
    state: &SessionState,
    snapshot: &Snapshot,
    query: &DatasetQuery,
) -> Result<(LogicalPlan, BTreeMap<String, u64>)> {
    let unknown = || names::unknown_dataset(snapshot, &query.id);
    let table = snapshot.get(&query.id).ok_or_else(unknown)?;
    let name = TableReference::full(CATALOG, table.name.schema.as_str(), table.name.table.as_str());
    let wide = wide(state, query)?;
    let scan = scan(wide.as_ref().unwrap_or(state), name.clone()).await?;
    let mut plan = scan.ok_or_else(unknown)?;
    let tables = fingerprints(state, snapshot, vec![name.clone().resolve(CATALOG, ROOT_SCHEMA)])?;
    if let Some(filter) = &query.filter {
        let filter = names::expression(state, filter, plan.schema())?;
        plan = plan.filter(filter).map_err(failed)?;
    }
    // What nobody names is none of the dataset's columns.
    let own = || table.schema.fields().iter().map(|field| field.name().clone());
    let columns = query.columns.clone().or_else(|| wide.map(|_| own().collect()));
    if let Some(columns) = &columns {
        let columns = names::columns(plan.schema(), columns)?;
        plan = plan.project(columns).map_err(failed)?;
    }
    if let Some(limit) = query.limit {
        plan = plan
            .limit(0, Some(usize::try_from(limit).unwrap_or(usize::MAX)))
            .map_err(failed)?;
    }
    Ok((plan.build().map_err(failed)?, tables))
}

/// The state whose tables say where rows come from, if the query names a column that does.
fn wide(state: &SessionState, query: &DatasetQuery) -> Result<Option<SessionState>> {
    let mut columns = query.columns.iter().flatten();
    let filtered = match &query.filter {
        Some(filter) => names::asks_lineage(state, filter)?,
        None => false,
    };
    let asked = filtered || columns.any(|column| names::is_lineage(column));
    Ok(if asked { with_lineage(state) } else { None })
}

/// A plain read has one ordered partition, parallel inside. Only what needs all rows before its first one gains from more.
fn useful_partitions(plan: &LogicalPlan) -> Result<usize> {
    let mut gathers = false;
    plan.apply_with_subqueries(|node| {
        gathers |= matches!(
            node,
            LogicalPlan::Aggregate(_)
                | LogicalPlan::Join(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Window(_)
                | LogicalPlan::Distinct(_)
        );
        Ok(if gathers {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })
    .map_err(failed)?;
    Ok(if gathers { cores() } else { 1 })
}

fn fingerprint(tables: &BTreeMap<String, u64>) -> u64 {
    let parts = tables.iter().fold(Fingerprint::default(), |parts, (id, fingerprint)| {
        parts.text(id).number(*fingerprint)
    });
    parts.finish()
}
