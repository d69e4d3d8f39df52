//! `flightstream infer`: what it tells, and that its own last line reads the file in the same way.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::gateway::{flightstream, project};
use crate::tools::corpora;

/// What `flightstream infer` prints for these arguments.
fn infer(arguments: &[&str]) -> (bool, String, String) {
    let output = flightstream().arg("infer").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn json(arguments: &[&str]) -> Value {
    let (success, out, error) = infer(&[arguments, &["--json"]].concat());
    assert!(success, "{arguments:?}: {error}");
    serde_json::from_str(&out).unwrap()
}

/// The words of a command line, as a shell reads them.
fn words(line: &str) -> Vec<String> {
    let script = format!("for word in {line}; do printf '%s\\0' \"$word\"; done");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_file_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(
        &path,
        "Report\n\nid;price;when\n1;1,50;31/01/2024\n2;n/a;01/02/2024\n3;2,5;05/02/2024;x\n",
    )
    .unwrap();
    let (success, out, error) = infer(&[path.to_str().unwrap()]);
    assert!(success, "{error}");
    let out = out.replace(path.to_str().unwrap(), "t.csv");
    insta::assert_snapshot!("infer", out);
}

#[test]
fn what_is_asked_for_is_done_and_what_does_not_fit_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "a,b\n1,2\nx,3\n").unwrap();
    let path = path.to_str().unwrap();
    let found = json(&[path, "--type", "a=int64", "--type", "b=text", "--headers", "true"]);
    assert_eq!(found["columns"][0]["type"], "Int64");
    assert_eq!(found["columns"][0]["misfit"]["line"], 3);
    assert_eq!(found["columns"][1]["type"], "Utf8");
    let found = json(&[path, "--delimiter", ";", "--headers", "false"]);
    assert_eq!(
        (&found["columns"].as_array().unwrap().len(), &found["ledger"]["served"]),
        (&1, &Value::from(3))
    );
    for (arguments, said) in [
        (
            &[path, "--type", "c=int64"][..],
            "error: there is no column 'c' to be read as Int64; there is 'a', 'b'\n",
        ),
        (&["no-such.csv"], "error: 'no-such.csv' is not a file\n"),
    ] {
        let (success, _, error) = infer(arguments);
        assert!(!success);
        assert_eq!(error, said);
    }
}

#[test]
fn numbers_as_people_write_them_are_proposed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "item;price\nink;€ 1.204,50\npen;€ -3,20\ncap;k.A.\n").unwrap();
    let path = path.to_str().unwrap();
    let line = "column \"price\" is text; as a number: --type 'price=Decimal(12,2) as € 1.234,5'\n";
    let (success, out, error) = infer(&[path, "--null", "k.A."]);
    assert!(success, "{error}");
    assert!(out.contains(line) && out.contains(" --null k.A. --type "), "{out}");
    let found = json(&[path, "--null", "price:k.A."]);
    assert_eq!(found["columns"][1]["type"], "Utf8");
    assert_eq!(found["columns"][1]["could_be"], "Decimal(12,2) as € 1.234,5");
    assert_eq!(found["columns"][0]["could_be"], Value::Null);
    let found = json(&[path, "--null", "k.A.", "--type", "price=decimal(12,2)"]);
    assert_eq!(found["columns"][1]["written"], "Decimal(12,2) as € 1.234,5");
    assert_eq!(found["columns"][1]["nulls"], 1);
    assert_eq!(found["columns"][1]["could_be"], Value::Null);
    let (success, _, error) = infer(&[path, "--null", "prize:-999"]);
    assert!(!success);
    assert_eq!(
        error,
        "error: --null prize:-999: there is no column 'prize' (a word with a colon in it is written ':prize:-999'); did you \
         mean 'price'?\n"
    );
}

#[test]
fn its_own_line_reads_the_file_in_the_same_way() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(project().join("data/messy"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind != "parquet"))
        .collect();
    if let Some(corpora) = corpora() {
        let folder = corpora.join("duckdb-csv/csv");
        let some = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.extend(
            some.filter(|path| path.extension().is_some_and(|kind| kind == "csv"))
                .step_by(7),
        );
    }
    let own = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("commented.csv", "#id,name,val\n1,a,2.5\n2,b,3.5\n"),
        ("row-names.csv", "mpg,cyl\nMazda,21,6\nFiat,32.4,4\n"),
        ("pivoted.csv", "by,me\non,2024-01-31\n,2023,2024,\nx,1,2,\ny,3,4,\n"),
        ("thousands.csv", "a;b\n1.000;12,5\n"),
        ("units.csv", "a;b\n€ 1;(5)\n€ 2;6\n"),
    ] {
        std::fs::write(own.path().join(name), text).unwrap();
        files.push(own.path().join(name));
    }
    files.sort();
    assert!(files.len() >= 44);
    for file in files {
        let name = file.to_str().unwrap();
        let (success, out, _) = infer(&[name, "--json"]);
        if !success {
            continue;
        }
        let found: Value = serde_json::from_str(&out).unwrap();
        let words = words(found["command"].as_str().unwrap());
        assert_eq!(words[..3], ["flightstream", "infer", name]);
        let words: Vec<&str> = words[2..].iter().map(String::as_str).collect();
        let again = json(&words);
        let read = |found: &Value| {
            let columns = found["columns"].as_array().unwrap().iter();
            let columns: Vec<_> = columns
                .map(|column| (column["name"].clone(), column["written"].clone()))
                .collect();
            (
                columns,
                found["ledger"].clone(),
                found["encoding"]["name"].clone(),
                found["command"].clone(),
            )
        };
        assert_eq!(read(&again), read(&found), "{name}");
    }
}
