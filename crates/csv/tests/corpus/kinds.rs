//! Small files of one kind of mess each, and what their tables are.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use flightstream_csv::{Chunk, ColumnType, CsvProfile, Decoder, Overrides, Sample, Survey, Transcoder, infer};
use serde_json::Value;

use crate::folder;

/// A table by value: what its columns are called, and its rows.
#[derive(Debug, PartialEq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// The kind in which two columns at the end without names and values may both stay, and how many columns come before them.
const NAMELESS: (&str, usize) = ("15-nameless-last-columns", 3);

#[test]
fn kinds_of_mess() {
    let Some(kinds) = folder::corpus("kinds") else {
        return folder::skip("kinds_of_mess", "the shared corpora are not there");
    };
    let mut inputs = folder::files(&kinds);
    inputs.retain(|path| path.ends_with("input.csv"));
    assert!(!inputs.is_empty(), "there are kinds");
    let wrong = inputs.iter().filter_map(|input| {
        let kind = input.parent()?.to_string_lossy().into_owned();
        let answer = folder::read(&kinds.join(&kind).join("expected.json"));
        let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
        let mut found = Table::of(&folder::read(&kinds.join(input)));
        if kind == NAMELESS.0 {
            found = found.without_nameless(NAMELESS.1);
        }
        let why = found.differs(&answer)?;
        Some((kind, format!("{why}: {found:?}")))
    });
    let wrong: Vec<(String, String)> = wrong.collect();
    assert!(
        wrong.is_empty(),
        "{} of {} are read wrong: {wrong:#?}",
        wrong.len(),
        inputs.len()
    );
}

impl Table {
    /// The table of a file.
    fn of(bytes: &[u8]) -> Self {
        let sample = Sample {
            head: bytes,
            blocks: vec![],
            complete: true,
        };
        let profile = infer(&sample, &Overrides::default());
        let mut text = Vec::new();
        Transcoder::new(profile.encoding).push(bytes, true, &mut text);
        let profile = settled(profile, &text);
        let decoded = Decoder::new(&profile, None, 1000).decode(&Chunk::whole(&text));
        let batches = decoded.expect("the profile is that of a survey").batches;
        let row = |batch: &RecordBatch, row: usize| {
            let cells = batch.columns().iter().zip(&profile.columns);
            cells.map(|(array, column)| value(array, column.kind, row)).collect()
        };
        let rows = batches
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at)));
        Table {
            rows: rows.collect(),
            columns: profile.columns.iter().map(|column| column.name.clone()).collect(),
        }
    }

    /// The same without the columns at the end that have neither names nor values: all of them, if there are any.
    fn without_nameless(mut self, columns: usize) -> Self {
        let is_nameless = |at: usize| self.columns[at] == format!("column_{}", at + 1);
        let is_empty = |at: usize| self.rows.iter().all(|row| row[at].is_null());
        if (columns..self.columns.len()).all(|at| is_nameless(at) && is_empty(at)) && self.columns.len() == columns + 2
        {
            self.columns.truncate(columns);
            self.rows.iter_mut().for_each(|row| row.truncate(columns));
        }
        self
    }

    /// In what it is not as an answer says, if it is not.
    fn differs(&self, answer: &Value) -> Option<String> {
        let names = answer["columns"].as_array();
        if names.is_some_and(|names| *names != *self.columns) {
            return Some("other names".to_owned());
        }
        let rows = answer["rows"].as_array().expect("the answer has rows");
        let is_same = |(ours, theirs): (&Vec<Value>, &Value)| {
            let theirs = theirs.as_array().expect("a row is a list");
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| are_equal(ours, theirs))
        };
        let differs = rows.len() != self.rows.len() || !self.rows.iter().zip(rows).all(is_same);
        differs.then(|| "other rows".to_owned())
    }
}

/// Whether two values are the same: a whole number may be written with a fraction, and an answer may have its text.
fn are_equal(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        (Value::Number(ours), Value::String(theirs)) => ours.to_string() == *theirs,
        _ => ours == theirs,
    }
}

/// The profile that surveys of a text come to.
fn settled(mut profile: CsvProfile, text: &[u8]) -> CsvProfile {
    loop {
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(text));
        let surveyed = survey.finish();
        profile = surveyed.profile;
        if surveyed.settled {
            return profile;
        }
    }
}

fn value(array: &dyn Array, kind: ColumnType, row: usize) -> Value {
    match kind {
        _ if array.is_null(row) => Value::Null,
        ColumnType::Boolean => array.as_boolean().value(row).into(),
        ColumnType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        ColumnType::Float64 => array.as_primitive::<Float64Type>().value(row).into(),
        ColumnType::Date32 => {
            let day = array.as_primitive::<Date32Type>().value_as_date(row);
            day.expect("it is a day").to_string().into()
        }
        ColumnType::Utf8 => array.as_string::<i32>().value(row).into(),
        other => format!("a {other}").into(),
    }
}
