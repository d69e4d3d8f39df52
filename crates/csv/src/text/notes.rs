//! What begins like a note behind a table: a total, a source, a remark.

/// What a note begins with, in languages of which many files are.
const WORDS: [&[u8]; 30] = [
    b"total",
    b"totals",
    b"subtotal",
    b"grand total",
    b"sum",
    b"source",
    b"sources",
    b"data source",
    b"note",
    b"notes",
    b"footnote",
    b"copyright",
    b"disclaimer",
    b"generated",
    b"exported",
    b"end of",
    b"eof",
    b"legend",
    b"remark",
    b"remarks",
    b"summe",
    b"gesamt",
    b"quelle",
    b"hinweis",
    b"stand",
    b"fuente",
    b"nota",
    b"notas",
    b"remarque",
    b"totale",
];

/// Whether a line begins like a note; a quote in front of it does not count.
pub(crate) fn is_note(line: &[u8], quote: Option<u8>) -> bool {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(quote.as_slice()).unwrap_or(line);
    if line.first().is_some_and(u8::is_ascii_digit) {
        // None of the words begins with a digit. This spares most rows the comparisons.
        return counts_rows(line);
    }
    WORDS.iter().any(|word| begins(line, word)) || line.first() == Some(&b'*') || counts_rows(line)
}

/// Whether a line is what clients of databases write below a result: `(3 rows affected)`, `3 rows selected.`
fn counts_rows(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"(").unwrap_or(line);
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let word = line[digits..].trim_ascii_start();
    digits > 0 && [&b"row"[..], b"rows"].iter().any(|row| begins(word, row))
}

/// Whether `line` begins with `word`, any case, and the word ends there.
fn begins(line: &[u8], word: &[u8]) -> bool {
    let same = line
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word));
    same && !line
        .get(word.len())
        .is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_note() {
        let cases = [
            ("Total: 2 rows", true),
            ("  TOTAL", true),
            ("\"Source: office\",,", true),
            ("Grand total", true),
            ("Quelle: Destatis", true),
            ("* preliminary", true),
            ("(3 rows affected)", true),
            ("1 row selected.", true),
            ("(3)", false),
            ("3 rowers", false),
            ("rows", false),
            ("totally", false),
            ("sum_of", false),
            ("note1", false),
            ("the total", false),
            ("", false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_note(line.as_bytes(), Some(b'"')), expected, "{line:?}");
        }
    }
}
