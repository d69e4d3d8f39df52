//! Wrong statements of every family of functions, through the engine as it is: none is taken for a defect of the server, and
//! each answer names what is wrong.

use futures::TryStreamExt;

use crate::engine::mock::Tables;
use crate::engine::{Engine, PlanOptions, Query};
use crate::error::{Error, ErrorKind};

/// A file of columns of the common types: `i`, `f`, `x`, `b`, `d`, `ts`, and a regular expression that is none in `bad`.
const ROWS: &str = "i,f,x,b,d,ts,bad\n\
    1,1.5,one,true,2024-01-31,2024-01-31T10:30:00,(\n\
    0,2.5,two,false,2024-02-29,2024-02-29T10:30:00,(\n\
    -3,0.25,three,true,2023-03-01,2023-03-01T10:30:00,(\n";

/// Plans a statement and reads its rows: how many there are, or what is wrong.
pub(super) async fn run(engine: &Engine, sql: &str) -> Result<usize, Error> {
    let plan = engine.plan_over(engine.snapshot(), Query::sql(sql), PlanOptions::default());
    let plan = plan.await?;
    let rows = engine.runtime().pipe(async move { plan.stream(None) });
    rows.try_fold(0, async |count, batch| Ok(count + batch.num_rows()))
        .await
}

/// The statements, and what the answer to each must say.
const MISTAKES: &str = include_str!("mistakes.sql");

#[tokio::test]
async fn a_wrong_statement_is_the_users_mistake_and_the_answer_names_it() {
    let tables = Tables::of(&[("t.csv", ROWS)]).await;
    let (mut count, mut wrong) = (0, Vec::new());
    for line in MISTAKES.lines().filter(|line| !line.starts_with("--")) {
        let (sql, named) = line.split_once(" -- ").unwrap();
        count += 1;
        match run(&tables.engine, sql).await {
            Err(error) if error.kind() == ErrorKind::Invalid && error.message().contains(named) => {}
            Err(error) => wrong.push(format!("{sql}: {:?}: {error}", error.kind())),
            Ok(rows) => wrong.push(format!("{sql}: {rows} rows")),
        }
    }
    assert!(wrong.is_empty(), "of {count}:\n{}", wrong.join("\n"));
    assert!(count > 300, "only {count} statements");
}

#[tokio::test]
async fn what_looks_like_a_mistake_and_is_none_has_rows() {
    let tables = Tables::of(&[("t.csv", ROWS)]).await;
    for (sql, rows) in [
        ("SELECT regexp_like(x, '^t.*\\(?') FROM t", 3),
        ("SELECT x FROM t WHERE x ~ '[(]' OR x SIMILAR TO 'one'", 1),
        ("SELECT regexp_replace(x, 'e', 'regex parse error') FROM t", 3),
        ("SELECT repeat(x, 1000), lpad(x, 1000), rpad(x, 1000, '-') FROM t", 3),
        ("SELECT x FROM t WHERE x = 'not supported' OR x = 'one'", 1),
        ("SELECT array_resize([1], 3), nth_value(i, 1) OVER () FROM t", 3),
        ("SELECT * FROM t LIMIT 0", 0),
    ] {
        assert_eq!(run(&tables.engine, sql).await.unwrap(), rows, "{sql}");
    }
}
