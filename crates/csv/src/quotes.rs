//! Looks for the quote that closes a quoted cell.

use memchr::{memchr, memchr_iter, memchr2};

use crate::cell::Form;
use crate::frame::Frame;
use crate::swallowed::{Span, Swallowed, spans_lines};
use crate::tokenize::{Cell, Kind, Record, Syntax, line_end};

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

/// What becomes of a quote in a quoted cell with text behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stray<'a> {
    /// It closes, and the text is of the cell too.
    Any,
    /// It is text where another one closes.
    Loose,
    /// The table has to say it.
    Framed(&'a Frame),
}

impl Syntax {
    /// The cell that starts at `at`, whose opening quote is at `open`.
    pub(crate) fn quoted(
        &self,
        stray: Stray<'_>,
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
                if let Stray::Framed(frame) = stray
                    && spans_lines(bytes, open, close)
                {
                    let span = Span {
                        before: record.cells,
                        is_unsure: record.stray > 0,
                        at,
                        open,
                        close,
                        end,
                    };
                    let swallowed = self.swallowed(frame, bytes, span);
                    record.judged |= swallowed != Swallowed::Text;
                    record.unsure |= swallowed == Swallowed::Unsure;
                    if swallowed == Swallowed::Rows {
                        record.torn = u32::try_from(record.cells).ok();
                        return Err((open, true));
                    }
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
                if let Stray::Loose = stray
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
        let mut record = Record::line_at(at, Kind::Cells);
        let found = self.cell(Stray::Any, bytes, at, &mut record).ok()?;
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
