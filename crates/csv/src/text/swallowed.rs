//! Rows that were swallowed by a quote that opens far from the one that seems to close it.
//!
//! A quoted cell with line ends in it is suspect if each line that it touches would be a row of the table. Text in quotes
//! that happens to hold lines of cells hardly ever does that: the first line has the cells in front of it too, and the last
//! one those behind it. Where a column has many such cells, they are text nevertheless: stray quotes are rare.

use std::ops::Range;

use crate::text::cell::Cell;
use crate::text::frame::{Frame, Opinion};
use crate::text::lines::{behind_mark, line_end};
use crate::text::partings::Parting;
use crate::text::quotes::{Any, Span, Strays, Swallowed, spans_lines};
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

/// How many lines that would be rows are proof enough.
const ENOUGH: usize = 64;

/// How many are worth a word where nothing proves it, whatever is in them: with fewer there is no whole line in the quotes.
const SOME: usize = 3;

/// What the types say of some lines.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    fit: bool,
    misfit: bool,
}

/// The table says what stray quotes are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Framed<'a>(pub(crate) &'a Frame);

impl Strays for Framed<'_> {
    #[inline]
    fn swallowed(self, syntax: &Syntax, bytes: &[u8], span: Span) -> Swallowed {
        match spans_lines(bytes, span.open, span.close) {
            true => syntax.swallowed_lines(self.0, bytes, span),
            false => Swallowed::Text,
        }
    }
}

impl Syntax {
    /// What the lines are that a quoted cell spans.
    fn swallowed_lines(&self, frame: &Frame, bytes: &[u8], span: Span) -> Swallowed {
        let first_end = line_end(bytes, span.open).0;
        if frame.width() < 2 || frame.holds_rows(span.before) || first_end > span.close {
            return Swallowed::Text;
        }
        if !span.is_unsure && self.count_delimiters(&bytes[span.open..span.close]) < frame.least_swallowed() {
            return Swallowed::Text;
        }
        let mut evidence = Evidence::default();
        match self.first_row(frame, bytes, span, first_end) {
            Some(seen) => evidence.add(seen),
            None if span.is_unsure => {}
            None => return Swallowed::Text,
        }
        let (mut at, mut lines) = (line_end(bytes, span.open).1, 1);
        while at <= span.close && lines < ENOUGH {
            let (end, next) = line_end(bytes, at);
            match self.row(frame, bytes, behind_mark(bytes, at)..end, span.close) {
                Some(seen) => evidence.add(seen),
                None => return Swallowed::Text,
            }
            (at, lines) = (next, lines + 1);
        }
        match evidence {
            Evidence { misfit: true, .. } => Swallowed::NoRows,
            _ if lines == ENOUGH => Swallowed::Rows,
            Evidence { fit: true, .. } if self.misses_width(frame, bytes, span) => Swallowed::Rows,
            _ if self.is_prose(bytes, span) => Swallowed::NoRows,
            Evidence { fit: true, .. } => Swallowed::Rows,
            _ if frame.knows_types && self.misses_width(frame, bytes, span) => Swallowed::Rows,
            _ if self.is_indented(bytes, span) => Swallowed::NoRows,
            _ if lines < SOME && !self.is_terse(bytes, span) => Swallowed::NoRows,
            _ => Swallowed::Unsure,
        }
    }

    /// What the line on which the cell opens says, if it would be a row: its quote is text, or there are more stray ones.
    fn first_row(&self, frame: &Frame, bytes: &[u8], span: Span, end: usize) -> Option<Evidence> {
        self.plain_row(frame, bytes, span, end)
            .or_else(|| self.parted_row(frame, bytes, line_start(bytes, span.open)..end))
    }

    fn plain_row(&self, frame: &Frame, bytes: &[u8], span: Span, end: usize) -> Option<Evidence> {
        let cell = self.cell_end(bytes, span.at);
        let mut evidence = Evidence::default();
        evidence.see(frame.torn_opinion(span.before, &bytes[span.at..cell], self.quote));
        let mut cells = span.before + 1;
        if cell < end {
            let behind = cell + self.delimiter.as_bytes().len();
            cells += self.line_cells(bytes, behind..end, |index, cell| {
                evidence.see(frame.opinion(span.before + 1 + index, bytes, cell));
            })?;
        }
        frame.takes(cells).then_some(evidence)
    }

    /// What a line further down says, if it would be a row. What is behind the closing quote is there in any case, and proves
    /// nothing.
    fn row(&self, frame: &Frame, bytes: &[u8], line: Range<usize>, close: usize) -> Option<Evidence> {
        let mut evidence = Evidence::default();
        let cells = self.line_cells(bytes, line.clone(), |index, cell| {
            let is_torn = !cell.is_quoted() && self.count_quotes(cell.span(bytes)) > 0;
            match frame.opinion(index, bytes, cell) {
                _ if is_torn => evidence.see(frame.torn_opinion(index, cell.span(bytes), self.quote)),
                Opinion::Fit if cell.start() > close => {}
                opinion => evidence.see(opinion),
            }
        });
        match cells {
            Some(cells) => frame.takes(cells).then_some(evidence),
            None => self.mended_row(frame, bytes, line),
        }
    }

