//! Statements that change something: CREATE TABLE, CREATE VIEW, INSERT, DROP, USE. Each takes effect whole or not at all,
//! and once: rows are written aside and become a table's by one commit at the end.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, WriteOp};
use datafusion::physical_plan::execute_stream;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{CreateTable, CreateView, Insert, ObjectName, ObjectType, Statement as Ast, Use};
use futures::StreamExt;

use super::by_name::name_columns;
use super::target::{Target, no_session};
use crate::catalog::{CATALOG, Table};
use crate::discovery::{DatasetName, SavedQuery};
use crate::engine::failure::failed;
use crate::engine::parameters::bound::Bound;
use crate::engine::plan::context::QueryState;
use crate::engine::plan::physical;
use crate::engine::planners::check_size;
use crate::engine::query::{PlanOptions, SqlQuery};
use crate::engine::run::progress::fraction;
use crate::engine::statement::guard::{check_plan, read_only, verb};
use crate::engine::statement::{self, Statement};
use crate::engine::{Engine, names, overlaid, parameters};
use crate::error::{Error, ErrorKind, Result};
use crate::request::RequestContext;
use crate::session::{Parameter, Session};
use crate::writable::{Change, Mode, PendingRows, RelationKind, TableWriter, WritableTables, WrittenContent};

/// One execution of a statement that changes something.
struct Changing<'a> {
    engine: &'a Engine,
    state: QueryState,
    options: PlanOptions,
    context: RequestContext,
    /// The session, if what is put there will be found again.
    session: Option<Arc<Session>>,
    parameters: Option<RecordBatch>,
}

impl Engine {
    /// Runs a statement that changes something, once. Returns the number of rows that it wrote.
    ///
    /// # Errors
    /// `Denied` on a server that only reads, and for a table that is a file of the sources; `Exists` and `NotFound` as the
    /// statement does not allow for; `Invalid` for what is wrong in it.
    pub async fn change(
        self: &Arc<Self>,
        context: &RequestContext,
        query: SqlQuery,
        options: PlanOptions,
    ) -> Result<u64> {
        context.subject.set_statement(&query.text);
        let (template, is_writable) = (Arc::clone(&self.template), self.is_writable());
        let parsed = self.planners.run(async move {
            let statement = Statement::parse(template.state(), &query.text, is_writable)?;
            Ok((statement, query.parameters))
        });
        match parsed.await? {
            (Statement::Change(change), parameters) => self.apply_change(context, change, parameters, options).await,
            (Statement::Read(_), _) => Err(Objection::Unchanging.into()),
        }
    }

    /// Runs a statement that was parsed.
    pub(in crate::engine) async fn apply_change(
        self: &Arc<Self>,
        context: &RequestContext,
        change: statement::Change,
        parameters: Option<RecordBatch>,
        options: PlanOptions,
    ) -> Result<u64> {
        check_writable(&change, self.is_writable())?;
        let (engine, context) = (Arc::clone(self), context.clone());
        self.runtime
            .spawn(async move {
                let changing = Changing {
                    state: crate::engine::plan::context::session(&engine.template, engine.visible(&context), &options),
                    engine: &engine,
                    options,
                    session: context.kept_session(),
                    parameters,
                    context,
                };
                changing.run(change).await
            })
            .await?
    }

    /// Refuses `what` when this server only reads.
    ///
    /// # Errors
    /// `Denied`, with the reason.
    pub fn check_writable(&self, what: &str) -> Result<()> {
        match self.is_writable() {
            true => Ok(()),
            false => Err(read_only(what)),
        }
    }

    /// Begins to write rows for a table.
    pub(in crate::engine) fn writer(&self, target: &Target, columns: &Schema) -> Result<TableWriter> {
        let tables = match &target.session {
            Some(session) if target.temporary => {
                session.temporary_store(|| self.writable().map(WritableTables::temporary))?
            }
            _ => self.writable()?.clone(),
        };
        tables.writer(&target.name, columns)
    }

    /// Makes rows part of their table.
    pub(in crate::engine) async fn commit_rows(&self, target: &Target, data: PendingRows, mode: Mode) -> Result<u64> {
        let rows = data.rows();
        self.apply(target, Change::Write { data, mode }).await?;
        Ok(rows)
    }

