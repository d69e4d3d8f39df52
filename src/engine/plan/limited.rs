//! Functions that make much of little. `repeat('a', 2000000000)` is a few characters of text and gigabytes of result, and the
//! engine can be stopped only between calls of a function: what one value may come to is bounded here, before the call.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::kernels::length::length;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DataFusionError, ExprSchema, Result, ScalarValue};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ExpressionPlacement, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, StructFieldMapping,
};

use crate::engine::failure::failed;
use crate::error::Error;

/// Most bytes of a text that a function makes of a shorter one.
const MAX_TEXT: u64 = 64 << 20;

/// Most bytes of what a replacement may come to, were all of the text replaced.
const MAX_REPLACED: u64 = 1 << 30;

/// Most elements of a list.
const MAX_ELEMENTS: u64 = 16 << 20;

/// Most pairs of characters that are compared: two texts of 8192.
const MAX_PAIRS: u64 = 8192 * 8192;

const DAY_NS: i128 = 86_400_000_000_000;

/// What bounds a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Limit {
    /// `levenshtein(a, b)`: each character of the one meets each of the other.
    Pairs,
    /// `repeat(text, times)`.
    Repeated,
    /// `lpad(text, length, …)`.
    Padded,
    /// `replace(text, from, to)`.
    Replaced,
    /// `regexp_replace(text, pattern, to)`.
    Matched,
    /// `array_to_string(list, delimiter)`.
    Joined,
    /// `range(start, stop, step)`.
    Series,
    /// `array_repeat(element, times)`.
    Elements,
    /// `array_resize(list, length, …)`.
    Resized,
}

const LIMITS: &[(&str, Limit)] = &[
    ("levenshtein", Limit::Pairs),
    ("repeat", Limit::Repeated),
    ("lpad", Limit::Padded),
    ("rpad", Limit::Padded),
    ("replace", Limit::Replaced),
    ("regexp_replace", Limit::Matched),
    ("array_to_string", Limit::Joined),
    ("range", Limit::Series),
    ("generate_series", Limit::Series),
    ("array_repeat", Limit::Elements),
    ("array_resize", Limit::Resized),
];

/// Bounds the functions of a state that make much of little.
///
/// # Errors
/// `Internal` when it has not all of them.
pub(in crate::engine) fn limit(state: &mut SessionState) -> crate::error::Result<()> {
    for (name, limit) in LIMITS {
        let inner = state.udf(name).map_err(failed)?;
        let limited = Limited { inner, limit: *limit };
        state
            .register_udf(Arc::new(ScalarUDF::new_from_impl(limited)))
            .map_err(failed)?;
    }
    Ok(())
}

/// A function of the engine that is not called where it would make too much.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Limited {
    inner: Arc<ScalarUDF>,
    limit: Limit,
}

impl Limited {
    fn check(&self, args: &ScalarFunctionArgs) -> Result<()> {
        let args: Vec<Values> = args.args.iter().map(Values::of).collect::<Result<_>>()?;
        let rows = args.iter().map(|values| values.array.len()).max().unwrap_or(0);
        let (most, unit) = self.limit.most();
        for row in 0..rows {
            let size = self.limit.size(&args, row);
            if size > most {
                return Err(DataFusionError::External(Box::new(Error::invalid(format!(
                    "{} would come to {size} {unit} of one value; at most {most} are allowed",
                    self.inner.name()
                )))));
            }
        }
        Ok(())
    }
}

impl Limit {
    /// The largest size, and of what.
    fn most(self) -> (u64, &'static str) {
        match self {
            Self::Pairs => (MAX_PAIRS, "comparisons of characters"),
            Self::Repeated | Self::Padded => (MAX_TEXT, "bytes"),
            Self::Replaced | Self::Matched | Self::Joined => (MAX_REPLACED, "bytes"),
            Self::Series | Self::Elements | Self::Resized => (MAX_ELEMENTS, "elements"),
        }
    }

