//! Finds the dialect of a sample: reads it with every candidate, and takes the one under which it looks most like a table.

use crate::dialect::{Delimiter, Dialect, Mark, Overrides};
use crate::layout::{Layout, Shape, shapes};
use crate::separators::{Beside, Lines};
use crate::tokenize::{self, Kind, Syntax};
use crate::types;

/// Delimiters that are tried always.
const USUAL: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Bytes that text hardly ever holds: delimiters for a file of one column that holds the usual ones.
const ABSENT: [u8; 6] = [0x1F, 0x1E, 0x1D, 0x1C, 0x01, 0x02];
/// How much of the sample is read with every candidate.
const LONGEST: usize = 128 << 10;
const MOST_RECORDS: usize = 2_000;
/// Of how many records the cells are looked at, and of how many cells in each.
const LOOKED_AT: (usize, usize) = (300, 64);
/// The quality of a cell of plain words.
const WORDS: f64 = 0.8;
/// The least advantage of reading comments: without it, lines that begin so are data.
const COMMENTS: f64 = 1.02;

/// How much of a fault is a quoted cell with quotes in it that are not doubled.
const LOOSE: f64 = 0.1;

/// The longest text that may be one number.
const LONGEST_NUMBER: usize = 64;
/// What a delimiter is worth that seems to be punctuation.
const PUNCTUATION: f64 = 0.2;
/// What a table is worth whose names are garbled, and up to which consistency they speak against it.
const GARBLED: f64 = 0.1;
const GARBLED_CONSISTENCY: f64 = 0.9;

/// A dialect that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The dialect; its header is not decided.
    pub dialect: Dialect,
    /// How much the text looks like a table in it, from 0 to 1.
    pub score: f64,
    /// How many cells its records usually have.
    pub width: usize,
    /// How well the records fit that width, from 0 to 1.
    pub consistency: f64,
    /// How much the cells look like values, from 0 to 1.
    pub quality: f64,
}

/// The dialect that was found, and what else was tried.
pub(crate) struct Found {
    /// `header_rows` means nothing yet.
    pub(crate) dialect: Dialect,
    /// All that was tried, the best first.
    pub(crate) candidates: Vec<Candidate>,
}

/// The dialect that fits `text` best.
///
/// `complete` says that the text does not end inside a record.
pub(crate) fn dialect(text: &[u8], complete: bool, overrides: &Overrides) -> Found {
    let complete = complete && text.len() <= LONGEST;
    let text = &text[..text.len().min(LONGEST)];
    let declared = declared_delimiter(text);
    let search = Search {
        text,
        complete,
        overrides,
        preamble: usize::from(declared.is_some()),
    };
    let mut readings = match overrides.delimiter.or(declared) {
        Some(delimiter) => search.readings(delimiter),
        None => search.all(),
    };
    // The first of equals is the best: the sort is stable.
    readings.sort_by(|a, b| b.score().total_cmp(&a.score()));
    let mut best = readings.swap_remove(0);
    if overrides.delimiter.or(declared).is_none()
        && let Some(longer) = search.longer_delimiter(&best)
    {
        readings.push(std::mem::replace(&mut best, longer));
    }
    if best.layout.width == 1
        && overrides.delimiter.is_none()
        && let Some(whole) = search.one_column(&best)
    {
        readings.push(std::mem::replace(&mut best, whole));
    }
    best.found(&readings)
}

/// The delimiter that a first line such as `sep=;` names.
fn declared_delimiter(text: &[u8]) -> Option<Delimiter> {
    let (end, _) = tokenize::line_end(text, 0);
    let line = &text[..end];
    let declared = line.get(..4).filter(|word| word.eq_ignore_ascii_case(b"sep="));
    declared.and_then(|_| Delimiter::new(&line[4..]))
}

struct Search<'a> {
    text: &'a [u8],
    complete: bool,
    overrides: &'a Overrides,
    preamble: usize,
}

