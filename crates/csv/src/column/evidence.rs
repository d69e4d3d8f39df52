//! What the cells of a column say about its type.

use crate::column::candidates::Candidates;
use crate::column::figures::Figures;
use crate::column::ruling::{NOWHERE, Ruling};
use crate::column::short_years;
use crate::column::tally::Tally;
use crate::value::kind::ColumnType;
use crate::value::notation::Notation;
use crate::value::words;
use crate::wording;

/// What the cells of a column say about its type; grows cell by cell and merges in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// What all values allow, words such as `NA` included.
    pub(super) strict: Candidates,
    /// What all other values allow.
    pub(super) relaxed: Candidates,
    /// How many cells are not empty.
    pub(super) filled: u64,
    /// How many of them are blank: NULL in a typed column.
    pub(super) blank: u64,
    /// How many of them are words such as `NA`, not counting `nan`; exact as long as a type is allowed.
    pub(super) null_words: u64,
    pub(super) tally: Tally,
    /// One of them is a date with a year of two digits.
    pub(super) has_short_years: bool,
    /// For every candidate that is out, the first cell that ruled it out; each candidate once.
    pub(super) rulings: Vec<Ruling>,
    /// The numbers without what people write around their digits.
    pub(super) apart: Apart,
    /// A value that is no number does not end the search for them.
    pub(super) is_patient: bool,
}

/// What a column is without what people write around the digits of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Apart {
    /// The same as with it, so far.
    Same,
    /// These numbers.
    Numbers(Box<Numbers>),
    /// No column of numbers, or nobody asks.
    #[default]
    Never,
}

/// Numbers as people write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    /// What they say as programs write them.
    pub(super) bare: Evidence,
    /// What is written around them.
    pub(super) figures: Figures,
}

impl Evidence {
    pub(crate) const NONE: Evidence = Evidence {
        strict: Candidates::ALL,
        relaxed: Candidates::ALL,
        filled: 0,
        blank: 0,
        null_words: 0,
        tally: Tally::EMPTY,
        has_short_years: false,
        rulings: Vec::new(),
        apart: Apart::Never,
        is_patient: false,
    };

    /// What one cell says of a column that has no other.
    pub(crate) fn of(cell: &[u8]) -> Evidence {
        let mut evidence = Evidence::NONE;
        evidence.observe(cell, false);
        evidence
    }

    /// Takes in the text of a cell from nobody knows where; `is_text` says that it rules out every type if not empty.
    pub(crate) fn observe(&mut self, cell: &[u8], is_text: bool) {
        self.observe_at(cell, is_text, || NOWHERE);
    }

    /// Takes in the text of a cell on `line`, which is asked for rarely. Cells come in file order.
    #[inline]
    pub(crate) fn observe_at(&mut self, cell: &[u8], is_text: bool, mut line: impl FnMut() -> u64) {
        let value = words::trim(cell);
        self.filled += u64::from(!cell.is_empty());
        if value.is_empty() {
            self.blank += u64::from(!cell.is_empty());
            return;
        }
        if is_text {
            self.part_text(value, &mut line);
            return self.rule_out(value, self.strict, self.relaxed, line);
        }
        let set = Candidates::of(value, self.relaxed, &mut self.tally);
        if !set.holds(self.relaxed) || matches!(self.apart, Apart::Numbers(_)) {
            self.narrow(value, set, line);
        }
    }

    /// Takes in a number without its signs, which is `written` with them.
    pub(super) fn observe_written(&mut self, number: &[u8], written: &[u8], line: &mut dyn FnMut() -> u64) {
        self.filled += 1;
        let set = Candidates::of(number, self.relaxed, &mut self.tally);
        if !set.holds(self.relaxed) {
            self.narrow(written, set, line);
        }
    }

    /// Counts a cell of a column that is text already.
    #[inline]
    pub(crate) fn observe_text(&mut self, is_empty: bool) {
        self.filled += u64::from(!is_empty);
    }

