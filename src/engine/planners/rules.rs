//! The engine's rules with a checkpoint before each: the optimizer goes from node to node of a plan, so a statement that is
//! being optimized can be ended at every node.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{AnalyzerRule, ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;

use super::checkpoint;
use super::size::check_expressions;

/// The state, with a checkpoint before each rule.
pub(in crate::engine) fn stoppable(state: SessionState) -> SessionState {
    let analyzers = state
        .analyzer()
        .rules
        .iter()
        .map(|rule| Stoppable::of(rule) as _)
        .collect();
    let optimizers = state
        .optimizer()
        .rules
        .iter()
        .map(|rule| Stoppable::of(rule) as _)
        .collect();
    let physical = state
        .physical_optimizers()
        .iter()
        .map(|rule| Stoppable::of(rule) as _)
        .collect();
    SessionStateBuilder::from(state)
        .with_analyzer_rules(analyzers)
        .with_optimizer_rules(optimizers)
        .with_physical_optimizer_rules(physical)
        .build()
}

/// A rule that is applied if planning may go on.
#[derive(Debug)]
struct Stoppable<R: ?Sized>(Arc<R>);

impl<R: ?Sized> Stoppable<R> {
    fn of(rule: &Arc<R>) -> Arc<Self> {
        Arc::new(Self(Arc::clone(rule)))
    }
}

#[deny(clippy::missing_trait_methods)]
impl AnalyzerRule for Stoppable<dyn AnalyzerRule + Send + Sync> {
    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        checkpoint()?;
        self.0.analyze(plan, config)
    }

    fn name(&self) -> &str {
        self.0.name()
    }
}

#[deny(clippy::missing_trait_methods)]
impl OptimizerRule for Stoppable<dyn OptimizerRule + Send + Sync> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    #[expect(deprecated, reason = "forwarded like the others")]
    fn supports_rewrite(&self) -> bool {
        self.0.supports_rewrite()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        checkpoint()?;
        let rewritten = self.0.rewrite(plan, config)?;
        if rewritten.transformed {
            check_expressions(&rewritten.data)?;
        }
        Ok(rewritten)
    }
}

#[deny(clippy::missing_trait_methods)]
impl PhysicalOptimizerRule for Stoppable<dyn PhysicalOptimizerRule + Send + Sync> {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        checkpoint()?;
        self.0.optimize(plan, config)
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        checkpoint()?;
        self.0.optimize_with_context(plan, context)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}