    /// What the value of a row may come to.
    fn size(self, args: &[Values], row: usize) -> u64 {
        let length = |at: usize| args.get(at).map_or(0, |values| values.length(row));
        let number = |at: usize| args.get(at).and_then(|values| values.number(row));
        let count = |at: usize| number(at).map_or(0, |number| u64::try_from(number).unwrap_or(0));
        let replaced = |matched: u64| {
            let times = length(0) / matched.max(1) + 1;
            length(0).saturating_add(times.saturating_mul(length(2)))
        };
        match self {
            Self::Pairs => length(0).saturating_mul(length(1)),
            Self::Repeated => length(0).saturating_mul(count(1)),
            Self::Padded | Self::Resized => count(1),
            Self::Replaced => replaced(length(1)),
            Self::Matched => replaced(1),
            Self::Joined => length(0).saturating_mul(length(1)),
            // Each of eight bytes, or as long as it is.
            Self::Elements => count(1).saturating_mul(length(0).div_ceil(8).max(1)),
            Self::Series => {
                let (start, stop) = match args.len() {
                    1 => (Some(0), number(0)),
                    _ => (number(0), number(1)),
                };
                let step = args.get(2).map_or(Some(1), |values| values.number(row));
                match (start, stop, step) {
                    (Some(start), Some(stop), Some(step)) if step != 0 => {
                        let count = (stop - start) / step;
                        u64::try_from(count.max(0)).unwrap_or(u64::MAX)
                    }
                    _ => 0,
                }
            }
        }
    }
}

/// An argument: its values as numbers, and how long they are.
struct Values {
    array: ArrayRef,
    numbers: Option<ArrayRef>,
    lengths: Option<Int64Array>,
}

impl Values {
    fn of(arg: &ColumnarValue) -> Result<Self> {
        let array = match arg {
            ColumnarValue::Array(array) => Arc::clone(array),
            ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(1)?,
        };
        let cast = |array: &ArrayRef, to: &DataType| cast_with_options(array, to, &CastOptions::default());
        let numbers = match array.data_type() {
            DataType::Interval(IntervalUnit::MonthDayNano) => Some(Arc::clone(&array)),
            // Moments of every unit in one, that of the steps between them.
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
                let moments = cast(&array, &DataType::Timestamp(TimeUnit::Nanosecond, None))?;
                Some(cast(&moments, &DataType::Int64)?)
            }
            kind if kind.is_integer() => Some(cast(&array, &DataType::Int64)?),
            _ => None,
        };
        let lengths = match length(&array) {
            Ok(lengths) => Some(cast(&lengths, &DataType::Int64)?.as_primitive::<Int64Type>().clone()),
            // It is of a kind that has no length.
            Err(_) => None,
        };
        Ok(Self {
            array,
            numbers,
            lengths,
        })
    }

    /// A single value is that of every row.
    fn at(&self, row: usize) -> usize {
        if self.array.len() == 1 { 0 } else { row }
    }

    fn length(&self, row: usize) -> u64 {
        let at = self.at(row);
        let lengths = self
            .lengths
            .as_ref()
            .filter(|lengths| at < lengths.len() && lengths.is_valid(at));
        lengths.map_or(0, |lengths| u64::try_from(lengths.value(at)).unwrap_or(0))
    }

    /// The number of a row; of an interval its nanoseconds, about.
    fn number(&self, row: usize) -> Option<i128> {
        let at = self.at(row);
        let numbers = self
            .numbers
            .as_ref()
            .filter(|numbers| at < numbers.len() && numbers.is_valid(at))?;
        if let Some(steps) = numbers.as_primitive_opt::<IntervalMonthDayNanoType>() {
            let step = steps.value(at);
            let days = 30 * i128::from(step.months) + i128::from(step.days);
            return Some(days * DAY_NS + i128::from(step.nanoseconds));
        }
        Some(i128::from(numbers.as_primitive_opt::<Int64Type>()?.value(at)))
    }
}

