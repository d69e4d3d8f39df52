//! Properties that hold for any table, any dialect, any bytes and any way to cut them.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64NanosecondType, TimestampMicrosecondType,
    TimestampNanosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use flightstream_csv::{
    Beside, Bound, Chunk, Column, ColumnType, CsvProfile, Decoder, Delimiter, Dialect, Encoding, HeaderMode, Ledger,
    MisfitKind, Notation, Notes, OtherTable, Overrides, QuotedNumbers, RecordCutter, Sample, Survey, Surveyed,
    Transcoder, count_lines, infer,
};
use proptest::prelude::*;

/// Text that is likely to trip a CSV reader.
fn messy() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![",", ";", "\"", "\"\"", "'", "\n", "\r\n", "\r", "\t", "|", " ", "\\", "#", "||"]),
        4 => prop::sample::select(vec!["a", "1", "-2.5", "true", "2024-02-29", "2024-02-29 10:00:00Z", "é", "nan", "007", "1/2/2024", "1 234", "NA", "yes", "Total"]),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 1..4);
    let piece = prop_oneof![12 => piece.prop_map(|s| s.as_bytes().to_vec()), 1 => bytes];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let quote = prop::sample::select(vec![Some(b'"'), Some(b'"'), Some(b'\''), None]);
    let delimiter = prop::sample::select(vec![
        ",",
        ";",
        "\t",
        "|",
        ":",
        "x",
        " ",
        "||",
        ", ",
        "|;|",
        "blanks",
        "wide-blanks",
        "padded-pipe",
        "framed-pipe",
    ]);
    let escape = prop::sample::select(vec![None, None, Some(b'\\')]);
    let comment = prop::sample::select(vec![None, None, Some(b'#')]);
    let notes = prop::sample::select(vec![Notes::None, Notes::Alone, Notes::Leading]);
    let parts = (delimiter, quote, escape, comment, 0usize..3, 0usize..3, notes);
    let header = prop::sample::select(vec![None, None, Some("a"), Some("x")]);
    let parts = (parts, header, any::<(bool, bool)>());
    parts.prop_map(
        |((delimiter, quote, escape, comment, preamble_lines, header_rows, notes), header, layout)| Dialect {
            delimiter: delimiter.parse().expect("it is short"),
            quote,
            escape,
            comment,
            preamble_lines,
            header_rows,
            notes,
            repeated_header: header.map(|header| header.as_bytes().into()),
            blank_records: layout.0,
            frames: layout.1,
        },
    )
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
        "[a-zé,;|\t\"' \n\r:x#\\\\]{0,8}",
    ]
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..6).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(cell(), width), 0..12))
}

/// Writes a table, with quotes where they are needed (always, if `eager`).
fn write(rows: &[Vec<String>], dialect: &Dialect, line_end: &str, eager: bool, trailing: bool) -> Vec<u8> {
    let quote = char::from(dialect.quote.expect("the writer needs quotes"));
    let delimiter = std::str::from_utf8(dialect.delimiter.as_bytes()).expect("it is text");
    let special =
        |c: char| delimiter.contains(c) || "\n\r \t".contains(c) || Some(c) == dialect.comment.map(char::from);
    let quoted = |cell: &str| {
        let doubled = cell.replace(quote, &format!("{quote}{quote}"));
        match dialect.escape.map(char::from) {
            Some(escape) => doubled.replace(escape, &format!("{escape}{escape}")),
            None => doubled,
        }
    };
    let one = |cell: &String| {
        if eager || cell.is_empty() || cell.starts_with(quote) || cell.contains(special) {
            format!("{quote}{}{quote}", quoted(cell))
        } else {
            cell.clone()
        }
    };
    let line = |row: &Vec<String>| row.iter().map(one).collect::<Vec<_>>().join(delimiter);
    let mut text = format!("\"note{line_end}").repeat(dialect.preamble_lines);
    text += &rows.iter().map(line).collect::<Vec<_>>().join(line_end);
    if trailing && !rows.is_empty() {
        text.push_str(line_end);
    }
    text.into_bytes()
}

