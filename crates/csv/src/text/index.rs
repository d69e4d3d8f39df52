//! Where the cells and records of a chunk are, if its text is regular (see `structure`).
//!
//! Text that is not regular has no index, and the tokenizer reads it; where there is an index both find the same cells. A
//! chunk is indexed in windows that stay in the processor's cache until their cells are decoded.

use std::ops::Range;

use crate::text::cell::Cell;
use crate::text::dialect::Notes;
use crate::text::lines::{MARK, has_line_end};
use crate::text::notes::is_note;
use crate::text::structure::{DOUBLED, Scanned, SpecialBytes, behind, offset};
use crate::text::syntax::Syntax;

/// How much is indexed at once: what stays in the processor's cache until its cells are decoded.
pub(crate) const WINDOW_BYTES: usize = 256 << 10;
/// The least rows for which it is worth to leave the tokenizer.
const FEWEST: usize = 8;
/// How many cells are asked together whether one is long.
const CELLS: usize = 256;

/// Where cells and records end in a text.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    text: &'a [u8],
    syntax: &'a Syntax,
    columns: usize,
    /// The offsets of the delimiters and line ends outside of quotes, with [`DOUBLED`]. In front of them is one for the
    /// start of the text, one less than its offset, so that each cell lies between two.
    stops: Vec<u32>,
    /// For each record the place in `stops` of its end.
    ends: Vec<u32>,
    /// There are quotes.
    quoted: bool,
    /// The places in `stops` of the ends of cells that may have swallowed rows.
    suspects: Vec<u32>,
}

/// A part of what an index covers.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    /// Rows of the table.
    Rows(Grid<'a>),
    /// Records up to this offset that have to be looked at one by one.
    Others(usize),
}

/// Successive records with a cell for each column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<'a> {
    pub(crate) text: &'a [u8],
    /// The stop before the first cell, and the one behind each cell, row by row.
    stops: &'a [u32],
    columns: usize,
    /// The byte that cells may be quoted with, if any is.
    pub(crate) quote: Option<u8>,
}

impl<'a> Index<'a> {
    /// The index of the records that end in the next `window` bytes of `text`, or of the first one if that is longer, for a
    /// table of `columns`. A record starts at `start`, which is not the end. If they are not regular, or nothing is to be
    /// indexed, the offset before which that is.
    pub(crate) fn next(
        syntax: &'a Syntax,
        text: &'a [u8],
        start: usize,
        window: usize,
        columns: usize,
    ) -> Result<Self, usize> {
        if window == 0 {
            return Err(text.len());
        }
        let mut end = text.len().min(start.saturating_add(window));
        loop {
            let window = &text[..end];
            let is_last = end == text.len();
            let special = SpecialBytes::of(syntax, &window[start..]).filter(|_| columns > 0 && end < DOUBLED as usize);
            let found = special
                .and_then(|special| Scanned::of(window, start, special, is_last))
                .ok_or(end)?;
            if !found.ends.is_empty() {
                return Ok(Index {
                    text,
                    syntax,
                    columns,
                    suspects: suspects(syntax, text, &found),
                    stops: found.stops,
                    ends: found.ends,
                    quoted: found.quoted,
                });
            }
            if is_last {
                return Err(end);
            }
            end = text.len().min(start + 4 * (end - start));
        }
    }

    /// The offset behind the records.
    pub(crate) fn end(&self) -> usize {
        self.end_of(self.ends.len())
    }

    /// The offset behind the first so many records, or behind all.
    fn end_of(&self, records: usize) -> usize {
        let last = self.stops[self.end_before(records.min(self.ends.len()))];
        behind(last).min(self.text.len())
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.ends.len()
    }

