//! Each function through the engine as it is.

use std::collections::BTreeSet;

use super::synonyms::names;
use crate::engine::mock::{Tables, assert_same};

/// `call -- result` a line, over one row: a date `d`, a moment `at`, a number `n`, a text `s`; and a table `v`.
const EXAMPLES: &str = include_str!("examples.sql");

const FILES: [(&str, &str); 2] = [
    ("t.csv", "d,at,n,s\n2024-03-05,2024-03-05T23:59:58.250,7,abc123\n"),
    ("v.csv", "x,y,w\n1,5,a\n2,6,b\n2,6,b\n3,7,c\n"),
];

/// The first cell of a table as it is printed, or what is said instead.
fn cell(printed: &str) -> String {
    match printed.lines().find(|line| line.starts_with("| ")) {
        Some(_) => {
            let row = printed
                .lines()
                .filter(|line| line.starts_with('|'))
                .nth(1)
                .unwrap_or_default();
            row.trim_matches('|').trim().to_owned()
        }
        None => printed.to_owned(),
    }
}

#[tokio::test]
async fn each_function_gives_what_its_example_says() {
    let tables = Tables::of(&FILES).await;
    let mut cases = Vec::new();
    for line in EXAMPLES.lines().filter(|line| !line.starts_with("--")) {
        let (call, expected) = line.split_once(" -- ").unwrap();
        let rows = tables.rows(&format!("SELECT {call} AS x FROM t")).await;
        cases.push((call, cell(&rows), expected));
    }
    assert_same(&cases);
    let called = |name: &&str| EXAMPLES.contains(&format!("{name}("));
    let without: BTreeSet<_> = names().filter(|name| !called(name)).collect();
    assert!(without.is_empty(), "no example of {without:?}");
}

#[tokio::test]
async fn a_synonym_stands_wherever_an_expression_does() {
    let tables = Tables::of(&FILES).await;
    let mut cases = Vec::new();
    for (sql, expected) in [
        (
            "SELECT year(d), count(*) FROM t GROUP BY year(d) ORDER BY YEAR(d)",
            "2024 | 1",
        ),
        (
            "SELECT mod(x, 2) m, sum(y) FROM v GROUP BY 1 HAVING mod(x, 2) = 1 ORDER BY m",
            "1 | 12",
        ),
        ("SELECT x FROM v WHERE iif(w = 'a', true, false)", "1"),
        ("SELECT a.x FROM v a JOIN v b ON mod(a.x, 10) = b.x AND b.x = 3", "3"),
        (
            "WITH c AS (SELECT ucase(w) u FROM v) SELECT u FROM c WHERE u = 'C'",
            "C",
        ),
        ("FROM v ORDER BY ALL FETCH FIRST 1 ROWS ONLY", "1 | 5 | a"),
        ("SELECT TOP 1 x FROM v ORDER BY x DESC", "3"),
        ("SELECT x FROM v ORDER BY ALL DESC LIMIT 1", "3"),
        (
            "SELECT mod(x, 2), upper(w), count(*) FROM v GROUP BY ALL ORDER BY ALL DESC LIMIT 1",
            "1 | C | 1",
        ),
        (
            "SELECT * FROM {oj v LEFT OUTER JOIN t ON x = n} ORDER BY x {limit 1}",
            "1 | 5 | a |  |  |  |",
        ),
        ("SELECT Mode(X) FROM V", "2"),
    ] {
        let found = cell(&tables.rows(sql).await);
        let found = found.split('|').map(str::trim).collect::<Vec<_>>().join(" | ");
        cases.push((sql, found.trim().to_owned(), expected));
    }
    assert_same(&cases);
}

#[tokio::test]
async fn columns_are_called_as_the_calls_are_typed() {
    let tables = Tables::of(&FILES).await;
    for (sql, expected) in [
        (
            "SELECT YEAR(t.d), 2 ^ 10, {fn UCASE(s)} FROM t",
            "year(d) 2 ^ 10 ucase(s)",
        ),
        (
            "SELECT group_concat(w SEPARATOR ';') FROM v",
            "group_concat(w SEPARATOR ';')",
        ),
        ("FROM t", "d at n s"),
    ] {
        assert_eq!(tables.columns(sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn mistakes_name_what_there_is() {
    let tables = Tables::of(&FILES).await;
    let mut cases = Vec::new();
    for (sql, expected) in [
        (
            "SELECT year(d, 1) FROM t",
            "there is year(moment), which does not take 2 arguments (line 1, column 8)",
        ),
        (
            "SELECT locate() FROM t",
            "there is locate(part, text) and locate(part, text, position), which does not take 0 arguments (line 1, column 8)",
        ),
        (
            "SELECT mod(n, 2) OVER () FROM t",
            "mod(number, divisor) is a function of one row: it takes no OVER, FILTER, DISTINCT or ORDER BY (line 1, column 8)",
        ),
        (
            "SELECT summ(n) FROM t",
            "there is no function 'summ'; did you mean 'sum'? (line 1, column 8)",
        ),
        (
            "SELECT yeer(d) FROM t",
            "there is no function 'yeer'; did you mean 'year'? (line 1, column 8)",
        ),
        (
            "SELECT strptime(s, '%Y') FROM t",
            "there is no function 'strptime'; there is to_timestamp (line 1, column 8)",
        ),
        (
            "SELECT frobnicate(s) FROM t",
            "there is no function 'frobnicate' (line 1, column 8)",
        ),
        (
            "SELECT TOP 10 PERCENT n FROM t",
            "rows are limited by their number, not by PERCENT (line 1, column 1)",
        ),
    ] {
        cases.push((sql, tables.said(sql).await, expected));
    }
    for (sql, named) in [
        (
            "SELECT datediff('us', arrow_cast(-9223372036854775808, 'Timestamp(Microsecond, None)'), d) FROM t",
            "two moments are too far from each other",
        ),
        (
            "SELECT dateadd(fortnight, 1, d) FROM t",
            "'fortnight' is no unit of dateadd: it is year, quarter",
        ),
        (
            "SELECT datediff(upper(s), d, d) FROM t",
            "the unit of datediff is a constant",
        ),
        (
            "SELECT dateadd(day, 'x', d) FROM t",
            "there is dateadd(unit, number, moment)",
        ),
        (
            "SELECT dateadd(day, 9223372036854775807, d) FROM t",
            "is too far from the moment",
        ),
    ] {
        let said = tables.rows(sql).await;
        assert!(said.contains(named), "{sql}: {said}");
    }
    assert_same(&cases);
}

#[tokio::test]
async fn a_statement_does_not_grow_without_a_bound() {
    let tables = Tables::of(&FILES).await;
    let nested = (0..40).fold("s".to_owned(), |inner, _| format!("locate('a', {inner}, 1)"));
    let said = tables.said(&format!("SELECT {nested} FROM t")).await;
    assert!(
        said.contains("makes the statement too large when it is written out"),
        "{said}"
    );
}
