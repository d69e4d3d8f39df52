//! Finds the dialect of a sample: reads it with every candidate, and takes the one under which it looks most like a table.

use crate::table::json_lines::are_objects;
use crate::table::overrides::Overrides;
use crate::table::separators::Lines;
use crate::table::trial::{Trial, TriedDialect, USUAL};
use crate::text::dialect::{Delimiter, Dialect, Mark};
use crate::text::fields::fields_in;
use crate::text::lines;
use crate::text::syntax::Syntax;

/// Bytes that text hardly ever holds: delimiters for a file of one column that holds the usual ones.
const ABSENT: [u8; 6] = [0x1F, 0x1E, 0x1D, 0x1C, 0x01, 0x02];
/// Below which quality cells are likely to hold delimiters.
const UNCLEAN: f64 = 0.7;
/// How much of the sample is read with every candidate.
const LONGEST: usize = 128 << 10;

/// The dialect that was found, and what else was tried.
pub(crate) struct FoundDialect {
    /// `header_rows` means nothing yet.
    pub(crate) dialect: Dialect,
    /// All that was tried, the best first.
    pub(crate) tried: Vec<TriedDialect>,
}

/// The dialect that fits `text` best.
///
/// `complete` says that the text does not end inside a record.
pub(crate) fn dialect(text: &[u8], complete: bool, overrides: &Overrides) -> FoundDialect {
    let complete = complete && text.len() <= LONGEST;
    let text = &text[..text.len().min(LONGEST)];
    let declared = declared(text);
    let lines = Lines::of(text, complete);
    let search = Search {
        text,
        complete,
        overrides,
        preamble: declared.map_or(0, |(_, lines)| lines),
        frames: lines.have_frames(),
        lines,
    };
    let declared = declared.map(|(delimiter, _)| delimiter);
    let mut trials = match overrides.delimiter.or(declared) {
        Some(delimiter) => search.trials(delimiter),
        None if are_objects(text, complete) => search.one_line_each(),
        None => search.all(),
    };
    compare(&mut trials);
    // The first of equals is the best: the sort is stable.
    trials.sort_by(|a, b| b.score().total_cmp(&a.score()));
    let mut best = trials.swap_remove(0);
    if overrides.delimiter.or(declared).is_none()
        && let Some(longer) = search.longer_delimiter(&best)
    {
        trials.push(std::mem::replace(&mut best, longer));
    }
    if best.layout.width == 1
        && overrides.delimiter.is_none()
        && let Some(whole) = search.one_column(&best)
    {
        trials.push(std::mem::replace(&mut best, whole));
    }
    found(best, &trials)
}

/// The best of the trials, and what else was tried.
fn found(best: Trial, others: &[Trial]) -> FoundDialect {
    let mut tried = vec![best.tried()];
    tried.extend(others.iter().map(Trial::tried));
    tried[1..].sort_by(|a, b| b.score.total_cmp(&a.score));
    FoundDialect {
        dialect: best.dialect,
        tried,
    }
}

/// The delimiter that a file declares, and how many lines in front of the table do so.
///
/// A first line such as `sep=;` names it. A comment such as `#Fields: date time` of a web server's log, or `#fields` of a network
/// monitor's, has the names of the columns: what parts the first line behind the comments in as many cells.
fn declared(text: &[u8]) -> Option<(Delimiter, usize)> {
    let (end, _) = lines::line_end(text, 0);
    let line = &text[..end];
    let named = line.get(..4).filter(|word| word.eq_ignore_ascii_case(b"sep="));
    if named.is_some() {
        return Delimiter::new(&line[4..]).map(|delimiter| (delimiter, 1));
    }
    let mut lines = text
        .split(|byte| b"\r\n".contains(byte))
        .filter(|line| !line.is_empty());
    let comments = lines.clone().take_while(|line| line.first() == Some(&b'#'));
    let fields = comments.filter_map(fields_in).last()?;
    let names = fields
        .split(u8::is_ascii_whitespace)
        .filter(|name| !name.is_empty())
        .count();
    let first = lines.find(|line| line.first() != Some(&b'#'))?;
    let parts = |byte: &&u8| names > 1 && cells_in(first, **byte) == names;
    b"\t ,;|".iter().find(parts).map(|&byte| (Delimiter::byte(byte), 0))
}

/// How many cells a line has, as a delimiter parts it outside of quotes.
fn cells_in(line: &[u8], delimiter: u8) -> usize {
    let syntax = Syntax::new(&Dialect {
        delimiter: Delimiter::byte(delimiter),
        escape: memchr::memmem::find(line, b"\\\"").map(|_| b'\\'),
        ..Dialect::default()
    });
    syntax.any_record(line, 0).map_or(0, |record| record.cells)
}

