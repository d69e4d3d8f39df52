//! The quick way through a chunk and the careful one find the same: rows, ledger, lineage, rejects, types, and the first
//! misfit.

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use flightstream_csv::{
    Beside, Chunk, CsvProfile, Decoder, Delimiter, Dialect, HeaderMode, Ledger, Misfit, Notes, OtherTable, Overrides,
    Sample, Survey, infer,
};
use proptest::prelude::*;

/// Values that columns of one type have, and some that make it another one.
const COLUMNS: [&[&str]; 8] = [
    &[
        "0",
        "7",
        "-7",
        "12345678",
        "1234567890123456",
        "-9223372036854775808",
        "-0",
        "007",
        "",
    ],
    &[
        "0.5",
        "-1.25",
        "17",
        ".5",
        "5.",
        "12345678.12345",
        "1e5",
        "12e3",
        "0.30000000000000004",
        "nan",
        "",
    ],
    &["2024-02-29", "1999-12-31", "0000-01-01", "2023-02-29", ""],
    &[
        "2024-02-29 10:20:30",
        "2024-02-29T23:59:59",
        "2024-02-29",
        "2024-02-29 10:20:30.5",
        "",
    ],
    &[
        "2024-02-29T10:20:30Z",
        "2024-02-29 10:20:30+01:00",
        "2024-02-29T24:00:00Z",
        "",
    ],
    &["true", "false", "TRUE", "yes", ""],
    &[
        "a",
        "some words that are a little longer than others",
        "é",
        "Total",
        "#",
        "x y",
        "",
    ],
    &["1,5", "1.234,5", "12", "NA", " 3 ", "-", "\t4"],
];

/// A column's name, in a way, and its cells: most often the first three of their kind.
fn column(rows: usize) -> impl Strategy<Value = Vec<String>> {
    let cell = |kind: usize| {
        let values = COLUMNS[kind];
        prop_oneof![9 => 0..3usize, 1 => 0..values.len()].prop_map(move |at| values[at].to_owned())
    };
    let other = "[a1,;\"' \n\r\t#]{0,6}".prop_map(String::from);
    let cell = move |kind: usize| prop_oneof![60 => cell(kind), 1 => other.clone()];
    (0..COLUMNS.len()).prop_flat_map(move |kind| prop::collection::vec(cell(kind), rows))
}

/// Rows of equal width.
fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..7, 0usize..50).prop_flat_map(|(width, rows)| {
        let columns = prop::collection::vec(column(rows), width);
        columns.prop_map(move |columns| {
            let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
            (0..rows).map(row).collect()
        })
    })
}

/// What happens to the line of a row.
#[derive(Debug, Clone, Copy)]
enum Odd {
    Cut,
    Extended,
    Blank,
    Comment,
    StrayQuote,
    OpenQuote,
    Padded,
    Note,
    Marked,
}

fn odd() -> impl Strategy<Value = Odd> {
    use Odd::{Blank, Comment, Cut, Extended, Marked, Note, OpenQuote, Padded, StrayQuote};
    prop::sample::select(vec![
        Cut, Extended, Blank, Comment, StrayQuote, OpenQuote, Padded, Note, Marked,
    ])
}

/// How a table is written.
#[derive(Debug, Clone)]
struct Style {
    delimiter: u8,
    quote: u8,
    /// Quotes where they are not needed: for no cell, for each, or for every third.
    eager: usize,
    end: &'static str,
    ends: bool,
    odd: Vec<(usize, Odd)>,
}

fn style() -> impl Strategy<Value = Style> {
    let delimiter = prop::sample::select(vec![b',', b';', b'\t', b'|', b' ']);
    let quote = prop::sample::select(vec![b'"', b'"', b'\'']);
    let end = prop::sample::select(vec!["\n", "\n", "\r\n", "\r"]);
    let odd = prop::collection::vec((0usize..50, odd()), 0..4);
    (delimiter, quote, 0usize..3, end, any::<bool>(), odd).prop_map(|(delimiter, quote, eager, end, ends, odd)| Style {
        delimiter,
        quote,
        eager,
        end,
        ends,
        odd,
    })
}

