//! Moments from ISO 8601 text and other written forms, exactly or not at all.
//!
//! The grammar is in the table of `column`. A leap second is no moment here. The input is trimmed already.

use crate::value::dates::{ISO_BYTES, parse_date32, split_date};
use crate::value::notation::{Clock, DateForm};
use crate::value::times::{parse_offset, split_time};

const DAY_SECONDS: i64 = 86_400;

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

/// What is behind the mark between a date and its time.
#[inline]
fn behind_date(rest: &[u8], form: DateForm) -> Option<&[u8]> {
    match rest {
        [b'T' | b't' | b' ', time @ ..] => Some(time),
        [b',', b' ', time @ ..] if form != DateForm::Iso => Some(time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::times::parse_time;

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
