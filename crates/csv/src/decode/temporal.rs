//! Days, times and moments from ISO 8601 text and other written forms, exactly or not at all.
//!
//! The grammar is in the table of `types.rs`. The calendar is the proleptic Gregorian one, years 0000 to 9999; a leap
//! second is no moment here. The input is trimmed already.

use crate::notation::{Clock, DateForm};

const DAY_SECONDS: i64 = 86_400;

/// How long `YYYY-MM-DD` is.
const ISO_BYTES: usize = 10;

/// A date and time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Whole seconds since 1970-01-01 00:00, rounded down; in UTC if zoned.
    seconds: i64,
    /// Nanoseconds since then.
    nanos: i64,
    /// The text had `Z` or an offset.
    pub(crate) zoned: bool,
    /// The clock of its time; `None` for a bare date, which is midnight on any clock.
    pub(crate) clock: Option<Clock>,
}

impl Moment {
    /// Microseconds since 1970-01-01 00:00, if there is no smaller part.
    #[inline]
    pub(crate) fn micros(self) -> Option<i64> {
        (self.nanos % 1000 == 0).then(|| self.seconds * 1_000_000 + self.nanos / 1000)
    }

    /// Nanoseconds since 1970-01-01 00:00, if 64 bits hold them: from 1677 to 2262.
    #[inline]
    pub(crate) fn nanos(self) -> Option<i64> {
        self.seconds.checked_mul(1_000_000_000)?.checked_add(self.nanos)
    }

    /// Nanoseconds since 1970-01-01 00:00.
    #[inline]
    pub(crate) fn wide_nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }

    /// Itself, if it is in the naive time of `clock`.
    #[inline]
    pub(crate) fn naive(self, clock: Clock) -> Option<Self> {
        (!self.zoned && self.clock.is_none_or(|c| c == clock)).then_some(self)
    }

    /// Itself, if it is in UTC, by `clock`.
    #[inline]
    pub(crate) fn utc(self, clock: Clock) -> Option<Self> {
        (self.zoned && self.clock == Some(clock)).then_some(self)
    }
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOfDay {
    seconds: i64,
    nanos: i64,
    pub(crate) clock: Clock,
}

impl TimeOfDay {
    /// Itself, if it is by `clock`.
    pub(crate) fn by(self, clock: Clock) -> Option<Self> {
        (self.clock == clock).then_some(self)
    }

    /// Nanoseconds since midnight.
    #[inline]
    pub(crate) fn nanos(self) -> i64 {
        self.seconds * 1_000_000_000 + self.nanos
    }
}

/// Reads `YYYY-MM-DD` as days since 1970-01-01.
#[inline]
pub(crate) fn parse_date32(text: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    days(year, two(m1, m2)?, two(d1, d2)?)
}

/// Reads a date of any form as days since 1970-01-01.
#[inline]
pub(crate) fn parse_date(text: &[u8], form: DateForm) -> Option<i32> {
    match form {
        DateForm::Iso if text.len() == ISO_BYTES => parse_date32(text),
        _ => split_date(text, form).filter(|(_, rest)| rest.is_empty()).map(|d| d.0),
    }
}

/// Reads a date, or a date and a time of day; only an ISO date may have a zone behind the time.
#[inline]
pub(crate) fn parse_moment(text: &[u8], form: DateForm) -> Option<Moment> {
    let (days, rest) = match form {
        DateForm::Iso => match text.split_at_checked(ISO_BYTES) {
            Some((date, rest)) if let Some(days) = parse_date32(date) => (days, rest),
            _ => split_date(text, form)?,
        },
        _ => split_date(text, form)?,
    };
    let midnight = Moment {
        seconds: i64::from(days) * DAY_SECONDS,
        nanos: 0,
        zoned: false,
        clock: None,
    };
    if rest.is_empty() {
        return Some(midnight);
    }
    let (time, zone) = split_time(behind_date(rest, form)?, !matches!(rest[0], b'T' | b't'))?;
    let offset = if form == DateForm::Iso || zone.is_empty() {
        parse_offset(zone)?
    } else {
        return None;
    };
    Some(Moment {
        seconds: midnight.seconds + time.seconds - i64::from(offset.unwrap_or(0)),
        nanos: time.nanos,
        zoned: offset.is_some(),
        clock: Some(time.clock),
    })
}

/// Reads a time of day that stands alone.
pub(crate) fn parse_time(text: &[u8]) -> Option<TimeOfDay> {
    split_time(text, true).filter(|(_, rest)| rest.is_empty()).map(|t| t.0)
}

