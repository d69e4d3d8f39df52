//! `SUMMARIZE` in the text of a statement: what it is to summarize. What becomes of that is planned in `plan::summarize`.

use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::visit_relations;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Takes `SUMMARIZE` off a statement's tokens, and makes a query of a table that is alone behind it. Says whether it was
/// there.
pub(in crate::engine) fn unwrap(tokens: &mut Vec<TokenWithSpan>) -> bool {
    let mut words = (0..tokens.len()).filter(|at| !matches!(tokens[*at].token, Token::Whitespace(_)));
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return false;
    };
    let Token::Word(word) = &tokens[first].token else {
        return false;
    };
    if word.quote_style.is_some() || !word.value.eq_ignore_ascii_case("summarize") {
        return false;
    }
    let query = match &tokens[second].token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::FROM
        ),
        Token::LParen => true,
        // Nothing to summarize; the parser says so.
        Token::SemiColon | Token::EOF => true,
        _ => false,
    };
    let span = tokens[first].span;
    let instead = if query {
        Vec::new()
    } else {
        vec![Token::make_keyword("SELECT"), Token::Mul, Token::make_keyword("FROM")]
    };
    tokens.splice(
        first..=first,
        instead.into_iter().map(|token| TokenWithSpan::new(token, span)),
    );
    true
}

/// The table of a statement that gives all rows and columns of one, and nothing else. The engine takes time that is quadratic
/// in the columns to plan what is selected, also of `*`; whoever summarizes a table needs no selection.
pub(in crate::engine) fn whole_table(statement: &Statement) -> Option<TableReference> {
    let Statement::Statement(ast) = statement else {
        return None;
    };
    let ControlFlow::Break(name) = visit_relations(ast, |name| ControlFlow::Break(name.clone())) else {
        return None;
    };
    if ast.to_string() != format!("SELECT * FROM {name}") {
        return None;
    }
    let parts = name
        .0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.as_str()));
    match parts.collect::<Option<Vec<_>>>()?.as_slice() {
        [table] => Some(TableReference::bare(*table)),
        [schema, table] => Some(TableReference::partial(*schema, *table)),
        [catalog, schema, table] => Some(TableReference::full(*catalog, *schema, *table)),
        _ => None,
    }
}
