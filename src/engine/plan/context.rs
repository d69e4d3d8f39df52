//! The engine's settings, and the state that one query is planned with.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::Analyzer;
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use parking_lot::Mutex;

use super::limited::limit;
use super::logical::{logical, resolved};
use super::moments::CompleteMoments;
use super::plan_cache::PlanCache;
use crate::catalog::{CATALOG, Snapshot, Source};
use crate::cores::cores;
use crate::discovery::naming::ROOT_SCHEMA;
use crate::engine::failure::failed;
use crate::engine::functions;
use crate::engine::numbers::CompareDigits;
use crate::engine::planners::stoppable;
use crate::engine::query::PlanOptions;
use crate::engine::statement::Read;
use crate::engine::tables::{PlanViews, Tables};
use crate::error::Result;
use crate::store::{Registry, Root};

/// Most states that are kept for queries to come.
const MAX_SPARE: usize = 64;

/// What every query's state is like: functions, rules and settings, no tables.
#[derive(Debug)]
pub(in crate::engine) struct Template {
    state: SessionState,
    /// States that no query uses now. Each is a copy of hundreds of functions, which takes longer than to plan a small query.
    spare: Mutex<Vec<SessionState>>,
    pub(in crate::engine) plan_cache: PlanCache,
}

impl Template {
    pub(in crate::engine) fn batch_size(&self) -> usize {
        self.state.config_options().execution.batch_size.get()
    }

    /// The state without tables.
    pub(in crate::engine) fn state(&self) -> &SessionState {
        &self.state
    }
}

/// The state of one query; the next one gets it when it is dropped.
pub(in crate::engine) struct QueryState {
    template: Arc<Template>,
    /// There until it is dropped.
    state: Option<SessionState>,
}

impl Deref for QueryState {
    type Target = SessionState;

