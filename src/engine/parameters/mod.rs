//! Parameters: how they are numbered, which types they have, and how values take their places. Pure functions: what a
//! client binds is kept elsewhere.

pub(super) mod bound;

mod declared;
mod values;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType as SqlType, Expr, Statement as Ast, Value, visit_expressions_mut,
};
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

pub(crate) use declared::{asked, declared};
pub(crate) use values::{rows, scalars};

use crate::engine::failure::{failed, mistake};
use crate::error::{Error, Result};
use crate::session::Parameter;

/// Numbers the `?` of a statement from `$1`. The tokens keep their places, so that errors point into the text as it was
/// sent.
///
/// # Errors
/// `Invalid` for `?` and `$1` in one statement, for names and for numbers that are left out.
pub(super) fn number(tokens: &mut [TokenWithSpan]) -> Result<()> {
    let mut questions = 0;
    let mut numbered: BTreeMap<usize, Span> = BTreeMap::new();
    for token in tokens {
        let Token::Placeholder(typed) = &mut token.token else {
            continue;
        };
        if typed == "?" {
            questions += 1;
            *typed = format!("${questions}");
        } else {
            numbered.entry(ordinal(typed, token.span)?).or_insert(token.span);
        }
        if let (true, Some(_)) = (questions > 0, numbered.first_key_value()) {
            let message = "parameters are written either ? or $1, not both in one statement";
            return Err(mistake(message, token.span));
        }
    }
    let missing = numbered.keys().zip(1..).find(|(number, expected)| *number != expected);
    match missing {
        Some((number, expected)) => Err(mistake(
            format!("there is a parameter ${number} but no ${expected}"),
            numbered[number],
        )),
        None => Ok(()),
    }
}

fn ordinal(typed: &str, span: Span) -> Result<usize> {
    let number = typed.strip_prefix('$').and_then(|number| number.parse().ok());
    match number {
        Some(0) => Err(mistake("parameters are numbered from $1; there is no $0", span)),
        Some(number) => Ok(number),
        None => {
            let message = format!("parameters are written ? or $1; '{typed}' is neither");
            Err(mistake(message, span))
        }
    }
}

/// Makes text of parameters that are joined with one another (`? || ?`): the engine finds no type for such a pair.
pub(super) fn join(ast: &mut Ast) {
    let _ = visit_expressions_mut(ast, |expr| {
        if let Expr::BinaryOp {
            left,
            op: BinaryOperator::StringConcat,
            right,
        } = expr
            && is_parameter(left)
            && is_parameter(right)
        {
            let parameter = left.clone();
            **left = Expr::Cast {
                kind: CastKind::Cast,
                expr: parameter,
                data_type: SqlType::Varchar(None),
                array: false,
                format: None,
            };
        }
        ControlFlow::<()>::Continue(())
    });
}

fn is_parameter(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Placeholder(_)))
}

/// The plan with a typed NULL for each parameter: its schema is that of the answer.
///
/// # Errors
/// What the engine finds wrong with these types.
pub(crate) fn typed(plan: LogicalPlan, parameters: &[Parameter]) -> Result<LogicalPlan> {
    let nulls = parameters
        .iter()
        .map(|parameter| ScalarValue::try_from(&parameter.data_type))
        .collect::<Result<Vec<_>, _>>();
    bind(plan, &nulls.map_err(failed)?)
}

/// The plan with a value for each parameter, of the types that [`declared`] gave.
///
/// # Errors
/// `Invalid` when there are too few.
pub(crate) fn bind(plan: LogicalPlan, values: &[ScalarValue]) -> Result<LogicalPlan> {
    if values.is_empty() {
        return Ok(plan);
    }
    plan.replace_params_with_values(&values.to_vec().into()).map_err(failed)
}

fn count_mismatch(declared: usize, given: usize) -> Error {
    let declared = match declared {
        0 => "no parameters".to_owned(),
        1 => "1 parameter".to_owned(),
        several => format!("{several} parameters"),
    };
    Error::invalid(format!("the statement has {declared}, {given} given"))
}

#[cfg(test)]
mod tests;
