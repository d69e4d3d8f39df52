//! Whole records of a file's text, and where in the file they are.

use crate::text::encoding::transcoder::LineStart;
use crate::text::lines::count_lines;

/// Whole records of one file, as UTF-8 text, and their place in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The text; its last record may lack its line end if the file ends there.
    pub text: &'a [u8],
    /// The number, from 1, of the line that the text starts with.
    pub first_line: u64,
    /// Where its first byte comes from in the file; where text and file are the same bytes, this is all it takes.
    pub offset: u64,
    /// Where lines of the text come from in a file of another encoding: pairs of offsets, in this text and in the file.
    pub origins: &'a [LineStart],
    /// How many records come before it, blank lines, comments and the header not counted; it serves lineage only.
    pub first_record: u64,
    /// The text is the start of the file: preamble and header, if there are any, come first.
    pub starts_file: bool,
}

impl<'a> Chunk<'a> {
    /// All of a file.
    pub fn whole(text: &'a [u8]) -> Self {
        Chunk {
            text,
            first_line: 1,
            offset: 0,
            origins: &[],
            first_record: 0,
            starts_file: true,
        }
    }

    /// Where in the file the record comes from that starts at `at`.
    pub(crate) fn origin(&self, at: usize) -> u64 {
        let found = self.origins.binary_search_by_key(&(at as u64), |line| line.text);
        match found {
            Ok(line) => self.origins[line].input,
            Err(_) => self.offset + at as u64,
        }
    }

    /// The number of its last line.
    pub(crate) fn last_line(&self) -> u64 {
        let ended = matches!(self.text.last(), None | Some(b'\n' | b'\r'));
        let before = self.first_line.saturating_add(count_lines(self.text));
        before.saturating_sub(u64::from(ended))
    }

    /// Counts lines as far as they are asked for.
    pub(crate) fn lines(&self) -> LineCounter<'a> {
        LineCounter {
            text: self.text,
            line: self.first_line,
            counted: 0,
        }
    }
}

/// Finds the lines of places that are asked for in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineCounter<'a> {
    text: &'a [u8],
    line: u64,
    counted: usize,
}

impl LineCounter<'_> {
    /// The line of the record that starts at `at`, which is not before one that was asked for earlier.
    pub(crate) fn at(&mut self, at: usize) -> u64 {
        let passed = self.text.get(self.counted..at).map_or(0, count_lines);
        self.line = self.line.saturating_add(passed);
        self.counted = at;
        self.line
    }
}
