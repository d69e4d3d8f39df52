//! A dialect, prepared for scanning: where a quote opens, where a cell ends, what is a comment.

use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr_iter, memchr3, memmem};

use crate::text::dialect::{Delimiter, Dialect, Notes, Spacing};
use crate::text::frame::Frame;
use crate::text::lines::behind_mark;

/// How many bytes of a cell are looked at one by one before a vectorised search is worth its start.
const NEAR: usize = 24;

/// A header that is repeated.
#[derive(Debug)]
pub(crate) struct HeaderAgain {
    /// The texts of the cells of its records, without blanks around them and empty ones at the end.
    pub(crate) records: Vec<Vec<Vec<u8>>>,
    /// The first byte of each of these.
    pub(crate) firsts: Vec<Option<u8>>,
    /// All of its text.
    pub(crate) text: Box<[u8]>,
}

impl HeaderAgain {
    /// How many names the longest of its records has.
    pub(crate) fn widest(&self) -> usize {
        self.records.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// A dialect, prepared for scanning.
#[derive(Debug, Clone)]
pub(crate) struct Syntax {
    pub(crate) delimiter: Delimiter,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: Option<u8>,
    pub(crate) comment: Option<u8>,
    pub(crate) preamble_lines: usize,
    pub(crate) header_rows: usize,
    pub(crate) notes: Notes,
    pub(crate) repeated_header: Option<Arc<HeaderAgain>>,
    pub(crate) blank_records: bool,
    pub(crate) frames: bool,
    pub(crate) places: Option<Arc<[Range<usize>]>>,
    /// The table, if it is known.
    pub(crate) frame: Option<Arc<Frame>>,
    /// For every byte: may it end an unquoted cell?
    ends_cell: [bool; 256],
    /// The delimiter is a single byte.
    is_single: bool,
}

impl Syntax {
    /// Prepares `dialect`. A quote, an escape or a comment that is a line end, a delimiter or one of the others is none.
    pub(crate) fn new(dialect: &Dialect) -> Self {
        let delimiter = dialect.delimiter;
        let mut ends_cell = [false; 256];
        for byte in [delimiter.first(), b'\n', b'\r'] {
            ends_cell[usize::from(byte)] = true;
        }
        let usable = |byte: &u8| !matches!(byte, b'\n' | b'\r') && !delimiter.as_bytes().contains(byte);
        // Who draws frames writes quotes as they are.
        let may_quote = matches!(delimiter.spacing(), Spacing::Exact | Spacing::Runs);
        let quote = dialect.quote.filter(usable).filter(|_| may_quote);
        let syntax = Syntax {
            delimiter,
            quote,
            escape: dialect.escape.filter(|byte| usable(byte) && Some(*byte) != quote),
            comment: dialect.comment.filter(|byte| usable(byte) && Some(*byte) != quote),
            preamble_lines: dialect.preamble_lines,
            header_rows: dialect.header_rows,
            notes: dialect.notes,
            repeated_header: None,
            blank_records: dialect.blank_records,
            frames: dialect.frames,
            places: dialect.places.clone(),
            frame: None,
            ends_cell,
            is_single: delimiter.as_bytes().len() == 1,
        };
        let again = dialect.repeated_header.as_deref();
        let again = again.map(|text| Arc::new(syntax.header_again(text)));
        Syntax {
            repeated_header: again,
            ..syntax
        }
    }

    /// The same for a table that is known.
    pub(crate) fn within(self, frame: Frame) -> Self {
        Syntax {
            frame: Some(Arc::new(frame)),
            ..self
        }
    }

    /// Whether there are lines that only lay out the table.
    #[inline]
    pub(crate) fn has_layout(&self) -> bool {
        self.blank_records | self.frames
    }

    /// Where the cell that starts at `at` has its opening quote, if it has one.
    #[inline]
    pub(crate) fn opens(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let quote = self.quote?;
        match bytes.get(at) {
            Some(&byte) if byte == quote => Some(at),
            Some(&byte) if self.is_blank(byte) => {
                let open = self.skip_blanks(bytes, at);
                (bytes.get(open) == Some(&quote)).then_some(open)
            }
            _ => None,
        }
    }

    /// Whether the line that begins at `at` is a comment: blanks may come before the comment byte.
    pub(crate) fn is_comment(&self, bytes: &[u8], at: usize) -> bool {
        let Some(comment) = self.comment else { return false };
        bytes.get(self.skip_blanks(bytes, behind_mark(bytes, at))) == Some(&comment)
    }

    /// Whether `byte` is a blank that may stand around quotes.
    #[inline]
    pub(crate) fn is_blank(&self, byte: u8) -> bool {
        (byte == b' ' || byte == b'\t') && byte != self.delimiter.first()
    }

    /// The offset of the first byte from `at` on that is no blank.
    pub(crate) fn skip_blanks(&self, bytes: &[u8], at: usize) -> usize {
        let behind = bytes[at..].iter().position(|&byte| !self.is_blank(byte));
        behind.map_or(bytes.len(), |blanks| at + blanks)
    }

    /// The offset of the delimiter or line end that ends the unquoted text at `at`.
    #[inline]
    pub(crate) fn cell_end(&self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            let near = &bytes[at..bytes.len().min(at + NEAR)];
            let end = match near.iter().position(|&b| self.ends_cell[usize::from(b)]) {
                Some(i) => at + i,
                None => self.far_cell_end(bytes, at + near.len()),
            };
            if self.is_single || self.ends_here(bytes, end) {
                return end;
            }
            at = end + 1;
        }
    }

    fn far_cell_end(&self, bytes: &[u8], at: usize) -> usize {
        memchr3(self.delimiter.first(), b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |i| at + i)
    }

    /// Whether a delimiter, a line end or the end of the text is at `at`.
    #[inline]
    pub(crate) fn ends_here(&self, bytes: &[u8], at: usize) -> bool {
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => true,
            Some(_) => bytes[at..].starts_with(self.delimiter.as_bytes()),
        }
    }

    /// How many quotes there are, as far as they can be counted.
    pub(crate) fn count_quotes(&self, bytes: &[u8]) -> u32 {
        let count = self.quote.map_or(0, |quote| memchr_iter(quote, bytes).count());
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many delimiters there are, in quotes or not.
    pub(crate) fn count_delimiters(&self, bytes: &[u8]) -> usize {
        match self.delimiter.single() {
            Some(delimiter) => memchr_iter(delimiter, bytes).count(),
            None => memmem::find_iter(bytes, self.delimiter.as_bytes()).count(),
        }
    }
}
