//! Where the columns of a drawn or aligned table stand on its lines: that tells which cell of a line is empty where blanks
//! part cells, and which sign is a part of a cell in a frame.
//!
//! Places are counted in characters, as those who align a table count them.

use std::ops::Range;

use crate::text::cell::Cell;
use crate::text::dialect::{Delimiter, Spacing};
use crate::text::lines::{behind_mark, line_end};
use crate::text::quotes::Any;
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

impl Syntax {
    /// The cells of the line at `start`, if it has not as many as there are columns and their places tell whose they are.
    #[cold]
    pub(crate) fn placed(&self, bytes: &[u8], start: usize, cells: &[Cell]) -> Option<Vec<Cell>> {
        let places = self.places.as_deref()?;
        match self.delimiter.spacing() {
            Spacing::Runs if cells.len() < places.len() => {
                let spans = self.spans(bytes, start, cells)?;
                let columns = columns_of(&spans, places)?;
                // An empty cell stands in front of the one behind it.
                let mut filled = columns.iter().zip(cells).rev().peekable();
                let mut behind = cells.last()?.end();
                let mut placed: Vec<Cell> = Vec::with_capacity(places.len());
                for column in (0..places.len()).rev() {
                    let cell = filled.next_if(|(at, _)| **at == column).map(|(_, cell)| *cell);
                    placed.push(cell.unwrap_or(Cell::plain(behind, behind)));
                    behind = cell.map_or(behind, Cell::start);
                }
                placed.reverse();
                Some(placed)
            }
            Spacing::Padded | Spacing::Framed if cells.len() > places.len() => {
                let bars = self.bars(bytes, start, cells)?;
                let mut expected = places.split_last()?.1.iter().map(|place| place.end).peekable();
                let mut placed = vec![*cells.first()?];
                for (cell, bar) in cells[1..].iter().zip(bars) {
                    match (expected.next_if_eq(&bar), placed.last_mut()) {
                        (None, Some(last)) => *last = self.unpadded(bytes, Cell::plain(last.start(), cell.end())),
                        _ => placed.push(*cell),
                    }
                }
                expected.next().is_none().then_some(placed)
            }
            _ => None,
        }
    }

    /// A record whose cells are these, by their places.
    pub(crate) fn with_placed(&self, bytes: &[u8], record: Record, cells: &mut Vec<Cell>) -> Record {
        match self.placed(bytes, record.start, cells) {
            Some(placed) => {
                *cells = placed;
                let filled = cells.iter().rposition(|cell| !cell.is_blank(bytes));
                Record {
                    cells: cells.len(),
                    filled: filled.map_or(0, |last| last + 1),
                    ..record
                }
            }
            None => record,
        }
    }

    /// Whether a record has as many cells as there are columns, but not in their places, and single blanks part them: then one
    /// of these may be in a cell, and another cell be empty.
    #[cold]
    pub(crate) fn stands_elsewhere(&self, bytes: &[u8], record: &Record) -> bool {
        let is_open = self.delimiter == Delimiter::BLANKS && record.kind == RecordKind::Cells;
        let places = self
            .places
            .as_deref()
            .filter(|places| is_open && places.len() == record.cells);
        places.is_some_and(|places| {
            let mut cells = Vec::new();
            let plain = self.read_cells(Any, bytes, record.start, usize::MAX, &mut cells);
            let spans = plain.and_then(|_| self.spans(bytes, record.start, &cells));
            // Cells that places have put where they stand are missing between the others.
            let spans = spans.map(|spans| spans.into_iter().enumerate().filter(|(_, span)| !span.is_empty()));
            let is_in_place = |(column, span): (usize, Range<usize>)| columns_of(&[span], places) == Some(vec![column]);
            spans.is_none_or(|mut spans| !spans.all(is_in_place))
        })
    }

    /// Where the cells of the line at `start` stand on it; `None` if that cannot be said.
    pub(crate) fn spans(&self, bytes: &[u8], start: usize, cells: &[Cell]) -> Option<Vec<Range<usize>>> {
        let column = columns(bytes, start)?;
        Some(
            cells
                .iter()
                .map(|cell| column(cell.start())..column(cell.end()))
                .collect(),
        )
    }

    /// Where the delimiters in front of all cells but the first stand on the line at `start`.
    pub(crate) fn bars(&self, bytes: &[u8], start: usize, cells: &[Cell]) -> Option<Vec<usize>> {
        let column = columns(bytes, start)?;
        let behind = cells.get(1..)?.iter();
        Some(
            behind
                .map(|cell| column(cell.delimited_at(bytes, self.delimiter)))
                .collect(),
        )
    }
}

