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

use std::sync::Arc;

use memchr::{memchr, memchr2, memchr3};

use crate::cell::Form;
pub(crate) use crate::cell::{Cell, text};
use crate::dialect::{Delimiter, Dialect, Notes};
use crate::frame::Frame;
use crate::notes::is_note;
use crate::partings::Parts;
use crate::quotes::Stray;
use crate::schema::CsvProfile;

/// The byte-order mark of UTF-8.
pub(crate) const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// How many bytes of a cell are looked at one by one before a vectorised search is worth its start.
const NEAR: usize = 24;

/// A record's place in the text, and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Offset of the first byte.
    pub(crate) start: usize,
    /// Offset behind the last byte, before the line end.
    pub(crate) end: usize,
    /// Offset behind the line end.
    pub(crate) next: usize,
    pub(crate) kind: Kind,
    /// How many cells there are, beyond any limit too.
    pub(crate) cells: usize,
    /// How many cells there are without the empty ones at the end.
    pub(crate) filled: usize,
    /// How many quotes are text at the start of a cell or in quotes; where no table is known, how many quoted cells have
    /// text behind their closing quote: a sign of a wrong dialect.
    pub(crate) stray: u32,
    /// How many quoted cells have quotes in them that are text, where no table is known.
    pub(crate) loose: u32,
    /// How many cells begin with a quote.
    pub(crate) opened: u32,
    /// How many quotes there are in quoted cells, with those around them.
    pub(crate) quotes: u32,
    /// The column in which a quote seemed to open a cell with rows in it.
    pub(crate) torn: Option<u32>,
    /// A quoted cell holds lines that would be rows, and nothing in them says that they are none.
    pub(crate) unsure: bool,
    /// The table's types had a say in where the record or its cells end.
    pub(crate) judged: bool,
    /// A quote was not closed up to the end of the text: if there is more text, the record may be another one.
    pub(crate) open: bool,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Cells, which may be a row of the table.
    Cells,
    /// A line without a byte.
    Blank,
    /// A line that begins with the comment byte.
    Comment,
    /// Begins like a note, where there are notes.
    Note,
    /// The header, where records repeat it.
    Header,
    /// A line with a quote that opens and does not close.
    Broken {
        /// Where the quote is.
        open: usize,
        /// The lines behind this one show that it opens nothing.
        is_text: bool,
    },
    /// Its quotes are not in their places, and there is no or more than one way to part it in the cells of a row.
    Unclear,
}

/// A dialect, prepared for scanning.
#[derive(Debug, Clone)]
pub(crate) struct Syntax {
    pub(crate) delimiter: Delimiter,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: Option<u8>,
    pub(crate) comment: Option<u8>,
    pub(crate) preamble_lines: usize,
    pub(crate) header_rows: usize,
    pub(crate) notes: Notes,
    pub(crate) repeated_header: Option<Arc<[u8]>>,
    /// The table, if it is known.
    pub(crate) frame: Option<Arc<Frame>>,
    /// For every byte: may it end an unquoted cell?
    ends_cell: [bool; 256],
}

impl Syntax {
    /// Prepares `dialect`. A quote, an escape or a comment that is a line end, a delimiter or one of the others is none.
    pub(crate) fn new(dialect: &Dialect) -> Self {
        let delimiter = dialect.delimiter;
        let mut ends_cell = [false; 256];
        for byte in [delimiter.first(), b'\n', b'\r'] {
            ends_cell[usize::from(byte)] = true;
        }
        let usable = |byte: &u8| !matches!(byte, b'\n' | b'\r') && !delimiter.as_bytes().contains(byte);
        let quote = dialect.quote.filter(usable);
        Syntax {
            delimiter,
            quote,
            escape: dialect.escape.filter(|byte| usable(byte) && Some(*byte) != quote),
            comment: dialect.comment.filter(|byte| usable(byte) && Some(*byte) != quote),
            preamble_lines: dialect.preamble_lines,
            header_rows: dialect.header_rows,
            notes: dialect.notes,
            repeated_header: dialect.repeated_header.clone(),
            frame: None,
            ends_cell,
        }
    }

    /// Prepares the dialect of a table that is known.
    pub(crate) fn of(profile: &CsvProfile) -> Self {
        Self::new(&profile.dialect).within(Frame::of(profile))
    }

    /// The same for a table that is known.
    pub(crate) fn within(self, frame: Frame) -> Self {
        Syntax {
            frame: Some(Arc::new(frame)),
            ..self
        }
    }