/// A profile of `width` text columns.
fn text_profile(dialect: &Dialect, width: usize) -> CsvProfile {
    let column = |i| Column::new(format!("c{i}"), ColumnType::Utf8);
    CsvProfile {
        encoding: Encoding::Utf8,
        encoding_asked: false,
        dialect: dialect.clone(),
        quoted_numbers: QuotedNumbers::Values,
        columns: (0..width).map(column).collect(),
        usual_cells: width,
        others: Vec::new(),
        findings: Vec::new(),
    }
}

/// The same beside another table, from a line on.
fn profile_beside(dialect: &Dialect, width: usize, first_line: u64) -> CsvProfile {
    let other = OtherTable {
        first_line,
        last_line: first_line.is_multiple_of(2).then_some(first_line + 3),
        columns: 2,
        kind: if first_line > 10 { Beside::Title } else { Beside::Other },
    };
    CsvProfile {
        others: vec![other],
        ..text_profile(dialect, width)
    }
}

/// The chunks with their places.
fn placed<'a>(chunks: &[&'a [u8]]) -> Vec<Chunk<'a>> {
    let (mut first_line, mut offset) = (1, 0);
    let mut placed = Vec::new();
    for (i, &text) in chunks.iter().enumerate() {
        placed.push(Chunk {
            text,
            first_line,
            offset,
            first_record: 0,
            origins: &[],
            starts_file: i == 0,
        });
        first_line += count_lines(text);
        offset += text.len() as u64;
    }
    placed
}

/// What a survey finds; if that changes what it promised, what the next one finds.
fn survey(profile: &CsvProfile, chunks: &[&[u8]]) -> Surveyed {
    let mut survey = Survey::new(profile);
    placed(chunks).iter().for_each(|chunk| survey.observe(chunk));
    let surveyed = survey.finish();
    if surveyed.settled {
        surveyed
    } else {
        self::survey(&surveyed.profile, chunks)
    }
}

/// All rows, as text: `None` for NULL, the exact text or the value's own for the rest.
fn decode(profile: &CsvProfile, chunks: &[&[u8]], batch_size: usize) -> (Vec<Vec<Option<Value>>>, Ledger) {
    let decoder = Decoder::new(profile, None, batch_size);
    let (mut rows, mut ledger) = (Vec::new(), Ledger::default());
    for chunk in placed(chunks) {
        let decoded = decoder.decode(&chunk).expect("the profile is that of a survey");
        for batch in decoded.batches {
            assert!((1..=batch_size).contains(&batch.num_rows()));
            assert_eq!(batch.schema(), profile.schema());
            rows.extend((0..batch.num_rows()).map(|row| values(&batch, profile, row)));
        }
        ledger.add(decoded.ledger);
    }
    (rows, ledger)
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Bound(Bound),
    Text(String),
}

fn values(batch: &RecordBatch, profile: &CsvProfile, row: usize) -> Vec<Option<Value>> {
    let value = |(array, column): (&ArrayRef, &Column)| array.is_valid(row).then(|| one_value(array, column.kind, row));
    batch.columns().iter().zip(&profile.columns).map(value).collect()
}

