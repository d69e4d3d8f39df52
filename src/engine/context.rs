//! The engine's settings, and the tables that one query may name.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, ResolvedTableReference, Result as DfResult, TableReference, plan_err};
use datafusion::datasource::{TableType, ViewTable};
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::Analyzer;
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use parking_lot::Mutex;

use super::failure::failed;
use super::known::KnownStatements;
use super::limited::limit;
use super::moments::CompleteMoments;
use super::numbers::CompareDigits;
use super::plan::{logical, resolved};
use super::planning::{look_up, stoppable};
use super::query::PlanOptions;
use super::statement::Read;
use crate::catalog::{CATALOG, Snapshot, Source};
use crate::discovery::naming::ROOT_SCHEMA;
use crate::error::{Error, Result};
use crate::store::{Registry, Root};

/// Most states that are kept for queries to come.
const MAX_SPARE: usize = 64;

/// Views may be built on views, this deep; deeper is a circle.
const MAX_VIEW_DEPTH: usize = 16;

/// What every query's state is like: functions, rules and settings, no tables.
#[derive(Debug)]
pub(super) struct Template {
    state: SessionState,
    /// States that no query uses now. Each is a copy of hundreds of functions, which takes longer than to plan a small query.
    spare: Mutex<Vec<SessionState>>,
    pub(super) known: KnownStatements,
}

impl Template {
    pub(super) fn batch_size(&self) -> usize {
        self.state.config_options().execution.batch_size.get()
    }

    /// The state without tables.
    pub(super) fn state(&self) -> &SessionState {
        &self.state
    }
}

/// The state of one query; the next one gets it when it is dropped.
pub(super) struct QueryState {
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
pub(super) fn template(roots: &[Root], batch_size: usize) -> Result<Template> {
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
    limit(&mut state)?;
    let state = stoppable(state);
    Ok(Template {
        state,
        spare: Mutex::default(),
        known: KnownStatements::default(),
    })
}

/// The state of one query: the template's settings over the tables of one snapshot.
pub(super) fn session(template: &Arc<Template>, snapshot: Arc<Snapshot>, options: &PlanOptions) -> QueryState {
    session_at(template, snapshot, options, 0)
}

fn session_at(template: &Arc<Template>, snapshot: Arc<Snapshot>, options: &PlanOptions, depth: usize) -> QueryState {
    let spare = template.spare.lock().pop();
    let mut state = QueryState {
        template: Arc::clone(template),
        state: Some(spare.unwrap_or_else(|| template.state.clone())),
    };
    // Whatever the query before it set.
    *state.config_mut() = template.state.config().clone();
    set_partitions(&mut state, options.partitions);
    set_schema(&mut state, &options.schema);
    state.register_catalog_list(Arc::new(Tables {
        template: Arc::clone(template),
        snapshot,
        options: options.clone(),
        depth,
        lineage: false,
    }));
    let started: DateTime<Utc> = DateTime::from_timestamp_nanos(options.start_time_ns);
    let settings = Arc::clone(state.config_options());
    let props = state.execution_props_mut();
    props.mark_start_execution(settings);
    props.query_execution_start_time = Some(started);
    state
}

/// Plans for `count` partitions.
pub(super) fn set_partitions(state: &mut SessionState, count: usize) {
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

/// The snapshot whose tables this state plans over; none for the template itself.
pub(super) fn snapshot(state: &SessionState) -> Option<Arc<Snapshot>> {
    let list: &dyn std::any::Any = state.catalog_list().as_ref();
    list.downcast_ref::<Tables>().map(|tables| Arc::clone(&tables.snapshot))
}

/// The same state over tables that have the columns which say where rows come from; none for the template itself.
pub(super) fn with_lineage(state: &SessionState) -> Option<SessionState> {
    let list: &dyn std::any::Any = state.catalog_list().as_ref();
    let tables = list.downcast_ref::<Tables>()?;
    let mut state = state.clone();
    state.register_catalog_list(Arc::new(Tables {
        lineage: true,
        ..tables.clone()
    }));
    Some(state)
}

/// The tables of one snapshot, as the engine asks for them: a list of one catalog, that catalog, and its schemas.
#[derive(Clone)]
struct Tables {
    template: Arc<Template>,
    snapshot: Arc<Snapshot>,
    options: PlanOptions,
    depth: usize,
    /// The tables have the columns that say where rows come from, where there are such.
    lineage: bool,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tables(version {})", self.snapshot.version())
    }
}

impl CatalogProviderList for Tables {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.into()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::new(self.clone()) as _)
    }
}

