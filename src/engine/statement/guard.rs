//! What a statement that reads may do: read the catalog, explain, show. Everything else is refused with the reason; which
//! statements may write is decided in `statement`. And how large a statement may be: a stack that overflows would end the process.

use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{ExprWithAlias, Statement as Ast};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::dialect::MeasuredDialect;
use super::{escapes, extent, pivot, short, show, summarize, types};
use crate::engine::failure::{failed, mistake};
use crate::engine::parameters;
use crate::error::{Error, ErrorKind, Result};

/// Longest text of a statement. What it is parsed into takes a hundred times as much memory.
const MAX_BYTES: usize = 1 << 20;

/// Most operators in a statement. The parser's own limit is on parentheses and the like; a chain (`1+1+…`) it makes
/// into a tree of any depth, which is then walked, cloned and dropped by recursion. The threads of the query runtime
/// have room for this many levels.
const MAX_OPERATORS: usize = 2000;

/// Parses one statement for a test; of `SUMMARIZE`, what it is to summarize.
#[cfg(test)]
pub(in crate::engine) fn parse(state: &SessionState, sql: &str) -> Result<Statement> {
    parse_summarized(state, sql).map(|(statement, _)| statement)
}

/// Parses one statement, and says whether its rows are to be summarized: then it is what `SUMMARIZE` stands before.
///
/// # Errors
/// `Invalid` when it is none, or larger than a statement may be.
pub(in crate::engine) fn parse_summarized(state: &SessionState, sql: &str) -> Result<(Statement, bool)> {
    let mut tokens = tokens(sql)?;
    parameters::number(&mut tokens)?;
    escapes::write_out(&mut tokens)?;
    let summarized = summarize::unwrap(&mut tokens);
    let mut statement = parse_tokens(state, tokens)?;
    if let Statement::Statement(ast) = &mut statement {
        short::write_out(ast)?;
        extent::check(ast)?;
        if pivot::write_out(ast)? {
            extent::check(ast)?;
        }
        types::write_out(ast);
        parameters::join(ast);
        if let Some(query) = show::query(ast) {
            statement = parse_tokens(state, self::tokens(&query)?)?;
        }
    }
    if summarized && !is_query(&statement) {
        return Err(Refusal::Unsummarized.into());
    }
    Ok((statement, summarized))
}

fn parse_tokens(state: &SessionState, tokens: Vec<TokenWithSpan>) -> Result<Statement> {
    let limit = state.config_options().sql_parser.recursion_limit.get();
    let dialect = MeasuredDialect::new(tokens.len());
    let mut parser = DFParserBuilder::new(tokens)
        .with_dialect(&dialect)
        .with_recursion_limit(limit)
        .build()
        .map_err(failed)?;
    let mut first = None;
    loop {
        while parser.parser.consume_token(&Token::SemiColon) {}
        let next = parser.parser.peek_token();
        match (next.token, first) {
            (Token::EOF, Some(statement)) => return Ok(statement),
            (Token::EOF, None) => return Err(mistake("there is no statement", next.span)),
            (_, Some(_)) => {
                return Err(mistake("there are several statements; send one at a time", next.span));
            }
            (_, None) => first = Some(parser.parse_statement().map_err(failed)?),
        }
        let next = parser.parser.peek_token();
        if !matches!(next.token, Token::SemiColon | Token::EOF) {
            let found = next.token;
            return Err(mistake(
                format!("Expected: end of statement, found: {found}"),
                next.span,
            ));
        }
    }
}

/// Parses one expression.
///
/// # Errors
/// `Invalid` when it is none, or larger than one may be.
pub(in crate::engine) fn parse_expression(state: &SessionState, sql: &str) -> Result<ExprWithAlias> {
    let limit = state.config_options().sql_parser.recursion_limit.get();
    let mut tokens = tokens(sql)?;
    escapes::write_out(&mut tokens)?;
    let dialect = MeasuredDialect::new(tokens.len());
    let mut parser = DFParserBuilder::new(tokens)
        .with_dialect(&dialect)
        .with_recursion_limit(limit)
        .build()
        .map_err(failed)?;
    let expression = parser.parse_expr().map_err(failed)?;
    let next = parser.parser.peek_token();
    if next.token == Token::EOF {
        return Ok(expression);
    }
    let message = format!("Expected: end of expression, found: {}", next.token);
    Err(mistake(message, next.span))
}

