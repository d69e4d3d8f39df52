//! Splits UTF-8(-ish) text into records and cells: the one place that knows what a quote, a delimiter and a line end do.
//!
//! The rules: a quote is special only at the very start of a cell; inside quotes a doubled quote is one quote; text behind
//! a closing quote, up to the delimiter, is appended; a quote anywhere else is text; an unclosed quote runs to the end of
//! the input. LF, CRLF and CR outside quotes end a record. Lines without a single byte are no records. It copies nothing:
//! a cell is a span, and only a cell with doubled or stray quotes is rebuilt, when its text is asked for.

use memchr::{memchr, memchr3};

use crate::dialect::Dialect;

/// How many bytes of a cell are looked at one by one before a vectorised search is worth its start.
const NEAR: usize = 24;

/// A cell's place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    start: usize,
    end: usize,
    form: Form,
}

/// What the span of a cell covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The text itself, unquoted.
    Plain,
    /// The text itself, the quotes are just outside of the span.
    Quoted,
    /// The raw cell from its opening quote on; the text has to be rebuilt.
    Escaped,
}

impl Cell {
    /// A cell that is not there: the padding of a short row.
    pub(crate) const MISSING: Cell = Cell {
        start: 0,
        end: 0,
        form: Form::Plain,
    };

    /// Whether the cell's text is empty, quoted or not.
    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the cell was written in quotes.
    pub(crate) fn is_quoted(self) -> bool {
        self.form != Form::Plain
    }

    /// The cell as unquoted text from its first raw byte to `end`: how the last column keeps the rest of a record.
    pub(crate) fn through(self, end: usize) -> Cell {
        let start = if self.form == Form::Quoted {
            self.start - 1
        } else {
            self.start
        };
        Cell {
            start,
            end,
            form: Form::Plain,
        }
    }
}

/// A record's place in the text, and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Offset of the first byte.
    pub(crate) start: usize,
    /// Offset behind the last byte, before the line end.
    pub(crate) end: usize,
    /// Offset behind the line end.
    pub(crate) next: usize,
    /// How many cells there are, beyond any limit too.
    pub(crate) cells: usize,
    /// How many cells there are without the empty ones at the end.
    pub(crate) filled: usize,
    /// The input ended inside quotes.
    pub(crate) unclosed: bool,
    /// How many quoted cells have text behind their closing quote: a sign of a wrong dialect.
    pub(crate) stray: usize,
}

/// A dialect, prepared for scanning.
#[derive(Debug, Clone)]
pub(crate) struct Syntax {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
    /// For every byte: does it end an unquoted cell?
    ends_cell: [bool; 256],
}

impl Syntax {
    /// Prepares `dialect`. A quote that is a line end is no quote.
    pub(crate) fn new(dialect: &Dialect) -> Self {
        let mut ends_cell = [false; 256];
        for byte in [dialect.delimiter, b'\n', b'\r'] {
            ends_cell[usize::from(byte)] = true;
        }
        let quote = dialect.quote.filter(|q| !matches!(q, b'\n' | b'\r'));
        Syntax {
            delimiter: dialect.delimiter,
            quote,
            ends_cell,
        }
    }

    /// Reads the first record at or behind `at` and appends its first `limit` cells to `cells`; `None` at the end.
    #[inline]
    pub(crate) fn record(&self, bytes: &[u8], at: usize, limit: usize, cells: &mut Vec<Cell>) -> Option<Record> {
        let start = at + bytes.get(at..)?.iter().position(|&b| b != b'\n' && b != b'\r')?;
        let mut record = Record {
            start,
            end: start,
            next: start,
            cells: 0,
            filled: 0,
            unclosed: false,
            stray: 0,
        };
        let mut at = start;
        loop {
            let (cell, end) = self.cell(bytes, at, &mut record);
            if record.cells < limit {
                cells.push(cell);
            }
            record.cells += 1;
            if !cell.is_empty() {
                record.filled = record.cells;
            }
            match bytes.get(end) {
                Some(&b) if b != b'\n' && b != b'\r' => at = end + 1,
                line_end => {
                    record.end = end;
                    record.next = match line_end {
                        Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => end + 2,
                        Some(_) => end + 1,
                        None => end,
                    };
                    return Some(record);
                }
            }
        }
    }

    /// The offset behind the first record.
    pub(crate) fn skip_record(&self, bytes: &[u8]) -> usize {
        self.record(bytes, 0, 0, &mut Vec::new())
            .map_or(bytes.len(), |record| record.next)
    }

    /// The cell at `at` and the offset of what ends it.
    #[inline]
    fn cell(&self, bytes: &[u8], at: usize, record: &mut Record) -> (Cell, usize) {
        if self.quote.is_some() && bytes.get(at).copied() == self.quote {
            return self.quoted(bytes, at, record);
        }
        let end = self.cell_end(bytes, at);
        (
            Cell {
                start: at,
                end,
                form: Form::Plain,
            },
            end,
        )
    }

    #[inline]
    fn cell_end(&self, bytes: &[u8], at: usize) -> usize {
        let near = &bytes[at..bytes.len().min(at + NEAR)];
        match near.iter().position(|&b| self.ends_cell[usize::from(b)]) {
            Some(i) => at + i,
            None => self.far_cell_end(bytes, at + near.len()),
        }
    }

