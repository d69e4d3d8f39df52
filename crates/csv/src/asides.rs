//! Tables beside the largest one of a text.
//!
//! What is a record of another table is said by the line it starts on, so that it does not matter how a file is cut.

use std::ops::Range;

use crate::chunk::Chunk;
use crate::decode::text;
use crate::labels::{contradicts, is_value};
use crate::layout::Shape;
use crate::tokenize::{self, Kind, Syntax, line_end};
use crate::types::Evidence;

/// How many words over columns of values make the head of a table as wide as the largest one, if nothing else does.
const HEADS: usize = 2;

/// A table beside the one that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherTable {
    /// The line, counted from 1, on which its first record starts, or its title.
    pub first_line: u64,
    /// The line on which its last record starts; `None` if the sample ends before it does.
    pub last_line: Option<u64>,
    /// How many cells each of its records has.
    pub columns: usize,
    /// It is another table for sure, and its records are no rows. If not, they are rows where they fit.
    pub is_apart: bool,
}

/// Records that are a table of their own, by their indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aside {
    /// Its first record, or its title.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The first record behind its title.
    pub(crate) head: usize,
    /// How many cells each of its records has.
    pub(crate) width: usize,
}

impl Aside {
    pub(crate) fn records(&self) -> usize {
        self.last - self.head + 1
    }
}

/// The tables that stand between blank lines, titles, or the first and last records of all: at least two records one
/// behind the other that have the same number of cells.
fn tables(shapes: &[Shape]) -> Vec<Aside> {
    let parts = |shape: &Shape| shape.kind == Kind::Blank || is_title(shape);
    let mut tables = Vec::new();
    let mut start = 0;
    for block in shapes.split(parts) {
        let table = table(block).map(|table| Aside {
            first: table.first + start,
            last: table.last + start,
            head: table.head + start,
            ..table
        });
        tables.extend(table);
        start += block.len() + 1;
    }
    tables
}

/// The table that `block` is, if it is one.
fn table(block: &[Shape]) -> Option<Aside> {
    let is_record = |shape: &Shape| shape.kind == Kind::Cells;
    let first = block.iter().position(is_record)?;
    let last = block.iter().rposition(is_record)?;
    let width = block[first].cells;
    let is_same = |shape: &Shape| match shape.kind {
        Kind::Comment => true,
        kind => kind == Kind::Cells && shape.cells == width,
    };
    (last > first && width > 1 && block.iter().all(is_same)).then_some(Aside {
        first,
        last,
        head: first,
        width,
    })
}

fn is_title(shape: &Shape) -> bool {
    shape.kind == Kind::Cells && shape.filled <= 1
}

/// The tables of another width among `shapes`, beside one of this width.
pub(crate) fn asides(shapes: &[Shape], width: usize) -> Vec<Aside> {
    let mut tables = tables(shapes);
    tables.retain(|table| width > 1 && table.width != width);
    tables
}

/// A text and its records.
pub(crate) struct Records<'a> {
    pub(crate) syntax: &'a Syntax,
    pub(crate) text: &'a [u8],
    pub(crate) shapes: &'a [Shape],
}

