//! Splits UTF-8(-ish) text into records and cells: the one place that knows what a quote, a delimiter and a line end do.
//!
//! The rules:
//! * LF, CRLF and CR outside quotes end a record. A line without a single byte is a blank record; one that begins with the
//!   comment byte, blanks before it not counted, is a comment, up to its line end whatever it holds.
//! * A byte-order mark at the start of a record is that of a file that was put behind another one, and no part of a cell.
//! * A quote is special only at the start of a cell, blanks (spaces, tabs) before it not counted. Inside quotes a doubled
//!   quote is one quote, and so is an escaped one where there is an escape. A quote anywhere else is text.
//! * A quoted cell is closed by a quote with only blanks between it and the delimiter or line end. If other text follows
//!   a quote, on the line on which it opened, the record goes on as if both belonged to the cell; such a cell with blanks
//!   before its quote is plain text, blanks and quotes included.
//! * A quote that finds no such close, or only on a later line and with text behind it, is broken: its record ends with
//!   the line on which it opened. The next record begins on the next line. So does one that spans lines that are rows
//!   (`swallowed`).
//! * Where a record ends is said by its text alone. What its cells are, if a quote is not where a careful writer puts it,
//!   the table says, if it is known: see `partings`.
//!
//! It copies nothing: a cell is a span, and only a cell with doubled, escaped or stray quotes is rebuilt, when its text is
//! asked for.

use memchr::memchr;

use crate::text::cell::Cell;
use crate::text::frame::Frame;
use crate::text::quotes::Loose;
use crate::text::record::{Record, RecordKind};
use crate::text::swallowed::Framed;
use crate::text::syntax::Syntax;

