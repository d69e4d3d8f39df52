//! The common forms of numbers, dates and moments, eight or sixteen digits at a time.
//!
//! Each function answers exactly as its namesake in `numbers` or `temporal`, or not at all: `None` says only that the text
//! is not of the common form, and has to be read by the other one. They take a place in a text instead of a slice, because
//! what is in front of the place is loaded with it.
//!
//! The arithmetic on all digits of a machine word at once is the one of Daniel Lemire's and Geoff Langdale's articles on
//! number parsing.

use crate::value::floats::{POWERS, is_exact};

/// A byte in each place.
pub(crate) const ONES: u64 = u64::MAX / 255;
const WIDE_ONES: u128 = u128::MAX / 255;

/// What [`numbers::parse_int64`](super::numbers::parse_int64) reads, up to 16 digits.
#[inline(always)]
pub(crate) fn int64(text: &[u8], start: usize, end: usize) -> Option<i64> {
    let negative = *text.get(start)? == b'-';
    let start = start + usize::from(negative);
    let number = digits(text, start, end)?;
    // Zeros in front, and a minus in front of zero, would be lost.
    if text[start] == b'0' && (negative || end - start > 1) {
        return None;
    }
    let number = number as i64;
    Some(if negative { -number } else { number })
}

/// What [`floats::parse_float64`](super::floats::parse_float64) reads, up to 16 bytes of digits with a point, as far as
/// it is exact.
#[inline(always)]
pub(crate) fn float64(text: &[u8], start: usize, end: usize) -> Option<f64> {
    let negative = *text.get(start)? == b'-';
    let start = start + usize::from(negative);
    let (mantissa, places) = match end.wrapping_sub(start) {
        1..=8 => decimal8(text, start, end)?,
        9..=16 => decimal16(text, start, end)?,
        _ => return None,
    };
    let zero_in_front = text[start] == b'0' && end - start > 1 && text[start + 1] != b'.';
    if zero_in_front || !is_exact(mantissa) {
        return None;
    }
    let value = mantissa as f64 / POWERS[places];
    Some(if negative { -value } else { value })
}

/// What [`dates::parse_date32`](super::dates::parse_date32) reads.
#[inline(always)]
pub(crate) fn date32(text: &[u8], start: usize, end: usize) -> Option<i32> {
    if end.wrapping_sub(start) != 10 {
        return None;
    }
    let bytes: &[u8; 10] = text.get(start..end)?.try_into().ok()?;
    let (front, back) = bytes.split_at(8);
    let front = word(front) ^ u64::from_le_bytes(*b"0000-00-");
    let day = u16::from_le_bytes([back[0], back[1]]) ^ u16::from_le_bytes(*b"00");
    let dashes = front & 0xff00_00ff_0000_0000;
    if others_than_digits(front) | others_than_digits(u64::from(day)) | dashes != 0 {
        return None;
    }
    // Each even byte is now the number that it makes with the next one.
    let pairs = front.wrapping_mul(10).wrapping_add(front >> 8);
    let pair = |byte: u32| (pairs >> (8 * byte)) as u32 & 0xff;
    let (year, month) = (pair(0) * 100 + pair(2), pair(5));
    let day = u32::from(day & 0xff) * 10 + u32::from(day >> 8);
    days(year, month, day)
}

/// What [`temporal::parse_moment`](super::temporal::parse_moment) reads of a date in ISO form and a time to the second, in
/// microseconds.
#[inline(always)]
pub(crate) fn timestamp(text: &[u8], start: usize, end: usize) -> Option<i64> {
    if end.wrapping_sub(start) != 19 {
        return None;
    }
    let days = date32(text, start, start + 10)?;
    let bytes: &[u8; 9] = text.get(start + 10..end)?.try_into().ok()?;
    let (parting, time) = bytes.split_at(1);
    let time = word(time) ^ u64::from_le_bytes(*b"00:00:00");
    let colons = time & 0x0000_ff00_00ff_0000;
    if !matches!(parting, b"T" | b" ") || others_than_digits(time) | colons != 0 {
        return None;
    }
    let pairs = time.wrapping_mul(10).wrapping_add(time >> 8);
    let pair = |byte: u32| (pairs >> (8 * byte)) as i64 & 0xff;
    let (hours, minutes, seconds) = (pair(0), pair(3), pair(6));
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((i64::from(days) * 86_400 + hours * 3600 + minutes * 60 + seconds) * 1_000_000)
}

/// The same with `Z` behind it.
#[inline(always)]
pub(crate) fn timestamp_utc(text: &[u8], start: usize, end: usize) -> Option<i64> {
    let last = end.checked_sub(1)?;
    (text.get(last) == Some(&b'Z')).then(|| timestamp(text, start, last))?
}

