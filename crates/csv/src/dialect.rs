//! How a file separates and quotes its cells, and what the caller may say about that beforehand.

use std::fmt;

/// The punctuation of a CSV file.
///
/// Line ends are no part of it: LF, CRLF and CR end a record in every dialect. The escape of a quote inside quotes is
/// always the doubled quote.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// The byte between two cells. LF and CR never separate cells: they end the record whatever this says.
    pub delimiter: u8,
    /// The byte that, at the very start of a cell, opens a quoted cell; `None` reads quotes as text.
    pub quote: Option<u8>,
    /// Whether the first record names the columns.
    pub header: bool,
}

impl fmt::Display for Dialect {
    /// Writes like `comma, quote ", header` or `tab, no quote, no header`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.delimiter {
            b',' => f.write_str("comma")?,
            b';' => f.write_str("semicolon")?,
            b'\t' => f.write_str("tab")?,
            b'|' => f.write_str("pipe")?,
            b':' => f.write_str("colon")?,
            b' ' => f.write_str("space")?,
            other => write!(f, "'{}'", other.escape_ascii())?,
        }
        match self.quote {
            Some(quote) => write!(f, ", quote {}", char::from(quote))?,
            None => f.write_str(", no quote")?,
        }
        f.write_str(if self.header { ", header" } else { ", no header" })
    }
}

/// Whether the first record of a file names its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HeaderMode {
    /// Decide by the contents.
    #[default]
    Detect,
    /// The first record is the header.
    Present,
    /// The first record is data; columns are called `column_1`, `column_2`, ….
    Absent,
}

/// What the caller knows better than [`infer`](crate::infer) can guess.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Overrides {
    /// The delimiter, if it is known. LF and CR are ignored with a warning: they end records.
    pub delimiter: Option<u8>,
    /// Whether there is a header.
    pub header: HeaderMode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display() {
        let cases = [
            (b',', Some(b'"'), true, "comma, quote \", header"),
            (b'\t', None, false, "tab, no quote, no header"),
            (b'\x01', Some(b'\''), true, "'\\x01', quote ', header"),
        ];
        for (delimiter, quote, header, expected) in cases {
            assert_eq!(
                Dialect {
                    delimiter,
                    quote,
                    header
                }
                .to_string(),
                expected
            );
        }
    }
}