    /// What a line says, which ends a record, if it can be parted as a row with stray quotes in it.
    fn mended_row(&self, frame: &Frame, bytes: &[u8], line: Range<usize>) -> Option<Evidence> {
        let record = self.any_record(bytes, line.start)?;
        let is_whole = record.end == line.end && record.kind == RecordKind::Cells;
        if is_whole {
            self.parted_row(frame, bytes, line)
        } else {
            None
        }
    }

    fn parted_row(&self, frame: &Frame, bytes: &[u8], line: Range<usize>) -> Option<Evidence> {
        let Parting::One(parts) = self.parting(frame, bytes, line) else {
            return None;
        };
        let mut evidence = Evidence::default();
        for (column, cell) in parts.cells.iter().enumerate() {
            evidence.see(frame.opinion(column, bytes, *cell));
        }
        Some(evidence)
    }

    /// Visits the cells of a line; how many there are, if none of them goes on behind it.
    fn line_cells(&self, bytes: &[u8], line: Range<usize>, mut visit: impl FnMut(usize, Cell)) -> Option<usize> {
        let (mut at, mut cells) = (line.start, 0);
        loop {
            let (cell, end) = self.cell_within(bytes, at, line.end)?;
            visit(cells, cell);
            cells += 1;
            if end == line.end {
                return Some(cells);
            }
            at = end + self.delimiter.as_bytes().len();
        }
    }

    /// Whether the cells of the record would be more or less than those of a row, or their quotes not in their places.
    fn misses_width(&self, frame: &Frame, bytes: &[u8], span: Span) -> bool {
        let mut record = Record::line_at(span.at, RecordKind::Cells);
        let (mut cells, mut end) = (span.before + 1, span.end);
        while !matches!(bytes.get(end), None | Some(b'\n' | b'\r')) && cells <= frame.width() {
            let behind = end + self.delimiter.as_bytes().len();
            match self.cell(Any, bytes, behind, &mut record) {
                Ok((_, next)) if record.stray == 0 => (cells, end) = (cells + 1, next),
                _ => return true,
            }
        }
        !frame.takes(cells)
    }

    /// Whether a blank or a line end follows each delimiter in the cell, as in prose, and no blank those beside it.
    fn is_prose(&self, bytes: &[u8], span: Span) -> bool {
        let (delimiter, text) = (self.delimiter.as_bytes(), &bytes[span.open + 1..span.close]);
        let mut inside = memchr::memmem::find_iter(text, delimiter).map(|at| text.get(at + delimiter.len()));
        let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' '));
        let beside = match span.before {
            0 => bytes.get(span.end + delimiter.len()),
            _ => bytes.get(span.at),
        };
        !is_blank(beside) && inside.all(|byte| is_blank(byte) || matches!(byte, Some(b'\n' | b'\r')))
    }

    /// Whether no blank follows a delimiter in the cell, and there is no sign of code, prose or an address in it: then two lines
    /// may be two rows. Quotes in it have been doubled by whoever knew that it is one cell.
    fn is_terse(&self, bytes: &[u8], span: Span) -> bool {
        let (delimiter, text) = (self.delimiter.as_bytes(), &bytes[span.open + 1..span.close]);
        let mut inside = memchr::memmem::find_iter(text, delimiter).map(|at| text.get(at + delimiter.len()));
        let is_sign = |byte: &u8| {
            self.quote == Some(*byte) || b"(){}[]<>=+*/;:!?.@#$%&|\\".contains(byte) && !delimiter.contains(byte)
        };
        inside.all(|behind| !matches!(behind, Some(b' ' | b'\t'))) && !text.iter().any(is_sign)
    }

    /// Whether a line in the cell begins with a blank, as in code, and the record does not.
    fn is_indented(&self, bytes: &[u8], span: Span) -> bool {
        let is_blank = |at: usize| matches!(bytes.get(at), Some(b' ' | b'\t'));
        let text = &bytes[span.open..span.close];
        let mut ends = memchr::memchr2_iter(b'\n', b'\r', text);
        !is_blank(line_start(bytes, span.open)) && ends.any(|end| is_blank(span.open + end + 1))
    }
}

/// Where the line that `at` is on starts, behind byte-order marks.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = memchr::memrchr2(b'\n', b'\r', &bytes[..at]);
    behind_mark(bytes, before.map_or(0, |end| end + 1))
}

impl Evidence {
    fn add(&mut self, other: Evidence) {
        self.fit |= other.fit;
        self.misfit |= other.misfit;
    }

    fn see(&mut self, opinion: Opinion) {
        self.fit |= opinion == Opinion::Fit;
        self.misfit |= opinion == Opinion::Misfit;
    }
}
