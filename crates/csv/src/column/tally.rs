//! The least and the greatest value of a column, whatever its type and notation turn out to be.
//!
//! Most texts have one value in every notation that reads them, and share one range. The others have two at most, because
//! there are two decimal marks and two orders of day and month: each of these readings has ranges of its own.

use std::cmp::Ordering;

use crate::value::kind::ColumnType;
use crate::value::notation::{DateForm, Marks, Notation};

/// A value as the Arrow array of its column holds it.
///
/// Equality and order are total: NaN is the greatest, and -0 is less than 0.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// Of every type but Float64 and Utf8: 0 and 1 for Boolean, days for Date32, microseconds or nanoseconds for times and
    /// timestamps, units of the last digit for Decimal.
    Whole(i128),
    /// Of Float64.
    Float(f64),
}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Bound::Whole(a), Bound::Whole(b)) => a.cmp(b),
            (Bound::Float(a), Bound::Float(b)) => a.total_cmp(b),
            (Bound::Whole(_), Bound::Float(_)) => Ordering::Less,
            (Bound::Float(_), Bound::Whole(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Bound {}

/// From the least to the greatest of some whole numbers; of none at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range<T> {
    least: T,
    greatest: T,
}

impl Range<i128> {
    const EMPTY: Self = Range {
        least: i128::MAX,
        greatest: i128::MIN,
    };
}

impl Range<i64> {
    const EMPTY: Self = Range {
        least: i64::MAX,
        greatest: i64::MIN,
    };
}

impl<T: Ord + Copy> Range<T> {
    #[inline]
    fn add(&mut self, value: T) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }

    fn join(self, other: Self) -> Self {
        Range {
            least: self.least.min(other.least),
            greatest: self.greatest.max(other.greatest),
        }
    }

    fn bounds(self) -> Option<(T, T)> {
        (self.least <= self.greatest).then_some((self.least, self.greatest))
    }
}

/// One way to read the texts that two notations read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ranges {
    whole: Range<i128>,
    /// Floats other than NaN, as whole numbers of the same total order.
    real: Range<i64>,
    /// How many digits the whole numbers have: bit n for n of them.
    lengths: u64,
    /// There was a decimal mark or a signed exponent.
    fraction: bool,
}

impl Ranges {
    const EMPTY: Ranges = Ranges {
        whole: Range::<i128>::EMPTY,
        real: Range::<i64>::EMPTY,
        lengths: 0,
        fraction: false,
    };
}

/// The lengths of numbers all of whose groups have three digits: 3, 6, 9 and so on.
const FULL_GROUPS: u64 = 0x1249_2492_4924_9248;

/// The values of a column so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// There was a number, not only words such as `inf`.
    pub(crate) number: bool,
    /// How many cells are `nan`, which is a number or a word for NULL.
    pub(crate) nans: u64,
    /// Values that every notation reads alike: whole numbers; nanoseconds of dates, times and moments; truth.
    shared: Range<i128>,
    /// How many digits the whole numbers among them have: bit n for n of them.
    lengths: u64,
    /// Values with a decimal point, or with the day first.
    first: Ranges,
    /// Values with a decimal comma, or with the month first.
    second: Ranges,
}

impl Tally {
    pub(crate) const EMPTY: Tally = Tally {
        number: false,
        nans: 0,
        shared: Range::<i128>::EMPTY,
        lengths: 0,
        first: Ranges::EMPTY,
        second: Ranges::EMPTY,
    };

    #[inline]
    pub(crate) fn add_shared(&mut self, value: i128) {
        self.shared.add(value);
    }

    /// Adds a whole number without any marks, of so many digits, which are no more than 38.
    #[inline]
    pub(crate) fn add_number(&mut self, value: i128, digits: u32) {
        self.number = true;
        self.lengths |= 1 << digits;
        self.shared.add(value);
    }

    #[inline]
    pub(crate) fn add_whole(&mut self, value: i128, marks: Marks) {
        let reading = self.of_marks(marks);
        reading.lengths |= 1 << digits(value);
        reading.whole.add(value);
    }

    /// Adds a number with a decimal mark.
    #[inline]
    pub(crate) fn add_fraction(&mut self, value: f64, marks: Marks) {
        self.of_marks(marks).fraction = true;
        self.add_real(value, marks);
    }

