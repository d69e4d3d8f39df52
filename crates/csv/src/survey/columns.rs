//! What a survey gathers of one column, and what it makes of it.

use crate::column::candidates::Candidates;
use crate::column::decide::Decision;
use crate::column::evidence::Evidence;
use crate::column::field::Column;
use crate::column::ruling::RuledOut;
use crate::column::tally::Bound;
use crate::finding::Finding;
use crate::survey::doubts;
use crate::survey::report::{ColumnReport, Size};
use crate::value::kind::{ColumnType, MAX_DIGITS};
use crate::value::notation::{Marks, Notation, Signs};
use crate::value::nulls::NullWords;
use crate::value::parse;
use crate::value::words;
use crate::wording;

/// What a column holds in a part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// How many rows have no value.
    pub nulls: u64,
    /// The least and the greatest value; `None` if there is no value.
    pub bounds: Option<(Bound, Bound)>,
}

impl Extent {
    /// What the column holds in two parts together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let bounds = match (self.bounds, other.bounds) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
        Extent {
            nulls: self.nulls + other.nulls,
            bounds,
        }
    }
}

/// How many sightings are too many for an accident, if they are no rarer than one in [`RARE`] rows.
const MANY: u64 = 8;
/// In how many rows an accident may be seen once.
const RARE: u64 = 500;

/// Whether what was seen so often among so many rows is too often there to be an accident.
pub(crate) fn is_usual(seen: u64, rows: u64) -> bool {
    seen >= MANY && seen.saturating_mul(RARE) >= rows
}

/// What is known of one column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnSurvey {
    evidence: Evidence,
    /// What the profile promised; `None` if it promised nothing.
    promise: Option<Column>,
    /// What cells of short rows are, which have no say: they are rows because they fit what was promised.
    short: Evidence,
    /// How many quotes seemed to open a cell with rows in it.
    torn: u64,
    /// Whether it promised a type that the caller asked for.
    asked: bool,
    /// Words that the caller takes for NULL, and how many cells have one.
    nulls: NullWords,
    null_words: u64,
    /// Whether a cell is more than evidence: there is a type that was asked for, or such a word.
    is_watched: bool,
    /// If a type was asked for: the first value that cannot be read in the notation of the promise.
    unreadable: Option<(u64, String)>,
}

impl ColumnSurvey {
    /// A survey of a column that was promised to be so.
    pub(crate) fn new(promise: Column) -> Self {
        ColumnSurvey {
            promise: Some(promise.clone()),
            ..Self::unbiased(&promise)
        }
    }

    /// A survey of a column of which nothing is known but what was asked for.
    pub(crate) fn unbiased(column: &Column) -> Self {
        let evidence = || {
            if column.asked {
                Evidence::asked()
            } else {
                Evidence::NONE
            }
        };
        ColumnSurvey {
            evidence: evidence(),
            promise: None,
            short: evidence(),
            torn: 0,
            asked: column.asked,
            nulls: column.nulls.clone(),
            null_words: 0,
            is_watched: column.asked || !column.nulls.is_empty(),
            unreadable: None,
        }
    }

    /// The same survey, of nothing yet, which also finds what the column could be if it is one of text.
    pub(crate) fn proposing(self) -> Self {
        if self.asked {
            return self;
        }
        ColumnSurvey {
            evidence: Evidence::proposing(),
            short: Evidence::proposing(),
            ..self
        }
    }

    pub(crate) fn promise(&self) -> Option<&Column> {
        self.promise.as_ref()
    }

    /// Takes in the text of a cell of a short row, which fits what was promised.
    pub(crate) fn observe_short(&mut self, cell: &[u8], line: impl FnMut() -> u64) {
        let cell = self.without_nulls(cell);
        match &self.promise {
            Some(column) if column.kind != ColumnType::Utf8 => self.short.observe_at(cell, false, line),
            _ => self.short.observe_text(cell.is_empty()),
        }
    }

