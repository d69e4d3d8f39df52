//! Keeps the digits of the numbers that are written in a statement, before it is planned.

use std::ops::ControlFlow;

use datafusion::arrow::datatypes::DECIMAL256_MAX_PRECISION;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::number::Number;
use crate::engine::failure::mistake;
use crate::error::{Error, Result};

/// Makes decimals of the whole numbers of a statement that 64 bits do not hold, and floats that keep their text of those with
/// more digits than a float has.
///
/// # Errors
/// `Invalid` for a number that is larger than any type holds, with its place.
pub(in crate::engine) fn keep_digits(statement: &mut Statement) -> Result<()> {
    match statement {
        Statement::Statement(ast) => keep_digits_of(ast.as_mut()),
        Statement::Explain(explain) => keep_digits(&mut explain.statement),
        _ => Ok(()),
    }
}

/// The same for a part of a statement.
///
/// # Errors
/// As above.
pub(in crate::engine) fn keep_digits_of(part: &mut impl VisitMut) -> Result<()> {
    match part.visit(&mut Keeper) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Keeper;

impl VisitorMut for Keeper {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let (text, span) = match &*expr {
            Expr::Value(value) => (digits(value, ""), value.span),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => match expr.as_ref() {
                Expr::Value(value) => (digits(value, "-"), value.span),
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        match text.map(|text| kept(&text, span)).transpose() {
            Ok(kept) => {
                if let Some(kept) = kept.flatten() {
                    *expr = kept;
                }
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The text of a number with its sign.
fn digits(value: &ValueWithSpan, sign: &str) -> Option<String> {
    match &value.value {
        Value::Number(text, _) => Some(format!("{sign}{}", text.replace('_', ""))),
        _ => None,
    }
}

/// What keeps the digits of a number; `None` if it does so itself.
fn kept(text: &str, span: Span) -> Result<Option<Expr>> {
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return Ok(None);
    }
    let Some((number, float)) = Number::parse(text).zip(text.parse::<f64>().ok()) else {
        return Ok(None);
    };
    let written = text.trim_start_matches('-').trim_start_matches('0');
    let is_whole = written.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole && written.len() <= usize::from(DECIMAL256_MAX_PRECISION) {
        let precision = ExactNumberInfo::PrecisionAndScale(written.len().max(1) as u64, 0);
        return Ok(Some(cast(quoted(text, span), DataType::Decimal(precision))));
    }
    if float.is_infinite() {
        return Err(mistake(format!("{text} is beyond the range of numbers"), span));
    }
    let is_kept = Number::of_float(float).is_some_and(|shortest| shortest == number);
    // See `Marked` in `compared`.
    let marked = || {
        cast(
            cast(quoted(text, span), DataType::Varchar(None)),
            DataType::Double(ExactNumberInfo::None),
        )
    };
    Ok((!is_kept).then(marked))
}

fn quoted(text: &str, span: Span) -> Expr {
    Expr::Value(ValueWithSpan {
        value: Value::SingleQuotedString(text.to_owned()),
        span,
    })
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        array: false,
        format: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::parser::DFParser;

    fn written(sql: &str) -> String {
        let mut statement = DFParser::parse_sql(sql).unwrap().pop_front().unwrap();
        match keep_digits(&mut statement) {
            Ok(()) => statement.to_string(),
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn only_what_would_lose_digits_changes() {
        for sql in [
            "SELECT 1, -1, 1.5, 0.1, 1e22, 9223372036854775807, -9223372036854775808, 18446744073709551615",
            "SELECT 1234567.89, 0.123456789012345, 1e-7, 100.000, '9104209908849226329123'",
        ] {
            assert_eq!(written(sql), sql);
        }
        let nines = "9".repeat(80);
        let cases = [
            ("18446744073709551616", "CAST('18446744073709551616' AS DECIMAL(20,0))"),
            ("-9223372036854775809", "CAST('-9223372036854775809' AS DECIMAL(19,0))"),
            (
                "0009104209908849226329123",
                "CAST('0009104209908849226329123' AS DECIMAL(22,0))",
            ),
            (
                "0.12345678901234567890",
                "CAST(CAST('0.12345678901234567890' AS VARCHAR) AS DOUBLE)",
            ),
            (
                "-9007199254740993.0",
                "CAST(CAST('-9007199254740993.0' AS VARCHAR) AS DOUBLE)",
            ),
            (
                "9.104209908849226329123e21",
                "CAST(CAST('9.104209908849226329123e21' AS VARCHAR) AS DOUBLE)",
            ),
            (&nines, &format!("CAST(CAST('{nines}' AS VARCHAR) AS DOUBLE)")),
        ];
        for (number, expected) in cases {
            assert_eq!(written(&format!("SELECT {number}")), format!("SELECT {expected}"));
        }
        assert_eq!(
            written("SELECT 1e400"),
            "1e400 is beyond the range of numbers (line 1, column 8)"
        );
    }
}
