//! The names that a header makes for the columns.

use std::collections::{HashMap, HashSet};

/// The number of columns beyond which records that are wider than the header add no more columns: 16,384.
///
/// Wider records are rejected. Only a header that names more columns itself raises the cap. Without one a broken line in
/// a large file could ask for millions of columns.
pub const MAX_COLUMNS: usize = 16_384;

/// The longest name of a column, in bytes.
const LONGEST_NAME: usize = 255;

/// The longest part of a name in front of a number, in bytes.
const LONGEST_STEM: usize = LONGEST_NAME - "_".len() - 20;

/// The name of the column at `index` (from 0) that has none of its own.
pub(crate) fn default_name(index: usize) -> String {
    format!("column_{}", index + 1)
}

/// The name of a column, and what its header says if that is another.
pub(crate) type Named = (String, Option<String>);

/// Column names that are unique for sure.
///
/// A name is trimmed and loses its zeros; an empty one becomes `column_N`; one that is too long is cut; one that is
/// taken gets `_1`, `_2`, … until it is free. A name that a column further right has by itself counts as taken only
/// when that column comes: first come, first served.
#[derive(Debug, Default)]
pub(crate) struct UniqueNames {
    taken: HashSet<String>,
    /// The last number that was put behind a name, so that a thousand equal names need no million attempts.
    numbers: HashMap<String, u64>,
    list: Vec<Named>,
}

impl UniqueNames {
    /// Adds the name of the next column, made from a header cell; `None` if there is none.
    pub(crate) fn push(&mut self, cell: Option<&[u8]>) {
        let text = cell.map(String::from_utf8_lossy);
        let said = text.as_deref().map(str::trim);
        // Arrow's C interface, through which most clients get a schema, ends a name at a zero.
        let whole = said.map(|said| said.replace('\0', ""));
        let base = match whole.as_deref().map(str::trim) {
            None | Some("") => default_name(self.list.len()),
            Some(name) => start_of(name, LONGEST_NAME).to_owned(),
        };
        let name = self.free(base);
        let original = said.filter(|said| *said != name).map(str::to_owned);
        self.list.push((name, original));
    }

    /// Takes `base`, or else the first `base_N` that is free.
    fn free(&mut self, base: String) -> String {
        if self.taken.insert(base.clone()) {
            return base;
        }
        let stem = start_of(&base, LONGEST_STEM);
        let number = self.numbers.entry(stem.to_owned()).or_default();
        loop {
            *number += 1;
            let name = format!("{stem}_{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Named> {
        self.list
    }
}

/// The text, or as much of its start as has so many bytes.
fn start_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(cells: &[&[u8]]) -> Vec<Named> {
        let mut names = UniqueNames::default();
        cells.iter().for_each(|cell| names.push(Some(cell)));
        names.into_vec()
    }

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
            let cells: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
            let names: Vec<String> = named(&cells).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, expected, "{cells:?}");
        }
        assert_eq!(named(&[b"caf\xE9"]), [("caf\u{FFFD}".to_owned(), None)]);
    }

    #[test]
    fn what_the_header_says_is_kept_if_it_is_not_the_name() {
        let long = "é".repeat(200);
        let cells = [" a ", "a", " ", &long, &long].map(str::as_bytes);
        let (cut, numbered) = ("é".repeat(127), format!("{}_1", "é".repeat(117)));
        let expected = [
            ("a".to_owned(), None),
            ("a_1".to_owned(), Some("a".to_owned())),
            ("column_3".to_owned(), Some(String::new())),
            (cut, Some(long.clone())),
            (numbered, Some(long.clone())),
        ];
        assert_eq!(named(&cells), expected);
        let zeros = [
            ("id".to_owned(), Some("i\0d".to_owned())),
            ("column_2".to_owned(), Some("\0".to_owned())),
        ];
        assert_eq!(named(&[b"i\0d", b"\0 "]), zeros);
        let mut names = UniqueNames::default();
        names.push(None);
        assert_eq!(names.into_vec(), [("column_1".to_owned(), None)]);
    }
}
