//! What the fuzz targets found, each with the least input that shows it.

use flightstream_csv::{
    Beside, Chunk, ColumnType, CsvProfile, Encoding, HeaderMode, Notes, OtherTable, Overrides, QuotedNumbers, Sample,
    Survey, Transcoder, infer,
};

fn inferred(head: &[u8], overrides: &Overrides) -> CsvProfile {
    let sample = Sample {
        head,
        blocks: vec![],
        complete: true,
    };
    infer(&sample, overrides)
}

/// The profile that a survey of the file makes of `profile`.
fn surveyed(profile: &CsvProfile, file: &[u8]) -> CsvProfile {
    let mut text = Vec::new();
    Transcoder::new(profile.encoding).push(file, true, &mut text);
    let mut survey = Survey::new(profile);
    survey.observe(&Chunk::whole(&text));
    survey.finish().profile
}

#[test]
fn a_mark_of_utf8_in_front_of_another_encoding() {
    let file = b"\xEF\xBB\xBFname,n\ncaf\xE9,1\n";
    let profile = inferred(file, &Overrides::default());
    assert_eq!(profile.encoding, Encoding::Windows1252);
    assert_eq!(surveyed(&profile, file), profile);
}

#[test]
fn an_encoding_that_was_asked_for_stays() {
    let file = b"name,n\ncaf\xE9,1\n";
    let overrides = Overrides {
        encoding: Some(Encoding::Utf8),
        ..Overrides::default()
    };
    let profile = inferred(file, &overrides);
    assert_eq!(
        profile.warnings(),
        ["1 sequence of bytes is not UTF-8, on line 2 at byte 10: read as U+FFFD"]
    );
    assert_eq!(surveyed(&profile, file), profile);
}

/// A short row with a number in quotes, where those mean text, fitted a column of numbers and made it text: the surveys of
/// the two never came to an end.
#[test]
fn short_rows_have_no_say_in_types() {
    let text = b"a,b\n1,2\n\"3\"\n";
    let overrides = Overrides {
        quoted_numbers: QuotedNumbers::Text,
        ..Overrides::default()
    };
    let mut profile = inferred(text, &overrides);
    for _ in 0..2 {
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(text));
        let surveyed = survey.finish();
        assert_eq!(surveyed.profile, profile);
        assert_eq!((surveyed.settled, surveyed.ledger.served), (true, 2));
        profile = surveyed.profile;
    }
}

/// A short row with `1.0` can be read as a whole number, but would make a column of such one of another type. It did so, was
/// none of that, and so on.
#[test]
fn what_would_change_a_type_is_no_short_row() {
    let text = b"a,b\n36893488147419103232,x\n1.0\n";
    let profile = inferred(text, &Overrides::default());
    let mut survey = Survey::new(&profile);
    survey.observe(&Chunk::whole(text));
    let surveyed = survey.finish();
    assert_eq!(surveyed.profile.columns[0].kind, ColumnType::Decimal(38, 0));
    assert_eq!(
        (surveyed.settled, surveyed.ledger.served, surveyed.ledger.rejected),
        (true, 1, 1)
    );
}

/// Rows usually end with a delimiter that no column needs. A row without it has all of its cells: it took part in the types
/// where they were numbers and not where they were text, and the surveys never came to an end.
#[test]
fn a_row_without_the_delimiter_at_its_end_is_whole() {
    let text = format!(
        "title\n,,\na,b\n{}7,3,\n{}8,x\n9\n",
        ",,\n".repeat(6),
        ",,\n".repeat(20)
    );
    let overrides = Overrides {
        preamble_lines: Some(2),
        header: HeaderMode::Present,
        ..Overrides::default()
    };
    let mut profile = inferred(text.as_bytes(), &overrides);
    for _ in 0..2 {
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(text.as_bytes()));
        let surveyed = survey.finish();
        assert_eq!((surveyed.settled, surveyed.ledger.served), (true, 29));
        let kinds: Vec<_> = surveyed.profile.columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [ColumnType::Int64, ColumnType::Utf8]);
        profile = surveyed.profile;
    }
}

