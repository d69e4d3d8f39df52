//! Checks every cell of a file against a profile, and widens the profile to what is really there.
//!
//! It reads the same chunks as the decoder, with the same tokenizer and the same value parsers, but keeps only evidence:
//! what types each column allows, how wide the widest record is, and the first line of everything odd.

use crate::MAX_COLUMNS;
use crate::boundaries::count_lines;
use crate::decode::{article, count, text};
use crate::encoding::{Encoding, Utf8Evidence};
use crate::header::Names;
use crate::schema::{Column, ColumnType, CsvProfile};
use crate::tokenize::{self, Cell, Record, Syntax};
use crate::types::Evidence;

/// The check of a whole file, chunk by chunk.
///
/// Chunks may come in any order and be surveyed apart, to be merged: the outcome depends on the set of chunks only. After
/// [`finish`](Survey::finish), a [`Decoder`](crate::Decoder) with the returned profile decodes the same chunks without a
/// [`Misfit`](crate::Misfit), into exactly the counted rows.
#[derive(Debug, Clone)]
pub struct Survey {
    profile: CsvProfile,
    syntax: Syntax,
    columns: Vec<ColumnSurvey>,
    rows: u64,
    /// The first record that is wider than the profile: its line and how many cells it has.
    wide: Option<(u64, usize)>,
    /// The first line on which an open quote swallows the rest of the file.
    unclosed: Option<u64>,
    /// The first line with bytes that are not UTF-8.
    invalid: Option<u64>,
    /// There was a valid character of more than one byte.
    multibyte: bool,
}

/// What a survey found: how to read the file, and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The profile, with the types and the columns that all of the file asks for, and warnings about what was met.
    pub profile: CsvProfile,
    /// How many rows the file has, the header not counted.
    pub rows: u64,
}

/// What is known of one column.
#[derive(Debug, Clone)]
struct ColumnSurvey {
    evidence: Evidence,
    /// The type that the profile promised; `None` if it promised nothing.
    expected: Option<ColumnType>,
    /// The first cell that breaks the promise: its line and text.
    misfit: Option<(u64, String)>,
}

impl ColumnSurvey {
    fn new(expected: Option<ColumnType>) -> Self {
        ColumnSurvey {
            evidence: Evidence::NONE,
            expected,
            misfit: None,
        }
    }

    /// Whether no cell of a chunk that starts at `first_line` can tell anything new.
    fn is_settled(&self, first_line: u64) -> bool {
        let promise_kept = self.expected.is_none_or(|kind| kind == ColumnType::Utf8);
        self.evidence.is_text() && (promise_kept || self.misfit.as_ref().is_some_and(|m| m.0 <= first_line))
    }

    fn merge(&mut self, other: ColumnSurvey) {
        self.evidence.merge(other.evidence);
        self.misfit = first(self.misfit.take(), other.misfit);
    }
}

impl Survey {
    /// A survey that has seen nothing yet of a file that should look like `profile`.
    ///
    /// The result has the columns of `profile`, and more where records are wider. Their types follow from the cells
    /// alone: wider than promised where a cell asks for it (a warning says which), and for a column that had no value in
    /// the sample, whatever its values are.
    pub fn new(profile: &CsvProfile) -> Self {
        let expected = profile.columns.iter().map(|column| Some(column.kind));
        Self::with_columns(profile, expected.map(ColumnSurvey::new).collect())
    }

    /// A survey for a profile whose types are not known yet, so that no cell breaks a promise.
    pub(crate) fn unbiased(profile: &CsvProfile) -> Self {
        Self::with_columns(profile, vec![ColumnSurvey::new(None); profile.columns.len()])
    }

    fn with_columns(profile: &CsvProfile, columns: Vec<ColumnSurvey>) -> Self {
        Survey {
            profile: profile.clone(),
            syntax: Syntax::new(&profile.dialect),
            columns,
            rows: 0,
            wide: None,
            unclosed: None,
            invalid: None,
            multibyte: false,
        }
    }