/// The number that 1 to 16 digits make.
#[inline(always)]
fn digits(text: &[u8], start: usize, end: usize) -> Option<u64> {
    match end.wrapping_sub(start) {
        count @ 1..=8 => {
            let digits = load8(text, end, count)?;
            (others_than_digits(digits) == 0).then(|| number8(digits))
        }
        count @ 9..=16 => {
            let digits = load16(text, end, count)?;
            number16(digits)
        }
        _ => None,
    }
}

/// The number that digits make with or without a point among them, and how many of them are behind it.
#[inline(always)]
fn decimal8(text: &[u8], start: usize, end: usize) -> Option<(u64, usize)> {
    let bytes = load8(text, end, end - start)?;
    // All bits of a byte are clear where there is a point.
    let points = bytes ^ (u64::from(b'.' ^ b'0') * ONES);
    let point = points.wrapping_sub(ONES) & !points & (0x80 * ONES);
    if point == 0 {
        return (others_than_digits(bytes) == 0).then(|| (number8(bytes), 0));
    }
    let at = point.trailing_zeros() & !7;
    let below = bytes & ((1 << at) - 1);
    let above = (bytes >> at >> 8) << at << 8;
    let digits = above | (below << 8);
    let only_point = end - start == 1;
    (others_than_digits(digits) == 0 && !only_point).then(|| (number8(digits), 7 - at as usize / 8))
}

/// The same for up to 16 bytes.
#[inline(always)]
fn decimal16(text: &[u8], start: usize, end: usize) -> Option<(u64, usize)> {
    let bytes = load16(text, end, end - start)?;
    let points = bytes ^ (u128::from(b'.' ^ b'0') * WIDE_ONES);
    let point = points.wrapping_sub(WIDE_ONES) & !points & (0x80 * WIDE_ONES);
    if point == 0 {
        return Some((number16(bytes)?, 0));
    }
    let at = point.trailing_zeros() & !7;
    let below = bytes & ((1 << at) - 1);
    let above = (bytes >> at >> 8) << at << 8;
    Some((number16(above | (below << 8))?, 15 - at as usize / 8))
}

/// The `count` bytes before `end`, each less the digit zero, in the highest places of a word; what is below is 0.
#[inline(always)]
fn load8(text: &[u8], end: usize, count: usize) -> Option<u64> {
    let bytes = text.get(end.wrapping_sub(8)..end)?;
    let unused = 64 - 8 * count as u32;
    Some(((word(bytes) ^ (0x30 * ONES)) >> unused) << unused)
}

/// The same of up to 16 bytes.
#[inline(always)]
fn load16(text: &[u8], end: usize, count: usize) -> Option<u128> {
    let bytes: &[u8; 16] = text.get(end.wrapping_sub(16)..end)?.try_into().ok()?;
    let unused = 128 - 8 * count as u32;
    Some(((u128::from_le_bytes(*bytes) ^ (0x30 * WIDE_ONES)) >> unused) << unused)
}

#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("it is eight bytes"))
}

/// The bytes that are none of 0 to 9, by their highest bits.
#[inline(always)]
pub(crate) fn others_than_digits(bytes: u64) -> u64 {
    (bytes | bytes.wrapping_add(0x76 * ONES)) & (0x80 * ONES)
}

/// The number that eight digits make, the first of them in the lowest byte.
#[inline(always)]
fn number8(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let second = ((pairs >> 16) & PAIRS).wrapping_mul(1 + (10_000 << 32));
    first.wrapping_add(second) >> 32
}

/// The number that sixteen digits make; `None` if there is something else among them.
#[inline(always)]
fn number16(digits: u128) -> Option<u64> {
    let (first, second) = (digits as u64, (digits >> 64) as u64);
    let valid = others_than_digits(first) | others_than_digits(second) == 0;
    valid.then(|| number8(first) * 100_000_000 + number8(second))
}