impl Syntax {
    /// Reads the record at `at` and appends its first `limit` cells to `cells`; `None` at the end.
    #[inline]
    pub(crate) fn record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        let Some(frame) = self.parting_frame() else {
            return self.unframed_record(bytes, at, limit, cells);
        };
        let before = cells.len();
        let record = self.read(Framed(frame), bytes, at, limit, cells)?;
        if self.may_be_parted(frame, bytes, &record) {
            cells.truncate(before);
            return Some(self.parted(frame, bytes, record, limit, cells));
        }
        Some(record)
    }

    /// Reads a record as `record` does, but leaves one open whose cells are in doubt, which is a long search less.
    pub(crate) fn sure_record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        let Some(frame) = self.parting_frame() else {
            return self.unframed_record(bytes, at, limit, cells);
        };
        let record = self.read(Framed(frame), bytes, at, limit, cells)?;
        if self.may_be_parted(frame, bytes, &record) {
            return Some(Record {
                kind: RecordKind::Unclear,
                judged: true,
                ..record
            });
        }
        Some(record)
    }

    /// Reads a record where no table says what quotes in doubt are.
    #[inline]
    fn unframed_record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        match self.delimiter.is_exact() {
            true => self.read(Loose, bytes, at, limit, cells),
            false => self.spaced_record(bytes, at, limit, cells),
        }
    }

    /// Reads a record where blanks are no parts of cells. All quotes of a record are text there if one of them is not where a
    /// careful writer puts it: `""5 x` has the cells `""5` and `x`.
    #[cold]
    #[inline(never)]
    fn spaced_record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        let before = cells.len();
        let record = self.read(Loose, bytes, at, limit, cells)?;
        if self.stands_elsewhere(bytes, &record) {
            cells.truncate(before);
            return Some(Record {
                kind: RecordKind::Unclear,
                cells: 0,
                filled: 0,
                ..record
            });
        }
        if record.stray + record.loose == 0 {
            return Some(record);
        }
        cells.truncate(before);
        let mut unquoted = self.clone();
        unquoted.quote = None;
        let stray = record.stray + record.loose;
        let record = unquoted.read(Loose, bytes, at, limit, cells)?;
        Some(Record { stray, ..record })
    }

    /// The table by which quotes in doubt are read; none where blanks are no parts of cells.
    #[inline]
    fn parting_frame(&self) -> Option<&Frame> {
        self.frame.as_deref().filter(|_| self.delimiter.is_exact())
    }

    #[inline]
    fn may_be_parted(&self, frame: &Frame, bytes: &[u8], record: &Record) -> bool {
        let has_quotes = || {
            let text = &bytes[record.start..record.end];
            self.quote.is_some_and(|quote| memchr(quote, text).is_some())
        };
        (record.opened > 0 || has_quotes()) && self.is_doubtful(frame, bytes, record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::cell::text;
    use crate::text::dialect::Dialect;

    /// Every record: its cells, or what else it is.
    fn records(dialect: &Dialect, input: &str) -> Vec<Vec<String>> {
        let syntax = Syntax::new(dialect);
        let (mut at, mut cells, mut scratch, mut rows) = (0, Vec::new(), Vec::new(), Vec::new());
        while let Some(record) = syntax.record(input.as_bytes(), at, usize::MAX, &mut cells) {
            let row = cells.drain(..);
            let row = row.map(|c| String::from_utf8(text(input.as_bytes(), c, &mut scratch).to_vec()).unwrap());
            rows.push(match record.kind {
                RecordKind::Cells => row.collect(),
                RecordKind::Blank => vec!["<blank>".to_owned()],
                RecordKind::Comment => vec!["<comment>".to_owned()],
                RecordKind::Note => vec!["<note>".to_owned()],
                RecordKind::Header => vec!["<header>".to_owned()],
                RecordKind::Broken { .. } | RecordKind::Unclear => {
                    vec![format!("<broken> {}", &input[record.start..record.end])]
                }
            });
            assert!(record.next > at, "{input:?}");
            at = record.next;
        }
        assert_eq!(at, input.len());
        rows
    }

    #[test]
    fn rules() {
        let cases: [(&str, &[&[&str]]); 30] = [
            ("", &[]),
            (
                "\n\r\n\r\r\n",
                &[&["<blank>"], &["<blank>"], &["<blank>"], &["<blank>"]],
            ),
            ("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]]),
            ("a\rb\r\rc", &[&["a"], &["b"], &["<blank>"], &["c"]]),
            (",", &[&["", ""]]),
            ("a,\n,b\n", &[&["a", ""], &["", "b"]]),
            ("\"a,b\",c", &[&["a,b", "c"]]),
            ("\"a\nb\r\",c\nd", &[&["a\nb\r", "c"], &["d"]]),
            ("\"a\"\"b\"", &[&["a\"b"]]),
            ("\"\"\"\"", &[&["\""]]),
            ("\"\"", &[&[""]]),
            ("\"a\"b\"c,d", &[&["ab\"c", "d"]]),
            ("\"a\"\"\"b,c", &[&["a\"b", "c"]]),
            ("a\"b\",c", &[&["a\"b\"", "c"]]),
            (" \"a\" ,\"b\" \n", &[&["a", "b"]]),
            (" \"a,\"b\" c,d\n", &[&[" \"a", "b c", "d"]]),
            (" \"a\" b,c", &[&[" \"a\" b", "c"]]),
            (" \"a\nb\n", &[&[" \"a"], &["b"]]),
            ("a,\"b\nc,d\n", &[&["<broken> a,\"b"], &["c", "d"]]),
            ("\"", &[&["<broken> \""]]),
            ("\"a\"\"", &[&["<broken> \"a\"\""]]),
            (
                "1,\"x\n2,\"y\"\n3,z\n",
                &[&["<broken> 1,\"x"], &["2", "y"], &["3", "z"]],
            ),
            ("\"a\nb\",\"c\nd\n", &[&["<broken> \"a\nb\",\"c"], &["d"]]),
            ("\"a\nb\" ,c\n", &[&["a\nb", "c"]]),
            ("\"a\nb\"c,d\n", &[&["<broken> \"a"], &["b\"c", "d"]]),
            ("\"a\"\t,b", &[&["a", "b"]]),
            ("a \"b\",c", &[&["a \"b\"", "c"]]),
            // A quote that is not in front of a delimiter or a line end closes nothing.
            ("\"a\" \"b\",c", &[&["a\" \"b", "c"]]),
            ("#a,b\n", &[&["#a", "b"]]),
        ];
        for (input, expected) in cases {
            assert_eq!(records(&Dialect::default(), input), expected, "{input:?}");
        }
    }

    #[test]
    fn other_dialects() {
        let of = |delimiter: &str, quote, escape, comment| Dialect {
            delimiter: delimiter.parse().unwrap(),
            quote,
            escape,
            comment,
            ..Dialect::default()
        };
        let cases: [(Dialect, &str, &[&[&str]]); 10] = [
            (of("tab", None, None, None), "\"a\t\"b\n", &[&["\"a", "\"b"]]),
            (of("tab", Some(b'"'), None, None), "a\t \"b\t\"\n", &[&["a", "b\t"]]),
            (
                of(";", Some(b'\''), None, None),
                "'a;''b';\"c\"\n",
                &[&["a;'b", "\"c\""]],
            ),
            (
                of("||", Some(b'"'), None, None),
                "a|b||\"c||d\"||e\n",
                &[&["a|b", "c||d", "e"]],
            ),
            (
                of("||", Some(b'"'), None, None),
                "a|||\"b\"\n|||\n",
                &[&["a", "|\"b\""], &["", "|"]],
            ),
            (
                of(",", Some(b'"'), Some(b'\\'), None),
                "\"a\\\"b\\\\\",\"c\\n\"\"d\"",
                &[&["a\"b\\", "c\\n\"d"]],
            ),
            (of(",", Some(b'"'), Some(b'\\'), None), "\"a\\", &[&["<broken> \"a\\"]]),
            (
                of(",", Some(b'"'), None, Some(b'#')),
                "a\n#\"b,\nc#,d\n #e\n",
                &[&["a"], &["<comment>"], &["c#", "d"], &["<comment>"]],
            ),
            (
                of(",", Some(b'"'), None, Some(b'#')),
                "\"a\n#b\",c\n",
                &[&["a\n#b", "c"]],
            ),
            (
                of("space", Some(b'"'), None, None),
                "a  \"b c\" d\n",
                &[&["a", "", "b c", "d"]],
            ),
        ];
        for (dialect, input, expected) in cases {
            assert_eq!(records(&dialect, input), expected, "{input:?}");
        }
        let long = "x".repeat(1000);
        let found = records(&Dialect::default(), &format!("{long},{long}\n{long}"));
        assert_eq!(found, [vec![long.clone(), long.clone()], vec![long]]);
    }

    #[test]
    fn shape_of_a_record() {
        let syntax = Syntax::new(&Dialect::default());
        let mut cells = Vec::new();
        let record = syntax.record(b"\n\na,,\"b\"x,,\"\"\r\nz", 2, 2, &mut cells).unwrap();
        let expected = Record {
            start: 2,
            end: 13,
            next: 15,
            kind: RecordKind::Cells,
            cells: 5,
            filled: 3,
            stray: 1,
            loose: 0,
            opened: 2,
            quotes: 2,
            torn: None,
            unsure: false,
            judged: false,
            open: false,
        };
        assert_eq!(record, expected);
        assert_eq!(cells.len(), 2);
    }
}
