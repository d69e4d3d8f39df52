//! Parameters of statements over one small file.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, NullArray, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::record_batch::RecordBatch;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::Tokenizer;

use super::{bind, declared, number, rows, scalars, typed};
use crate::engine::mock::{Tables, assert_same};
use crate::session::Parameter;

const FILES: [(&str, &str); 1] = [(
    "t.csv",
    "a,b,f,name,at,day,tod,ok,code\n1,10,0.5,x,2025-01-01T00:00:00,2025-01-01,10:00:00,true,007\n2,3000000000,1.5,y,2025-01-02T00:00:00,2025-01-02,11:00:00,false,7\n",
)];

fn numbered(sql: &str) -> String {
    let mut tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize_with_location()
        .unwrap();
    match number(&mut tokens) {
        Ok(()) => tokens.iter().map(|token| token.token.to_string()).collect(),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn f30_parameters_are_numbered_in_the_order_of_the_text() {
    let cases = [
        (
            "SELECT ?, ? -- ?\n, '?', \"?\" /* ? */",
            "SELECT $1, $2 -- ?\n, '?', \"?\" /* ? */",
        ),
        ("SELECT $2, $1, $2", "SELECT $2, $1, $2"),
        ("SELECT 1", "SELECT 1"),
        (
            "SELECT ?, $1",
            "parameters are written either ? or $1, not both in one statement (line 1, column 11)",
        ),
        (
            "SELECT $1, ?",
            "parameters are written either ? or $1, not both in one statement (line 1, column 12)",
        ),
        (
            "SELECT $0",
            "parameters are numbered from $1; there is no $0 (line 1, column 8)",
        ),
        ("SELECT $1, $3", "there is a parameter $3 but no $2 (line 1, column 12)"),
        ("SELECT $2", "there is a parameter $2 but no $1 (line 1, column 8)"),
        (
            "SELECT $name",
            "parameters are written ? or $1; '$name' is neither (line 1, column 8)",
        ),
        (
            "SELECT ?7",
            "parameters are written ? or $1; '?7' is neither (line 1, column 8)",
        ),
    ];
    assert_same(&cases.map(|(sql, expected)| (sql, numbered(sql), expected)));
}

async fn types(tables: &Tables, sql: &str) -> String {
    match tables.plan(sql).await.and_then(|plan| declared(&plan)) {
        Ok(declared) => {
            let types = declared.iter().map(|parameter| parameter.data_type.to_string());
            types.collect::<Vec<_>>().join(" ")
        }
        Err(error) => error.message().to_owned(),
    }
}

#[tokio::test]
async fn f30_parameters_in_ordinal_order() {
    let tables = Tables::of(&FILES).await;
    let eleven = "SELECT 1 FROM t WHERE a = $1 AND a = $2 AND a = $3 AND a = $4 AND a = $5 AND a = $6 AND a = $7 AND a = $8 AND f = $9 AND name = $10 AND ok = $11";
    assert_eq!(
        types(&tables, eleven).await,
        "Int64 Int64 Int64 Int64 Int64 Int64 Int64 Int64 Float64 Utf8 Boolean"
    );
    let sent = "SELECT name FROM t WHERE name = ? AND a > ? LIMIT ? OFFSET ?";
    assert_eq!(types(&tables, sent).await, "Utf8 Int64 Int64 Int64");
}

#[tokio::test]
async fn a_parameter_has_the_type_of_its_place() {
    let tables = Tables::of(&FILES).await;
    let mut cases = Vec::new();
    for (condition, expected) in [
        ("A = ?", "Int64"),
        ("? < f", "Float64"),
        ("a = $1 AND $1 IS NOT NULL", "Int64"),
        ("$1 IS NOT NULL AND a = $1", "Int64"),
        ("a = $1 AND f = $1", "Float64"),
        ("a = $1 AND name = $1", "Utf8"),
        ("at > ?", "Timestamp(ms)"),
        ("at > ? + interval '1 day'", "Timestamp(ms)"),
        ("at - ? > interval '1 day'", "Timestamp(ms)"),
        ("at + ? > at", "Interval(MonthDayNano)"),
        ("at - ? > at", "Interval(MonthDayNano)"),
        ("at > now() - ?", "Interval(MonthDayNano)"),
        ("day BETWEEN ? AND ?", "Date32 Date32"),
        ("? BETWEEN a AND f", "Int64"),
        ("CAST(tod AS TIME) < ?", "Time64(ns)"),
        ("a IN (?, ?, 3)", "Int64 Int64"),
        ("name LIKE ?", "Utf8"),
        ("? LIKE 'a%'", "Utf8"),
        ("name ~ ?", "Utf8"),
        ("? || name = 'x'", "Utf8"),
        ("ok = ? AND ?", "Boolean Boolean"),
        ("NOT ?", "Boolean"),
        ("?", "Boolean"),
        ("a + ? > 1", "Int64"),
        ("a = ? + 1", "Int64"),
        ("a * ? < f", "Int64"),
        ("f > CAST(? AS INTEGER)", "Int32"),
        ("f > ?::bigint", "Int64"),
        ("-? < a", "Int64"),
        ("coalesce(f, ?) > ?", "Float64 Float64"),
        ("abs(?) > 1", "Float64"),
        ("upper(?) = name", "Utf8"),
        ("date_trunc(?, at) = at", "Utf8"),
        ("CASE WHEN a = ? THEN ? ELSE f END > ?", "Int64 Float64 Float64"),
        ("CASE name WHEN ? THEN true END", "Utf8"),
        ("a IN (SELECT b FROM t WHERE f > ?)", "Float64"),
        ("? IN (SELECT b FROM t)", "Int64"),
        ("EXISTS (SELECT 1 FROM t x WHERE x.day = ?)", "Date32"),
        ("a = (SELECT max(b) FROM t WHERE name = ?)", "Utf8"),
        ("random() < ? ", "Float64"),
        ("? = ?", "Utf8 Utf8"),
        ("? || ? || ? = name", "Utf8 Utf8 Utf8"),
    ] {
        let sql = format!("SELECT 1 FROM t WHERE {condition}");
        cases.push((condition, types(&tables, &sql).await, expected));
    }
    for (sql, expected) in [
        ("SELECT ?", "Utf8"),
        ("SELECT ? AS x, a FROM t ORDER BY ?", "Utf8 Utf8"),
        ("SELECT a FROM t UNION ALL SELECT ?", "Int64"),
        ("SELECT ? UNION ALL SELECT b FROM t", "Int64"),
        ("SELECT * FROM (VALUES (1, ?), (?, 'x')) AS v", "Utf8 Int64"),
        (
            "SELECT count(*) FROM t x JOIN t y ON x.a = y.a AND y.at < ?",
            "Timestamp(ms)",
        ),
        ("SELECT sum(f) FROM t GROUP BY name HAVING sum(f) > ?", "Float64"),
        ("SELECT lag(a, 1, ?) OVER (ORDER BY a) FROM t", "Utf8"),
        ("SUMMARIZE SELECT * FROM t WHERE a = ?", "Int64"),
        ("EXPLAIN SELECT * FROM t WHERE a = ?", "Int64"),
        ("SELECT 1", ""),
    ] {
        cases.push((sql, types(&tables, sql).await, expected));
    }
    assert_same(&cases);
}

#[tokio::test]
async fn a_typed_plan_has_the_schema_of_the_bound_one() {
    let tables = Tables::of(&FILES).await;
    let sql = "SELECT ?, a + ?, name FROM t WHERE f < ? LIMIT ?";
    let plan = tables.plan(sql).await.unwrap();
    let types = declared(&plan).unwrap();
    let given = batch(vec![
        Arc::new(StringArray::from(vec!["x"])),
        Arc::new(Int32Array::from(vec![1])),
        Arc::new(Int64Array::from(vec![9])),
        Arc::new(StringArray::from(vec!["1"])),
    ]);
    let values = scalars(&rows(&given, &types).unwrap(), 0).unwrap();
    let named = |plan: &datafusion::logical_expr::LogicalPlan| {
        let fields = plan.schema().fields().iter();
        fields
            .map(|field| format!("{} {}", field.name(), field.data_type()))
            .collect::<Vec<_>>()
    };
    let bound = bind(plan.clone(), &values).unwrap();
    assert_eq!(named(&typed(plan, &types).unwrap()), named(&bound));
    assert_eq!(named(&bound), ["$1 Utf8", "a + $2 Int64", "name Utf8"]);
    assert!(tables.run(&bound).await.contains("| x  | 2"));
}

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    let named = columns.into_iter().enumerate();
    RecordBatch::try_from_iter(named.map(|(at, column)| (format!("c{at}"), column))).unwrap()
}

#[test]
fn f32_values_are_cast_strictly_and_errors_name_them() {
    let micros = |value: i64| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(vec![value])) };
    let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
    let cases: Vec<(&str, Vec<ArrayRef>, Vec<DataType>, &str)> = vec![
        (
            "a number as text",
            vec![text(&["7"])],
            vec![DataType::Int64],
            "Int64(7)",
        ),
        ("text as text", vec![text(&["7"])], vec![DataType::Utf8], "Utf8(\"7\")"),
        (
            "no number",
            vec![text(&["1", "x", "y"])],
            vec![DataType::Int64],
            "parameter $1: 'x' of the type Utf8 does not fit Int64",
        ),
        (
            "too large",
            vec![Arc::new(Int64Array::from(vec![1 << 40]))],
            vec![DataType::Int32],
            "parameter $1: '1099511627776' of the type Int64 does not fit Int32; CAST(? AS BIGINT) takes it as it is",
        ),
        (
            "a fraction",
            vec![text(&["a"]), Arc::new(Float64Array::from(vec![1.5]))],
            vec![DataType::Utf8, DataType::Int64],
            "parameter $2: '1.5' of the type Float64 does not fit Int64; CAST(? AS DOUBLE) takes it as it is",
        ),
        (
            "a whole float",
            vec![Arc::new(Float64Array::from(vec![2.0]))],
            vec![DataType::Int64],
            "Int64(2)",
        ),
        (
            "a long number as text",
            vec![text(&["9104209908849226329123"])],
            vec![DataType::Decimal128(38, 0)],
            "Decimal128(9104209908849226329123,38,0)",
        ),
        (
            "a text with zeros at the end",
            vec![text(&["1.50"])],
            vec![DataType::Decimal128(9, 1)],
            "Decimal128(1.5,9,1)",
        ),
        (
            "a text with too many digits",
            vec![text(&["1.5"])],
            vec![DataType::Decimal128(38, 0)],
            "parameter $1: '1.5' of the type Utf8 does not fit Decimal128(38, 0)",
        ),
        (
            "a float with digits of a decimal",
            vec![Arc::new(Float64Array::from(vec![1_234_567.89]))],
            vec![DataType::Decimal128(38, 18)],
            "Decimal128(1234567.890000000000000000,38,18)",
        ),
        (
            "a float beyond a decimal",
            vec![Arc::new(Float64Array::from(vec![1e30]))],
            vec![DataType::Decimal128(38, 18)],
            "parameter $1: '1e30' of the type Float64 does not fit Decimal128(38, 18); CAST(? AS DOUBLE) takes it as it is",
        ),
        (
            "no number for a decimal",
            vec![Arc::new(Float64Array::from(vec![f64::NAN]))],
            vec![DataType::Decimal128(9, 2)],
            "parameter $1: 'NaN' of the type Float64 does not fit Decimal128(9, 2); CAST(? AS DOUBLE) takes it as it is",
        ),
        (
            "NULL",
            vec![Arc::new(NullArray::new(1))],
            vec![DataType::Date32],
            "Date32(\"NULL\")",
        ),
        (
            "too few",
            vec![text(&["a"])],
            vec![DataType::Utf8; 2],
            "the statement has 2 parameters, 1 given",
        ),
        (
            "none asked for",
            vec![text(&["a"])],
            vec![],
            "the statement has no parameters, 1 given",
        ),
        (
            "whole milliseconds",
            vec![micros(5000)],
            vec![millis.clone()],
            "TimestampMillisecond(5, None)",
        ),
        (
            "finer than milliseconds",
            vec![micros(5001)],
            vec![millis.clone()],
            "TimestampMicrosecond(5001, None)",
        ),
        (
            "a text finer than milliseconds",
            vec![text(&["1970-01-01 00:00:00.000000001"])],
            vec![millis.clone()],
            "TimestampNanosecond(1, None)",
        ),
        (
            "a text beyond nanoseconds",
            vec![text(&["9999-01-01 00:00:00"])],
            vec![millis],
            "TimestampMicrosecond(253370764800000000, None)",
        ),
        (
            "a text with a time for a day",
            vec![text(&["1970-01-02 10:00:00"])],
            vec![DataType::Date32],
            "parameter $1: '1970-01-02 10:00:00' of the type Utf8 does not fit Date32",
        ),
        (
            "a day",
            vec![text(&["1970-01-02"])],
            vec![DataType::Date32],
            "Date32(\"1970-01-02\")",
        ),
        (
            "a moment for a day",
            vec![micros(5000)],
            vec![DataType::Date32],
            "parameter $1: '1970-01-01T00:00:00.005' of the type Timestamp(µs) does not fit Date32; CAST(? AS TIMESTAMP) takes it as it is",
        ),
    ];
    let mut found = Vec::new();
    for (what, columns, types, expected) in cases {
        let declared: Vec<_> = types.into_iter().map(|data_type| parameter(data_type, false)).collect();
        let values = rows(&batch(columns), &declared).and_then(|rows| scalars(&rows, 0));
        let said = match values {
            Ok(values) => format!("{:?}", values[0]),
            Err(error) => error.message().to_owned(),
        };
        found.push((what, said, expected));
    }
    assert_same(&found);
}

