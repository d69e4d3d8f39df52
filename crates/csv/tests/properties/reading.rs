//! Tables as text, and text as tables, in chunks.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64NanosecondType, TimestampMicrosecondType,
    TimestampNanosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use flightstream_csv::{
    Beside, Bound, Chunk, Column, ColumnType, CsvProfile, Decoder, Dialect, Encoding, Ledger, Notation, OtherTable,
    QuotedNumbers, RecordCutter, Survey, Surveyed, count_lines,
};

/// Writes a table, with quotes where they are needed (always, if `eager`).
pub(crate) fn write(rows: &[Vec<String>], dialect: &Dialect, line_end: &str, eager: bool, trailing: bool) -> Vec<u8> {
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

/// Whether each line of a record has the cells of a row: then its quotes are taken for misplaced ones, and its lines for rows
/// (`docs/csv.md`, "Quotes in wrong places"), as `"0",",` and `,","0"` are for which a cell `,⏎,` was written.
pub(crate) fn reads_as_rows(row: &[String], dialect: &Dialect, line_end: &str, eager: bool) -> bool {
    let bare = Dialect {
        preamble_lines: 0,
        ..dialect.clone()
    };
    let record = write(&[row.to_vec()], &bare, line_end, eager, false);
    let record = String::from_utf8(record).expect("it was written as text");
    let delimiter = std::str::from_utf8(dialect.delimiter.as_bytes()).expect("it is text");
    let mut lines = record.split(['\n', '\r']);
    row.len() > 1 && lines.clone().count() > 1 && lines.all(|line| line.matches(delimiter).count() + 1 >= row.len())
}

/// A profile of `width` text columns.
pub(crate) fn text_profile(dialect: &Dialect, width: usize) -> CsvProfile {
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
pub(crate) fn profile_beside(dialect: &Dialect, width: usize, first_line: u64) -> CsvProfile {
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
pub(crate) fn placed<'a>(chunks: &[&'a [u8]]) -> Vec<Chunk<'a>> {
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
pub(crate) fn survey(profile: &CsvProfile, chunks: &[&[u8]]) -> Surveyed {
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
pub(crate) fn decode(profile: &CsvProfile, chunks: &[&[u8]], batch_size: usize) -> (Vec<Vec<Option<Value>>>, Ledger) {
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
pub(crate) enum Value {
    Bound(Bound),
    Text(String),
}

pub(crate) fn values(batch: &RecordBatch, profile: &CsvProfile, row: usize) -> Vec<Option<Value>> {
    let value = |(array, column): (&ArrayRef, &Column)| array.is_valid(row).then(|| one_value(array, column.kind, row));
    batch.columns().iter().zip(&profile.columns).map(value).collect()
}

pub(crate) fn one_value(array: &ArrayRef, kind: ColumnType, row: usize) -> Value {
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
pub(crate) fn survives(text: &str, column: &Column, value: &Option<Value>) -> bool {
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

/// Cuts `text` at a choice of its record ends, as a caller that reads piece by piece would.
pub(crate) fn chunks<'a>(text: &'a [u8], dialect: &Dialect, piece: usize) -> Vec<&'a [u8]> {
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