    /// What comes at `at`, where a record starts: at most `limit` rows, or records that may be anything.
    pub(crate) fn part(&self, at: usize, limit: usize) -> Part<'_> {
        let end = |end: u32| behind(self.stops[end as usize]).min(self.text.len());
        let record = self.ends.partition_point(|&record| end(record) <= at);
        let grid = self.grid(record, limit);
        if grid.rows() >= FEWEST.min(limit) || record + grid.rows() == self.records() {
            Part::Rows(grid)
        } else {
            Part::Others(self.end_of(record + FEWEST))
        }
    }

    /// The rows from `record` on that have a cell for each column and can be nothing else, at most `limit`.
    fn grid(&self, record: usize, limit: usize) -> Grid<'_> {
        let first = self.end_before(record);
        let last = match self.suspects.is_empty() {
            true => self.last_row(record, limit, |_, _| false),
            false => self.last_row(record, limit, |first, last| self.is_suspect(first, last)),
        };
        Grid {
            text: self.text,
            stops: &self.stops[first..=last],
            columns: self.columns,
            quote: self.syntax.quote.filter(|_| self.quoted),
        }
    }

    /// The stop behind the last of the rows from `record` on.
    #[inline(always)]
    fn last_row(&self, record: usize, limit: usize, is_other: impl Fn(usize, usize) -> bool) -> usize {
        let mut last = self.end_before(record);
        for &end in self.ends.iter().skip(record).take(limit) {
            let end = end as usize;
            let is_row = end == last + self.columns && !self.is_marked(last) && !is_other(last, end);
            if !is_row || self.may_be_note(last, end) || self.is_header(last, end) || self.is_layout(last) {
                break;
            }
            last = end;
        }
        last
    }

    fn end_before(&self, record: usize) -> usize {
        record.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    /// Whether a record starts at `at`, or the last one ends there.
    pub(crate) fn reaches(&self, at: usize) -> bool {
        let end = |end: u32| behind(self.stops[end as usize]).min(self.text.len());
        self.ends.binary_search_by_key(&at, |&record| end(record)).is_ok()
    }

    /// Whether the record between two stops has quotes with line ends in them that are perhaps none.
    fn is_suspect(&self, first: usize, last: usize) -> bool {
        let next = self.suspects.partition_point(|&suspect| suspect as usize <= first);
        if self.suspects.get(next).is_none_or(|&suspect| suspect as usize > last) {
            return false;
        }
        let start = behind(self.stops[first]);
        let record = self.syntax.record(self.text, start, 0, &mut Vec::new());
        record.is_none_or(|record| record.judged)
    }

    /// Whether the record behind a stop begins with a byte-order mark.
    #[inline(always)]
    fn is_marked(&self, first: usize) -> bool {
        let start = behind(self.stops[first]);
        self.text.get(start) == Some(&MARK[0]) && self.is_mark(start)
    }

    /// What most rows are not asked, as their first byte is another one.
    #[cold]
    fn is_mark(&self, start: usize) -> bool {
        self.text[start..].starts_with(MARK)
    }

    /// Whether the record between two stops may be a note. Comments are not in regular text.
    #[inline(always)]
    fn may_be_note(&self, first: usize, last: usize) -> bool {
        // All cells but the first may be empty, if each of them has no more bytes than two quotes and a delimiter.
        let others = || offset(self.stops[last]) - offset(self.stops[first + 1]);
        match self.syntax.notes {
            Notes::None => false,
            Notes::Alone => others() <= 3 * self.columns,
            Notes::Leading => is_note(self.record(first, last), self.syntax.quote),
        }
    }

    /// The text between two stops.
    #[inline]
    fn record(&self, first: usize, last: usize) -> &[u8] {
        &self.text[behind(self.stops[first])..offset(self.stops[last])]
    }

    /// Whether the record behind a stop only lays out the table.
    #[inline(always)]
    fn is_layout(&self, first: usize) -> bool {
        self.syntax.has_layout() && self.syntax.laid_out(self.text, behind(self.stops[first])).is_some()
    }

    /// Whether the record between two stops repeats the header.
    #[inline(always)]
    fn is_header(&self, first: usize, last: usize) -> bool {
        self.syntax.repeated_header.is_some() && {
            let record = self.record(first, last);
            self.syntax.is_header(record.strip_suffix(b"\r").unwrap_or(record))
        }
    }
}

/// The places in the stops of the ends of quoted cells that have line ends in them and enough delimiters for rows.
fn suspects(syntax: &Syntax, text: &[u8], found: &Scanned) -> Vec<u32> {
    let (Some(frame), true) = (&syntax.frame, found.broken) else {
        return Vec::new();
    };
    let least = frame.least_swallowed();
    let may_have_swallowed = |start: u32, stop: u32| {
        let cell = &text[behind(start)..offset(stop)];
        cell.first().copied() == syntax.quote && has_line_end(cell) && syntax.count_delimiters(cell) >= least
    };
    let mut suspects = Vec::new();
    for (number, starts) in found.stops[..found.stops.len() - 1].chunks(CELLS).enumerate() {
        let first = number * CELLS + 1;
        let pairs = || starts.iter().zip(&found.stops[first..]);
        // Most cells are too short to hold rows. The lengths of many are compared at once, without a look at the text.
        let is_long = |start: u32, stop: u32| stop.wrapping_sub(start) & !DOUBLED > least as u32;
        if pairs()
            .map(|(&start, &stop)| u32::from(is_long(start, stop)))
            .sum::<u32>()
            > 0
        {
            let found = pairs()
                .zip(first as u32..)
                .filter(|&((&start, &stop), _)| is_long(start, stop) && may_have_swallowed(start, stop));
            suspects.extend(found.map(|(_, stop)| stop));
        }
    }
    suspects
}

