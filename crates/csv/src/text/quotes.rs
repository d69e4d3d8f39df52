//! Reads one cell: looks for the quote that closes it, if it is quoted.

use memchr::{memchr, memchr_iter, memchr2};

use crate::text::cell::{Cell, Form};
use crate::text::lines::{has_line_end, line_end};
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

/// What became of an opening quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Closed by the quote at `close`; the cell ends at `end`, behind the blanks that follow.
    Closed { close: usize, end: usize, rebuilt: bool },
    /// There is text behind the quote at `close`.
    Stray { close: usize },
    /// There is no close up to the end of the text.
    Open {
        /// Where to go on looking when there is more text.
        from: usize,
    },
}

/// A quoted cell, and the record that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// How many cells of the record come before it.
    pub(crate) before: usize,
    /// There were stray quotes in those cells, so that there may be more or less of them.
    pub(crate) is_unsure: bool,
    /// Where it starts, with the blanks in front of its quote.
    pub(crate) at: usize,
    /// Where its opening quote is.
    pub(crate) open: usize,
    /// Where its closing quote is.
    pub(crate) close: usize,
    /// Where it ends, with the blanks behind its quote.
    pub(crate) end: usize,
}

/// What the lines of a quoted cell look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swallowed {
    /// Text with line ends.
    Text,
    /// Text, but by their number of cells they would be rows.
    NoRows,
    /// The same, and nothing in them says that they are none.
    Unsure,
    /// Rows.
    Rows,
}

/// What becomes of quotes that are not where a careful writer puts them.
pub(crate) trait Strays: Copy {
    /// A quote in a quoted cell with text behind it is text where another one closes; else it closes, and the text is of
    /// the cell too.
    const ARE_LOOSE: bool = false;

    /// What the lines are that a quoted cell spans.
    #[inline(always)]
    fn swallowed(self, _: &Syntax, _: &[u8], _: Span) -> Swallowed {
        Swallowed::Text
    }
}

/// A quote with text behind it closes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Any;

impl Strays for Any {}

/// A quote with text behind it is text where another one closes: for text of which no table is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loose;

impl Strays for Loose {
    const ARE_LOOSE: bool = true;
}

