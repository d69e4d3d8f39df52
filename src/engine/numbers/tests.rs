//! Numbers with many digits in statements over CSV files.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;
use futures::StreamExt;

use crate::engine::mock::{Tables, assert_same};
use crate::engine::{DatasetQuery, PlanOptions, Query, parameters};

/// Whole numbers beyond 64 bits, and others.
const FILES: [(&str, &str); 2] = [
    (
        "ids.csv",
        "id,n,small,f,name\n\
         9104209908849226329122,1,9007199254740992,1.5,a\n\
         9104209908849226329123,2,9007199254740993,1e30,b\n\
         9104209908849226329124,3,-5,inf,c\n\
         -18446744073709551616,4,7,nan,d\n\
         99999999999999999999999999999999999999,5,,2.5,e\n",
    ),
    ("links.csv", "n,id\n2,9104209908849226329123\n4,-18446744073709551616\n"),
];

/// Decimals with a fraction of this type, made of texts.
fn decimals(precision: u8, scale: u8) -> String {
    let values = ["1234567.89", "0.12345678901234567890", "-12.5", "100"];
    let rows = values.iter().enumerate().map(|(at, value)| {
        format!(
            "SELECT {} AS n, CAST('{value}' AS DECIMAL({precision},{scale})) AS d",
            at + 1
        )
    });
    format!("({})", rows.collect::<Vec<_>>().join(" UNION ALL "))
}

/// The numbers `n` of the rows that a condition leaves, or what is said about it.
async fn left(tables: &Tables, from: &str, condition: &str) -> String {
    let sql = format!("SELECT string_agg(CAST(n AS VARCHAR), ' ' ORDER BY n) AS s FROM {from} WHERE {condition}");
    value(&tables.rows(&sql).await)
}

/// The only cell of a table as it is shown.
fn value(shown: &str) -> String {
    let cell = shown
        .lines()
        .nth(3)
        .map(|line| line.trim_matches(['|', ' ']).to_owned());
    cell.unwrap_or_else(|| shown.to_owned())
}

#[tokio::test]
async fn long_numbers_are_compared_by_all_their_digits() {
    let tables = Tables::of(&FILES).await;
    let mut cases = Vec::new();
    for (condition, expected) in [
        ("id = 9104209908849226329123", "2"),
        ("9104209908849226329123 = id", "2"),
        ("id <> 9104209908849226329123", "1 3 4 5"),
        ("id > 9104209908849226329123", "3 5"),
        ("id >= 9104209908849226329123", "2 3 5"),
        ("id < 9104209908849226329123", "1 4"),
        ("id IN (9104209908849226329123, 9104209908849226329124)", "2 3"),
        ("id IN (5, 9104209908849226329123)", "2"),
        ("id NOT IN (9104209908849226329123)", "1 3 4 5"),
        ("id BETWEEN 9104209908849226329122 AND 9104209908849226329123", "1 2"),
        (
            "id NOT BETWEEN 9104209908849226329122 AND 9104209908849226329123",
            "3 4 5",
        ),
        ("id IS NOT DISTINCT FROM 9104209908849226329123", "2"),
        ("id = -18446744073709551616", "4"),
        ("id = -(18446744073709551616)", "4"),
        ("id = 9104209908849226329123.0", "2"),
        ("id = 9104209908849226329123.5", ""),
        ("id > 9104209908849226329123.5", "3 5"),
        ("id <= 9104209908849226329123.5", "1 2 4"),
        ("id = 9.104209908849226329123e21", "2"),
        ("id = 99999999999999999999999999999999999999", "5"),
        ("id < 100000000000000000000000000000000000000", "1 2 3 4 5"),
        ("id = 1e38", ""),
        ("id < 1e100", "1 2 3 4 5"),
        ("id > -1e300", "1 2 3 4 5"),
        ("id > 1e22", "5"),
        ("id < 0", "4"),
        ("id = '9104209908849226329123'", "2"),
        ("id > '9104209908849226329123.5'", "3 5"),
        ("id = CAST('9104209908849226329123' AS DECIMAL(38,0))", "2"),
        ("id = CAST(9104209908849226329123 AS DECIMAL(38,0))", "2"),
        ("id = DECIMAL '9104209908849226329123'", "2"),
        ("id = 9104209908849226329122 + 1", "2"),
        ("id::text = '9104209908849226329123'", "2"),
        ("CASE id WHEN 9104209908849226329123 THEN true ELSE false END", "2"),
        ("id IN (SELECT id FROM links)", "2 4"),
        (
            "EXISTS (SELECT 1 FROM links l WHERE l.id = ids.id AND l.id > 9104209908849226329122)",
            "2",
        ),
        // Whole numbers and floats.
        ("n < 9104209908849226329123", "1 2 3 4 5"),
        ("n = 18446744073709551617", ""),
        ("small = 9007199254740993", "2"),
        ("small = 9007199254740993.0", "2"),
        ("small > 9007199254740992.5", "2"),
        ("small < 1e30", "1 2 3 4"),
        ("f = 1000000000000000000000000000000", "2"),
        ("f > 9104209908849226329123", "2 3 4"),
        ("f < 9104209908849226329123", "1 5"),
        ("f = 1.5", "1"),
        ("f BETWEEN 1.5 AND 2.5", "1 5"),
        ("name = 'b'", "2"),
    ] {
        cases.push((condition, left(&tables, "ids", condition).await, expected));
    }
    assert_same(&cases);
}

