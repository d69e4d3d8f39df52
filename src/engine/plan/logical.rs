//! A statement that reads → its logical plan.

use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::summarize::summary;
use crate::engine::failure::failed;
use crate::engine::names;
use crate::engine::planners::check_size;
use crate::engine::statement::Read;
use crate::engine::statement::guard::check_plan;
use crate::engine::statement::summarize::whole_table;
use crate::error::Result;

/// The logical plan of one SQL statement that can only be one that reads.
pub(in crate::engine) async fn logical(state: &SessionState, sql: &str) -> Result<LogicalPlan> {
    logical_of(state, Read::parse(state, sql)?).await
}

/// The logical plan of a statement.
pub(in crate::engine) async fn logical_of(state: &SessionState, read: Read) -> Result<LogicalPlan> {
    planned(state, resolved(state, read)?).await
}

/// The same statement with its names as the tables spell them; those that are not there are an error.
pub(in crate::engine) fn resolved(state: &SessionState, mut read: Read) -> Result<Read> {
    names::resolve(state, &mut read.statement)?;
    Ok(read)
}

/// The logical plan of a statement whose names are resolved.
pub(super) async fn planned(state: &SessionState, read: Read) -> Result<LogicalPlan> {
    let table = match read.summarized {
        true => whole_table(&read.statement),
        false => None,
    };
    let scan = match table {
        Some(name) => scan(state, name).await?,
        None => None,
    };
    let plan = match scan {
        Some(scan) => scan.build().map_err(failed)?,
        None if read.is_query() => names::distinct(names::plan(state, read.statement).await?).map_err(failed)?,
        None => names::plan(state, read.statement).await?,
    };
    check_size(&plan).map_err(failed)?;
    check_plan(&plan)?;
    if read.summarized {
        return summary(plan);
    }
    Ok(plan)
}

/// All of a table, if it is there.
pub(super) async fn scan(state: &SessionState, name: TableReference) -> Result<Option<LogicalPlanBuilder>> {
    let schema = state.schema_for_ref(name.clone()).map_err(failed)?;
    let Some(provider) = schema.table(name.table()).await.map_err(failed)? else {
        return Ok(None);
    };
    let scan = LogicalPlanBuilder::scan(name, provider_as_source(provider), None);
    scan.map(Some).map_err(failed)
}