    /// Takes in a value that does not allow all that the others allow.
    fn narrow(&mut self, value: &[u8], set: Candidates, mut line: impl FnMut() -> u64) {
        let null_word = words::is_null_word(value);
        self.part(value, set, null_word, &mut line);
        if set.holds(self.relaxed) {
            return;
        }
        // A year without its century makes a moment of no type. What all of such values allow tells that there is nothing else.
        if set.is_none() && self.relaxed.holds(Candidates::MICROS) && short_years::has_short_year(value) {
            self.has_short_years = true;
            return self.rule_out(
                value,
                self.strict.without(Candidates::MICROS),
                self.relaxed.without(Candidates::MICROS),
                line,
            );
        }
        self.null_words += u64::from(null_word && set.is_none());
        let relaxed = if null_word { Candidates::NONE } else { self.relaxed };
        self.rule_out(value, self.strict.without(set), relaxed.without(set), line);
    }

    fn rule_out(&mut self, value: &[u8], strict: Candidates, relaxed: Candidates, line: impl FnOnce() -> u64) {
        if strict.is_none() && relaxed.is_none() {
            return;
        }
        self.strict = self.strict.without(strict);
        self.relaxed = self.relaxed.without(relaxed);
        self.rulings.push(Ruling {
            line: line(),
            value: wording::shorten(value),
            strict,
            relaxed,
        });
    }

