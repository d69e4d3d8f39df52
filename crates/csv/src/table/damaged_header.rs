//! A header that is not written as the rows are: with another delimiter, or with quotes that open or close nothing.
//!
//! Its line seems to be none of the table, or a record that does not fit. But if there is a way to part it in as many different
//! words as the rows have cells, it names the columns.

use std::collections::HashSet;

use crate::finding::Finding;
use crate::table::draft::{Detector, Draft, Teller, ToldNames};
use crate::table::labels::is_value;
use crate::table::mend::mend;
use crate::table::overrides::HeaderMode;
use crate::text::cell;
use crate::text::dialect::{Delimiter, Dialect};
use crate::text::lines::{count_lines, last_line};
use crate::text::quotes::Loose;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::value::words;

/// By which delimiters it is parted.
const DELIMITERS: [Delimiter; 7] = [
    Delimiter::COMMA,
    Delimiter::byte(b';'),
    Delimiter::byte(b'\t'),
    Delimiter::byte(b'|'),
    Delimiter::byte(b':'),
    Delimiter::WIDE_BLANKS,
    Delimiter::BLANKS,
];

/// How many of them, the first, are hardly in prose as often as a header has them.
const SURE: usize = 4;

/// Finds such a header in the line in front of the first row.
pub(super) struct DamagedHeader;

impl Detector for DamagedHeader {
    fn look_around(&self, draft: &mut Draft<'_>) {
        let mode = draft.excerpt.overrides.header;
        let is_open = mode == HeaderMode::Detect && !draft.has_given_start() && draft.told.is_none();
        if !is_open || draft.width() < 2 {
            return;
        }
        let before = draft.text_in_front();
        let Some(line) = last_line(before).map(|at| before[at..].trim_ascii_end()) else {
            return;
        };
        // Hardly any table has a line there, so what takes more work is asked behind that.
        if draft.beginning.head.is_sure() {
            return;
        }
        // Where all are words, a line of prose may be parted in as many.
        let ways = match draft.has_header(&draft.beginning) {
            true => &DELIMITERS[..SURE],
            false => &DELIMITERS,
        };
        let widths = [draft.width(), draft.beginning.head.widest()];
        let mut names = widths
            .into_iter()
            .filter_map(|width| names_in(line, &draft.dialect, width, ways));
        draft.told = names.next().map(|names| ToldNames {
            line: count_lines(before),
            names,
            by: Teller::DamagedHeader,
        });
    }

    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        let told = draft.told.as_ref().filter(|told| told.by == Teller::DamagedHeader);
        let told = told.map(|told| Finding::DamagedHeader { line: told.line });
        told.into_iter().collect()
    }
}

/// The names that a line tells, if it can be parted in as many words.
fn names_in(line: &[u8], dialect: &Dialect, width: usize, delimiters: &[Delimiter]) -> Option<Vec<Vec<u8>>> {
    let own = [dialect.delimiter].into_iter();
    let others = delimiters.iter().copied().filter(|other| *other != dialect.delimiter);
    let ways = own
        .chain(others)
        .flat_map(|delimiter| [(delimiter, dialect.quote), (delimiter, None)]);
    let mut names = ways.filter_map(|(delimiter, quote)| {
        let syntax = Syntax::new(&Dialect {
            delimiter,
            quote,
            preamble_lines: 0,
            ..dialect.clone()
        });
        let mut names = parted(&syntax, line)?;
        if quote.is_none() {
            mend(&mut names, width, delimiter.as_bytes());
        }
        (names.len() == width && are_names(&names)).then(|| match quote {
            None => names.into_iter().map(|name| unquoted(name, dialect.quote)).collect(),
            Some(_) => names,
        })
    });
    names.next()
}

/// The cells of a line, if its quotes are in their places.
fn parted(syntax: &Syntax, line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut cells, mut scratch) = (Vec::new(), Vec::new());
    let record = syntax.read_cells(Loose, line, 0, usize::MAX, &mut cells)?;
    let is_whole = record.kind == RecordKind::Cells && record.next == line.len() && record.stray + record.loose == 0;
    let texts = cells
        .iter()
        .map(|&cell| words::trim(cell::text(line, cell, &mut scratch)).to_vec());
    is_whole.then(|| texts.collect())
}

/// Whether all are words, and no two the same.
fn are_names(names: &[Vec<u8>]) -> bool {
    let different: HashSet<&Vec<u8>> = names.iter().collect();
    different.len() == names.len() && !names.iter().any(|name| name.is_empty() || is_value(name))
}

/// A name without the quotes around it, if there are two.
fn unquoted(name: Vec<u8>, quote: Option<u8>) -> Vec<u8> {
    match (&name[..], quote) {
        ([first, inner @ .., last], Some(quote)) if *first == quote && *last == quote => inner.to_vec(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_damaged_header() {
        let cases = [
            ("id;day;\"na,me\"", Some("id|day|na,me")),
            ("id\tday\tname", Some("id|day|name")),
            ("id   day  name", Some("id|day|name")),
            ("id  last day  name", Some("id|last day|name")),
            ("id,\"day,\"name\"", Some("id|\"day|name")),
            ("id,day,\"name", Some("id|day|\"name")),
            ("id,day,\"last,first", Some("id|day|last,first")),
            ("id;\"day;hour\";n;m", None),
            ("id;day", None),
            ("id;day;5", None),
            ("id;day;day", None),
            ("id;;day", None),
            ("a title of words", None),
        ];
        for (line, expected) in cases {
            let found = names_in(line.as_bytes(), &Dialect::default(), 3, &DELIMITERS);
            let found = found.map(|names| String::from_utf8(names.join(&b'|')).unwrap());
            assert_eq!(found.as_deref(), expected, "{line:?}");
        }
    }
}