/// What is behind the mark between a date and its time.
#[inline]
fn behind_date(rest: &[u8], form: DateForm) -> Option<&[u8]> {
    match rest {
        [b'T' | b't' | b' ', time @ ..] => Some(time),
        [b',', b' ', time @ ..] if form != DateForm::Iso => Some(time),
        _ => None,
    }
}

/// Takes a date off the text, also one whose month or day has a single digit: days since 1970-01-01.
fn split_date(text: &[u8], form: DateForm) -> Option<(i32, &[u8])> {
    let ((year, month, day), rest) = match form {
        DateForm::Iso => year_first(text, b'-')?,
        DateForm::YearSlash => year_first(text, b'/')?,
        DateForm::YearDot => year_first(text, b'.')?,
        DateForm::DayName => split_day_name(text)?,
        DateForm::NameDay => split_name_day(text)?,
        DateForm::DaySlash => year_last(text, b'/')?,
        DateForm::DayDash => year_last(text, b'-')?,
        DateForm::DayDot => year_last(text, b'.')?,
        DateForm::MonthSlash => exchanged(year_last(text, b'/')?),
        DateForm::MonthDash => exchanged(year_last(text, b'-')?),
        DateForm::MonthDot => exchanged(year_last(text, b'.')?),
    };
    Some((days(year, month, day)?, rest))
}

/// Year, month and day, and what is behind them.
type Parts<'a> = ((i32, i32, i32), &'a [u8]);

fn year_first(text: &[u8], separator: u8) -> Option<Parts<'_>> {
    let (year, rest) = split_year(text)?;
    let (month, rest) = split_number(strip(rest, separator)?)?;
    let (day, rest) = split_number(strip(rest, separator)?)?;
    Some(((year, month, day), rest))
}

fn year_last(text: &[u8], separator: u8) -> Option<Parts<'_>> {
    let (day, rest) = split_number(text)?;
    let (month, rest) = split_number(strip(rest, separator)?)?;
    let (year, rest) = split_year(strip(rest, separator)?)?;
    Some(((year, month, day), rest))
}

fn exchanged(((year, month, day), rest): Parts<'_>) -> Parts<'_> {
    ((year, day, month), rest)
}

/// Takes `5 Jan 2024` or `05-January-2024` apart.
fn split_day_name(text: &[u8]) -> Option<Parts<'_>> {
    let (day, rest) = split_number(text)?;
    let separator = *rest.first().filter(|b| matches!(b, b' ' | b'-'))?;
    let (month, rest) = split_month(&rest[1..])?;
    let (year, rest) = split_year(strip(rest, separator)?)?;
    Some(((year, month, day), rest))
}

/// Takes `Jan 5, 2024` or `January 5 2024` apart.
fn split_name_day(text: &[u8]) -> Option<Parts<'_>> {
    let (month, rest) = split_month(text)?;
    let (day, rest) = split_number(strip(rest, b' ')?)?;
    let rest = strip(rest, b',').unwrap_or(rest);
    let (year, rest) = split_year(strip(rest, b' ')?)?;
    Some(((year, month, day), rest))
}

fn strip(text: &[u8], byte: u8) -> Option<&[u8]> {
    text.split_first()
        .filter(|(first, _)| **first == byte)
        .map(|(_, rest)| rest)
}

/// Takes one or two digits off the text.
fn split_number(text: &[u8]) -> Option<(i32, &[u8])> {
    let (&tens, rest) = text.split_first()?;
    match rest.split_first() {
        Some((&ones, rest)) if ones.is_ascii_digit() => Some((two(tens, ones)?, rest)),
        _ => Some((two(b'0', tens)?, rest)),
    }
}

fn split_year(text: &[u8]) -> Option<(i32, &[u8])> {
    let &[y1, y2, y3, y4, ref rest @ ..] = text else {
        return None;
    };
    Some((two(y1, y2)? * 100 + two(y3, y4)?, rest))
}

/// Takes the English name of a month off the text, or its first three letters, or `Sept`.
fn split_month(text: &[u8]) -> Option<(i32, &[u8])> {
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let letters = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (word, rest) = text.split_at(letters);
    let is = |name: &&[u8]| {
        let short = word.eq_ignore_ascii_case(&name[..3]) || (name[0] == b's' && word.eq_ignore_ascii_case(b"sept"));
        short || word.eq_ignore_ascii_case(name)
    };
    let index = NAMES.iter().position(is)?;
    Some((i32::try_from(index).ok()? + 1, rest))
}

