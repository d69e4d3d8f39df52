//! From a question to a plan that runs once.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::context::{fingerprints, session, set_partitions};
use super::cooperation::giving_way;
use super::failure::failed;
use super::guard::{check_plan, check_size, check_statement, parse};
use super::query::{DatasetQuery, PlanOptions, Query};
use super::separable::is_separable;
use crate::catalog::{CATALOG, Snapshot, Table};
use crate::error::{Error, Result};

/// A plan over one snapshot. It runs once: executing takes it.
#[derive(Debug)]
pub struct PlannedQuery {
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    schema: SchemaRef,
    partitions: usize,
    fingerprint: u64,
    dataset: Option<Arc<Table>>,
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

    /// The table that was asked for by its id, whole: what is known of it is true of the answer.
    pub fn dataset(&self) -> Option<&Arc<Table>> {
        self.dataset.as_ref()
    }

    /// Runs the whole plan, or one of its [`Self::partitions`]. Call and poll it on the query runtime.
    ///
    /// # Errors
    /// `Invalid` for a part that there is not; the stream's items carry what goes wrong later.
    pub fn execute(self, part: Option<usize>) -> Result<BoxStream<'static, Result<RecordBatch>>> {
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
        Ok(stream.map_err(failed)?.map(|batch| batch.map_err(failed)).boxed())
    }
}

/// Plans `query` against `snapshot`.
pub(super) async fn plan(
    template: &SessionState,
    snapshot: Arc<Snapshot>,
    query: Query,
    options: PlanOptions,
) -> Result<PlannedQuery> {
    let mut state = session(template, Arc::clone(&snapshot), &options);
    let (logical, tables) = match &query {
        Query::Sql(sql) => (logical(&state, sql).await?, fingerprints(&state, &snapshot, sql)?),
        Query::Dataset(dataset) => dataset_plan(&state, &snapshot, dataset).await?,
    };
    let mut physical = None;
    if options.partitions > 1 {
        state
            .config_mut()
            .options_mut()
            .optimizer
            .enable_round_robin_repartition = false;
        let plan = state.create_physical_plan(&logical).await.map_err(failed)?;
        physical = is_separable(&plan).then_some(plan);
        state
            .config_mut()
            .options_mut()
            .optimizer
            .enable_round_robin_repartition = true;
    }
    let separable = physical.is_some();
    let plan = match physical {
        Some(plan) => plan,
        None => {
            set_partitions(&mut state, useful_partitions(&logical)?);
            let plan = state.create_physical_plan(&logical).await;
            plan.and_then(giving_way).map_err(failed)?
        }
    };
    let dataset = match &query {
        Query::Dataset(dataset) if dataset.is_all() => snapshot.get(&dataset.id).cloned(),
        _ => None,
    };
    Ok(PlannedQuery {
        schema: plan.schema(),
        task: state.task_ctx(),
        partitions: if separable {
            plan.output_partitioning().partition_count()
        } else {
            1
        },
        fingerprint: fingerprint(&tables),
        dataset,
        plan,
    })
}

/// The logical plan of one SQL statement that reads.
pub(super) async fn logical(state: &SessionState, sql: &str) -> Result<LogicalPlan> {
    let statement = parse(state, sql)?;
    check_statement(&statement)?;
    let plan = state.statement_to_plan(statement).await.map_err(failed)?;
    check_plan(&plan)?;
    Ok(plan)
}

async fn dataset_plan(
    state: &SessionState,
    snapshot: &Snapshot,
    query: &DatasetQuery,
) -> Result<(LogicalPlan, BTreeMap<String, u64>)> {
    let unknown = || Error::not_found(format!("Dataset not found: {}", query.id));
    let table = snapshot.get(&query.id).ok_or_else(unknown)?;
    let name = TableReference::full(CATALOG, table.name.schema.as_str(), table.name.table.as_str());
    let schema = state.schema_for_ref(name.clone()).map_err(failed)?;
    let provider: Arc<dyn TableProvider> = schema
        .table(&table.name.table)
        .await
        .map_err(failed)?
        .ok_or_else(unknown)?;
    let tables = fingerprints(
        state,
        snapshot,
        &format!("SELECT 1 FROM {CATALOG}.{}", full_name(table)),
    )?;
    let mut plan = LogicalPlanBuilder::scan(name, provider_as_source(provider), None).map_err(failed)?;
    if let Some(filter) = &query.filter {
        check_size(filter)?;
        let filter = state.create_logical_expr(filter, plan.schema()).map_err(failed)?;
        plan = plan.filter(filter).map_err(failed)?;
    }
    if let Some(columns) = &query.columns {
        let columns = columns
            .iter()
            .map(|column| column_of(plan.schema(), column))
            .collect::<Result<Vec<_>>>()?;
        plan = plan.project(columns).map_err(failed)?;
    }
    if let Some(limit) = query.limit {
        plan = plan
            .limit(0, Some(usize::try_from(limit).unwrap_or(usize::MAX)))
            .map_err(failed)?;
    }
    Ok((plan.build().map_err(failed)?, tables))
}

fn full_name(table: &Table) -> String {
    let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    format!("{}.{}", quote(&table.name.schema), quote(&table.name.table))
}

fn column_of(schema: &datafusion::common::DFSchema, name: &str) -> Result<Expr> {
    let found = schema.iter().find(|(_, field)| field.name() == name);
    match found {
        Some((qualifier, field)) => Ok(Expr::Column(Column::from((qualifier, field)))),
        None => Err(Error::invalid(format!("there is no column '{name}'"))),
    }
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
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(if gathers { cores } else { 1 })
}

fn fingerprint(tables: &BTreeMap<String, u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    tables.hash(&mut hasher);
    hasher.finish()
}