    /// Adds a number with an exponent and without a decimal mark; it may have a sign somewhere.
    pub(crate) fn add_scientific(&mut self, value: f64, is_signed: bool) {
        for marks in [Marks::Plain, Marks::DotComma] {
            self.of_marks(marks).fraction |= is_signed;
            self.add_real(value, marks);
        }
    }

    #[inline]
    pub(crate) fn add_real(&mut self, value: f64, marks: Marks) {
        self.of_marks(marks).real.add(ordered(value.to_bits()));
    }

    /// Adds a number that is no whole one, and no float.
    pub(crate) fn add_unknown(&mut self, marks: Marks) {
        self.add_real(f64::NAN, marks);
    }

    pub(crate) fn add_moment(&mut self, nanos: i128, form: DateForm) {
        match form.rival() {
            None => self.shared.add(nanos),
            Some(_) if form.is_month_first() => self.second.whole.add(nanos),
            Some(_) => self.first.whole.add(nanos),
        }
    }

    fn of_marks(&mut self, marks: Marks) -> &mut Ranges {
        if marks.decimal() == b',' {
            &mut self.second
        } else {
            &mut self.first
        }
    }

    /// Whether both of two words were there.
    pub(crate) fn has_both_words(&self) -> bool {
        self.shared.bounds() == Some((0, 1))
    }

    fn reading(&self, marks: Marks) -> &Ranges {
        if marks.decimal() == b',' {
            &self.second
        } else {
            &self.first
        }
    }

    /// Whether values with these marks are numbers for sure, because one has what only numbers have: a minus, a decimal mark
    /// or a signed exponent.
    pub(crate) fn proves_numbers(&self, marks: Marks) -> bool {
        let reading = self.reading(marks);
        reading.fraction || self.shared.join(reading.whole).least < 0 || reading.real.least < 0
    }

    /// Whether groups of digits with these marks are numbers for sure, and not telephone numbers, addresses or other
    /// identifiers: commas and apostrophes are in numbers only, if those are no codes; other groups if the numbers are of
    /// different lengths.
    pub(crate) fn proves_groups(&self, marks: Marks) -> bool {
        let lengths = self.lengths | self.reading(marks).lengths;
        let vary = lengths.count_ones() > 1 && lengths & !FULL_GROUPS != 0;
        match marks {
            Marks::Plain => true,
            Marks::Comma | Marks::Apostrophe => !self.may_be_codes(marks),
            Marks::BlankDot | Marks::BlankComma => vary,
            Marks::DotComma => vary && !self.may_be_addresses(),
        }
    }

    /// Whether the whole numbers with these marks may be codes of three digits, of which some cells have several: `103,132`
    /// beside `104`.
    pub(crate) fn may_be_codes(&self, marks: Marks) -> bool {
        let grouped = self.reading(marks).lengths;
        self.lengths == 1 << 3 && grouped != 0 && grouped & !FULL_GROUPS == 0
    }

    /// Whether all whole numbers with dots in them may be addresses such as `192.168.100.101`.
    pub(crate) fn may_be_addresses(&self) -> bool {
        let bounds = self.shared.join(self.second.whole).bounds();
        bounds.is_some_and(|(least, greatest)| least >= 1_000_000_000 && greatest <= 255_255_255_255)
    }

    pub(crate) fn merge(&mut self, other: &Tally) {
        self.number |= other.number;
        self.nans += other.nans;
        self.shared = self.shared.join(other.shared);
        self.lengths |= other.lengths;
        for (mine, theirs) in [(&mut self.first, other.first), (&mut self.second, other.second)] {
            mine.whole = mine.whole.join(theirs.whole);
            mine.real = mine.real.join(theirs.real);
            mine.lengths |= theirs.lengths;
            mine.fraction |= theirs.fraction;
        }
    }

