//! How far a plan that runs is.

use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

/// The part of the rows to be read that were read, between 0 and 1; 0 while nothing is known.
pub(in crate::engine) fn fraction(plan: &Arc<dyn ExecutionPlan>) -> f64 {
    match rows(plan) {
        (read, total) if total > 0 => read as f64 / total as f64,
        _ => 0.0,
    }
}

/// The rows that the leaves of a plan have given, and how many they hold as far as that is known.
fn rows(plan: &Arc<dyn ExecutionPlan>) -> (u64, u64) {
    let children = plan.children();
    if children.is_empty() {
        let read = plan.metrics().and_then(|metrics| metrics.output_rows()).unwrap_or(0) as u64;
        let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::default());
        let total = match known.map(|known| known.num_rows) {
            Ok(Precision::Exact(rows) | Precision::Inexact(rows)) => rows as u64,
            Ok(Precision::Absent) | Err(_) => 0,
        };
        return (read, total.max(read));
    }
    let sums = children.into_iter().map(rows);
    sums.fold((0, 0), |(read, total), (more, of)| (read + more, total + of))
}
