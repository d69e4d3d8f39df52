//! Records that cannot be rows of the table, and why.

use std::fmt;

use crate::column::field::Column;
use crate::text::cell::{self, Cell};
use crate::text::dialect::{Delimiter, Spacing};
use crate::text::frame::Values;
use crate::text::record::{Record, RecordKind};
use crate::value::kind::article;
use crate::value::words;
use crate::wording::count;

/// How many rejected records a survey keeps; the ledger counts them all.
pub const MAX_REJECTS: usize = 1_000;

/// How much of a rejected record's text is kept, in bytes.
const LONGEST_TEXT: usize = 4 << 10;

/// A record that is no row, and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// The line, counted from 1, on which it starts.
    pub line: u64,
    /// The offset of its first byte in the file, or in what the file is when it is decompressed.
    pub offset: u64,
    /// The column that it does not fit, if it is one.
    pub column: Option<String>,
    /// What is wrong with it, for people.
    pub reason: String,
    /// Its text: at most the first 4 KiB, with `…` behind them if there is more.
    pub text: String,
}

/// Why a record is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason<'a> {
    /// A quote opens and does not close.
    BrokenQuote,
    /// It has quotes that are not in their places, and there is no or more than one way to part it in the cells of a row.
    UnclearQuotes,
    /// Blanks part it in as many cells as there are columns, but these do not stand below each other.
    Misplaced,
    /// It is the rest of a record above whose quotes are not in their places.
    Rest,
    /// It is a note behind the table.
    Note,
    /// It says the names of the columns again.
    Header,
    /// It is a part of another table, which begins on this line.
    Other { line: u64 },
    /// It is a title in front of a further part of the table.
    Title,
    /// More cells than columns, empty ones at the end not counted.
    TooManyCells { cells: usize, columns: usize },
    /// Fewer cells than columns, where an empty cell leaves no trace: any of them may be missing.
    Gap { cells: usize, columns: usize },
    /// Fewer cells than columns, and one of them does not fit its column: the missing ones may not be the last.
    TooFewCells {
        cells: usize,
        columns: usize,
        column: &'a Column,
    },
}

impl Reason<'_> {
    /// The name of the column that does not fit.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Reason::TooFewCells { column, .. } => Some(&column.name),
            _ => None,
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = |cells: usize, columns: usize| {
            let (cells, columns) = (count(cells as u64, "cell"), count(columns as u64, "column"));
            format!("it has {cells} where the table has {columns}")
        };
        match self {
            Reason::BrokenQuote => f.write_str("a quote opens and is not closed"),
            Reason::UnclearQuotes => {
                f.write_str("its quotes leave no way to part it in cells that fit the table, or more than one")
            }
            Reason::Rest => f.write_str("it is the rest of a record above whose quotes are not in their places"),
            Reason::Misplaced => f.write_str("its cells do not stand in the places of the columns"),
            Reason::Note => f.write_str("it is a note, not a row: it begins like one"),
            Reason::Header => f.write_str("it is the header once more"),
            Reason::Title => f.write_str("it is a title in front of a further part of the table"),
            Reason::Other { line } => write!(f, "it belongs to another table, which begins on line {line}"),
            Reason::TooManyCells { cells, columns } => f.write_str(&shape(*cells, *columns)),
            Reason::Gap { cells, columns } => {
                let shape = shape(*cells, *columns);
                write!(f, "{shape}, and nobody knows which cell is empty")
            }
            Reason::TooFewCells { cells, columns, column } => {
                let (kind, name) = (column.kind, &column.name);
                let shape = shape(*cells, *columns);
                write!(
                    f,
                    "{shape}, and column \"{name}\" would not be {} {kind}",
                    article(kind)
                )
            }
        }
    }
}

/// What a record is to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// A row.
    Row,
    /// A blank line.
    Blank,
    /// A comment.
    Comment,
    /// None of these.
    Reject(Reason<'a>),
}

/// What a table asks of a record that is to be one of its rows.
#[derive(Debug, Clone)]
pub(crate) struct Judge {
    /// The columns of the table.
    pub(crate) columns: Vec<Column>,
    /// How many cells a record has at least that is not short.
    usual_cells: usize,
    /// An empty cell leaves no trace in a record.
    hides_gaps: bool,
}

