//! Checks every cell of a file against a profile, and widens the profile to what is really there.
//!
//! It reads the same chunks as the decoder, with the same tokenizer, the same judgement of records and the same value
//! parsers, but keeps only evidence: what types each column allows, the account of the records, and the first of
//! everything odd.

pub(crate) mod columns;
mod invalid;
mod numerals;
mod reading;
pub(crate) mod report;
mod strays;

use crate::column::field::Column;
use crate::ledger::Ledger;
use crate::profile::CsvProfile;
use crate::reject::{Judge, MAX_REJECTS, Reason, Reject, Verdict};
use crate::survey::columns::{ColumnSurvey, Extent};
use crate::survey::invalid::InvalidBytes;
use crate::survey::reading::Reading;
use crate::survey::report::{ColumnReport, Size, Surveyed};
use crate::survey::strays::StrayQuotes;
use crate::table::asides::{Beside, OtherTable};
use crate::table::repeated;
use crate::text::cell::{self, Cell};
use crate::text::chunk::Chunk;
use crate::text::frame::Frame;
use crate::text::index::{Grid, Index, Part, WINDOW_BYTES};
use crate::text::record::{Kind, Record};
use crate::text::syntax::Syntax;
use crate::walk::beside::{Apart, Foreign, judge_foreign};

/// How many rows go through all columns at a time.
const ROWS: usize = 256;

/// The check of a whole file, chunk by chunk.
///
/// Chunks may come in any order and be surveyed apart, to be merged: the outcome depends on the set of chunks only. After
/// [`finish`](Survey::finish), a [`Decoder`](crate::Decoder) with the returned profile decodes the same chunks without a
/// [`Misfit`](crate::Misfit).
#[derive(Debug, Clone)]
pub struct Survey {
    profile: CsvProfile,
    syntax: Syntax,
    judge: Judge,
    window_bytes: usize,
    columns: Vec<ColumnSurvey>,
    /// The first line of the last chunk, in file order, that was seen.
    last_line: u64,
    /// How many lines there are up to the end of that chunk.
    lines: u64,
    ledger: Ledger,
    /// The first records that are no rows, in file order.
    rejects: Vec<Reject>,
    /// There were records that are judged by the columns' types: with fewer cells than usual, or with quotes in doubt.
    pub(crate) judged: bool,
    strays: StrayQuotes,
    /// Rows with stray quotes say nothing of the types.
    only_sound: bool,
    invalid: InvalidBytes,
    /// The text of the header, from the chunk that has it.
    header: Option<Vec<u8>>,
    /// How many records were the header once more.
    repeated: u64,
    /// The first blank line behind the start of a table that the sample does not show the end of.
    gap: Option<u64>,
}

impl Survey {
    /// A survey that has seen nothing yet of a file that should look like `profile`.
    ///
    /// The result has the columns of `profile`. Their types follow from the cells alone: wider than promised where a cell
    /// asks for it (a warning says which), and for a column that had no value in the sample, whatever its values are.
    pub fn new(profile: &CsvProfile) -> Self {
        let promises = profile.columns.iter().cloned().map(Some).map(ColumnSurvey::new);
        Self::within(profile, profile.frame(), promises.collect())
    }

    /// The same survey, which looks for the structure of so many bytes at a time; with 0 it takes every record by itself.
    ///
    /// It finds the same, at another speed: for tests that compare.
    #[must_use]
    pub fn with_window_bytes(mut self, window_bytes: usize) -> Self {
        self.window_bytes = window_bytes;
        self
    }

    /// A survey for a profile whose types are not known yet, so that no cell breaks a promise; `frame` is what is known.
    pub(crate) fn unbiased(profile: &CsvProfile, frame: Frame) -> Self {
        Self::within(profile, frame, vec![ColumnSurvey::new(None); profile.columns.len()])
    }

    fn within(profile: &CsvProfile, frame: Frame, columns: Vec<ColumnSurvey>) -> Self {
        Survey {
            profile: profile.clone(),
            only_sound: !frame.knows_types,
            syntax: Syntax::new(&profile.dialect).within(frame),
            judge: Judge::new(&profile.columns, profile.usual_cells),
            window_bytes: WINDOW_BYTES,
            columns,
            last_line: 0,
            lines: 0,
            ledger: Ledger::default(),
            rejects: Vec::new(),
            judged: false,
            strays: StrayQuotes::default(),
            invalid: InvalidBytes::default(),
            header: None,
            repeated: 0,
            gap: None,
        }
    }