impl Search<'_> {
    /// The text in every dialect that comes into question.
    fn all(&self) -> Vec<Reading> {
        let occurs = |byte: &&u8| memchr::memchr(**byte, self.text).is_some();
        // One that is not there, too: the text as a table of one column.
        let absent = USUAL.iter().chain(&ABSENT).find(|byte| !occurs(byte));
        let all = USUAL.iter().chain(&ABSENT);
        let delimiters = all.filter(|byte| occurs(byte) || Some(*byte) == absent);
        let mut readings: Vec<Reading> = delimiters
            .flat_map(|&byte| self.readings(Delimiter::byte(byte)))
            .collect();
        let best = readings.iter().map(|r| (r.score(), r.layout.width, r.quality));
        let best = best.reduce(|a, b| if b.0 > a.0 { b } else { a });
        let (_, width, quality) = best.expect("there are always delimiters to try");
        if width <= 1 && quality <= 0.9 {
            let unusual = Lines::of(self.text, self.complete).delimiters();
            let unusual = unusual.into_iter().flat_map(|delimiter| self.readings(delimiter));
            readings.extend(unusual.filter(|reading| reading.is_convincing(quality)));
        }
        if readings
            .iter()
            .all(|reading| reading.layout.width <= 1 || reading.layout.consistency < 1.0)
        {
            let doubled = Lines::of(self.text, self.complete).doubled_delimiters();
            let doubled = doubled.into_iter().flat_map(|delimiter| self.readings(delimiter));
            readings.extend(doubled.filter(Reading::is_regular));
        }
        readings
    }

    /// The readings with one delimiter, with comments and without.
    fn readings(&self, delimiter: Delimiter) -> Vec<Reading> {
        let usual = if begins_a_line(self.text, b'#') {
            &[None, Some(b'#')][..]
        } else {
            &[None]
        };
        let comments = self.overrides.comment.candidates(usual);
        let forced = match self.overrides.comment {
            Mark::Byte(byte) => Some(byte),
            _ => None,
        };
        let with_comment = |comment| {
            self.quotes(&Dialect {
                delimiter,
                comment,
                preamble_lines: self.preamble,
                header_rows: 0,
                ..Dialect::default()
            })
        };
        let readings = comments.into_iter().flat_map(with_comment);
        // In a file of one column a line is a line.
        let earned = |r: &Reading| r.dialect.comment.is_none() || r.layout.width > 1 || r.dialect.comment == forced;
        readings.filter(earned).collect()
    }

    /// The readings of a dialect with the quotes that come into question.
    ///
    /// Double quotes are read as quotes unless that goes wrong somewhere. Single quotes have to earn it: apostrophes are
    /// common in text.
    fn quotes(&self, dialect: &Dialect) -> Vec<Reading> {
        if self.overrides.quote != Mark::Detect {
            let quotes = self.overrides.quote.candidates(&[]);
            return quotes
                .into_iter()
                .flat_map(|quote| self.escapes(dialect, quote))
                .collect();
        }
        let mut readings = self.escapes(dialect, Some(b'"'));
        if readings.iter().all(|reading| reading.faults() > reading.closed()) {
            if self.complete {
                readings.retain(Reading::closes_a_quote);
            }
            readings.extend(self.escapes(dialect, None));
        }
        if memchr::memchr(b'\'', self.text).is_some() {
            let best = readings
                .iter()
                .map(|reading| reading.layout.consistency)
                .fold(0.0, f64::max);
            let single = self.escapes(dialect, Some(b'\'')).into_iter();
            let earned = |r: &Reading| r.faults() == 0 && (r.quoted > 1 || r.layout.consistency > best);
            readings.extend(single.filter(earned));
        }
        readings
    }

    /// The readings of a dialect and a quote with the escapes that come into question.
    fn escapes(&self, dialect: &Dialect, quote: Option<u8>) -> Vec<Reading> {
        let backslash = quote.is_some_and(|quote| memchr::memmem::find(self.text, &[b'\\', quote]).is_some());
        let usual = if backslash { &[None, Some(b'\\')][..] } else { &[None] };
        let escapes = self.overrides.escape.candidates(usual).into_iter();
        let dialect = |escape| Dialect {
            quote,
            escape,
            ..dialect.clone()
        };
        escapes
            .map(|escape| Reading::of(self.text, self.complete, dialect(escape)))
            .collect()
    }

    /// The reading of a single column with a delimiter that does not part it.
    fn one_column(&self, best: &Reading) -> Option<Reading> {
        let is_whole = |reading: &Reading| reading.shapes.iter().all(|shape| shape.cells <= 1);
        if is_whole(best) {
            return None;
        }
        let read = |&byte: &u8| {
            let delimiter = Delimiter::byte(byte);
            let dialect = Dialect {
                delimiter,
                ..best.dialect.clone()
            };
            Reading::of(self.text, self.complete, dialect)
        };
        let absent = USUAL
            .iter()
            .chain(&ABSENT)
            .filter(|&&byte| memchr::memchr(byte, self.text).is_none());
        USUAL
            .iter()
            .map(read)
            .find(is_whole)
            .or_else(|| absent.map(read).next())
    }

    /// The reading with a delimiter of several bytes, if all delimiters of `best` are part of one.
    fn longer_delimiter(&self, best: &Reading) -> Option<Reading> {
        best.dialect.delimiter.single().filter(|_| best.layout.width > 1)?;
        let delimiter = best.longer_delimiter(self.text)?;
        let dialect = Dialect {
            delimiter,
            ..best.dialect.clone()
        };
        let longer = Reading::of(self.text, self.complete, dialect);
        let fits = longer.layout.width > 1 && longer.layout.consistency >= best.layout.consistency;
        fits.then_some(longer)
    }
}