#[tokio::test]
async fn fractions_are_compared_by_all_their_digits() {
    let tables = Tables::of(&[]).await;
    let mut wrong = Vec::new();
    for (precision, scale) in [(38, 20), (27, 20), (60, 20), (75, 30)] {
        for (condition, expected) in [
            ("d = 0.12345678901234567890", "2"),
            ("d = 0.12345678901234567891", ""),
            ("d < 0.12345678901234567891", "2 3"),
            ("d > 0.123456789012345678899999", "1 2 4"),
            ("d = 1234567.89", "1"),
            ("d IN (1234567.89, -12.5)", "1 3"),
            ("d BETWEEN 0.1234567890123456789 AND 100", "2 4"),
            ("d = -12.5", "3"),
            ("d = 100", "4"),
            ("d < 1000000000", "1 2 3 4"),
            ("d < 9104209908849226329123", "1 2 3 4"),
            ("d > 1e100", ""),
            ("d <> 1234567.89", "2 3 4"),
        ] {
            let found = left(&tables, &decimals(precision, scale), condition).await;
            if found != expected {
                wrong.push(format!("({precision},{scale}) {condition}: {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn types_are_those_of_before_but_for_long_whole_numbers() {
    let tables = Tables::of(&FILES).await;
    let mut cases = Vec::new();
    for (expression, expected) in [
        ("1.5", "Float64"),
        ("3.14159265358979323846", "Float64"),
        ("1e30", "Float64"),
        ("n * 3.14159265358979323846", "Float64"),
        ("f + 0.1", "Float64"),
        ("sum(f)", "Float64"),
        ("avg(n)", "Float64"),
        ("9223372036854775807", "Int64"),
        ("18446744073709551615", "UInt64"),
        ("-9223372036854775808", "Int64"),
        ("18446744073709551616", "Decimal128(20, 0)"),
        ("-9223372036854775809", "Decimal128(19, 0)"),
        ("1000000000000000000000000000000000000000", "Decimal256(40, 0)"),
    ] {
        let sql = format!("SELECT arrow_typeof({expression}) AS t FROM ids LIMIT 1");
        cases.push((expression, value(&tables.rows(&sql).await), expected));
    }
    for (sql, expected) in [
        ("SELECT 3.14159265358979323846 AS v", "3.141592653589793"),
        (
            "SELECT CAST(1234567.89 AS DECIMAL(38,18)) AS v",
            "1234567.890000000000000000",
        ),
        (
            "SELECT CAST(0.12345678901234567890 AS DECIMAL(38,20)) AS v",
            "0.12345678901234567890",
        ),
        ("SELECT CAST(1.005 AS DECIMAL(9,2)) AS v", "1.01"),
        ("SELECT 9104209908849226329123 + 1 AS v", "9104209908849226329124"),
        ("SELECT max(id)::text AS v FROM links", "9104209908849226329123"),
        (
            "SELECT max(column1) AS v FROM (VALUES (9104209908849226329123), (1))",
            "9104209908849226329123",
        ),
        (
            "SELECT id AS v FROM ids ORDER BY id DESC LIMIT 1",
            "99999999999999999999999999999999999999",
        ),
        ("SELECT count(*) AS v FROM ids JOIN links USING (id)", "2"),
        (
            "SELECT count(*) AS v FROM ids JOIN links ON ids.id = links.id AND ids.n = links.n",
            "2",
        ),
        ("SELECT count(*) AS v FROM ids JOIN links ON ids.id > links.n", "8"),
    ] {
        cases.push((sql, value(&tables.rows(sql).await), expected));
    }
    cases.push((
        "1e400",
        tables.said("SELECT 1, 1e400").await,
        "1e400 is beyond the range of numbers (line 1, column 11)",
    ));
    assert_same(&cases);
}

#[tokio::test]
async fn values_of_parameters_keep_their_digits() {
    let tables = Tables::of(&FILES).await;
    let sql = "SELECT string_agg(CAST(n AS VARCHAR), ' ' ORDER BY n) AS s FROM ids WHERE id ";
    let wide = |text: &str| ScalarValue::Decimal128(Some(text.parse().unwrap()), 38, 0);
    let cases = [
        ("= $1", wide("9104209908849226329123"), "2"),
        (
            "> $1",
            ScalarValue::Decimal128(Some(91_042_099_088_492_263_291_235), 38, 1),
            "3 5",
        ),
        ("> $1", ScalarValue::UInt64(Some(u64::MAX)), "1 2 3 5"),
        ("< $1", ScalarValue::Float64(Some(1e30)), "1 2 3 4"),
        ("= $1", ScalarValue::Utf8(Some("9104209908849226329123".into())), "2"),
        (
            "> $1",
            ScalarValue::Utf8(Some("9104209908849226329123.5".into())),
            "3 5",
        ),
    ];
    for (condition, parameter, expected) in cases {
        let plan = tables.plan(&format!("{sql}{condition}")).await.unwrap();
        let plan = parameters::bind(plan, std::slice::from_ref(&parameter)).unwrap();
        assert_eq!(value(&tables.run(&plan).await), expected, "{condition} {parameter:?}");
    }
}

#[tokio::test]
async fn filters_of_datasets_compare_all_digits() {
    let tables = Tables::of(&FILES).await;
    for (filter, expected) in [
        ("id = 9104209908849226329123", vec![2]),
        ("ID IN (9104209908849226329122, 9104209908849226329123.5)", vec![1]),
        (
            "id BETWEEN 9104209908849226329123 AND 9104209908849226329124",
            vec![2, 3],
        ),
        ("id <> 9104209908849226329123 AND id > -1e40", vec![1, 3, 4, 5]),
    ] {
        let query = Query::Dataset(DatasetQuery {
            columns: Some(vec!["N".into()]),
            filter: Some(filter.into()),
            ..DatasetQuery::all("ids")
        });
        let planned = tables
            .engine
            .plan_over(tables.engine.snapshot(), query, PlanOptions::default());
        let mut rows = planned.await.unwrap().stream(None).unwrap();
        let mut found: Vec<i64> = Vec::new();
        while let Some(batch) = rows.next().await {
            found.extend(batch.unwrap().column(0).as_primitive::<Int64Type>().values());
        }
        assert_eq!(found, expected, "{filter}");
    }
}
