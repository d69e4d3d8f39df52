//! The sets of candidates: which types, in which notations, hold a text without loss.
//!
//! A number has a bit for every notation of its marks and, in each, for every type; a bare date and a moment have a bit
//! for every form. What all moments and times have in common, clock and precision, has bits of its own. So a candidate
//! for a column is one bit or a few, and what a column allows is the intersection of what its cells allow.

use crate::value::kind::{ColumnType, MAX_DIGITS};
use crate::value::notation::{Clock, DateForm, Marks, Notation, Words};

/// A set of candidates. That text is one always goes without saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidates(pub(super) u64);

/// What may hold a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    /// Nothing in particular: the text is a number, of whatever size.
    Any,
    Int64,
    UInt64,
    /// [`ColumnType::Decimal`] of 38 digits and no fraction.
    Decimal,
    Float64,
}

/// How many variants [`Number`] has.
pub(super) const NUMBERS: u32 = 5;
/// The lowest bit of numbers. Below it are those of words, from 0 on.
const NUMBER: u32 = 4;
/// The lowest bit of bare dates.
const DATE: u32 = NUMBER + 6 * NUMBERS;
/// The lowest bit of moments.
pub(super) const MOMENT: u32 = DATE + 11;
/// The lowest bit of all else.
const REST: u32 = MOMENT + 11;

impl Candidates {
    pub(crate) const NONE: Candidates = Candidates(0);
    pub(crate) const ALL: Candidates = Candidates(u64::MAX);
    /// A moment in UTC, in ISO form.
    pub(crate) const UTC: Candidates = Candidates(1 << REST);
    /// A time of day alone.
    pub(crate) const TIME: Candidates = Candidates(1 << (REST + 1));
    /// A moment without parts of a microsecond.
    pub(crate) const MICROS: Candidates = Candidates(1 << (REST + 4));
    /// A moment that 64 bits hold as nanoseconds.
    pub(crate) const NANOS: Candidates = Candidates(1 << (REST + 5));
    /// A number all of whose digits its type holds.
    pub(crate) const EXACT: Candidates = Candidates(1 << (REST + 6));
    /// A number that is written as no code is.
    pub(crate) const CODE_FREE: Candidates = Candidates(1 << (REST + 7));
    /// What is said of most numbers.
    pub(super) const USUAL: Candidates = Candidates::EXACT.or(Candidates::CODE_FREE);
    /// Whole numbers from 0 to 2^53, with any marks.
    pub(super) const SMALL: Candidates = Candidates((1 << DATE) - (1 << NUMBER)).or(Candidates::USUAL);
    /// Floats, with any marks.
    pub(super) const FLOATS: Candidates = Number::Any.with_any_marks().or(Number::Float64.with_any_marks());
    pub(super) const CLOCKS: Candidates = Candidates::clock(Clock::Hours24).or(Candidates::clock(Clock::Hours12));
    pub(super) const MOMENTS: Candidates = Candidates((1 << REST) - (1 << MOMENT));

    pub(crate) const fn words(words: Words) -> Self {
        Candidates(1 << words as u32)
    }

    pub(crate) const fn number(number: Number, marks: Marks) -> Self {
        Candidates(1 << (NUMBER + NUMBERS * marks as u32 + number as u32))
    }

    /// A bare date.
    pub(crate) const fn date(form: DateForm) -> Self {
        Candidates(1 << (DATE + form as u32))
    }

    /// A date, alone or with a time.
    pub(crate) const fn moment(form: DateForm) -> Self {
        Candidates(1 << (MOMENT + form as u32))
    }

