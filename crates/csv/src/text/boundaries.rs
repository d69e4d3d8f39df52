//! Finds where a stream of CSV text may be cut: behind the record ends that are outside of quotes.
//!
//! The same rules as the tokenizer's, and its eyes for quotes, for text that arrives bit by bit. It looks at quotes and
//! line ends only, not at cells.

use memchr::{memchr, memchr_iter, memrchr2};

use crate::text::dialect::Dialect;
use crate::text::lines::{MARK, behind_mark, line_end};
use crate::text::quotes::Closing;
use crate::text::structure;
use crate::text::syntax::Syntax;

/// Finds record ends in a stream of UTF-8(-ish) text that grows at its end; quote-aware.
///
/// However the stream grows, chunks that are cut at reported offsets hold the same records as the whole of it. The first
/// chunk holds everything in front of the first row. A CR at the very end of the text is not reported, since its LF may
/// follow.
#[derive(Debug, Clone)]
pub struct RecordCutter {
    syntax: Syntax,
    /// The text still begins with what comes before the first row, as far as that has been seen.
    leads: bool,
    /// The last record end that was found.
    whole: usize,
    /// Where to go on: outside quotes, in the record that starts at `whole` or behind it.
    at: usize,
    /// A quote that has opened, and where to go on looking for its close.
    open: Option<(usize, usize)>,
    /// How much text was looked at, with no record end in it that the quick way finds.
    in_vain: usize,
}

impl RecordCutter {
    /// Starts at the beginning of a file.
    pub fn new(dialect: &Dialect) -> Self {
        RecordCutter {
            syntax: Syntax::new(dialect),
            leads: true,
            whole: 0,
            at: 0,
            open: None,
            in_vain: 0,
        }
    }

    /// Starts at a record end within a file.
    pub fn within(dialect: &Dialect) -> Self {
        RecordCutter {
            leads: false,
            ..Self::new(dialect)
        }
    }

    /// The offset behind the last record end that is certain; all of the text if it is `complete`.
    ///
    /// `text` is all of the stream since the last [`cut`](Self::cut), and only its end is new.
    pub fn scan(&mut self, text: &[u8], complete: bool) -> usize {
        if self.leads {
            let lead = self.syntax.lead(text, complete);
            if !lead.whole {
                return 0;
            }
            self.leads = false;
            (self.whole, self.at) = (lead.end, lead.end);
        }
        if complete {
            self.whole = text.len();
            return self.whole;
        }
        // Regular text needs no look at single quotes. If the quick way has found no end, it is tried again only when there is
        // twice as much text, so that a long quoted cell is not scanned again and again.
        // In text without a quote every line end ends a record, and the slow way finds the last one as fast.
        let size = text.len() - self.whole;
        let has_quotes = || {
            self.syntax
                .quote
                .is_some_and(|quote| memchr(quote, &text[self.at..]).is_some())
        };
        if self.open.is_none() && self.at == self.whole && size >= 2 * self.in_vain && has_quotes() {
            if let Some(end) = structure::last_end(&self.syntax, text, self.at) {
                (self.whole, self.at, self.in_vain) = (end, end, 0);
                return end;
            }
            self.in_vain = size;
        }
        while self.advance(text) {}
        self.whole
    }

    /// Forgets the first `size` bytes of the text, which [`scan`](Self::scan) has reported as whole records.
    pub fn cut(&mut self, size: usize) {
        for at in [&mut self.whole, &mut self.at] {
            *at = at.saturating_sub(size);
        }
        self.in_vain = 0;
        if let Some((open, from)) = &mut self.open {
            (*open, *from) = (open.saturating_sub(size), from.saturating_sub(size));
        }
    }

    /// Takes the quote that is open for a broken one, so that its line is a record. False if none is open.
    ///
    /// For records that become too large. The text up to the offset that the next scan reports has to be cut off then.
    pub fn give_up(&mut self, text: &[u8]) -> bool {
        let Some((open, _)) = self.open.take() else {
            return false;
        };
        self.end_line(text, open);
        true
    }

    /// Goes on to the next quote and behind what it quotes; false at the end of what can be known.
    fn advance(&mut self, text: &[u8]) -> bool {
        let (open, from) = match self.open.take() {
            Some(open) => open,
            None => match self.opening_quote(text) {
                Some(open) => (open, open + 1),
                None => {
                    self.end_at(text, text.len(), false);
                    return false;
                }
            },
        };
        self.end_at(text, open, true);
        let padded = !self.starts_cell(text, open);
        match self.syntax.closing(text, from) {
            Closing::Closed { close, end, .. } if end < text.len() => {
                self.at = end.max(close + 1);
            }
            Closing::Closed { close, .. } => {
                self.open = Some((open, close));
                return false;
            }
            Closing::Stray { close } if self.syntax.may_close(text, close) => {
                self.open = Some((open, close));
                return false;
            }
            Closing::Open { from } => {
                self.open = Some((open, from));
                return false;
            }
            Closing::Stray { close } if !padded && line_end(text, open).0 >= close => self.at = close + 1,
            _ if padded => self.at = open + 1,
            _ => self.end_line(text, open),
        }
        true
    }

    /// Ends a record with the line that `at` is on.
    fn end_line(&mut self, text: &[u8], at: usize) {
        self.whole = line_end(text, at).1;
        self.at = self.whole;
    }

    /// Moves `whole` to the last record end in the unquoted text up to `to`. `sure` says that the text at `to` is known.
    fn end_at(&mut self, text: &[u8], mut to: usize, sure: bool) {
        if !sure && to > self.at && text[to - 1] == b'\r' {
            to -= 1;
        }
        if let Some(last) = memrchr2(b'\n', b'\r', &text[self.at..to]) {
            self.whole = self.at + last + 1;
            self.at = self.whole;
        }
    }

