//! The evidence of a column whose numbers are written as people write them: `€ 12,50`, `12 %`, `(1,234)`.
//!
//! Such cells allow no type by themselves. From the first of them on, evidence is kept of the numbers without what is around
//! their digits, beside the evidence of the cells; until then the two are the same. It has a say only in columns of which
//! the caller wants a number, and in what a column could be.

use crate::column::candidates::{Candidates, Number};
use crate::column::decide;
use crate::column::evidence::{Apart, Evidence, Numbers};
use crate::column::figures::Figures;
use crate::column::ruling::Ruling;
use crate::column::tally::{Bound, Tally};
use crate::value::kind::{ColumnType, MAX_DIGITS};
use crate::value::notation::{Marks, Notation, Signs};
use crate::value::units::{Figure, Room};

/// How many digits a decimal has at least that is proposed: values to come may be larger.
const USUAL_DIGITS: u8 = 12;

impl Evidence {
    /// Evidence of a column of which the caller wants a type: no value makes the numbers among the others go unseen.
    pub(crate) fn asked() -> Self {
        Evidence {
            is_patient: true,
            ..Evidence::proposing()
        }
    }

    /// Evidence of a column of which the caller wants to know what it could be.
    pub(crate) fn proposing() -> Self {
        Evidence {
            apart: Apart::Same,
            ..Evidence::NONE
        }
    }

    /// Takes in a value for its number; `set` holds it as it is written.
    pub(super) fn part(&mut self, value: &[u8], set: Candidates, null_word: bool, line: &mut dyn FnMut() -> u64) {
        if matches!(self.apart, Apart::Same) {
            if set.meets(Number::Any.with_any_marks()) || null_word {
                return;
            }
            if !self.is_patient && !is_figure(value) {
                self.apart = Apart::Never;
                return;
            }
            self.apart = Apart::Numbers(Box::new(Numbers::of(self.clone())));
        }
        if let Apart::Numbers(numbers) = &mut self.apart {
            numbers.observe(value, null_word, line);
        }
    }

    /// Takes in a value that is text by the way it is written.
    pub(super) fn part_text(&mut self, value: &[u8], line: &mut dyn FnMut() -> u64) {
        match &mut self.apart {
            Apart::Numbers(numbers) => numbers.figures.add_other(|| Ruling::of(value, line())),
            Apart::Same | Apart::Never => self.apart = Apart::Never,
        }
    }

    /// Takes in the numbers that were seen elsewhere of the same column.
    pub(super) fn merge_apart(&mut self, other: &mut Evidence) {
        let numbers = |evidence: &mut Evidence| match std::mem::take(&mut evidence.apart) {
            Apart::Numbers(numbers) => *numbers,
            _ => Numbers::of(evidence.clone()),
        };
        self.apart = match (&self.apart, &other.apart) {
            (Apart::Never, _) | (_, Apart::Never) => Apart::Never,
            (Apart::Same, Apart::Same) => Apart::Same,
            _ => {
                let mut mine = numbers(self);
                mine.merge(numbers(other));
                Apart::Numbers(Box::new(mine))
            }
        };
    }

    /// Whether all values may still turn out to be numbers as people write them.
    pub(super) fn is_open(&self) -> bool {
        matches!(&self.apart, Apart::Numbers(numbers) if numbers.figures.agree() && !numbers.bare.is_text())
    }

    /// What is written around the numbers of the column, if they are to be of type `kind`.
    pub(crate) fn signs(&self, kind: ColumnType) -> Signs {
        match &self.apart {
            Apart::Numbers(numbers) if kind.is_number() => numbers.figures.signs(),
            _ => Signs::Minus,
        }
    }

    /// The evidence of the numbers, if they are written with such signs; else that of the cells.
    pub(super) fn with_signs(&self, signs: Signs) -> &Evidence {
        match &self.apart {
            Apart::Numbers(numbers) if signs != Signs::Minus => &numbers.bare,
            _ => self,
        }
    }

    /// The first value that is no number with these signs.
    pub(super) fn unsigned(&self, signs: Signs) -> Option<&Ruling> {
        match (&self.apart, signs) {
            (_, Signs::Minus) => None,
            (Apart::Numbers(numbers), _) => numbers.figures.misfit(signs),
            // No value has a unit.
            (_, Signs::Unit(_)) => self.first_number(),
            (_, Signs::Accounts) => None,
        }
    }

