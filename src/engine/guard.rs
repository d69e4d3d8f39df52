//! What a statement may do: read the catalog, explain, show. Everything else is refused with the reason. And how large
//! it may be: a stack that overflows would end the process.

use std::ops::ControlFlow;

use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Statement as Ast, visit_relations};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::failure::failed;
use crate::error::{Error, Result};

/// Longest text of a statement. What it is parsed into takes a hundred times as much memory.
const MAX_BYTES: usize = 1 << 20;

/// Most operators in a statement. The parser's own limit is on parentheses and the like; a chain (`1+1+…`) it makes
/// into a tree of any depth, which is then walked, cloned and dropped by recursion. The threads of the query runtime
/// have room for this many levels.
const MAX_OPERATORS: usize = 2000;

/// Most tables in a statement, for the same reason: each join, union and `WITH` is a level of its plan.
const MAX_TABLES: usize = 500;

/// Parses one statement.
///
/// # Errors
/// `Invalid` when it is none, or larger than a statement may be.
pub(super) fn parse(state: &SessionState, sql: &str) -> Result<Statement> {
    check_size(sql)?;
    let dialect = state.config_options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect).map_err(failed)?;
    if let Statement::Statement(ast) = &statement {
        let mut tables = 0;
        let counted = visit_relations(ast, |_| {
            tables += 1;
            if tables > MAX_TABLES {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if counted.is_break() {
            return Err(Error::invalid(format!(
                "the statement names more than {MAX_TABLES} tables"
            )));
        }
    }
    Ok(statement)
}

/// Refuses the text of a statement or an expression that is too much for the engine.
pub(super) fn check_size(sql: &str) -> Result<()> {
    if sql.len() > MAX_BYTES {
        let length = sql.len();
        return Err(Error::invalid(format!(
            "the statement is {length} bytes long; at most {MAX_BYTES} are allowed"
        )));
    }
    // What is not even a sequence of tokens is left to the parser, which says where.
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let operators = tokens.iter().filter(|token| may_nest(token)).count();
    if operators > MAX_OPERATORS {
        return Err(Error::invalid(format!(
            "the statement has {operators} operators; at most {MAX_OPERATORS} are allowed (a long list of values fits in IN)"
        )));
    }
    Ok(())
}

/// Whether each further token of this kind can make the tree of a statement one level deeper. Parentheses can too, but
/// those the parser counts.
fn may_nest(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::AT
                | Keyword::BETWEEN
                | Keyword::COLLATE
                | Keyword::DIV
                | Keyword::EXCEPT
                | Keyword::ILIKE
                | Keyword::IN
                | Keyword::INTERSECT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::MATCH
                | Keyword::MEMBER
                | Keyword::MINUS
                | Keyword::NOT
                | Keyword::NOTNULL
                | Keyword::OPERATOR
                | Keyword::OR
                | Keyword::OVERLAPS
                | Keyword::REGEXP
                | Keyword::RLIKE
                | Keyword::SIMILAR
                | Keyword::UNION
                | Keyword::XOR
        ),
        Token::EOF
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::SemiColon
        | Token::LParen
        | Token::RParen
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::HexStringLiteral(_) => false,
        _ => true,
    }
}

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
    let statement = parse(state, sql)?;
    Ok(matches!(statement, Statement::Statement(ast) if matches!(*ast, Ast::Query(_))))
}