impl CatalogProvider for Tables {
    fn schema_names(&self) -> Vec<String> {
        self.snapshot.schemas().into_iter().map(str::to_owned).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let known = name == CATALOG || self.snapshot.schemas().contains(name);
        known.then(|| {
            Arc::new(SchemaTables {
                tables: self.clone(),
                schema: name.into(),
            }) as _
        })
    }
}

#[derive(Debug)]
struct SchemaTables {
    tables: Tables,
    schema: String,
}

#[async_trait]
impl SchemaProvider for SchemaTables {
    fn table_names(&self) -> Vec<String> {
        self.tables
            .snapshot
            .table_names(&self.schema)
            .map(str::to_owned)
            .collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>> {
        look_up()?;
        let Some(table) = self.tables.snapshot.find(&self.schema, name) else {
            return Ok(None);
        };
        match &table.source {
            Source::File { open, .. } | Source::Written { open, .. } => {
                let wide = open.lineage.as_ref().filter(|_| self.tables.lineage);
                Ok(Some(Arc::clone(wide.unwrap_or(&open.provider))))
            }
            Source::View(query) => Ok(Some(self.tables.view(name, &query.sql).await?)),
            Source::System(system) => system.provider(&self.tables.snapshot).map(Some),
        }
    }

    async fn table_type(&self, name: &str) -> DfResult<Option<TableType>> {
        let table = self.tables.snapshot.find(&self.schema, name);
        Ok(table.map(|table| match table.source {
            Source::File { .. } | Source::Written { .. } | Source::System(_) => TableType::Base,
            Source::View(_) => TableType::View,
        }))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.snapshot.find(&self.schema, name).is_some()
    }
}

impl Tables {
    /// A view is SQL text: it is planned for each query, over the snapshot that the query sees.
    async fn view(&self, name: &str, sql: &str) -> DfResult<Arc<dyn TableProvider>> {
        if self.depth >= MAX_VIEW_DEPTH {
            return plan_err!("view '{name}' is defined by itself");
        }
        let options = PlanOptions {
            // Whoever saved the text did not know the session that uses it.
            schema: ROOT_SCHEMA.into(),
            ..self.options.clone()
        };
        let state = session_at(&self.template, Arc::clone(&self.snapshot), &options, self.depth + 1);
        let plan = logical(&state, sql)
            .await
            .map_err(|error| DataFusionError::External(Box::new(in_view(name, error))))?;
        Ok(Arc::new(ViewTable::new(plan, Some(sql.to_owned()))))
    }
}

/// A place in a view's text is none in the statement's.
fn in_view(name: &str, error: Error) -> Error {
    let message = error.message();
    if message.starts_with("in view '") || !message.ends_with(')') {
        return error;
    }
    Error::new(error.kind(), format!("in view '{name}': {message}")).with_source(error)
}

/// The tables that are `read`, through views too, with their fingerprints, by id.
pub(super) fn fingerprints(
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
pub(super) fn references(state: &SessionState, statement: &Statement) -> Result<Vec<ResolvedTableReference>> {
    let default_schema = &state.config_options().catalog.default_schema;
    let references = state.resolve_table_references(statement).map_err(failed)?;
    let whole = |reference: TableReference| reference.resolve(CATALOG, default_schema);
    Ok(references.into_iter().map(whole).collect())
}