/// Days since 1970-01-01, if there is such a day.
#[inline(always)]
fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    /// How many days a month has, and how many come before it in a year that starts with March.
    const MONTHS: [(u8, u16); 16] = [
        (0, 0),
        (31, 306),
        (29, 337),
        (31, 0),
        (30, 31),
        (31, 61),
        (30, 92),
        (31, 122),
        (31, 153),
        (30, 184),
        (31, 214),
        (30, 245),
        (31, 275),
        (0, 0),
        (0, 0),
        (0, 0),
    ];
    let (length, before) = MONTHS[(month & 15) as usize];
    if month > 15 || day.wrapping_sub(1) >= u32::from(length) {
        return None;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if month == 2 && day == 29 && !leap {
        return None;
    }
    // Four hundred years more keep January and February of year 0 positive.
    let year = year + 400 - u32::from(month <= 2);
    let century = year / 100;
    let days = year * 365 + year / 4 - century + century / 4 + u32::from(before) + day - 1;
    Some(days as i32 - 719_468 - 146_097)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::value::notation::DateForm;
    use crate::value::{dates, floats, numbers, temporal};

    /// What is read of `text` within other text, or nothing.
    fn within<T: PartialEq + std::fmt::Debug>(
        text: &str,
        read: impl Fn(&[u8], usize, usize) -> Option<T>,
    ) -> Option<T> {
        let short = read(text.as_bytes(), 0, text.len());
        let padded = format!("9876543210987654{text}9876543210987654");
        let found = read(padded.as_bytes(), 16, 16 + text.len());
        assert!(short.is_none() || short == found, "{text:?}: {short:?}, {found:?}");
        found
    }

    pub(crate) const TEXTS: [&str; 66] = [
        "",
        "-",
        ".",
        "-.",
        "0",
        "-0",
        "00",
        "01",
        "-01",
        "7",
        "-7",
        "12",
        "1234567",
        "12345678",
        "123456789",
        "-123456789",
        "1234567890123456",
        "-1234567890123456",
        "12345678901234567",
        "9007199254740992",
        "9007199254740993",
        "9999999999999999",
        "1 ",
        " 1",
        "+1",
        "1a",
        "a",
        "1/",
        "1:",
        "12345678a",
        "é",
        "1.5",
        "-1.5",
        "0.5",
        "00.5",
        "0.",
        ".5",
        "-.5",
        "5.",
        "1.2.3",
        "..",
        "1.25",
        "123.4567",
        "1234.5678",
        "0.0",
        "-0.0",
        "0.30000000000000004",
        "12345678.9",
        "123456789.12345",
        "12345678901234.5",
        "9007199254740.993",
        "1e5",
        "nan",
        "2024-02-29",
        "2023-02-29",
        "0000-01-01",
        "9999-12-31",
        "2024-13-01",
        "2024-00-10",
        "2024-04-31",
        "2024/01/01",
        "2024-02-29 10:20:30",
        "2024-02-29T23:59:59",
        "2024-02-29T24:00:00",
        "2024-02-29 10:20:60",
        "2024-02-29 10-20:30",
    ];

    #[test]
    fn whatever_is_read_is_what_the_others_read() {
        for text in TEXTS {
            let bytes = text.as_bytes();
            let int = within(text, int64);
            assert!(int.is_none() || int == numbers::parse_int64(bytes), "{text:?}: {int:?}");
            let bits = |value: f64| value.to_bits();
            let float = within(text, float64).map(bits);
            assert!(
                float.is_none() || float == floats::parse_float64(bytes).map(bits),
                "{text:?}"
            );
            assert_eq!(within(text, date32), dates::parse_date32(bytes), "{text:?}");
            let zoned = format!("{text}Z");
            for (text, micros) in [(text, within(text, timestamp)), (&zoned, within(&zoned, timestamp_utc))] {
                let moment = temporal::parse_moment(text.as_bytes(), DateForm::Iso);
                let expected = moment
                    .filter(|m| m.zoned == text.ends_with('Z'))
                    .and_then(|m| m.micros());
                assert!(micros.is_none() || micros == expected, "{text:?}: {micros:?}");
            }
        }
    }

    #[test]
    fn the_common_forms_are_read() {
        let ints = ["0", "7", "-7", "12345678", "-1234567890123456"];
        let floats = [
            "0",
            "-0",
            "-1.5",
            ".5",
            "5.",
            "0.5",
            "1234.5678",
            "12345678901234.5",
            "9007199254740992",
        ];
        assert!(ints.iter().all(|text| within(text, int64).is_some()));
        assert!(floats.iter().all(|text| within(text, float64).is_some()));
        assert_eq!(within("1970-01-02 00:00:01", timestamp), Some(86_401_000_000));
        assert_eq!(within("1970-01-02T00:00:01Z", timestamp_utc), Some(86_401_000_000));
    }

    #[test]
    fn every_day_is_the_same_day() {
        for year in 0..=9999 {
            for (month, day) in (0..=13).flat_map(|m| (0..=32).map(move |d| (m, d))) {
                let text = format!("{year:04}-{month:02}-{day:02}");
                assert_eq!(
                    date32(text.as_bytes(), 0, 10),
                    dates::parse_date32(text.as_bytes()),
                    "{text}"
                );
            }
        }
    }
}
