//! The records at the start of a table, and what those behind them say of the columns: by which a header is told.

use std::collections::HashSet;

use crate::column::evidence::Evidence;
use crate::table::groups::{carried, is_below_groups};
use crate::table::labels::{are_dashes, contradicts, is_value};
use crate::table::layout::Layout;
use crate::table::mend::mend;
use crate::table::names::{MAX_COLUMNS, Named, UniqueNames};
use crate::table::overrides::{HeaderMode, NullWord, Overrides};
use crate::table::shape::{MOST_RECORDS, Shape};
use crate::text::cell;
use crate::text::json::is_object;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::value::kind::ColumnType;
use crate::value::nulls::NullWords;
use crate::value::words;

/// How many records may name the columns.
pub(super) const MOST_HEADER_ROWS: usize = 3;

/// The records of a table that may name its columns.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// How many columns the records have.
    width: usize,
    /// How many cells they usually have, at most the width.
    pub(super) usual: usize,
    /// The texts of the cells of the first ones.
    rows: Vec<Vec<Vec<u8>>>,
    /// What the records behind each of these say of the columns.
    below: Vec<Vec<Evidence>>,
    /// The most cells that one of the others has, empty ones at the end not counted.
    widest: usize,
    /// The same with the empty ones.
    broadest: usize,
    /// What the caller takes for NULL, in whatever column.
    nulls: NullWords,
}

impl Head {
    /// That of a table which has these records.
    pub(super) fn of(layout: &Layout, syntax: &Syntax, text: &[u8], shapes: &[Shape], overrides: &Overrides) -> Self {
        let mut head = Head {
            width: layout.width,
            usual: layout.usual,
            nulls: NullWords::new(overrides.nulls.iter().map(NullWord::word)),
            ..Head::default()
        };
        head.read(syntax, text, shapes, overrides.header);
        head
    }

    /// Takes in the records of the table.
    fn read(&mut self, syntax: &Syntax, text: &[u8], shapes: &[Shape], mode: HeaderMode) {
        let asked = match mode {
            HeaderMode::Rows(rows) => rows.min(MOST_RECORDS),
            HeaderMode::Detect | HeaderMode::Present | HeaderMode::Absent | HeaderMode::Comment => 0,
        };
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        let (mut rest, mut cells_behind) = (Vec::new(), Vec::new());
        for shape in shapes.iter().filter(|shape| shape.kind == RecordKind::Cells) {
            cells.clear();
            syntax.record(text, shape.start, usize::MAX, &mut cells);
            if self.rows.len() <= MOST_HEADER_ROWS.max(asked) {
                let texts = cells.iter().map(|&cell| cell::text(text, cell, &mut scratch).to_vec());
                self.rows.push(texts.collect());
                continue;
            }
            self.widest = self.widest.max(shape.filled.min(self.width));
            self.broadest = self.broadest.max(shape.cells);
            cells_behind.push(shape.cells);
            // What has only its first cell is rather a note.
            if shape.cells >= self.usual && (shape.filled > 1 || self.width < 3) {
                for (index, &cell) in cells.iter().take(self.width).enumerate() {
                    observe(&mut rest, index, &self.nulls, cell::text(text, cell, &mut scratch));
                }
            }
        }
        if let Some((header, others)) = self.rows.split_first_mut() {
            let mut behind = others.iter().map(Vec::len).chain(cells_behind);
            let width = behind.next().unwrap_or(0);
            if behind.clone().count() > 0 && behind.all(|other| other == width) {
                mend(header, width, syntax.delimiter.as_bytes());
            }
        }
        for row in self.rows.iter().rev() {
            self.below.push(rest.clone());
            if row.len() >= self.usual {
                for (index, cell) in row.iter().take(self.width).enumerate() {
                    observe(&mut rest, index, &self.nulls, cell);
                }
            }
        }
        self.below.reverse();
    }

    /// The most cells that a record has, empty ones at the end not counted.
    pub(super) fn widest(&self) -> usize {
        let rows = self.rows.iter().map(|row| filled(row).min(self.width));
        rows.chain([self.widest]).max().unwrap_or(0)
    }

    /// How many records name the columns, if the first one `is_header`.
    pub(super) fn header_rows(&self, mode: HeaderMode, is_header: bool) -> usize {
        match mode {
            HeaderMode::Absent | HeaderMode::Comment => 0,
            HeaderMode::Present => 1,
            HeaderMode::Rows(rows) => rows,
            HeaderMode::Detect if !is_header => 0,
            HeaderMode::Detect => self.depth(),
        }
    }

