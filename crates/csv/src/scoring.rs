//! Finds the dialect of a sample: reads it with every candidate, and takes the one under which it looks most like a table.

use crate::dialect::{Dialect, Overrides};
use crate::tokenize::{self, Syntax};
use crate::types::TypeSet;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How much of the sample is read with every candidate.
const LONGEST: usize = 256 << 10;
const MOST_RECORDS: usize = 2_000;
/// What a table of one column is worth, next to (n-1)/n of one with n columns.
const SINGLE: f64 = 0.25;
/// The quality of a cell of plain words.
const WORDS: f64 = 0.8;

/// The delimiter and quote that fit `text` best; the `header` of the answer means nothing yet.
///
/// `complete` says that the text does not end inside a record.
pub(crate) fn dialect(text: &[u8], complete: bool, overrides: &Overrides) -> Dialect {
    let complete = complete && text.len() <= LONGEST;
    let text = &text[..text.len().min(LONGEST)];
    if let Some(delimiter) = overrides.delimiter {
        return best(text, complete, &[delimiter]).dialect;
    }
    let usual = best(text, complete, &DELIMITERS);
    if usual.width > 1 || usual.quality > 0.9 {
        return usual.dialect;
    }
    let colon = best(text, complete, b":");
    let convincing =
        colon.width > 1 && colon.records > 1 && colon.consistency == 1.0 && colon.quality > usual.quality.max(WORDS);
    if convincing { colon.dialect } else { usual.dialect }
}

fn best(text: &[u8], complete: bool, delimiters: &[u8]) -> Reading {
    let readings = delimiters
        .iter()
        .map(|&delimiter| best_quote(text, complete, delimiter));
    readings.reduce(better).expect("there are delimiters to try")
}

/// The best reading with one delimiter.
///
/// Double quotes are read as quotes unless that goes wrong somewhere. Single quotes have to earn it: apostrophes are
/// common in text.
fn best_quote(text: &[u8], complete: bool, delimiter: u8) -> Reading {
    let read = |quote| {
        Reading::of(
            text,
            complete,
            Dialect {
                delimiter,
                quote,
                header: false,
            },
        )
    };
    let mut best = read(Some(b'"'));
    if best.broken > 0 {
        best = better(best, read(None));
    }
    if memchr::memchr(b'\'', text).is_some() {
        let single = read(Some(b'\''));
        let earned = single.quoted > 1 || single.consistency > best.consistency;
        if earned && single.broken == 0 {
            best = better(best, single);
        }
    }
    best
}

/// The reading with the higher score; the first of equals.
fn better(best: Reading, next: Reading) -> Reading {
    if next.score() > best.score() { next } else { best }
}

/// How a text looks when it is read in one dialect.
struct Reading {
    dialect: Dialect,
    records: usize,
    /// The most common number of cells in a record.
    width: usize,
    /// The share of records with that many cells.
    consistency: f64,
    /// How much the cells look like values on their own, from 0 to 1.
    quality: f64,
    /// How many cells are quoted.
    quoted: usize,
    /// How many quoted cells are not closed, or go on behind their closing quote.
    broken: usize,
}

impl Reading {
    fn of(text: &[u8], complete: bool, dialect: Dialect) -> Self {
        let syntax = Syntax::new(&dialect);
        let (mut cells, mut widths, mut at, mut scratch) = (Vec::new(), Vec::new(), 0, Vec::new());
        let (mut quality, mut seen, mut quoted, mut broken) = (0.0, 0usize, 0, 0);
        while let Some(record) = syntax.record(text, at, usize::MAX, &mut cells) {
            let cut_off = !complete && record.next == text.len();
            if (cut_off && !widths.is_empty()) || widths.len() == MOST_RECORDS {
                break;
            }
            at = record.next;
            widths.push((record.cells, record.filled));
            broken += record.stray + usize::from(record.unclosed && !cut_off);
            for cell in cells.drain(..) {
                let value = tokenize::text(text, cell, &mut scratch);
                quality += cell_quality(value, cell.is_quoted(), dialect.delimiter);
                seen += 1;
                quoted += usize::from(cell.is_quoted());
            }
        }
        let width = most_common_width(&widths);
        let consistency = widths.iter().map(|&shape| fit(shape, width)).sum::<f64>() / widths.len().max(1) as f64;
        let quality = quality / seen.max(1) as f64;
        Reading {
            dialect,
            records: widths.len(),
            width,
            consistency,
            quality,
            quoted,
            broken,
        }
    }

