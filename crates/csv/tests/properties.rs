//! Properties that hold for any table, any dialect, any bytes and any way to cut them.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use flightstream_csv::{
    Column, ColumnType, CsvProfile, Decoder, Dialect, Encoding, HeaderMode, Overrides, RecordCutter, Sample, Survey,
    Surveyed, Transcoder, count_lines, infer,
};
use proptest::prelude::*;

/// Text that is likely to trip a CSV reader.
fn messy() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![",", ";", "\"", "\"\"", "'", "\n", "\r\n", "\r", "\t", "|", " "]),
        4 => prop::sample::select(vec!["a", "1", "-2.5", "true", "2024-02-29", "2024-02-29 10:00:00Z", "é", "nan", "007"]),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 1..4);
    let piece = prop_oneof![12 => piece.prop_map(|s| s.as_bytes().to_vec()), 1 => bytes];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let quote = prop::sample::select(vec![Some(b'"'), Some(b'"'), Some(b'\''), None]);
    (prop::sample::select(b",;\t|:x".to_vec()), quote, any::<bool>()).prop_map(|(delimiter, quote, header)| Dialect {
        delimiter,
        quote,
        header,
    })
}

/// A cell's text: typed values, blanks, words, punctuation.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|v| v.to_string()),
        (-1000i64..1000).prop_map(|v| v.to_string()),
        any::<f64>().prop_map(|v| v.to_string()),
        prop::sample::select(vec![
            "",
            " ",
            "true",
            "False",
            "inf",
            "-0",
            "00123",
            "2024-01-31",
            " 7 "
        ])
        .prop_map(String::from),
        prop::sample::select(vec![
            "2024-01-31T10:20:30.25",
            "2024-01-31 10:20+01:00",
            "9007199254740993",
            "1e400"
        ])
        .prop_map(String::from),
        "[a-zé,;|\t\"' \n\r:x]{0,8}",
    ]
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..6).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(cell(), width), 0..12))
}

/// Writes a table, with quotes where they are needed (always, if `eager`).
fn write(rows: &[Vec<String>], dialect: &Dialect, line_end: &str, eager: bool, trailing: bool) -> Vec<u8> {
    let quote = char::from(dialect.quote.expect("the writer needs quotes"));
    let delimiter = char::from(dialect.delimiter);
    let special = |c: char| c == delimiter || c == '\n' || c == '\r';
    let one = |cell: &String, lonely: bool| {
        if eager || cell.starts_with(quote) || cell.contains(special) || (lonely && cell.is_empty()) {
            format!("{quote}{}{quote}", cell.replace(quote, &format!("{quote}{quote}")))
        } else {
            cell.clone()
        }
    };
    let line = |row: &Vec<String>| {
        row.iter()
            .map(|cell| one(cell, row.len() == 1))
            .collect::<Vec<_>>()
            .join(&delimiter.to_string())
    };
    let mut text = rows.iter().map(line).collect::<Vec<_>>().join(line_end);
    if trailing {
        text.push_str(line_end);
    }
    text.into_bytes()
}

/// A profile of `width` text columns.
fn text_profile(dialect: &Dialect, width: usize) -> CsvProfile {
    let column = |i| Column {
        name: format!("c{i}"),
        kind: ColumnType::Utf8,
    };
    CsvProfile {
        encoding: Encoding::Utf8,
        dialect: dialect.clone(),
        columns: (0..width).map(column).collect(),
        warnings: Vec::new(),
    }
}

fn survey(profile: &CsvProfile, chunks: &[&[u8]]) -> Surveyed {
    let mut survey = Survey::new(profile);
    let mut line = 1;
    for (i, chunk) in chunks.iter().enumerate() {
        survey.observe(chunk, line, i == 0);
        line += count_lines(chunk);
    }
    survey.finish()
}

/// All rows, as text: `None` for NULL, the exact text or the value's own for the rest.
fn decode(profile: &CsvProfile, chunks: &[&[u8]], batch_size: usize) -> Vec<Vec<Option<Value>>> {
    let decoder = Decoder::new(profile, None, batch_size);
    let mut line = 1;
    let mut rows = Vec::new();
    for (i, chunk) in chunks.iter().enumerate() {
        for batch in decoder
            .decode(chunk, line, i == 0)
            .expect("the profile is that of a survey")
        {
            assert!((1..=batch_size).contains(&batch.num_rows()));
            assert_eq!(batch.schema(), profile.schema());
            rows.extend((0..batch.num_rows()).map(|row| values(&batch, profile, row)));
        }
        line += count_lines(chunk);
    }
    rows
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Boolean(bool),
    Int64(i64),
    Float64(u64),
    Days(i32),
    Micros(i64),
    Text(String),
}