    /// The marks of numbers with signs that are to be of type `kind`, where only that type tells them: `€ 1,234` is a
    /// thousand if there are two digits behind the decimal mark.
    pub(super) fn marks_by_scale(&self, kind: ColumnType) -> Option<Marks> {
        let Apart::Numbers(numbers) = &self.apart else {
            return None;
        };
        let holds = |marks| numbers.bare.relaxed.holds(Candidates::number(Number::Any, marks));
        let rivals = [(Marks::DotComma, Marks::Comma), (Marks::Plain, Marks::DotComma)];
        let told = rivals
            .into_iter()
            .find(|&(wrong, right)| numbers.figures.exceed(kind, wrong) && holds(wrong) && holds(right));
        told.map(|(_, right)| right)
    }

    /// The type of number that the column could have, and its notation, if all of its values are numbers with the same unit,
    /// or as in accounts.
    pub(crate) fn could_be(&self) -> Option<(ColumnType, Notation)> {
        let Apart::Numbers(numbers) = &self.apart else {
            return None;
        };
        let signs = numbers.figures.signs();
        let (kind, marks) = match signs {
            _ if !self.is_open() || !numbers.bare.has_values() => None,
            Signs::Unit(unit) => numbers.counted().filter(|_| unit.is_common()),
            Signs::Accounts => numbers.of_accounts(),
            Signs::Minus => None,
        }?;
        let plain = Notation::default();
        Some((kind, Notation { marks, signs, ..plain }))
    }

    /// The least and the greatest value of a column of this type and notation, if that holds all values.
    pub(crate) fn bounds(&self, kind: ColumnType, notation: Notation) -> Option<(Bound, Bound)> {
        self.tally_of(notation).bounds(kind, notation)
    }

    /// The values of a column in this notation.
    pub(crate) fn tally_of(&self, notation: Notation) -> &Tally {
        &self.with_signs(notation.signs).tally
    }

    /// The first value that is no word such as `NA`.
    fn first_number(&self) -> Option<&Ruling> {
        let values = self.rulings.iter().filter(|ruling| !ruling.relaxed.is_none());
        values.min().filter(|_| self.has_values())
    }
}

impl Numbers {
    /// Of cells that are all the same without signs around them as with them.
    fn of(cells: Evidence) -> Self {
        let mut figures = Figures::default();
        if let Some(first) = cells.first_number() {
            figures.add_unit(None, || first.clone());
        }
        let bare = Evidence {
            apart: Apart::Never,
            is_patient: false,
            ..cells
        };
        Numbers { bare, figures }
    }

    fn observe(&mut self, value: &[u8], null_word: bool, line: &mut dyn FnMut() -> u64) {
        let (mut room, figure) = (Room::new(), Figure::of(value));
        if let Some(figure) = figure.filter(|figure| !figure.is_plain) {
            let number = figure.plain(&mut room);
            if is_number(number) {
                self.figures.add_unit(figure.unit, || Ruling::of(value, line()));
                self.figures.add(&figure);
                return self.bare.observe_written(number, value, line);
            }
        } else if null_word {
            return self.bare.observe_written(value, value, line);
        } else if is_number(value) {
            self.figures.add_unit(None, || Ruling::of(value, line()));
            return self.bare.observe_written(value, value, line);
        }
        self.figures.add_other(|| Ruling::of(value, line()));
    }

    fn merge(&mut self, other: Numbers) {
        self.bare.merge(other.bare);
        self.figures.merge(other.figures);
    }

    /// The type of numbers with a unit, and their marks; `None` if these leave a doubt.
    fn counted(&self) -> Option<(ColumnType, Marks)> {
        let set = self.bare.relaxed;
        let any = ColumnType::Decimal(MAX_DIGITS, 1);
        let marks = decide::notation_for(set, any)?.marks;
        let holds = |number, marks| set.holds(Candidates::number(number, marks));
        let Some(digits) = self.figures.digits(marks) else {
            return holds(Number::Float64, marks).then_some((ColumnType::Float64, marks));
        };
        // `€ 1.250` may be more than a thousand.
        let is_doubtful = marks == Marks::Plain && digits.places > 0 && holds(Number::Any, Marks::DotComma);
        let kind = match digits.places {
            0 if holds(Number::Int64, marks) => ColumnType::Int64,
            places => ColumnType::Decimal(USUAL_DIGITS.max(digits.whole.saturating_add(places)), places),
        };
        (!is_doubtful && kind.is_sound()).then_some((kind, marks))
    }