    /// Whether the first record is a header, judging by its cells and by what the records below say of their columns.
    ///
    /// It is one if one of its cells cannot be of the type that its column has otherwise, or if it `names_columns` or groups
    /// of them although it looks like values; it is not if a cell is a value (a number, a date, digits and punctuation), or
    /// if it is the only record and has an empty cell; a record of nothing but words is taken for one.
    pub(super) fn is_header(&self, names_columns: impl Fn(&[Vec<u8>]) -> bool) -> bool {
        let depth = self.depth();
        let (Some(cells), Some(below)) = (self.rows.first(), self.below.get(depth - 1)) else {
            return false;
        };
        let mut columns = cells.iter().zip(below);
        let alone = self.rows.len() == 1 && cells.len() > 1;
        let is_of_list = || is_of_list(cells, &self.rows[1..]) || cells.iter().all(|cell| is_object(cell));
        if self.width == 1 && depth == 1 && is_of_list() {
            return false;
        }
        columns.any(|(cell, column)| contradicts(cell, column) && !self.nulls.hold(cell))
            || names_columns(cells)
            || (depth > 1 && is_of_groups(cells))
            || !cells.iter().any(|cell| is_value(cell) || (alone && cell.is_empty()))
    }

    /// Whether the first record names columns for sure, and no record of the table can be one: its cells are different words,
    /// which are no values of at least one column that has a type, and of none of those that have.
    pub(super) fn is_sure(&self) -> bool {
        let behind = &self.below[self.depth() - 1..];
        let (Some(cells), Some(below)) = (self.rows.first(), behind.first()) else {
            return false;
        };
        let words: Vec<&[u8]> = cells.iter().map(|cell| words::trim(cell)).collect();
        let different: HashSet<&[u8]> = words.iter().copied().collect();
        let typed = || {
            cells
                .iter()
                .zip(below)
                .filter(|(_, column)| column.kind() != ColumnType::Utf8)
        };
        let are_names = typed().all(|(cell, column)| contradicts(cell, column));
        let is_named = different.len() == words.len() && !cells.iter().any(|cell| is_value(cell) || cell.is_empty());
        typed().count() > 0 && are_names && is_named && cells.len() >= self.usual.min(self.widest())
    }

    /// Whether cells are none of a row that could stand among the records behind the header: one of them is no value of the
    /// type that its column has.
    pub(super) fn contradicts(&self, cells: &[Vec<u8>]) -> bool {
        let is_misfit = |cell: &[u8], column: &Evidence| {
            let value = words::trim(cell);
            let is_null = value.is_empty() || words::is_null_word(value) || self.nulls.hold(value);
            column.kind() != ColumnType::Utf8 && !is_null && !column.holds(value)
        };
        let below = self.below.get(self.depth() - 1);
        below.is_some_and(|below| cells.iter().zip(below).any(|(cell, column)| is_misfit(cell, column)))
    }

    /// How many records the header has if the first one is of it.
    pub(super) fn depth(&self) -> usize {
        let most = self.rows.len().min(MOST_HEADER_ROWS);
        let is_header = |rows: &usize| (1..*rows).all(|row| self.goes_on(row, *rows));
        (2..=most).rev().find(is_header).unwrap_or(1)
    }

    /// Whether the record at `row`, behind the first one of a header that has so many rows, is part of it: none of the columns
    /// behind the header that have a type take what it holds, and there are two (one behind two others); or it is a line of dashes, or its
    /// words stand below names of groups.
    fn goes_on(&self, row: usize, rows: usize) -> bool {
        let cells = &self.rows[row];
        if are_dashes(cells) {
            return true;
        }
        let typed = cells
            .iter()
            .zip(&self.below[rows - 1])
            .filter(|(_, column)| column.kind() != ColumnType::Utf8);
        let mut words = 0;
        for (cell, column) in typed {
            match words::trim(cell) {
                b"" => {}
                _ if contradicts(cell, column) && !self.nulls.hold(cell) => words += 1,
                _ => return false,
            }
        }
        let are_words = || !cells.iter().any(|cell| is_value(cell));
        // Below names and units a single word is enough: `,,Min`.
        let least = if row > 1 { 1 } else { 2 };
        words >= least || (are_words() && is_below_groups(&self.rows[row - 1], cells))
    }

