//! Functions besides the engine's own: those that tools generate and that people know from other databases. Most are
//! [synonyms](synonyms) for what the engine has; the rest are a few functions of a library, and [`moments`] and [`mode`].

mod mode;
mod moments;
mod synonyms;
mod unknown;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::AggregateUDF;
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion_spark::function::{datetime, string};

pub(super) use synonyms::{written_out, written_out_expression};
pub(super) use unknown::{documented_call, unknown_function};

/// Adds the functions to a state that has the engine's own.
///
/// # Errors
/// What the engine says.
pub(super) fn register(state: &mut SessionState) -> Result<()> {
    for function in moments::functions() {
        state.register_udf(Arc::new(function))?;
    }
    let library = [
        string::soundex(),
        string::format_string(),
        datetime::add_months(),
        datetime::last_day(),
        datetime::next_day(),
    ];
    for function in library {
        state.register_udf(function)?;
    }
    state.register_udaf(Arc::new(AggregateUDF::new_from_impl(mode::Mode::default())))?;
    Ok(())
}

#[cfg(test)]
mod tests;