    pub(crate) const fn clock(clock: Clock) -> Self {
        Candidates(1 << (REST + 2 + clock as u32))
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Candidates(self.0 | other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Candidates(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Candidates(self.0 & !other.0)
    }

    /// Whether all of `other` is in the set.
    pub(crate) const fn holds(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether some of `other` is in the set.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether no type is left, only clocks and precisions of moments at most.
    pub(crate) fn is_text(self) -> bool {
        self.0 & ((1 << (REST + 2)) - 1) == 0
    }

    /// What a column must allow to be of type `kind`.
    pub(crate) fn required(kind: ColumnType, notation: Notation) -> Self {
        let number = |number| Candidates::number(number, notation.marks);
        let clock = Candidates::clock(notation.clock);
        match kind {
            ColumnType::Boolean => Candidates::words(notation.words),
            ColumnType::Int64 => number(Number::Int64),
            ColumnType::UInt64 => number(Number::UInt64),
            ColumnType::Decimal(MAX_DIGITS, 0) => number(Number::Decimal),
            ColumnType::Decimal(..) => number(Number::Any),
            ColumnType::Float64 if notation.code_free => number(Number::Float64).or(Candidates::CODE_FREE),
            ColumnType::Float64 => number(Number::Float64),
            ColumnType::Date32 => Candidates::date(notation.date),
            ColumnType::Time => Candidates::TIME.or(clock),
            ColumnType::Timestamp => Candidates::moment(notation.date).or(clock).or(Candidates::MICROS),
            ColumnType::TimestampNs => Candidates::moment(notation.date).or(clock).or(Candidates::NANOS),
            ColumnType::TimestampUtc => Candidates::UTC.or(clock).or(Candidates::MICROS),
            ColumnType::TimestampUtcNs => Candidates::UTC.or(clock).or(Candidates::NANOS),
            ColumnType::Utf8 => Candidates::NONE,
        }
    }
}

impl Number {
    pub(super) const fn with_any_marks(self) -> Candidates {
        Types(1 << self as u32).any_marks()
    }

    /// With the marks of the notations that have a decimal point.
    pub(super) const fn with_point(self) -> Candidates {
        let commas = Candidates::number(self, Marks::DotComma).or(Candidates::number(self, Marks::BlankComma));
        self.with_any_marks().without(commas)
    }
}

/// A set of [`Number`]s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Types(pub(super) u64);

impl Types {
    pub(super) const FLOAT: Types = Types(1 << Number::Any as u32 | 1 << Number::Float64 as u32);
    /// Of numbers that no type but an asked one holds.
    pub(super) const LONG: Types = Types(1 << Number::Any as u32);

    pub(super) const fn only(self, marks: Marks) -> Candidates {
        Candidates(self.0 << (NUMBER + NUMBERS * marks as u32))
    }

    pub(super) const fn any_marks(self) -> Candidates {
        const EACH: u64 = {
            let mut each = 0;
            let mut i = 0;
            while i < Marks::ALL.len() {
                each |= 1 << (NUMBER + NUMBERS * Marks::ALL[i] as u32);
                i += 1;
            }
            each
        };
        Candidates(self.0 * EACH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_distinct() {
        let mut seen = Candidates::NONE;
        let mut take = |one: Candidates| {
            assert!(!seen.meets(one) && one.0.is_power_of_two());
            seen = seen.or(one);
        };
        Words::ALL.map(Candidates::words).into_iter().for_each(&mut take);
        for number in [
            Number::Any,
            Number::Int64,
            Number::UInt64,
            Number::Decimal,
            Number::Float64,
        ] {
            Marks::ALL
                .map(|marks| Candidates::number(number, marks))
                .into_iter()
                .for_each(&mut take);
        }
        DateForm::ALL.map(Candidates::date).into_iter().for_each(&mut take);
        DateForm::ALL.map(Candidates::moment).into_iter().for_each(&mut take);
        [Clock::Hours24, Clock::Hours12]
            .map(Candidates::clock)
            .into_iter()
            .for_each(&mut take);
        let rest = [
            Candidates::UTC,
            Candidates::TIME,
            Candidates::MICROS,
            Candidates::NANOS,
            Candidates::EXACT,
            Candidates::CODE_FREE,
        ];
        rest.into_iter().for_each(&mut take);
        assert_eq!(seen, Candidates::ALL);
    }
}
