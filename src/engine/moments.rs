//! Moments in the text of a statement, as people write them: `2024-01-31 10:30` has no seconds, and means that minute's
//! beginning. The engine takes no such text for a timestamp.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan, TryCast};
use datafusion::optimizer::AnalyzerRule;

/// Completes literals that become timestamps. It comes behind the rule that finds out which do.
#[derive(Debug)]
pub(super) struct WithSeconds;

impl AnalyzerRule for WithSeconds {
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
        "with_seconds"
    }
}

/// A cast of a literal to a timestamp, of one with seconds.
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
    if !matches!(field.data_type(), DataType::Timestamp(..)) || !lacks_seconds(text.as_bytes()) {
        return Ok(Transformed::no(expr));
    }
    text.insert_str(MINUTE_BYTES, ":00");
    Ok(Transformed::yes(expr))
}

/// How long `2024-01-31 10:30` is.
const MINUTE_BYTES: usize = 16;

/// Whether a text is `2024-01-31 10:30`, perhaps with a zone behind.
fn lacks_seconds(text: &[u8]) -> bool {
    let Some((moment, behind)) = text.split_at_checked(MINUTE_BYTES) else {
        return false;
    };
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'T' => b"Tt ".contains(byte),
        form => byte == form,
    };
    moment.iter().zip(b"0000-00-00T00:00").all(fits) && behind.first().is_none_or(|byte| b"Zz+- ".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_without_seconds() {
        let cases = [
            ("2024-01-31 10:30", true),
            ("2024-01-31T10:30Z", true),
            ("2024-01-31 10:30+02:00", true),
            ("2024-01-31 10:30:15", false),
            ("2024-01-31", false),
            ("2024-01-31 10:3", false),
            ("31/01/2024 10:30", false),
        ];
        for (text, expected) in cases {
            assert_eq!(lacks_seconds(text.as_bytes()), expected, "{text}");
        }
    }
}