/// Takes a time off the text. Without AM or PM its hour has two digits, or one if `short` allows.
#[inline]
fn split_time(text: &[u8], short: bool) -> Option<(TimeOfDay, &[u8])> {
    let (hour, digits, rest) = match *text {
        [h1, h2, b':', ref rest @ ..] => (two(h1, h2)?, 2, rest),
        [h, b':', ref rest @ ..] => (two(b'0', h)?, 1, rest),
        _ => return None,
    };
    let &[m1, m2, ref rest @ ..] = rest else {
        return None;
    };
    let minute = two(m1, m2)?;
    let (second, nanos, rest) = split_seconds(rest)?;
    let (hour, clock, rest) = match split_half(rest) {
        Some((afternoon, rest)) if (1..=12).contains(&hour) => (hour % 12 + 12 * afternoon, Clock::Hours12, rest),
        None if short || digits == 2 => (hour, Clock::Hours24, rest),
        _ => return None,
    };
    let time = TimeOfDay {
        seconds: i64::from(hour * 3600 + minute * 60 + second),
        nanos: i64::from(nanos),
        clock,
    };
    (hour <= 23 && minute <= 59 && second <= 59).then_some((time, rest))
}

/// Takes `AM` (0) or `PM` (1) off the text, with or without a blank in front.
#[inline]
fn split_half(text: &[u8]) -> Option<(i32, &[u8])> {
    let text = match text {
        [] => return None,
        [b' ', rest @ ..] | [0xE2, 0x80, 0xAF, rest @ ..] => rest, // also U+202F
        _ => text,
    };
    match text {
        [b'A' | b'a', b'M' | b'm', rest @ ..] => Some((0, rest)),
        [b'P' | b'p', b'M' | b'm', rest @ ..] => Some((1, rest)),
        _ => None,
    }
}

/// Takes `[:SS[.f{1,9}]]` off the text: seconds, nanoseconds, and what is behind.
#[inline]
fn split_seconds(text: &[u8]) -> Option<(i32, i32, &[u8])> {
    const POWERS: [i32; 10] = [0, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1];
    let &[b':', s1, s2, ref rest @ ..] = text else {
        return Some((0, 0, text));
    };
    let second = two(s1, s2)?;
    let Some((b'.' | b',', fraction)) = rest.split_first() else {
        return Some((second, 0, rest));
    };
    let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let (digits, zone) = fraction.split_at(count);
    let nanos = digits.iter().fold(0, |n, b| n * 10 + i32::from(b - b'0')) * POWERS[count];
    Some((second, nanos, zone))
}

/// Reads a zone as seconds east of UTC; `Some(None)` if there is none.
#[inline]
fn parse_offset(text: &[u8]) -> Option<Option<i32>> {
    let text = match *text {
        [] => return Some(None),
        [b' ', ref zone @ ..] => zone,
        _ => text,
    };
    let (sign, hour, minute) = match *text {
        [b'Z' | b'z'] | [b'U', b'T', b'C'] => return Some(Some(0)),
        [sign, h1, h2] => (sign, two(h1, h2)?, 0),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, two(h1, h2)?, two(m1, m2)?),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let seconds = hour * 3600 + minute * 60;
    match sign {
        b'+' => Some(Some(seconds)),
        b'-' => Some(Some(-seconds)),
        _ => None,
    }
}

/// Days since 1970-01-01, if there is such a day.
#[inline]
fn days(year: i32, month: i32, day: i32) -> Option<i32> {
    let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    valid.then(|| days_from_civil(year, month, day))
}

#[inline]
fn two(tens: u8, ones: u8) -> Option<i32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i32::from(tens) * 10 + i32::from(ones))
}