    /// The least and the greatest value of a column of type `kind`, if that type holds all values.
    pub(crate) fn bounds(&self, kind: ColumnType, notation: Notation) -> Option<(Bound, Bound)> {
        let second = match kind {
            ColumnType::Utf8 => return None,
            ColumnType::Boolean => false,
            ColumnType::Int64 | ColumnType::UInt64 | ColumnType::Decimal(..) | ColumnType::Float64 => {
                notation.marks.decimal() == b','
            }
            _ => notation.date.is_month_first(),
        };
        let reading = if second { self.second } else { self.first };
        let whole = self.shared.join(reading.whole);
        if kind == ColumnType::Float64 {
            let (least, greatest) = float_bounds(whole, reading.real)?;
            return Some((
                least,
                if self.nans > 0 {
                    Bound::Float(f64::NAN)
                } else {
                    greatest
                },
            ));
        }
        let unit = |value: i128| in_units(value, kind).map(Bound::Whole);
        let (least, greatest) = whole.bounds().filter(|_| reading.real == Range::<i64>::EMPTY)?;
        Some((unit(least)?, unit(greatest)?))
    }
}

/// How many digits a whole number has.
pub(crate) fn digits(value: i128) -> u32 {
    value.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
}

/// The bounds of whole numbers, which are floats exactly, and of floats.
fn float_bounds(whole: Range<i128>, real: Range<i64>) -> Option<(Bound, Bound)> {
    let float = |key: i64| f64::from_bits(ordered(key.cast_unsigned()).cast_unsigned());
    let whole = whole
        .bounds()
        .map(|(a, b)| (Bound::Float(a as f64), Bound::Float(b as f64)));
    let real = real
        .bounds()
        .map(|(a, b)| (Bound::Float(float(a)), Bound::Float(float(b))));
    match (whole, real) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// The bits of a float as a whole number of the same total order; its own inverse.
fn ordered(bits: u64) -> i64 {
    let bits = bits.cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// A value of the tally as an array of `kind` holds it.
fn in_units(value: i128, kind: ColumnType) -> Option<i128> {
    match kind {
        ColumnType::Date32 => Some(value / 86_400_000_000_000),
        ColumnType::Timestamp | ColumnType::TimestampUtc => Some(value / 1000),
        ColumnType::Decimal(_, scale) => value.checked_mul(10i128.checked_pow(u32::from(scale))?),
        _ => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_their_order() {
        let floats = [f64::NEG_INFINITY, -1.5, -0.0, 0.0, 5e-324, 1.5, f64::INFINITY, f64::NAN];
        for pair in floats.windows(2) {
            assert!(ordered(pair[0].to_bits()) < ordered(pair[1].to_bits()), "{pair:?}");
            assert!(Bound::Float(pair[0]) < Bound::Float(pair[1]), "{pair:?}");
        }
        for float in floats {
            assert_eq!(
                ordered(ordered(float.to_bits()).cast_unsigned()).cast_unsigned(),
                float.to_bits()
            );
        }
    }

    #[test]
    fn readings_are_apart() {
        let mut tally = Tally::EMPTY;
        tally.add_shared(7);
        tally.add_real(1.234, Marks::Plain);
        tally.add_whole(1234, Marks::DotComma);
        let with = |marks| Notation {
            marks,
            ..Notation::default()
        };
        let cases = [
            (
                ColumnType::Float64,
                Marks::Plain,
                Some((Bound::Float(1.234), Bound::Float(7.0))),
            ),
            (
                ColumnType::Float64,
                Marks::DotComma,
                Some((Bound::Float(7.0), Bound::Float(1234.0))),
            ),
            (
                ColumnType::Int64,
                Marks::DotComma,
                Some((Bound::Whole(7), Bound::Whole(1234))),
            ),
            (
                ColumnType::Decimal(9, 2),
                Marks::DotComma,
                Some((Bound::Whole(700), Bound::Whole(123_400))),
            ),
            (ColumnType::Int64, Marks::Plain, None),
            (ColumnType::Utf8, Marks::Plain, None),
        ];
        for (kind, marks, expected) in cases {
            assert_eq!(tally.bounds(kind, with(marks)), expected, "{kind} {marks:?}");
        }
        let mut unknown = Tally::EMPTY;
        unknown.add_shared(7);
        unknown.add_unknown(Marks::Plain);
        assert_eq!(unknown.bounds(ColumnType::Decimal(38, 1), Notation::default()), None);
        assert_eq!(Tally::EMPTY.bounds(ColumnType::Int64, Notation::default()), None);
    }
}