    /// Takes in a chunk. Chunks of a file that come in file order are less work than others.
    pub fn observe(&mut self, chunk: &Chunk<'_>) {
        if chunk.first_line < self.last_line {
            // What is noted is the first of its kind, and within a survey that is the first to come.
            let mut earlier = self.anew();
            earlier.observe(chunk);
            return self.merge(earlier);
        }
        self.last_line = chunk.first_line;
        self.lines = chunk.last_line();
        self.invalid.observe(chunk);
        let mut at = 0;
        if chunk.starts_file {
            let lead = self.syntax.lead(chunk.text, true);
            self.ledger.add(Ledger::of(&lead));
            self.header = repeated::header(&self.syntax, chunk.text).map(<[u8]>::to_vec);
            let broken = Reading::new(chunk).broken(&self.syntax, lead.table..lead.end);
            self.rejects.extend(broken);
            self.rejects.truncate(MAX_REJECTS);
            at = lead.end;
        }
        self.observe_records(chunk, at);
    }

    /// A survey of the same profile that has seen nothing yet.
    fn anew(&self) -> Self {
        let promises = self.columns.iter().map(|column| column.promise().cloned());
        let columns = promises.map(ColumnSurvey::new).collect();
        Self::within(&self.profile, self.profile.frame(), columns).with_window_bytes(self.window_bytes)
    }

    /// Takes in a piece of text from somewhere in the file, cut at what looks like line ends.
    ///
    /// The piece may begin inside quotes and be read wrongly. So it only widens types, by records that are exactly as
    /// wide as the table, and gives no warnings: nobody knows its line.
    pub(crate) fn observe_block(&mut self, block: &[u8]) {
        let quotes_mean_text = self.profile.quoted_numbers.mean_text();
        let mut scratch = Vec::new();
        let (mut cells, mut at) = (Vec::new(), 0);
        while let Some(record) = self.syntax.sure_record(block, at, self.columns.len(), &mut cells) {
            at = record.next;
            if record.kind == Kind::Cells && record.cells == self.columns.len() && !record.judged {
                for (column, &cell) in self.columns.iter_mut().zip(&cells) {
                    let is_text = quotes_mean_text && cell.is_quoted();
                    column.observe_unplaced(cell::text(block, cell, &mut scratch), is_text);
                }
            }
            cells.clear();
        }
    }

    /// What the records seen so far are.
    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// What each column holds in the rows seen so far, as the profile promised it; `None` where that cannot be told: of text,
    /// of values that are not as promised, of NaN.
    pub fn extents(&self) -> Vec<Option<Extent>> {
        let extents = self.columns.iter().map(|column| column.extent(self.ledger.served));
        extents.collect()
    }

    /// Takes in what another survey of the same profile saw. Associative and commutative.
    pub fn merge(&mut self, other: Survey) {
        for (column, theirs) in self.columns.iter_mut().zip(other.columns) {
            column.merge(theirs);
        }
        self.last_line = self.last_line.max(other.last_line);
        self.lines = self.lines.max(other.lines);
        self.ledger.add(other.ledger);
        self.rejects.extend(other.rejects);
        self.rejects.sort();
        self.rejects.truncate(MAX_REJECTS);
        self.judged |= other.judged;
        self.strays.merge(other.strays);
        self.invalid.merge(other.invalid);
        self.header = self.header.take().or(other.header);
        self.repeated += other.repeated;
        self.gap = [self.gap, other.gap].into_iter().flatten().min();
    }

