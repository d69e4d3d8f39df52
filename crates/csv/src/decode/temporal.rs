//! Days and moments from ISO 8601 text, exactly or not at all.
//!
//! The grammar is in the table of `types.rs`. The calendar is the proleptic Gregorian one, years 0000 to 9999; a leap
//! second is no moment here. The input is trimmed already.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A date and time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Microseconds since 1970-01-01 00:00; in UTC if zoned.
    pub(crate) micros: i64,
    /// The text had `Z` or an offset.
    pub(crate) zoned: bool,
}

/// Reads `YYYY-MM-DD` as days since 1970-01-01.
#[inline]
pub(crate) fn parse_date32(text: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    valid.then(|| days_from_civil(year, month, day))
}

/// Reads a date, or a date and a time without a zone: microseconds.
#[inline]
pub(crate) fn parse_naive(text: &[u8]) -> Option<i64> {
    if text.len() == 10 {
        return parse_date32(text).map(|days| i64::from(days) * DAY);
    }
    parse_timestamp(text)
        .filter(|moment| !moment.zoned)
        .map(|moment| moment.micros)
}

/// Reads a date and a time with `Z` or an offset: microseconds in UTC.
#[inline]
pub(crate) fn parse_utc(text: &[u8]) -> Option<i64> {
    parse_timestamp(text)
        .filter(|moment| moment.zoned)
        .map(|moment| moment.micros)
}

/// Reads a date and a time of day, with or without a zone.
#[inline]
pub(crate) fn parse_timestamp(text: &[u8]) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let days = i64::from(parse_date32(date)?);
    let &[b'T' | b' ', h1, h2, b':', m1, m2, ref rest @ ..] = rest else {
        return None;
    };
    let (hour, minute) = (two(h1, h2)?, two(m1, m2)?);
    let (second, fraction, zone) = parse_seconds(rest)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = parse_offset(zone)?;
    let seconds = i64::from(hour * 3600 + minute * 60 + second) - i64::from(offset.unwrap_or(0));
    Some(Moment {
        micros: days * DAY + seconds * SECOND + i64::from(fraction),
        zoned: offset.is_some(),
    })
}

/// Reads `[:SS[.f{1,9}]]`: seconds, microseconds, and what is behind.
#[inline]
fn parse_seconds(text: &[u8]) -> Option<(i32, i32, &[u8])> {
    let &[b':', s1, s2, ref rest @ ..] = text else {
        return Some((0, 0, text));
    };
    let second = two(s1, s2)?;
    let Some((b'.', fraction)) = rest.split_first() else {
        return Some((second, 0, rest));
    };
    let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, zone) = fraction.split_at(count);
    let lossy = digits.iter().skip(6).any(|&b| b != b'0');
    if count == 0 || count > 9 || lossy {
        return None;
    }
    let digit = |i: usize| digits.get(i).map_or(0, |b| i32::from(b - b'0'));
    Some((second, (0..6).fold(0, |n, i| n * 10 + digit(i)), zone))
}

/// Reads a zone as seconds east of UTC; `Some(None)` if there is none.
#[inline]
fn parse_offset(text: &[u8]) -> Option<Option<i32>> {
    let (sign, hour, minute) = match *text {
        [] => return Some(None),
        [b'Z'] => return Some(Some(0)),
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
        let cases: [(&str, Option<(i64, bool)>); 27] = [
            ("1970-01-01T00:00", Some((0, false))),
            ("1970-01-01 00:00:01", Some((1_000_000, false))),
            ("1970-01-02T01:02:03.5", Some((90_123_500_000, false))),
            ("1970-01-01T00:00:00.000001", Some((1, false))),
            ("1970-01-01T00:00:00.000001000", Some((1, false))),
            ("1970-01-01T00:00:00.0000011", None),
            ("1970-01-01T00:00:00.0000000000", None),
            ("1970-01-01T00:00:00.", None),
            ("1970-01-01T00:00Z", Some((0, true))),
            ("1970-01-01T00:00:00Z", Some((0, true))),
            ("1970-01-01T01:00:00+01:00", Some((0, true))),
            ("1970-01-01T01:30:00+0130", Some((0, true))),
            ("1970-01-01 00:00:00-02", Some((7_200_000_000, true))),
            ("1970-01-01T00:00:00.25+00", Some((250_000, true))),
            ("1969-12-31T23:59:59.999999", Some((-1, false))),
            ("1970-01-01T24:00:00", None),
            ("1970-01-01T00:60:00", None),
            ("1970-01-01T00:00:60", None),
            ("1970-01-01T00:00:00+24:00", None),
            ("1970-01-01T00:00:00 Z", None),
            ("1970-01-01T00:00:00z", None),
            ("1970-01-01t00:00:00", None),
            ("1970-01-01T0:00", None),
            ("1970-01-01T", None),
            ("1970-01-01", None),
            ("1970-01-01T00:00:00+1", None),
            ("1970-01-01T00:00:00é", None),
        ];
        for (text, expected) in cases {
            let moment = parse_timestamp(text.as_bytes()).map(|m| (m.micros, m.zoned));
            assert_eq!(moment, expected, "{text:?}");
        }
        assert_eq!(parse_naive(b"1970-01-02"), Some(DAY));
        assert_eq!(parse_naive(b"1970-01-01T00:00Z"), None);
        assert_eq!(parse_utc(b"1970-01-01T00:00"), None);
    }
}