    fn score(&self) -> f64 {
        let width = if self.width > 1 {
            1.0 - 1.0 / self.width as f64
        } else {
            SINGLE
        };
        let quoting = 1.0 - 0.8 * self.broken as f64 / self.quoted.max(1) as f64;
        self.consistency * self.consistency * width * quoting * (0.4 + 0.6 * self.quality)
    }
}

/// How well a record of `cells` cells, `filled` without the empty ones at its end, fits in a table of `width` columns.
fn fit((cells, filled): (usize, usize), width: usize) -> f64 {
    match cells {
        _ if cells == width => 1.0,
        _ if cells > width && filled <= width => 0.9,
        _ => 0.3,
    }
}

/// The most common number of cells; among equals, that of the earliest record.
fn most_common_width(shapes: &[(usize, usize)]) -> usize {
    let mut sorted: Vec<usize> = shapes.iter().map(|s| s.0).collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b);
    let most = runs.clone().map(<[usize]>::len).max().unwrap_or(0);
    let candidates: Vec<usize> = runs.filter(|run| run.len() == most).map(|run| run[0]).collect();
    shapes
        .iter()
        .map(|s| s.0)
        .find(|cells| candidates.binary_search(cells).is_ok())
        .unwrap_or(0)
}

/// How much a cell looks like one value: text in which other delimiters are left hints at a wrong dialect.
fn cell_quality(value: &[u8], quoted: bool, delimiter: u8) -> f64 {
    let value = crate::decode::text::trim(value);
    if value.is_empty() {
        return WORDS;
    }
    if quoted || TypeSet::of(value) != TypeSet::NONE {
        return 1.0;
    }
    let suspicious = |b: &u8| *b != delimiter && DELIMITERS.contains(b) || *b == b'"';
    if value.iter().any(suspicious) { 0.3 } else { WORDS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects() {
        let (double, single) = (Some(b'"'), Some(b'\''));
        let cases: [(&str, u8, Option<u8>); 17] = [
            ("", b',', double),
            ("a,b\n1,2\n", b',', double),
            ("a;b\n1,5;2,5\n", b';', double),
            ("a\tb\n1,5\t2;5\n", b'\t', double),
            ("a|b|c\nx,y|2|3\nx|2|3\n", b'|', double),
            ("2024-01-01 10:00:00\n2024-01-02 11:00:00\n", b',', double),
            ("a:1\nb:2\n", b':', double),
            ("{\"duck\": 1}\n{\"duck\": 2}\n", b',', double),
            ("key: some\nother: text\n", b',', double),
            ("\"a;b;c\"\n\"d;e;f\"\n", b',', double),
            ("'a,b',c\n'd',e\n", b',', single),
            ("1\tx\n2\t'a\tb'\n", b'\t', single),
            ("'tis,b\nit's,'t\n", b',', double),
            ("a,b\n\"x,1\ny\"z,2\nu,3\n", b',', None),
            ("a;b\n\"x\ny;\";2\n", b';', double),
            ("a,b,c\n1,2\n1,2,3,4,5\n1,2,3\n", b',', double),
            ("a,b\nc,d,e\n", b',', double),
        ];
        for (text, delimiter, quote) in cases {
            let found = dialect(text.as_bytes(), true, &Overrides::default());
            assert_eq!((found.delimiter, found.quote), (delimiter, quote), "{text:?}");
        }
    }

    #[test]
    fn text_with_punctuation_is_one_column() {
        let cases = [
            "one\nhello, world\nno comma\nwell; yes\n",
            "name\nSmith, John\nDoe, Jane\nnobody\nme\n",
            "note\nfirst: a\nsecond\nthird: b\n",
        ];
        for text in cases {
            let syntax = Syntax::new(&dialect(text.as_bytes(), true, &Overrides::default()));
            let at = syntax.skip_record(text.as_bytes());
            let record = syntax.record(text.as_bytes(), at, 9, &mut Vec::new());
            assert_eq!(record.map(|r| r.cells), Some(1), "{text:?}");
        }
    }

    #[test]
    fn a_known_delimiter_stays() {
        let overrides = Overrides {
            delimiter: Some(b'x'),
            ..Overrides::default()
        };
        assert_eq!(dialect(b"a,b\n1,2\n", true, &overrides).delimiter, b'x');
    }
}