    /// The outcome.
    ///
    /// If the chunks were taken for UTF-8 (not because the caller asked for it), held bytes that are not, and held no valid character of more than one byte,
    /// the profile's encoding is now Windows-1252. The rows and types stand, but whoever decodes must transcode again,
    /// with the new encoding.
    pub fn finish(mut self) -> Surveyed {
        self.invalid.report(&mut self.profile);
        self.strays.report(&mut self.profile, self.ledger.served);
        // Of a sample nothing was promised, and nobody knows where a table ends that goes on behind it.
        let is_sample = self.columns.iter().any(|column| column.promise().is_none());
        let is_closed = is_sample || close(&mut self.profile, self.gap, self.lines);
        let given = self.profile.clone();
        self.profile.columns = numerals::decide(&given.columns, &self.columns);
        for (column, seen) in self.profile.columns.iter_mut().zip(&self.columns) {
            column.holds_rows |= seen.holds_rows(self.ledger.served);
        }
        let is_same = |(was, is): (&Column, &Column)| {
            (was.kind, was.notation, was.holds_rows) == (is.kind, is.notation, is.holds_rows)
        };
        let mut settled = is_closed && (!self.judged || given.columns.iter().zip(&self.profile.columns).all(is_same));
        let columns = self.report_columns();
        if self.repeated == 0 {
            self.profile.clear_of_repeated_header();
        }
        let misfits = || {
            given
                .columns
                .iter()
                .zip(&self.columns)
                .map(|(column, seen)| (column, seen.misfit(column)))
        };
        let is_repeated = self.syntax.repeated_header.is_none() && repeated::are_names(misfits());
        if let Some(header) = self.header.take().filter(|_| is_repeated) {
            // What the columns are shows without it.
            self.profile = given;
            self.profile.dialect.repeated_header = Some(header.into());
            self.profile.warn_of_repeated_header();
            settled = false;
        }
        Surveyed {
            profile: self.profile,
            columns,
            ledger: self.ledger,
            rejects: self.rejects,
            settled,
        }
    }

    fn observe_records(&mut self, chunk: &Chunk<'_>, mut at: usize) {
        let (syntax, width, text) = (self.syntax.clone(), self.columns.len(), chunk.text);
        let mut reading = Reading::new(chunk);
        let apart = Apart::of(&self.profile.others, chunk);
        while at < text.len() {
            let stretch = apart.stretch(at, text.len());
            if let Some(foreign) = stretch.foreign {
                at = self.observe_foreign(&mut reading, foreign, at, stretch.end);
                continue;
            }
            at = match Index::next(&syntax, &text[..stretch.end], at, self.window_bytes, width) {
                Ok(index) => self.observe_indexed(&mut reading, &index, at),
                Err(end) => self.observe_carefully(&mut reading, at, end),
            };
        }
    }

    /// Takes in what an index has found, from `at` on; returns the offset behind it.
    fn observe_indexed(&mut self, reading: &mut Reading<'_>, index: &Index<'_>, mut at: usize) -> usize {
        while at < index.end() {
            at = match index.part(at, ROWS) {
                Part::Rows(grid) => {
                    self.observe_rows(reading, grid);
                    grid.end()
                }
                Part::Others(end) => self.observe_carefully(reading, at, end),
            };
            if !index.reaches(at) {
                break;
            }
        }
        at
    }

    /// Takes in rows with a cell for each column, one column after the other.
    fn observe_rows(&mut self, reading: &mut Reading<'_>, grid: Grid<'_>) {
        let quotes_mean_text = self.profile.quoted_numbers.mean_text();
        self.ledger.served += grid.rows() as u64;
        reading.lines.at(grid.start(0));
        for (index, column) in self.columns.iter_mut().enumerate() {
            for (row, cell) in grid.column(index).enumerate() {
                if column.is_settled() {
                    column.skip(cell.is_empty());
                    continue;
                }
                let text = cell::text(grid.text, cell, &mut reading.scratch);
                // Rarely asked for, and then not in order.
                let line = || { reading.lines }.at(grid.start(row));
                column.observe(text, quotes_mean_text && cell.is_quoted(), line);
            }
        }
    }