/// Whether a line of the text begins with `mark`, blanks in front of it not counted.
fn begins_a_line(text: &[u8], mark: u8) -> bool {
    memchr::memchr_iter(mark, text).any(|at| {
        let before = text[..at].iter().rposition(|byte| !b" \t".contains(byte));
        before.is_none_or(|before| b"\r\n".contains(&text[before]))
    })
}

/// How a text looks when it is read in one dialect.
struct Reading {
    dialect: Dialect,
    shapes: Vec<Shape>,
    layout: Layout,
    /// How much the cells of the table look like values on their own, from 0 to 1.
    quality: f64,
    /// How many cells are quoted, and how many of them are empty.
    quoted: usize,
    empty: usize,
    /// The delimiters are where punctuation is, and the text is not one even table.
    is_punctuation: bool,
    /// There are control characters in what would be its names, and many of its records do not fit.
    is_garbled: bool,
}

impl Reading {
    fn of(text: &[u8], complete: bool, dialect: Dialect) -> Self {
        let syntax = Syntax::new(&dialect);
        let lead = syntax.lead(text, true).end;
        let text = &text[lead..];
        let mut qualities = Vec::new();
        let (mut quoted, mut empty, mut scratch) = (0, 0, Vec::new());
        let shapes = shapes(&syntax, text, complete, MOST_RECORDS, |record, cells| {
            if record.opened > 0 {
                quoted += cells.iter().filter(|cell| cell.is_quoted()).count();
                empty += cells.iter().filter(|cell| cell.is_quoted() && cell.is_empty()).count();
            }
            if qualities.len() < LOOKED_AT.0 {
                let looked_at = cells.iter().take(LOOKED_AT.1);
                let sum: f64 = looked_at
                    .clone()
                    .map(|&cell| cell_quality(tokenize::text(text, cell, &mut scratch), cell.is_quoted(), &dialect))
                    .sum();
                qualities.push((sum, looked_at.count()));
            }
        });
        let layout = Layout::of(&shapes);
        let is_punctuation = dialect
            .delimiter
            .single()
            .is_some_and(|byte| punctuates(text, byte, &layout));
        let is_uneven = layout.width > 1 && layout.consistency < GARBLED_CONSISTENCY;
        let is_garbled = is_uneven && holds_controls(first_lines(text, &shapes, &layout));
        let of_table = qualities.iter().skip(layout.first);
        let (sum, count) = of_table.fold((0.0, 0), |(sum, count), (s, c)| (sum + s, count + c));
        Reading {
            dialect,
            shapes,
            layout,
            is_punctuation,
            is_garbled,
            quality: sum / count.max(1) as f64,
            quoted,
            empty,
        }
    }