impl Style {
    fn write(&self, rows: &[Vec<String>]) -> String {
        let (delimiter, quote) = (char::from(self.delimiter), char::from(self.quote));
        let cell = |(at, cell): (usize, &String)| {
            let needed = cell.contains([delimiter, quote, '\n', '\r']);
            if needed || self.eager == 1 || (self.eager == 2 && at % 3 == 0) {
                format!("{quote}{}{quote}", cell.replace(quote, &format!("{quote}{quote}")))
            } else {
                cell.clone()
            }
        };
        let mut lines: Vec<String> = rows
            .iter()
            .map(|row| {
                row.iter()
                    .enumerate()
                    .map(cell)
                    .collect::<Vec<_>>()
                    .join(&delimiter.to_string())
            })
            .collect();
        for (at, odd) in &self.odd {
            let Some(line) = lines.get_mut(*at) else { continue };
            *line = match odd {
                Odd::Cut => line.rsplit_once(delimiter).map_or("", |(start, _)| start).to_owned(),
                Odd::Extended => format!("{line}{delimiter}{delimiter}"),
                Odd::Blank => String::new(),
                Odd::Comment => format!(" #{line}{delimiter}{quote}"),
                Odd::StrayQuote => format!("{line}{quote}"),
                Odd::OpenQuote => format!("{quote}{line}"),
                Odd::Padded => format!(" {line} "),
                Odd::Marked => format!("\u{FEFF}{line}"),
                Odd::Note => format!(
                    "{}{}",
                    if at % 2 == 0 { "Total" } else { "2 rows" },
                    delimiter.to_string().repeat(rows[*at].len() - 1)
                ),
            };
        }
        lines.join(self.end) + if self.ends { self.end } else { "" }
    }

    fn dialect(&self, comment: bool, notes: Notes, escape: bool) -> Dialect {
        Dialect {
            delimiter: Delimiter::byte(self.delimiter),
            quote: Some(self.quote),
            escape: escape.then_some(b'\\'),
            comment: comment.then_some(b'#'),
            header_rows: 0,
            notes,
            ..Dialect::default()
        }
    }
}

fn notes() -> impl Strategy<Value = Notes> {
    prop::sample::select(vec![Notes::None, Notes::Alone, Notes::Leading])
}

/// What a decoder finds, in one batch.
fn found(decoder: &Decoder, chunk: &Chunk<'_>) -> Result<(RecordBatch, Ledger), Misfit> {
    let decoded = decoder.decode(chunk)?;
    let batch = concat_batches(&decoder.schema(), &decoded.batches).expect("they are of one schema");
    Ok((batch, decoded.ledger))
}

/// Checks that both ways find the same, of all columns with where they come from, and of each column alone.
fn compare(
    profile: &CsvProfile,
    chunk: &Chunk<'_>,
    batch_size: usize,
    window_bytes: usize,
) -> Result<(), TestCaseError> {
    let width = profile.wide_schema().fields().len();
    let all: Vec<usize> = (0..width).collect();
    let projections = std::iter::once(all.as_slice()).chain(all.chunks(1)).chain([&[][..]]);
    for projection in projections {
        let decoder = Decoder::new(profile, Some(projection), batch_size);
        let careful = found(&decoder.clone().with_window_bytes(0), chunk);
        for decoder in [decoder.clone().with_window_bytes(window_bytes), decoder] {
            prop_assert_eq!(
                &found(&decoder, chunk),
                &careful,
                "columns {:?} of {:?}",
                projection,
                profile
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn both_ways_find_the_same(
        rows in table(), style in style(), comment: bool, notes in notes(), escape: bool, batch_size in 1usize..40,
        shown in 10usize..2000, window_bytes in 50usize..1500, other in 1u64..100, repeated: bool, blank_records: bool,
    ) {
        let text = style.write(&rows);
        // Of what it does not show some rows may not be.
        let sample = Sample { head: text.as_bytes().get(..shown).unwrap_or(text.as_bytes()), blocks: vec![], complete: true };
        let dialect = style.dialect(comment, notes, escape);
        let overrides = Overrides {
            delimiter: Some(dialect.delimiter),
            header: HeaderMode::Absent,
            ..Overrides::default()
        };
        let header = text.split(['\r', '\n']).next().filter(|_| repeated).map(|line| line.as_bytes().into());
        let dialect = Dialect { repeated_header: header, blank_records, ..dialect };
        let other = OtherTable { first_line: other, last_line: Some(other + other % 9), columns: 2, kind: if other < 50 { Beside::Other } else { Beside::Perhaps } };
        let profile = CsvProfile { dialect, others: vec![other], ..infer(&sample, &overrides) };
        let chunk = Chunk { first_record: 7, offset: 100, first_line: 3, starts_file: false, ..Chunk::whole(text.as_bytes()) };
        compare(&profile, &chunk, batch_size, window_bytes)?;
        let surveyed = |window_bytes: usize| {
            let mut survey = Survey::new(&profile).with_window_bytes(window_bytes);
            survey.observe(&chunk);
            survey.finish()
        };
        let careful = surveyed(0);
        prop_assert_eq!(&surveyed(window_bytes), &careful);
        compare(&careful.profile, &chunk, batch_size, window_bytes)?;
    }
}