impl Records<'_> {
    /// The tables beside the one of this width whose first record is at `first`, and whether they are apart from it for
    /// sure: if they are wider, or begin with a header.
    pub(crate) fn beside(&self, width: usize, first: usize) -> Vec<(Aside, bool)> {
        let mut beside = Vec::new();
        for table in tables(self.shapes) {
            let titled = self.with_title(table);
            if width < 2 || (titled.first..=titled.last).contains(&first) {
                continue;
            }
            let is_titled = titled.first < table.first;
            match self.heads(table) {
                _ if table.width > width => beside.push((titled, true)),
                Some(heads) if table.width < width => beside.push((titled, is_titled || heads > 0)),
                None if table.width < width => beside.push((table, false)),
                Some(heads) if self.is_set_apart(titled) && (is_titled || !self.is_again(table, first)) => {
                    let is_apart = is_titled || heads >= HEADS;
                    if is_apart || heads > 0 {
                        beside.push((titled, is_apart));
                    }
                }
                _ => {}
            }
        }
        beside
    }

    /// The table with the lines of one cell in front of it, if they are words behind a blank line.
    fn with_title(&self, table: Aside) -> Aside {
        let before = self.shapes[..table.first].iter();
        let titles = before.rev().take_while(|shape| is_title(shape)).count();
        let titled = Aside {
            first: table.first - titles,
            ..table
        };
        let mut lines = self.shapes[titled.first..table.first].iter();
        let is_word = |shape: &Shape| !self.cells(shape).iter().any(|cell| is_value(cell));
        if titles > 0 && self.is_set_apart(titled) && lines.all(is_word) {
            titled
        } else {
            table
        }
    }

    /// Whether a blank line comes before the table, or nothing.
    fn is_set_apart(&self, table: Aside) -> bool {
        let before = table.first.checked_sub(1);
        before.is_none_or(|before| self.shapes[before].kind == Kind::Blank)
    }

    /// Over how many of its columns the first record of a table has a word that is no value of theirs; `None` if it has
    /// anything but words.
    fn heads(&self, table: Aside) -> Option<usize> {
        let mut records = self.shapes[table.head..=table.last]
            .iter()
            .filter(|shape| shape.kind == Kind::Cells)
            .map(|shape| self.cells(shape));
        let head = records.next()?;
        let is_word = |cell: &Vec<u8>| {
            let cell = text::trim(cell);
            !cell.is_empty() && !text::is_null_word(cell) && !is_value(cell)
        };
        if !head.iter().all(is_word) {
            return None;
        }
        let mut columns = vec![Evidence::NONE; table.width];
        for record in records {
            let cells = columns.iter_mut().zip(&record);
            cells.for_each(|(column, cell)| column.observe(cell, false));
        }
        let heads = head.iter().zip(&columns);
        Some(heads.filter(|(cell, column)| contradicts(cell, column)).count())
    }

    /// Whether a table has the first record of the one at `first` for its own.
    fn is_again(&self, table: Aside, first: usize) -> bool {
        self.cells(&self.shapes[table.head]) == self.cells(&self.shapes[first])
    }

    fn cells(&self, shape: &Shape) -> Vec<Vec<u8>> {
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        self.syntax.record(self.text, shape.start, usize::MAX, &mut cells);
        let texts = cells
            .iter()
            .map(|&cell| tokenize::text(self.text, cell, &mut scratch).to_vec());
        texts.collect()
    }
}

/// Where in a chunk the records of other tables start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Apart {
    /// From one offset to another, in order, and the line on which the table begins.
    ranges: Vec<(Range<usize>, u64)>,
}

/// A part of a chunk in which no table begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The offset behind it.
    pub(crate) end: usize,
    /// The line on which the other table begins whose records start in it; `None` if they are of the one that is served.
    pub(crate) other: Option<u64>,
}

impl Apart {
    /// Those of `others` that are apart.
    pub(crate) fn of(others: &[OtherTable], chunk: &Chunk<'_>) -> Self {
        let mut ranges = Vec::new();
        let (mut line, mut at) = (chunk.first_line, 0);
        let mut start_of = |wanted: u64| {
            while line < wanted && at < chunk.text.len() {
                (line, at) = (line + 1, line_end(chunk.text, at).1);
            }
            at
        };
        for other in others.iter().filter(|other| other.is_apart) {
            if other.last_line.is_some_and(|last| last < chunk.first_line) {
                continue;
            }
            let start = start_of(other.first_line);
            let end = match other.last_line {
                Some(last) => start_of(last.saturating_add(1)),
                None => chunk.text.len(),
            };
            if start < end {
                ranges.push((start..end, other.first_line));
            }
        }
        Apart { ranges }
    }

