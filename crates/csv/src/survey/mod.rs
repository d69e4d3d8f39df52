//! Checks every cell of a file against a profile, and widens the profile to what is really there.
//!
//! It takes the same walk over the same chunks as the decoder, with the same value parsers, but keeps only evidence: what
//! types each column allows, the account of the records, and the first of everything odd.
//!
//! Modules: `seen` (what is kept of the records) with `columns` (of their cells), `strays`, `torn` and `invalid`, `passage` (a chunk
//! on the way), `finish` (what becomes of the profile) with `numerals`, `doubts` and `report` (for people).

pub(crate) mod columns;
mod doubts;
mod finish;
mod invalid;
mod numerals;
mod passage;
pub(crate) mod report;
mod seen;
mod strays;
mod torn;

use crate::ledger::Ledger;
use crate::profile::CsvProfile;
use crate::survey::columns::{ColumnSurvey, Extent};
use crate::survey::invalid::InvalidBytes;
use crate::survey::seen::{Observer, Seen};
use crate::text::cell;
use crate::text::chunk::Chunk;
use crate::text::frame::Frame;
use crate::text::index::WINDOW_BYTES;
use crate::text::record::RecordKind;
use crate::walk::Walk;

/// The check of a whole file, chunk by chunk.
///
/// Chunks may come in any order and be surveyed apart, to be merged: the outcome depends on the set of chunks only. After
/// [`finish`](Survey::finish), a [`Decoder`](crate::Decoder) with the returned profile decodes the same chunks without a
/// [`Misfit`](crate::Misfit).
#[derive(Debug, Clone)]
pub struct Survey {
    profile: CsvProfile,
    walk: Walk,
    window_bytes: usize,
    /// The first line of the last chunk, in file order, that was seen.
    last_line: u64,
    /// Whether it finds what columns of text could be.
    proposes: bool,
    /// Whether a column that is other than in the profile is text.
    holds_types: bool,
    /// How many lines there are up to the end of that chunk.
    lines: u64,
    ledger: Ledger,
    invalid: InvalidBytes,
    seen: Seen,
}

impl Survey {
    /// A survey that has seen nothing yet of a file that should look like `profile`.
    ///
    /// The result has the columns of `profile`. Their types follow from the cells alone: wider than promised where a cell
    /// asks for it (a warning says which), and for a column that had no value in the sample, whatever its values are.
    pub fn new(profile: &CsvProfile) -> Self {
        let promises = profile.columns.iter().cloned().map(ColumnSurvey::new);
        Self::within(profile, profile.frame(), promises.collect())
    }

    /// The same survey, which also finds [what columns of text could be](crate::ColumnReport::could_be). It takes time where
    /// there are numbers as people write them, and only somebody who reads the report has use for it.
    pub fn proposing(profile: &CsvProfile) -> Self {
        Self::new(profile).with_proposals()
    }

    fn with_proposals(mut self) -> Self {
        self.proposes = true;
        let columns = std::mem::take(&mut self.seen.columns);
        self.seen.columns = columns.into_iter().map(ColumnSurvey::proposing).collect();
        self
    }

    /// The same survey, which looks for the structure of so many bytes at a time; with 0 it takes every record by itself.
    ///
    /// It finds the same, at another speed: for tests that compare.
    #[must_use]
    pub fn with_window_bytes(mut self, window_bytes: usize) -> Self {
        self.window_bytes = window_bytes;
        self
    }

    /// The same survey, for who has surveyed the file twice and is not done: a column that it finds to be other than the survey
    /// before did becomes text.
    ///
    /// Types say how a quote in doubt is read, and what is read says what the types are: that can go round for ever.
    #[must_use]
    pub fn holding_types(mut self) -> Self {
        self.holds_types = true;
        self
    }

    /// A survey for a profile whose types are not known yet, so that no cell breaks a promise; `frame` is what is known.
    pub(crate) fn unbiased(profile: &CsvProfile, frame: Frame) -> Self {
        let columns = profile.columns.iter().map(ColumnSurvey::unbiased);
        Self::within(profile, frame, columns.collect())
    }

    fn within(profile: &CsvProfile, frame: Frame, columns: Vec<ColumnSurvey>) -> Self {
        Survey {
            profile: profile.clone(),
            seen: Seen::new(columns, !frame.knows_types),
            walk: Walk::new(profile, frame),
            window_bytes: WINDOW_BYTES,
            last_line: 0,
            proposes: false,
            holds_types: false,
            lines: 0,
            ledger: Ledger::default(),
            invalid: InvalidBytes::default(),
        }
    }

