//! A text → the statement that it is, parsed once: one that reads, with rows as its result, or one that changes something.

pub(super) mod call;
mod dialect;
mod escapes;
mod extent;
pub(super) mod guard;
mod pivot;
mod short;
mod show;
pub(super) mod summarize;
mod types;

use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{ObjectType, Statement as Ast};

use self::guard::{check_statement, parse_summarized, verb};
use crate::error::{Error, ErrorKind, Result};

/// A statement that may be executed.
#[derive(Debug)]
pub(super) enum Statement {
    /// Its result is rows.
    Read(Read),
    /// Its result is the number of rows that it changed.
    Change(Change),
}

/// A statement that reads.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) statement: Parsed,
    /// Not its rows are asked for, but what they are like.
    pub(super) summarized: bool,
}

/// A statement that changes something.
#[derive(Debug)]
pub(super) struct Change(pub(super) Box<Ast>);

impl Statement {
    /// Parses a statement for a server that clients can write to or not: that is for the words of a refusal.
    ///
    /// # Errors
    /// `Invalid` for text that is not one statement; `Denied` for what no server of this kind does.
    pub(super) fn parse(state: &SessionState, text: &str, is_writable: bool) -> Result<Self> {
        let (statement, summarized) = parse_summarized(state, text)?;
        match statement {
            Parsed::Statement(ast) if changes(&ast) => Ok(Self::Change(Change(ast))),
            statement => match check_statement(&statement) {
                Ok(()) => Ok(Self::Read(Read { statement, summarized })),
                Err(error) => Err(refusal(&statement, error, is_writable)),
            },
        }
    }
}

impl Read {
    /// Parses a statement that can only be one that reads, such as that of a view.
    ///
    /// # Errors
    /// As [`Statement::parse`]; `Denied` for one that changes something.
    pub(super) fn parse(state: &SessionState, text: &str) -> Result<Self> {
        let (statement, summarized) = parse_summarized(state, text)?;
        check_statement(&statement)?;
        Ok(Self { statement, summarized })
    }

    /// True for one SELECT (or another expression that gives a table).
    pub(super) fn is_query(&self) -> bool {
        matches!(&self.statement, Parsed::Statement(ast) if matches!(**ast, Ast::Query(_)))
    }
}

impl Change {
    /// What it begins with: `CREATE`, `USE`.
    pub(super) fn verb(&self) -> String {
        verb(&self.0)
    }

    /// It changes the session alone, not data.
    pub(super) fn is_of_session(&self) -> bool {
        matches!(*self.0, Ast::Use(_))
    }
}

/// What to say of a statement that is neither.
fn refusal(statement: &Parsed, error: Error, is_writable: bool) -> Error {
    match statement {
        Parsed::Statement(ast) if is_transaction(ast) => {
            Error::invalid("this server has no transactions: each statement takes effect by itself")
        }
        Parsed::Statement(ast) if is_writable && error.kind() == ErrorKind::Denied => Error::invalid(format!(
            "{} is not supported: there are CREATE TABLE, CREATE VIEW, INSERT, DROP TABLE and DROP VIEW",
            name(ast)
        )),
        _ => error,
    }
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

fn changes(ast: &Ast) -> bool {
    match ast {
        Ast::CreateTable(_) | Ast::CreateView(_) | Ast::Insert(_) | Ast::Use(_) => true,
        Ast::Drop { object_type, .. } => matches!(object_type, ObjectType::Table | ObjectType::View),
        _ => false,
    }
}
