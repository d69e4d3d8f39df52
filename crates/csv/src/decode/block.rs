//! Gathers records into a small grid of cells, every row as wide as the table: what column builders read.
//!
//! A block is small enough to stay in the processor's cache while one column after the other is decoded from it.

use crate::MAX_COLUMNS;
use crate::tokenize::{Cell, Syntax};

/// About how many cells a block holds.
const CELLS: usize = 8 * 1024;
/// The most rows of a block, however few columns there are.
const ROWS: usize = 1024;
/// The text after which a block ends early, so that long records do not pile up.
const BYTES: usize = 64 << 20;

/// A record with more cells than the table has columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooWide {
    pub(crate) start: usize,
    pub(crate) cells: usize,
}

/// Some rows of a chunk, as spans of its text.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Row after row, `columns` cells each.
    cells: Vec<Cell>,
    /// Where each row's record starts.
    starts: Vec<usize>,
    columns: usize,
    /// How many bytes of the chunk the rows span.
    span: usize,
}

impl Block {
    pub(crate) fn new(columns: usize) -> Self {
        Block {
            columns,
            ..Block::default()
        }
    }

    /// Replaces the rows by the next ones from `at` on, at most `limit`; returns the offset behind them.
    ///
    /// Short records are padded, empty cells beyond the table are dropped. A record that is too wide ends the block
    /// and is the error; the rows before it are in the block.
    pub(crate) fn fill(
        &mut self,
        syntax: &Syntax,
        chunk: &[u8],
        from: usize,
        limit: usize,
    ) -> (usize, Result<(), TooWide>) {
        self.cells.clear();
        self.starts.clear();
        let limit = limit.min(ROWS).min(CELLS / self.columns.max(1)).max(1);
        let mut at = from;
        let mut outcome = Ok(());
        while self.starts.len() < limit && at - from < BYTES {
            let Some(record) = syntax.record(chunk, at, self.columns, &mut self.cells) else {
                break;
            };
            let expected = (self.starts.len() + 1) * self.columns;
            if record.filled > self.columns {
                if self.columns < MAX_COLUMNS {
                    self.cells.truncate(expected - self.columns);
                    outcome = Err(TooWide {
                        start: record.start,
                        cells: record.filled,
                    });
                    break;
                }
                self.cells[expected - 1] = self.cells[expected - 1].through(record.end);
            }
            self.cells.resize(expected, Cell::MISSING);
            self.starts.push(record.start);
            at = record.next;
        }
        self.span = at - from;
        (at, outcome)
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn span(&self) -> usize {
        self.span
    }

    /// Where the record of a row starts in the chunk.
    pub(crate) fn start(&self, row: usize) -> usize {
        self.starts[row]
    }

    /// The cells of a column, from top to bottom.
    #[inline]
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = Cell> + '_ {
        let cells = self.cells.get(column..).unwrap_or(&[]);
        cells.iter().step_by(self.columns.max(1)).copied()
    }

    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells[row * self.columns + column]
    }
}
