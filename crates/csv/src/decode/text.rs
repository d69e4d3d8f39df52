//! Blanks, truth values and text that may not be UTF-8.

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

/// Reads `true` or `false`, any case.
#[inline]
pub(crate) fn parse_boolean(text: &[u8]) -> Option<bool> {
    match text.len() {
        4 if text.eq_ignore_ascii_case(b"true") => Some(true),
        5 if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// Appends `text` to `out`, with U+FFFD in the place of what is not UTF-8.
pub(crate) fn push_lossy(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

/// `text` for a message: lossy UTF-8, at most 60 characters.
pub(crate) fn shorten(text: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * LONGEST + 4)]);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
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
            ("true", Some(true)),
            ("FALSE", Some(false)),
            ("t", None),
            ("yes", None),
            ("", None),
            ("1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_boolean(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn lossy_and_short() {
        let mut out = Vec::new();
        push_lossy(b"a\xFFb\xC3", &mut out);
        assert_eq!(out, "a\u{FFFD}b\u{FFFD}".as_bytes());
        assert_eq!(shorten("é".repeat(60).as_bytes()), "é".repeat(60));
        assert_eq!(shorten("é".repeat(61).as_bytes()), format!("{}…", "é".repeat(60)));
        assert_eq!(shorten(&[0xFF; 3]), "\u{FFFD}".repeat(3));
    }
}
