//! What a statement takes and gives, before it is executed.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::parameters;
use super::plan::context::{Template, session};
use super::plan::logical::logical_of;
use super::plan::physical;
use super::query::PlanOptions;
use super::statement::Statement;
use super::write::change::{self, check_writable};
use crate::catalog::Snapshot;
use crate::error::Result;
use crate::session::Parameter;

/// What a statement takes and gives.
#[derive(Debug, Clone)]
pub struct Described {
    /// The columns of its rows; absent for one that changes something.
    pub schema: Option<SchemaRef>,
    /// Its parameters, in their order.
    pub parameters: Vec<Parameter>,
}

pub(super) async fn describe(
    template: &Arc<Template>,
    snapshot: Arc<Snapshot>,
    text: &str,
    options: &PlanOptions,
    is_writable: bool,
) -> Result<Described> {
    let mut state = session(template, snapshot, options);
    let read = match Statement::parse(&state, text, is_writable)? {
        Statement::Read(read) => read,
        Statement::Change(change) => {
            check_writable(&change, is_writable)?;
            return Ok(Described {
                schema: None,
                parameters: change::parameters(&state, change).await?,
            });
        }
    };
    let plan = logical_of(&state, read).await?;
    let parameters = parameters::declared(&plan)?;
    // The physical plan's columns are those that its stream has, to the letter.
    let plan = physical(&mut state, &parameters::typed(plan, &parameters)?).await?;
    Ok(Described {
        schema: Some(plan.schema()),
        parameters,
    })
}