    fn far_cell_end(&self, bytes: &[u8], at: usize) -> usize {
        memchr3(self.delimiter, b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |i| at + i)
    }

    /// The cell whose opening quote is at `open`.
    fn quoted(&self, bytes: &[u8], open: usize, record: &mut Record) -> (Cell, usize) {
        let quote = bytes[open];
        let mut doubled = false;
        let mut at = open + 1;
        let close = loop {
            let Some(i) = memchr(quote, &bytes[at..]) else {
                record.unclosed = true;
                let whole = Cell {
                    start: open + 1,
                    end: bytes.len(),
                    form: Form::Quoted,
                };
                let escaped = Cell {
                    start: open,
                    end: bytes.len(),
                    form: Form::Escaped,
                };
                return (if doubled { escaped } else { whole }, bytes.len());
            };
            let found = at + i;
            if bytes.get(found + 1) != Some(&quote) {
                break found;
            }
            doubled = true;
            at = found + 2;
        };
        let end = self.cell_end(bytes, close + 1);
        let stray = end != close + 1;
        record.stray += usize::from(stray);
        if doubled || stray {
            (
                Cell {
                    start: open,
                    end,
                    form: Form::Escaped,
                },
                end,
            )
        } else {
            (
                Cell {
                    start: open + 1,
                    end: close,
                    form: Form::Quoted,
                },
                end,
            )
        }
    }
}

/// The text of `cell`, a span of `bytes`; `scratch` holds it when it has to be rebuilt.
#[inline]
pub(crate) fn text<'a>(bytes: &'a [u8], cell: Cell, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let span = &bytes[cell.start..cell.end];
    if cell.form == Form::Escaped {
        unescape(span, scratch);
        return scratch;
    }
    span
}

/// Rebuilds the text of a raw cell that begins with its opening quote.
fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let Some((&quote, mut rest)) = raw.split_first() else {
        return;
    };
    while let Some(i) = memchr(quote, rest) {
        out.extend_from_slice(&rest[..i]);
        rest = &rest[i + 1..];
        match rest.split_first() {
            Some((&next, behind)) if next == quote => {
                out.push(quote);
                rest = behind;
            }
            _ => break,
        }
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(delimiter: u8, quote: Option<u8>, input: &str) -> Vec<Vec<String>> {
        let syntax = Syntax::new(&Dialect {
            delimiter,
            quote,
            header: false,
        });
        let (mut at, mut cells, mut scratch, mut rows) = (0, Vec::new(), Vec::new(), Vec::new());
        while let Some(record) = syntax.record(input.as_bytes(), at, usize::MAX, &mut cells) {
            let row = cells.drain(..);
            rows.push(
                row.map(|c| String::from_utf8(text(input.as_bytes(), c, &mut scratch).to_vec()).unwrap())
                    .collect(),
            );
            at = record.next;
        }
        rows
    }

    #[test]
    fn rules() {
        let cases: [(&str, &[&[&str]]); 19] = [
            ("", &[]),
            ("\n\r\n\r\r\n", &[]),
            ("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]]),
            ("a\rb\r\rc", &[&["a"], &["b"], &["c"]]),
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
            (" \"a\",b", &[&[" \"a\"", "b"]]),
            ("a,\"b\nc,d\n", &[&["a", "b\nc,d\n"]]),
            ("\"", &[&[""]]),
            ("\"a\"\"", &[&["a\""]]),
        ];
        for (input, expected) in cases {
            assert_eq!(split(b',', Some(b'"'), input), expected, "{input:?}");
        }
    }

    #[test]
    fn other_dialects() {
        assert_eq!(split(b'\t', None, "\"a\t\"b\n"), [["\"a", "\"b"]]);
        assert_eq!(split(b';', Some(b'\''), "'a;''b';\"c\"\n"), [["a;'b", "\"c\""]]);
        let long = "x".repeat(1000);
        assert_eq!(
            split(b',', Some(b'"'), &format!("{long},{long}\n{long}")),
            [vec![long.clone(), long.clone()], vec![long]]
        );
    }

    #[test]
    fn shape_of_a_record() {
        let syntax = Syntax::new(&Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            header: false,
        });
        let mut cells = Vec::new();
        let record = syntax.record(b"\n\na,,\"b\"x,,\"\"\r\nz", 0, 2, &mut cells).unwrap();
        let expected = Record {
            start: 2,
            end: 13,
            next: 15,
            cells: 5,
            filled: 3,
            unclosed: false,
            stray: 1,
        };
        assert_eq!(record, expected);
        assert_eq!(cells.len(), 2);
    }

    #[test]
    fn the_rest_of_a_record_is_raw() {
        let bytes = b"a,\"b\",\"c\"\"d\",e\n";
        let syntax = Syntax::new(&Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            header: false,
        });
        let mut cells = Vec::new();
        let record = syntax.record(bytes, 0, usize::MAX, &mut cells).unwrap();
        let raw = |i: usize| text(bytes, cells[i].through(record.end), &mut Vec::new()).to_vec();
        assert_eq!(raw(0), b"a,\"b\",\"c\"\"d\",e");
        assert_eq!(raw(1), b"\"b\",\"c\"\"d\",e");
        assert_eq!(raw(2), b"\"c\"\"d\",e");
    }
}