    /// The names of the columns, of which the first `header_rows` records tell, or else a line in front does. The rows may have
    /// names of their own, which the header does not count.
    pub(super) fn names(&self, header_rows: usize, told: Option<&Vec<Vec<u8>>>, row_names: bool) -> Vec<Named> {
        let (header, rows) = self.rows.split_at(header_rows.min(self.rows.len()));
        let header = match told {
            Some(names) if header.is_empty() => std::slice::from_ref(names),
            _ => header,
        };
        let before = usize::from(row_names);
        let named = header.iter().map(|row| filled(row) + before).max().unwrap_or(0);
        let widest = rows
            .iter()
            .map(|row| filled(row).min(self.width))
            .chain([self.widest])
            .max()
            .unwrap_or(0);
        let broadest = rows.iter().map(Vec::len).chain([self.broadest]).max().unwrap_or(0);
        // Rows that all end with a delimiter, as `1,2,` under `a,b`, have no third column. Of the empty cells behind the names
        // all are columns.
        let own = match header.iter().map(|row| row.len() + before).max() {
            // Rows that end in front of them have none of these.
            Some(cells) if widest > 0 && cells >= widest && broadest <= named => named.max(widest),
            Some(cells) if widest > 0 && cells >= widest => cells,
            _ => self.width,
        };
        let width = own.min(MAX_COLUMNS).max(named);
        let rows = header.iter().filter(|row| !are_dashes(row));
        let rows: Vec<Vec<&[u8]>> = rows
            .map(|row| row.iter().map(|cell| words::trim(cell)).collect())
            .collect();
        let rows = carried(&rows);
        let mut names = UniqueNames::default();
        for column in 0..width {
            let cells = rows.iter().filter_map(|row| row.get(column.checked_sub(before)?));
            let cells: Vec<&[u8]> = cells.map(Vec::as_slice).collect();
            let parts: Vec<&[u8]> = cells.iter().copied().filter(|part| !part.is_empty()).collect();
            names.push((!cells.is_empty()).then(|| parts.join(&b'_')).as_deref());
        }
        names.into_vec()
    }
}

/// Whether cells may name groups of columns: there are several, and empty ones behind a name.
fn is_of_groups(cells: &[Vec<u8>]) -> bool {
    let named = cells.iter().filter(|cell| !words::trim(cell).is_empty()).count();
    let is_open = |pair: &[Vec<u8>]| !words::trim(&pair[0]).is_empty() && words::trim(&pair[1]).is_empty();
    named > 1 && cells.windows(2).any(is_open)
}

/// Whether the first value of a list of one column is made as those behind it, with signs that are in no name: `order#1`, `a@b`.
fn is_of_list(first: &[Vec<u8>], rest: &[Vec<Vec<u8>>]) -> bool {
    let pattern = |cells: &[Vec<u8>]| pattern(cells.first().map_or(&b""[..], |cell| words::trim(cell)));
    let of_first = pattern(first);
    let is_address = |pattern: &[u8]| memchr::memmem::find(pattern, b"://").is_some();
    let is_made = of_first.iter().any(|byte| b"@#%=&?:/+$".contains(byte)) && !b"[{".contains(&of_first[0]);
    let is_same = |cells: &Vec<Vec<u8>>| {
        let other = pattern(cells);
        other == of_first || (is_address(&other) && is_address(&of_first))
    };
    is_made && !rest.is_empty() && rest.iter().all(is_same)
}

/// A text with `a` for its letters and `9` for its digits in succession.
fn pattern(text: &[u8]) -> Vec<u8> {
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => b'9',
        byte if byte.is_ascii_alphabetic() || !byte.is_ascii() => b'a',
        byte => *byte,
    };
    let mut pattern: Vec<u8> = text.iter().map(class).collect();
    pattern.dedup_by(|a, b| a == b && b"a9".contains(a));
    pattern
}

/// Takes in a cell of the column at `index`; there are all columns in front of it.
fn observe(columns: &mut Vec<Evidence>, index: usize, nulls: &NullWords, cell: &[u8]) {
    if index == columns.len() {
        columns.push(Evidence::NONE);
    }
    columns[index].observe(nulls.emptied(cell), false);
}

/// How many cells there are without the empty ones at the end.
fn filled(row: &[Vec<u8>]) -> usize {
    row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1)
}