/// A table whose rows usually lack the last cell: such a row is one like all others, and what it holds is never refused.
#[test]
fn rows_that_usually_lack_a_cell_have_a_say() {
    let head = b"a,b,c\n1,2\n3,4\n5,6\n";
    let mut profile = inferred(head, &Overrides::default());
    assert_eq!((profile.columns.len(), profile.usual_cells), (3, 2));
    let text = [head, b"x,8\n".as_slice()].concat();
    for kind in [ColumnType::Int64, ColumnType::Utf8] {
        assert_eq!(profile.columns[0].kind, kind);
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(&text));
        let surveyed = survey.finish();
        assert_eq!(
            (surveyed.settled, surveyed.ledger.served, surveyed.rejects.len()),
            (true, 4, 0)
        );
        profile = surveyed.profile;
    }
}

/// What clients of databases write below a result begins with a digit, as most rows of numbers do: where those were read by
/// their structure, it was a row.
#[test]
fn a_note_may_begin_with_a_digit() {
    let text = format!("{}2 rows,6\n", "1,2\n".repeat(20));
    let mut profile = inferred(text.as_bytes(), &Overrides::default());
    profile.dialect.notes = Notes::Leading;
    for window_bytes in [0, 1 << 16] {
        let mut survey = Survey::new(&profile).with_window_bytes(window_bytes);
        survey.observe(&Chunk::whole(text.as_bytes()));
        let ledger = survey.finish().ledger;
        assert_eq!((ledger.served, ledger.rejected), (20, 1), "{window_bytes}");
    }
}

/// A profile without columns promises nothing, as a sample's does, and its other table was left open.
#[test]
fn a_table_beside_no_columns_is_closed_too() {
    let other = OtherTable {
        first_line: 2,
        last_line: None,
        columns: 2,
        kind: Beside::Other,
    };
    let profile = CsvProfile {
        others: vec![other],
        ..inferred(b"", &Overrides::default())
    };
    assert_eq!(surveyed(&profile, b"a\nb\nc\n").others[0].last_line, Some(3));
}

/// The kind of the only column of a file of these cells, and its warnings, by a survey that sees `sample` of them first.
fn column_beyond(sample: &[&str], rest: &[&str]) -> (ColumnType, Vec<String>) {
    let lines = |cells: &[&str]| cells.iter().map(|cell| format!("\"{cell}\"\n")).collect::<String>();
    let head = format!("a\n{}", lines(sample));
    let overrides = Overrides {
        header: HeaderMode::Present,
        ..Overrides::default()
    };
    let profile = inferred(head.as_bytes(), &overrides);
    let profile = surveyed(&profile, (head + &lines(rest)).as_bytes());
    (profile.columns[0].kind, profile.warnings())
}

/// `5381e182` was infinitely more than a number, and `103 132` one number instead of two codes: also where only the rest of
/// the file has them.
#[test]
fn codes_are_text() {
    let cases: [(&[&str], &[&str], ColumnType, usize); 12] = [
        (&["5381e182", "77e1"], &[], ColumnType::Utf8, 1),
        (&["1e5", "2e5"], &["12E3"], ColumnType::Utf8, 2),
        (&["1", "nan"], &["89012e4"], ColumnType::Utf8, 2),
        (&["1234567", "7654321"], &["5381e18"], ColumnType::Utf8, 2),
        (&["101", "103 132"], &["104 133"], ColumnType::Utf8, 1),
        (&["101", "103"], &["103 132"], ColumnType::Utf8, 2),
        (&["101", "103"], &["103\u{202F}132"], ColumnType::Utf8, 2),
        (&["101", "103"], &["103'132"], ColumnType::Utf8, 2),
        (&["1e5", "12E3"], &["2.5"], ColumnType::Float64, 0),
        (&["1e5", "2e5"], &["1e-4", "12e3"], ColumnType::Float64, 0),
        (&["101", "103 132"], &["12 345"], ColumnType::Int64, 0),
        (&["101", "103 132"], &["-7"], ColumnType::Int64, 0),
    ];
    for (sample, rest, kind, warned) in cases {
        let (found, warnings) = column_beyond(sample, rest);
        assert_eq!(
            (found, warnings.len()),
            (kind, warned),
            "{sample:?} {rest:?} {warnings:?}"
        );
    }
}

/// A sample without a proof promises no numbers that may be codes, so that a decoder does not serve what the whole file then
/// takes back.
#[test]
fn a_promise_of_floats_holds_no_codes() {
    let read = |sample: &str, cell: &str| {
        let profile = inferred(sample.as_bytes(), &Overrides::default());
        assert_eq!(profile.columns[0].kind, ColumnType::Float64, "{sample}");
        let text = format!("{sample}{}{cell}\n", sample.split_once('\n').unwrap().1.repeat(100));
        let decoder = flightstream_csv::Decoder::new(&profile, None, 1000);
        decoder.decode(&Chunk::whole(text.as_bytes())).is_ok()
    };
    assert!(!read("a\n1e5\n2e5\n", "5381e182"));
    assert!(!read("a\n7\nnan\n", "12E3"));
    assert!(read("a\n1e5\n2e5\n", "3e7"));
    assert!(read("a\n1e5\n2.5e5\n", "5381e182"));
    assert!(read("a\n1.5\n-7\n", "12E3"));
}

