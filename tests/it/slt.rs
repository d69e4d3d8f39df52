//! The engine's own test files, run twice: in-process by the engine as it comes, and over the wire by this server. Both
//! must give the same rows, or both an error. `tests/slt/engine/README.md` says which files, and why not the others.

mod databases;
mod files;

use std::collections::BTreeMap;

use databases::{Answer, InProcess, OverTheWire};
use files::{Exceptions, Script};

/// Why a statement is not compared: what this server does not do, or does in its own way.
const NOT_COMPARED: &[(&str, &str)] = &[
    ("EXPLAIN", "the plans name this server's own scans"),
    ("SET", "a statement cannot change a server's settings"),
    ("RESET", "a statement cannot change a server's settings"),
    ("SHOW", "the server lists its own tables and settings"),
    ("COPY", "nothing is written to the server's disk"),
    ("CREATE EXTERNAL", "no file is opened by a statement"),
    ("CREATE UNBOUNDED", "no file is opened by a statement"),
    ("CREATE OR REPLACE EXTERNAL", "no file is opened by a statement"),
    ("CREATE FUNCTION", "functions are those of the engine"),
    ("CREATE OR REPLACE FUNCTION", "functions are those of the engine"),
    ("DROP FUNCTION", "functions are those of the engine"),
    ("CREATE SCHEMA", "a schema comes with its first table"),
    ("DROP SCHEMA", "a schema goes with its last table"),
    ("CREATE DATABASE", "there is one catalog"),
    ("CREATE INDEX", "the engine has none"),
    ("ALTER", "a table is made anew instead"),
    ("PREPARE", "prepared statements are the protocol's"),
    ("EXECUTE", "prepared statements are the protocol's"),
    ("DEALLOCATE", "prepared statements are the protocol's"),
    ("DELETE", "rows are only added"),
    ("UPDATE", "rows are only added"),
    ("TRUNCATE", "rows are only added"),
    ("MERGE", "rows are only added"),
    ("INSERT OVERWRITE", "rows are only added"),
];

#[test]
fn f85_the_engines_files_give_the_same_over_the_wire() {
    let Some(files) = files::fetched() else { return };
    let exceptions = Exceptions::read();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut told, mut compared) = (Vec::new(), 0);
    for script in &files {
        let outcome = runtime.block_on(compare(script, &exceptions));
        compared += outcome.compared;
        told.extend(outcome.differences);
    }
    assert!(told.is_empty(), "{} differences:\n{}", told.len(), told.join("\n"));
    assert!(compared >= 1800, "only {compared} statements");
}

/// What came of a file.
#[derive(Default)]
struct Outcome {
    compared: usize,
    differences: Vec<String>,
}

async fn compare(script: &Script, exceptions: &Exceptions) -> Outcome {
    let (mut here, mut there) = (InProcess::new(), OverTheWire::new().await);
    let mut outcome = Outcome::default();
    for (line, sql) in script.statements() {
        if not_compared(&sql).is_some() || exceptions.skips(&format!("{}:{line}", script.name)) {
            continue;
        }
        let (expected, got) = (here.run(&sql).await, there.run(&sql).await);
        outcome.compared += 1;
        if let Some(difference) = difference(&expected, &got) {
            let sql: String = sql
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .take(150)
                .collect();
            outcome
                .differences
                .push(format!("{}:{line}: {difference}\n    {sql}", script.name));
        }
    }
    outcome
}

fn not_compared(sql: &str) -> Option<&'static str> {
    let words = sql
        .split_whitespace()
        .map(str::to_uppercase)
        .take(4)
        .collect::<Vec<_>>()
        .join(" ");
    let found = NOT_COMPARED
        .iter()
        .find(|(start, _)| words == *start || words.starts_with(&format!("{start} ")));
    found.map(|(_, reason)| *reason)
}

fn difference(expected: &Result<Answer, String>, got: &Result<Answer, String>) -> Option<String> {
    match (expected, got) {
        (Err(_), Err(_)) => None,
        (Ok(_), Err(error)) => Some(format!("only the wire fails: {error}")),
        (Err(error), Ok(_)) => Some(format!(
            "only the engine fails: {}",
            error.chars().take(200).collect::<String>()
        )),
        (Ok(expected), Ok(got)) => differing(expected, got),
    }
}

fn differing(expected: &Answer, got: &Answer) -> Option<String> {
    // A statement that changes something has no rows in the engine, and a count here.
    let (
        Answer::Rows { names, rows },
        Answer::Rows {
            names: names_got,
            rows: rows_got,
        },
    ) = (expected, got)
    else {
        return None;
    };
    if names.len() != names_got.len() || (0..names.len()).any(|at| !is_called_alike(&names[..=at], &names_got[at])) {
        return Some(format!("columns {names_got:?}, the engine's are {names:?}"));
    }
    if rows == rows_got {
        return None;
    }
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(row).or_default() += 1);
    rows_got.iter().for_each(|row| *counts.entry(row).or_default() -= 1);
    let first = counts.iter().find(|(_, count)| **count != 0);
    Some(format!(
        "{} rows, the engine gives {}; first difference: {first:?}",
        rows_got.len(),
        rows.len()
    ))
}

/// Whether the last of the engine's columns may be called `got` here: as there, if the statement gave the name. A name that
/// the engine made up, `sum(t.a)` or `Int64(1)`, is one of ours here, and of two of one name the second has a number. The
/// engine calls a cast as what is cast.
fn is_called_alike(engine: &[String], got: &str) -> bool {
    let Some((name, before)) = engine.split_last() else {
        return false;
    };
    let is_given = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let number = got.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('_'));
    let is_numbered = number.is_some_and(|number| number.parse::<usize>().is_ok());
    match is_given {
        true if got.starts_with("cast(") || got.contains("::") => true,
        true if before.contains(name) => is_numbered,
        true => name == got,
        false => true,
    }
}