    fn deref(&self) -> &SessionState {
        self.state.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for QueryState {
    fn deref_mut(&mut self) -> &mut SessionState {
        self.state.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for QueryState {
    fn drop(&mut self) {
        let Some(mut state) = self.state.take().filter(|_| !std::thread::panicking()) else {
            return;
        };
        // It must not keep the snapshot.
        state.register_catalog_list(Arc::clone(self.template.state.catalog_list()));
        let mut spare = self.template.spare.lock();
        if spare.len() < MAX_SPARE {
            spare.push(state);
        }
    }
}

/// The template of an engine over these roots.
pub(in crate::engine) fn template(roots: &[Root], batch_size: usize) -> Result<Template> {
    let runtime = RuntimeEnvBuilder::new()
        .with_object_store_registry(Arc::new(Registry::new(roots)))
        // A cached listing would be stale for ever; the file lists of plans are frozen anyway.
        .with_cache_manager(CacheManagerConfig::default().with_list_files_cache_limit(0))
        .build_arc()
        .map_err(failed)?;
    let mut config = SessionConfig::new()
        .with_batch_size(batch_size)
        .with_target_partitions(1)
        .with_default_catalog_and_schema(CATALOG, ROOT_SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true);
    let options = config.options_mut();
    // With stealing, whoever runs one partition alone gets the rows of all of them.
    options.execution.enable_file_stream_work_stealing = false;
    // Tables make their own parts, where records are known to start.
    options.optimizer.repartition_file_scans = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    // Names stay as they are typed, and know where they are: `names` finds what they mean.
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.collect_spans = true;
    options.execution.parquet.schema_force_view_types = false;
    let shared = &mut options.optimizer.hash_join_single_partition_threshold;
    *shared = shared_join_bytes(cores()).max(*shared);
    // Numbers have to keep their digits before types are made the same, and moments are known by the types they get.
    let mut rules = Analyzer::new().rules;
    rules.insert(0, Arc::new(CompareDigits));
    rules.push(Arc::new(CompleteMoments));
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_analyzer_rules(rules)
        .build();
    // Nothing can be created from a file: no factories, no formats.
    state.table_factories_mut().clear();
    functions::register(&mut state).map_err(failed)?;
    limit(&mut state)?;
    let state = stoppable(state);
    Ok(Template {
        state,
        spare: Mutex::default(),
        plan_cache: PlanCache::default(),
    })
}

/// How large the smaller side of a join may be, in bytes, to become one table for all threads. One thread makes it; to make one
/// each, all threads divide the rows of both sides among them first, and that costs more the fewer they are. Measured on two
/// cores with TPC-H (`benches/tpch.rs`): with 32 MiB six queries take 0.6 to 0.9 of the time, and one takes 1.04 times as long,
/// which groups by the key of its join and could have used the division; with 64 MiB another one takes 1.3 times as long.
const fn shared_join_bytes(cores: usize) -> usize {
    const OF_TWO: usize = 32 << 20;
    OF_TWO * 4 / (cores * cores)
}

/// The state of one query: the template's settings over the tables of one snapshot.
pub(in crate::engine) fn session(
    template: &Arc<Template>,
    snapshot: Arc<Snapshot>,
    options: &PlanOptions,
) -> QueryState {
    let views = Arc::new(Views(Arc::clone(template)));
    session_over(template, Tables::new(views, snapshot, options.clone()))
}

/// The same over these tables, with the options that they have.
fn session_over(template: &Arc<Template>, tables: Tables) -> QueryState {
    let spare = template.spare.lock().pop();
    let mut state = QueryState {
        template: Arc::clone(template),
        state: Some(spare.unwrap_or_else(|| template.state.clone())),
    };
    // Whatever the query before it set.
    *state.config_mut() = template.state.config().clone();
    let options = tables.options().clone();
    set_partitions(&mut state, options.partitions);
    set_schema(&mut state, &options.schema);
    state.register_catalog_list(Arc::new(tables));
    let started: DateTime<Utc> = DateTime::from_timestamp_nanos(options.start_time_ns);
    let settings = Arc::clone(state.config_options());
    let props = state.execution_props_mut();
    props.mark_start_execution(settings);
    props.query_execution_start_time = Some(started);
    state
}

/// Plans the views that a query names.
struct Views(Arc<Template>);

#[async_trait]
impl PlanViews for Views {
    async fn plan(&self, tables: Tables, sql: &str) -> Result<LogicalPlan> {
        logical(&session_over(&self.0, tables), sql).await
    }
}

/// Plans for `count` partitions.
pub(in crate::engine) fn set_partitions(state: &mut SessionState, count: usize) {
    if state.config_options().execution.target_partitions == count {
        // A change would copy all the settings.
        return;
    }
    state.config_mut().options_mut().execution.target_partitions = count;
}

fn set_schema(state: &mut SessionState, schema: &str) {
    if state.config_options().catalog.default_schema != schema {
        schema.clone_into(&mut state.config_mut().options_mut().catalog.default_schema);
    }
}

/// The tables that are `read`, through views too, with their fingerprints, by id.
pub(in crate::engine) fn fingerprints(
    state: &SessionState,
    snapshot: &Snapshot,
    read: Vec<ResolvedTableReference>,
) -> Result<BTreeMap<String, u64>> {
    let (mut found, mut waiting) = (BTreeMap::new(), read);
    // What a view's text is read with: its names are not those of the session.
    let mut at_root = None;
    while let Some(reference) = waiting.pop() {
        let Some(table) = snapshot.find(&reference.schema, &reference.table) else {
            continue;
        };
        let new = found.insert(table.name.id.clone(), table.fingerprint()).is_none();
        if let (true, Source::View(query)) = (new, &table.source) {
            let state = at_root.get_or_insert_with(|| {
                let mut state = state.clone();
                set_schema(&mut state, ROOT_SCHEMA);
                state
            });
            let read = resolved(state, Read::parse(state, &query.sql)?)?;
            waiting.extend(references(state, &read.statement)?);
        }
    }
    Ok(found)
}

/// The relations that a statement names, whole.
pub(in crate::engine) fn references(
    state: &SessionState,
    statement: &Statement,
) -> Result<Vec<ResolvedTableReference>> {
    let default_schema = &state.config_options().catalog.default_schema;
    let references = state.resolve_table_references(statement).map_err(failed)?;
    let whole = |reference: TableReference| reference.resolve(CATALOG, default_schema);
    Ok(references.into_iter().map(whole).collect())
}
