//! Plans a statement, respelling names until the engine knows them all, or until one is not to be found.

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use super::missing::missing;
use super::respell::{self, Repair};
use super::{lineage, lists};
use crate::engine::failure::fragments::{NO_FUNCTION, NO_SUCH_FUNCTION};
use crate::engine::failure::{failed, mistake, position};
use crate::engine::functions::{documented_call, unknown_function};
use crate::engine::numbers::keep_digits;
use crate::error::{Error, Result};

/// Most names that are respelled one by one: each takes another planning. All those without doubt take one together.
const MAX_REPAIRS: usize = 32;

/// The plan of a statement whose relations are resolved.
///
/// # Errors
/// What the engine says; for a name that nothing has, in our words, with a proposal and the place.
pub(in crate::engine) async fn plan(state: &SessionState, mut statement: Statement) -> Result<LogicalPlan> {
    keep_digits(&mut statement)?;
    let wide = lineage::widened(state, &mut statement)?;
    let state = wide.as_ref().unwrap_or(state);
    if respell::replaces(&statement) {
        respell::all(state, &mut statement).await;
    }
    let mut error = match lists::plan(state, &statement).await {
        Ok(plan) => return Ok(plan),
        Err(error) => error,
    };
    let mut changed = respell::all(state, &mut statement).await;
    let mut tried = Vec::new();
    for _ in 0..MAX_REPAIRS {
        if !changed {
            match missing(&error) {
                Some(missing) => {
                    if !missing.repaired(&mut statement, &mut tried)? {
                        return Err(missing.unknown(&statement));
                    }
                }
                None => break,
            }
        }
        error = match lists::plan(state, &statement).await {
            Ok(plan) => return Ok(plan),
            Err(error) => error,
        };
        changed = false;
    }
    Err(placed(state, error, &statement))
}

/// The engine's error; where it says no place, with that of what it names.
fn placed(state: &SessionState, error: DataFusionError, statement: &Statement) -> Error {
    let place = match position(&error) {
        Some(_) => None,
        None => place_in(&error, statement),
    };
    let said = error.find_root().strip_backtrace();
    let unknown = said
        .split_once(NO_SUCH_FUNCTION)
        .and_then(|(_, rest)| rest.split_once('\''));
    let error = failed(error);
    if let Some((typed, _)) = unknown {
        let place = respell::place_of_call(statement, typed).map_or(Span::empty(), |place| Span::new(place, place));
        let told = mistake(unknown_function(state, typed), place);
        return Error::new(told.kind(), told.message()).with_source(error);
    }
    let called = said
        .split_once(NO_FUNCTION)
        .and_then(|(_, rest)| rest.split_once('('))
        .and_then(|(typed, _)| documented_call(state, typed, error.message()));
    let span = place.map_or(Span::empty(), |place| Span::new(place, place));
    match (place, called) {
        (None, None) => error,
        (_, called) => {
            let message = mistake(called.as_deref().unwrap_or(error.message()), span);
            Error::new(error.kind(), message.message()).with_source(error)
        }
    }
}

fn place_in(error: &DataFusionError, statement: &Statement) -> Option<Location> {
    if let DataFusionError::SchemaError(inner, _) = error.find_root()
        && let SchemaError::AmbiguousReference { field } = inner.as_ref()
    {
        let named = Repair {
            qualifier: None,
            name: &field.name,
            place: None,
            spelling: &[],
        };
        return respell::place_of(statement, &named).map(|(place, _)| place);
    }
    let text = error.find_root().strip_backtrace();
    let (_, call) = text.split_once(NO_FUNCTION)?;
    respell::place_of_call(statement, call.split_once('(')?.0)
}
