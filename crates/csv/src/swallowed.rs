//! Rows that were swallowed by a quote that opens far from the one that seems to close it.
//!
//! A quoted cell with line ends in it is suspect if each line that it touches would be a row of the table. Text in quotes
//! that happens to hold lines of cells hardly ever does that: the first line has the cells in front of it too, and the last
//! one those behind it. Where a column has many such cells, they are text nevertheless: stray quotes are rare.

use std::ops::Range;

use crate::frame::{Frame, Opinion};
use crate::partings::Parting;
use crate::tokenize::{Cell, Kind, Syntax, behind_mark, has_line_end, line_end};

/// How many lines that would be rows are proof enough.
const ENOUGH: usize = 64;

/// A quoted cell with line ends in it, and the record that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// How many cells of the record come before it.
    pub(crate) before: usize,
    /// There were stray quotes in those cells, so that there may be more or less of them.
    pub(crate) is_unsure: bool,
    /// Where it starts, its quotes are, and it ends.
    pub(crate) at: usize,
    pub(crate) open: usize,
    pub(crate) close: usize,
    pub(crate) end: usize,
}

/// What the lines of a quoted cell look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swallowed {
    /// Text with line ends.
    Text,
    /// Text, but by their number of cells they would be rows.
    NoRows,
    /// Rows.
    Rows,
}

/// What the types say of some lines.
#[derive(Debug, Default)]
struct Evidence {
    fit: bool,
    misfit: bool,
}

impl Syntax {
    /// What the lines are that a quoted cell spans.
    pub(crate) fn swallowed(&self, frame: &Frame, bytes: &[u8], span: Span) -> Swallowed {
        let first_end = line_end(bytes, span.open).0;
        if frame.width() < 2 || frame.holds_rows(span.before) || first_end > span.close {
            return Swallowed::Text;
        }
        let mut evidence = Evidence::default();
        let is_first = |evidence: &mut Evidence| {
            self.is_first_row(frame, bytes, span, first_end, evidence)
                || self.is_parted_row(frame, bytes, span, first_end)
        };
        if !span.is_unsure && !is_first(&mut evidence) {
            return Swallowed::Text;
        }
        let (mut at, mut lines) = (line_end(bytes, span.open).1, 1);
        while at <= span.close && lines < ENOUGH {
            let (end, next) = line_end(bytes, at);
            if !self.is_row(frame, bytes, behind_mark(bytes, at)..end, span.close, &mut evidence) {
                return Swallowed::Text;
            }
            (at, lines) = (next, lines + 1);
        }
        match evidence {
            Evidence { misfit: true, .. } => Swallowed::NoRows,
            _ if lines == ENOUGH => Swallowed::Rows,
            Evidence { fit: false, .. } => Swallowed::NoRows,
            _ if self.misses_width(frame, bytes, span) || !self.is_prose(bytes, span) => Swallowed::Rows,
            _ => Swallowed::NoRows,
        }
    }

    /// Whether the line on which the cell opens would be a row, its quote being text.
    fn is_first_row(&self, frame: &Frame, bytes: &[u8], span: Span, end: usize, evidence: &mut Evidence) -> bool {
        let cell = self.cell_end(bytes, span.at);
        evidence.fit |= frame.takes_torn(span.before, &bytes[span.at..cell], self.quote);
        if cell == end {
            return frame.takes(span.before + 1);
        }
        let behind = cell + self.delimiter.as_bytes().len();
        let cells = self.line_cells(bytes, behind..end, |index, cell| {
            evidence.see(frame.opinion(span.before + 1 + index, bytes, cell));
        });
        cells.is_some_and(|cells| frame.takes(span.before + 1 + cells))
    }

    /// Whether a line further down would be a row. What is behind the closing quote is there in any case, and proves
    /// nothing.
    fn is_row(&self, frame: &Frame, bytes: &[u8], line: Range<usize>, close: usize, evidence: &mut Evidence) -> bool {
        let (start, end) = (line.start, line.end);
        let cells = self.line_cells(bytes, line, |index, cell| {
            let is_torn = !cell.is_quoted() && self.count_quotes(cell.span(bytes)) > 0;
            match frame.opinion(index, bytes, cell) {
                _ if is_torn => evidence.fit |= frame.takes_torn(index, cell.span(bytes), self.quote),
                Opinion::Fit if cell.start() > close => {}
                opinion => evidence.see(opinion),
            }
        });
        match cells {
            Some(cells) => frame.takes(cells),
            None => self.is_mended_row(frame, bytes, start..end),
        }
    }

    /// Whether the line on which the cell opens can be parted as a row, with more stray quotes in it.
    fn is_parted_row(&self, frame: &Frame, bytes: &[u8], span: Span, end: usize) -> bool {
        let start = line_start(bytes, span.open);
        matches!(self.parting(frame, bytes, start..end), Parting::One(_))
    }

    /// Whether a line, which ends a record, can be parted as a row with stray quotes in it.
    fn is_mended_row(&self, frame: &Frame, bytes: &[u8], line: Range<usize>) -> bool {
        let record = self.any_record(bytes, line.start);
        let is_whole = record.is_some_and(|record| record.end == line.end && record.kind == Kind::Cells);
        is_whole && matches!(self.parting(frame, bytes, line), Parting::One(_))
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

    /// Whether the cells of the record would be more or less than those of a row.
    fn misses_width(&self, frame: &Frame, bytes: &[u8], span: Span) -> bool {
        let line_end = line_end(bytes, span.close).0;
        let cells = span.before + 1;
        if span.end == line_end {
            return !frame.takes(cells);
        }
        let behind = span.end + self.delimiter.as_bytes().len();
        let rest = self.line_cells(bytes, behind..line_end, |_, _| ());
        rest.is_some_and(|rest| !frame.takes(cells + rest))
    }

    /// Whether a blank follows each delimiter in the cell, as in prose, and not those beside it.
    fn is_prose(&self, bytes: &[u8], span: Span) -> bool {
        let (delimiter, text) = (self.delimiter.as_bytes(), &bytes[span.open + 1..span.close]);
        let mut inside = memchr::memmem::find_iter(text, delimiter).map(|at| text.get(at + delimiter.len()));
        let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' '));
        let beside = match span.before {
            0 => bytes.get(span.end + delimiter.len()),
            _ => bytes.get(span.at),
        };
        !is_blank(beside) && inside.all(is_blank)
    }
}

/// Where the line that `at` is on starts, behind byte-order marks.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = memchr::memrchr2(b'\n', b'\r', &bytes[..at]);
    behind_mark(bytes, before.map_or(0, |end| end + 1))
}

impl Evidence {
    fn see(&mut self, opinion: Opinion) {
        self.fit |= opinion == Opinion::Fit;
        self.misfit |= opinion == Opinion::Misfit;
    }
}

/// Whether there is a line end between two quotes.
pub(crate) fn spans_lines(bytes: &[u8], open: usize, close: usize) -> bool {
    has_line_end(&bytes[open..close])
}