    /// How many records have quotes that are not closed, or cells that go on behind their closing quote.
    fn faults(&self) -> usize {
        let broken = self
            .shapes
            .iter()
            .filter(|shape| matches!(shape.kind, Kind::Broken { .. } | Kind::Unclear))
            .count();
        broken + self.unclosed()
    }

    /// How many quoted cells do not end with a quote, or have others in them, if there are no delimiters to show their end.
    fn unclosed(&self) -> usize {
        let strays: usize = self.shapes.iter().map(|shape| shape.stray as usize).sum();
        strays + if self.layout.width > 1 { 0 } else { self.loose() }
    }

    /// How many quoted cells with text are closed, as far as that can be said.
    fn closed(&self) -> usize {
        self.quoted.saturating_sub(self.empty + self.unclosed())
    }

    /// How many quoted cells have quotes in them that nobody doubled.
    fn loose(&self) -> usize {
        self.shapes.iter().map(|shape| shape.loose as usize).sum()
    }

    /// Whether a quote opens and closes, or there are too many records to say that none does. If none does in all of a
    /// text, its quotes are text, and cost no record.
    fn closes_a_quote(&self) -> bool {
        self.quoted > 0 || self.shapes.len() >= MOST_RECORDS
    }

    fn score(&self) -> f64 {
        let faults = self.faults() as f64 + LOOSE * self.loose() as f64;
        let faulty = faults / self.shapes.len().max(1) as f64;
        let quoting = 1.0 - 0.8 * faulty.min(1.0);
        let comments = if self.dialect.comment.is_some() {
            1.0 / COMMENTS
        } else {
            1.0
        };
        let marks = if self.is_punctuation { PUNCTUATION } else { 1.0 };
        let names = if self.is_garbled { GARBLED } else { 1.0 };
        self.layout.worth() * quoting * comments * marks * names * (0.4 + 0.6 * self.quality)
    }

    /// Whether the delimiter, which few files have, is surely one.
    fn is_convincing(&self, quality: f64) -> bool {
        let layout = &self.layout;
        layout.width > 1 && layout.full > 1 && layout.consistency == 1.0 && self.quality > quality.max(WORDS) + 0.01
    }

    /// Whether all records are alike, of several columns.
    fn is_regular(&self) -> bool {
        let layout = &self.layout;
        layout.width > 2 && layout.full > 2 && layout.consistency == 1.0
    }

    /// The bytes that stand at every delimiter of the table, if they are more than the delimiter.
    fn longer_delimiter(&self, text: &[u8]) -> Option<Delimiter> {
        let syntax = Syntax::new(&self.dialect);
        let text = &text[syntax.lead(text, true).end..];
        let (mut doubled, mut beside) = (true, Beside::default());
        let mut cells = Vec::new();
        for shape in self.shapes[self.layout.first..]
            .iter()
            .filter(|shape| shape.kind == Kind::Cells)
        {
            cells.clear();
            syntax.record(text, shape.start, usize::MAX, &mut cells);
            let between: Vec<usize> = cells
                .iter()
                .skip(1)
                .map(|cell| cell.delimited_at(text, syntax.delimiter))
                .collect();
            doubled &= cells.len() % 2 == 1 && cells.iter().skip(1).step_by(2).all(|cell| cell.is_missing());
            between.into_iter().for_each(|at| beside.see(text, at));
        }
        let single = self.dialect.delimiter.first();
        if doubled && self.layout.full > 1 {
            return Delimiter::new(&[single, single]);
        }
        beside.delimiter(single)
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            dialect: self.dialect.clone(),
            score: self.score(),
            width: self.layout.width,
            consistency: self.layout.consistency,
            quality: self.quality,
        }
    }

    fn found(self, others: &[Reading]) -> Found {
        let mut candidates = vec![self.candidate()];
        candidates.extend(others.iter().map(Reading::candidate));
        candidates[1..].sort_by(|a, b| b.score.total_cmp(&a.score));
        Found {
            dialect: self.dialect,
            candidates,
        }
    }
}

