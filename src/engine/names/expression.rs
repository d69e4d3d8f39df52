//! The names of an expression that stands alone, as in a dataset's filter, and of a column.

use std::ops::ControlFlow;

use datafusion::common::{Column, DFSchema};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, visit_expressions, visit_expressions_mut};

use super::known::several;
use super::lineage::is_lineage;
use super::nearest::{Found, find, listed, proposal};
use super::respell::respell;
use crate::engine::failure::{failed, mistake};
use crate::engine::guard::parse_expression;
use crate::engine::numbers::keep_digits_of;
use crate::error::{Error, Result};

/// An SQL expression over the columns of `schema`.
///
/// # Errors
/// `Invalid` for what is none, and for unknown columns, with a proposal and the place.
pub(in crate::engine) fn expression(state: &SessionState, sql: &str, schema: &DFSchema) -> Result<Expr> {
    let mut parsed = parse_expression(state, sql)?;
    keep_digits_of(&mut parsed.expr)?;
    let respelled = visit_expressions_mut(&mut parsed.expr, |expr| {
        let result = match expr {
            SqlExpr::Identifier(ident) => spell(ident, schema),
            _ => Ok(()),
        };
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    });
    match respelled {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => state.create_logical_expr_from_sql_expr(parsed, schema).map_err(failed),
    }
}

/// Whether an SQL expression names a column that says where rows come from.
///
/// # Errors
/// `Invalid` for what is no expression.
pub(in crate::engine) fn asks_lineage(state: &SessionState, sql: &str) -> Result<bool> {
    let parsed = parse_expression(state, sql)?;
    let found = visit_expressions(&parsed.expr, |expr| match expr {
        SqlExpr::Identifier(ident) if is_lineage(&ident.value) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    Ok(found.is_break())
}

fn spell(ident: &mut Ident, schema: &DFSchema) -> Result<()> {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    match find(&ident.value, names()) {
        Found::One(name) => {
            respell(ident, &name);
            Ok(())
        }
        Found::Several(names) => Err(several("columns", ident, &names)),
        Found::Nothing => {
            let proposed = proposal(&ident.value, names());
            let message = format!("there is no column '{}'{proposed}", ident.value);
            Err(mistake(message, ident.span))
        }
    }
}

/// The column of this name, whatever its case.
///
/// # Errors
/// `Invalid`, with a proposal.
pub(in crate::engine) fn column(schema: &DFSchema, typed: &str) -> Result<Expr> {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let name = match find(typed, names()) {
        Found::One(name) => name,
        Found::Several(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let message = format!("'{typed}' fits several columns: {}", listed(&names));
            return Err(Error::invalid(message));
        }
        Found::Nothing => {
            let proposed = proposal(typed, names());
            return Err(Error::invalid(format!("there is no column '{typed}'{proposed}")));
        }
    };
    let named = schema.iter().find(|(_, field)| *field.name() == name);
    let column = named.map_or_else(|| Column::new_unqualified(name.as_str()), Column::from);
    Ok(Expr::Column(column))
}
