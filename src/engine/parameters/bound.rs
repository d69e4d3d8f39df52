//! A statement with the values of its parameters: one plan for each row of them.

use arrow::record_batch::RecordBatch;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use crate::engine::failure::failed;
use crate::engine::parameters;
use crate::error::{Error, Result};
use crate::session::Parameter;

/// A plan, and the values for its parameters.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Bound {
    plan: LogicalPlan,
    parameters: Vec<Parameter>,
    rows: Option<RecordBatch>,
}

impl Bound {
    /// Puts a plan and values together: one column a parameter, one row an execution.
    ///
    /// # Errors
    /// `Invalid` when there are parameters and no values for them, or the other way round, or values that do not fit.
    pub(in crate::engine) fn new(plan: LogicalPlan, rows: Option<RecordBatch>) -> Result<Self> {
        let declared = parameters::declared(&plan)?;
        let rows = rows.map(|rows| parameters::rows(&rows, &declared)).transpose()?;
        if rows.is_none() && !declared.is_empty() {
            let count = declared.len();
            let noun = if count == 1 { "parameter" } else { "parameters" };
            return Err(Error::invalid(format!("the statement has {count} {noun}, 0 given")));
        }
        let rows = rows.filter(|_| !declared.is_empty());
        Ok(Self {
            plan,
            parameters: declared,
            rows,
        })
    }

    /// How many times it is to be executed.
    pub(in crate::engine) fn count(&self) -> usize {
        self.rows.as_ref().map_or(1, RecordBatch::num_rows)
    }

    /// The plan with the values of a row. Without any row, one that has the same columns and gives nothing.
    ///
    /// # Errors
    /// `Invalid` when the engine cannot plan it with these values.
    pub(in crate::engine) fn plan(&self, row: usize) -> Result<LogicalPlan> {
        match &self.rows {
            None => Ok(self.plan.clone()),
            Some(rows) if row < rows.num_rows() => {
                parameters::bind(self.plan.clone(), &parameters::scalars(rows, row)?)
            }
            Some(_) => {
                let typed = parameters::typed(self.plan.clone(), &self.parameters)?;
                let nothing = LogicalPlanBuilder::from(typed).limit(0, Some(0));
                nothing.and_then(LogicalPlanBuilder::build).map_err(failed)
            }
        }
    }
}
