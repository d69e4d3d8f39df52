//! What a statement takes and gives, before it is executed.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};

use super::change;
use super::context::{Template, session};
use super::parameters;
use super::plan::{logical, physical};
use super::query::PlanOptions;
use super::statement::{StatementKind, kind};
use crate::catalog::Snapshot;
use crate::error::Result;

/// What a statement takes and gives.
#[derive(Debug, Clone)]
pub struct Described {
    /// The columns of its rows; absent for one that changes something.
    pub schema: Option<SchemaRef>,
    /// The types of its parameters, in their order.
    pub parameters: Vec<DataType>,
}

pub(super) async fn describe(
    template: &Arc<Template>,
    snapshot: Arc<Snapshot>,
    text: &str,
    options: &PlanOptions,
) -> Result<Described> {
    let mut state = session(template, snapshot, options);
    if kind(&state, text, true)? == StatementKind::Change {
        return Ok(Described {
            schema: None,
            parameters: change::parameters(&state, text).await?,
        });
    }
    let plan = logical(&state, text).await?;
    let parameters = parameters::declared(&plan)?;
    // The physical plan's columns are those that its stream has, to the letter.
    let plan = physical(&mut state, &parameters::typed(plan, &parameters)?).await?;
    Ok(Described {
        schema: Some(plan.schema()),
        parameters,
    })
}