fn parameter(data_type: DataType, is_compared: bool) -> Parameter {
    Parameter { data_type, is_compared }
}

#[tokio::test]
async fn what_is_only_compared_keeps_the_type_it_is_given_with() {
    let tables = Tables::of(&FILES).await;
    let half = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.5])) };
    let large = || -> ArrayRef { Arc::new(UInt64Array::from(vec![u64::MAX])) };
    let noon = || -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(vec![1_735_732_800_000_000])) };
    let cent = || -> ArrayRef { Arc::new(Decimal128Array::from(vec![101]).with_precision_and_scale(9, 2).unwrap()) };
    let seven = || -> ArrayRef { Arc::new(Int64Array::from(vec![7])) };
    let cases: Vec<(&str, Vec<ArrayRef>, &str)> = vec![
        ("SELECT a FROM t WHERE a < ?", vec![half()], "1"),
        ("SELECT a FROM t WHERE a = ?", vec![half()], ""),
        ("SELECT a FROM t WHERE ? <= a", vec![half()], "2"),
        ("SELECT a FROM t WHERE a <> ?", vec![half()], "1 2"),
        ("SELECT a FROM t WHERE a BETWEEN ? AND ?", vec![half(), half()], ""),
        ("SELECT a FROM t WHERE a IN (?, 2)", vec![half()], "2"),
        ("SELECT a FROM t WHERE a < ?", vec![cent()], "1"),
        (
            "SELECT a FROM t WHERE a < ?",
            vec![large()],
            "parameter $1: '18446744073709551615' of the type UInt64 does not fit Int64; CAST(? AS BIGINT UNSIGNED) takes \
             it as it is",
        ),
        (
            "SELECT a FROM t WHERE a < CAST(? AS BIGINT UNSIGNED)",
            vec![large()],
            "1 2",
        ),
        ("SELECT a FROM t WHERE a IS DISTINCT FROM ?", vec![half()], "1 2"),
        (
            "SELECT a FROM t WHERE CASE a WHEN ? THEN true ELSE false END",
            vec![half()],
            "",
        ),
        (
            "SELECT x.a FROM t x JOIN t y ON x.a = y.a AND x.a > ?",
            vec![half()],
            "2",
        ),
        ("SELECT a FROM t WHERE day < ?", vec![noon()], "1"),
        ("SELECT a FROM t WHERE day = ?", vec![noon()], ""),
        ("SELECT a FROM t WHERE day > ?", vec![noon()], "2"),
        (
            "SELECT a FROM t UNION ALL SELECT ?",
            vec![half()],
            "parameter $1: '1.5' of the type Float64 does not fit Int64; CAST(? AS DOUBLE) takes it as it is",
        ),
        (
            "SELECT a + ? FROM t",
            vec![half()],
            "parameter $1: '1.5' of the type Float64 does not fit Int64; CAST(? AS DOUBLE) takes it as it is",
        ),
        (
            "SELECT a FROM t WHERE a < $1 AND a + $1 > 0",
            vec![half()],
            "parameter $1: '1.5' of the type Float64 does not fit Int64; CAST(? AS DOUBLE) takes it as it is",
        ),
        (
            "SELECT a FROM t LIMIT ?",
            vec![half()],
            "parameter $1: '1.5' of the type Float64 does not fit Int64; CAST(? AS DOUBLE) takes it as it is",
        ),
        ("SELECT a FROM t WHERE code = ?", vec![seven()], "1 2"),
        ("SELECT a FROM t WHERE code = ? AND code = '7'", vec![seven()], "2"),
        ("SELECT a FROM t WHERE code || ? = '77'", vec![seven()], "2"),
    ];
    let mut found = Vec::new();
    for (sql, given, expected) in cases {
        let plan = tables.plan(sql).await.unwrap();
        let values = rows(&batch(given), &declared(&plan).unwrap()).and_then(|rows| scalars(&rows, 0));
        let said = match values.and_then(|values| bind(plan, &values)) {
            Ok(bound) => first_column(&tables.run(&bound).await),
            Err(error) => error.message().to_owned(),
        };
        found.push((sql, said, expected));
    }
    assert_same(&found);
}

/// The cells of the first column of a table as it is printed.
fn first_column(printed: &str) -> String {
    let lines = printed.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells = lines.filter_map(|line| line.split('|').nth(1).map(str::trim));
    cells.collect::<Vec<_>>().join(" ")
}

fn text(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}
