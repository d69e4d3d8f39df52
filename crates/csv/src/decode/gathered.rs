//! Gathers the rows of a chunk into a small grid of cells, every row as wide as the table: what column builders read.
//!
//! A block is small enough to stay in the processor's cache while one column after the other is decoded from it.

use super::column::ColumnBuilder;
use super::lanes::LANES;
use super::rows::Rows;
use super::source::Source;
use crate::text::cell::Cell;
use crate::text::record::Record;

/// About how many cells a block holds.
const CELLS: usize = 4 * 1024;
/// How many it holds at most, unless a single row has more.
const MOST_CELLS: usize = 64 * 1024;
/// The most rows of a block, however few columns there are.
const ROWS: usize = 1024;
/// The text after which a block ends early, so that long records do not pile up.
const BYTES: usize = 64 << 20;

/// How many rows a block of so many columns has: a multiple of what is read at once, if they are not too many.
pub(crate) fn rows(columns: usize) -> usize {
    let columns = columns.max(1);
    match ROWS.min(CELLS / columns) / LANES {
        0 => LANES.min(MOST_CELLS / columns).max(1),
        times => times * LANES,
    }
}

/// Some rows of a chunk, as spans of its text.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Row after row, `columns` cells each: the first of the table, up to the last that is wanted.
    pub(super) cells: Vec<Cell>,
    /// Where each row's record starts.
    starts: Vec<usize>,
    /// Which record each row is, counted from the start of the chunk; blank lines and comments are not counted.
    records: Vec<u64>,
    /// How many cells a row has.
    pub(super) columns: usize,
    /// Where the first record starts, row or not; `None` if there is none.
    start: Option<usize>,
    /// How many bytes of the chunk the records span.
    span: usize,
}

impl Gathered {
    /// A block of the first `columns` columns of a table.
    pub(crate) fn new(columns: usize) -> Self {
        Gathered {
            columns,
            ..Gathered::default()
        }
    }

    /// Takes in a record, whose cells are there from `first` on: as a row if it `is_row`, else they are dropped.
    ///
    /// A short row is padded, and empty cells beyond the table are not there.
    pub(crate) fn take(&mut self, record: &Record, first: usize, is_row: bool, number: u64) {
        self.span = record.next - *self.start.get_or_insert(record.start);
        if is_row {
            self.cells.resize(first + self.columns, Cell::MISSING);
            self.starts.push(record.start);
            self.records.push(number);
        } else {
            self.cells.truncate(first);
        }
    }

    /// Whether the records are too much text to take in another one.
    pub(crate) fn is_long(&self) -> bool {
        self.span >= BYTES
    }

    /// Drops all rows.
    pub(crate) fn clear(&mut self) {
        self.cells.clear();
        self.starts.clear();
        self.records.clear();
        (self.start, self.span) = (None, 0);
    }
}

impl Rows for Gathered {
    fn rows(&self) -> usize {
        self.starts.len()
    }

    fn span(&self) -> usize {
        self.span
    }

    fn start(&self, row: usize) -> usize {
        self.starts[row]
    }

    fn record(&self, row: usize) -> u64 {
        self.records[row]
    }

    fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells[row * self.columns + column]
    }

    fn append_to(&self, builder: &mut ColumnBuilder, source: Source<'_>, column: usize) -> Result<(), usize> {
        let cells = self.cells.get(column..).unwrap_or(&[]);
        builder.append(source, cells.iter().step_by(self.columns.max(1)).copied())
    }
}