    /// The stretch that a record is in which starts at `at`, in a chunk of this length.
    pub(crate) fn stretch(&self, at: usize, len: usize) -> Stretch {
        let next = self.ranges.iter().find(|(range, _)| at < range.end);
        match next {
            Some((range, line)) if range.contains(&at) => Stretch {
                end: range.end,
                other: Some(*line),
            },
            Some((range, _)) => Stretch {
                end: range.start,
                other: None,
            },
            None => Stretch { end: len, other: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, Overrides};
    use crate::layout::shapes;
    use crate::{Decoder, Ledger, Sample, Survey, infer};
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    #[test]
    fn other_tables_stand_apart() {
        let cases: [(&str, &[[usize; 3]]); 6] = [
            ("a,b\n1,2\n\nx,y,z\n1,2,3\n", &[[3, 4, 3]]),
            (
                "x,y,z\n1,2,3\n\na,b\n1,2\nNext\nx,y,z,w\n1,2,3,4\n",
                &[[0, 1, 3], [6, 7, 4]],
            ),
            ("a,b\n1,2\n1,2,3\n1,2,3\n", &[]),
            ("a,b\n\n1,2,3\n\na,b\n", &[]),
            ("a,b\n\n1,2,3\n1,2,3,4\n", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let syntax = Syntax::new(&Dialect::default());
            let found = asides(&shapes(&syntax, text.as_bytes(), true, 100, |_, _| ()), 2);
            let found: Vec<_> = found
                .iter()
                .map(|aside| [aside.first, aside.last, aside.width])
                .collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_header_tells_another_table_from_short_rows() {
        /// A text, and the first and last records of the tables in it, and whether these are apart.
        type Case<'a> = (&'a str, &'a [(usize, usize, bool)]);
        let cases: [Case<'_>; 9] = [
            ("a,b,c\n1,2,3\n\nx,y\n1,2\n", &[(3, 4, true)]),
            ("a,b,c\n1,2,3\n\n4,5\n6,7\n", &[(3, 4, false)]),
            ("a,b,c\n1,2,3\n\nx,y\nu,v\n", &[(3, 4, false)]),
            ("a,b,c\n1,2,3\n\nNext\nx,y\nu,v\n", &[(3, 5, true)]),
            ("a,b,c\n1,2,3\n\nx,y,z,w\n1,2,3,4\n", &[(3, 4, true)]),
            ("a,b,c\n1,2,3\n\nx,y,z\n1,2,3\n", &[(3, 4, true)]),
            ("a,b,c\n1,2,3\n\na,b,c\n1,2,3\n", &[]),
            ("a,b,c\n1,2,3\n\nNext\na,b,c\n1,2,3\n", &[(3, 5, true)]),
            ("a,b,c\nu,v,3\n\nx,y,none\nu,v,3\nx,y,z\nu,v,4\n", &[]),
        ];
        for (text, expected) in cases {
            let syntax = Syntax::new(&Dialect::default());
            let records = Records {
                syntax: &syntax,
                text: text.as_bytes(),
                shapes: &shapes(&syntax, text.as_bytes(), true, 100, |_, _| ()),
            };
            let beside = records.beside(3, 0);
            let beside: Vec<_> = beside.iter().map(|(a, apart)| (a.first, a.last, *apart)).collect();
            assert_eq!(beside, expected, "{text:?}");
        }
    }

    #[test]
    fn records_of_another_table_are_no_rows() {
        let text = b"id,qty,price\n1,2,3\n4,5,6\n7,8,9\n10,11,12\n\ncode,count\n1,100\n\n2,200,3\n";
        let sample = Sample {
            head: text,
            blocks: vec![],
            complete: true,
        };
        let mut survey = Survey::new(&infer(&sample, &Overrides::default()));
        survey.observe(&Chunk::whole(text));
        let surveyed = survey.finish();
        let ledger = Ledger {
            header: 1,
            blank: 2,
            served: 5,
            rejected: 2,
            ..Ledger::default()
        };
        assert_eq!((surveyed.ledger, surveyed.settled), (ledger, true));
        let rejects: Vec<_> = surveyed.rejects.iter().map(|r| (r.line, r.reason.as_str())).collect();
        let reason = "it belongs to another table, which begins on line 7";
        assert_eq!(rejects, [(7, reason), (8, reason)]);
        let decoder = Decoder::new(&surveyed.profile, None, 10);
        for window_bytes in [0, 1 << 20] {
            let decoded = decoder
                .clone()
                .with_window_bytes(window_bytes)
                .decode(&Chunk::whole(text));
            let decoded = decoded.unwrap();
            assert_eq!(decoded.ledger, ledger);
            let sums = decoded.batches.iter().map(|batch| {
                let quantities = batch.column(1).as_primitive::<Int64Type>();
                quantities.iter().flatten().sum::<i64>()
            });
            assert_eq!(sums.sum::<i64>(), 226);
        }
    }

    #[test]
    fn lines_are_found_in_a_chunk() {
        let other = |first_line, last_line, is_apart| OtherTable {
            first_line,
            last_line,
            columns: 2,
            is_apart,
        };
        let others = [
            other(11, Some(12), true),
            other(13, Some(13), false),
            other(15, None, true),
        ];
        let chunk = |text, first_line| Chunk {
            first_line,
            starts_file: false,
            ..Chunk::whole(text)
        };
        /// A chunk, the line it begins on, and what is apart in it.
        type Case<'a> = (&'a [u8], u64, &'a [(Range<usize>, u64)]);
        let cases: [Case<'_>; 5] = [
            (b"a\nb\r\nc\rd\n", 10, &[(2..7, 11)]),
            (b"a\nb\n", 12, &[(0..2, 11)]),
            (b"a\nb\n", 13, &[]),
            (b"a\nb\n", 14, &[(2..4, 15)]),
            (b"a\nb\n", 100, &[(0..4, 15)]),
        ];
        for (text, first_line, expected) in cases {
            let apart = Apart::of(&others, &chunk(text, first_line));
            assert_eq!(apart.ranges, expected, "{text:?} {first_line}");
            let stretches = (0..text.len()).map(|at| apart.stretch(at, text.len()));
            let inside = |at: usize| expected.iter().find(|(range, _)| range.contains(&at));
            for (at, stretch) in stretches.enumerate() {
                assert_eq!(stretch.other, inside(at).map(|(_, line)| *line));
                assert!(at < stretch.end);
            }
        }
    }
}