fn values(batch: &RecordBatch, profile: &CsvProfile, row: usize) -> Vec<Option<Value>> {
    let value = |(array, column): (&arrow_array::ArrayRef, &Column)| {
        array.is_valid(row).then(|| match column.kind {
            ColumnType::Boolean => Value::Boolean(array.as_boolean().value(row)),
            ColumnType::Int64 => Value::Int64(array.as_primitive::<Int64Type>().value(row)),
            ColumnType::Float64 => Value::Float64(array.as_primitive::<Float64Type>().value(row).to_bits()),
            ColumnType::Date32 => Value::Days(array.as_primitive::<Date32Type>().value(row)),
            ColumnType::Timestamp | ColumnType::TimestampUtc => {
                Value::Micros(array.as_primitive::<TimestampMicrosecondType>().value(row))
            }
            ColumnType::Utf8 => Value::Text(array.as_string::<i32>().value(row).to_owned()),
        })
    };
    batch.columns().iter().zip(&profile.columns).map(value).collect()
}

/// What a cell's text must have become in a column of type `kind`, by means of the standard library.
fn survives(text: &str, kind: ColumnType, value: &Option<Value>) -> bool {
    let trimmed = text.trim_matches([' ', '\t']);
    if kind == ColumnType::Utf8 {
        return *value == (!text.is_empty()).then(|| Value::Text(text.to_owned()));
    }
    if trimmed.is_empty() {
        return value.is_none();
    }
    match value {
        Some(Value::Boolean(v)) => trimmed.to_ascii_lowercase() == v.to_string(),
        Some(Value::Int64(v)) => trimmed == v.to_string(),
        Some(Value::Float64(v)) => trimmed.parse::<f64>().is_ok_and(|parsed| parsed.to_bits() == *v),
        Some(Value::Days(_) | Value::Micros(_)) => trimmed.starts_with("2024-"),
        _ => false,
    }
}

/// Cuts `text` at a choice of its record ends, as a caller that reads piece by piece would.
fn chunks<'a>(text: &'a [u8], dialect: &Dialect, piece: usize) -> Vec<&'a [u8]> {
    let mut cutter = RecordCutter::new(dialect);
    let (mut chunks, mut from, mut at) = (Vec::new(), 0, 0);
    for bytes in text.chunks(piece) {
        if let Some(end) = cutter.scan(bytes) {
            chunks.push(&text[from..at + end]);
            from = at + end;
        }
        at += bytes.len();
    }
    chunks.push(&text[from..]);
    chunks
}

