//! Rows of a chunk, however they were found: what column builders read.

use super::column::ColumnBuilder;
use super::source::Source;
use crate::text::cell::Cell;
use crate::text::index::Grid;

/// Some rows of a chunk.
pub(crate) trait Rows {
    /// How many there are.
    fn rows(&self) -> usize;
    /// How many bytes of the chunk they span.
    fn span(&self) -> usize;
    /// Where a row starts in the chunk.
    fn start(&self, row: usize) -> usize;
    /// Which record of the chunk a row is; blank lines and comments are not counted.
    fn record(&self, row: usize) -> u64;
    fn cell(&self, row: usize, column: usize) -> Cell;
    /// Appends a column; the error is the first row whose cell does not fit.
    fn append_to(&self, builder: &mut ColumnBuilder, source: Source<'_>, column: usize) -> Result<(), usize>;
}

/// Rows that an index has found.
pub(crate) struct Regular<'a> {
    grid: Grid<'a>,
    /// Which record of the chunk the first of them is.
    first_record: u64,
}

impl<'a> Regular<'a> {
    /// The rows of a grid; so many records come before them.
    pub(crate) fn new(grid: Grid<'a>, first_record: u64) -> Self {
        Regular { grid, first_record }
    }
}

impl Rows for Regular<'_> {
    fn rows(&self) -> usize {
        self.grid.rows()
    }

    fn span(&self) -> usize {
        self.grid.span()
    }

    fn start(&self, row: usize) -> usize {
        self.grid.start(row)
    }

    fn record(&self, row: usize) -> u64 {
        self.first_record + row as u64
    }

    fn cell(&self, row: usize, column: usize) -> Cell {
        self.grid.cell(row, column)
    }

    fn append_to(&self, builder: &mut ColumnBuilder, _: Source<'_>, column: usize) -> Result<(), usize> {
        builder.append_regular(self.grid, column)
    }
}