    /// Takes in the records from `at` on that start before `end`; returns the offset behind them.
    fn observe_carefully(&mut self, reading: &mut Reading<'_>, mut at: usize, end: usize) -> usize {
        let (chunk, mut cells) = (reading.chunk, Vec::new());
        while at < end
            && let Some(record) = self.syntax.record(chunk.text, at, self.columns.len(), &mut cells)
        {
            at = record.next;
            let verdict = self.judge.judge(chunk.text, &record, &cells);
            self.ledger.count(&verdict);
            self.judged |= record.judged;
            if let Some(column) = record.torn.and_then(|column| self.columns.get_mut(column as usize)) {
                column.observe_torn();
            }
            match verdict {
                Verdict::Row => {
                    self.judged |= self.judge.is_short(&record);
                    self.strays.observe(&record, || reading.lines.at(record.start));
                    self.observe_cells(reading, &record, &cells);
                }
                Verdict::Reject(reason) => {
                    self.judged |= matches!(reason, Reason::TooFewCells { .. });
                    self.repeated += u64::from(reason == Reason::Header);
                    reading.keep(&mut self.rejects, &record, &reason);
                }
                Verdict::Blank | Verdict::Comment => {}
            }
            cells.clear();
        }
        at
    }

    /// Takes in the records from `at` on that start before `end`, which are none of the table; returns the offset behind
    /// them.
    fn observe_foreign(&mut self, reading: &mut Reading<'_>, foreign: Foreign, mut at: usize, end: usize) -> usize {
        while at < end
            && let Some(record) = self.syntax.any_record(reading.chunk.text, at)
        {
            at = record.next;
            let verdict = judge_foreign(&record, foreign);
            self.ledger.count(&verdict);
            match verdict {
                Verdict::Reject(reason) => reading.keep(&mut self.rejects, &record, &reason),
                // What is open ends with a blank line, or with the file.
                Verdict::Blank if foreign.is_open => {
                    let line = reading.lines.at(record.start);
                    self.gap = Some(self.gap.map_or(line, |gap| gap.min(line)));
                }
                _ => {}
            }
        }
        at
    }

    #[inline]
    fn observe_cells(&mut self, reading: &mut Reading<'_>, record: &Record, cells: &[Cell]) {
        let quotes_mean_text = self.profile.quoted_numbers.mean_text();
        let is_fitted = self.judge.is_short(record) || (self.only_sound && record.stray > 0);
        for (column, &cell) in self.columns.iter_mut().zip(cells) {
            if column.is_settled() && !is_fitted {
                column.skip(cell.is_empty());
                continue;
            }
            let text = cell::text(reading.chunk.text, cell, &mut reading.scratch);
            let line = || reading.lines.at(record.start);
            if is_fitted {
                column.observe_short(text, line);
            } else {
                column.observe(text, quotes_mean_text && cell.is_quoted(), line);
            }
        }
    }

    /// Reports on every column, and warns of what a person would not expect.
    fn report_columns(&mut self) -> Vec<ColumnReport> {
        let columns = std::mem::take(&mut self.profile.columns);
        let mut reports = Vec::with_capacity(columns.len());
        let size = Size {
            rows: self.ledger.served,
            lines: self.lines,
        };
        for (column, seen) in columns.iter().zip(&self.columns) {
            let (report, warnings) = seen.report(column, size);
            // The sample may have left a doubt that the whole file resolves.
            let stands = |warning: &String| warnings.contains(warning) || !report::is_doubt(warning, &column.name);
            self.profile.warnings.retain(stands);
            warnings.into_iter().for_each(|warning| self.profile.warn(warning));
            self.profile
                .warnings
                .retain(|warning| !numerals::is_doubt(warning, &column.name));
            // Where commas end cells, points are decimal.
            let doubt = numerals::doubt(column, seen).filter(|_| self.syntax.delimiter.first() != b',');
            doubt.into_iter().for_each(|warning| self.profile.warn(warning));
            reports.push(report);
        }
        self.profile.columns = columns;
        reports
    }
}

