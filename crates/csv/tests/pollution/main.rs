//! Clean tables that are polluted in every way that the crate knows of: nearly all of them come back by value.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use flightstream_csv::{Chunk, ColumnType, Decoder, Overrides, Sample, Survey, Transcoder, infer};

use mess::{ALL, pollute};
use table::{Dice, Table};

mod mess;
mod table;

/// How many tables are polluted in each way.
const TABLES: usize = 120;

/// How many of a thousand files are read right at least.
const RIGHT: usize = 995;

#[test]
fn a_polluted_table_comes_back() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let (mut files, mut wrong) = (0, BTreeMap::<String, Vec<String>>::new());
    for _ in 0..TABLES {
        let clean = Table::of(&mut dice);
        for mess in ALL {
            let (table, bytes) = pollute(&clean, mess, &mut dice);
            files += 1;
            let found = read(&bytes);
            if found != (table.names.clone(), values(&table)) {
                let shown = String::from_utf8_lossy(&bytes).into_owned();
                wrong
                    .entry(format!("{mess:?}"))
                    .or_default()
                    .push(format!("{shown}found {found:?}"));
            }
        }
    }
    let count: usize = wrong.values().map(Vec::len).sum();
    let shown: Vec<String> = wrong
        .iter()
        .map(|(mess, list)| format!("{mess}: {}, such as\n{}", list.len(), list[0]))
        .collect();
    assert!(
        (files - count) * 1000 >= RIGHT * files,
        "{count} of {files} are read wrong\n{}",
        shown.join("\n\n")
    );
}

/// What the cells of a table are by value: an empty one is NULL.
fn values(table: &Table) -> Vec<Vec<String>> {
    table.rows.clone()
}

/// The names and the values of the table in a file.
fn read(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let sample = Sample {
        head: bytes,
        blocks: vec![],
        complete: true,
    };
    let mut profile = infer(&sample, &Overrides::default());
    let mut text = Vec::new();
    Transcoder::new(profile.encoding).push(bytes, true, &mut text);
    loop {
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(&text));
        let surveyed = survey.finish();
        profile = surveyed.profile;
        if surveyed.settled {
            assert!(surveyed.ledger.records() > 0);
            break;
        }
    }
    let decoded = Decoder::new(&profile, None, 1000).decode(&Chunk::whole(&text));
    let batches = decoded.expect("the profile is that of a survey").batches;
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().zip(&profile.columns);
            rows.push(cells.map(|(array, column)| value(array, column.kind, row)).collect());
        }
    }
    (profile.columns.iter().map(|column| column.name.clone()).collect(), rows)
}

fn value(array: &dyn Array, kind: ColumnType, row: usize) -> String {
    match kind {
        _ if array.is_null(row) => String::new(),
        ColumnType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        ColumnType::Float64 => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        ColumnType::Date32 => {
            let day = array.as_primitive::<Date32Type>().value_as_date(row);
            day.expect("it is a day").to_string()
        }
        ColumnType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        other => format!("a {other}"),
    }
}
