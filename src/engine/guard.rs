//! What a statement may do: read the catalog, explain, show. Everything else is refused with the reason.

use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Ast;

use super::failure::failed;
use crate::error::{Error, Result};

/// Refuses a statement that does more than read.
pub(super) fn check_statement(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Statement(ast) => check_ast(ast),
        Statement::Explain(explain) => check_statement(&explain.statement),
        Statement::CreateExternalTable(_) => Err(read_only("CREATE EXTERNAL TABLE")),
        Statement::CopyTo(_) => Err(read_only("COPY")),
        Statement::Reset(_) => Err(no_settings("RESET")),
    }
}

fn check_ast(ast: &Ast) -> Result<()> {
    match ast {
        Ast::Query(_)
        | Ast::ShowTables { .. }
        | Ast::ShowColumns { .. }
        | Ast::ShowFunctions { .. }
        | Ast::ShowVariable { .. }
        | Ast::ExplainTable { .. } => Ok(()),
        Ast::Explain { statement, .. } => check_ast(statement),
        Ast::Set(_) | Ast::Use(_) => Err(no_settings(&verb(ast))),
        _ => Err(read_only(&verb(ast))),
    }
}

/// The first word of a statement, as a person would name it.
fn verb(ast: &Ast) -> String {
    ast.to_string()
        .split_whitespace()
        .next()
        .unwrap_or("it")
        .to_ascii_uppercase()
}

fn read_only(what: &str) -> Error {
    Error::denied(format!(
        "{what} is not allowed: this server only reads; SELECT, SHOW, DESCRIBE and EXPLAIN are"
    ))
}

fn no_settings(what: &str) -> Error {
    Error::invalid(format!(
        "{what} is not available: a statement cannot change this server's settings"
    ))
}

/// Refuses a plan that does more than read, wherever in it that is.
pub(super) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    reading
        .verify_plan(plan)
        .map_err(|error| Error::denied(failed(error).message()))
}

/// True when `sql` is one SELECT (or another expression that gives a table).
pub(super) fn is_select(state: &SessionState, sql: &str) -> Result<bool> {
    let dialect = state.config_options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect).map_err(failed)?;
    Ok(matches!(statement, Statement::Statement(ast) if matches!(*ast, Ast::Query(_))))
}