/// Says where a table ends that goes on behind the sample, in a file of so many lines: in front of the first blank line
/// behind its start, or with the file. False if that leaves records which nobody has looked at.
fn close(profile: &mut CsvProfile, gap: Option<u64>, lines: u64) -> bool {
    let is_open = |other: &&mut OtherTable| other.last_line.is_none() && other.kind != Beside::Perhaps;
    let Some(open) = profile.others.iter_mut().find(is_open) else {
        return true;
    };
    let before = open.place();
    open.last_line = Some(gap.map_or(lines, |gap| gap - 1));
    for warning in &mut profile.warnings {
        if let Some(rest) = warning.strip_prefix(&before) {
            *warning = open.place() + rest;
        }
    }
    gap.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnType, Dialect, Encoding, QuotedNumbers};

    fn profile(columns: &[(&str, ColumnType)]) -> CsvProfile {
        let column = |&(name, kind): &(&str, ColumnType)| Column::new(name, kind);
        CsvProfile {
            encoding: Encoding::Utf8,
            encoding_asked: false,
            dialect: Dialect::default(),
            quoted_numbers: QuotedNumbers::Values,
            columns: columns.iter().map(column).collect(),
            usual_cells: columns.len(),
            others: Vec::new(),
            warnings: vec!["old".to_owned()],
        }
    }

    /// A chunk that starts on this line.
    fn at_line(text: &[u8], first_line: u64) -> Chunk<'_> {
        Chunk {
            first_line,
            starts_file: first_line == 1,
            ..Chunk::whole(text)
        }
    }

    fn survey(columns: &[(&str, ColumnType)], text: &str) -> Surveyed {
        let mut survey = Survey::new(&profile(columns));
        survey.observe(&Chunk::whole(text.as_bytes()));
        survey.finish()
    }

    #[test]
    fn a_file_that_fits() {
        let columns = [("a", ColumnType::Int64), ("b", ColumnType::Utf8)];
        let surveyed = survey(&columns, "a,b\n1,x\n\n2\n");
        let ledger = Ledger {
            header: 1,
            served: 2,
            blank: 1,
            ..Ledger::default()
        };
        assert_eq!((surveyed.profile, surveyed.ledger), (profile(&columns), ledger));
        assert_eq!((surveyed.rejects, surveyed.settled), (Vec::new(), true));
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
    fn warnings_on_columns() {
        let cases: [(&str, &[&str]); 5] = [
            (
                "a\n1\nNA\n",
                &["line 3, column \"a\": 'NA' is taken for NULL; the column stays Int64"],
            ),
            (
                "a\n1\n1,5\n",
                &["line 3, column \"a\": '1,5' is not an Int64; the column is Float64 as 1.234,5"],
            ),
            (
                "a\n1\n1,234\n",
                &[
                    "line 3, column \"a\": '1,234' is not an Int64; the column is Utf8",
                    "column \"a\" is text: '1,234' has a thousands separator or a decimal comma, and no value proves which",
                ],
            ),
            (
                "a\n-1\n18446744073709551615\n",
                &["line 3, column \"a\": '18446744073709551615' is not an Int64; the column is Decimal(38,0)"],
            ),
            ("a\n1\n\n2\n", &[]),
        ];
        for (text, expected) in cases {
            let mut profile = profile(&[("a", ColumnType::Int64)]);
            profile.dialect.delimiter = crate::Delimiter::byte(b';');
            let mut survey = Survey::new(&profile);
            survey.observe(&Chunk::whole(text.as_bytes()));
            assert_eq!(survey.finish().profile.warnings[1..], *expected, "{text:?}");
        }
    }

    #[test]
    fn a_doubt_of_the_sample_may_be_resolved() {
        let sampled = survey(&[("a", ColumnType::Utf8)], "a\n01/02/2024\n");
        let doubt =
            "column \"a\" is text: '01/02/2024' has the day first or the month first, and no value proves which";
        assert_eq!(sampled.profile.warnings[1..], [doubt]);
        let mut survey = Survey::new(&sampled.profile);
        survey.observe(&Chunk::whole(b"a\n01/02/2024\n13/02/2024\n"));
        let surveyed = survey.finish().profile;
        assert_eq!(
            (surveyed.columns[0].kind, surveyed.warnings.len()),
            (ColumnType::Date32, 1)
        );
    }

    #[test]
    fn chunks_in_any_order_tell_the_same() {
        let chunks: [(&[u8], u64); 3] = [(b"a\n1\n", 1), (b"x\n2.5\n", 3), (b"y\n", 5)];
        let in_order = |order: [usize; 3]| {
            let mut survey = Survey::new(&profile(&[("a", ColumnType::Int64)]));
            for (chunk, line) in order.map(|i| chunks[i]) {
                survey.observe(&at_line(chunk, line));
            }
            survey.finish()
        };
        let expected = in_order([0, 1, 2]);
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(in_order(order), expected, "{order:?}");
        }
    }

    #[test]
    fn quotes_may_mean_text() {
        let mut profile = profile(&[("a", ColumnType::Utf8), ("b", ColumnType::Utf8)]);
        profile.quoted_numbers = QuotedNumbers::Text;
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(b"a,b\n\"1\",2\n,\"\"\n"));
        let kinds: Vec<_> = survey.finish().profile.columns.iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [ColumnType::Utf8, ColumnType::Int64]);
    }

    #[test]
    fn what_is_no_row_is_told() {
        let columns = [("a", ColumnType::Int64), ("b", ColumnType::Int64)];
        let surveyed = survey(&columns, "a,b\n1,2\n3,4,5\nTotal\n6\n7,\"8\n9,9\n");
        let told: Vec<_> = surveyed
            .rejects
            .iter()
            .map(|r| (r.line, r.offset, r.text.as_str(), r.reason.as_str()))
            .collect();
        let expected = [
            (3, 8, "3,4,5", "it has 3 cells where the table has 2 columns"),
            (
                4,
                14,
                "Total",
                "it has 1 cell where the table has 2 columns, and column \"a\" would not be an Int64",
            ),
            (6, 22, "7,\"8", "a quote opens and is not closed"),
        ];
        assert_eq!(told, expected);
        assert_eq!(surveyed.rejects[1].column.as_deref(), Some("a"));
        assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (3, 3));
    }

    #[test]
    fn short_rows_are_judged_again_when_types_change() {
        let columns = [("a", ColumnType::Int64), ("b", ColumnType::Int64)];
        let text = "a,b\nx,2\ny\n";
        let first = survey(&columns, text);
        assert_eq!((first.settled, first.ledger.rejected), (false, 1));
        let mut second = Survey::new(&first.profile);
        second.observe(&Chunk::whole(text.as_bytes()));
        let second = second.finish();
        assert_eq!((second.settled, second.ledger.rejected), (true, 0));
    }

    #[test]
    fn short_rows_are_counted_in_the_columns_that_they_have() {
        let columns = [("a", ColumnType::Int64), ("b", ColumnType::Int64)];
        let surveyed = survey(&columns, "a,b\n5,2\n7\n,3\n");
        let found: Vec<_> = surveyed.columns.iter().map(|c| (c.values, c.nulls, c.bounds)).collect();
        let whole = |least, greatest| Some((crate::Bound::Whole(least), crate::Bound::Whole(greatest)));
        assert_eq!(found, [(2, 1, whole(5, 7)), (2, 1, whole(2, 3))]);
    }

    #[test]
    fn only_the_first_rejects_are_kept() {
        let text = format!("a\n{}", "1,2\n".repeat(MAX_REJECTS + 10));
        let surveyed = survey(&[("a", ColumnType::Int64)], &text);
        assert_eq!(surveyed.rejects.len(), MAX_REJECTS);
        assert_eq!(surveyed.ledger.rejected, MAX_REJECTS as u64 + 10);
    }

    #[test]
    fn foreign_bytes() {
        let mut survey = Survey::new(&profile(&[("a", ColumnType::Utf8)]));
        survey.observe(&Chunk::whole(b"a\nx\n"));
        survey.observe(&at_line(b"y\ncaf\xE9\n", 3));
        let alone = survey.clone().finish().profile;
        assert_eq!(alone.encoding, Encoding::Windows1252);
        assert_eq!(
            alone.warnings[1..],
            ["line 4 is not UTF-8 and no other line needs it: read as Windows-1252"]
        );
        survey.observe(&at_line("é\n".as_bytes(), 5));
        let mixed = survey.finish().profile;
        assert_eq!(mixed.encoding, Encoding::Utf8);
        assert_eq!(
            mixed.warnings[1..],
            ["1 sequence of bytes is not UTF-8, on line 4 at byte 5: read as U+FFFD"]
        );
    }
}
