//! How large a statement may become when what it names is put in its place: a `WITH` or a view that is used twice is planned
//! twice, so thirty of them, each using the one before twice, would be a billion.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::LogicalPlan;

use super::budget::{most_expressions, note_expressions};
use crate::error::Error;

/// Most nodes of a plan.
const MAX_NODES: usize = 10_000;

/// Most nodes of the expressions of one node of a plan, as it is written.
const MAX_EXPRESSIONS: usize = 1_000_000;

/// What rules may make of them, and how many times as many as are written: a condition on a value that thirty queries double
/// would be a billion, of hundreds of bytes each.
const MAX_GROWN: usize = 100_000;
const MOST_TIMES: usize = 4;

/// Most windows of a plan that differ: what the engine's rules take for each grows with their number.
const MAX_WINDOWS: usize = 200;

/// Most joins without a condition that are left when a plan is optimized. Each holds some batches of rows.
const MAX_CROSSED: usize = 64;

/// Refuses a plan of too many nodes. Looks at no more of them than are allowed.
///
/// # Errors
/// `Invalid`, in the engine's wrapping.
pub(in crate::engine) fn check_size(plan: &LogicalPlan) -> DfResult<()> {
    let (mut nodes, mut windows) = (0, 0);
    plan.apply_with_subqueries(|node| {
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(too_large(format!(
                "the statement is too large: with its views and WITH queries put in where they are used it has more than {MAX_NODES} steps"
            )));
        }
        windows += usize::from(matches!(node, LogicalPlan::Window(_)));
        if windows > MAX_WINDOWS {
            return Err(too_large(format!(
                "the statement has more than {MAX_WINDOWS} different windows (OVER …)"
            )));
        }
        note_expressions(count_expressions(node, MAX_EXPRESSIONS)?);
        Ok(TreeNodeRecursion::Continue)
    })
    .map(|_| ())
}

/// Refuses a node that a rule has made if its expressions are too large or those of the nodes below, into which they were
/// put: as those of queries become that double a value.
///
/// # Errors
/// `Invalid`, in the engine's wrapping.
pub(super) fn check_expressions(node: &LogicalPlan) -> DfResult<()> {
    let most = MAX_GROWN.max(MOST_TIMES * most_expressions());
    let mut nodes = std::iter::once(node).chain(node.inputs());
    nodes.try_for_each(|node| count_expressions(node, most).map(|_| ()))
}

/// Refuses an optimized plan with too many joins without a condition.
///
/// # Errors
/// `Invalid`, in the engine's wrapping.
pub(in crate::engine) fn check_joins(plan: &LogicalPlan) -> DfResult<()> {
    let mut crossed = 0;
    plan.apply_with_subqueries(|node| {
        crossed += usize::from(matches!(node, LogicalPlan::Join(join) if join.on.is_empty() && join.filter.is_none()));
        if crossed > MAX_CROSSED {
            return Err(too_large(format!(
                "the statement and its views join more than {MAX_CROSSED} tables without a condition: write JOIN … ON"
            )));
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map(|_| ())
}

/// How many nodes the expressions of one node of a plan have, if they are no more than `most`.
fn count_expressions(node: &LogicalPlan, most: usize) -> DfResult<usize> {
    let mut count = 0;
    node.apply_expressions(|expr| {
        expr.apply(|_| {
            count += 1;
            if count > most {
                return Err(too_large(format!(
                    "the statement is too large: with its columns put in where they are used an expression has more than {most} steps"
                )));
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(count)
}

fn too_large(message: String) -> DataFusionError {
    DataFusionError::External(Box::new(Error::invalid(message)))
}