    /// Takes in a chunk; the same contract as [`Decoder::decode`](crate::Decoder::decode).
    pub fn observe(&mut self, chunk: &[u8], first_line: u64, starts_file: bool) {
        self.observe_encoding(chunk, first_line);
        let at = if starts_file && self.profile.dialect.header {
            self.syntax.skip_record(chunk)
        } else {
            0
        };
        let mut reading = Reading::new(chunk, first_line);
        self.observe_records(&mut reading, at);
    }

    /// Takes in a piece of text from somewhere in the file, cut at what looks like line ends.
    ///
    /// The piece may begin inside quotes and be read wrongly. So it only widens types, by records that are exactly as
    /// wide as the table, and gives no warnings: nobody knows its line.
    pub(crate) fn observe_block(&mut self, block: &[u8]) {
        let mut scratch = Vec::new();
        let (mut cells, mut at) = (Vec::new(), 0);
        while let Some(record) = self.syntax.record(block, at, self.columns.len(), &mut cells) {
            at = record.next;
            if record.cells == self.columns.len() && !record.unclosed && record.stray == 0 {
                for (column, &cell) in self.columns.iter_mut().zip(&cells) {
                    column.evidence.observe(tokenize::text(block, cell, &mut scratch));
                }
            }
            cells.clear();
        }
    }

    /// Takes in what another survey of the same profile saw. Associative and commutative.
    pub fn merge(&mut self, other: Survey) {
        if self.columns.len() < other.columns.len() {
            self.columns.resize(other.columns.len(), ColumnSurvey::new(None));
        }
        for (column, theirs) in self.columns.iter_mut().zip(other.columns) {
            column.merge(theirs);
        }
        self.rows += other.rows;
        self.wide = first(self.wide, other.wide);
        self.unclosed = first(self.unclosed, other.unclosed);
        self.invalid = first(self.invalid, other.invalid);
        self.multibyte |= other.multibyte;
    }

    /// The outcome.
    ///
    /// If the chunks were taken for UTF-8, held bytes that are not, and held no valid character of more than one byte,
    /// the profile's encoding is now Windows-1252. The rows and types stand, but whoever decodes must transcode again,
    /// with the new encoding.
    pub fn finish(mut self) -> Surveyed {
        self.report_encoding();
        self.report_width();
        self.report_misfits();
        if let Some(line) = self.unclosed {
            self.profile
                .warn(format!("a quote that opens in the record of line {line} never closes"));
        }
        let mut names = Names::default();
        for column in &self.profile.columns {
            names.push_verbatim(&column.name);
        }
        for _ in self.profile.columns.len()..self.columns.len() {
            names.push(b"");
        }
        let columns = names.into_vec().into_iter().zip(&self.columns);
        self.profile.columns = columns
            .map(|(name, column)| Column {
                name,
                kind: column.evidence.kind(),
            })
            .collect();
        Surveyed {
            profile: self.profile,
            rows: self.rows,
        }
    }

    fn observe_encoding(&mut self, chunk: &[u8], first_line: u64) {
        let evidence = Utf8Evidence::of(chunk, true);
        self.multibyte |= evidence.multibyte;
        let line = evidence
            .invalid
            .map(|at| first_line.saturating_add(count_lines(&chunk[..at])));
        self.invalid = first(self.invalid, line);
    }

    fn observe_records(&mut self, reading: &mut Reading<'_>, mut at: usize) {
        let cap = MAX_COLUMNS.max(self.profile.columns.len());
        let mut cells = Vec::new();
        while let Some(record) = self.syntax.record(reading.chunk, at, cap, &mut cells) {
            at = record.next;
            self.rows += 1;
            if record.filled > cap {
                cells[cap - 1] = cells[cap - 1].through(record.end);
            }
            if record.filled > self.profile.columns.len() && precedes(reading.first_line, &self.wide) {
                self.wide = first(self.wide, Some((reading.line(record.start), record.filled)));
            }
            if record.unclosed {
                self.unclosed = first(self.unclosed, Some(reading.line(record.start)));
            }
            let used = record.filled.min(cap);
            self.observe_cells(reading, &record, &cells[..used]);
            cells.clear();
        }
    }

