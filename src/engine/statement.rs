//! What kind of statement a text is: one with rows as its result, or one that changes something.

use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectType, Statement as Ast};

use super::guard::{check_statement, parse, verb};
use crate::error::{Error, ErrorKind, Result};

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// Its rows.
    Rows,
    /// Its effect. Its result is the number of rows that it changed.
    Change,
}

/// The kind of a statement, on a server that clients can write to or not.
///
/// # Errors
/// `Invalid` for text that is not one statement; `Denied` for what no server of this kind does.
pub(super) fn kind(state: &SessionState, text: &str, writable: bool) -> Result<StatementKind> {
    let statement = parse(state, text)?;
    if changes(&statement) {
        return Ok(StatementKind::Change);
    }
    match (check_statement(&statement), &statement) {
        (Ok(()), _) => Ok(StatementKind::Rows),
        (Err(_), Statement::Statement(ast)) if is_transaction(ast) => Err(Error::invalid(
            "this server has no transactions: each statement takes effect by itself",
        )),
        (Err(error), Statement::Statement(ast)) if writable && error.kind() == ErrorKind::Denied => {
            Err(Error::invalid(format!(
                "{} is not supported: there are CREATE TABLE, CREATE VIEW, INSERT, DROP TABLE and DROP VIEW",
                name(ast)
            )))
        }
        (Err(error), _) => Err(error),
    }
}

/// What a statement that changes something begins with: `CREATE`, `USE`.
pub(super) fn verb_of(state: &SessionState, text: &str) -> Result<String> {
    Ok(match parse(state, text)? {
        Statement::Statement(ast) => verb(&ast),
        _ => "the statement".to_owned(),
    })
}

fn is_transaction(ast: &Ast) -> bool {
    matches!(
        ast,
        Ast::StartTransaction { .. } | Ast::Commit { .. } | Ast::Rollback { .. } | Ast::Savepoint { .. }
    )
}

/// What a statement is called: `UPDATE`, `DROP SCHEMA`.
fn name(ast: &Ast) -> String {
    let text = ast.to_string();
    let words = match verb(ast).as_str() {
        "ALTER" | "CREATE" | "DROP" => 2,
        _ => 1,
    };
    let words: Vec<_> = text.split_whitespace().take(words).map(str::to_uppercase).collect();
    words.join(" ")
}

fn changes(statement: &Statement) -> bool {
    let Statement::Statement(ast) = statement else {
        return false;
    };
    match ast.as_ref() {
        Ast::CreateTable(_) | Ast::CreateView(_) | Ast::Insert(_) | Ast::Use(_) => true,
        Ast::Drop { object_type, .. } => matches!(object_type, ObjectType::Table | ObjectType::View),
        _ => false,
    }
}