/// The tokens of a text that is not too much for the engine. The last one stands for the end, and knows where that is.
fn tokens(sql: &str) -> Result<Vec<TokenWithSpan>> {
    if sql.len() > MAX_BYTES {
        return Err(Refusal::Bytes(sql.len()).into());
    }
    let mut tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| failed(ParserError::from(error).into()))?;
    let operators = tokens.iter().filter(|token| may_nest(&token.token)).count();
    if operators > MAX_OPERATORS {
        return Err(Refusal::Operators(operators).into());
    }
    let end = tokens
        .last()
        .map_or(Location { line: 1, column: 1 }, |last| last.span.end);
    tokens.push(TokenWithSpan::at(Token::EOF, end, end));
    Ok(tokens)
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
        | Token::Placeholder(_)
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
pub(in crate::engine) fn check_statement(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Statement(ast) => check_ast(ast),
        Statement::Explain(explain) => check_statement(&explain.statement),
        Statement::CreateExternalTable(_) => Err(Refusal::Opens("CREATE EXTERNAL TABLE").into()),
        Statement::CopyTo(_) => Err(Refusal::Opens("COPY").into()),
        Statement::Reset(_) => Err(Refusal::Sets("RESET".into()).into()),
    }
}

fn check_ast(ast: &Ast) -> Result<()> {
    match ast {
        Ast::Query(_)
        | Ast::ShowTables { .. }
        | Ast::ShowColumns { .. }
        | Ast::ShowFunctions { .. }
        | Ast::ShowVariable { .. }
        | Ast::ShowCreate { .. }
        | Ast::ExplainTable { .. } => Ok(()),
        Ast::Explain { statement, .. } => check_ast(statement),
        Ast::Set(_) | Ast::Use(_) => Err(Refusal::Sets(verb(ast)).into()),
        _ => Err(read_only(&verb(ast))),
    }
}

/// The first word of a statement, as a person would name it.
pub(in crate::engine) fn verb(ast: &Ast) -> String {
    ast.to_string()
        .split_whitespace()
        .next()
        .unwrap_or("it")
        .to_ascii_uppercase()
}

/// What to say of a statement that writes, to a server that only reads.
pub(in crate::engine) fn read_only(what: &str) -> Error {
    Refusal::Writes(what.to_owned()).into()
}

/// Refuses a plan that does more than read, wherever in it that is.
pub(in crate::engine) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    let verified = reading.verify_plan(plan);
    verified.map_err(|error| Refusal::Plan(failed(error).message().to_owned()).into())
}

fn is_query(statement: &Statement) -> bool {
    matches!(statement, Statement::Statement(ast) if matches!(**ast, Ast::Query(_)))
}

/// Why a statement is not run.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("SUMMARIZE takes a table or a SELECT")]
    Unsummarized,
    #[error("the statement is {0} bytes long; at most {most} are allowed", most = MAX_BYTES)]
    Bytes(usize),
    #[error(
        "the statement has {0} operators; at most {most} are allowed (a long list of values fits in IN)",
        most = MAX_OPERATORS
    )]
    Operators(usize),
    #[error(
        "{0} is not allowed: this server only reads (SELECT, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN) unless it is started with --writable"
    )]
    Writes(String),
    #[error("{0} is not allowed: a statement neither opens nor writes files of the server")]
    Opens(&'static str),
    #[error("{0} is not available: a statement cannot change this server's settings")]
    Sets(String),
    /// Somewhere in its plan is what does more than read, as the engine says.
    #[error("{0}")]
    Plan(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::Unsummarized | Refusal::Bytes(_) | Refusal::Operators(_) | Refusal::Sets(_) => ErrorKind::Invalid,
            Refusal::Writes(_) | Refusal::Opens(_) | Refusal::Plan(_) => ErrorKind::Denied,
        };
        Self::new(kind, refusal.to_string())
    }
}