    #[inline]
    fn observe_cells(&mut self, reading: &mut Reading<'_>, record: &Record, cells: &[Cell]) {
        if cells.len() > self.columns.len() {
            self.columns.resize(cells.len(), ColumnSurvey::new(None));
        }
        for (column, &cell) in self.columns.iter_mut().zip(cells) {
            if column.is_settled(reading.first_line) {
                continue;
            }
            let text = tokenize::text(reading.chunk, cell, &mut reading.scratch);
            let allowed = column.evidence.observe(text);
            let broken = column.expected.is_some_and(|kind| !allowed.allows(kind));
            if broken && precedes(reading.first_line, &column.misfit) {
                let line = reading.lines.at(reading.chunk, record.start);
                if precedes(line, &column.misfit) {
                    column.misfit = Some((line, text::shorten(text::trim(text))));
                }
            }
        }
    }

    fn report_encoding(&mut self) {
        let Some(line) = self.invalid else { return };
        if self.profile.encoding == Encoding::Utf8 && !self.multibyte {
            self.profile.encoding = Encoding::Windows1252;
            self.profile.warn(format!(
                "line {line} is not UTF-8 and no other line needs it: read as Windows-1252"
            ));
        } else {
            self.profile
                .warn(format!("line {line} has bytes that are not UTF-8: read as U+FFFD"));
        }
    }

    fn report_width(&mut self) {
        let Some((line, cells)) = self.wide else { return };
        let columns = self.profile.columns.len();
        let (cells, expected) = (count(cells, "cell"), count(columns, "column"));
        let remedy = match self.columns.len() - columns {
            0 => "the last column keeps the rest as text".to_owned(),
            added => format!("added {}", count(added, "column")),
        };
        self.profile.warn(format!(
            "line {line} has {cells} where the table had {expected}: {remedy}"
        ));
    }

    fn report_misfits(&mut self) {
        let columns = self.profile.columns.iter().zip(&self.columns);
        let warnings: Vec<String> = columns
            .filter_map(|(column, seen)| {
                let (line, value) = seen.misfit.as_ref()?;
                let (name, kind, now) = (&column.name, column.kind, seen.evidence.kind());
                let article = article(kind);
                Some(format!(
                    "line {line}, column \"{name}\": '{value}' is not {article} {kind}; the column is {now}"
                ))
            })
            .collect();
        warnings.into_iter().for_each(|warning| self.profile.warn(warning));
    }
}

/// A chunk that is being read.
struct Reading<'a> {
    chunk: &'a [u8],
    first_line: u64,
    lines: Lines,
    scratch: Vec<u8>,
}

/// Counts lines as far as they are asked for.
struct Lines {
    line: u64,
    counted: usize,
}

impl<'a> Reading<'a> {
    fn new(chunk: &'a [u8], first_line: u64) -> Self {
        let lines = Lines {
            line: first_line,
            counted: 0,
        };
        Reading {
            chunk,
            first_line,
            lines,
            scratch: Vec::new(),
        }
    }

    fn line(&mut self, at: usize) -> u64 {
        self.lines.at(self.chunk, at)
    }
}

impl Lines {
    /// The line of the record that starts at `at`, which is never before one asked for earlier.
    fn at(&mut self, chunk: &[u8], at: usize) -> u64 {
        let passed = chunk.get(self.counted..at).map_or(0, count_lines);
        self.line = self.line.saturating_add(passed);
        self.counted = at;
        self.line
    }
}

/// Whether something on `line`, or further on, could come before what was found so far.
fn precedes<T>(line: u64, found: &Option<(u64, T)>) -> bool {
    found.as_ref().is_none_or(|found| line < found.0)
}