/// Says of trials what others tell of them: a delimiter that parts every line of the text beats one that needs titles in front
/// of its table, and a comma that is in numbers only is a decimal one if another sign parts every line.
fn compare(trials: &mut [Trial]) {
    let is_whole = |trial: &&Trial| trial.is_whole() && !trial.is_punctuation && trial.faults() == 0;
    let whole: Vec<(Delimiter, bool)> = trials
        .iter()
        .filter(is_whole)
        .map(|trial| (trial.dialect.delimiter, trial.is_in_numbers))
        .collect();
    for trial in trials {
        let others = || whole.iter().filter(|(other, _)| *other != trial.dialect.delimiter);
        let (is_beaten, is_decimal) = (
            others().next().is_some(),
            others().any(|(_, is_in_numbers)| !is_in_numbers),
        );
        trial.is_second |= trial.layout.coverage < 1.0 && is_beaten;
        trial.is_punctuation |= trial.is_in_numbers && is_decimal;
    }
}

struct Search<'a> {
    text: &'a [u8],
    complete: bool,
    overrides: &'a Overrides,
    preamble: usize,
    lines: Lines<'a>,
    frames: bool,
}

impl Search<'_> {
    /// The text in every dialect that comes into question.
    fn all(&self) -> Vec<Trial> {
        let occurs = |byte: &&u8| memchr::memchr(**byte, self.text).is_some();
        // One delimiter that the text does not have, so that the text is tried as a table of one column.
        let absent = USUAL.iter().chain(&ABSENT).find(|byte| !occurs(byte));
        let all = USUAL.iter().chain(&ABSENT);
        let delimiters = all.filter(|byte| occurs(byte) || Some(*byte) == absent);
        let mut trials: Vec<Trial> = delimiters
            .flat_map(|&byte| self.trials(Delimiter::byte(byte)))
            .collect();
        if self.frames {
            let drawn = match self.lines.are_framed(b'|') {
                true => Some(Delimiter::FRAMED_PIPE),
                false => self.lines.are_padded(b'|').then_some(Delimiter::PADDED_PIPE),
            };
            if let Some(drawn) = drawn {
                // The plain sign would part the frame from the cells in it.
                trials.retain(|trial| trial.dialect.delimiter.first() != b'|');
                trials.extend(self.trials(drawn));
            }
        }
        let best = trials.iter().reduce(|a, b| if b.score() > a.score() { b } else { a });
        let best = best.expect("there are always delimiters to try");
        let (quality, consistency) = (best.quality, best.layout.consistency);
        let is_open = (best.layout.width <= 1 && quality <= 0.9) || quality < UNCLEAN;
        if is_open || consistency < 1.0 {
            let unusual = self.lines.delimiters().into_iter();
            let unusual = unusual.filter(|delimiter| self.lines.may_part(*delimiter));
            for delimiter in unusual {
                let often = self.lines.are_parted_often(delimiter);
                let is_one = |trial: &Trial| (is_open && trial.is_convincing(quality)) || (often && trial.is_regular());
                trials.extend(self.trials(delimiter).into_iter().filter(is_one));
            }
        }
        if is_open && self.lines.have_runs() {
            let spaced = self.spaced(quality);
            if spaced
                .iter()
                .any(|trial| self.lines.are_in_columns(trial.dialect.delimiter))
            {
                // A single blank would make columns of the blanks between columns.
                trials.retain(|trial| trial.dialect.delimiter.single() != Some(b' '));
            }
            trials.extend(spaced);
        }
        if trials
            .iter()
            .all(|trial| trial.layout.width <= 1 || trial.layout.consistency < 1.0)
        {
            let doubled = self.lines.doubled_delimiters();
            let doubled = doubled.into_iter().flat_map(|delimiter| self.trials(delimiter));
            trials.extend(doubled.filter(Trial::is_regular));
        }
        trials
    }

    /// The trials with blanks that align columns. Cells may hold single blanks, so these part what is not in its place only if
    /// wider ones do not.
    fn spaced(&self, quality: f64) -> Vec<Trial> {
        let is_aligned = self.lines.are_aligned();
        let may_part = self.lines.may_part(Delimiter::byte(b' '));
        let is_one = |trial: &Trial| (may_part && trial.is_convincing(quality)) || (is_aligned && trial.is_even());
        let is_wide = |trial: &Trial| is_one(trial) || (trial.dialect.places.is_some() && trial.is_even());
        let mut wide = self.trials(Delimiter::WIDE_BLANKS);
        wide.retain(is_wide);
        let is_placed = |trial: &Trial| wide.is_empty() && may_part && trial.is_convincing(quality);
        let mut spaced = self.trials(Delimiter::BLANKS);
        spaced.retain(|trial| {
            if trial.dialect.places.is_some() {
                is_placed(trial)
            } else {
                is_one(trial)
            }
        });
        spaced.extend(wide);
        spaced
    }

    /// The trials of a text whose lines are no records of cells: with a sign that it does not hold.
    fn one_line_each(&self) -> Vec<Trial> {
        // The usual signs may come further down.
        let usual = if self.complete { &USUAL[..] } else { &[] };
        let mut signs = usual.iter().chain(&ABSENT);
        let absent = signs.find(|byte| memchr::memchr(**byte, self.text).is_none());
        absent.map_or_else(|| self.all(), |absent| self.trials(Delimiter::byte(*absent)))
    }

    /// The trials with one delimiter, with comments and without.
    fn trials(&self, delimiter: Delimiter) -> Vec<Trial> {
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
        let with = |comment, places| {
            self.quotes(&Dialect {
                delimiter,
                comment,
                preamble_lines: self.preamble,
                header_rows: 0,
                frames: self.frames,
                places,
                ..Dialect::default()
            })
        };
        let places = self.lines.places(delimiter);
        let with_comment = |comment| {
            let placed = places.clone().map(|places| with(comment, Some(places)));
            let mut trials = with(comment, None);
            trials.extend(placed.into_iter().flatten());
            trials
        };
        let trials = comments.into_iter().flat_map(with_comment);
        // In a file of one column a line that begins with `#` may be a value.
        let earned = |r: &Trial| r.dialect.comment.is_none() || r.layout.width > 1 || r.dialect.comment == forced;
        trials.filter(earned).collect()
    }

    /// The trials of a dialect with the quotes that come into question.
    ///
    /// Double quotes are read as quotes unless that goes wrong somewhere. Single quotes have to earn it: apostrophes are
    /// common in text.
    fn quotes(&self, dialect: &Dialect) -> Vec<Trial> {
        if self.overrides.quote != Mark::Detect {
            let quotes = self.overrides.quote.candidates(&[]);
            return quotes
                .into_iter()
                .flat_map(|quote| self.escapes(dialect, quote))
                .collect();
        }
        let mut trials = self.escapes(dialect, Some(b'"'));
        if trials.iter().all(|trial| trial.faults() > trial.closed()) {
            if self.complete {
                trials.retain(Trial::closes_a_quote);
            }
            trials.extend(self.escapes(dialect, None));
        }
        if memchr::memchr(b'\'', self.text).is_some() {
            let best = trials.iter().map(|trial| trial.layout.consistency).fold(0.0, f64::max);
            let single = self.escapes(dialect, Some(b'\'')).into_iter();
            let earned = |r: &Trial| r.faults() == 0 && (r.quoted > 1 || r.layout.consistency > best);
            trials.extend(single.filter(earned));
        }
        trials
    }

    /// The trials of a dialect and a quote with the escapes that come into question.
    fn escapes(&self, dialect: &Dialect, quote: Option<u8>) -> Vec<Trial> {
        let backslash = quote.is_some_and(|quote| memchr::memmem::find(self.text, &[b'\\', quote]).is_some());
        let usual = if backslash { &[None, Some(b'\\')][..] } else { &[None] };
        let escapes = self.overrides.escape.candidates(usual).into_iter();
        let dialect = |escape| Dialect {
            quote,
            escape,
            ..dialect.clone()
        };
        escapes
            .map(|escape| Trial::of(self.text, self.complete, dialect(escape)))
            .collect()
    }

    /// The trial of a single column with a delimiter that does not part it.
    fn one_column(&self, best: &Trial) -> Option<Trial> {
        let is_whole = |trial: &Trial| trial.shapes.iter().all(|shape| shape.cells <= 1);
        if is_whole(best) {
            return None;
        }
        let read = |&byte: &u8| {
            let delimiter = Delimiter::byte(byte);
            let dialect = Dialect {
                delimiter,
                ..best.dialect.clone()
            };
            Trial::of(self.text, self.complete, dialect)
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

    /// The trial with a delimiter of several bytes, if all delimiters of `best` are part of one.
    fn longer_delimiter(&self, best: &Trial) -> Option<Trial> {
        best.dialect.delimiter.single().filter(|_| best.layout.width > 1)?;
        let delimiter = best.longer_delimiter(self.text)?;
        let dialect = Dialect {
            delimiter,
            ..best.dialect.clone()
        };
        let longer = Trial::of(self.text, self.complete, dialect);
        // In records of different lengths a blank behind a comma is rather that of prose.
        let is_prose = best.layout.consistency < 1.0 && delimiter.as_bytes().ends_with(b" ");
        let is_as_good = longer.layout.consistency >= best.layout.consistency && longer.faults() <= best.faults();
        let fits = longer.layout.width > 1 && is_as_good && !is_prose;
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
            assert_eq!(found.tried[0].width, 1, "{text:?} {:?}", found.tried);
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
            assert_eq!(found.tried[0].width, width, "{text:?} {:?}", found.tried);
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
