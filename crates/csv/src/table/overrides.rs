//! What the caller may say of a file, where the contents would decide otherwise.

use crate::column::asked::AskedType;
use crate::text::dialect::{Delimiter, Mark};
use crate::text::encoding::name::Encoding;

/// What the caller knows better than [`infer`](crate::infer()) can guess.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Overrides {
    /// How the bytes stand for characters, if it is known.
    pub encoding: Option<Encoding>,
    /// The delimiter, if it is known.
    pub delimiter: Option<Delimiter>,
    /// The quote.
    pub quote: Mark,
    /// The escape inside quotes.
    pub escape: Mark,
    /// What begins a comment.
    pub comment: Mark,
    /// How many lines come before the table, if it is known.
    pub preamble_lines: Option<usize>,
    /// Whether there is a header.
    pub header: HeaderMode,
    /// What a cell in quotes says about the type of its column.
    pub quoted_numbers: QuotedNumbers,
    /// The types of columns that the caller knows, by name.
    pub types: Vec<(String, AskedType)>,
}

/// Whether a file names its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HeaderMode {
    /// Decide by the contents.
    #[default]
    Detect,
    /// The first record is the header.
    Present,
    /// The first record is data; columns are called `column_1`, `column_2`, ….
    Absent,
    /// The first so many records are the header.
    Rows(usize),
    /// The first record is data; the comment line in front of it names the columns.
    Comment,
}

/// What a cell in quotes says about the type of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QuotedNumbers {
    /// No more than the same cell without quotes: many programs quote everything.
    #[default]
    Values,
    /// That the column is text, unless the cell is empty.
    Text,
}

impl QuotedNumbers {
    /// Whether a number in quotes is text.
    pub(crate) fn mean_text(self) -> bool {
        self == QuotedNumbers::Text
    }
}
