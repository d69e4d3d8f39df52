//! Cells that are aligned or padded with blanks, and frames around them.

use crate::text::cell::Cell;
use crate::text::dialect::Spacing;
use crate::text::syntax::Syntax;

impl Syntax {
    /// Where the first cell of the line at `at` starts, if the delimiter has spacing.
    #[cold]
    pub(crate) fn first_cell(&self, bytes: &[u8], at: usize) -> usize {
        let at = skip_spaces(bytes, at);
        match self.delimiter.spacing() {
            Spacing::Framed if bytes[at..].starts_with(self.delimiter.as_bytes()) => {
                skip_spaces(bytes, at + self.delimiter.as_bytes().len())
            }
            _ => at,
        }
    }

    /// Where the cell behind the delimiter at `end` starts; that has been seen to be there.
    pub(crate) fn behind_delimiter(&self, bytes: &[u8], end: usize) -> usize {
        let at = end + self.delimiter.as_bytes().len();
        if self.delimiter.is_exact() {
            return at;
        }
        skip_spaces(bytes, at)
    }

    /// Whether there is no cell at `at`, behind a delimiter with spacing: the line ends there.
    #[cold]
    pub(crate) fn ends_with_spacing(&self, bytes: &[u8], at: usize) -> bool {
        let may_end = matches!(self.delimiter.spacing(), Spacing::Runs | Spacing::Framed);
        may_end && matches!(bytes.get(at), None | Some(b'\n' | b'\r'))
    }

    /// A cell without the blanks that pad it behind.
    #[cold]
    pub(crate) fn unpadded(&self, bytes: &[u8], cell: Cell) -> Cell {
        if cell.is_quoted() {
            return cell;
        }
        let text = cell.span(bytes);
        let padding = text.iter().rev().take_while(|byte| **byte == b' ').count();
        Cell::plain(cell.start(), cell.start() + text.len() - padding)
    }
}

/// The offset of the first byte from `at` on that is no space.
fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    let spaces = bytes[at.min(bytes.len())..].iter().take_while(|byte| **byte == b' ');
    at + spaces.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::cell;
    use crate::text::dialect::{Delimiter, Dialect};

    #[test]
    fn cells_of_lines_with_spacing() {
        let (blanks, wide) = (Delimiter::BLANKS, Delimiter::WIDE_BLANKS);
        let (padded, framed) = (Delimiter::PADDED_PIPE, Delimiter::FRAMED_PIPE);
        let cases: [(Delimiter, &str, &[&str]); 14] = [
            (blanks, "a  b c", &["a", "b", "c"]),
            (blanks, "  a   b  ", &["a", "b"]),
            (blanks, " \"a b\"   c", &["a b", "c"]),
            (blanks, "a", &["a"]),
            (wide, "New York   5", &["New York", "5"]),
            (wide, "  a b  c d ", &["a b", "c d"]),
            (padded, " a | b c ", &["a", "b c"]),
            (padded, "  | b", &["", "b"]),
            (padded, " a |", &["a", ""]),
            (framed, "| a | b c |", &["a", "b c"]),
            (framed, " |a||  ", &["a", ""]),
            (framed, "| \"a\" |  |", &["\"a\"", ""]),
            (framed, "a | b", &["a", "b"]),
            (framed, "|", &[""]),
        ];
        for (delimiter, line, expected) in cases {
            let syntax = Syntax::new(&Dialect {
                delimiter,
                ..Dialect::default()
            });
            for end in ["", "\n", "\r\n"] {
                let text = format!("{line}{end}");
                let (mut cells, mut scratch) = (Vec::new(), Vec::new());
                let record = syntax.record(text.as_bytes(), 0, usize::MAX, &mut cells).unwrap();
                let found: Vec<String> = cells
                    .iter()
                    .map(|&cell| String::from_utf8_lossy(cell::text(text.as_bytes(), cell, &mut scratch)).into_owned())
                    .collect();
                assert_eq!(
                    (found, record.next, record.end),
                    (
                        expected.iter().map(|s| (*s).to_owned()).collect(),
                        text.len(),
                        line.len()
                    ),
                    "{text:?}"
                );
            }
        }
    }
}
