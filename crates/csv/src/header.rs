//! Whether the first record names the columns, and the names that make of it.

use std::collections::{HashMap, HashSet};

use crate::schema::ColumnType;
use crate::types::Evidence;

/// The name of the column at `index` (from 0) that has none of its own.
pub(crate) fn default_name(index: usize) -> String {
    format!("column_{}", index + 1)
}

/// Column names that are unique for sure.
///
/// A name is trimmed; an empty one becomes `column_N`; one that is taken gets `_1`, `_2`, … until it is free. A name that
/// a column further right has by itself counts as taken only when that column comes: first come, first served.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    /// The last number that was put behind a name, so that a thousand equal names need no million attempts.
    numbers: HashMap<String, u64>,
    list: Vec<String>,
}

impl Names {
    /// Adds the name of the next column, made from a header cell (empty if there is none).
    pub(crate) fn push(&mut self, cell: &[u8]) {
        let text = String::from_utf8_lossy(cell);
        let base = match text.trim() {
            "" => default_name(self.list.len()),
            name => name.to_owned(),
        };
        let name = self.free(base);
        self.list.push(name);
    }

    /// Takes `base`, or else the first `base_N` that is free.
    fn free(&mut self, base: String) -> String {
        if self.taken.insert(base.clone()) {
            return base;
        }
        let number = self.numbers.entry(base.clone()).or_default();
        loop {
            *number += 1;
            let name = format!("{base}_{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Adds the name of a column that has one already.
    pub(crate) fn push_verbatim(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
        self.list.push(name.to_owned());
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.list
    }
}

/// Whether the first record is a header, judging by its cells and by what the records below say of their columns.
///
/// `first` holds the texts of the first record, `below` the evidence of the other records for the same columns. A header
/// it is if one of its cells cannot be of the type that its column has otherwise; it is not if a cell is a value (a
/// number, a date, digits and punctuation); a record of nothing but words, or
/// of nothing at all, is taken for a header.
pub(crate) fn is_header(first: &[&[u8]], below: &[Evidence]) -> bool {
    let contradicts = first.iter().zip(below).any(|(cell, column)| {
        let kind = column.kind();
        kind != ColumnType::Utf8 && !Evidence::of(cell).0.allows(kind)
    });
    contradicts || !first.iter().any(|cell| is_value(cell))
}

/// Whether a cell looks like a value rather than a name.
fn is_value(cell: &[u8]) -> bool {
    let digits = cell.iter().any(u8::is_ascii_digit);
    let punctuated = cell.iter().all(|b| b.is_ascii_digit() || b" /.,:;+-%$()".contains(b));
    Evidence::of(cell).1.kind() != ColumnType::Utf8 || (digits && punctuated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let cases: [(&[&str], &[&str]); 6] = [
            (&["a", " b ", "", "a"], &["a", "b", "column_3", "a_1"]),
            (&["a", "a", "a_1", "a"], &["a", "a_1", "a_1_1", "a_2"]),
            (&["a_1", "a", "a"], &["a_1", "a", "a_2"]),
            (&["column_2", ""], &["column_2", "column_2_1"]),
            (&["\t", "\u{FEFF}x"], &["column_1", "\u{FEFF}x"]),
            (&["A", "a"], &["A", "a"]),
        ];
        for (cells, expected) in cases {
            let mut names = Names::default();
            cells.iter().for_each(|cell| names.push(cell.as_bytes()));
            assert_eq!(names.into_vec(), expected, "{cells:?}");
        }
        let mut names = Names::default();
        names.push(b"caf\xE9");
        assert_eq!(names.into_vec(), ["caf\u{FFFD}"]);
    }

    /// The first record, the others, and whether the first is a header.
    type Case<'a> = (&'a [&'a str], &'a [&'a [&'a str]], bool);

    #[test]
    fn headers() {
        let cases: [Case<'_>; 12] = [
            (&["id", "name"], &[&["1", "x"]], true),
            (&["1", "x"], &[&["2", "y"]], false),
            (&["name", "city"], &[&["x", "y"]], true),
            (&["name", "city"], &[], true),
            (&["1", "x"], &[], false),
            (&["2019", "2020", "name"], &[&["a", "b", "3"]], true),
            (&["2019", "name"], &[&["1", "x"]], false),
            (&["id", ""], &[&["1", "2"]], true),
            (&["", ""], &[&["1", "2"]], true),
            (&["05/06/2019"], &[&["06/06/2019"]], false),
            (&["when"], &[&["2024-01-01"]], true),
            (&["2023-01-01"], &[&["2024-01-01 10:00"]], false),
        ];
        for (first, below, expected) in cases {
            let mut columns = vec![Evidence::NONE; first.len()];
            for row in below {
                for (column, cell) in columns.iter_mut().zip(*row) {
                    column.observe(cell.as_bytes());
                }
            }
            let first_bytes: Vec<&[u8]> = first.iter().map(|cell| cell.as_bytes()).collect();
            assert_eq!(is_header(&first_bytes, &columns), expected, "{first:?} over {below:?}");
        }
    }
}
