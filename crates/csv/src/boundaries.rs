//! Finds where a stream of CSV text may be cut: behind the record ends that are outside of quotes.
//!
//! The same rules as the tokenizer's, for text that arrives in pieces and without looking at cells. It only says where
//! records end; it neither keeps nor copies text.

use memchr::{memchr, memchr_iter, memrchr2};

use crate::dialect::Dialect;
use crate::tokenize::Syntax;

/// Finds record ends in a stream of UTF-8(-ish) text given piece by piece; quote-aware.
///
/// Any split of the stream in pieces finds the same record ends. Two ends are not reported where they stand, so that a
/// chunk cut at reported offsets can be read alone: the end of a blank line before the first record (the header would
/// else be missing in the first chunk), and a CR at the very end of a piece (its LF may follow), which the next call
/// reports instead.
#[derive(Debug, Clone)]
pub struct RecordCutter {
    syntax: Syntax,
    state: State,
    /// A record has begun: not only blank lines were seen.
    begun: bool,
}

/// What the byte before the next one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A delimiter, an LF or nothing: a quote opens a quoted cell here.
    CellStart,
    /// A CR, which an LF may complete.
    CarriageReturn,
    /// A byte of an unquoted cell.
    Text,
    /// A byte inside quotes.
    Quoted,
    /// A quote inside quotes: the closing one, unless another follows.
    QuoteInQuotes,
}

impl RecordCutter {
    /// Starts at the beginning of a stream, or at any record end in it.
    pub fn new(dialect: &Dialect) -> Self {
        RecordCutter {
            syntax: Syntax::new(dialect),
            state: State::CellStart,
            begun: false,
        }
    }

    /// Advances over the next bytes of the stream; returns the offset just behind the last record end within `bytes`.
    ///
    /// `Some(0)` says that a record ended with the CR that was the last byte of the piece before.
    pub fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        let (mut at, mut end) = (0, None);
        if !self.begun {
            at = bytes
                .iter()
                .position(|&b| b != b'\n' && b != b'\r')
                .unwrap_or(bytes.len());
            self.begun = at < bytes.len();
        } else if self.state == State::CarriageReturn && !bytes.is_empty() {
            at = usize::from(bytes[0] == b'\n');
            end = Some(at);
            self.state = State::CellStart;
        }
        while at < bytes.len() {
            at = match self.state {
                State::Quoted | State::QuoteInQuotes => self.skip_quoted(bytes, at),
                _ => self.skip_unquoted(bytes, at, &mut end),
            };
        }
        end
    }

    /// Whether the stream so far ends inside an open quote.
    ///
    /// A quote as the very last byte counts as the closing one, though another may follow and make it a doubled one.
    pub fn in_quotes(&self) -> bool {
        self.state == State::Quoted
    }

    /// Goes on inside quotes, up to the byte behind the closing quote.
    fn skip_quoted(&mut self, bytes: &[u8], mut at: usize) -> usize {
        let Some(quote) = self.syntax.quote else {
            return bytes.len();
        };
        loop {
            if self.state == State::QuoteInQuotes {
                match bytes.get(at) {
                    None => return at,
                    Some(&b) if b == quote => {
                        self.state = State::Quoted;
                        at += 1;
                    }
                    Some(_) => {
                        self.state = State::Text;
                        return at;
                    }
                }
            }
            match memchr(quote, &bytes[at..]) {
                None => return bytes.len(),
                Some(i) => at += i + 1,
            }
            self.state = State::QuoteInQuotes;
        }
    }

    /// Goes on outside quotes, up to the byte behind the next opening quote; moves `end` to the last record end.
    fn skip_unquoted(&mut self, bytes: &[u8], from: usize, end: &mut Option<usize>) -> usize {
        let open = self.opening_quote(bytes, from);
        let to = open.unwrap_or(bytes.len());
        if let Some(last) = last_record_end(bytes, from, to) {
            *end = Some(last);
        }
        self.state = match bytes[from..to].last() {
            _ if open.is_some() => State::Quoted,
            None => self.state,
            Some(b'\r') => State::CarriageReturn,
            Some(&b) if self.starts_cell(b) => State::CellStart,
            Some(_) => State::Text,
        };
        open.map_or(bytes.len(), |open| open + 1)
    }

    /// The first quote at or behind `from` that stands at the start of a cell.
    fn opening_quote(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let quote = self.syntax.quote?;
        memchr_iter(quote, &bytes[from..]).map(|i| from + i).find(|&at| {
            if at == from {
                self.state != State::Text
            } else {
                self.starts_cell(bytes[at - 1])
            }
        })
    }

    /// Whether a cell starts behind `byte`, which is outside of quotes.
    fn starts_cell(&self, byte: u8) -> bool {
        byte == self.syntax.delimiter || byte == b'\n' || byte == b'\r'
    }
}