    /// Applies a change where the target lies: in the session, or for everyone.
    async fn apply(&self, target: &Target, change: Change) -> Result<()> {
        let Some(session) = target.session.as_ref().filter(|_| target.temporary) else {
            return Engine::commit(self, change).await.map(|_| ());
        };
        let tables = session.temporary_store(|| self.writable().map(WritableTables::temporary))?;
        match tables.commit(change).await? {
            None => session.drop_temporary(&target.name.id),
            Some(written) => {
                let table = match &written.content {
                    WrittenContent::Rows(_) => Table::written(&written),
                    WrittenContent::View(sql) => Some(self.temporary_view(&written.name, sql, session).await?),
                };
                session.put_temporary(Arc::new(table.ok_or(Objection::Untabled)?));
            }
        }
        Ok(())
    }

    async fn temporary_view(&self, name: &DatasetName, sql: &str, session: &Session) -> Result<Table> {
        let query = SavedQuery {
            name: name.clone(),
            file: name.id.clone(),
            description: None,
            sql: sql.to_owned(),
        };
        let snapshot = overlaid(self.snapshot(), Some(session));
        let schema = crate::engine::view_schema(&self.template, &self.planners, snapshot, query.sql.clone()).await?;
        Ok(Table::view(query, schema, true))
    }
}