impl<'a> Grid<'a> {
    pub(crate) fn rows(&self) -> usize {
        (self.stops.len() - 1) / self.columns
    }

    /// How many bytes of the text the rows take.
    pub(crate) fn span(&self) -> usize {
        self.end() - self.start(0)
    }

    /// The offset behind the rows.
    pub(crate) fn end(&self) -> usize {
        let last = self.stops.last().copied().unwrap_or_default();
        behind(last).min(self.text.len())
    }

    /// Where a row starts.
    #[inline]
    pub(crate) fn start(&self, row: usize) -> usize {
        behind(self.stops[row * self.columns])
    }

    /// The cell in a column of a row.
    #[inline]
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell {
        let raw = self.raw(row, column);
        let (start, end) = (raw.start(), raw.end());
        match self.quote {
            Some(quote) if start < end && self.text[start] == quote => {
                Cell::in_quotes(start, end, raw.may_be_doubled().then_some(quote))
            }
            _ => Cell::plain(start, end),
        }
    }

    /// The cells of a column, from top to bottom.
    #[inline]
    pub(crate) fn column(self, column: usize) -> impl ExactSizeIterator<Item = Cell> + 'a {
        (0..self.rows()).map(move |row| self.cell(row, column))
    }

    /// Whether the cell in a column of a row is quoted.
    #[inline]
    pub(crate) fn is_quoted(&self, row: usize, column: usize) -> bool {
        let start = self.raw(row, column).start();
        self.quote.is_some() && self.text.get(start).copied() == self.quote
    }

    /// The places of the cells of a column in some rows, with the quotes around them if there are any.
    #[inline(always)]
    pub(crate) fn raw_spans(self, column: usize, rows: Range<usize>) -> impl ExactSizeIterator<Item = Span> + 'a {
        rows.map(move |row| self.raw(row, column))
    }

    /// The places of the cells of a column in some rows, without the quotes around them.
    #[inline(always)]
    pub(crate) fn spans(self, column: usize, rows: Range<usize>) -> impl ExactSizeIterator<Item = Span> + 'a {
        // No byte, if cells are not quoted.
        let quote = self.quote.map_or(u16::MAX, u16::from);
        rows.map(move |row| self.unquoted(row, column, quote))
    }

    /// The place of the cell in a column of a row, without the quotes around it.
    #[inline]
    pub(crate) fn span_of(&self, row: usize, column: usize) -> Span {
        self.unquoted(row, column, self.quote.map_or(u16::MAX, u16::from))
    }

    #[inline(always)]
    fn unquoted(&self, row: usize, column: usize, quote: u16) -> Span {
        let raw = self.raw(row, column);
        let first = self.text.get(raw.start()).map_or(0, |byte| u16::from(*byte));
        let quotes = u32::from((first == quote) & (raw.len() > 0));
        Span {
            start: raw.start + quotes,
            stop: raw.stop - quotes,
        }
    }

    /// The place of a cell with what is around it.
    #[inline(always)]
    fn raw(&self, row: usize, column: usize) -> Span {
        let at = row * self.columns + column;
        let pair = &self.stops[at..at + 2];
        let start = behind(pair[0]) as u32;
        let mut span = Span { start, stop: pair[1] };
        // Within a record a CR in front of its line end is a part of that.
        if column + 1 == self.columns && span.end() > span.start() && self.text[span.end() - 1] == b'\r' {
            span.stop -= 1;
        }
        span
    }
}

/// The place of a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    /// Where it ends, with [`DOUBLED`].
    stop: u32,
}

impl Span {
    #[inline]
    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(crate) fn end(self) -> usize {
        offset(self.stop)
    }

    /// How many bytes it has.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end() - self.start()
    }

    /// There may be doubled quotes in it.
    #[inline]
    pub(crate) fn may_be_doubled(self) -> bool {
        self.stop & DOUBLED != 0
    }
}
