//! The records of a text, as far as they tell what is a table.

use crate::text::cell::Cell;
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

/// How many records are looked at to find the table among them.
pub(crate) const MOST_RECORDS: usize = 10_000;

/// A record, as far as it tells what is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Where the record starts.
    pub(crate) start: usize,
    pub(crate) kind: RecordKind,
    pub(crate) cells: usize,
    /// The cells without the empty ones at the end, and those of blanks.
    pub(crate) filled: usize,
    pub(crate) stray: u32,
    pub(crate) loose: u32,
}

impl From<&Record> for Shape {
    fn from(record: &Record) -> Self {
        Shape {
            start: record.start,
            kind: record.kind,
            cells: record.cells,
            filled: record.filled,
            stray: record.stray,
            loose: record.loose,
        }
    }
}

/// A quoted cell that is cut off may have this much text, however short a sample is.
const LONGEST_CELL: usize = 8 << 10;

/// Whether more than half of a text comes behind `start`: too much for a quoted cell that is cut off.
pub(crate) fn is_most(text: &[u8], start: usize) -> bool {
    text.len() - start > (text.len() / 2).max(LONGEST_CELL)
}

/// Reads the records of a text, at most `limit`; `visit` sees each with its cells.
pub(crate) fn shapes(
    syntax: &Syntax,
    text: &[u8],
    complete: bool,
    limit: usize,
    mut visit: impl FnMut(&Record, &[Cell]),
) -> Vec<Shape> {
    let (mut shapes, mut cells, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(record) = syntax.record(text, at, usize::MAX, &mut cells) {
        let is_open = record.open && !is_most(text, record.start);
        let cut_off = !complete && (record.next == text.len() || is_open);
        if (cut_off && !shapes.is_empty()) || shapes.len() == limit {
            break;
        }
        at = record.next;
        visit(&record, &cells);
        shapes.push(Shape::from(&record));
        cells.clear();
    }
    shapes
}
