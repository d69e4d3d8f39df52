//! The names of an expression that stands alone, as in a dataset's filter, and of a column.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::{Column, DFSchema};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, visit_expressions, visit_expressions_mut};

use super::identifier::column_proposal;
use super::lineage::is_lineage;
use super::respell::respell;
use super::snapshot_names::several;
use crate::engine::failure::{failed, mistake};
use crate::engine::functions::written_out_expression;
use crate::engine::numbers::keep_digits_of;
use crate::engine::statement::guard::parse_expression;
use crate::error::{Error, Result};
use crate::nearest::{Lookup, Spellings, listed, proposal};

/// An SQL expression over the columns of `schema`.
///
/// # Errors
/// `Invalid` for what is none, and for unknown columns, with a proposal and the place.
pub(in crate::engine) fn expression(state: &SessionState, sql: &str, schema: &DFSchema) -> Result<Expr> {
    let mut parsed = parse_expression(state, sql)?;
    keep_digits_of(&mut parsed.expr)?;
    written_out_expression(&mut parsed.expr)?;
    let known = names_of(schema);
    let respelled = visit_expressions_mut(&mut parsed.expr, |expr| {
        let result = match expr {
            SqlExpr::Identifier(ident) => spell(ident, &known, schema),
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

fn names_of(schema: &DFSchema) -> Spellings {
    schema.fields().iter().map(|field| field.name().as_str()).collect()
}

fn spell(ident: &mut Ident, known: &Spellings, schema: &DFSchema) -> Result<()> {
    match known.find(&ident.value) {
        Lookup::One(name) => {
            respell(ident, &name);
            Ok(())
        }
        Lookup::Several(names) => Err(several("columns", ident, &names)),
        Lookup::Nothing => {
            let proposed = column_proposal(&ident.value, schema.fields().iter().map(|field| field.name().as_str()));
            let message = format!("there is no column '{}'{proposed}", ident.value);
            Err(mistake(message, ident.span))
        }
    }
}

/// The columns of these names, whatever their case.
///
/// # Errors
/// `Invalid`, with a proposal.
pub(in crate::engine) fn columns(schema: &DFSchema, typed: &[String]) -> Result<Vec<Expr>> {
    let known = names_of(schema);
    let mut first = HashMap::new();
    for (qualified, field) in schema.iter().map(|pair| (pair, pair.1)) {
        first
            .entry(field.name().as_str())
            .or_insert_with(|| Column::from(qualified));
    }
    let column = |typed: &String| {
        let name = spelling(&known, schema, typed)?;
        let column = first.get(name.as_str()).cloned();
        Ok(Expr::Column(column.unwrap_or_else(|| Column::new_unqualified(name))))
    };
    typed.iter().map(column).collect()
}

fn spelling(known: &Spellings, schema: &DFSchema, typed: &str) -> Result<String> {
    match known.find(typed) {
        Lookup::One(name) => Ok(name),
        Lookup::Several(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let message = format!("'{typed}' fits several columns: {}", listed(&names));
            Err(Error::invalid(message))
        }
        Lookup::Nothing => {
            let proposed = proposal(typed, schema.fields().iter().map(|field| field.name().as_str()));
            Err(Error::invalid(format!("there is no column '{typed}'{proposed}")))
        }
    }
}
