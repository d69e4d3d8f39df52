//! Who runs plans: this process, or what is put in front of it.

use std::fmt::Debug;

use arrow::record_batch::RecordBatch;
use futures::stream::BoxStream;

use crate::engine::plan::PlannedQuery;
use crate::error::Result;

/// The rows of a query, as they come. Dropping it stops the work.
pub type QueryStream = BoxStream<'static, Result<RecordBatch>>;

/// Runs plans. One that distributes them wraps another one for what it does not distribute.
pub trait Executor: Debug + Send + Sync {
    /// Runs a plan, whole or one of its [partitions](PlannedQuery::partitions). It is taken: a plan runs once. Call it and poll
    /// what it returns on the query runtime.
    ///
    /// # Errors
    /// `Invalid` for a part that there is not; the stream's items carry what goes wrong later.
    fn execute(&self, plan: PlannedQuery, part: Option<usize>) -> Result<QueryStream>;
}

/// Runs plans in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalExecutor;

impl Executor for LocalExecutor {
    fn execute(&self, plan: PlannedQuery, part: Option<usize>) -> Result<QueryStream> {
        plan.stream(part)
    }
}
