//! Moments in the text of a statement, as people and CSV files write them: `2024-01-31 10:30` has no seconds and means that
//! minute's beginning, `2024-1-5 9:00` has single digits. The engine takes no such text for a timestamp.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan, TryCast};
use datafusion::optimizer::AnalyzerRule;

/// Completes literals that become timestamps. It comes behind the rule that finds out which do.
#[derive(Debug)]
pub(in crate::engine) struct CompleteMoments;

impl AnalyzerRule for CompleteMoments {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let analyzed = plan.transform_up_with_subqueries(|node| {
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                Ok(expr.transform_up(completed)?.update_data(|expr| name.restore(expr)))
            })
        });
        Ok(analyzed?.data)
    }

    fn name(&self) -> &'static str {
        "complete_moments"
    }
}

/// A cast of a literal to a timestamp, of one that is complete.
fn completed(mut expr: Expr) -> Result<Transformed<Expr>> {
    let (Expr::Cast(Cast { expr: inner, field }) | Expr::TryCast(TryCast { expr: inner, field })) = &mut expr else {
        return Ok(Transformed::no(expr));
    };
    let Expr::Literal(
        ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)),
        _,
    ) = &mut **inner
    else {
        return Ok(Transformed::no(expr));
    };
    match complete(text).filter(|_| matches!(field.data_type(), DataType::Timestamp(..))) {
        Some(complete) => {
            *text = complete;
            Ok(Transformed::yes(expr))
        }
        None => Ok(Transformed::no(expr)),
    }
}

/// The text with two digits for everything but the year, and with seconds, if it is a moment that has not.
fn complete(text: &str) -> Option<String> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = digits(rest, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let seconds = match rest.chars().next() {
        Some(':') => "",
        None | Some('Z' | 'z' | '+' | '-' | ' ') => ":00",
        Some(_) => return None,
    };
    let complete = format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}{seconds}{rest}");
    (complete.len() > text.len()).then_some(complete)
}

/// Takes so many digits off the text.
fn digits(text: &str, least: usize, most: usize) -> Option<(&str, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count >= least).then(|| text.split_at(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_completed() {
        let cases = [
            ("2024-01-31 10:30", Some("2024-01-31T10:30:00")),
            ("2024-01-31T10:30Z", Some("2024-01-31T10:30:00Z")),
            ("2024-01-31 10:30+02:00", Some("2024-01-31T10:30:00+02:00")),
            ("2024-1-5 9:00", Some("2024-01-05T09:00:00")),
            ("2024-1-5 9:00:15.5", Some("2024-01-05T09:00:15.5")),
            ("2024-01-31 10:30:15", None),
            ("2024-01-31", None),
            ("2024-01-31 10:3", None),
            ("2024-01-31 10:300", None),
            ("31/01/2024 10:30", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(complete(text).as_deref(), expected, "{text}");
        }
    }
}
