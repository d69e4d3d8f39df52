//! Tables beside the largest one of a text.
//!
//! What is a record of another table is said by the line it starts on, so that it does not matter how a file is cut.

use std::cmp::Ordering;

use crate::column::evidence::Evidence;
use crate::table::labels::{contradicts, is_value};
use crate::table::shape::Shape;
use crate::text::cell;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::value::words;

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
    /// What it is to that.
    pub kind: Beside,
}

/// What records are to the table that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Another table: they are no rows.
    Other,
    /// A title in front of a further part of it: they are no rows.
    Title,
    /// Another table, or short rows: they are rows where they fit.
    Perhaps,
    /// The rest of a record that a stray quote has torn: they are no rows.
    Rest,
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
/// behind the other that have the same number of cells; if they may be `ragged`, half of them at least, and no other has
/// more.
fn tables(shapes: &[Shape], ragged: bool) -> Vec<Aside> {
    let mut tables = Vec::new();
    let mut start = 0;
    for block in blocks(shapes) {
        let table = table(block, ragged).map(|table| Aside {
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

/// What stands between blank lines and titles.
fn blocks(shapes: &[Shape]) -> impl Iterator<Item = &[Shape]> {
    let mut apart = true;
    shapes.split(move |shape| {
        // A single value with delimiters behind it is a title where it stands alone, and elsewhere a record with holes.
        apart = is_gap(shape) || shape.cells == 1 || (apart && is_title(shape));
        apart && shape.kind != RecordKind::Comment
    })
}

/// The table that `block` is, if it is one.
fn table(block: &[Shape], ragged: bool) -> Option<Aside> {
    let is_record = |shape: &&Shape| shape.kind == RecordKind::Cells;
    let first = block.iter().position(|shape| is_record(&shape))?;
    let last = block.iter().rposition(|shape| is_record(&shape))?;
    let width = block[first].cells;
    let fits = |shape: &Shape| match shape.kind {
        RecordKind::Comment => true,
        RecordKind::Cells if ragged => shape.cells <= width,
        kind => kind == RecordKind::Cells && shape.cells == width,
    };
    let records = block.iter().filter(is_record);
    let full = records.clone().filter(|shape| shape.cells == width).count();
    let is_table = full > 1 && 2 * full >= records.count() && width > 1 && block.iter().all(fits);
    is_table.then_some(Aside {
        first,
        last,
        head: first,
        width,
    })
}

/// Whether a record is a blank line, also one of delimiters alone.
fn is_gap(shape: &Shape) -> bool {
    shape.kind == RecordKind::Blank || (shape.kind == RecordKind::Cells && shape.filled == 0)
}

fn is_title(shape: &Shape) -> bool {
    shape.kind == RecordKind::Cells && shape.filled == 1
}

/// Whether there is a table among `shapes`.
pub(crate) fn have_table(shapes: &[Shape]) -> bool {
    !tables(shapes, false).is_empty()
}

/// The tables of another width among `shapes`, beside one of this width.
pub(crate) fn asides(shapes: &[Shape], width: usize) -> Vec<Aside> {
    let mut tables = tables(shapes, false);
    // Rows of the table whose last cells are empty are none of another.
    let fits = |shape: &Shape| shape.kind != RecordKind::Cells || (shape.cells > width && shape.filled <= width);
    tables.retain(|table| width > 1 && table.width != width && !shapes[table.head..=table.last].iter().all(fits));
    tables
}

/// A text and its records.
pub(crate) struct Records<'a> {
    pub(crate) syntax: &'a Syntax,
    pub(crate) text: &'a [u8],
    pub(crate) shapes: &'a [Shape],
}

impl Records<'_> {
    /// The tables beside the one of this width that begins at `first`. They are others for sure if they are wider,
    /// or begin with a header of their own.
    pub(crate) fn beside(&self, width: usize, first: usize) -> Vec<(Aside, Beside)> {
        // What comes in front of the first whole record may be titles.
        let is_whole = |shape: &Shape| shape.kind == RecordKind::Cells && shape.cells == width && shape.filled > 0;
        let first = self.shapes[first..]
            .iter()
            .position(is_whole)
            .map_or(first, |at| first + at);
        let mut beside = Vec::new();
        for table in tables(self.shapes, true) {
            let titled = self.with_title(table);
            if width < 2 || (titled.first..=titled.last).contains(&first) {
                continue;
            }
            let is_titled = titled.first < table.first;
            let heads = self.heads(table);
            let is_headed = heads.is_some_and(|heads| heads > 0 || is_titled);
            match table.width.cmp(&width) {
                Ordering::Greater if is_headed || self.is_wider(table, width) => beside.push((titled, Beside::Other)),
                // Wider, but neither headed nor wider throughout: rows of the table, some with a cell too many.
                Ordering::Greater => {}
                Ordering::Less if is_headed => beside.push((titled, Beside::Other)),
                Ordering::Less => beside.push((table, Beside::Perhaps)),
                Ordering::Equal if !is_headed || !self.is_set_apart(titled) => {}
                // The same table goes on below another title.
                Ordering::Equal if self.is_again(table, first) => {
                    let title = Aside {
                        last: table.first - 1,
                        ..titled
                    };
                    beside.extend(is_titled.then_some((title, Beside::Title)));
                }
                Ordering::Equal if is_titled || heads >= Some(HEADS) => beside.push((titled, Beside::Other)),
                Ordering::Equal => beside.push((titled, Beside::Perhaps)),
            }
        }
        beside
    }

    /// The table with the lines of one cell in front of it, if they are words behind a blank line, perhaps with blank
    /// lines behind them.
    fn with_title(&self, table: Aside) -> Aside {
        let before = &self.shapes[..table.first];
        let is_part = |shape: &Shape| is_gap(shape) || is_title(shape);
        let from = before.iter().rposition(|shape| !is_part(shape)).map_or(0, |at| at + 1);
        let starts = |at: usize| is_title(&before[at]) && (at == 0 || is_gap(&before[at - 1]));
        let is_word = |shape: &Shape| !self.cells(shape).iter().any(|cell| is_value(cell));
        match (from..table.first).find(|&at| starts(at)) {
            Some(first) if before[first..].iter().filter(|shape| is_title(shape)).all(is_word) => {
                Aside { first, ..table }
            }
            _ => table,
        }
    }

    /// Whether all records of a table have more cells than this, empty ones at the end not counted.
    fn is_wider(&self, table: Aside, width: usize) -> bool {
        let mut records = self.shapes[table.head..=table.last].iter();
        records.all(|shape| shape.kind != RecordKind::Cells || shape.filled > width)
    }

    /// Whether a blank line comes before the table, or nothing.
    fn is_set_apart(&self, table: Aside) -> bool {
        let before = table.first.checked_sub(1);
        before.is_none_or(|before| is_gap(&self.shapes[before]))
    }

    /// Over how many of its columns the first record of a table has a word that is no value of theirs; `None` if it has
    /// anything but different words, or digits in them and a word over no more than one.
    fn heads(&self, table: Aside) -> Option<usize> {
        let mut records = self.shapes[table.head..=table.last]
            .iter()
            .filter(|shape| shape.kind == RecordKind::Cells)
            .map(|shape| self.cells(shape));
        let head = records.next()?;
        let is_word = |cell: &Vec<u8>| {
            let cell = words::trim(cell);
            !cell.is_empty() && !words::is_null_word(cell) && !is_value(cell)
        };
        let mut words: Vec<&Vec<u8>> = head.iter().collect();
        words.sort_unstable();
        if !head.iter().all(is_word) || words.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        let mut columns = vec![(Evidence::NONE, true); table.width];
        for record in records {
            for ((column, are_values), cell) in columns.iter_mut().zip(&record) {
                column.observe(cell, false);
                *are_values &= words::trim(cell).is_empty() || is_value(cell);
            }
        }
        // A column has values also where nobody can decide on their type: `1,204`, `45%`.
        let has_values = |column: &Evidence, are_values: bool| are_values && column.has_values();
        let heads = head.iter().zip(&columns);
        let heads =
            heads.filter(|(cell, (column, are_values))| contradicts(cell, column) || has_values(column, *are_values));
        let heads = heads.count();
        let has_digits = head.iter().flatten().any(u8::is_ascii_digit);
        (heads >= HEADS || !has_digits).then_some(heads)
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
            .map(|&cell| cell::text(self.text, cell, &mut scratch).to_vec());
        texts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::shape::shapes;
    use crate::text::dialect::Dialect;

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
        use Beside::{Other, Perhaps, Title};
        /// A text, and the first and last records of the tables in it, and whether these are apart.
        type Case<'a> = (&'a str, &'a [(usize, usize, Beside)]);
        let cases: [Case<'_>; 15] = [
            ("a,b,c\n1,2,3\n\nx,y\n1,2\n", &[(3, 4, Other)]),
            ("a,b,c\n1,2,3\n\n4,5\n6,7\n", &[(3, 4, Perhaps)]),
            ("a,b,c\n1,2,3\n\nx,y\nu,v\n", &[(3, 4, Perhaps)]),
            ("a,b,c\n1,2,3\n\nNext\nx,y\nu,v\n", &[(3, 5, Other)]),
            ("a,b,c\n1,2,3\n\nx,y,z,w\n1,2,3,4\n", &[(3, 4, Other)]),
            ("a,b,c\n1,2,3\n\nx,y,z\n1,2,3\n", &[(3, 4, Other)]),
            ("a,b,c\n1,2,3\n\na,b,c\n1,2,3\n", &[]),
            ("a,b,c\n1,2,3\n\nNext\na,b,c\n1,2,3\n", &[(3, 3, Title)]),
            ("a,b,c\n1,2,3\n\nNext\n\nx,y\nu,\nv,w\n", &[(3, 7, Other)]),
            ("a,b,c\n1,2,3\n,,\nNext,,\nx,y,\nu,v,\n", &[]),
            ("a,b,c\n1,2,3\n\nx,y,z,w\n1,\n2,3\n3,4,5,6\n7,8,9,0\n", &[(3, 7, Other)]),
            ("a,b,c\n1,2,3\n\n4,5,6,7\n1,2,3\n4,5,6,7\n", &[]),
            ("a,b,c\nu,1,2\n\nu4,lost,lost\nu,3,4\n", &[]),
            ("a,b,c\nu,v,2\n\nNext\nu4,v,lost\nu,v,4\n", &[]),
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
}