    /// The next quote that opens a cell.
    fn opening_quote(&self, text: &[u8]) -> Option<usize> {
        let quote = self.syntax.quote?;
        let quotes = memchr_iter(quote, &text[self.at..]).map(|i| self.at + i);
        let mut opening = quotes.filter(|&at| self.opens(text, at));
        opening.next()
    }

    /// Whether the quote at `at` opens a cell, if it is outside of quotes.
    fn opens(&self, text: &[u8], at: usize) -> bool {
        let behind_delimiter = match self.syntax.delimiter.single() {
            Some(_) => {
                let blanks = text[self.at..at].iter().rev();
                let blanks = blanks.take_while(|&&byte| self.syntax.is_blank(byte)).count();
                self.starts_cell(text, at - blanks)
            }
            None => self.is_reached(text, at),
        };
        behind_delimiter && !self.is_comment(text, at)
    }

    /// Whether the byte at `at` is behind a delimiter, a line end or nothing; byte-order marks behind a line end are none.
    fn starts_cell(&self, text: &[u8], at: usize) -> bool {
        let mut before = &text[..at];
        let is_spaced = !self.syntax.delimiter.is_exact() && before.last() == Some(&b' ');
        if is_spaced || before.ends_with(self.syntax.delimiter.as_bytes()) {
            return true;
        }
        while let Some(rest) = before.strip_suffix(MARK) {
            before = rest;
        }
        matches!(before.last(), None | Some(b'\n' | b'\r'))
    }

    /// Whether the line of `at`, which is outside of quotes, is a comment.
    fn is_comment(&self, text: &[u8], at: usize) -> bool {
        if self.syntax.comment.is_none() {
            return false;
        }
        let line = memrchr2(b'\n', b'\r', &text[self.at..at]).map(|i| self.at + i + 1);
        let record = line.or((self.at == self.whole).then_some(self.whole));
        record.is_some_and(|start| self.syntax.is_comment(text, start))
    }

    /// Whether reading cell by cell comes to `at`: delimiters of several bytes can overlap, and hold blanks.
    fn is_reached(&self, text: &[u8], at: usize) -> bool {
        let line = memrchr2(b'\n', b'\r', &text[self.at..at]).map(|i| self.at + i + 1);
        let mut cell = match line {
            Some(line) => behind_mark(text, line),
            None if self.at == self.whole => behind_mark(text, self.at),
            None => self.behind_cell(text, self.at),
        };
        if !self.syntax.delimiter.is_exact() {
            cell = self.syntax.first_cell(text, cell);
        }
        while cell < at && self.syntax.skip_blanks(text, cell) != at {
            cell = self.behind_cell(text, cell);
        }
        cell <= at
    }

    /// Where the cell behind the one at `at` starts.
    fn behind_cell(&self, text: &[u8], at: usize) -> usize {
        self.syntax.behind_delimiter(text, self.syntax.cell_end(text, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cutter() -> RecordCutter {
        RecordCutter::within(&Dialect::default())
    }

    #[test]
    fn last_certain_end() {
        let cases = [
            ("", 0),
            ("a,b", 0),
            ("a,b\n", 4),
            ("a,b\nc\nd", 6),
            ("a\r\nb", 3),
            ("a\rb", 2),
            ("a\r", 0),
            ("\n\r\n", 3),
            ("a\n\"b\nc", 2),
            ("a\n\"b\nc\"\"", 2),
            ("a\n\"b\nc\"", 2),
            ("a\n\"b\nc\"d", 5),
            ("a\n\"b\nc\"\nd", 8),
            ("a\n\"b\nc\" ", 2),
            ("a\nb\"\nc", 5),
            ("a\n\"b\"x\"\nc", 8),
            ("a\n x \"b\nc", 8),
            ("a\n \"b\nc", 2),
        ];
        for (input, expected) in cases {
            assert_eq!(cutter().scan(input.as_bytes(), false), expected, "{input:?}");
            assert_eq!(cutter().scan(input.as_bytes(), true), input.len(), "{input:?}");
        }
    }

    #[test]
    fn a_first_chunk_holds_preamble_and_header() {
        let dialect = Dialect {
            preamble_lines: 1,
            ..Dialect::default()
        };
        let mut cutter = RecordCutter::new(&dialect);
        for text in ["", "ti", "title\n", "title\n\n", "title\n\na", "title\n\na,\"b\n"] {
            assert_eq!(cutter.scan(text.as_bytes(), false), 0, "{text:?}");
        }
        assert_eq!(cutter.scan(b"title\n\na,\"b\nc\"\n1", false), 15);
    }

    #[test]
    fn what_was_cut_off_is_forgotten() {
        let mut cutter = cutter();
        assert_eq!(cutter.scan(b"a\n\"b\nc", false), 2);
        cutter.cut(2);
        assert_eq!(cutter.scan(b"\"b\nc\"\r", false), 0);
        assert_eq!(cutter.scan(b"\"b\nc\"\r\nd", false), 7);
    }

    #[test]
    fn a_record_that_is_too_large_can_be_given_up() {
        let mut cutter = cutter();
        assert!(!cutter.give_up(b""));
        let text = b"a,\"b\nc\nd";
        assert_eq!(cutter.scan(text, false), 0);
        assert!(cutter.give_up(text));
        assert_eq!(cutter.scan(text, false), 7);
    }
}
