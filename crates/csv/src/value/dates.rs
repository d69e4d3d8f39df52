//! Days from ISO 8601 text and other written forms, exactly or not at all. The input is trimmed already.

use crate::value::calendar::{days, two};
use crate::value::notation::DateForm;

/// How long `YYYY-MM-DD` is.
pub(super) const ISO_BYTES: usize = 10;

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

/// Takes a date off the text, also one whose month or day has a single digit: days since 1970-01-01.
pub(super) fn split_date(text: &[u8], form: DateForm) -> Option<(i32, &[u8])> {
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
}
