//! What tells names from values, and what stands under names.

use crate::column::evidence::Evidence;
use crate::value::kind::ColumnType;
use crate::value::notation::Words;
use crate::value::words;

/// Whether cells are a line under a header, such as `--,-----`: dashes in each.
pub(crate) fn are_dashes(cells: &[Vec<u8>]) -> bool {
    let dashes = |cell: &Vec<u8>| !cell.is_empty() && cell.iter().all(|byte| *byte == b'-');
    !cells.is_empty() && cells.iter().all(dashes) && cells.iter().any(|cell| cell.len() > 1)
}

/// Whether a cell looks like a value rather than a name.
pub(crate) fn is_value(cell: &[u8]) -> bool {
    let digits = cell.iter().any(u8::is_ascii_digit);
    // Most names have no digits, and of all values only truth values have none.
    if !digits && words::parse_boolean(words::trim(cell), Words::TrueFalse).is_none() {
        return false;
    }
    let punctuated = || {
        let signs = cell
            .utf8_chunks()
            .flat_map(|chunk| chunk.valid().chars().chain(chunk.invalid().first().map(|_| 'x')));
        signs
            .into_iter()
            .all(|sign| sign.is_ascii_digit() || " /.,:;+-%$()£€¥¢".contains(sign))
    };
    Evidence::of(cell).is_value() || (digits && punctuated())
}

/// Whether a cell cannot be a value of a column that has a type otherwise: it is none of any type, and no word for NULL.
///
/// A value of another type is one that the column is wide enough for in the end, and no name.
pub(crate) fn contradicts(cell: &[u8], column: &Evidence) -> bool {
    let is_word = !is_value(cell) && !words::is_null_word(words::trim(cell));
    column.kind() != ColumnType::Utf8 && is_word && !column.holds(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<Vec<u8>> {
        line.split(',').map(|cell| cell.as_bytes().to_vec()).collect()
    }

    #[test]
    fn values() {
        for (cell, expected) in [
            ("1", true),
            ("£ 1,80", true),
            ("9 €", true),
            ("$5", true),
            ("5 kg", false),
            ("£", false),
        ] {
            assert_eq!(is_value(cell.as_bytes()), expected, "{cell:?}");
        }
    }

    #[test]
    fn what_has_no_digits_is_no_value_but_for_truth() {
        let cells = [
            "", " ", "id", "true", " FALSE\t", "yes", "t", "nan", "NA", "-", "--", "-inf", "Infinity", ".", ",", "-.",
            "e", "/", ":", "May", "pm", "\u{A0}", "€", "'",
        ];
        for cell in cells.map(str::as_bytes) {
            assert_eq!(is_value(cell), Evidence::of(cell).is_value(), "{cell:?}");
        }
    }

    #[test]
    fn dashes() {
        let cases = [
            ("--,----", true),
            ("-,--", true),
            ("-,-", false),
            ("--,", false),
            ("-1,--", false),
            ("", false),
        ];
        for (line, expected) in cases {
            assert_eq!(are_dashes(&cells(line)), expected, "{line:?}");
        }
    }
}
