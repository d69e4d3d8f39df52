//! Times of day and zones from text, exactly or not at all. The input is trimmed already.

use crate::value::calendar::two;
use crate::value::notation::Clock;

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOfDay {
    pub(super) seconds: i64,
    pub(super) nanos: i64,
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

/// Reads a time of day that stands alone.
pub(crate) fn parse_time(text: &[u8]) -> Option<TimeOfDay> {
    split_time(text, true).filter(|(_, rest)| rest.is_empty()).map(|t| t.0)
}

/// Takes a time off the text. Without AM or PM its hour has two digits, or one if `short` allows.
#[inline]
pub(super) fn split_time(text: &[u8], short: bool) -> Option<(TimeOfDay, &[u8])> {
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
pub(super) fn parse_offset(text: &[u8]) -> Option<Option<i32>> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
