//! Substrait plans, in a build with the feature `substrait`.

use bytes::Bytes;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use crate::error::{Error, Result};

/// Whether this build understands Substrait plans.
pub const SUBSTRAIT: bool = cfg!(feature = "substrait");

/// The logical plan of an encoded Substrait plan.
///
/// # Errors
/// `Invalid` for bytes that are no plan, or one that the engine cannot read; `Unsupported` in a build without the feature.
#[cfg(feature = "substrait")]
pub(in crate::engine) async fn logical(state: &SessionState, plan: &Bytes) -> Result<LogicalPlan> {
    use datafusion_substrait::logical_plan::consumer::from_substrait_plan;
    use datafusion_substrait::substrait::proto::Plan;
    use prost::Message;

    let plan = Plan::decode(plan.clone())
        .map_err(|error| Error::invalid("the bytes are not a Substrait plan").with_source(error))?;
    from_substrait_plan(state, &plan)
        .await
        .map_err(crate::engine::failure::failed)
}

/// As above.
#[cfg(not(feature = "substrait"))]
pub(in crate::engine) async fn logical(_state: &SessionState, _plan: &Bytes) -> Result<LogicalPlan> {
    Err(Error::unsupported(
        "this server was built without Substrait; send SQL, or build it with --features substrait",
    ))
}