/// The lesser of two findings, of which each begins with its line.
fn first<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Dialect};
    use arrow_array::cast::AsArray;

    fn profile(columns: &[(&str, ColumnType)]) -> CsvProfile {
        let column = |&(name, kind): &(&str, ColumnType)| Column {
            name: name.to_owned(),
            kind,
        };
        CsvProfile {
            encoding: Encoding::Utf8,
            dialect: Dialect {
                delimiter: b',',
                quote: Some(b'"'),
                header: true,
            },
            columns: columns.iter().map(column).collect(),
            warnings: vec!["old".to_owned()],
        }
    }

    fn survey(columns: &[(&str, ColumnType)], text: &str) -> Surveyed {
        let mut survey = Survey::new(&profile(columns));
        survey.observe(text.as_bytes(), 1, true);
        survey.finish()
    }

    #[test]
    fn a_file_that_fits() {
        let surveyed = survey(&[("a", ColumnType::Int64)], "a\n1\n\n2\n");
        assert_eq!(
            surveyed,
            Surveyed {
                profile: profile(&[("a", ColumnType::Int64)]),
                rows: 2
            }
        );
    }

    #[test]
    fn widening_names_the_first_line() {
        let surveyed = survey(&[("a", ColumnType::Int64)], "a\n1\n\n2.5\nx\n");
        let kinds: Vec<_> = surveyed.profile.columns.iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [ColumnType::Utf8]);
        assert_eq!(
            surveyed.profile.warnings[1..],
            ["line 4, column \"a\": '2.5' is not an Int64; the column is Utf8"]
        );
    }

    #[test]
    fn added_columns_get_free_names() {
        let surveyed = survey(&[("column_2", ColumnType::Int64)], "column_2\n1\n2,x\n3,4,5\n");
        let names: Vec<_> = surveyed
            .profile
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.kind))
            .collect();
        let expected = [
            ("column_2", ColumnType::Int64),
            ("column_2_1", ColumnType::Utf8),
            ("column_3", ColumnType::Int64),
        ];
        assert_eq!(names, expected);
        let warning = "line 3 has 2 cells where the table had 1 column: added 2 columns";
        assert_eq!(surveyed.profile.warnings[1..], [warning]);
    }

    #[test]
    fn foreign_bytes() {
        let mut survey = Survey::new(&profile(&[("a", ColumnType::Utf8)]));
        survey.observe(b"a\nx\n", 1, true);
        survey.observe(b"y\ncaf\xE9\n", 3, false);
        let alone = survey.clone().finish().profile;
        assert_eq!(alone.encoding, Encoding::Windows1252);
        assert_eq!(
            alone.warnings[1..],
            ["line 4 is not UTF-8 and no other line needs it: read as Windows-1252"]
        );
        survey.observe("é\n".as_bytes(), 5, false);
        let mixed = survey.finish().profile;
        assert_eq!(mixed.encoding, Encoding::Utf8);
        assert_eq!(
            mixed.warnings[1..],
            ["line 4 has bytes that are not UTF-8: read as U+FFFD"]
        );
    }

    #[test]
    fn an_open_quote() {
        let surveyed = survey(&[("a", ColumnType::Utf8)], "a\nx\n\"y\nz\n");
        assert_eq!(surveyed.rows, 2);
        assert_eq!(
            surveyed.profile.warnings[1..],
            ["a quote that opens in the record of line 3 never closes"]
        );
    }

    #[test]
    fn the_last_column_of_the_cap_keeps_the_rest() {
        let row = vec!["1"; MAX_COLUMNS + 2].join(",") + ",\"x,y\",\n";
        let text = format!("a\n1\n{row}");
        let surveyed = survey(&[("a", ColumnType::Int64)], &text);
        assert_eq!(surveyed.profile.columns.len(), MAX_COLUMNS);
        let wide = format!(
            "line 3 has {} cells where the table had 1 column: added 16383 columns",
            MAX_COLUMNS + 3
        );
        assert_eq!(surveyed.profile.warnings[1..], [wide]);
        let last = MAX_COLUMNS - 1;
        let batches = Decoder::new(&surveyed.profile, Some(&[0, last]), 10)
            .decode(text.as_bytes(), 1, true)
            .unwrap();
        let column = batches[0].column(1).as_string::<i32>();
        assert_eq!(column.iter().collect::<Vec<_>>(), [None, Some("1,1,1,\"x,y\",")]);
    }
}
