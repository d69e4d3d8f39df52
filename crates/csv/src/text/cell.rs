//! A cell's place in a text, and its own text.

use memchr::memchr2;

use crate::text::dialect::Delimiter;

/// Up to how many bytes are looked at one by one: a vectorised search is not worth its start.
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
pub(crate) enum Form {
    /// The text itself, unquoted.
    Plain,
    /// The text itself, the quotes are just outside of the span.
    Quoted,
    /// The raw cell from its opening quote on, with the byte that escapes in it; the text has to be rebuilt.
    Escaped(u8),
    /// The raw cell from its opening quote to its closing one, with the byte that escapes in it and quotes between them
    /// that are text; the text has to be rebuilt.
    Loose(u8),
}

impl Cell {
    /// A cell that is not there: the padding of a short row.
    pub(crate) const MISSING: Cell = Cell::new(0, 0, Form::Plain);

    pub(crate) const fn new(start: usize, end: usize, form: Form) -> Self {
        Cell { start, end, form }
    }

    /// The cell that is all of `text`.
    pub(crate) fn whole(text: &[u8]) -> Cell {
        Cell {
            start: 0,
            end: text.len(),
            form: Form::Plain,
        }
    }

    /// The cell that is all of an unquoted span.
    #[inline]
    pub(crate) fn plain(start: usize, end: usize) -> Cell {
        Cell::new(start, end, Form::Plain)
    }

    /// The cell whose opening quote is at `start`, and whose closing quote is the last byte before `end`; `doubled` are the
    /// quotes in it that stand for one, if there may be any.
    #[inline]
    pub(crate) fn in_quotes(start: usize, end: usize, doubled: Option<u8>) -> Cell {
        match doubled {
            Some(quote) if end - start > 2 => Cell::new(start, end, Form::Escaped(quote)),
            _ => Cell::new(start + 1, end - 1, Form::Quoted),
        }
    }

    /// Whether the cell's text is empty, quoted or not.
    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the cell's text is empty, or nothing but spaces and tabs.
    #[inline]
    pub(crate) fn is_blank(self, bytes: &[u8]) -> bool {
        self.is_empty() || (matches!(bytes.get(self.start), Some(b' ' | b'\t')) && self.is_padding(bytes))
    }

    #[cold]
    fn is_padding(self, bytes: &[u8]) -> bool {
        self.span(bytes).iter().all(|byte| b" \t".contains(byte))
    }

    /// Whether there is not a byte of the cell, not even quotes.
    pub(crate) fn is_missing(self) -> bool {
        self.is_empty() && !self.is_quoted()
    }

    /// What it spans.
    pub(crate) fn span(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start..self.end]
    }

    /// Where its text starts.
    pub(crate) fn start(self) -> usize {
        self.start
    }

    /// Where its text ends.
    pub(crate) fn end(self) -> usize {
        self.end
    }

    /// Where the delimiter in front of the cell is; the cell is not the first of its record.
    pub(crate) fn delimited_at(self, bytes: &[u8], delimiter: Delimiter) -> usize {
        let before = &bytes[..self.start];
        memchr::memmem::rfind(before, delimiter.as_bytes()).unwrap_or(0)
    }

    /// Whether the cell was written in quotes.
    pub(crate) fn is_quoted(self) -> bool {
        self.form != Form::Plain
    }
}

/// The text of `cell`, a span of `bytes`; `scratch` holds it when it has to be rebuilt.
#[inline]
pub(crate) fn text<'a>(bytes: &'a [u8], cell: Cell, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let span = &bytes[cell.start..cell.end];
    if matches!(cell.form, Form::Plain | Form::Quoted) {
        return span;
    }
    rebuild(span, cell.form, scratch);
    scratch
}

/// Rebuilds the text of a cell with quotes in it. Most have none: this stays out of the loops that ask for texts.
#[inline(never)]
fn rebuild(span: &[u8], form: Form, out: &mut Vec<u8>) {
    match form {
        Form::Plain | Form::Quoted => {}
        Form::Escaped(escape) => unescape(span, escape, out),
        Form::Loose(escape) => unescape_loose(span, escape, out),
    }
}

/// Rebuilds the text of a raw cell with the quotes around it. Those between them do not close it.
fn unescape_loose(raw: &[u8], escape: u8, out: &mut Vec<u8>) {
    out.clear();
    let (Some(&quote), Some(mut rest)) = (raw.first(), raw.get(1..raw.len().saturating_sub(1))) else {
        return;
    };
    while let Some((&byte, behind)) = rest.split_first() {
        let is_pair = |next: &&u8| match byte == quote {
            true => **next == quote,
            false => byte == escape && (**next == quote || **next == escape),
        };
        match behind.first().filter(is_pair) {
            Some(&next) => {
                out.push(next);
                rest = &behind[1..];
            }
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
}

/// Rebuilds the text of a raw cell that begins with its opening quote.
fn unescape(raw: &[u8], escape: u8, out: &mut Vec<u8>) {
    out.clear();
    let Some((&quote, mut rest)) = raw.split_first() else {
        return;
    };
    let next_special = |text: &[u8]| match text.len() {
        0..=NEAR => text.iter().position(|byte| *byte == quote || *byte == escape),
        _ => memchr2(quote, escape, text),
    };
    while let Some(i) = next_special(rest) {
        out.extend_from_slice(&rest[..i]);
        let special = rest[i];
        rest = &rest[i + 1..];
        match rest.split_first() {
            Some((&next, behind)) if next == quote || (special == escape && next == escape) => {
                out.push(next);
                rest = behind;
            }
            _ if special == quote => break,
            _ => out.push(special),
        }
    }
    out.extend_from_slice(rest);
}
