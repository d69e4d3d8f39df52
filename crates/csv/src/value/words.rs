//! Blanks, truth values and words for NULL.

use crate::value::notation::Words;

/// `cell` without the spaces and tabs around it.
#[inline]
pub(crate) fn trim(cell: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    match (cell.first(), cell.last()) {
        (Some(first), Some(last)) if blank(first) || blank(last) => trim_blanks(cell),
        _ => cell,
    }
}

#[cold]
fn trim_blanks(mut cell: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = cell {
        cell = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = cell {
        cell = rest;
    }
    cell
}

/// Reads one of the two words, any case.
#[inline]
pub(crate) fn parse_boolean(text: &[u8], words: Words) -> Option<bool> {
    let (yes, no): (&[u8], &[u8]) = match words {
        Words::TrueFalse => (b"true", b"false"),
        Words::YesNo => (b"yes", b"no"),
        Words::TF => (b"t", b"f"),
        Words::YN => (b"y", b"n"),
    };
    let truth = text.eq_ignore_ascii_case(yes);
    (truth || text.eq_ignore_ascii_case(no)).then_some(truth)
}

/// Whether programs write `text` where there is no value; the list is in the table of `column`.
pub(crate) fn is_null_word(text: &[u8]) -> bool {
    let any_case = |words: &[&[u8]]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text.len() {
        1 => matches!(text, b"-" | b"?"),
        2 => matches!(text, b"--" | b"\\N") || any_case(&[b"na"]),
        3 => any_case(&[b"n/a", b"nil", b"nan"]) || text == b"---" || text == "\u{2014}".as_bytes(),
        4 => any_case(&[b"null", b"none", b"#n/a", b"<na>"]),
        6 => any_case(&[b"(null)", b"<null>"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks() {
        let cases = [
            ("", ""),
            (" ", ""),
            ("\t a b\t ", "a b"),
            ("a", "a"),
            ("\u{A0}a", "\u{A0}a"),
            ("\na", "\na"),
        ];
        for (cell, expected) in cases {
            assert_eq!(trim(cell.as_bytes()), expected.as_bytes(), "{cell:?}");
        }
    }

    #[test]
    fn truth() {
        let cases = [
            ("true", Words::TrueFalse, Some(true)),
            ("FALSE", Words::TrueFalse, Some(false)),
            ("t", Words::TrueFalse, None),
            ("yes", Words::TrueFalse, None),
            ("", Words::TrueFalse, None),
            ("1", Words::TrueFalse, None),
            ("Yes", Words::YesNo, Some(true)),
            ("no", Words::YesNo, Some(false)),
            ("y", Words::YesNo, None),
            ("T", Words::TF, Some(true)),
            ("f", Words::TF, Some(false)),
            ("y", Words::YN, Some(true)),
            ("N", Words::YN, Some(false)),
        ];
        for (text, words, expected) in cases {
            assert_eq!(parse_boolean(text.as_bytes(), words), expected, "{text:?}");
        }
    }

    #[test]
    fn words_for_no_value() {
        let words = [
            "NA", "na", "N/A", "n/a", "#N/A", "null", "NULL", "Null", "None", "nil", "NaN", "-", "--", "---",
            "\u{2014}", "?", "\\N", "(null)", "<NA>", "<null>",
        ];
        for word in words {
            assert!(is_null_word(word.as_bytes()), "{word}");
        }
        for word in ["", "0", "n", "no", "\\n", ".", "-1", "unknown", "inf", "missing"] {
            assert!(!is_null_word(word.as_bytes()), "{word}");
        }
    }
}
