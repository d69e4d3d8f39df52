//! The escapes of JDBC and ODBC, as what they mean: `{fn UCASE(x)}` is `UCASE(x)`, `{d '2024-01-31'}` a date. What is taken
//! away leaves blanks, so that the rest keeps its place.
//!
//! Source: JDBC 4.3, 13.4, and ODBC, Appendix C.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace, Word};

use crate::engine::failure::mistake;
use crate::error::Result;

/// Writes the escapes of a statement out.
///
/// # Errors
/// `Invalid` for an escape that is not closed.
pub(super) fn write_out(tokens: &mut [TokenWithSpan]) -> Result<()> {
    // Whether each open brace is an escape's.
    let mut open: Vec<Option<TokenWithSpan>> = Vec::new();
    for at in 0..tokens.len() {
        match tokens[at].token {
            Token::LBrace => {
                let escape = escape(tokens, at);
                open.push(escape.map(|_| tokens[at].clone()));
                if let Some((word, escape)) = escape {
                    tokens[at].token = blank();
                    tokens[word].token = escape.token();
                    if escape == Escape::Function {
                        in_its_words(tokens, word + 1);
                    }
                }
            }
            Token::RBrace => {
                if let Some(Some(_)) = open.pop() {
                    tokens[at].token = blank();
                }
            }
            _ => {}
        }
    }
    match open.into_iter().flatten().next() {
        Some(brace) => Err(mistake("the escape that begins here has no } at its end", brace.span)),
        None => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Escape {
    Date,
    Time,
    Timestamp,
    Function,
    OuterJoin,
    /// Of `LIKE`: `{escape '\'}`.
    Character,
    /// `{limit 10 offset 5}`
    Limit,
}

impl Escape {
    fn of(word: &Word) -> Option<Self> {
        if word.quote_style.is_some() {
            return None;
        }
        Some(match word.value.to_lowercase().as_str() {
            "d" => Self::Date,
            "t" => Self::Time,
            "ts" => Self::Timestamp,
            "fn" => Self::Function,
            "oj" => Self::OuterJoin,
            "escape" => Self::Character,
            "limit" => Self::Limit,
            _ => return None,
        })
    }

    /// What stands in the place of its word.
    fn token(self) -> Token {
        match self {
            Self::Date => Token::make_keyword("DATE"),
            Self::Time => Token::make_keyword("TIME"),
            Self::Timestamp => Token::make_keyword("TIMESTAMP"),
            Self::Character => Token::make_keyword("ESCAPE"),
            Self::Limit => Token::make_keyword("LIMIT"),
            Self::Function | Self::OuterJoin => blank(),
        }
    }
}

/// The word of an escape that begins at a brace, and which it is. A structure, `{d: 1}`, is none.
fn escape(tokens: &[TokenWithSpan], brace: usize) -> Option<(usize, Escape)> {
    let word = next(tokens, brace + 1)?;
    let Token::Word(name) = &tokens[word].token else {
        return None;
    };
    let escape = Escape::of(name)?;
    let is_key = next(tokens, word + 1).is_some_and(|after| tokens[after].token == Token::Colon);
    (!is_key).then_some((word, escape))
}

/// A function whose name means something else outside of an escape: `LOG` is the natural logarithm in JDBC.
fn in_its_words(tokens: &mut [TokenWithSpan], from: usize) {
    if let Some(at) = next(tokens, from)
        && let Token::Word(word) = &tokens[at].token
        && word.value.eq_ignore_ascii_case("log")
    {
        tokens[at].token = Token::Word(Word {
            value: "ln".into(),
            quote_style: None,
            keyword: Keyword::NoKeyword,
        });
    }
}

/// The next token that is no blank.
fn next(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|at| !matches!(tokens[*at].token, Token::Whitespace(_)))
}

fn blank() -> Token {
    Token::Whitespace(Whitespace::Space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    fn written(sql: &str) -> String {
        let mut tokens = Tokenizer::new(&GenericDialect {}, sql)
            .tokenize_with_location()
            .unwrap();
        match write_out(&mut tokens) {
            Ok(()) => {
                let text: String = tokens.iter().map(|token| token.token.to_string()).collect();
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn escapes_become_what_they_mean() {
        for (sql, expected) in [
            ("SELECT {fn UCASE(name)} FROM t", "SELECT UCASE(name) FROM t"),
            ("SELECT {fn ABS({fn LOG(x)})}", "SELECT ABS( ln(x) )"),
            ("SELECT { FN log(x) }, log(x)", "SELECT ln(x) , log(x)"),
            ("WHERE d = {d '2024-01-31'}", "WHERE d = DATE '2024-01-31'"),
            ("{ts '2024-01-31 10:00:00'}", "TIMESTAMP '2024-01-31 10:00:00'"),
            ("{t'10:00:00'}", "TIME'10:00:00'"),
            (
                "FROM {oj a LEFT OUTER JOIN b ON a.x = b.x}",
                "FROM a LEFT OUTER JOIN b ON a.x = b.x",
            ),
            ("LIKE 'a!_' {escape '!'}", "LIKE 'a!_' ESCAPE '!'"),
            ("SELECT 1 {limit 10 offset 5}", "SELECT 1 LIMIT 10 offset 5"),
            ("SELECT {d: 1, ts: {t: 2}}", "SELECT {d: 1, ts: {t: 2}}"),
            ("SELECT {'d': {fn PI()}}", "SELECT {'d': PI() }"),
            ("SELECT '{fn', \"{d\"", "SELECT '{fn', \"{d\""),
            (
                "SELECT {fn PI()",
                "the escape that begins here has no } at its end (line 1, column 8)",
            ),
        ] {
            assert_eq!(written(sql), expected, "{sql}");
        }
    }
}
