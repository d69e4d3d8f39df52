//! A record's place in a text, and what it is.

use crate::text::lines::line_end;

/// A record's place in the text, and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Offset of the first byte.
    pub(crate) start: usize,
    /// Offset behind the last byte, before the line end.
    pub(crate) end: usize,
    /// Offset behind the line end.
    pub(crate) next: usize,
    pub(crate) kind: RecordKind,
    /// How many cells there are, beyond any limit too.
    pub(crate) cells: usize,
    /// How many cells there are without the empty ones at the end, and those of blanks.
    pub(crate) filled: usize,
    /// How many quotes are text at the start of a cell or in quotes; where no table is known, how many quoted cells have
    /// text behind their closing quote: a sign of a wrong dialect.
    pub(crate) stray: u32,
    /// How many quoted cells have quotes in them that are text, where no table is known.
    pub(crate) loose: u32,
    /// How many cells begin with a quote.
    pub(crate) opened: u32,
    /// How many quotes there are in quoted cells, with those around them.
    pub(crate) quotes: u32,
    /// The column in which a quote seemed to open a cell with rows in it.
    pub(crate) torn: Option<u32>,
    /// A quoted cell holds lines that would be rows, and nothing in them says that they are none.
    pub(crate) unsure: bool,
    /// The table's types had a say in where the record or its cells end.
    pub(crate) judged: bool,
    /// A quote was not closed up to the end of the text: if there is more text, the record may be another one.
    pub(crate) open: bool,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// Cells, which may be a row of the table.
    Cells,
    /// A line without a byte.
    Blank,
    /// A line that begins with the comment byte.
    Comment,
    /// Begins like a note, where there are notes.
    Note,
    /// The header, where records repeat it.
    Header,
    /// A line with a quote that opens and does not close.
    Broken {
        /// Where the quote is.
        open: usize,
        /// The lines behind this one show that it opens nothing.
        is_text: bool,
    },
    /// Its quotes are not in their places, and there is no or more than one way to part it in the cells of a row.
    Unclear,
}

impl Record {
    /// The line of a record whose quote, of which is said where it is and whether it is surely text, is broken.
    #[cold]
    pub(crate) fn broken(&self, bytes: &[u8], (open, is_text): (usize, bool)) -> Record {
        Record {
            open: self.open,
            judged: self.judged,
            torn: self.torn,
            ..Record::line(bytes, self.start, open, RecordKind::Broken { open, is_text })
        }
    }

    /// A record without cells, which ends with the line that `within` is on.
    pub(crate) fn line(bytes: &[u8], start: usize, within: usize, kind: RecordKind) -> Self {
        let (end, next) = line_end(bytes, within);
        Record {
            end,
            next,
            ..Self::line_at(start, kind)
        }
    }

    pub(crate) fn line_at(start: usize, kind: RecordKind) -> Self {
        Record {
            start,
            end: start,
            next: start,
            kind,
            cells: 0,
            filled: 0,
            stray: 0,
            loose: 0,
            opened: 0,
            quotes: 0,
            torn: None,
            unsure: false,
            judged: false,
            open: false,
        }
    }
}
