//! Texts, tables, dialects and cells to try.

use flightstream_csv::{ColumnType, Dialect, Notes};
use proptest::prelude::*;

/// Text that is likely to trip a CSV reader.
pub(crate) fn messy() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![",", ";", "\"", "\"\"", "'", "\n", "\r\n", "\r", "\t", "|", " ", "\\", "#", "||"]),
        4 => prop::sample::select(vec!["a", "1", "-2.5", "true", "2024-02-29", "2024-02-29 10:00:00Z", "é", "nan", "007", "1/2/2024", "1 234", "NA", "yes", "Total"]),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 1..4);
    let piece = prop_oneof![12 => piece.prop_map(|s| s.as_bytes().to_vec()), 1 => bytes];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

pub(crate) fn dialect() -> impl Strategy<Value = Dialect> {
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
    let parts = (parts, header, any::<(bool, bool, bool)>());
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
            places: layout.2.then(|| [0..2, 3..6].into()),
        },
    )
}

/// A cell's text: typed values, blanks, words, punctuation.
pub(crate) fn cell() -> impl Strategy<Value = String> {
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

pub(crate) fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..6).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(cell(), width), 0..12))
}

/// Cells of which some are of one type, in notations that may go together or not.
pub(crate) fn kindred() -> impl Strategy<Value = Vec<String>> {
    let families: [&[&str]; 11] = [
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
        &[
            "€ 5",
            "€ 1,5",
            "-€2",
            "$ 7",
            "€ 1.234",
            "5",
            "(€ 3)",
            "€ 0-",
            "10:30",
            "€ 12e3",
        ],
        &[
            "12 %", "7%", "(1,234)", "1,234", "5-", "(0)", "−3", "1.5", "A-12", "-0", "inf",
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
pub(crate) fn asked() -> impl Strategy<Value = ColumnType> {
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
