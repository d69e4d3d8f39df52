//! What is around the digits of the numbers of a column, and how many digits they have.

use crate::column::ruling::Ruling;
use crate::value::kind::ColumnType;
use crate::value::notation::{Marks, Signs};
use crate::value::units::{Figure, Unit};

/// What was seen around the digits of numbers; grows cell by cell and merges in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Figures {
    /// The first number with a unit (or without any), and the first one with another: the two units that come first.
    units: Vec<(Ruling, Option<Unit>)>,
    /// The first value that is no number.
    other: Option<Ruling>,
    /// There is a number without a unit that is written as in accounts.
    accounts: bool,
    /// How many digits those have that are not written as programs write them: with a decimal point, with a decimal comma.
    digits: [Digits; 2],
    /// One of them has an exponent.
    scientific: bool,
}

/// The most digits of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Digits {
    /// In front of the decimal mark.
    pub(super) whole: u8,
    /// Behind it.
    pub(super) places: u8,
    /// Behind it, zeros at the end not counted.
    exact: u8,
}

impl Figures {
    /// Takes in a value that is no number. The `place` of a value is asked for rarely.
    pub(super) fn add_other(&mut self, place: impl FnOnce() -> Ruling) {
        if self.other.is_none() {
            self.other = Some(place());
        }
    }

    /// Takes in the unit of a number, or that it has none.
    pub(super) fn add_unit(&mut self, unit: Option<Unit>, place: impl FnOnce() -> Ruling) {
        if self.units.len() < 2 && !self.units.iter().any(|(_, known)| *known == unit) {
            self.units.push((place(), unit));
        }
    }

    /// Takes in a number that is not written as programs write it.
    pub(super) fn add(&mut self, figure: &Figure<'_>) {
        self.accounts |= figure.unit.is_none();
        self.scientific |= figure.body.contains(['e', 'E']);
        for (digits, mark) in self.digits.iter_mut().zip(['.', ',']) {
            digits.add(figure.body, mark);
        }
    }

    pub(super) fn merge(&mut self, other: Figures) {
        self.units.extend(other.units);
        self.units.sort_unstable_by(|(one, _), (another, _)| one.cmp(another));
        let first = self.units.first().map(|(_, unit)| *unit);
        let second = self.units.iter().position(|(_, unit)| Some(*unit) != first);
        if let Some(second) = second {
            self.units.swap(1, second);
        }
        self.units.truncate(1 + usize::from(second.is_some()));
        self.other = match (self.other.take(), other.other) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.accounts |= other.accounts;
        self.scientific |= other.scientific;
        for (mine, theirs) in self.digits.iter_mut().zip(other.digits) {
            mine.whole = mine.whole.max(theirs.whole);
            mine.places = mine.places.max(theirs.places);
            mine.exact = mine.exact.max(theirs.exact);
        }
    }

    /// The signs of the column: its first number says whether it has a unit, and which.
    pub(super) fn signs(&self) -> Signs {
        match self.units.first() {
            Some((_, Some(unit))) => Signs::Unit(*unit),
            // Where a unit is a misfit, the others are numbers all the same.
            _ if self.accounts || self.units.len() > 1 => Signs::Accounts,
            _ => Signs::Minus,
        }
    }

    /// Whether all values are numbers with the same unit, or all of them without any.
    pub(super) fn agree(&self) -> bool {
        self.units.len() == 1 && self.other.is_none()
    }

    /// The first value that is no number with these signs.
    pub(super) fn misfit(&self, signs: Signs) -> Option<&Ruling> {
        let wanted = match signs {
            Signs::Unit(unit) => Some(unit),
            Signs::Minus | Signs::Accounts => None,
        };
        let others = self.units.iter().filter(|(_, unit)| *unit != wanted);
        others.map(|(place, _)| place).chain(&self.other).min()
    }

    /// How many digits the numbers have with the decimal mark of `marks`; `None` if one has an exponent.
    pub(super) fn digits(&self, marks: Marks) -> Option<Digits> {
        (!self.scientific).then_some(self.digits[usize::from(marks.decimal() == b',')])
    }

    /// Whether a number has more digits behind the decimal mark of `marks` than a decimal type has, so that the mark must be
    /// one between thousands.
    pub(super) fn exceed(&self, kind: ColumnType, marks: Marks) -> bool {
        let digits = self.digits[usize::from(marks.decimal() == b',')];
        matches!(kind, ColumnType::Decimal(_, scale) if digits.exact > scale)
    }
}

impl Digits {
    fn add(&mut self, body: &str, mark: char) {
        let (whole, fraction) = body.rsplit_once(mark).unwrap_or((body, ""));
        let count = |text: &str| text.bytes().filter(u8::is_ascii_digit).count() as u8; // a figure is short
        let whole = if whole == "0" { 0 } else { count(whole) };
        self.whole = self.whole.max(whole);
        self.places = self.places.max(count(fraction));
        self.exact = self.exact.max(count(fraction.trim_end_matches('0')));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(cells: &[(u64, &str)]) -> Figures {
        let mut figures = Figures::default();
        for &(line, cell) in cells {
            let place = || Ruling::of(cell.as_bytes(), line);
            match Figure::of(cell.as_bytes()) {
                Some(figure) => {
                    figures.add_unit(figure.unit, place);
                    figures.add(&figure);
                }
                None => figures.add_other(place),
            }
        }
        figures
    }

    #[test]
    fn order_and_grouping_do_not_matter() {
        let cells = [
            (1, "€ 1"),
            (2, "$ 2,5"),
            (3, "€ 3.25"),
            (4, "4"),
            (5, "x"),
            (6, "$ 1e5"),
            (7, "y"),
            (8, "kg"),
        ];
        let all = gather(&cells);
        assert_eq!(
            all.signs()
                .strip(b"7 \xE2\x82\xAC", &mut crate::value::units::Room::new()),
            Some(&b"7"[..])
        );
        assert_eq!(all.misfit(all.signs()).map(|place| place.line), Some(2));
        assert_eq!(all.misfit(Signs::Accounts).map(|place| place.line), Some(1));
        for split in 0..=cells.len() {
            let (left, right) = cells.split_at(split);
            let (mut forwards, mut backwards) = (gather(left), gather(right));
            forwards.merge(gather(right));
            backwards.merge(gather(left));
            assert_eq!((&forwards, &backwards), (&all, &all), "{split}");
        }
    }

    #[test]
    fn digits_by_their_marks() {
        let digits = |cells: &[(u64, &str)], marks| gather(cells).digits(marks).map(|d| (d.whole, d.places, d.exact));
        let money = [(1, "€ 1.204,50"), (2, "€ 0,125"), (3, "€ 3.000")];
        assert_eq!(digits(&money, Marks::DotComma), Some((4, 3, 3)));
        assert_eq!(digits(&[(1, "$1,204.50"), (2, "$.5")], Marks::Comma), Some((4, 2, 1)));
        assert_eq!(digits(&[(1, "1 234 567 kg")], Marks::BlankDot), Some((7, 0, 0)));
        assert_eq!(digits(&[(1, "1e5 kg")], Marks::Plain), None);
    }
}