    /// Whether no cell tells anything new but whether it is empty.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.evidence.is_settled() && !self.is_watched
    }

    /// Takes in a cell of a column that is settled.
    #[inline]
    pub(crate) fn skip(&mut self, is_empty: bool) {
        self.evidence.observe_text(is_empty);
    }

    /// Takes in the text of a cell; `is_text` says that it is written as one that can be nothing but text.
    ///
    /// Cells come in file order; their `line` is asked for rarely.
    #[inline]
    pub(crate) fn observe(&mut self, cell: &[u8], is_text: bool, mut line: impl FnMut() -> u64) {
        let mut cell = cell;
        if self.is_watched {
            cell = self.without_nulls(cell);
            self.read(cell, &mut line);
        }
        self.evidence.observe_at(cell, is_text && !self.asked, line);
    }

    /// The text of a cell; nothing, if it is a word that the caller takes for NULL.
    fn without_nulls<'a>(&mut self, cell: &'a [u8]) -> &'a [u8] {
        let value = self.nulls.emptied(cell);
        self.null_words += u64::from(value.len() < cell.len());
        value
    }

    /// Looks whether a cell can be read as the promise says.
    #[cold]
    fn read(&mut self, cell: &[u8], line: &mut impl FnMut() -> u64) {
        let Some(column) = self.promise.as_ref().filter(|_| self.asked) else {
            return;
        };
        if self.unreadable.is_none() && !parse::reads(column.kind, column.notation.with_null_words(), cell) {
            self.unreadable = Some((line(), wording::shorten(words::trim(cell))));
        }
    }

    /// Takes in a quote that seemed to open a cell with rows in it.
    pub(crate) fn observe_torn(&mut self) {
        self.torn += 1;
    }

    /// Whether there were so many of these among so many rows that no stray quotes are to blame.
    pub(crate) fn holds_rows(&self, rows: u64) -> bool {
        is_usual(self.torn, rows)
    }

    /// Takes in the text of a cell of which nobody knows the line.
    pub(crate) fn observe_unplaced(&mut self, cell: &[u8], is_text: bool) {
        let cell = self.without_nulls(cell);
        self.evidence.observe(cell, is_text && !self.asked);
    }

    /// Takes in what was seen elsewhere of the same column.
    pub(crate) fn merge(&mut self, other: ColumnSurvey) {
        self.evidence.merge(other.evidence);
        self.short.merge(other.short);
        self.torn += other.torn;
        self.null_words += other.null_words;
        self.unreadable = match (self.unreadable.take(), other.unreadable) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// What the column is: what was asked for, or what its cells say.
    pub(crate) fn decide(&self, column: Option<&Column>) -> Decision {
        match column {
            Some(column) if column.notation_asked => Decision::sure(column.kind, self.asked_notation(column)),
            Some(column) if column.asked => self.evidence.decide_as(column.kind),
            _ => self.evidence.decide(),
        }
    }

    /// The notation that was asked for. What is written around the digits of numbers is found all the same, unless it was
    /// asked for too.
    fn asked_notation(&self, column: &Column) -> Notation {
        let signs = match column.notation.signs {
            Signs::Minus => self.evidence.signs(column.kind),
            asked => asked,
        };
        Notation {
            signs,
            ..column.notation.with_null_words()
        }
    }

    /// What the column is if its values are numbers with these marks; `None` if they cannot be, or if the caller has asked
    /// for a type.
    pub(crate) fn decide_with(&self, marks: Marks) -> Option<Decision> {
        self.evidence.decide_with(marks).filter(|_| !self.asked)
    }

    /// The first value that is no whole number.
    pub(crate) fn first_fraction(&self) -> &str {
        let whole = Candidates::required(ColumnType::Decimal(MAX_DIGITS, 0), Notation::default());
        let ruling = self.evidence.ruled_out(whole, true);
        ruling.map_or("", |ruling| &ruling.value)
    }

    /// The report on the column as it was decided, of a file of this size, and what a person should be warned of.
    pub(crate) fn report(&self, column: &Column, size: Size) -> (ColumnReport, Vec<Finding>) {
        let mut report = ColumnReport::new(column, &self.all(), size, self.refused(column));
        report.null_words += self.null_words;
        (report, self.findings(column))
    }

    /// What a person should be warned of in the column as it was decided.
    pub(crate) fn findings(&self, column: &Column) -> Vec<Finding> {
        doubts::of(column, self.promise(), &self.evidence, self.refused(column).as_ref())
    }

    /// The first value that is not of the type that the caller asked for.
    fn refused(&self, column: &Column) -> Option<RuledOut> {
        if column.asked { self.misfit(column) } else { None }
    }

    /// What all cells are, those of short rows included.
    fn all(&self) -> Evidence {
        let mut all = self.evidence.clone();
        all.merge(self.short.clone());
        all
    }

    /// What the column holds in `rows` rows; `None` if nobody can tell: of text, of values that are not as promised, and
    /// where NaN is one of them, which has no place among the others.
    pub(crate) fn extent(&self, rows: u64) -> Option<Extent> {
        let column = self.promise.as_ref().filter(|column| column.kind != ColumnType::Utf8)?;
        let (kind, notation, all) = (column.kind, column.notation, self.all());
        let is_misfit = match column.asked {
            true => self.misfit(column).is_some(),
            false => all.misfit(kind, notation).is_some(),
        };
        let values = all.values(kind, notation);
        let bounds = all.bounds(kind, notation);
        let has_nan = kind == ColumnType::Float64 && all.tally_of(notation).nans > 0;
        (!is_misfit && !has_nan && bounds.is_some() == (values > 0)).then(|| Extent {
            nulls: rows.saturating_sub(values),
            bounds,
        })
    }

    /// The first value that a column does not hold.
    pub(crate) fn misfit(&self, column: &Column) -> Option<RuledOut> {
        if !column.asked {
            return self.evidence.misfit(column.kind, column.notation).map(RuledOut::from);
        }
        let as_promised = |promise: &Column| promise.notation.with_null_words() == column.notation.with_null_words();
        if !self.promise().is_some_and(as_promised) {
            return self.evidence.misfit(column.kind, column.notation).map(RuledOut::from);
        }
        self.unreadable.as_ref().map(|(line, value)| RuledOut {
            line: Some(*line),
            value: value.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bound;

    /// Takes in cells from line 1 on.
    fn observe(survey: &mut ColumnSurvey, cells: &[&str]) {
        for (line, cell) in (1..).zip(cells) {
            survey.observe(cell.as_bytes(), false, || line);
        }
    }

    /// The type that was asked for, the cells, and the line and text of the first misfit.
    type Case<'a> = (ColumnType, &'a [&'a str], Option<(u64, &'a str)>);

    #[test]
    fn asked_types_stay() {
        let money = ColumnType::Decimal(6, 2);
        let cases: [Case<'_>; 10] = [
            (money, &["1.5", "12", "NA", "nan"], None),
            (money, &["1.5", "NA", "1.234", "x"], Some((3, "1.234"))),
            (money, &["1.5", "inf"], Some((2, "inf"))),
            (money, &["1.5", "10000"], Some((2, "10000"))),
            (money, &["1,5", "x"], Some((1, "1,5"))),
            (ColumnType::Float64, &["1", "2", "nan"], None),
            (ColumnType::Int64, &["1", "nan"], None),
            (ColumnType::Utf8, &["1", "NA"], None),
            (ColumnType::Date32, &["13/1/2024", "1/2/2024"], None),
            (ColumnType::Date32, &["13/1/2024", "1/13/2024"], Some((1, "13/1/2024"))),
        ];
        for (kind, cells, misfit) in cases {
            let promise = Column {
                asked: true,
                ..Column::new("a", kind)
            };
            let mut survey = ColumnSurvey::new(promise.clone());
            observe(&mut survey, cells);
            let decision = survey.decide(Some(&promise));
            let column = Column {
                notation: decision.notation,
                ..promise
            };
            let (report, warnings) = survey.report(&column, Size { rows: 9, lines: 9 });
            let found = report.misfit.map(|misfit| (misfit.line, misfit.value));
            assert_eq!(
                found,
                misfit.map(|(line, value)| (Some(line), value.to_owned())),
                "{cells:?}"
            );
            assert_eq!(
                (decision.kind, warnings.len()),
                (kind, usize::from(misfit.is_some())),
                "{cells:?}"
            );
        }
    }

    #[test]
    fn reports() {
        let mut survey = ColumnSurvey::unbiased(&Column::new("a", ColumnType::Utf8));
        observe(&mut survey, &["5", "NA", " ", "-3", "2.5"]);
        let column = Column {
            notation: survey.decide(None).notation,
            ..Column::new("a", survey.decide(None).kind)
        };
        let (report, warnings) = survey.report(&column, Size { rows: 5, lines: 5 });
        assert_eq!(warnings.len(), 0);
        assert_eq!((report.values, report.nulls, report.null_words), (3, 2, 1));
        assert_eq!(report.bounds, Some((Bound::Float(-3.0), Bound::Float(5.0))));
        let candidate = |name: &str| report.candidates.iter().find(|c| c.name == name);
        let out = |name: &str| {
            candidate(name).and_then(|c| Some((c.ruled_out.as_ref()?.line?, c.ruled_out.as_ref()?.value.as_str())))
        };
        assert_eq!(out("Date32"), Some((1, "5")));
        assert_eq!(out("UInt64"), Some((4, "-3")));
        assert_eq!(out("Int64"), Some((5, "2.5")));
        let score = |name: &str| candidate(name).map(|candidate| candidate.score);
        assert_eq!(
            (score("Date32"), score("Int64"), score("Float64")),
            (Some(0), Some(4), Some(5))
        );
        assert!(candidate("Float64").is_some_and(|c| c.chosen && c.ruled_out.is_none()));
        assert!(candidate("Float64 as 1,234.5").is_none());
    }
}
