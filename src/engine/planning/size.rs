//! How large a statement may become when what it names is put in its place: a `WITH` or a view that is used twice is planned
//! twice, so thirty of them, each using the one before twice, would be a billion.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::error::Error;

/// Most nodes of a plan.
const MAX_NODES: usize = 10_000;

/// Most nodes of the expressions of one node of a plan.
const MAX_EXPRESSIONS: usize = 1_000_000;

/// Refuses a plan of too many nodes. Looks at no more of them than are allowed.
///
/// # Errors
/// `Invalid`, in the engine's wrapping.
pub(in crate::engine) fn check_size(plan: &LogicalPlan) -> DfResult<()> {
    let mut nodes = 0;
    plan.apply_with_subqueries(|node| {
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(too_large(format!(
                "the statement is too large: with its views and WITH queries put in where they are used it has more than {MAX_NODES} steps"
            )));
        }
        check_expressions(node)?;
        Ok(TreeNodeRecursion::Continue)
    })
    .map(|_| ())
}

/// Refuses a node whose expressions are too large, as those of queries become that double a value and are put into one
/// another.
///
/// # Errors
/// `Invalid`, in the engine's wrapping.
pub(super) fn check_expressions(node: &LogicalPlan) -> DfResult<()> {
    let mut left = MAX_EXPRESSIONS;
    node.apply_expressions(|expr| count(expr, &mut left)).map(|_| ())
}

fn count(expr: &Expr, left: &mut usize) -> DfResult<TreeNodeRecursion> {
    expr.apply(|_| {
        *left = left.checked_sub(1).ok_or_else(|| {
            too_large(format!(
                "the statement is too large: with its columns put in where they are used an expression has more than {MAX_EXPRESSIONS} steps"
            ))
        })?;
        Ok(TreeNodeRecursion::Continue)
    })
}

fn too_large(message: String) -> DataFusionError {
    DataFusionError::External(Box::new(Error::invalid(message)))
}