/// `# com"` in a column of numbers is no number without its quote either, so its line is no row. When it was one, each
/// survey undid what the survey before had found, without an end.
#[test]
fn lines_with_torn_cells_that_are_no_numbers_are_no_rows() {
    let file = "a note\n1970,  73, \"Hient\n4,5,6\n# com\", \"Sco\"e,r \"Title\"\n1968,  86, \"Greetings\"\n";
    let column = |number: usize, kind| flightstream_csv::Column::new(format!("column_{number}"), kind);
    let kinds = [
        ColumnType::Int64,
        ColumnType::Int64,
        ColumnType::Utf8,
        ColumnType::Utf8,
        ColumnType::Utf8,
    ];
    let numbers = CsvProfile {
        dialect: flightstream_csv::Dialect {
            preamble_lines: 1,
            header_rows: 0,
            ..flightstream_csv::Dialect::default()
        },
        columns: kinds
            .into_iter()
            .enumerate()
            .map(|(at, kind)| column(at + 1, kind))
            .collect(),
        usual_cells: 1,
        ..inferred(b"a,b\n1,2\n", &Overrides::default())
    };
    let first = surveyed(&numbers, file.as_bytes());
    let next = surveyed(&first, file.as_bytes());
    assert_eq!(next.columns, first.columns);
    assert_eq!(surveyed(&next, file.as_bytes()).columns, next.columns);
}

#[test]
fn dates_that_nobody_can_decide_are_text_with_a_warning() {
    let century = "has a year of two digits, and nobody knows the century";
    let order = "has the day first or the month first, and no value proves which";
    let cases: [(&[&str], Option<&str>); 13] = [
        (&["01/02/24", "03/04/24"], Some(century)),
        (&["13/02/24", "03/04/24"], Some(century)),
        (&["12/31/24", "", "NA"], Some(century)),
        (&["31.12.24", "01.02.24"], Some(century)),
        (&["24-12-31", "24-01-02"], Some(century)),
        (&["1-Jan-24", "2-Feb-24"], Some(century)),
        (&["01/02/24 10:00", "03/04/24 11:00"], Some(century)),
        (&["01/02/2024", "03/04/24"], Some(century)),
        (&["01/02/2024", "03/04/2024"], Some(order)),
        (&["01.02.2024 10:00", "03.04.2024 11:00"], Some(order)),
        // Texts of other kinds.
        (&["1.2.10", "1.3.11"], None),
        (&["01/02/24", "soon"], None),
        (&["5", "01/02/24"], None),
    ];
    for (values, expected) in cases {
        let text = "id,d\n".to_owned() + &values.iter().map(|value| format!("1,{value}\n")).collect::<String>();
        for shown in [text.len(), 12] {
            let sample = Sample {
                head: &text.as_bytes()[..shown.min(text.len())],
                blocks: vec![],
                complete: shown == text.len(),
            };
            let mut survey = Survey::new(&infer(&sample, &Overrides::default()));
            // Two chunks, of which the last comes first.
            let second = 1 + text.rfind("\n1,").unwrap();
            let lines = text[..second].matches('\n').count() as u64;
            survey.observe(&Chunk {
                text: &text.as_bytes()[second..],
                first_line: 1 + lines,
                offset: second as u64,
                starts_file: false,
                ..Chunk::default()
            });
            survey.observe(&Chunk::whole(&text.as_bytes()[..second]));
            let profile = survey.finish().profile;
            let doubts = profile
                .warnings()
                .into_iter()
                .filter(|warning| warning.contains(" is text: "));
            let doubts: Vec<String> = doubts.collect();
            assert_eq!(profile.columns[1].kind, ColumnType::Utf8, "{values:?}");
            assert_eq!(
                doubts.len(),
                usize::from(expected.is_some()),
                "{values:?} {shown} {doubts:?}"
            );
            assert!(
                doubts.iter().all(|doubt| doubt.ends_with(expected.unwrap_or_default())),
                "{values:?} {doubts:?}"
            );
        }
    }
}
