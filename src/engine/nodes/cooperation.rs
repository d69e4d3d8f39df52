//! Plans that give way. A task of the query runtime can be left, and lets others run, only where it waits; the engine
//! counts the batches that are read and waits after some. A join makes any number of batches out of one that was read, so
//! those that it gives are counted too.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};

use super::slices::sliced;
use super::turns::TurnsExec;

/// The same plan, whose joins wait now and then and whose unions have few of their parts open at once.
pub(in crate::engine) fn giving_way(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let wrapped = plan.transform_up(|node| {
        if node.name().ends_with("JoinExec") {
            Ok(Transformed::yes(
                Arc::new(CooperativeExec::new(probed_in_slices(node)?)) as _,
            ))
        } else if TurnsExec::suits(&node) {
            Ok(Transformed::yes(Arc::new(TurnsExec::new(node)) as _))
        } else {
            Ok(Transformed::no(node))
        }
    });
    wrapped.map(|wrapped| wrapped.data)
}

/// A join that compares many pairs before it gives a batch reads its probe side, the right one, in slices.
fn probed_in_slices(join: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    if !join.is::<HashJoinExec>() && !join.is::<NestedLoopJoinExec>() {
        return Ok(join);
    }
    let mut children: Vec<_> = join.children().into_iter().map(Arc::clone).collect();
    if let Some(probe) = children.pop() {
        children.push(sliced(probe));
    }
    replace_children_if_necessary(join, children)
}
