//! Compares numbers of a statement by all their digits with the decimals and the whole numbers of columns.

use std::cell::LazyCell;
use std::ops::Deref;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, Case, InList};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, TryCast};
use datafusion::optimizer::AnalyzerRule;

use super::number::Number;

/// Gives numbers the type of what they are compared with, or that of a decimal between its values. It comes in front of the
/// rule that would make floats or decimals of both.
#[derive(Debug)]
pub(in crate::engine) struct CompareDigits;

impl AnalyzerRule for CompareDigits {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(compare)?.data)
    }

    fn name(&self) -> &'static str {
        "compare_digits"
    }
}

fn compare(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let inputs: Vec<_> = node.inputs().iter().map(|input| Arc::clone(input.schema())).collect();
    let scanned = match &node {
        LogicalPlan::TableScan(scan) => Some((scan.table_name.clone(), scan.source.schema())),
        _ => None,
    };
    // Most statements compare no numbers.
    let schema = LazyCell::new(|| {
        let scanned = scanned.and_then(|(name, schema)| DFSchema::try_from_qualified_schema(name, &schema).ok());
        let schemas = inputs.iter().map(Arc::as_ref).chain(&scanned);
        schemas.fold(DFSchema::empty(), |mut all, schema| {
            all.merge(schema);
            all
        })
    });
    let names = NamePreserver::new(&node);
    node.map_expressions(|expr| {
        let name = names.save(&expr);
        let compared = expr.transform_up(|expr| Ok(exact(expr, &schema)))?;
        Ok(compared.update_data(|expr| name.restore(expr)))
    })
}

fn exact(mut expr: Expr, schema: &impl Deref<Target = DFSchema>) -> Transformed<Expr> {
    let changed = match &mut expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            place(left, [&mut **right], schema) || place(right, [&mut **left], schema)
        }
        Expr::InList(InList { expr, list, .. }) => place(expr, list, schema),
        Expr::Between(Between { expr, low, high, .. }) => place(expr, [&mut **low, &mut **high], schema),
        Expr::Case(Case {
            expr: Some(expr),
            when_then_expr,
            ..
        }) => place(expr, when_then_expr.iter_mut().map(|(when, _)| &mut **when), schema),
        Expr::Cast(Cast { expr: inner, field }) | Expr::TryCast(TryCast { expr: inner, field }) => {
            match rounded(inner, field.data_type()) {
                Some(value) => {
                    expr = Expr::Literal(value, None);
                    true
                }
                None => false,
            }
        }
        _ => false,
    };
    if changed {
        Transformed::yes(expr)
    } else {
        Transformed::no(expr)
    }
}

fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(
        op,
        Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom
    )
}

/// Gives each of `others` that is a number its place among the values of `expr`. Says whether that changed any.
fn place<'a>(
    expr: &Expr,
    others: impl IntoIterator<Item = &'a mut Expr>,
    schema: &impl Deref<Target = DFSchema>,
) -> bool {
    let numbers = others.into_iter().filter_map(|other| Some((written(other)?, other)));
    let mut data_type = None;
    let mut changed = false;
    for (written, other) in numbers {
        let data_type = data_type.get_or_insert_with(|| expr.get_type(&**schema).unwrap_or(DataType::Null));
        if let Some(value) = written.among(data_type) {
            *other = Expr::Literal(value, None);
            changed = true;
        }
    }
    changed
}

/// A number of a statement, or a value of a parameter.
struct WrittenNumber {
    number: Number,
    form: Form,
}

/// What the engine takes it for.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Integer,
    Float,
    Decimal,
    Text,
}

impl WrittenNumber {
    /// What compares as the number does with values of this type; `None` if the number itself does.
    fn among(&self, data_type: &DataType) -> Option<ScalarValue> {
        match data_type {
            DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
                self.number.among(*precision, *scale)
            }
            DataType::Float16 | DataType::Float32 | DataType::Float64 if self.form == Form::Decimal => {
                Some(ScalarValue::Float64(Some(self.number.float()?)))
            }
            // As floats, one of them is another one's neighbour too.
            _ if data_type.is_integer() && self.form == Form::Float && self.number.is_beyond_floats() => {
                self.number.integer().or_else(|| self.number.among(20, 0))
            }
            _ => None,
        }
    }
}

fn written(expr: &Expr) -> Option<WrittenNumber> {
    use ScalarValue as S;
    let of = |number: Option<Number>, form| Some(WrittenNumber { number: number?, form });
    match expr {
        Expr::Literal(S::Float64(Some(float)), _) => of(Number::of_float(*float), Form::Float),
        Expr::Literal(S::Float32(Some(float)), _) => of(Number::parse(&format!("{float:e}")), Form::Float),
        Expr::Literal(S::Decimal128(Some(value), _, scale), _) => {
            of(Number::parse(&format!("{value}e{}", -i16::from(*scale))), Form::Decimal)
        }
        Expr::Literal(S::Decimal256(Some(value), _, scale), _) => {
            of(Number::parse(&format!("{value}e{}", -i16::from(*scale))), Form::Decimal)
        }
        Expr::Literal(S::Utf8(Some(text)) | S::LargeUtf8(Some(text)) | S::Utf8View(Some(text)), _) => {
            of(Number::parse(text), Form::Text)
        }
        Expr::Literal(value, _) if value.data_type().is_integer() && !value.is_null() => {
            of(Number::parse(&value.to_string()), Form::Integer)
        }
        Expr::Negative(inner) => {
            let WrittenNumber { number, form } = written(inner).filter(|inner| inner.form != Form::Text)?;
            of(Some(number.negated()), form)
        }
        Expr::Cast(cast) => cast_text(cast),
        _ => None,
    }
}

/// A number whose digits `written` has kept: a text as a decimal, or as a text and that as a float.
fn cast_text(Cast { expr, field }: &Cast) -> Option<WrittenNumber> {
    let (text, form) = match (expr.as_ref(), field.data_type()) {
        (text, DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0)) => (text, Form::Decimal),
        (Expr::Cast(Cast { expr, field }), DataType::Float64) if field.data_type().is_string() => {
            (expr.as_ref(), Form::Float)
        }
        _ => return None,
    };
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = text else {
        return None;
    };
    let number = Number::parse(text)?;
    // The cast itself would round.
    let is_whole = number.places() == 0 || form == Form::Float;
    is_whole.then_some(WrittenNumber { number, form })
}

/// The decimal that a float becomes by a cast.
fn rounded(expr: &Expr, data_type: &DataType) -> Option<ScalarValue> {
    let (DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale)) = data_type else {
        return None;
    };
    let WrittenNumber { number, form } = written(expr)?;
    let value = number.rounded(*precision, *scale).filter(|_| form == Form::Float)?;
    (value.data_type() == *data_type).then_some(value)
}