    /// Takes in a chunk. Chunks of a file that come in file order are less work than others.
    pub fn observe(&mut self, chunk: &Chunk<'_>) {
        if chunk.first_line < self.last_line {
            // A survey notes the first value of each kind that comes to it, so an earlier chunk gets a survey of its own.
            let mut earlier = self.anew();
            earlier.observe(chunk);
            return self.merge(earlier);
        }
        self.last_line = chunk.first_line;
        self.lines = chunk.last_line();
        self.invalid.observe(chunk);
        let quotes_mean_text = self.profile.quoted_numbers.mean_text();
        self.seen.torn.begin(chunk.first_line, chunk.starts_file);
        let mut observer = Observer::new(&self.walk, &mut self.seen, chunk, quotes_mean_text);
        let Ok(()) = self
            .walk
            .over(chunk, self.window_bytes, &mut self.ledger, &mut observer);
        observer.end();
    }

    /// A survey of the same profile that has seen nothing yet.
    fn anew(&self) -> Self {
        let columns = self.seen.columns.iter().zip(&self.profile.columns);
        let columns = columns.map(|(seen, column)| match seen.promise() {
            Some(promise) => ColumnSurvey::new(promise.clone()),
            None => ColumnSurvey::unbiased(column),
        });
        let anew = Self::within(&self.profile, self.profile.frame(), columns.collect());
        let anew = anew.with_window_bytes(self.window_bytes);
        if self.proposes { anew.with_proposals() } else { anew }
    }

    /// Takes in a block of a sample: text from somewhere in the file, cut at what looks like line ends.
    ///
    /// The block may begin inside quotes and be read wrongly. So it only widens types, by records that are exactly as
    /// wide as the table, and gives no warnings: nobody knows its line.
    pub(crate) fn observe_block(&mut self, block: &[u8]) {
        let quotes_mean_text = self.profile.quoted_numbers.mean_text();
        let mut scratch = Vec::new();
        let (mut cells, mut at) = (Vec::new(), 0);
        while let Some(record) = self
            .walk
            .syntax
            .sure_record(block, at, self.seen.columns.len(), &mut cells)
        {
            at = record.next;
            if record.kind == RecordKind::Cells && record.cells == self.seen.columns.len() && !record.judged {
                for (column, &cell) in self.seen.columns.iter_mut().zip(&cells) {
                    let is_text = quotes_mean_text && cell.is_quoted();
                    column.observe_unplaced(cell::text(block, cell, &mut scratch), is_text);
                }
            }
            cells.clear();
        }
    }

    /// Whether the types had a say in what the rows are: there were records with fewer cells than usual, or with quotes in
    /// doubt.
    pub(crate) fn is_judged(&self) -> bool {
        self.seen.judged
    }

    /// What the records seen so far are.
    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// What each column holds in the rows seen so far, as the profile promised it; `None` where that cannot be told: of text,
    /// of values that are not as promised, of NaN.
    pub fn extents(&self) -> Vec<Option<Extent>> {
        let columns = self.seen.columns.iter();
        columns.map(|column| column.extent(self.ledger.served)).collect()
    }

    /// Takes in what another survey of the same profile saw. Associative and commutative.
    pub fn merge(&mut self, other: Survey) {
        self.last_line = self.last_line.max(other.last_line);
        self.lines = self.lines.max(other.lines);
        self.ledger.add(other.ledger);
        self.invalid.merge(other.invalid);
        self.seen.merge(other.seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::field::Column;
    use crate::finding::Finding;
    use crate::reject::MAX_REJECTS;
    use crate::survey::report::Surveyed;
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
            findings: vec![Finding::Empty],
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
            surveyed.profile.warnings()[1..],
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
            assert_eq!(survey.finish().profile.warnings()[1..], *expected, "{text:?}");
        }
    }

    #[test]
    fn a_doubt_of_the_sample_may_be_resolved() {
        let sampled = survey(&[("a", ColumnType::Utf8)], "a\n01/02/2024\n");
        let doubt =
            "column \"a\" is text: '01/02/2024' has the day first or the month first, and no value proves which";
        assert_eq!(sampled.profile.warnings()[1..], [doubt]);
        let mut survey = Survey::new(&sampled.profile);
        survey.observe(&Chunk::whole(b"a\n01/02/2024\n13/02/2024\n"));
        let surveyed = survey.finish().profile;
        assert_eq!(
            (surveyed.columns[0].kind, surveyed.warnings().len()),
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
            alone.warnings()[1..],
            ["line 4 is not UTF-8 and no other line needs it: read as Windows-1252"]
        );
        survey.observe(&at_line("é\n".as_bytes(), 5));
        let mixed = survey.finish().profile;
        assert_eq!(mixed.encoding, Encoding::Utf8);
        assert_eq!(
            mixed.warnings()[1..],
            ["1 sequence of bytes is not UTF-8, on line 4 at byte 5: read as U+FFFD"]
        );
    }
}
