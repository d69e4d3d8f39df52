//! Small files of people whose quotes are not where a careful writer puts them: names and rows as a person reads them.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use flightstream_csv::{Chunk, ColumnType, CsvProfile, Decoder, Overrides, Sample, infer};
use serde_json::{Value, json};

use crate::folder;

const KINDS: [&str; 4] = [
    "06a-stray-quote-in-header",
    "07a-stray-quote-in-row",
    "07b-stray-quote-wrong-row",
    "08-single-quotes-with-apostrophes",
];

fn cell(array: &dyn Array, kind: ColumnType, row: usize) -> Value {
    match kind {
        _ if array.is_null(row) => Value::Null,
        ColumnType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        ColumnType::Float64 => json!(array.as_primitive::<Float64Type>().value(row)),
        ColumnType::Date32 => {
            let day = array.as_primitive::<Date32Type>().value_as_date(row);
            json!(day.expect("it is a day").to_string())
        }
        ColumnType::Utf8 => json!(array.as_string::<i32>().value(row)),
        other => panic!("the files have no {other}"),
    }
}

fn rows(profile: &CsvProfile, batch: &RecordBatch) -> Vec<Value> {
    let row = |row: usize| {
        let cells = batch.columns().iter().zip(&profile.columns);
        cells.map(|(array, column)| cell(array, column.kind, row)).collect()
    };
    (0..batch.num_rows()).map(row).collect()
}

fn check(folder: &Path) {
    let read = |name: &str| std::fs::read(folder.join(name)).expect("the file is there");
    let text = read("input.csv");
    let expected: Value = serde_json::from_slice(&read("expected.json")).expect("it is JSON");
    let sample = Sample {
        head: &text,
        blocks: vec![],
        complete: true,
    };
    let profile = infer(&sample, &Overrides::default());
    let names: Vec<_> = profile.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(json!(names), expected["columns"], "{}", folder.display());
    let decoded = Decoder::new(&profile, None, 1000).decode(&Chunk::whole(&text));
    let decoded = decoded.expect("the sample is all of the file");
    let rows: Vec<Value> = decoded.batches.iter().flat_map(|batch| rows(&profile, batch)).collect();
    assert_eq!(Value::Array(rows), expected["rows"], "{}", folder.display());
}

#[test]
fn stray_quotes_of_people() {
    let beside = folder::duckdb_csv().map(|folder| folder.with_file_name("kinds"));
    let Some(folder) = beside.filter(|folder| folder.is_dir()) else {
        return folder::skip("stray_quotes_of_people", "the shared corpora are not there");
    };
    KINDS.iter().for_each(|kind| check(&folder.join(kind)));
}