/// Whether every `mark` is part of a number, or followed by a blank as in prose, and the records of the layout are not all
/// that there is. Where they are all alike, of more than two cells, a blank is padding.
fn punctuates(text: &[u8], mark: u8, layout: &Layout) -> bool {
    let is_uneven = layout.consistency < 1.0;
    if !b",;:".contains(&mark) || !(is_uneven || layout.coverage < 1.0) {
        return false;
    }
    let may_be_prose = is_uneven || layout.width == 2;
    let in_prose = |at: usize| may_be_prose && text.get(at + 1) == Some(&b' ');
    memchr::memchr_iter(mark, text).all(|at| in_prose(at) || is_in_number(text, at))
}

/// The text up to the end of the line on which the first record of the layout begins.
fn first_lines<'a>(text: &'a [u8], shapes: &[Shape], layout: &Layout) -> &'a [u8] {
    let start = shapes.get(layout.first).map_or(text.len(), |shape| shape.start);
    &text[..tokenize::line_end(text, start).0]
}

/// Whether text has characters in it that nobody writes: control characters but tabs and form feeds.
fn holds_controls(text: &[u8]) -> bool {
    text.iter()
        .any(|byte| byte.is_ascii_control() && !b"\t\r\n\x0C".contains(byte))
}

/// Whether the byte at `at` stands between digits of what is one value: `1,234,567` is, `10,100,1000` is not.
fn is_in_number(text: &[u8], at: usize) -> bool {
    let belongs = |byte: &u8| byte.is_ascii_digit() || b",.:".contains(byte);
    let start = text[..at]
        .iter()
        .rposition(|byte| !belongs(byte))
        .map_or(0, |before| before + 1);
    let end = text[at..]
        .iter()
        .position(|byte| !belongs(byte))
        .map_or(text.len(), |len| at + len);
    let inside = start < at && at + 1 < end && text[at - 1].is_ascii_digit() && text[at + 1].is_ascii_digit();
    inside && end - start <= LONGEST_NUMBER && types::is_typed(&text[start..end])
}

