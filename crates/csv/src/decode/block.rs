//! Gathers the rows of a chunk into a small grid of cells, every row as wide as the table: what column builders read.
//!
//! A block is small enough to stay in the processor's cache while one column after the other is decoded from it.

use std::ops::Range;

use super::column::ColumnBuilder;
use super::lanes::LANES;
use super::rows::Rows;
use super::source::Source;
use crate::ledger::Ledger;
use crate::reject::{Judge, Verdict};
use crate::text::cell::Cell;
use crate::text::syntax::Syntax;

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
pub(crate) struct Block {
    /// Row after row, `columns` cells each: the first of the table, up to the last that is wanted.
    cells: Vec<Cell>,
    /// All cells of a record that has fewer than the table.
    short: Vec<Cell>,
    /// Where each row's record starts.
    starts: Vec<usize>,
    /// Which record each row is, counted from the start of the chunk; blank lines and comments are not counted.
    records: Vec<u64>,
    columns: usize,
    /// How many bytes of the chunk the rows span.
    span: usize,
}

impl Block {
    /// A block of the first `columns` columns of a table.
    pub(crate) fn new(columns: usize) -> Self {
        Block {
            columns,
            ..Block::default()
        }
    }

    /// Replaces the rows by the next ones that start in the `range`, at most `limit`; returns the offset behind them.
    ///
    /// Short rows are padded, empty cells beyond the table are dropped. Everything that is met is put in `ledger`.
    pub(crate) fn fill(
        &mut self,
        syntax: &Syntax,
        judge: &Judge,
        chunk: &[u8],
        range: Range<usize>,
        limit: usize,
        ledger: &mut Ledger,
    ) -> usize {
        self.cells.clear();
        self.starts.clear();
        self.records.clear();
        let mut at = range.start;
        while self.starts.len() < limit && at < range.end && at - range.start < BYTES {
            let filled = self.cells.len();
            let Some(record) = syntax.record(chunk, at, self.columns, &mut self.cells) else {
                break;
            };
            at = record.next;
            let columns = judge.columns.len();
            let cells = if record.cells < columns && self.columns < columns {
                self.short.clear();
                syntax.record(chunk, record.start, columns, &mut self.short);
                &self.short
            } else {
                &self.cells[filled..]
            };
            let verdict = judge.judge(chunk, &record, cells);
            if verdict == Verdict::Row {
                self.cells.resize(filled + self.columns, Cell::MISSING);
                self.starts.push(record.start);
                self.records.push(ledger.counted());
            } else {
                self.cells.truncate(filled);
            }
            ledger.count(&verdict);
        }
        self.span = at - range.start;
        at
    }
}

impl Rows for Block {
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