/// In which column each cell stands, which is the only one that it has a character in common with; `None` if it is not so,
/// or a column has two.
pub(crate) fn columns_of(spans: &[Range<usize>], places: &[Range<usize>]) -> Option<Vec<usize>> {
    let column = |span: &Range<usize>| {
        let meets = |place: &Range<usize>| place.start < span.end && span.start < place.end;
        let first = places.iter().position(meets)?;
        (!places.get(first + 1).is_some_and(meets)).then_some(first)
    };
    let columns: Vec<usize> = spans.iter().map(column).collect::<Option<_>>()?;
    columns.is_sorted_by(|a, b| a < b).then_some(columns)
}

/// Says at which character of the line at `start` a byte is; `None` if there is a tab, which stands for any number of them.
fn columns(bytes: &[u8], start: usize) -> Option<impl Fn(usize) -> usize + '_> {
    let start = behind_mark(bytes, start);
    let line = &bytes[start..line_end(bytes, start).0];
    let is_first = |byte: &&u8| !(0x80..0xC0).contains(*byte);
    let count = move |at: usize| {
        line[..at.saturating_sub(start).min(line.len())]
            .iter()
            .filter(is_first)
            .count()
    };
    (!line.contains(&b'\t')).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::cell;
    use crate::text::dialect::Dialect;

    #[test]
    fn cells_stand_in_the_places_of_columns() {
        let (wide, blanks) = (Delimiter::WIDE_BLANKS, Delimiter::BLANKS);
        let (padded, framed) = (Delimiter::PADDED_PIPE, Delimiter::FRAMED_PIPE);
        let aligned: &[Range<usize>] = &[0..4, 6..9, 11..15];
        let drawn: &[Range<usize>] = &[0..4, 5..9];
        let in_frame: &[Range<usize>] = &[1..4, 5..9];
        let cases: [(Delimiter, &[Range<usize>], &str, &str); 21] = [
            (wide, aligned, "anna  123  Riga", "anna/123/Riga"),
            (wide, aligned, "anna       Riga", "anna//Riga"),
            (wide, aligned, "anna    3", "anna/3/"),
            (wide, aligned, "           Riga", "//Riga"),
            (wide, aligned, "Äñnä       Rīga", "Äñnä//Rīga"),
            (
                wide,
                aligned,
                "anna       Riga, in the north",
                "anna//Riga, in the north",
            ),
            // It stands below two columns, or none.
            (wide, aligned, "anna of 1  Riga", "anna of 1/Riga"),
            (
                wide,
                aligned,
                "anna      in Riga by the sea",
                "anna//in Riga by the sea",
            ),
            (wide, aligned, "anna\t       Riga", "anna\t/Riga"),
            (wide, aligned, "a  b", "a/b"),
            (wide, aligned, "anna  in the north  9", "anna/in the north/9"),
            (blanks, aligned, "anna    3 ", "anna/3/"),
            (blanks, aligned, "anna  123  Riga", "anna/123/Riga"),
            (blanks, aligned, "anna       in Riga", ""),
            (padded, drawn, " ab |  x", "ab/x"),
            (padded, drawn, " ab | x|y ", "ab/x|y"),
            (padded, drawn, "a||b| x", "a||b/x"),
            (padded, drawn, "a|  | x", "a|/x"),
            (padded, drawn, "a | b | c ", "a/b/c"),
            (framed, in_frame, "|a|b| x  |", "a|b/x"),
            (framed, in_frame, "|a  | |y |", "a/|y"),
        ];
        for (delimiter, places, line, expected) in cases {
            let syntax = Syntax::new(&Dialect {
                delimiter,
                places: Some(places.into()),
                ..Dialect::default()
            });
            for limit in [usize::MAX, 1] {
                let (mut cells, mut scratch) = (Vec::new(), Vec::new());
                let record = syntax.record(line.as_bytes(), 0, limit, &mut cells).unwrap();
                let found = cells.iter();
                let found = found
                    .map(|&cell| String::from_utf8_lossy(cell::text(line.as_bytes(), cell, &mut scratch)).into_owned());
                let found: Vec<String> = found.collect();
                let expected: Vec<&str> = expected.split('/').collect();
                if record.kind == RecordKind::Unclear {
                    assert_eq!((expected, found.len()), (vec![""], 0), "{line:?}");
                    continue;
                }
                assert_eq!(record.cells, expected.len(), "{line:?} {found:?}");
                assert_eq!(found, expected[..expected.len().min(limit)], "{line:?}");
            }
        }
    }
}