    /// The type of numbers without a unit, and their marks. If all are less than zero, they may be notes: `(1)`, `(2)`.
    fn of_accounts(&self) -> Option<(ColumnType, Marks)> {
        let decision = self.bare.decide();
        let (_, greatest) = self.bare.tally.bounds(decision.kind, decision.notation)?;
        let is_positive = match greatest {
            Bound::Whole(whole) => whole > 0,
            Bound::Float(float) => float > 0.0,
        };
        (decision.kind.is_number() && is_positive).then_some((decision.kind, decision.notation.marks))
    }
}

/// Whether a value is a number that a column can be proposed for: not as programs write it, and with no unit but a common one.
/// `name 12` is none, so that a column of such texts costs no more than others.
fn is_figure(value: &[u8]) -> bool {
    let mut room = Room::new();
    let figure = Figure::of(value).filter(|figure| !figure.is_plain);
    let figure = figure.filter(|figure| figure.unit.is_none_or(|unit| unit.is_common()));
    figure.is_some_and(|figure| is_number(figure.plain(&mut room)))
}

/// Whether a text is a number, with any marks.
fn is_number(text: &[u8]) -> bool {
    let set = Candidates::of(text, Candidates::ALL, &mut Tally::EMPTY.clone());
    set.meets(Number::Any.with_any_marks())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(cells: &[&str], mut evidence: Evidence) -> Evidence {
        for (line, cell) in (1..).zip(cells) {
            evidence.observe_at(cell.as_bytes(), false, || line);
        }
        evidence
    }

    #[test]
    fn what_a_column_could_be() {
        let cases: [(&[&str], &str); 38] = [
            (&["€ 12,50", "€ 1.204,50"], "Decimal(12,2) as € 1.234,5"),
            (&["$1,204.50", "-$3.00", "", "NA"], "Decimal(12,2) as $ 1,234.5"),
            (&["3.500,00 €", "12,00 €"], "Decimal(12,2) as € 1.234,5"),
            (&["3.500.000.000,00 €"], "Decimal(12,2) as € 1.234,5"),
            (&["13.500.000.000,00 €"], "Decimal(13,2) as € 1.234,5"),
            (&["12 %", "7 %"], "Int64 as 1234.5 %"),
            (&["12.5%", "7%"], "Decimal(12,1) as 1234.5 %"),
            (&["12 kg", "-"], "Int64 as 1234.5 kg"),
            (&["12 500 €", "13 000 €"], "Int64 as € 1 234.5"),
            (&["EUR 12,50"], "Decimal(12,2) as 1.234,5 EUR"),
            (&["1.5e3 kg", "2 kg"], "Float64 as 1234.5 kg"),
            (&["(1,234)", "1,234,567"], "Int64 as (1,234.5)"),
            (&["123.00-", "5.50"], "Float64 as (1234.5)"),
            (&["−5", "3"], "Int64 as (1234.5)"),
            (&["€ 12345678901234567890"], "Decimal(20,0) as € 1234.5"),
            (&["€ 1,234"], ""),
            (&["€ 1.234"], ""),
            (&["12 %", "12 kg"], ""),
            (&["12 %", "12"], ""),
            (&["12", "12 %"], ""),
            (&["12 kg", "about 12 kg"], ""),
            (&["x", "12 kg"], ""),
            (&["(1)", "(2)"], ""),
            (&["(555) 123-4567", "(555) 765-4321"], ""),
            (&["(555) 1234567"], ""),
            (&["A-12", "A-13"], ""),
            (&["A 12", "A 13"], ""),
            (&["A12", "A13"], ""),
            (&["Room 12", "Room 13"], ""),
            (&["12 B", "13 B"], ""),
            (&["3 PM", "4 PM"], ""),
            (&["5 May", "6 May"], ""),
            (&["007 kg"], ""),
            (&["12.05.2024 €"], ""),
            (&["2024-01-31", "€ 5"], ""),
            (&["true", "(5)", "3"], ""),
            (&["12", "13"], ""),
            (&["", "NA"], ""),
        ];
        for (cells, expected) in cases {
            let evidence = gather(cells, Evidence::proposing());
            let found = evidence.could_be().map(|(kind, notation)| notation.describe(kind));
            assert_eq!(found.unwrap_or_default(), expected, "{cells:?}");
            let backwards: Vec<_> = cells.iter().rev().copied().collect();
            let found = gather(&backwards, Evidence::proposing()).could_be();
            assert_eq!(found, evidence.could_be(), "{backwards:?}");
            if !expected.is_empty() {
                assert_eq!(evidence.kind(), ColumnType::Utf8, "{cells:?}");
            }
        }
    }

    #[test]
    fn asked_types() {
        let money = ColumnType::Decimal(12, 2);
        let first = |evidence: &Evidence, kind, notation| {
            let misfit = evidence.misfit(kind, notation);
            misfit.map(|ruling| (ruling.line, ruling.value.clone()))
        };
        let cases: [(&[&str], ColumnType, &str, Option<&str>); 23] = [
            (&["€ 12,50", "NA"], money, "Decimal(12,2) as € 1.234,5", None),
            (
                &["€ 12,50", "$ 3,50"],
                money,
                "Decimal(12,2) as € 1.234,5",
                Some("$ 3,50"),
            ),
            (&["€ 12,50", "3,50"], money, "Decimal(12,2) as € 1.234,5", Some("3,50")),
            (
                &["3,50", "€ 12,50"],
                money,
                "Decimal(12,2) as (1.234,5)",
                Some("€ 12,50"),
            ),
            (&["€ 12,50", "free"], money, "Decimal(12,2) as € 1.234,5", Some("free")),
            (&["free", "€ 12,50"], money, "Decimal(12,2) as € 1.234,5", Some("free")),
            (&["$1,204.50", "$ (3.00)"], money, "Decimal(12,2) as $ 1,234.5", None),
            (&["$1,204", "$12"], money, "Decimal(12,2) as $ 1,234.5", None),
            (&["1.204 €", "12 €"], money, "Decimal(12,2) as € 1.234,5", None),
            (&["(1,234)", "5"], money, "Decimal(12,2) as (1,234.5)", None),
            (&["5", "123.00-"], money, "Decimal(12,2) as (1234.5)", None),
            (
                &["5", "(6)", "7 %"],
                ColumnType::Int64,
                "Int64 as (1234.5)",
                Some("7 %"),
            ),
            (&["12 %", "0-%"], ColumnType::Int64, "Int64 as 1234.5 %", None),
            (
                &["12 %", "12.5 %"],
                ColumnType::Int64,
                "Int64 as 1234.5 %",
                Some("12.5 %"),
            ),
            (&["12 kg", "nan"], ColumnType::Int64, "Int64 as 1234.5 kg", None),
            (&["12 kg", "nan"], ColumnType::Float64, "Float64 as 1234.5 kg", None),
            (
                &["12 kg", "inf"],
                ColumnType::Float64,
                "Float64 as 1234.5 kg",
                Some("inf"),
            ),
            (&["5", "inf", "6-"], ColumnType::Float64, "Float64 as (1234.5)", None),
            (
                &["(5)", "2024-01-01"],
                ColumnType::Int64,
                "Int64 as (1234.5)",
                Some("2024-01-01"),
            ),
            (&["€ 5,5", "12:30"], money, "Decimal(12,2) as € 1.234,5", Some("12:30")),
            (&["Room 12"], ColumnType::Int64, "Int64 as 1234.5 Room", None),
            (&["5 kg"], ColumnType::Utf8, "Utf8", None),
            (&["5 kg"], ColumnType::Date32, "Date32", Some("5 kg")),
        ];
        for (cells, kind, written, misfit) in cases {
            let evidence = gather(cells, Evidence::asked());
            let notation = evidence.decide_as(kind).notation;
            assert_eq!(notation.describe(kind), written, "{cells:?}");
            let found = first(&evidence, kind, notation);
            assert_eq!(found.as_ref().map(|(_, value)| value.as_str()), misfit, "{cells:?}");
            for split in 0..=cells.len() {
                let at = |line: usize| (line as u64 + 1, cells[line]);
                let gather = |lines: std::ops::Range<usize>| {
                    lines.map(at).fold(Evidence::asked(), |mut evidence, (line, cell)| {
                        evidence.observe_at(cell.as_bytes(), false, || line);
                        evidence
                    })
                };
                let mut merged = gather(split..cells.len());
                merged.merge(gather(0..split));
                assert_eq!(merged.decide_as(kind), evidence.decide_as(kind), "{cells:?} at {split}");
                assert_eq!(first(&merged, kind, notation), found, "{cells:?}");
                let told = |evidence: &Evidence| (evidence.bounds(kind, notation), evidence.values(kind, notation));
                assert!(misfit.is_some() || told(&merged) == told(&evidence), "{cells:?}");
            }
        }
    }
}
