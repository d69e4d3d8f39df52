//! Properties that hold for any table, any dialect, any bytes and any way to cut them.

#[path = "properties/reading.rs"]
mod reading;
#[path = "properties/strategies.rs"]
mod strategies;

use std::collections::BTreeSet;

use arrow_array::Array;
use flightstream_csv::{
    Chunk, ColumnType, CsvProfile, Decoder, Delimiter, Dialect, HeaderMode, MisfitKind, NullWords, Overrides, Sample,
    Survey, Transcoder, count_lines, infer,
};
use proptest::prelude::*;

use self::reading::{
    Value, chunks, decode, one_value, placed, profile_beside, reads_as_rows, survey, survives, text_profile, write,
};
use self::strategies::{asked, dialect, kindred, messy, table};

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
        let dialect = Dialect { delimiter, quote, repeated_header: None, blank_records: false, frames: false, places: None, ..dialect };
        let width = rows.first().map_or(1, Vec::len);
        prop_assume!(!rows.iter().any(|row| reads_as_rows(row, &dialect, end, eager)));
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
    fn a_named_word_is_an_empty_cell(
        cells in kindred(), kind in prop::option::of(asked()), at in any::<prop::sample::Index>(), piece in 1usize..60,
        eager: bool,
    ) {
        let word = cells[at.index(cells.len())].trim().to_owned();
        prop_assume!(!word.is_empty());
        let dialect = Dialect { delimiter: Delimiter::byte(b';'), header_rows: 0, ..Dialect::default() };
        let file = |cells: &[String]| {
            let rows: Vec<Vec<String>> = cells.iter().map(|cell| vec!["r".to_owned(), cell.clone()]).collect();
            write(&rows, &dialect, "\n", eager, true)
        };
        let emptied = |cell: &String| if cell.trim().eq_ignore_ascii_case(&word) { String::new() } else { cell.clone() };
        let (text, without) = (file(&cells), file(&cells.iter().map(emptied).collect::<Vec<_>>()));
        let overrides = Overrides {
            delimiter: Some(Delimiter::byte(b';')),
            header: HeaderMode::Absent,
            types: kind.map(|kind| ("column_2".to_owned(), kind.into())).into_iter().collect(),
            ..Overrides::default()
        };
        let named = Overrides { nulls: vec![format!("column_2:{word}").parse().expect("a word")], ..overrides.clone() };
        let read = |text: &[u8], overrides: &Overrides| {
            let profile = infer(&Sample { head: text, blocks: vec![], complete: true }, overrides);
            let surveyed = survey(&profile, &chunks(text, &profile.dialect, piece));
            let decoded = Decoder::new(&surveyed.profile, Some(&[1]), 500).decode(&Chunk::whole(text));
            let parted = Decoder::new(&surveyed.profile, Some(&[1]), 500).with_window_bytes(0).decode(&Chunk::whole(text));
            assert_eq!(decoded, parted);
            let mut column = surveyed.profile.columns[1].clone();
            column.nulls = NullWords::default();
            let report = &surveyed.columns[1];
            (decoded, column, surveyed.profile.warnings(), surveyed.ledger, report.nulls, report.bounds)
        };
        prop_assert_eq!(read(&text, &named), read(&without, &overrides));
    }

    #[test]
    fn surveys_of_a_column_merge_in_any_order(
        cells in kindred(), kind in prop::option::of(asked()), piece in 1usize..40,
    ) {
        let dialect = Dialect { delimiter: Delimiter::byte(b';'), header_rows: 0, ..Dialect::default() };
        let rows: Vec<Vec<String>> = cells.into_iter().map(|cell| vec!["r".to_owned(), cell]).collect();
        let text = write(&rows, &dialect, "\n", false, true);
        let mut profile = text_profile(&dialect, 2);
        if let Some(kind) = kind {
            (profile.columns[1].kind, profile.columns[1].asked) = (kind, true);
        }
        let pieces = chunks(&text, &dialect, piece);
        let surveys = placed(&pieces).into_iter().map(|chunk| {
            let mut survey = Survey::proposing(&profile);
            survey.observe(&chunk);
            survey
        });
        let backwards = surveys.rev().reduce(|mut merged, next| {
            merged.merge(next);
            merged
        });
        let mut forwards = Survey::proposing(&profile);
        placed(&pieces).iter().for_each(|chunk| forwards.observe(chunk));
        let (forwards, backwards) = (forwards.finish(), backwards.unwrap_or_else(|| Survey::proposing(&profile)).finish());
        prop_assert_eq!(&forwards.profile, &backwards.profile);
        let (report, other) = (&forwards.columns[1], &backwards.columns[1]);
        prop_assert_eq!((&report.misfit, report.could_be), (&other.misfit, other.could_be));
        // Words for NULL are counted as long as there is a type.
        prop_assert!(report.misfit.is_some() || report == other, "{:?} and {:?}", report, other);
        // What the column could be is what it is if that is asked for.
        if let Some(asked) = forwards.columns[1].could_be {
            let overrides = Overrides {
                delimiter: Some(Delimiter::byte(b';')),
                header: HeaderMode::Absent,
                types: vec![("column_2".to_owned(), asked)],
                ..Overrides::default()
            };
            let profile = infer(&Sample { head: &text, blocks: vec![], complete: true }, &overrides);
            prop_assert_eq!(profile.warnings(), Vec::<String>::new());
            prop_assert!(Decoder::new(&profile, None, 50).decode(&Chunk::whole(&text)).is_ok());
        }
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
            let surveyed = survey(&profile, &[&text]);
            // No column, no record.
            prop_assert!(!profile.columns.is_empty() || surveyed.ledger.rejected == 0);
            prop_assert_eq!(surveyed.profile, profile);
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