impl Judge {
    pub(crate) fn new(columns: &[Column], usual_cells: usize, delimiter: Delimiter) -> Self {
        Judge {
            columns: columns.to_vec(),
            usual_cells: usual_cells.min(columns.len()),
            hides_gaps: delimiter.spacing() == Spacing::Runs,
        }
    }

    /// Whether a cell is no value of its column.
    pub(crate) fn has_misfit(&self, text: &[u8], cells: &[Cell]) -> bool {
        misfit(&self.columns, text, cells).is_some()
    }

    /// Whether a record has fewer cells than its table's usually have: it is judged by the types, and so has no say in them.
    #[inline]
    pub(crate) fn is_short(&self, record: &Record) -> bool {
        record.kind == RecordKind::Cells && record.cells < self.usual_cells
    }

    /// What `record` is to the table; `cells` are its first cells, as many as there are columns.
    ///
    /// A row has as many cells as there are columns, or as rows of the table usually have. Further empty ones at the end
    /// are dropped. If more are missing at the end, they are NULL if those that are there fit their columns. A line of
    /// blanks is a blank line. In a table of one column a blank line is a row.
    #[inline]
    pub(crate) fn judge(&self, text: &[u8], record: &Record, cells: &[Cell]) -> Verdict<'_> {
        let columns = self.columns.len();
        match record.kind {
            RecordKind::Cells if record.cells == columns => Verdict::Row,
            RecordKind::Cells if record.filled > columns => Verdict::Reject(Reason::TooManyCells {
                cells: record.filled,
                columns,
            }),
            RecordKind::Cells if record.cells > columns => Verdict::Row,
            RecordKind::Cells if is_blank(text, cells) => Verdict::Blank,
            RecordKind::Cells if self.hides_gaps => Verdict::Reject(Reason::Gap {
                cells: record.cells,
                columns,
            }),
            RecordKind::Cells if !self.is_short(record) => Verdict::Row,
            RecordKind::Cells => match misfit(&self.columns, text, cells) {
                None => Verdict::Row,
                Some(column) => Verdict::Reject(Reason::TooFewCells {
                    cells: record.cells,
                    columns,
                    column,
                }),
            },
            RecordKind::Blank if columns == 1 => Verdict::Row,
            RecordKind::Blank => Verdict::Blank,
            RecordKind::Comment => Verdict::Comment,
            RecordKind::Note => Verdict::Reject(Reason::Note),
            RecordKind::Header => Verdict::Reject(Reason::Header),
            RecordKind::Broken { .. } => Verdict::Reject(Reason::BrokenQuote),
            // Quotes leave no doubt where blanks align columns.
            RecordKind::Unclear if self.hides_gaps => Verdict::Reject(Reason::Misplaced),
            RecordKind::Unclear => Verdict::Reject(Reason::UnclearQuotes),
        }
    }
}

/// Whether all that is there are blanks, in the only cell.
fn is_blank(text: &[u8], cells: &[Cell]) -> bool {
    match cells {
        [only] if !only.is_quoted() => words::trim(cell::text(text, *only, &mut Vec::new())).is_empty(),
        _ => false,
    }
}

/// The first column that does not take its cell.
fn misfit<'a>(columns: &'a [Column], text: &[u8], cells: &[Cell]) -> Option<&'a Column> {
    let mut scratch = Vec::new();
    let mut pairs = columns.iter().zip(cells);
    let misfit = pairs.find(|(column, cell)| {
        let value = cell::text(text, **cell, &mut scratch);
        !column.takes(value)
    });
    misfit.map(|(column, _)| column)
}

/// The text of a rejected record, as much of it as is kept.
pub(crate) fn kept_text(raw: &[u8]) -> String {
    if raw.len() <= LONGEST_TEXT {
        return String::from_utf8_lossy(raw).into_owned();
    }
    let mut text = String::from_utf8_lossy(&raw[..LONGEST_TEXT]).into_owned();
    text.push('…');
    text
}