fn one_value(array: &ArrayRef, kind: ColumnType, row: usize) -> Value {
    let whole = match kind {
        ColumnType::Utf8 => return Value::Text(array.as_string::<i32>().value(row).to_owned()),
        ColumnType::Float64 => {
            return Value::Bound(Bound::Float(array.as_primitive::<Float64Type>().value(row)));
        }
        ColumnType::Boolean => i128::from(array.as_boolean().value(row)),
        ColumnType::Int64 => i128::from(array.as_primitive::<Int64Type>().value(row)),
        ColumnType::UInt64 => i128::from(array.as_primitive::<UInt64Type>().value(row)),
        ColumnType::Decimal(..) => array.as_primitive::<Decimal128Type>().value(row),
        ColumnType::Date32 => i128::from(array.as_primitive::<Date32Type>().value(row)),
        ColumnType::Time => i128::from(array.as_primitive::<Time64NanosecondType>().value(row)),
        ColumnType::Timestamp | ColumnType::TimestampUtc => {
            i128::from(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        ColumnType::TimestampNs | ColumnType::TimestampUtcNs => {
            i128::from(array.as_primitive::<TimestampNanosecondType>().value(row))
        }
    };
    Value::Bound(Bound::Whole(whole))
}

/// What a cell's text must have become in a column, by means of the standard library as far as it can read it.
fn survives(text: &str, column: &Column, value: &Option<Value>) -> bool {
    let trimmed = text.trim_matches([' ', '\t']);
    let plain = Notation {
        null_words: column.notation.null_words,
        code_free: column.notation.code_free,
        ..Notation::default()
    };
    match (column.kind, value) {
        (ColumnType::Utf8, value) => *value == (!text.is_empty()).then(|| Value::Text(text.to_owned())),
        (_, None) => trimmed.is_empty() || column.notation.null_words,
        (_, Some(Value::Text(_))) => false,
        (_, Some(_)) if column.notation != plain => !trimmed.is_empty(),
        (ColumnType::Boolean, Some(Value::Bound(v))) => {
            *v == Bound::Whole(i128::from(trimmed.eq_ignore_ascii_case("true")))
        }
        (ColumnType::Int64 | ColumnType::UInt64 | ColumnType::Decimal(..), Some(Value::Bound(v))) => {
            trimmed.parse().is_ok_and(|parsed| *v == Bound::Whole(parsed))
        }
        (ColumnType::Float64, Some(Value::Bound(v))) => trimmed.parse().is_ok_and(|parsed| *v == Bound::Float(parsed)),
        (_, Some(Value::Bound(_))) => trimmed.starts_with("2024-"),
    }
}

/// Cells of which some are of one type, in notations that may go together or not.
fn kindred() -> impl Strategy<Value = Vec<String>> {
    let families: [&[&str]; 9] = [
        &[
            "103", "104 133", "103'132", "103.132", "103,132", "12e3", "5381e18", "1e5", "-12E3", "1.5", "12", "1e-4",
        ],
        &[
            "1",
            "-2",
            "1,234",
            "1,234.5",
            "1,5",
            "1.234",
            "1.234.567",
            "-0",
            "0,5",
            "1e5",
            "nan",
            "1.5",
            "007",
        ],
        &[
            "1 234",
            "1'234",
            "1’234.5",
            "1\u{A0}234,5",
            "12",
            "1.5",
            "1,5",
            "9007199254740993",
            "inf",
            "1,234,567",
        ],
        &[
            "18446744073709551615",
            "-1",
            "99999999999999999999",
            "1,000,000,000,000,000,000,000",
            "5",
            "1e400",
            "1.000",
        ],
        &[
            "31/01/2024",
            "01/31/2024",
            "1/2/2024",
            "1/2/2024 9:30",
            "1/2/2024 9:30 PM",
            "13/1/2024, 10:00:00.5",
            "5.6.2024",
        ],
        &[
            "2024-01-31",
            "2024-01-31 10:00",
            "2024-01-31T10:00:00.0000001",
            "9999-01-01",
            "2024-01-31T10:00:00Z",
            "10:30",
        ],
        &[
            "2024-01-31T10:00:00Z",
            "2024-01-31 10:00:00.123456789+01",
            "1600-01-01T00:00:00 UTC",
            "2024-01-31 3:00 PM Z",
        ],
        &["true", "false", "yes", "No", "t", "F", "y", "N", "TRUE"],
        &[
            "10:30",
            "9:30 AM",
            "23:59:59.9999999",
            "12:00 pm",
            "Jan 5, 2024",
            "5 Jan 2024",
            "5-Feb-2024 10:00",
            "2024/1/2",
        ],
    ];
    let word = prop::sample::select(vec!["", " ", "NA", "-", "null", "nan", "x"]);
    let cells = move |family: &'static [&'static str]| {
        let few = prop::sample::subsequence(family, 1..=3);
        (few, word.clone(), any::<bool>()).prop_flat_map(|(few, word, with_word)| {
            let mut choice = few;
            choice.extend(with_word.then_some(word));
            prop::collection::vec(prop::sample::select(choice).prop_map(str::to_owned), 1..12)
        })
    };
    prop::sample::select(families.to_vec()).prop_flat_map(cells)
}

/// A type that a caller might ask for.
fn asked() -> impl Strategy<Value = ColumnType> {
    prop::sample::select(vec![
        ColumnType::Boolean,
        ColumnType::Int64,
        ColumnType::UInt64,
        ColumnType::Decimal(9, 1),
        ColumnType::Decimal(38, 0),
        ColumnType::Float64,
        ColumnType::Date32,
        ColumnType::Time,
        ColumnType::Timestamp,
        ColumnType::TimestampNs,
        ColumnType::TimestampUtc,
        ColumnType::TimestampUtcNs,
        ColumnType::Utf8,
    ])
}

/// Cuts `text` at a choice of its record ends, as a caller that reads piece by piece would.
fn chunks<'a>(text: &'a [u8], dialect: &Dialect, piece: usize) -> Vec<&'a [u8]> {
    let mut cutter = RecordCutter::new(dialect);
    let (mut chunks, mut from, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        at = text.len().min(at + piece);
        let end = cutter.scan(&text[from..at], false);
        if end > 0 {
            chunks.push(&text[from..from + end]);
            cutter.cut(end);
            from += end;
        }
    }
    assert_eq!(cutter.scan(&text[from..], true), text.len() - from);
    chunks.push(&text[from..]);
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_written_table_comes_back(
        rows in table(), dialect in dialect(), end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        eager: bool, trailing: bool, piece in 1usize..40, batch_size in 1usize..9,
    ) {
        // A row that is written as the header is would be taken for it: that is none of the table.
        // Not every table can be written where blanks are padding, or where records of delimiters alone are blank.
        let spaced = [Delimiter::BLANKS, Delimiter::WIDE_BLANKS, Delimiter::PADDED_PIPE, Delimiter::FRAMED_PIPE];
        let delimiter = if spaced.contains(&dialect.delimiter) { Delimiter::COMMA } else { dialect.delimiter };
        let quote = dialect.quote.or(Some(b'"'));
        let dialect = Dialect { delimiter, quote, repeated_header: None, blank_records: false, frames: false, ..dialect };
        let width = rows.first().map_or(1, Vec::len);
        let text = write(&rows, &dialect, end, eager, trailing);
        let chunks = chunks(&text, &dialect, piece);
        let surveyed = survey(&text_profile(&dialect, width), &chunks);
        let body = &rows[dialect.header_rows.min(rows.len())..];
        prop_assert_eq!(surveyed.ledger.served, body.len() as u64);
        prop_assert_eq!(surveyed.ledger.rejected, 0);
        let (decoded, ledger) = decode(&surveyed.profile, &chunks, batch_size);
        prop_assert_eq!(ledger, surveyed.ledger);
        prop_assert_eq!(decoded.len(), body.len());
        for (cells, values) in body.iter().zip(&decoded) {
            for (i, value) in values.iter().enumerate() {
                let column = &surveyed.profile.columns[i];
                prop_assert!(survives(&cells[i], column, value), "{:?} in {column:?} became {value:?}", cells[i]);
            }
        }
    }

    #[test]
    fn what_a_survey_says_is_what_decodes(cells in kindred(), eager: bool, piece in 1usize..60) {
        let dialect = Dialect { delimiter: Delimiter::byte(b';'), header_rows: 0, ..Dialect::default() };
        let rows: Vec<Vec<String>> = cells.into_iter().map(|cell| vec!["r".to_owned(), cell]).collect();
        let text = write(&rows, &dialect, "\n", eager, true);
        let chunks = chunks(&text, &dialect, piece);
        let surveyed = survey(&text_profile(&dialect, 2), &chunks);
        let decoded = decode(&surveyed.profile, &chunks, 5);
        let values: Vec<_> = decoded.0.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
        let report = &surveyed.columns[1];
        prop_assert_eq!((report.values, report.nulls), (values.len() as u64, (rows.len() - values.len()) as u64));
        let bounds = values.iter().filter_map(|value| match value {
            Value::Bound(bound) => Some(*bound),
            Value::Text(_) => None,
        });
        let expected = bounds.clone().min().zip(bounds.max());
        prop_assert_eq!(report.bounds, expected);
        let chosen = report.candidates.iter().filter(|c| c.chosen).count();
        prop_assert_eq!(chosen, usize::from(surveyed.profile.columns[1].kind != ColumnType::Utf8));
        prop_assert!(report.candidates.iter().all(|c| !(c.chosen && c.ruled_out.is_some())));
    }

    #[test]
    fn a_float_is_no_code(codes in prop::collection::vec("[1-9]{1,6}[eE][0-9]{1,2}", 1..12), piece in 1usize..60) {
        let dialect = Dialect { delimiter: Delimiter::byte(b';'), header_rows: 0, ..Dialect::default() };
        let rows: Vec<Vec<String>> = codes.iter().map(|code| vec!["r".to_owned(), code.clone()]).collect();
        let text = write(&rows, &dialect, "\n", false, true);
        let surveyed = survey(&text_profile(&dialect, 2), &chunks(&text, &dialect, piece));
        let are_floats = codes.iter().all(|code| code.find(['e', 'E']) == Some(1));
        let expected = if are_floats { ColumnType::Float64 } else { ColumnType::Utf8 };
        prop_assert_eq!(surveyed.profile.columns[1].kind, expected);
        prop_assert_eq!(surveyed.profile.warnings().is_empty(), are_floats);
    }

    #[test]
    fn an_asked_type_decodes_up_to_its_misfit(cells in kindred(), kind in asked(), piece in 1usize..60) {
        let dialect = Dialect { delimiter: Delimiter::byte(b';'), header_rows: 0, ..Dialect::default() };
        let rows: Vec<Vec<String>> = cells.into_iter().map(|cell| vec!["r".to_owned(), cell]).collect();
        let text = write(&rows, &dialect, "\n", false, true);
        let overrides = Overrides {
            delimiter: Some(Delimiter::byte(b';')),
            header: HeaderMode::Absent,
            types: vec![("column_2".to_owned(), kind.into())],
            ..Overrides::default()
        };
        let profile = infer(&Sample { head: &text, blocks: vec![], complete: true }, &overrides);
        let surveyed = survey(&profile, &chunks(&text, &profile.dialect, piece));
        prop_assert_eq!(surveyed.profile.columns[1].kind, kind);
        let decoded = Decoder::new(&surveyed.profile, Some(&[1]), 500).decode(&Chunk::whole(&text));
        if let (Ok(batches), Some(bounds)) = (&decoded, surveyed.columns[1].bounds) {
            let column = batches.batches[0].column(0);
            let valid = (0..column.len()).filter(|&row| column.is_valid(row));
            let bound = |row| match one_value(column, kind, row) {
                Value::Bound(bound) => bound,
                text => panic!("{text:?}"),
            };
            prop_assert_eq!(valid.clone().map(bound).min().zip(valid.map(bound).max()), Some(bounds));
        }
        let found = surveyed.columns[1].misfit.clone().map(|misfit| (misfit.line, misfit.value));
        let expected = decoded.err().map(|misfit| match misfit.kind {
            MisfitKind::Value { value, .. } => (Some(misfit.line), value),
            other => panic!("{other:?}"),
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_any_chunks(
        bytes in messy(), dialect in dialect(), width in 0usize..4, piece in 1usize..50, other in 1u64..30,
    ) {
        let whole = survey(&profile_beside(&dialect, width, other), &[&bytes]);
        let pieces = chunks(&bytes, &dialect, piece);
        let parted = survey(&profile_beside(&dialect, width, other), &pieces);
        prop_assert_eq!(&whole, &parted);
        let (decoded, ledger) = decode(&whole.profile, &[&bytes], 7);
        prop_assert_eq!(decoded.len() as u64, ledger.served);
        prop_assert_eq!(ledger, whole.ledger);
        prop_assert_eq!(ledger.rejected.min(1000), whole.rejects.len() as u64);
        prop_assert_eq!((decoded, ledger), decode(&whole.profile, &pieces, 3));
        let counted: u64 = pieces.iter().map(|chunk| count_lines(chunk)).sum();
        prop_assert_eq!(counted, count_lines(&bytes));
    }

    #[test]
    fn surveys_merge_in_any_order(
        bytes in messy(), dialect in dialect(), width in 0usize..4, piece in 1usize..20, other in 1u64..30,
    ) {
        let profile = profile_beside(&dialect, width, other);
        let pieces = chunks(&bytes, &dialect, piece);
        let surveys = placed(&pieces).into_iter().map(|chunk| {
            let mut survey = Survey::new(&profile);
            survey.observe(&chunk);
            survey
        });
        let surveys: Vec<Survey> = surveys.collect();
        let merged = |surveys: Vec<Survey>| {
            surveys.into_iter().reduce(|mut merged, next| {
                merged.merge(next);
                merged
            })
        };
        let backwards = surveys.iter().rev().cloned().collect();
        prop_assert_eq!(merged(backwards).map(Survey::finish), merged(surveys).map(Survey::finish));
    }

    #[test]
    fn inference_answers_and_a_survey_confirms(bytes in messy(), header in 0usize..3, complete: bool) {
        let header = [HeaderMode::Detect, HeaderMode::Present, HeaderMode::Absent][header];
        let overrides = Overrides { header, ..Overrides::default() };
        let sample = Sample { head: &bytes, blocks: vec![&bytes[bytes.len() / 2..]], complete };
        let profile = infer(&sample, &overrides);
        prop_assert_eq!(&profile, &infer(&sample, &overrides));
        let mut text = Vec::new();
        Transcoder::new(profile.encoding).push(&bytes, true, &mut text);
        let surveyed = survey(&profile, &[&text]);
        prop_assert_eq!(decode(&surveyed.profile, &[&text], 100).1, surveyed.ledger);
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
    fn csv_core_agrees(rows in table(), end in prop::sample::select(vec!["\n", "\r\n", "\r"]), eager: bool) {
        let dialect = Dialect { header_rows: 0, ..Dialect::default() };
        let text = write(&rows, &dialect, end, eager, true);
        prop_assert_eq!(texts(&text, rows.first().map_or(2, Vec::len)), Some(csv_core_rows(&text)));
    }

    #[test]
    fn csv_core_agrees_on_quotes(text in "([a\",\r\n]|\"\"){0,30}") {
        // What we reject, it reads to the end of the file.
        if let Some(ours) = texts(text.as_bytes(), 32) {
            prop_assert_eq!(ours, csv_core_rows(text.as_bytes()));
        }
    }
}

/// The rows of comma separated text as we read them, NULL as empty, without empty cells at the end.
///
/// `None` if something in it is no row.
fn texts(text: &[u8], width: usize) -> Option<Vec<Vec<String>>> {
    let dialect = Dialect {
        header_rows: 0,
        ..Dialect::default()
    };
    // At least two columns: in a table of one a blank line is a row.
    let profile = CsvProfile {
        usual_cells: width,
        ..text_profile(&dialect, width.max(2))
    };
    let (rows, ledger) = decode(&profile, &[text], 1000);
    let cell = |value: Option<Value>| match value {
        Some(Value::Text(text)) => text,
        _ => String::new(),
    };
    let rows = rows
        .into_iter()
        .map(|row| without_empty_end(row.into_iter().map(cell).collect()));
    (ledger.rejected == 0).then(|| rows.collect())
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
