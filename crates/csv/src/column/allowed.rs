//! Which candidates a text allows, and what its value is in each of them.

use crate::column::candidates::{Candidates, Number, Types};
use crate::column::tally::{self, Tally};
use crate::value::marks::Rewriter;
use crate::value::notation::{DateForm, Marks, Words};
use crate::value::temporal::{self, Moment};
use crate::value::times::TimeOfDay;
use crate::value::{dates, floats, numbers, times, words};

impl Candidates {
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
            None if floats::is_exact(number) && count <= 19 && (count == 1 || value[0] != b'0') => {
                tally.add_number(i128::from(number), count as u32);
                Self::SMALL
            }
            Some(b'.') => match floats::parse_float64(value) {
                Some(float) => Self::of_point(value, float, wanted, tally),
                None if floats::is_decimal(value) => Self::of_long(tally),
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
        let Some(days) = dates::parse_date32(value) else {
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
            if let Some(truth) = words::parse_boolean(value, words) {
                tally.add_shared(i128::from(truth));
                return Self::words(words);
            }
        }
        match value[0] {
            b'n' | b'N' | b'i' | b'I' if floats::parse_float64(value).is_some() => Self::of_float_word(value, tally),
            _ if wanted.meets(Self::moment(DateForm::NameDay)) => Self::of_form(value, DateForm::NameDay, tally),
            _ => Self::NONE,
        }
    }

    fn of_float_word(value: &[u8], tally: &mut Tally) -> Self {
        match floats::parse_float64(value) {
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
        let Some(float) = floats::parse_float64(value) else {
            if floats::is_decimal(value) && value.contains(&b'.') {
                return Self::of_long(tally);
            }
            return Self::of_marked(value, &Marks::ALL[1..], wanted, tally);
        };
        if !floats::is_number(value) {
            return Self::of_float_word(value, tally);
        }
        if value.contains(&b'.') {
            return Self::of_point(value, float, wanted, tally);
        }
        tally.number = true;
        tally.add_scientific(float, value.iter().any(|byte| b"+-".contains(byte)));
        let set = Self::FLOATS.or(Self::exact(value, float, wanted));
        if floats::may_be_code(value) {
            set
        } else {
            set.or(Self::CODE_FREE)
        }
    }

    /// Whether a float has all digits of its text, if that is wanted.
    #[inline]
    fn exact(plain: &[u8], float: f64, wanted: Candidates) -> Self {
        if wanted.meets(Self::EXACT) && floats::keeps_digits(plain, float) {
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
            } else if let Some(value) = floats::parse_float64(plain) {
                tally.add_fraction(value, marks);
                let set = Types::FLOAT.only(marks).or(Self::CODE_FREE);
                all = all.or(set).or(Self::exact(plain, value, wanted));
            } else if floats::is_decimal(plain) {
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
        let Some(time) = times::parse_time(value) else {
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

/// A plain whole number, and what holds it.
fn whole(plain: &[u8]) -> Option<(i128, Types)> {
    let value = match numbers::parse_int64(plain) {
        Some(value) => i128::from(value),
        None => numbers::parse_whole(plain)?,
    };
    let exact = u64::try_from(value.unsigned_abs()).is_ok_and(floats::is_exact);
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

/// Whether some type holds `value`, which is trimmed and not empty.
pub(crate) fn is_typed(value: &[u8]) -> bool {
    !Candidates::of(value, Candidates::ALL, &mut Tally::EMPTY.clone()).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::candidates::{MOMENT, NUMBERS};

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
