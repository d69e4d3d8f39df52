//! Where the cells come from that a column is built of.

use crate::text::index::Grid;

/// The text of a chunk, and what has to be done about it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) chunk: &'a [u8],
    /// A cell may not be UTF-8: replace what is not.
    pub(crate) lossy: bool,
}

impl<'a> Source<'a> {
    /// The text of a grid, which is UTF-8.
    pub(crate) fn of(grid: Grid<'a>) -> Self {
        Source {
            chunk: grid.text,
            lossy: false,
        }
    }
}