#[inline]
fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a valid date, by counting years from March on: the leap day comes last.
#[inline]
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let year = year + 400; // keeps January and February of year 0 positive; 400 years are 146,097 days
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    days - 719_468 - 146_097
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let cases: [(&str, Option<i32>); 16] = [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2024-03-01", Some(19_783)),
            ("9999-12-31", Some(2_932_896)),
            ("0000-01-01", Some(-719_528)),
            ("0001-01-01", Some(-719_162)),
            ("1900-02-29", None),
            ("2023-02-29", None),
            ("2023-04-31", None),
            ("2023-00-10", None),
            ("2023-13-10", None),
            ("2023-01-00", None),
            ("2023-1-01", None),
            ("2023/01/01", None),
            ("2023-01-011", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_date32(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn every_day_follows_the_day_before() {
        let mut last = parse_date32(b"0000-01-01").unwrap() - 1;
        for year in 0..=9999 {
            for (month, day) in (1..=12).flat_map(|m| (1..=31).map(move |d| (m, d))) {
                if let Some(days) = parse_date32(format!("{year:04}-{month:02}-{day:02}").as_bytes()) {
                    assert_eq!(days, last + 1);
                    last = days;
                }
            }
        }
    }

    #[test]
    fn moments() {
        let cases: [(&str, Option<(i64, bool)>); 35] = [
            ("1970-01-01T00:00", Some((0, false))),
            ("1970-01-01 00:00:01", Some((1_000_000_000, false))),
            ("1970-01-02T01:02:03.5", Some((90_123_500_000_000, false))),
            ("1970-01-01T00:00:00.000001", Some((1000, false))),
            ("1970-01-01T00:00:00.000001000", Some((1000, false))),
            ("1970-01-01T00:00:00.000000001", Some((1, false))),
            ("1970-01-01 00:00:00,25", Some((250_000_000, false))),
            ("1970-01-01T00:00:00.0000000000", None),
            ("1970-01-01T00:00:00.", None),
            ("1970-01-01T00:00Z", Some((0, true))),
            ("1970-01-01T00:00:00Z", Some((0, true))),
            ("1970-01-01T01:00:00+01:00", Some((0, true))),
            ("1970-01-01T01:30:00+0130", Some((0, true))),
            ("1970-01-01 00:00:00-02", Some((7_200_000_000_000, true))),
            ("1970-01-01T00:00:00.25+00", Some((250_000_000, true))),
            ("1970-01-01 00:00:00 +0100", Some((-3_600_000_000_000, true))),
            ("1970-01-01 00:00:00 UTC", Some((0, true))),
            ("1970-01-01t00:00:00z", Some((0, true))),
            ("1969-12-31T23:59:59.999999", Some((-1000, false))),
            ("1970-01-01 9:30", Some((34_200_000_000_000, false))),
            ("1970-1-1 9:30", Some((34_200_000_000_000, false))),
            ("1970-1-01T09:30Z", Some((34_200_000_000_000, true))),
            ("1970-01-01", Some((0, false))),
            ("1970-01-01T24:00:00", None),
            ("1970-01-01T00:60:00", None),
            ("1970-01-01T00:00:60", None),
            ("1970-01-01T00:00:00+24:00", None),
            ("1970-01-01T00:00:00  Z", None),
            ("1970-01-01T00:00:00 ", None),
            ("1970-01-01T0:00", None),
            ("1970-01-01T", None),
            ("1970-01-01, 00:00", None),
            ("1970-01-01T00:00:00+1", None),
            ("1970-01-01T00:00:00 CET", None),
            ("1970-01-01T00:00:00é", None),
        ];
        for (text, expected) in cases {
            let moment = parse_moment(text.as_bytes(), DateForm::Iso);
            assert_eq!(moment.map(|m| (m.nanos().unwrap(), m.zoned)), expected, "{text:?}");
        }
    }

    #[test]
    fn other_forms() {
        use DateForm::{
            DayDash, DayDot, DayName, DaySlash, MonthDash, MonthDot, MonthSlash, NameDay, YearDot, YearSlash,
        };
        let iso = |text: &str| parse_date32(text.as_bytes());
        let cases: [(DateForm, &str, Option<i32>); 37] = [
            (YearSlash, "2024/02/29", iso("2024-02-29")),
            (YearSlash, "2024/2/9", iso("2024-02-09")),
            (YearSlash, "2024-02-29", None),
            (YearSlash, "2024/02/30", None),
            (YearSlash, "24/02/29", None),
            (YearDot, "2024.02.29", iso("2024-02-29")),
            (DaySlash, "31/01/2024", iso("2024-01-31")),
            (DaySlash, "1/2/2024", iso("2024-02-01")),
            (DaySlash, "01/31/2024", None),
            (DaySlash, "1/2/24", None),
            (DaySlash, "1/2/20245", None),
            (DaySlash, "001/2/2024", None),
            (DaySlash, "1/2-2024", None),
            (DaySlash, "1//2024", None),
            (DayDash, "31-01-2024", iso("2024-01-31")),
            (DayDot, "31.1.2024", iso("2024-01-31")),
            (MonthSlash, "01/31/2024", iso("2024-01-31")),
            (MonthSlash, "31/01/2024", None),
            (MonthDash, "1-31-2024", iso("2024-01-31")),
            (MonthDot, "01.31.2024", iso("2024-01-31")),
            (DayName, "5 Jan 2024", iso("2024-01-05")),
            (DayName, "05-JAN-2024", iso("2024-01-05")),
            (DayName, "29 february 2024", iso("2024-02-29")),
            (DayName, "5 May 2024", iso("2024-05-05")),
            (DayName, "5-Jan 2024", None),
            (DayName, "5 Jan 24", None),
            (DayName, "5 Janu 2024", None),
            (DayName, "5Jan2024", None),
            (DayName, "31 Jun 2024", None),
            (NameDay, "Jan 5, 2024", iso("2024-01-05")),
            (NameDay, "January 05 2024", iso("2024-01-05")),
            (NameDay, "Dec 31,2024", None),
            (NameDay, "Mai 5, 2024", None),
            (NameDay, "Jan 5, 2024 ", None),
            (NameDay, "Jan", None),
            (NameDay, "", None),
            (DateForm::Iso, "2024-01-05", iso("2024-01-05")),
        ];
        for (form, text, expected) in cases {
            assert_eq!(parse_date(text.as_bytes(), form), expected, "{text:?} as {form:?}");
        }
    }

    #[test]
    fn other_moments() {
        let hours = |h: i64| h * 3_600_000_000_000;
        let cases = [
            (DateForm::DaySlash, "2/1/1970", Some((hours(24), None))),
            (
                DateForm::DaySlash,
                "2/1/1970 1:00",
                Some((hours(25), Some(Clock::Hours24))),
            ),
            (
                DateForm::DaySlash,
                "2/1/1970, 01:00:00",
                Some((hours(25), Some(Clock::Hours24))),
            ),
            (
                DateForm::MonthSlash,
                "1/2/1970 1:00 PM",
                Some((hours(37), Some(Clock::Hours12))),
            ),
            (
                DateForm::MonthSlash,
                "1/2/1970 12:00:00AM",
                Some((hours(24), Some(Clock::Hours12))),
            ),
            (
                DateForm::NameDay,
                "Jan 1, 1970 12:00 pm",
                Some((hours(12), Some(Clock::Hours12))),
            ),
            (DateForm::NameDay, "Jan 1, 1970 13:00 pm", None),
            (DateForm::NameDay, "Jan 1, 1970 0:00 am", None),
            (
                DateForm::YearSlash,
                "1970/01/01T10:00:00.5",
                Some((hours(10) + 500_000_000, Some(Clock::Hours24))),
            ),
            (DateForm::YearSlash, "1970/01/01 10:00Z", None),
        ];
        for (form, text, expected) in cases {
            let moment = parse_moment(text.as_bytes(), form);
            assert_eq!(moment.map(|m| (m.nanos().unwrap(), m.clock)), expected, "{text:?}");
        }
    }

    #[test]
    fn times_of_day() {
        let cases = [
            ("00:00", Some((0, Clock::Hours24))),
            ("23:59:59.999999999", Some((86_399_999_999_999, Clock::Hours24))),
            ("9:30", Some((34_200_000_000_000, Clock::Hours24))),
            ("9:3", None),
            (":30", None),
            ("9:30 AM", Some((34_200_000_000_000, Clock::Hours12))),
            ("12:00 AM", Some((0, Clock::Hours12))),
            ("12:30:01PM", Some((45_001_000_000_000, Clock::Hours12))),
            ("24:00", None),
            ("10:60", None),
            ("10:5", None),
            ("10:30Z", None),
            ("10", None),
            ("13:00 PM", None),
        ];
        for (text, expected) in cases {
            let time = parse_time(text.as_bytes());
            assert_eq!(time.map(|t| (t.nanos(), t.clock)), expected, "{text:?}");
        }
    }

    #[test]
    fn units() {
        let moment = |text: &str| parse_moment(text.as_bytes(), DateForm::Iso).unwrap();
        let cases = [
            ("1970-01-01 00:00:00.000001", Some(1), Some(1000)),
            ("1970-01-01 00:00:00.0000011", None, Some(1100)),
            ("9999-12-31", Some(253_402_214_400_000_000), None),
            ("0000-01-01", Some(-62_167_219_200_000_000), None),
        ];
        for (text, micros, nanos) in cases {
            assert_eq!((moment(text).micros(), moment(text).nanos()), (micros, nanos), "{text}");
        }
        assert_eq!(moment("9999-12-31").wide_nanos(), 253_402_214_400_000_000_000);
        assert_eq!(parse_time(b"00:00:00.0000001").unwrap().nanos(), 100);
    }
}