    /// Reads the record at `at` and appends its first `limit` cells to `cells`; `None` at the end.
    #[inline]
    pub(crate) fn record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        let Some(frame) = self.frame.as_deref() else {
            return self.read(Stray::Loose, bytes, at, limit, cells);
        };
        let before = cells.len();
        let record = self.read(Stray::Framed(frame), bytes, at, limit, cells)?;
        if self.may_be_parted(frame, bytes, &record) {
            cells.truncate(before);
            return Some(self.parted(frame, bytes, record, limit, cells));
        }
        Some(record)
    }

    /// Reads a record as `record` does, but leaves one open whose cells are in doubt, which is a long search less.
    pub(crate) fn sure_record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        let stray = self.frame.as_deref().map_or(Stray::Loose, Stray::Framed);
        let record = self.read(stray, bytes, at, limit, cells)?;
        let frame = self.frame.as_deref();
        if frame.is_some_and(|frame| self.may_be_parted(frame, bytes, &record)) {
            return Some(Record {
                kind: Kind::Unclear,
                judged: true,
                ..record
            });
        }
        Some(record)
    }

    #[inline]
    fn may_be_parted(&self, frame: &Frame, bytes: &[u8], record: &Record) -> bool {
        let has_quotes = || {
            let text = &bytes[record.start..record.end];
            self.quote.is_some_and(|quote| memchr(quote, text).is_some())
        };
        (record.opened > 0 || has_quotes()) && self.is_doubtful(frame, bytes, record)
    }

    /// Reads a record that may be none of the table, as `record` does, but for its types.
    pub(crate) fn any_record(&self, bytes: &[u8], at: usize) -> Option<Record> {
        self.read(Stray::Any, bytes, at, 0, &mut Vec::new())
    }

    /// Reads a record, by its text alone but for what `stray` says.
    #[inline]
    pub(crate) fn read(
        &self,
        stray: Stray<'_>,
        bytes: &[u8],
        at: usize,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Option<Record> {
        bytes.get(at)?;
        let start = at;
        let mut at = behind_mark(bytes, at);
        if matches!(bytes.get(at), Some(b'\n' | b'\r')) {
            return Some(Record::line(bytes, start, at, Kind::Blank));
        }
        if self.comment.is_some() && self.is_comment(bytes, at) {
            return Some(Record::line(bytes, start, at, Kind::Comment));
        }
        let mut record = Record::line_at(start, Kind::Cells);
        let before = cells.len();
        loop {
            let (cell, end) = match self.cell(stray, bytes, at, &mut record) {
                Ok(found) => found,
                Err((open, is_text)) => {
                    cells.truncate(before);
                    let line = Record::line(bytes, record.start, open, Kind::Broken { open, is_text });
                    return Some(Record {
                        open: record.open,
                        judged: record.judged,
                        torn: record.torn,
                        ..line
                    });
                }
            };
            if record.cells < limit {
                cells.push(cell);
            }
            record.cells += 1;
            if !cell.is_empty() {
                record.filled = record.cells;
            }
            match bytes.get(end) {
                Some(b'\n' | b'\r') | None => {
                    record.end = end;
                    record.next = behind_line_end(bytes, end);
                    let may_be_note = match self.notes {
                        Notes::None => false,
                        // Of two cells one may well be empty.
                        Notes::Alone => record.filled == 1 && record.cells != 2,
                        Notes::Leading => true,
                    };
                    if may_be_note && is_note(&bytes[behind_mark(bytes, record.start)..end], self.quote) {
                        record.kind = Kind::Note;
                    }
                    if self.is_header(&bytes[record.start..end]) {
                        record.kind = Kind::Header;
                    }
                    return Some(record);
                }
                Some(_) => at = end + self.delimiter.as_bytes().len(),
            }
        }
    }

    /// Whether the text of a record is that of a header that is repeated, perhaps with the mark of a file that began there.
    #[inline]
    pub(crate) fn is_header(&self, record: &[u8]) -> bool {
        let header = self.repeated_header.as_deref();
        header.is_some_and(|header| record == header || record.strip_prefix(MARK) == Some(header))
    }

    /// The cell at `at` and the offset of what ends it; the error is a broken quote, and whether it is surely text.
    #[inline]
    pub(crate) fn cell(
        &self,
        stray: Stray<'_>,
        bytes: &[u8],
        at: usize,
        record: &mut Record,
    ) -> Result<(Cell, usize), (usize, bool)> {
        if let Some(open) = self.opens(bytes, at) {
            record.opened += 1;
            return self.quoted(stray, bytes, at, open, record);
        }
        let end = self.cell_end(bytes, at);
        Ok((Cell::new(at, end, Form::Plain), end))
    }

    /// Where the cell that starts at `at` has its opening quote, if it has one.
    #[inline]
    pub(crate) fn opens(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let quote = self.quote?;
        match bytes.get(at) {
            Some(&byte) if byte == quote => Some(at),
            Some(&byte) if self.is_blank(byte) => {
                let open = self.skip_blanks(bytes, at);
                (bytes.get(open) == Some(&quote)).then_some(open)
            }
            _ => None,
        }
    }

    /// Whether the line that begins at `at` is a comment: blanks may come before the comment byte.
    pub(crate) fn is_comment(&self, bytes: &[u8], at: usize) -> bool {
        let Some(comment) = self.comment else { return false };
        bytes.get(self.skip_blanks(bytes, behind_mark(bytes, at))) == Some(&comment)
    }

    /// Whether `byte` is a blank that may stand around quotes.
    #[inline]
    pub(crate) fn is_blank(&self, byte: u8) -> bool {
        (byte == b' ' || byte == b'\t') && byte != self.delimiter.first()
    }

    /// The offset of the first byte from `at` on that is no blank.
    pub(crate) fn skip_blanks(&self, bytes: &[u8], at: usize) -> usize {
        let behind = bytes[at..].iter().position(|&byte| !self.is_blank(byte));
        behind.map_or(bytes.len(), |blanks| at + blanks)
    }

    /// The offset of the delimiter or line end that ends the unquoted text at `at`.
    #[inline]
    pub(crate) fn cell_end(&self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            let near = &bytes[at..bytes.len().min(at + NEAR)];
            let end = match near.iter().position(|&b| self.ends_cell[usize::from(b)]) {
                Some(i) => at + i,
                None => self.far_cell_end(bytes, at + near.len()),
            };
            if self.delimiter.single().is_some() || self.ends_here(bytes, end) {
                return end;
            }
            at = end + 1;
        }
    }

    fn far_cell_end(&self, bytes: &[u8], at: usize) -> usize {
        memchr3(self.delimiter.first(), b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |i| at + i)
    }

    /// Whether a delimiter, a line end or the end of the text is at `at`.
    #[inline]
    pub(crate) fn ends_here(&self, bytes: &[u8], at: usize) -> bool {
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => true,
            Some(_) => bytes[at..].starts_with(self.delimiter.as_bytes()),
        }
    }
}

