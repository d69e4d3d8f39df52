//! The tables of one snapshot, as the engine asks for them while it plans. A view among them is text, which is planned for
//! each query that names it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result as DfResult, plan_err};
use datafusion::datasource::{TableType, ViewTable};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use super::file_table::FileTable;
use super::planners::look_up;
use super::query::PlanOptions;
use crate::catalog::{CATALOG, Snapshot, Source};
use crate::discovery::naming::ROOT_SCHEMA;
use crate::error::{Error, Result};

/// Views may be built on views, this deep; deeper is a circle.
const MAX_VIEW_DEPTH: usize = 16;

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

/// What plans the text of a view.
#[async_trait]
pub(super) trait PlanViews: Send + Sync {
    /// The plan of `sql` over `tables`, with their options.
    async fn plan(&self, tables: Tables, sql: &str) -> Result<LogicalPlan>;
}

/// The tables of one snapshot, as the engine asks for them: a list of one catalog, that catalog, and its schemas.
#[derive(Clone)]
pub(super) struct Tables {
    views: Arc<dyn PlanViews>,
    snapshot: Arc<Snapshot>,
    options: PlanOptions,
    depth: usize,
    /// The tables have the columns that say where rows come from, where there are such.
    lineage: bool,
}

impl Tables {
    /// The tables of `snapshot` for a query with these options.
    pub(super) fn new(views: Arc<dyn PlanViews>, snapshot: Arc<Snapshot>, options: PlanOptions) -> Self {
        Self {
            views,
            snapshot,
            options,
            depth: 0,
            lineage: false,
        }
    }

    /// The options of the query.
    pub(super) fn options(&self) -> &PlanOptions {
        &self.options
    }
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
            Source::Files(files) => Ok(Some(Arc::new(FileTable::new(files, self.tables.lineage)))),
            Source::View(query) => Ok(Some(self.tables.view(name, &query.sql).await?)),
            Source::System(system) => system.provider(&self.tables.snapshot).map(Some),
        }
    }

    async fn table_type(&self, name: &str) -> DfResult<Option<TableType>> {
        let table = self.tables.snapshot.find(&self.schema, name);
        Ok(table.map(|table| match table.source {
            Source::Files(_) | Source::System(_) => TableType::Base,
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
        let tables = Tables {
            options: PlanOptions {
                // Whoever saved the text did not know the session that uses it.
                schema: ROOT_SCHEMA.into(),
                ..self.options.clone()
            },
            depth: self.depth + 1,
            lineage: false,
            ..self.clone()
        };
        let plan = self.views.plan(tables, sql).await;
        let plan = plan.map_err(|error| DataFusionError::External(Box::new(in_view(name, error))))?;
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
