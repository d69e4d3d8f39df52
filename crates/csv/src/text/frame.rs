//! What a table says of where the cells of its rows end: how many there are, and what they can hold.

use std::fmt;

use crate::text::cell::{self, Cell};
use crate::text::record::Record;

/// The columns of a table, by which its rows are parted in cells where quotes leave that in doubt.
#[derive(Debug)]
pub(crate) struct Frame {
    columns: Vec<Slot>,
    /// How many cells its rows usually have, at most one for each column.
    usual_cells: usize,
    /// The types are found: a column that is text here stays text. False while a first look still finds them.
    pub(crate) knows_types: bool,
}

/// A column of a frame.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// What it takes; `None` if it is text, and takes anything.
    pub(crate) values: Option<Box<dyn Values>>,
    /// Its quoted cells hold lines that might be rows, and are none.
    pub(crate) holds_rows: bool,
}

/// Which texts are values of a column, as whoever knows types says.
pub(crate) trait Values: fmt::Debug + Send + Sync {
    /// Whether the column takes this text for a value: it can be read, and would not have been a reason for another type.
    fn takes(&self, text: &[u8]) -> bool;
}

impl Frame {
    /// The frame of a table with these columns.
    pub(crate) fn of(columns: Vec<Slot>, usual_cells: usize) -> Self {
        Frame {
            usual_cells: usual_cells.min(columns.len()),
            columns,
            knows_types: true,
        }
    }

    /// The frame of a table of which only the number of columns is known.
    pub(crate) fn of_text(columns: usize, usual_cells: usize) -> Self {
        Frame {
            columns: (0..columns).map(|_| Slot::default()).collect(),
            usual_cells,
            knows_types: false,
        }
    }

    /// The same when a column that is text may turn out to be of another type.
    pub(crate) fn before_types(self) -> Self {
        Frame {
            knows_types: false,
            ..self
        }
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The least delimiters that a cell holds in which whole rows may have been swallowed.
    pub(crate) fn least_swallowed(&self) -> usize {
        (2 * self.usual_cells).saturating_sub(self.width() + 1)
    }

    /// Whether there are columns that are not text.
    pub(crate) fn has_values(&self) -> bool {
        self.lacks_value(0)
    }

    /// Whether a record of so many cells has none for a column that is not text.
    pub(crate) fn lacks_value(&self, cells: usize) -> bool {
        let missing = self.columns.get(cells..).unwrap_or_default();
        missing.iter().any(|column| column.values.is_some())
    }

    /// Whether the quoted cells of a column hold lines that might be rows, and are none.
    pub(crate) fn holds_rows(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| column.holds_rows)
    }

    /// Whether a row may have so many cells.
    pub(crate) fn takes(&self, cells: usize) -> bool {
        (self.usual_cells..=self.width()).contains(&cells)
    }

    /// Whether a row may be made of at most so many cells.
    pub(crate) fn may_take(&self, most: usize) -> bool {
        self.usual_cells <= most
    }

    /// Whether a record has the cells of a row; empty ones behind the last column are none.
    pub(crate) fn takes_record(&self, record: &Record) -> bool {
        self.takes(record.cells) || (record.cells > self.width() && record.filled <= self.width())
    }

    /// Whether an unquoted cell would be a value of its column's type without the quotes that are in it.
    pub(crate) fn takes_torn(&self, column: usize, cell: &[u8], quote: Option<u8>) -> bool {
        self.torn_opinion(column, cell, quote) == Opinion::Fit
    }

    /// What an unquoted cell with quotes in it says without them; nothing if there are none.
    pub(crate) fn torn_opinion(&self, column: usize, cell: &[u8], quote: Option<u8>) -> Opinion {
        let without: Vec<u8> = cell.iter().copied().filter(|byte| Some(*byte) != quote).collect();
        match without.len() < cell.len() {
            true => self.opinion(column, &without, Cell::whole(&without)),
            false => Opinion::None,
        }
    }

    /// What a cell says in a column: that it fits, that it does not, or nothing, as a text or an empty cell.
    pub(crate) fn opinion(&self, column: usize, text: &[u8], cell: Cell) -> Opinion {
        let Some(column) = self.columns.get(column) else {
            return if cell.is_missing() {
                Opinion::None
            } else {
                Opinion::Misfit
            };
        };
        let Some(values) = column.values.as_deref().filter(|_| !cell.is_empty()) else {
            return Opinion::None;
        };
        let mut scratch = Vec::new();
        match values.takes(cell::text(text, cell, &mut scratch)) {
            true => Opinion::Fit,
            false => Opinion::Misfit,
        }
    }
}

/// What a cell says of where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opinion {
    /// It is a value of its column's type, which is not text.
    Fit,
    /// It is none.
    Misfit,
    /// It may be there or elsewhere.
    None,
}