impl Record {
    /// A record without cells, which ends with the line that `within` is on.
    fn line(bytes: &[u8], start: usize, within: usize, kind: Kind) -> Self {
        let (end, next) = line_end(bytes, within);
        Record {
            end,
            next,
            ..Self::line_at(start, kind)
        }
    }

    pub(crate) fn line_at(start: usize, kind: Kind) -> Self {
        Record {
            start,
            end: start,
            next: start,
            kind,
            cells: 0,
            filled: 0,
            stray: 0,
            loose: 0,
            opened: 0,
            quotes: 0,
            torn: None,
            unsure: false,
            judged: false,
            open: false,
        }
    }

    /// The record with these cells, of which the first `limit` are appended to `cells`.
    pub(crate) fn of_parts(self, parts: Parts, limit: usize, cells: &mut Vec<Cell>) -> Self {
        let filled = parts.cells.iter().rposition(|cell| !cell.is_empty());
        cells.extend(parts.cells.iter().take(limit));
        Record {
            kind: Kind::Cells,
            cells: parts.cells.len(),
            filled: filled.map_or(0, |last| last + 1),
            stray: parts.strays,
            ..self
        }
    }
}

/// Where the line that `at` is on ends: the offsets before and behind its line end.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> (usize, usize) {
    let end = memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |i| at + i);
    (end, behind_line_end(bytes, end))
}

/// The offset behind the line end at `at`, or `at` at the end of the text.
fn behind_line_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(_) => at + 1,
        None => at,
    }
}

/// The offset behind the byte-order marks at `at`, or `at` if there are none.
#[inline]
pub(crate) fn behind_mark(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at) == Some(&MARK[0]) && bytes[at..].starts_with(MARK) {
        at += MARK.len();
    }
    at
}

pub(crate) fn has_line_end(bytes: &[u8]) -> bool {
    memchr2(b'\n', b'\r', bytes).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record: its cells, or what else it is.
    fn records(dialect: &Dialect, input: &str) -> Vec<Vec<String>> {
        let syntax = Syntax::new(dialect);
        let (mut at, mut cells, mut scratch, mut rows) = (0, Vec::new(), Vec::new(), Vec::new());
        while let Some(record) = syntax.record(input.as_bytes(), at, usize::MAX, &mut cells) {
            let row = cells.drain(..);
            let row = row.map(|c| String::from_utf8(text(input.as_bytes(), c, &mut scratch).to_vec()).unwrap());
            rows.push(match record.kind {
                Kind::Cells => row.collect(),
                Kind::Blank => vec!["<blank>".to_owned()],
                Kind::Comment => vec!["<comment>".to_owned()],
                Kind::Note => vec!["<note>".to_owned()],
                Kind::Header => vec!["<header>".to_owned()],
                Kind::Broken { .. } | Kind::Unclear => vec![format!("<broken> {}", &input[record.start..record.end])],
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
            kind: Kind::Cells,
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