impl Changing<'_> {
    async fn run(self, change: statement::Change) -> Result<u64> {
        match *change.0 {
            Ast::CreateTable(create) => self.create_table(create).await,
            Ast::CreateView(create) => self.create_view(create).await,
            Ast::Insert(insert) => self.insert(insert).await,
            Ast::Drop {
                object_type,
                if_exists,
                names,
                ..
            } => self.drop_all(object_type, if_exists, &names).await,
            Ast::Use(to) => self.use_schema(to).await,
            other => Err(Objection::Verb(verb(&other)).into()),
        }
    }

    async fn create_table(&self, create: CreateTable) -> Result<u64> {
        let target = self.target(&create.name, create.temporary)?;
        if let Some(count) = target.check_create(create.if_not_exists, create.or_replace, RelationKind::Table)? {
            return Ok(count);
        }
        let mode = if create.or_replace { Mode::Replace } else { Mode::Create };
        let plan = self.planned_table(create).await?;
        let columns = named_columns(plan.schema().as_arrow());
        let written = self.write(plan, &target, columns).await?;
        self.engine.commit_rows(&target, written, mode).await
    }

    /// The plan of the rows that a new table begins with: those of its query, or none; in its columns.
    async fn planned_table(&self, mut create: CreateTable) -> Result<LogicalPlan> {
        let has_options = create.columns.iter().any(|column| !column.options.is_empty());
        if has_options || !create.constraints.is_empty() {
            return Err(Objection::Constrained.into());
        }
        // What these ask for is done here.
        (create.temporary, create.or_replace, create.if_not_exists) = (false, false, false);
        let statement = Parsed::Statement(Box::new(Ast::CreateTable(create)));
        let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) = self.planned(statement).await? else {
            return Err(Objection::Replanned("CREATE TABLE").into());
        };
        check_plan(&table.input)?;
        Ok(Arc::unwrap_or_clone(table.input))
    }

    /// The plan of a statement, its names resolved.
    async fn planned(&self, mut statement: Parsed) -> Result<LogicalPlan> {
        let state = self.state.clone();
        let planned = self.engine.planners.run(async move {
            names::resolve(&state, &mut statement)?;
            name_columns(&state, &mut statement).await?;
            let plan = names::plan(&state, statement).await?;
            check_size(&plan).map_err(failed)?;
            Ok(plan)
        });
        self.engine.with_unserved(planned.await).await
    }

    async fn create_view(&self, create: CreateView) -> Result<u64> {
        let target = self.target(&create.name, create.temporary)?;
        if let Some(count) = target.check_create(create.if_not_exists, create.or_replace, RelationKind::View)? {
            return Ok(count);
        }
        if create.materialized {
            return Err(Objection::Materialized.into());
        }
        let mut statement = Parsed::Statement(Box::new(Ast::Query(create.query.clone())));
        names::resolve(&self.state, &mut statement)?;
        let mut sql = match &statement {
            Parsed::Statement(query) => query.to_string(),
            _ => return Err(Objection::Rewritten.into()),
        };
        if !create.columns.is_empty() {
            let columns: Vec<_> = create.columns.iter().map(|column| column.name.to_string()).collect();
            sql = format!("SELECT * FROM ({sql}) AS v({})", columns.join(", "));
        }
        // It is planned now to be refused now, and as when it is used: for everyone, unless it is the session's own.
        let snapshot = match target.temporary {
            true => self.engine.visible(&self.context),
            false => self.engine.snapshot(),
        };
        let (template, text) = (Arc::clone(&self.engine.template), sql.clone());
        let parameters = self.engine.planners.run(async move {
            let state = crate::engine::plan::context::session(&template, snapshot, &PlanOptions::default());
            parameters::declared(&crate::engine::plan::logical::logical(&state, &text).await?)
        });
        if !parameters.await?.is_empty() {
            return Err(Objection::Parameterized.into());
        }
        let change = Change::View {
            name: target.name.clone(),
            sql,
            replace: create.or_replace,
        };
        self.engine.apply(&target, change).await.map(|()| 0)
    }

    async fn insert(&self, insert: Insert) -> Result<u64> {
        let (target, plan) = self.planned_insert(insert).await?;
        let columns = target.existing_columns()?;
        let written = self.write(plan, &target, columns).await?;
        self.engine.commit_rows(&target, written, Mode::Append).await
    }

    /// The table of an INSERT and the plan of the rows for it, in the table's columns.
    async fn planned_insert(&self, insert: Insert) -> Result<(Target, LogicalPlan)> {
        let statement = Parsed::Statement(Box::new(Ast::Insert(insert)));
        let LogicalPlan::Dml(dml) = self.planned(statement).await? else {
            return Err(Objection::Replanned("INSERT").into());
        };
        if !matches!(dml.op, WriteOp::Insert(InsertOp::Append)) {
            return Err(Objection::Overwriting.into());
        }
        check_plan(&dml.input)?;
        let target = self.target_of(&dml.table_name)?;
        target.check_append()?;
        Ok((target, Arc::unwrap_or_clone(dml.input)))
    }

    async fn drop_all(&self, object: ObjectType, if_exists: bool, dropped: &[ObjectName]) -> Result<u64> {
        let kind = match object {
            ObjectType::View => RelationKind::View,
            _ => RelationKind::Table,
        };
        for name in dropped {
            let target = self.target(name, false)?;
            if target.existing.is_none() && if_exists {
                continue;
            }
            target.check_drop(kind)?;
            let change = Change::Drop {
                name: target.name.clone(),
                kind,
            };
            self.engine.apply(&target, change).await?;
        }
        Ok(0)
    }

    async fn use_schema(&self, to: Use) -> Result<u64> {
        let (Use::Object(name) | Use::Schema(name) | Use::Database(name) | Use::Catalog(name)) = to else {
            return Err(Objection::Schemaless.into());
        };
        let parts: Vec<_> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let schema = match parts.as_slice() {
            [schema] => names::schema(&self.state, schema)?,
            [catalog, schema] if catalog.value.eq_ignore_ascii_case(CATALOG) => names::schema(&self.state, schema)?,
            _ => return Err(Objection::Schema(name).into()),
        };
        let session = self.session.as_ref().ok_or_else(no_session)?;
        session.set(|options| options.schema = Some(schema));
        Ok(0)
    }

    fn target(&self, name: &ObjectName, temporary: bool) -> Result<Target> {
        let parts: Vec<_> = name
            .0
            .iter()
            .map(|part| part.as_ident().map(|ident| ident.value.as_str()))
            .collect();
        let parts = parts.into_iter().collect::<Option<Vec<_>>>();
        let parts = parts.ok_or_else(|| Objection::Table(name.clone()))?;
        Target::of(
            self.engine,
            self.session.clone(),
            &self.options.schema,
            &parts,
            temporary,
        )
    }

    fn target_of(&self, name: &datafusion::common::TableReference) -> Result<Target> {
        let parts: Vec<_> = [name.catalog(), name.schema(), Some(name.table())]
            .into_iter()
            .flatten()
            .collect();
        Target::of(self.engine, self.session.clone(), &self.options.schema, &parts, false)
    }

    /// Runs a plan, once for each row of parameters, and writes its rows aside.
    async fn write(&self, plan: LogicalPlan, target: &Target, columns: SchemaRef) -> Result<PendingRows> {
        let bound = Bound::new(plan, self.parameters.clone())?;
        let mut writer = self.engine.writer(target, &columns)?;
        for row in 0..bound.count() {
            let (mut state, logical) = (self.state.clone(), bound.plan(row)?);
            let planned = self
                .engine
                .planners
                .run(async move { physical(&mut state, &logical).await });
            let plan = planned.await?;
            let watched = Arc::clone(&plan);
            self.context.progress.watch(move || fraction(&watched));
            let mut batches = execute_stream(plan, self.state.task_ctx()).map_err(failed)?;
            while let Some(batch) = batches.next().await {
                writer.write(&fitted(&batch.map_err(failed)?, &columns)?).await?;
            }
        }
        writer.finish().await
    }
}

