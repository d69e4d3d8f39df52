//! The sets of candidates: which types, in which notations, hold a text without loss.
//!
//! A number has a bit for every notation of its marks and, in each, for every type; a bare date and a moment have a bit
//! for every form. What all moments and times have in common, clock and precision, has bits of its own. So a candidate
//! for a column is one bit or a few, and what a column allows is the intersection of what its cells allow.

use crate::decode::marks::Rewriter;
use crate::decode::temporal::{self, Moment, TimeOfDay};
use crate::decode::{numbers, text};
use crate::notation::{Clock, DateForm, Marks, Notation, Words};
use crate::schema::{ColumnType, MAX_DIGITS};
use crate::tally::{self, Tally};

/// A set of candidates. That text is one always goes without saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidates(u64);

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
const NUMBERS: u32 = 5;
/// The lowest bits of the families; that of words is 0.
const NUMBER: u32 = 4;
const DATE: u32 = NUMBER + 6 * NUMBERS;
const MOMENT: u32 = DATE + 11;
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
    const USUAL: Candidates = Candidates::EXACT.or(Candidates::CODE_FREE);
    /// Whole numbers from 0 to 2^53, with any marks.
    const SMALL: Candidates = Candidates((1 << DATE) - (1 << NUMBER)).or(Candidates::USUAL);
    /// Floats, with any marks.
    const FLOATS: Candidates = Number::Any.with_any_marks().or(Number::Float64.with_any_marks());
    const CLOCKS: Candidates = Candidates::clock(Clock::Hours24).or(Candidates::clock(Clock::Hours12));
    const MOMENTS: Candidates = Candidates((1 << REST) - (1 << MOMENT));

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

    /// Those of `wanted` that hold `value`, which is trimmed and not empty, without loss; perhaps others too.
    ///
    /// The value goes into `tally`, in every reading that is wanted.
    #[inline]
    pub(crate) fn of(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        match value[0] {
            b'0'..=b'9' if value.get(4) == Some(&b'-') => Self::of_iso(value, wanted, tally),
            b'0'..=b'9' => Self::of_digits(value, wanted, tally),
            b'-' | b'.' | b',' => Self::of_number(value, wanted, tally),
            b'A'..=b'Z' | b'a'..=b'z' => Self::of_word(value, wanted, tally),
            _ => Self::NONE,
        }
    }

    /// Of a text that begins with a digit: what the digits end with tells a number from a date and a time.
    #[inline]
    fn of_digits(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        let (count, number) = numbers::leading_digits(value);
        match value.get(count) {
            None if numbers::is_exact(number) && count <= 19 && (count == 1 || value[0] != b'0') => {
                tally.add_number(i128::from(number), count as u32);
                Self::SMALL
            }
            Some(b'.') => match numbers::parse_float64(value) {
                Some(float) => Self::of_point(value, float, wanted, tally),
                None if numbers::is_decimal(value) => Self::of_long(tally),
                None => Self::of_marks_or_date(value, wanted, tally),
            },
            Some(b'-' | b'/') => Self::of_date(value, wanted, tally),
            Some(b':') => Self::of_time(value, tally),
            Some(b' ') => Self::of_marks_or_date(value, wanted, tally),
            Some(b',' | b'\'' | b'e' | b'E' | 0xC2 | 0xE2) => Self::of_fraction(value, wanted, tally),
            None => Self::of_number(value, wanted, tally),
            Some(_) => Self::NONE,
        }
    }

    /// Of a plain number with a decimal point and more digits than floats keep.
    fn of_long(tally: &mut Tally) -> Self {
        tally.number = true;
        tally.add_unknown(Marks::Plain);
        const { Number::Any.with_point().or(Self::CODE_FREE) }
    }

    /// Of a text that is no plain number.
    fn of_marks_or_date(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        match Self::of_marked(value, &Marks::ALL[1..], wanted, tally) {
            Self::NONE => Self::of_date(value, wanted, tally),
            set => set,
        }
    }

    /// Of a plain number with a decimal point, of which `float` is the value.
    #[inline]
    fn of_point(value: &[u8], float: f64, wanted: Candidates, tally: &mut Tally) -> Self {
        tally.number = true;
        tally.add_fraction(float, Marks::Plain);
        let floats = const { Number::Any.with_point().or(Number::Float64.with_point()) };
        let set = floats.or(Self::CODE_FREE);
        let set = set.or(Self::exact(value, float, wanted));
        if wanted.meets(Self::number(Number::Any, Marks::DotComma)) {
            return set.or(Self::of_marked(value, &[Marks::DotComma], wanted, tally));
        }
        set
    }

    /// Of a text with a dash where an ISO date has its first; `1-31-2024 10:00` and `1.5e-7` are not far.
    #[inline]
    fn of_iso(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        const DAY: i128 = 86_400_000_000_000;
        let Some(days) = temporal::parse_date32(value) else {
            let set = Self::of_form(value, DateForm::Iso, tally);
            return if set.is_none() {
                Self::of_digits(value, wanted, tally)
            } else {
                set
            };
        };
        let nanos = i128::from(days) * DAY;
        tally.add_shared(nanos);
        let set = Self::date(DateForm::Iso)
            .or(Self::moment(DateForm::Iso))
            .or(Self::CLOCKS);
        set.or(Self::precision(true, i64::try_from(nanos).is_ok()))
    }

    fn of_word(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        for words in Words::ALL {
            if let Some(truth) = text::parse_boolean(value, words) {
                tally.add_shared(i128::from(truth));
                return Self::words(words);
            }
        }
        match value[0] {
            b'n' | b'N' | b'i' | b'I' if numbers::parse_float64(value).is_some() => Self::of_float_word(value, tally),
            _ if wanted.meets(Self::moment(DateForm::NameDay)) => Self::of_form(value, DateForm::NameDay, tally),
            _ => Self::NONE,
        }
    }

    fn of_float_word(value: &[u8], tally: &mut Tally) -> Self {
        match numbers::parse_float64(value) {
            Some(infinite) if !infinite.is_nan() => {
                tally.add_real(infinite, Marks::Plain);
                tally.add_real(infinite, Marks::DotComma);
            }
            _ => tally.nans += 1,
        }
        Self::FLOATS.or(Self::USUAL)
    }

    /// Of a text that may be a whole number.
    fn of_number(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        let Some((whole, set)) = whole(value) else {
            return Self::of_fraction(value, wanted, tally);
        };
        tally.add_number(whole, tally::digits(whole));
        set.any_marks().or(Self::USUAL)
    }

    /// Of a text that is no plain whole number, but may be any other.
    #[inline]
    fn of_fraction(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        let Some(float) = numbers::parse_float64(value) else {
            if numbers::is_decimal(value) && value.contains(&b'.') {
                return Self::of_long(tally);
            }
            return Self::of_marked(value, &Marks::ALL[1..], wanted, tally);
        };
        if !numbers::is_number(value) {
            return Self::of_float_word(value, tally);
        }
        if value.contains(&b'.') {
            return Self::of_point(value, float, wanted, tally);
        }
        tally.number = true;
        tally.add_scientific(float, value.iter().any(|byte| b"+-".contains(byte)));
        let set = Self::FLOATS.or(Self::exact(value, float, wanted));
        if numbers::may_be_code(value) {
            set
        } else {
            set.or(Self::CODE_FREE)
        }
    }

    /// Whether a float has all digits of its text, if that is wanted.
    #[inline]
    fn exact(plain: &[u8], float: f64, wanted: Candidates) -> Self {
        if wanted.meets(Self::EXACT) && numbers::keeps_digits(plain, float) {
            Self::EXACT
        } else {
            Self::NONE
        }
    }

    /// Of a number with some of the given marks in it.
    fn of_marked(value: &[u8], marks: &[Marks], wanted: Candidates, tally: &mut Tally) -> Self {
        let mut rewriter = Rewriter::new();
        let mut all = Self::NONE;
        for &marks in marks {
            if !wanted.meets(Self::number(Number::Any, marks)) {
                continue;
            }
            let Some(plain) = rewriter.plain(value, marks) else {
                continue;
            };
            if let Some((value, set)) = whole(plain) {
                tally.add_whole(value, marks);
                all = all.or(set.only(marks)).or(Self::USUAL);
            } else if let Some(value) = numbers::parse_float64(plain) {
                tally.add_fraction(value, marks);
                let set = Types::FLOAT.only(marks).or(Self::CODE_FREE);
                all = all.or(set).or(Self::exact(plain, value, wanted));
            } else if numbers::is_decimal(plain) {
                tally.add_unknown(marks);
                all = all.or(Types::LONG.only(marks)).or(Self::CODE_FREE);
            }
        }
        tally.number |= !all.is_none();
        all
    }

    fn of_date(value: &[u8], wanted: Candidates, tally: &mut Tally) -> Self {
        if !wanted.meets(Self::MOMENTS) {
            return Self::NONE;
        }
        let forms = DateForm::ALL[1..].iter();
        let wanted = forms.filter(|&&form| wanted.meets(Self::moment(form)));
        wanted.fold(Self::NONE, |set, &form| set.or(Self::of_form(value, form, tally)))
    }

    #[inline]
    fn of_form(value: &[u8], form: DateForm, tally: &mut Tally) -> Self {
        let Some(moment) = temporal::parse_moment(value, form) else {
            return Self::NONE;
        };
        tally.add_moment(moment.wide_nanos(), form);
        Self::of_moment(moment, form)
    }

    #[inline]
    fn of_moment(moment: Moment, form: DateForm) -> Self {
        let precision = Self::precision(moment.micros().is_some(), moment.nanos().is_some());
        match moment.clock {
            None => Self::date(form).or(Self::moment(form)).or(Self::CLOCKS).or(precision),
            Some(clock) if moment.zoned => Self::UTC.or(Self::clock(clock)).or(precision),
            Some(clock) => Self::moment(form).or(Self::clock(clock)).or(precision),
        }
    }

    fn of_time(value: &[u8], tally: &mut Tally) -> Self {
        let Some(time) = temporal::parse_time(value) else {
            return Self::NONE;
        };
        let TimeOfDay { clock, .. } = time;
        tally.add_shared(i128::from(time.nanos()));
        Self::TIME.or(Self::clock(clock))
    }

    #[inline]
    fn precision(micros: bool, nanos: bool) -> Self {
        let micros = if micros { Self::MICROS } else { Self::NONE };
        micros.or(if nanos { Self::NANOS } else { Self::NONE })
    }
}