    /// Whether no further cell can change the outcome, or what else the column could be.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_text() && !self.is_open()
    }

    /// Whether no further cell can change the outcome.
    pub(crate) fn is_text(&self) -> bool {
        self.relaxed.is_text() && !self.are_short_years()
    }

    /// Whether all values are dates, some of which have a year of two digits.
    pub(super) fn are_short_years(&self) -> bool {
        self.has_short_years && self.relaxed.holds(Candidates::MICROS)
    }

    /// Takes in what was seen elsewhere of the same column.
    pub(crate) fn merge(&mut self, mut other: Evidence) {
        self.merge_apart(&mut other);
        self.is_patient |= other.is_patient;
        self.has_short_years |= other.has_short_years;
        self.strict = self.strict.and(other.strict);
        self.relaxed = self.relaxed.and(other.relaxed);
        self.filled += other.filled;
        self.blank += other.blank;
        self.null_words += other.null_words;
        self.tally.merge(&other.tally);
        self.rulings.extend(other.rulings);
        self.rulings.sort_unstable();
        let (mut strict, mut relaxed) = (Candidates::NONE, Candidates::NONE);
        self.rulings.retain_mut(|ruling| {
            ruling.strict = ruling.strict.without(strict);
            ruling.relaxed = ruling.relaxed.without(relaxed);
            (strict, relaxed) = (strict.or(ruling.strict), relaxed.or(ruling.relaxed));
            !(ruling.strict.is_none() && ruling.relaxed.is_none())
        });
    }

    /// The first cell that a column of this type and notation does not hold.
    pub(crate) fn misfit(&self, kind: ColumnType, notation: Notation) -> Option<&Ruling> {
        let required = Candidates::required(kind, notation);
        let numbers = self.with_signs(notation.signs);
        let ruling = numbers.ruled_out(required, notation.null_words);
        ruling.into_iter().chain(self.unsigned(notation.signs)).min()
    }

    /// The first cell that a column does not hold in which `required` must be allowed.
    pub(crate) fn ruled_out(&self, required: Candidates, null_words: bool) -> Option<&Ruling> {
        let out = |ruling: &Ruling| if null_words { ruling.relaxed } else { ruling.strict };
        let rulings = self.rulings.iter().filter(|ruling| out(ruling).meets(required));
        rulings.min()
    }

    /// The first value, which always rules something out.
    pub(crate) fn first_value(&self) -> Option<&Ruling> {
        self.rulings.iter().min()
    }

    /// How many cells are not NULL in a column of this type and notation.
    pub(crate) fn values(&self, kind: ColumnType, notation: Notation) -> u64 {
        if kind == ColumnType::Utf8 {
            return self.filled;
        }
        self.filled - self.blank - self.nulls_in_words(kind, notation)
    }

    /// How many words stand for NULL in a column of this type and notation.
    pub(crate) fn nulls_in_words(&self, kind: ColumnType, notation: Notation) -> u64 {
        let numbers = self.with_signs(notation.signs);
        let nans = if kind == ColumnType::Float64 {
            0
        } else {
            numbers.tally.nans
        };
        if notation.null_words && kind != ColumnType::Utf8 {
            numbers.null_words + nans
        } else {
            0
        }
    }

    /// What all values allow, or all but words such as `NA`.
    pub(crate) fn allowed(&self, null_words: bool) -> Candidates {
        if null_words { self.relaxed } else { self.strict }
    }

    /// Whether there are values besides words such as `NA`.
    pub(crate) fn has_values(&self) -> bool {
        self.filled > self.blank + self.null_words + self.tally.nans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::decide::Decision;
    use ColumnType::{
        Boolean, Date32, Decimal, Float64, Int64, Time, Timestamp, TimestampNs, TimestampUtc, TimestampUtcNs, UInt64,
        Utf8,
    };

    fn gather(cells: &[&str]) -> Evidence {
        let mut evidence = Evidence::NONE;
        for cell in cells {
            evidence.observe(cell.as_bytes(), false);
        }
        evidence
    }

    fn described(cells: &[&str]) -> String {
        let Decision { kind, notation, .. } = gather(cells).decide();
        let null_words = if notation.null_words { ", null words" } else { "" };
        notation.describe(kind) + null_words
    }

    #[test]
    fn columns() {
        let cases: [(&[&str], ColumnType); 42] = [
            (&[], Utf8),
            (&["", "  ", "\t"], Utf8),
            (&["1", "", " -2\t", " "], Int64),
            (&["0", "9223372036854775807", "-9223372036854775808"], Int64),
            (&["1", "2.5"], Float64),
            (&["9007199254740992", "2.5"], Float64),
            (&["9007199254740993", "2.5"], Utf8),
            (&["-9007199254740993", "2.5"], Utf8),
            (&["9007199254740993", "1.234"], Utf8),
            (&["9223372036854775808"], UInt64),
            (&["18446744073709551615", "0"], UInt64),
            (&["9223372036854775808", "-1"], Decimal(38, 0)),
            (&["-99999999999999999999999999999999999999"], Decimal(38, 0)),
            (&["100000000000000000000000000000000000000"], Utf8),
            (&["00123"], Utf8),
            (&["+5"], Utf8),
            (&["-0"], Float64),
            (&["1", "-0"], Float64),
            (&["nan", "1"], Float64),
            (&["NaN", "-Inf", "infinity"], Utf8),
            (&["1e400"], Utf8),
            (&["1e-400"], Utf8),
            (&[".5", "-.5", "5.", "1E+05"], Float64),
            (&["1.234"], Float64),
            (&["true", "FALSE", ""], Boolean),
            (&["true"], Boolean),
            (&["true", "1"], Utf8),
            (&["true", "yes"], Utf8),
            (&["2024-02-29"], Date32),
            (&["2023-02-29"], Utf8),
            (&["2024-02-29", "2024-02-29 10:00"], Timestamp),
            (&["2024-02-29T10:00:00.0000001", "2024-02-29"], TimestampNs),
            (&["2024-02-29T10:00:00.0000001", "9999-01-01"], Utf8),
            (&["2024-02-29T10:00:00Z", "2024-02-29 10:00:00.5+0530"], TimestampUtc),
            (&["2024-02-29T10:00:00.123456789Z"], TimestampUtcNs),
            (&["2024-02-29T10:00:00Z", "2024-02-29 10:00:00"], Utf8),
            (&["2024-02-29T10:00:00Z", "2024-02-29"], Utf8),
            (&["2024-02-29", "1"], Utf8),
            (&["10:30", "23:59:59.5"], Time),
            (&["10:30:00.0000001"], Time),
            (&["1", "x"], Utf8),
            (&["2024"], Int64),
        ];
        for (cells, expected) in cases {
            assert_eq!(gather(cells).kind(), expected, "{cells:?}");
        }
    }

    #[test]
    fn notations() {
        let cases: [(&[&str], &str); 56] = [
            (&["yes", "NO"], "Boolean as yes/no"),
            (&["no"], "Utf8"),
            (&["t", "F"], "Boolean as t/f"),
            (&["y", "n"], "Boolean as y/n"),
            (&["F", "F"], "Utf8"),
            (&["t", "n"], "Utf8"),
            (&["1,234", "1,234,567"], "Int64 as 1,234.5"),
            (&["1,234.5"], "Float64 as 1,234.5"),
            (&["1,234", "1.5"], "Float64 as 1,234.5"),
            (&["1,234.5", "1.5", "1e5", "nan"], "Float64 as 1,234.5"),
            (&["9,007,199,254,740,993"], "Int64 as 1,234.5"),
            (&["18,446,744,073,709,551,615"], "UInt64 as 1,234.5"),
            (&["-18,446,744,073,709,551,615"], "Decimal(38,0) as 1,234.5"),
            (&["1,234"], "Utf8"),
            (&["1,234", "1.500"], "Utf8"),
            (&["1,234", "9007199254740993"], "Utf8"),
            (&["1,234", "12"], "Utf8"),
            (&["1,5"], "Float64 as 1.234,5"),
            (&["0,123", "1,234"], "Float64 as 1.234,5"),
            (&["1,5", "1.234"], "Float64 as 1.234,5"),
            (&["1.234,5", "12"], "Float64 as 1.234,5"),
            (&["1.234.567", "850"], "Int64 as 1.234,5"),
            (&["1.234.567"], "Utf8"),
            (&["1,5", "1.5"], "Utf8"),
            (&["1,5", "1,234,567"], "Utf8"),
            (&["007,5"], "Utf8"),
            (&["+1,5"], "Utf8"),
            (&["01,234"], "Utf8"),
            (&["1'234"], "Int64 as 1'234.5"),
            (&["1’234.5"], "Float64 as 1'234.5"),
            (&["1 234", "12 345"], "Int64 as 1 234.5"),
            (&["1 234"], "Utf8"),
            (&["1\u{A0}234.5"], "Float64 as 1 234.5"),
            (&["1\u{202F}234,5"], "Float64 as 1 234,5"),
            (&["1 234", "1,234"], "Float64 as 1 234,5"),
            (&["2024/01/31", "2024/2/1"], "Date32 as YYYY/MM/DD"),
            (&["2024.01.31"], "Date32 as YYYY.MM.DD"),
            (&["31/01/2024", "1/2/2024"], "Date32 as DD/MM/YYYY"),
            (&["31-01-2024"], "Date32 as DD-MM-YYYY"),
            (&["31.1.2024"], "Date32 as DD.MM.YYYY"),
            (&["01/31/2024", "1/2/2024"], "Date32 as MM/DD/YYYY"),
            (&["01/02/2024"], "Utf8"),
            (&["01/01/2020"], "Utf8"),
            (&["31/01/2024", "01/31/2024"], "Utf8"),
            (&["31/01/2024", "31.01.2024"], "Utf8"),
            (&["31/01/24"], "Utf8"),
            (
                &["5 Jan 2024", "06-February-2024", "30 Sept 2024"],
                "Date32 as DD Mon YYYY",
            ),
            (&["2024-1-5", "2024-01-31"], "Date32"),
            (&["2024-1-5 9:30", "2024-01-31"], "Timestamp"),
            (&["9:30", "10:30:15"], "Time"),
            (&["Jan 5, 2024", "may 6 2024"], "Date32 as Mon DD, YYYY"),
            (&["31/01/2024", "1/2/2024 9:30"], "Timestamp as DD/MM/YYYY"),
            (
                &["1/31/2024 9:30:00 PM", "1/2/2024"],
                "Timestamp as MM/DD/YYYY with AM/PM",
            ),
            (&["1/31/2024 9:30 PM", "1/31/2024 10:30"], "Utf8"),
            (&["1/2/2024 9:30 PM"], "Utf8"),
            (&["9:30 AM", "10:30:15 pm"], "Time with AM/PM"),
        ];
        for (cells, expected) in cases {
            assert_eq!(described(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn words_for_null() {
        let cases: [(&[&str], &str); 14] = [
            (&["1", "NA"], "Int64, null words"),
            (&["-", "2.5", "n/a", "?"], "Float64, null words"),
            (&["nan", "2.5"], "Float64"),
            (&["nan", "NA", "2.5"], "Float64, null words"),
            (&["nan", "NA", "2"], "Int64, null words"),
            (&["nan", "2024-01-01"], "Date32, null words"),
            (&["9007199254740993", "nan"], "Int64, null words"),
            (&["true", "\\N"], "Boolean, null words"),
            (&["1,5", "null"], "Float64 as 1.234,5, null words"),
            (&["NA", "-"], "Utf8"),
            (&["NA", "nan"], "Utf8"),
            (&["NA", "x"], "Utf8"),
            (&["NA", ""], "Utf8"),
            (&["01/02/2024", "NA"], "Utf8"),
        ];
        for (cells, expected) in cases {
            assert_eq!(described(cells), expected, "{cells:?}");
            let backwards: Vec<_> = cells.iter().rev().copied().collect();
            assert_eq!(described(&backwards), expected, "{backwards:?}");
        }
    }

    #[test]
    fn quotes_may_mean_text() {
        let mut evidence = gather(&["1"]);
        evidence.observe(b"", true);
        assert_eq!(evidence.kind(), Int64);
        evidence.observe(b"2", true);
        assert_eq!(evidence.kind(), Utf8);
        let mut evidence = gather(&["1"]);
        evidence.observe(b"NA", true);
        assert_eq!(evidence.kind(), Utf8);
    }

    #[test]
    fn one_more_cell() {
        let cases: [(&[&str], &str, bool); 8] = [
            (&["1", "2"], "3", true),
            (&["1", "2"], "", true),
            (&["1", "2"], "3.5", false),
            (&["1", "2"], "NA", false),
            (&["1", "NA"], "null", true),
            (&["31/01/2024"], "01/31/2024", false),
            (&["x"], "1", true),
            (&["2024-01-01 10:00"], "2024-01-01", true),
        ];
        for (cells, cell, expected) in cases {
            assert_eq!(gather(cells).holds(cell.as_bytes()), expected, "{cells:?} {cell}");
        }
    }

    #[test]
    fn order_and_grouping_do_not_matter() {
        let cells = [
            "1",
            "nan",
            "",
            "2.5",
            "NA",
            " ",
            "9007199254740993",
            "true",
            "2024-01-01",
            "1,234",
            "1/2/2024",
            "12e3",
            "103 132",
            "103",
            "x",
        ];
        let at = |line: usize| (line as u64, cells[line]);
        let gather = |cells: &[(u64, &str)]| {
            cells.iter().fold(Evidence::NONE, |mut e, (line, c)| {
                e.observe_at(c.as_bytes(), false, || *line);
                e
            })
        };
        let all: Vec<_> = (0..cells.len()).map(at).collect();
        for split in 0..=cells.len() {
            let (left, right) = all.split_at(split);
            let mut merged = gather(right);
            merged.merge(gather(left));
            let whole = gather(&all);
            assert_eq!(merged.rulings, whole.rulings);
            assert_eq!(merged.decide(), whole.decide());
        }
    }

    #[test]
    fn the_first_cell_that_rules_out() {
        let mut evidence = Evidence::NONE;
        for (line, cell) in [(2, "1"), (3, "2.5"), (4, "NA"), (5, "x"), (6, "y")] {
            evidence.observe_at(cell.as_bytes(), false, || line);
        }
        let plain = Notation::default();
        let cases = [
            (Date32, plain, 2),
            (Int64, plain, 3),
            (Float64, plain, 4),
            (Float64, plain.with_null_words(), 5),
        ];
        for (kind, notation, line) in cases {
            assert_eq!(evidence.misfit(kind, notation).map(|r| r.line), Some(line), "{kind}");
        }
        assert_eq!(evidence.misfit(Utf8, plain), None);
    }
}
