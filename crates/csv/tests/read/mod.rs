//! Reads a text in all the ways there are, and shows its rows as text.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use flightstream_csv::{
    Chunk, ColumnType, CsvProfile, Decoder, Ledger, Overrides, RecordCutter, Sample, Survey, Surveyed, count_lines,
    infer,
};

/// The windows that make readers take each record by itself, few at a time by their structure, and all at once.
const WINDOWS: [usize; 3] = [0, 64, 1 << 18];

/// How `text`, a whole file, is read.
pub(crate) fn inferred(text: &str, overrides: &Overrides) -> CsvProfile {
    let sample = Sample {
        head: text.as_bytes(),
        blocks: vec![],
        complete: true,
    };
    infer(&sample, overrides)
}

/// What a survey finds with this profile, and if that would change what it finds, the next one.
pub(crate) fn surveyed(profile: &CsvProfile, chunks: &[Chunk<'_>], window_bytes: usize) -> Surveyed {
    let mut profile = profile.clone();
    for pass in 0..5 {
        let mut survey = Survey::proposing(&profile).with_window_bytes(window_bytes);
        if pass > 1 {
            survey = survey.holding_types();
        }
        chunks.iter().for_each(|chunk| survey.observe(chunk));
        let surveyed = survey.finish();
        if surveyed.settled {
            return surveyed;
        }
        profile = surveyed.profile;
    }
    panic!("surveys come to an end")
}

/// The text in chunks that are cut wherever that can be, `piece` bytes of it seen at a time.
pub(crate) fn parts<'a>(profile: &CsvProfile, text: &'a str, piece: usize) -> Vec<Chunk<'a>> {
    let (text, mut cutter) = (text.as_bytes(), RecordCutter::new(&profile.dialect));
    let (mut parts, mut from, mut at, mut first_line) = (Vec::new(), 0, 0, 1);
    while at < text.len() {
        at = text.len().min(at + piece);
        let end = cutter.scan(&text[from..at], at == text.len());
        if end > 0 {
            let chunk = Chunk {
                text: &text[from..from + end],
                first_line,
                offset: from as u64,
                starts_file: from == 0,
                ..Chunk::default()
            };
            first_line += count_lines(chunk.text);
            parts.push(chunk);
            cutter.cut(end);
            from += end;
        }
    }
    parts
}

/// The rows of chunks, their cells parted by `|`, and the account of all records.
fn rows(profile: &CsvProfile, chunks: &[Chunk<'_>], window_bytes: usize) -> (Vec<String>, Ledger) {
    let decoder = Decoder::new(profile, None, 1000).with_window_bytes(window_bytes);
    let (mut rows, mut ledger) = (Vec::new(), Ledger::default());
    for chunk in chunks {
        let decoded = decoder.decode(chunk).expect("the profile is that of a survey");
        let row = |batch: &RecordBatch, row: usize| {
            let cells = batch.columns().iter().zip(&profile.columns);
            let cells = cells.map(|(array, column)| cell(array, column.kind, row));
            cells.collect::<Vec<_>>().join("|")
        };
        for batch in &decoded.batches {
            rows.extend((0..batch.num_rows()).map(|at| row(batch, at)));
        }
        ledger.add(decoded.ledger);
    }
    (rows, ledger)
}

fn cell(array: &dyn Array, kind: ColumnType, row: usize) -> String {
    match kind {
        _ if array.is_null(row) => String::new(),
        ColumnType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        ColumnType::Decimal(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        ColumnType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        ColumnType::Date32 => format!("day {}", array.as_primitive::<Date32Type>().value(row)),
        ColumnType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        other => panic!("the tests have no {other}"),
    }
}

/// What a survey finds in `text`, and its rows. They are the same by structure and record by record, whole and in parts.
pub(crate) fn read_all_ways(profile: &CsvProfile, text: &str, pieces: &[usize]) -> (Surveyed, Vec<String>) {
    let whole = [Chunk::whole(text.as_bytes())];
    let expected = surveyed(profile, &whole, 0);
    let (rows, ledger) = self::rows(&expected.profile, &whole, 0);
    assert_eq!(ledger, expected.ledger, "{text:?}");
    let parted = pieces.iter().map(|&piece| parts(profile, text, piece));
    for chunks in std::iter::once(whole.to_vec()).chain(parted) {
        for window_bytes in WINDOWS {
            assert_eq!(surveyed(profile, &chunks, window_bytes), expected, "{text:?}");
            let found = self::rows(&expected.profile, &chunks, window_bytes);
            assert_eq!(found, (rows.clone(), ledger), "{text:?} in {} parts", chunks.len());
        }
    }
    (expected, rows)
}