/// Every record end that a cutter reports when it is fed byte by byte.
fn ends(text: &[u8], dialect: &Dialect, piece: usize) -> BTreeSet<usize> {
    let mut cutter = RecordCutter::new(dialect);
    let mut ends = BTreeSet::new();
    for (i, bytes) in text.chunks(piece).enumerate() {
        ends.extend(cutter.scan(bytes).map(|end| i * piece + end));
    }
    ends
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_written_table_comes_back(
        rows in table(), dialect in dialect(), end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        eager: bool, trailing: bool, piece in 1usize..40, batch_size in 1usize..9,
    ) {
        let dialect = Dialect { quote: dialect.quote.or(Some(b'"')), ..dialect };
        let width = rows.first().map_or(1, Vec::len);
        let text = write(&rows, &dialect, end, eager, trailing);
        let chunks = chunks(&text, &dialect, piece);
        let surveyed = survey(&text_profile(&dialect, width), &chunks);
        let body = &rows[usize::from(dialect.header).min(rows.len())..];
        prop_assert_eq!(surveyed.rows, body.len() as u64);
        let decoded = decode(&surveyed.profile, &chunks, batch_size);
        prop_assert_eq!(decoded.len(), body.len());
        for (cells, values) in body.iter().zip(&decoded) {
            for (i, value) in values.iter().enumerate() {
                let kind = surveyed.profile.columns[i].kind;
                prop_assert!(survives(&cells[i], kind, value), "{:?} as {kind} became {value:?}", cells[i]);
            }
        }
    }

    #[test]
    fn any_bytes_any_chunks(bytes in messy(), dialect in dialect(), width in 0usize..4, piece in 1usize..50) {
        let whole = survey(&text_profile(&dialect, width), &[&bytes]);
        let pieces = chunks(&bytes, &dialect, piece);
        let parted = survey(&text_profile(&dialect, width), &pieces);
        prop_assert_eq!(&whole, &parted);
        let decoded = decode(&whole.profile, &[&bytes], 7);
        prop_assert_eq!(decoded.len() as u64, whole.rows);
        prop_assert_eq!(decoded, decode(&whole.profile, &pieces, 3));
        let counted: u64 = pieces.iter().map(|chunk| count_lines(chunk)).sum();
        prop_assert_eq!(counted, count_lines(&bytes));
    }

    #[test]
    fn surveys_merge_in_any_order(bytes in messy(), dialect in dialect(), width in 0usize..4, piece in 1usize..20) {
        let profile = text_profile(&dialect, width);
        let pieces = chunks(&bytes, &dialect, piece);
        let whole = survey(&profile, &pieces);
        let mut line = 1;
        let surveys = pieces.iter().enumerate().map(|(i, chunk)| {
            let mut survey = Survey::new(&profile);
            survey.observe(chunk, line, i == 0);
            line += count_lines(chunk);
            survey
        });
        let backwards = surveys.collect::<Vec<_>>().into_iter().rev().reduce(|mut merged, next| {
            merged.merge(next);
            merged
        });
        prop_assert_eq!(backwards.map(Survey::finish), Some(whole));
    }

    #[test]
    fn inference_answers_and_a_survey_confirms(bytes in messy(), header in 0usize..3, complete: bool) {
        let header = [HeaderMode::Detect, HeaderMode::Present, HeaderMode::Absent][header];
        let overrides = Overrides { delimiter: None, header };
        let sample = Sample { head: &bytes, blocks: vec![&bytes[bytes.len() / 2..]], complete };
        let profile = infer(&sample, &overrides);
        prop_assert_eq!(&profile, &infer(&sample, &overrides));
        let mut text = Vec::new();
        Transcoder::new(profile.encoding).push(&bytes, true, &mut text);
        let surveyed = survey(&profile, &[&text]);
        prop_assert_eq!(decode(&surveyed.profile, &[&text], 100).len() as u64, surveyed.rows);
        let names: BTreeSet<_> = surveyed.profile.columns.iter().map(|c| &c.name).collect();
        prop_assert_eq!(names.len(), surveyed.profile.columns.len());
        if complete {
            let alone = Sample { head: &bytes, blocks: vec![], complete };
            let profile = infer(&alone, &overrides);
            let mut text = Vec::new();
            Transcoder::new(profile.encoding).push(&bytes, true, &mut text);
            prop_assert_eq!(survey(&profile, &[&text]).profile, profile);
        }
    }

    #[test]
    fn the_cutter_does_not_care_about_pieces(bytes in messy(), dialect in dialect(), piece in 2usize..20) {
        let all = ends(&bytes, &dialect, 1);
        let some = ends(&bytes, &dialect, piece);
        prop_assert!(some.is_subset(&all), "{some:?} of {all:?}");
        let last = |set: &BTreeSet<usize>| set.last().copied();
        prop_assert_eq!(last(&some), last(&all));
    }

    #[test]
    fn csv_core_agrees(rows in table(), end in prop::sample::select(vec!["\n", "\r\n", "\r"]), eager: bool) {
        let dialect = Dialect { delimiter: b',', quote: Some(b'"'), header: false };
        let text = write(&rows, &dialect, end, eager, true);
        prop_assert_eq!(texts(&text, rows.first().map_or(1, Vec::len)), csv_core_rows(&text));
    }

    #[test]
    fn csv_core_agrees_on_quotes(text in "([a\",\r\n]|\"\"){0,30}") {
        let ours = texts(text.as_bytes(), 32);
        prop_assert_eq!(ours, csv_core_rows(text.as_bytes()));
    }
}

/// The rows of comma separated text as we read them, NULL as empty, without empty cells at the end.
fn texts(text: &[u8], width: usize) -> Vec<Vec<String>> {
    let dialect = Dialect {
        delimiter: b',',
        quote: Some(b'"'),
        header: false,
    };
    let rows = decode(&text_profile(&dialect, width), &[text], 1000);
    let cell = |value: Option<Value>| match value {
        Some(Value::Text(text)) => text,
        _ => String::new(),
    };
    rows.into_iter()
        .map(|row| without_empty_end(row.into_iter().map(cell).collect()))
        .collect()
}

fn csv_core_rows(mut input: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv_core::Reader::new();
    let (mut output, mut ends, mut rows) = (vec![0; 10_000], vec![0; 1_000], Vec::new());
    let (mut filled, mut cells) = (0, 0);
    loop {
        let (result, read, written, ended) = reader.read_record(input, &mut output[filled..], &mut ends[cells..]);
        input = &input[read..];
        filled += written;
        cells += ended;
        match result {
            csv_core::ReadRecordResult::Record => {
                let starts = std::iter::once(0).chain(ends[..cells].iter().copied());
                let spans = starts.zip(&ends[..cells]);
                let row = spans
                    .map(|(from, &to)| String::from_utf8(output[from..to].to_vec()).expect("the input is UTF-8"))
                    .collect();
                rows.push(without_empty_end(row));
                (filled, cells) = (0, 0);
            }
            csv_core::ReadRecordResult::InputEmpty => {}
            csv_core::ReadRecordResult::End => return rows,
            other => panic!("{other:?}"),
        }
    }
}

fn without_empty_end(mut row: Vec<String>) -> Vec<String> {
    while row.last().is_some_and(String::is_empty) {
        row.pop();
    }
    row
}