impl Number {
    const fn with_any_marks(self) -> Candidates {
        Types(1 << self as u32).any_marks()
    }

    /// With the marks of the notations that have a decimal point.
    const fn with_point(self) -> Candidates {
        let commas = Candidates::number(self, Marks::DotComma).or(Candidates::number(self, Marks::BlankComma));
        self.with_any_marks().without(commas)
    }
}

/// A set of [`Number`]s.
#[derive(Debug, Clone, Copy)]
struct Types(u64);

impl Types {
    const FLOAT: Types = Types(1 << Number::Any as u32 | 1 << Number::Float64 as u32);
    /// Of numbers that no type but an asked one holds.
    const LONG: Types = Types(1 << Number::Any as u32);

    const fn only(self, marks: Marks) -> Candidates {
        Candidates(self.0 << (NUMBER + NUMBERS * marks as u32))
    }

    const fn any_marks(self) -> Candidates {
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

/// A plain whole number, and what holds it.
fn whole(plain: &[u8]) -> Option<(i128, Types)> {
    let value = match numbers::parse_int64(plain) {
        Some(value) => i128::from(value),
        None => numbers::parse_whole(plain)?,
    };
    let exact = u64::try_from(value.unsigned_abs()).is_ok_and(numbers::is_exact);
    let holders = [
        (Number::Any, true),
        (Number::Int64, i64::try_from(value).is_ok()),
        (Number::UInt64, u64::try_from(value).is_ok()),
        (Number::Decimal, true),
        (Number::Float64, exact),
    ];
    let types = holders
        .iter()
        .fold(0, |set, &(number, fits)| set | u64::from(fits) << number as u32);
    Some((value, Types(types)))
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

    #[test]
    fn a_narrow_wish_changes_nothing_that_is_wanted() {
        // What a column allows has a type of number only if it has any number, and a date only if it has a moment; a
        // clock without a moment is of no use.
        let marks = Marks::ALL.map(|marks| Types((1 << NUMBERS) - 1).only(marks));
        let forms = DateForm::ALL.map(|form| Candidates::date(form).or(Candidates::moment(form)));
        let words = Words::ALL.map(Candidates::words);
        let rest = Candidates::ALL.without(Candidates((1 << MOMENT) - 1).or(Candidates::USUAL));
        let marks = marks.map(|marks| marks.or(Candidates::USUAL));
        let wishes: Vec<_> = [&marks[..], &forms, &words, &[rest]].concat();
        let values = [
            "1",
            "-1",
            "1.5",
            "1.234",
            "1,234",
            "1.234,5",
            "1.000000000000000001",
            "-9007199254740993.0",
            "9007199254740993,5",
            "1e-1",
            "12e3",
            "1,00000000000000000001",
            "1 234",
            "1'234.5",
            "-0",
            "nan",
            "18446744073709551615",
            "t",
            "2024-01-01",
            "1.2.2024",
            "01/02/2024 10:00",
            "Jan 5, 2024",
            "5 Jan 2024",
            "10:30 AM",
            "x",
        ];
        for value in values {
            let of = |wanted| Candidates::of(value.as_bytes(), wanted, &mut Tally::EMPTY.clone());
            let all = of(Candidates::ALL);
            // Digits are kept or lost by numbers only, and codes may be numbers only.
            let of_use = |set: Candidates, wanted: Candidates| match set.and(wanted) {
                set if Candidates::USUAL.holds(set) => Candidates::NONE,
                set => set,
            };
            for &wanted in &wishes {
                assert_eq!(of_use(of(wanted), wanted), of_use(all, wanted), "{value:?}, {wanted:?}");
            }
        }
    }
}