/// The offset behind the last line end in `bytes[from..to]` that is sure to be complete.
fn last_record_end(bytes: &[u8], from: usize, mut to: usize) -> Option<usize> {
    if to == bytes.len() && bytes[from..to].last() == Some(&b'\r') {
        to -= 1;
    }
    memrchr2(b'\n', b'\r', &bytes[from..to]).map(|i| from + i + 1)
}

/// Counts the line ends in `bytes`: LF, CRLF and CR alone count one each, inside quotes too.
///
/// This is how misfits and warnings number lines: the line of a record is the chunk's `first_line` plus the line ends
/// before it. Sums over pieces are right for pieces that do not part a CR from its LF, as those of [`RecordCutter`].
pub fn count_lines(bytes: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', bytes).count();
    let lone = memchr_iter(b'\r', bytes)
        .filter(|&i| bytes.get(i + 1) != Some(&b'\n'))
        .count();
    (feeds + lone) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cutter() -> RecordCutter {
        RecordCutter::new(&Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            header: true,
        })
    }

    #[test]
    fn last_end_of_a_piece() {
        let cases: [(&str, Option<usize>, bool); 14] = [
            ("", None, false),
            ("a,b", None, false),
            ("a,b\n", Some(4), false),
            ("a,b\nc\nd", Some(6), false),
            ("a\r\nb", Some(3), false),
            ("a\rb", Some(2), false),
            ("a\r", None, false),
            ("\n\r\n", None, false),
            ("\n\na\n\n", Some(5), false),
            ("a\n\"b\nc", Some(2), true),
            ("a\n\"b\nc\"\"", Some(2), true),
            ("a\n\"b\nc\"d", Some(2), false),
            ("a\nb\"\nc", Some(5), false),
            ("a\n\"b\"x\"\nc", Some(8), false),
        ];
        for (input, expected, in_quotes) in cases {
            let mut cutter = cutter();
            assert_eq!(cutter.scan(input.as_bytes()), expected, "{input:?}");
            assert_eq!(cutter.in_quotes(), in_quotes, "{input:?}");
        }
    }

    #[test]
    fn a_carriage_return_waits_for_the_next_piece() {
        let mut cutter = cutter();
        assert_eq!(cutter.scan(b"a\r"), None);
        assert_eq!(cutter.scan(b""), None);
        assert_eq!(cutter.scan(b"\nb"), Some(1));
        assert_eq!(cutter.scan(b"\r"), None);
        assert_eq!(cutter.scan(b"c"), Some(0));
        assert_eq!(cutter.scan(b"\r"), None);
        assert_eq!(cutter.scan(b"\"\n"), Some(0));
        assert!(cutter.in_quotes());
    }

    #[test]
    fn lines() {
        let cases: [(&str, u64); 6] = [
            ("", 0),
            ("a", 0),
            ("a\nb\r\nc\rd", 3),
            ("\r\r\n\n", 3),
            ("\r", 1),
            ("\"\n\"\n", 2),
        ];
        for (input, expected) in cases {
            assert_eq!(count_lines(input.as_bytes()), expected, "{input:?}");
        }
    }
}