/// Refuses a statement that changes data when this server only reads.
///
/// # Errors
/// `Denied`, with the reason.
pub(in crate::engine) fn check_writable(change: &statement::Change, is_writable: bool) -> Result<()> {
    match is_writable || change.is_of_session() {
        true => Ok(()),
        false => Err(read_only(&change.verb())),
    }
}

/// A statement's parameters.
pub(in crate::engine) async fn parameters(state: &SessionState, change: statement::Change) -> Result<Vec<Parameter>> {
    let mut statement = match *change.0 {
        Ast::Insert(insert) => Parsed::Statement(Box::new(Ast::Insert(insert))),
        Ast::CreateTable(CreateTable { query: Some(query), .. }) | Ast::CreateView(CreateView { query, .. }) => {
            Parsed::Statement(Box::new(Ast::Query(query)))
        }
        _ => return Ok(Vec::new()),
    };
    names::resolve(state, &mut statement)?;
    name_columns(state, &mut statement).await?;
    parameters::declared(&names::plan(state, statement).await?)
}

/// The batch in exactly these columns, by position. A value that does not fit is an error.
pub(in crate::engine) fn fitted(batch: &RecordBatch, columns: &SchemaRef) -> Result<RecordBatch> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let arrays = batch.columns().iter().zip(columns.fields()).map(|(array, field)| {
        if array.data_type() == field.data_type() {
            return Ok(Arc::clone(array));
        }
        cast_with_options(array, field.data_type(), &strict).map_err(|why| {
            let column = field.name().clone();
            Objection::Value { column, why }
        })
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(columns), arrays.collect::<Result<_, Objection>>()?, &options)
        .map_err(|why| Objection::Batch(why).into())
}

/// The columns of a result as those of a table: nothing but their names and types.
fn named_columns(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields: Vec<_> = fields
        .map(|field| Field::new(field.name(), field.data_type().clone(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// What is wrong with a statement that changes something.
#[derive(Debug, thiserror::Error)]
enum Objection {
    #[error("this statement changes nothing: execute it as a query, which returns its rows")]
    Unchanging,
    #[error("{0} is not available")]
    Verb(String),
    #[error("the tables of this server keep no constraints: give columns a name and a type only")]
    Constrained,
    #[error("views are not materialized here; CREATE TABLE … AS keeps rows")]
    Materialized,
    #[error("a view has no parameters")]
    Parameterized,
    #[error("rows can only be added: INSERT OVERWRITE and REPLACE are not available")]
    Overwriting,
    #[error("USE takes the name of a schema")]
    Schemaless,
    #[error("'{0}' is not the name of a schema")]
    Schema(ObjectName),
    #[error("'{0}' is not the name of a table")]
    Table(ObjectName),
    #[error("column '{column}': {why}")]
    Value { column: String, why: ArrowError },
    #[error("{0}")]
    Batch(ArrowError),
    #[error("{0} was planned as something else")]
    Replanned(&'static str),
    #[error("a query became something else")]
    Rewritten,
    #[error("rows are not a table")]
    Untabled,
}

impl From<Objection> for Error {
    fn from(objection: Objection) -> Self {
        let kind = match &objection {
            Objection::Unchanging
            | Objection::Verb(_)
            | Objection::Constrained
            | Objection::Materialized
            | Objection::Parameterized
            | Objection::Overwriting
            | Objection::Schemaless
            | Objection::Schema(_)
            | Objection::Table(_)
            | Objection::Value { .. }
            | Objection::Batch(_) => ErrorKind::Invalid,
            Objection::Replanned(_) | Objection::Rewritten | Objection::Untabled => ErrorKind::Internal,
        };
        Self::new(kind, objection.to_string())
    }
}