#[deny(clippy::missing_trait_methods)]
impl ScalarUDFImpl for Limited {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    #[expect(deprecated, reason = "forwarded like the others")]
    fn display_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.inner().display_name(args)
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.inner().schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.inner().signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.inner().return_type(types)
    }

    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        let inner = Arc::new(self.inner.inner().with_updated_config(config)?);
        let limit = self.limit;
        Some(ScalarUDF::new_from_impl(Self { inner, limit }))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.inner().return_field_from_args(args)
    }

    #[expect(deprecated, reason = "forwarded like the others")]
    fn is_nullable(&self, args: &[Expr], schema: &dyn ExprSchema) -> bool {
        self.inner.inner().is_nullable(args, schema)
    }

    fn is_strict(&self) -> bool {
        self.inner.inner().is_strict()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.check(&args)?;
        self.inner.inner().invoke_with_args(args)
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.inner.inner().simplify(args, info)
    }

    fn preimage(&self, args: &[Expr], literal: &Expr, info: &SimplifyContext) -> Result<PreimageResult> {
        self.inner.inner().preimage(args, literal, info)
    }

    fn short_circuits(&self) -> bool {
        self.inner.inner().short_circuits()
    }

    fn conditional_arguments<'a>(&self, args: &'a [Expr]) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        self.inner.inner().conditional_arguments(args)
    }

    fn evaluate_bounds(&self, input: &[&Interval]) -> Result<Interval> {
        self.inner.inner().evaluate_bounds(input)
    }

    fn propagate_constraints(&self, interval: &Interval, inputs: &[&Interval]) -> Result<Option<Vec<Interval>>> {
        self.inner.inner().propagate_constraints(interval, inputs)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.inner.inner().output_ordering(inputs)
    }

    fn preserves_lex_ordering(&self, inputs: &[ExprProperties]) -> Result<bool> {
        self.inner.inner().preserves_lex_ordering(inputs)
    }

    fn strictly_order_preserving(&self, inputs: &[ExprProperties]) -> Result<bool> {
        self.inner.inner().strictly_order_preserving(inputs)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.inner().coerce_types(types)
    }

    fn struct_field_mapping(&self, literals: &[Option<ScalarValue>]) -> Option<StructFieldMapping> {
        self.inner.inner().struct_field_mapping(literals)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.inner().documentation()
    }

    fn placement(&self, args: &[ExpressionPlacement]) -> ExpressionPlacement {
        self.inner.inner().placement(args)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::mock::Tables;

    #[tokio::test]
    async fn what_would_come_to_too_much_is_refused_before_it_is_made() {
        let tables = Tables::of(&[("t.csv", "n,text\n2000000000,ab\n3,c\n")]).await;
        for (sql, message) in [
            (
                "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))",
                "levenshtein would come to 40000000000 comparisons of characters of one value; at most 67108864 are allowed",
            ),
            (
                "SELECT repeat('ab', 2000000000)",
                "repeat would come to 4000000000 bytes of one value; at most 67108864 are allowed",
            ),
            (
                "SELECT repeat(text, n) FROM t",
                "repeat would come to 4000000000 bytes of one value; at most 67108864 are allowed",
            ),
            (
                "SELECT lpad('a', 2000000000)",
                "lpad would come to 2000000000 bytes of one value; at most 67108864 are allowed",
            ),
            (
                "SELECT rpad(text, n, 'x') FROM t",
                "rpad would come to 2000000000 bytes of one value; at most 67108864 are allowed",
            ),
            (
                "SELECT length(replace(repeat('a', 1000000), 'a', repeat('b', 1000000)))",
                "replace would come to 1000002000000 bytes of one value; at most 1073741824 are allowed",
            ),
            (
                "SELECT array_length(generate_series(1, 10000000000))",
                "generate_series would come to 9999999999 elements of one value; at most 16777216 are allowed",
            ),
            (
                "SELECT range(100000000, 0, -1)",
                "range would come to 100000000 elements of one value; at most 16777216 are allowed",
            ),
            (
                "SELECT range(n) FROM t",
                "range would come to 2000000000 elements of one value; at most 16777216 are allowed",
            ),
            (
                "SELECT array_repeat('ab', n) FROM t",
                "array_repeat would come to 2000000000 elements of one value; at most 16777216 are allowed",
            ),
            (
                "SELECT array_resize([1], 2000000000, 0)",
                "array_resize would come to 2000000000 elements of one value; at most 16777216 are allowed",
            ),
        ] {
            assert_eq!(tables.rows(sql).await, message, "{sql}");
        }
        let moments = "SELECT range(TIMESTAMP '2020-01-01', TIMESTAMP '2024-01-01', INTERVAL '1 microsecond')";
        let refused = tables.rows(moments).await;
        assert!(
            refused.starts_with("range would come to 126230400000000 elements"),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn what_is_small_is_as_it_was() {
        let tables = Tables::of(&[("t.csv", "n,text\n2,ab\n,c\n0,\n-1,é\n")]).await;
        for (sql, expected) in [
            ("SELECT repeat(text, n) AS x FROM t WHERE n = 2", "abab"),
            ("SELECT levenshtein('kitten', 'sitting') AS x", "3"),
            ("SELECT lpad('5', 3, '0') AS x", "005"),
            ("SELECT replace('a.b', '.', '::') AS x", "a::b"),
            ("SELECT array_to_string(range(0, 10, 3), '-') AS x", "0-3-6-9"),
            (
                "SELECT array_length(range(DATE '2024-01-01', DATE '2024-03-01', INTERVAL '1 month')) AS x",
                "2",
            ),
            (
                "SELECT count(*) AS x FROM (SELECT repeat(text, n), range(n), rpad(text, n) FROM t)",
                "4",
            ),
            ("SELECT list_repeat(1, 2) AS x", "[1, 1]"),
            ("SELECT regexp_replace('aXb', '[A-Z]', '-') AS x", "a-b"),
        ] {
            let rows = tables.rows(sql).await;
            assert!(rows.contains(&format!("| {expected} ")), "{sql}: {rows}");
        }
    }
}