impl Syntax {
    /// The cell at `at` and the offset of what ends it; the error is a broken quote, and whether it is surely text.
    #[inline(always)]
    pub(crate) fn cell<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        at: usize,
        record: &mut Record,
    ) -> Result<(Cell, usize), (usize, bool)> {
        if let Some(open) = self.opens(bytes, at) {
            record.opened += 1;
            return self.quoted(strays, bytes, at, open, record);
        }
        let end = self.cell_end(bytes, at);
        Ok((Cell::new(at, end, Form::Plain), end))
    }

    /// The cell that starts at `at`, whose opening quote is at `open`.
    fn quoted<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        at: usize,
        open: usize,
        record: &mut Record,
    ) -> Result<(Cell, usize), (usize, bool)> {
        let padded = at != open;
        let escaped = Form::Escaped(self.escape.unwrap_or(bytes[open]));
        let plain = || {
            let end = self.cell_end(bytes, at);
            Ok((Cell::new(at, end, Form::Plain), end))
        };
        let closing = self.closing(bytes, open + 1);
        record.open |= match closing {
            Closing::Open { .. } => true,
            Closing::Stray { close } => self.may_close(bytes, close),
            Closing::Closed { .. } => false,
        };
        match closing {
            Closing::Closed { close, end, rebuilt } => {
                let span = Span {
                    before: record.cells,
                    is_unsure: record.stray > 0,
                    at,
                    open,
                    close,
                    end,
                };
                let swallowed = strays.swallowed(self, bytes, span);
                record.judged |= swallowed != Swallowed::Text;
                record.unsure |= swallowed == Swallowed::Unsure;
                if swallowed == Swallowed::Rows {
                    record.torn = u32::try_from(record.cells).ok();
                    return Err((open, true));
                }
                record.quotes += 2;
                if rebuilt {
                    record.quotes += self.count_quotes(&bytes[open + 1..close]);
                    return Ok((Cell::new(open, close + 1, escaped), end));
                }
                Ok((Cell::new(open + 1, close, Form::Quoted), end))
            }
            _ if padded => plain(),
            Closing::Stray { close } if !spans_lines(bytes, open, close) => {
                if S::ARE_LOOSE
                    && let Some((close, end)) = self.loose_close(bytes, close)
                {
                    record.loose += 1;
                    let loose = Form::Loose(self.escape.unwrap_or(bytes[open]));
                    return Ok((Cell::new(open, close + 1, loose), end));
                }
                record.stray += 1;
                let end = self.cell_end(bytes, close + 1);
                Ok((Cell::new(open, end, escaped), end))
            }
            Closing::Stray { .. } | Closing::Open { .. } => Err((open, false)),
        }
    }

    /// The first quote behind `from`, on the same line, that is in front of a delimiter or a line end, and where that is;
    /// unless a quote that may open another cell comes before it.
    fn loose_close(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let line = line_end(bytes, from).0;
        let quotes = memchr_iter(self.quote?, &bytes[from + 1..line]).map(|i| from + 1 + i);
        let opens = |quote: usize| {
            let before = bytes[from..quote].iter().rposition(|byte| !self.is_blank(*byte));
            before.is_some_and(|last| bytes[from..=from + last].ends_with(self.delimiter.as_bytes()))
        };
        let ends = quotes.take_while(|&quote| !opens(quote));
        let mut ends = ends.map(|close| (close, self.skip_blanks(bytes, close + 1)));
        ends.find(|&(_, end)| self.ends_here(bytes, end))
    }

    /// The cell at `at` on a line that ends at `line`, and where it ends; `None` if its quotes are not in their places.
    pub(crate) fn cell_within(&self, bytes: &[u8], at: usize, line: usize) -> Option<(Cell, usize)> {
        let bytes = &bytes[..line];
        let mut record = Record::line_at(at, RecordKind::Cells);
        let found = self.cell(Any, bytes, at, &mut record).ok()?;
        (record.stray == 0).then_some(found)
    }

    /// Whether the quote at `close`, with text behind it, closes if there is more text: that may be half a delimiter.
    pub(crate) fn may_close(&self, bytes: &[u8], close: usize) -> bool {
        let behind = self.skip_blanks(bytes, close + 1);
        self.delimiter.as_bytes().starts_with(&bytes[behind..])
    }

    /// Looks for the quote that closes; `from` is inside the quotes, and not between the quotes of a doubled one.
    pub(crate) fn closing(&self, bytes: &[u8], from: usize) -> Closing {
        let quote = self.quote.expect("a quote was opened");
        let (mut at, mut rebuilt) = (from, false);
        loop {
            let found = match self.escape {
                None => memchr(quote, &bytes[at..]),
                Some(escape) => memchr2(quote, escape, &bytes[at..]),
            };
            let Some(found) = found.map(|i| at + i) else {
                return Closing::Open { from: bytes.len() };
            };
            let escapes = bytes[found] != quote;
            match bytes.get(found + 1) {
                None if escapes => return Closing::Open { from: found },
                Some(&next) if escapes || next == quote => {
                    let pair = next == quote || Some(next) == self.escape;
                    rebuilt |= pair;
                    at = found + if pair { 2 } else { 1 };
                }
                _ => {
                    let end = self.skip_blanks(bytes, found + 1);
                    if self.ends_here(bytes, end) {
                        return Closing::Closed {
                            close: found,
                            end,
                            rebuilt,
                        };
                    }
                    return Closing::Stray { close: found };
                }
            }
        }
    }
}

/// Whether there is a line end between two quotes.
pub(crate) fn spans_lines(bytes: &[u8], open: usize, close: usize) -> bool {
    has_line_end(&bytes[open..close])
}
