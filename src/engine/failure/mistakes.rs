//! Wrong statements of every family of functions, through the engine as it is: none is taken for a defect of the server, and
//! each answer names what is wrong.

use std::error::Error as StdError;
use std::iter::successors;

use datafusion::common::DataFusionError;
use futures::TryStreamExt;

use super::fragments;
use super::wording::MISTAKES as TAKEN_FOR_DEFECTS;
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

#[tokio::test]
async fn the_engine_says_what_it_is_recognised_by() {
    let tables = Tables::of(&[("t.csv", ROWS)]).await;
    let mut drifted = Vec::new();
    for (fragment, sql) in fragments::ALL {
        let (said, is_defect) = match run(&tables.engine, sql).await {
            Ok(rows) => (format!("{rows} rows"), false),
            Err(error) => said(&error),
        };
        if !said.contains(fragment) {
            drifted.push(format!("{fragment:?} is not said of {sql}, but {said:?}"));
        } else if TAKEN_FOR_DEFECTS.contains(fragment) && !is_defect {
            drifted.push(format!("{fragment:?} is no defect to the engine any more: {sql}"));
        }
    }
    assert!(
        drifted.is_empty(),
        "the engine words it otherwise:\n{}",
        drifted.join("\n")
    );
}

/// What the engine said on one line, before it came to be an error of ours, and whether it takes that for a defect of itself.
fn said(error: &Error) -> (String, bool) {
    let first: &(dyn StdError + 'static) = error;
    let causes: Vec<_> = successors(Some(first), |&cause| cause.source()).collect();
    let ours = causes.iter().rposition(|cause| cause.is::<Error>());
    let Some(engines) = ours.and_then(|ours| causes.get(ours + 1)) else {
        return ("what is not the engine's".into(), false);
    };
    let root = engines
        .downcast_ref::<DataFusionError>()
        .map(DataFusionError::find_root);
    let text = root.map_or_else(|| engines.to_string(), ToString::to_string);
    let is_defect = matches!(root, Some(DataFusionError::Internal(_) | DataFusionError::External(_)));
    (text.split_whitespace().collect::<Vec<_>>().join(" "), is_defect)
}
