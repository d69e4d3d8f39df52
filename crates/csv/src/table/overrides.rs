//! What the caller may say of a file, where the contents would decide otherwise.

use std::fmt;
use std::str::FromStr;

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
    /// Words for NULL, beside those that always may be.
    pub nulls: Vec<NullWord>,
}

/// A word for NULL, of all columns or of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NullWord {
    /// It stands for NULL in all columns.
    Everywhere(String),
    /// A column, a colon and the word, as in `price:k.A.`.
    InColumn(String),
}

/// Why a text is no word for NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANullWord;

impl fmt::Display for NotANullWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected WORD, COLUMN:WORD, or :WORD for a word with a colon in it")
    }
}

impl std::error::Error for NotANullWord {}

impl FromStr for NullWord {
    type Err = NotANullWord;

    /// Reads `WORD`, `COLUMN:WORD`, and `:WORD` for a word with a colon in it.
    fn from_str(text: &str) -> Result<Self, NotANullWord> {
        let is_empty = |word: &str| word.trim_matches([' ', '\t']).is_empty();
        let (word, column) = match text.split_once(':') {
            None => (text, ""),
            Some(("", word)) => (word, ""),
            Some((column, word)) => (word, column),
        };
        match column {
            _ if is_empty(word) => Err(NotANullWord),
            "" => Ok(NullWord::Everywhere(word.to_owned())),
            _ => Ok(NullWord::InColumn(text.to_owned())),
        }
    }
}

impl fmt::Display for NullWord {
    /// Writes what is read back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NullWord::Everywhere(word) if word.contains(':') => write!(f, ":{word}"),
            NullWord::Everywhere(text) | NullWord::InColumn(text) => f.write_str(text),
        }
    }
}

impl NullWord {
    /// The word, if it is one in a column of this name.
    pub fn within(&self, column: &str) -> Option<&str> {
        match self {
            NullWord::Everywhere(word) => Some(word),
            NullWord::InColumn(text) => text.strip_prefix(column)?.strip_prefix(':'),
        }
    }

    /// The name of its column; `None` if it is a word in all of them.
    pub fn column(&self) -> Option<&str> {
        match self {
            NullWord::Everywhere(_) => None,
            NullWord::InColumn(text) => text.split_once(':').map(|(column, _)| column),
        }
    }

    /// The word, whatever the column.
    pub(crate) fn word(&self) -> &str {
        match self {
            NullWord::Everywhere(word) => word,
            NullWord::InColumn(text) => text.split_once(':').map_or("", |(_, word)| word),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_null() {
        let everywhere = |word: &str| Ok(NullWord::Everywhere(word.to_owned()));
        let in_column = |text: &str| Ok(NullWord::InColumn(text.to_owned()));
        let cases = [
            ("k.A.", everywhere("k.A.")),
            ("-999", everywhere("-999")),
            (":00:00", everywhere("00:00")),
            ("::", everywhere(":")),
            ("price:k.A.", in_column("price:k.A.")),
            ("at:00:00", in_column("at:00:00")),
            ("", Err(NotANullWord)),
            (" ", Err(NotANullWord)),
            (":", Err(NotANullWord)),
            ("price: ", Err(NotANullWord)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), expected, "{text:?}");
            if let Ok(word) = expected {
                assert_eq!(word.to_string(), text);
            }
        }
    }

    #[test]
    fn columns_of_words() {
        let within = |text: &str, column: &str| text.parse::<NullWord>().unwrap().within(column).map(str::to_owned);
        assert_eq!(within("k.A.", "a").as_deref(), Some("k.A."));
        assert_eq!(within("a:k.A.", "a").as_deref(), Some("k.A."));
        assert_eq!(within("a:k.A.", "ab"), None);
        assert_eq!(within("a:k.A.", "A"), None);
        assert_eq!(within("a:b:0", "a:b").as_deref(), Some("0"));
        let column = |text: &str| text.parse::<NullWord>().unwrap().column().map(str::to_owned);
        assert_eq!((column("a:b:0").as_deref(), column(":b")), (Some("a"), None));
    }
}
