//! Which plans can be read in parts by clients who do not know of each other.

use std::sync::Arc;

use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;

use super::through::ThroughExec;

/// True when each output partition needs its own input partition and nothing else: a chain of nodes that work row by
/// row over one scan. A limit, a repartitioning, a merge, a join or a sort sees rows of other partitions.
pub(in crate::engine) fn is_separable(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if plan.fetch().is_some() {
        return false;
    }
    if plan.downcast_ref::<DataSourceExec>().is_some() {
        return true;
    }
    let row_by_row = plan.downcast_ref::<ProjectionExec>().is_some()
        || plan.downcast_ref::<FilterExec>().is_some()
        || plan.downcast_ref::<CooperativeExec>().is_some()
        || plan.downcast_ref::<ThroughExec>().is_some();
    match plan.children().as_slice() {
        [input] if row_by_row => is_separable(input),
        _ => false,
    }
}