/// How much a cell looks like one value: text in which other delimiters are left hints at a wrong dialect.
fn cell_quality(value: &[u8], quoted: bool, dialect: &Dialect) -> f64 {
    let value = crate::decode::text::trim(value);
    if value.is_empty() {
        return WORDS;
    }
    if quoted || types::is_typed(value) {
        return 1.0;
    }
    let delimiter = dialect.delimiter.as_bytes();
    let suspicious = |b: &u8| !delimiter.contains(b) && USUAL.contains(b) || *b == b'"';
    match value {
        // Quotes around a cell are hardly ever part of it.
        [b'"', .., b'"'] => 0.15,
        _ if value.iter().any(suspicious) => 0.3,
        _ => WORDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (String, Option<u8>, Option<u8>, Option<u8>) {
        let dialect = dialect(text.as_bytes(), true, &Overrides::default()).dialect;
        (
            dialect.delimiter.to_string(),
            dialect.quote,
            dialect.escape,
            dialect.comment,
        )
    }

    #[test]
    fn delimiters_and_quotes() {
        let (double, single) = (Some(b'"'), Some(b'\''));
        let cases = [
            ("", "comma", double),
            ("a,b\n1,2\n", "comma", double),
            ("a;b\n1,5;2,5\n", "semicolon", double),
            ("a\tb\n1,5\t2;5\n", "tab", double),
            ("a|b|c\nx,y|2|3\nx|2|3\n", "pipe", double),
            ("2024-01-01 10:00:00\n2024-01-02 11:00:00\n", "comma", double),
            ("a:1\nb:2\n", "colon", double),
            ("1 2 3\n4 5 6\n", "space", double),
            ("1^2\n4^5\n", "caret", double),
            ("1\x1f2\n4\x1f5\n", "'\\x1f'", double),
            ("1¦2\n4¦5\n", "'\\xc2\\xa6'", double),
            ("a||b||c\n1||2||3\n", "'||'", double),
            ("a, b, c\n1, 2, 3\n", "', '", double),
            ("a~|~b\n1~|~2\n", "'~|~'", double),
            ("a,,b\n1,x,2\n", "comma", double),
            ("title\na, b, c\n1, 2, 3\n", "', '", double),
            ("1::a|b::2\n2::a|b|c::3\n3::a::5\n", "'::'", double),
            ("a::b\nc::d\ne|f::g\n", "comma", double),
            ("1 \"a b\" 2\n3 \"c\" 4\n", "space", double),
            ("{\"duck\": 1}\n{\"duck\": 2}\n", "comma", double),
            ("key: some\nother: text\n", "comma", double),
            ("\"a;b;c\"\n\"d;e;f\"\n", "comma", double),
            ("'a,b',c\n'd',e\n", "comma", single),
            ("1\tx\n2\t'a\tb'\n", "tab", single),
            ("'tis,b\nit's,'t\n", "comma", double),
            ("a;b\n\"x\ny;\";2\n", "semicolon", double),
            ("a,b,c\n1,2\n1,2,3,4,5\n1,2,3\n", "comma", double),
            ("a,b\nc,d,e\n", "comma", double),
            ("sep=;\na,b;c\n1,2;3\n", "semicolon", double),
        ];
        for (text, delimiter, quote) in cases {
            let found = found(text);
            assert_eq!((found.0.as_str(), found.1), (delimiter, quote), "{text:?}");
        }
    }

    #[test]
    fn escapes_and_comments() {
        let cases = [
            ("a,b\n\"x \\\"y\\\", z\",1\n\"u\",2\n", Some(b'\\'), None),
            ("a,b\n\"C:\\\",1\n\"u\",2\n", None, None),
            ("a,b\n# note\n1,2\n# more, and more, and more\n3,4\n", None, Some(b'#')),
            ("tag,n\n#one,1\n#two,2\n", None, None),
            ("#one\n#two\nthree\n", None, None),
        ];
        for (text, escape, comment) in cases {
            let found = found(text);
            assert_eq!((found.2, found.3), (escape, comment), "{text:?}");
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
            let found = dialect(text.as_bytes(), true, &Overrides::default());
            assert_eq!(found.candidates[0].width, 1, "{text:?} {:?}", found.candidates);
        }
    }

    #[test]
    fn lines_that_begin_with_garbled_names_are_one_column() {
        for (text, width) in [
            ("\x01a,b\n1\n2,3,4\nx\n", 1),
            ("\x01x\na,b\n1\n2,3,4\nx\n", 1),
            ("a,b\n1\n2,3,\x01\nx,y\n", 2),
            ("\x01a,b\n1,2\n3,4\n", 2),
            ("a\x0C,b\n1\n2,3,4\nx,y\n", 2),
        ] {
            let found = dialect(text.as_bytes(), true, &Overrides::default());
            assert_eq!(found.candidates[0].width, width, "{text:?} {:?}", found.candidates);
        }
    }

    #[test]
    fn quotes_are_text_where_none_closes() {
        let double = Some(b'"');
        for (text, complete, quote) in [
            ("a,b\n1,\"x\n2,y\n", true, None),
            ("a,b\n1,\"x\n2,y\n", false, double),
            ("a,b\n\"1\",\"x\n\"2\",y\n\"3\",\"z\"\n", true, double),
            ("a,b\n1,5\" pipe\n2,y\n", true, double),
        ] {
            let found = dialect(text.as_bytes(), complete, &Overrides::default());
            assert_eq!(found.dialect.quote, quote, "{text:?}, {complete}");
        }
    }

    #[test]
    fn a_known_delimiter_stays() {
        let delimiter = Delimiter::new(b"x").unwrap();
        let overrides = Overrides {
            delimiter: Some(delimiter),
            ..Overrides::default()
        };
        assert_eq!(dialect(b"a,b\n1,2\n", true, &overrides).dialect.delimiter, delimiter);
    }
}
