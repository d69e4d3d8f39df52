//! Whole numbers and decimals of a fixed scale from text, exactly or not at all.
//!
//! A text that would not survive the number (leading zeros, a plus sign, too many digits for the type) is refused: the
//! caller keeps it as text. The input is trimmed already.

use crate::value::kind::MAX_DIGITS;

/// How many digits the text begins with, and the number they make; that is meaningless if there are more than 19.
#[inline]
pub(crate) fn leading_digits(text: &[u8]) -> (usize, u64) {
    let mut number = 0u64;
    for (count, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (count, number);
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    (text.len(), number)
}

/// Reads `-?(0|[1-9]\d*)` within 64 bits, but not `-0`.
#[inline]
pub(crate) fn parse_int64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    let leading_zero = digits.first() == Some(&b'0') && (negative || digits.len() > 1);
    if digits.is_empty() || digits.len() > 19 || leading_zero {
        return None;
    }
    let mut magnitude = 0u64; // 19 digits stay below 2^64
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative {
        0i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

/// Reads `0|[1-9]\d*` within 64 bits.
#[inline]
pub(crate) fn parse_uint64(text: &[u8]) -> Option<u64> {
    if text.is_empty() || (text.len() > 1 && text[0] == b'0') {
        return None;
    }
    text.iter().try_fold(0u64, |n, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| n.checked_mul(10)?.checked_add(u64::from(digit)))?
    })
}

/// Reads `-?(0|[1-9]\d*)` of up to 38 digits, but not `-0`.
pub(crate) fn parse_whole(text: &[u8]) -> Option<i128> {
    let digits = sign(text).1;
    let written = digits.iter().all(u8::is_ascii_digit) && text != b"-0";
    parse_decimal128(text, MAX_DIGITS, 0).filter(|_| written)
}

/// Reads `-?digits[.digits]` as a multiple of 10^-`scale` of at most `digits` digits, exactly.
///
/// Zeros at the end of the fraction do not count, leading zeros are refused.
#[inline]
pub(crate) fn parse_decimal128(text: &[u8], digits: u8, scale: u8) -> Option<i128> {
    let (negative, body) = sign(text);
    let point = body.iter().position(|&b| b == b'.').unwrap_or(body.len());
    let (whole, fraction) = (&body[..point], body.get(point + 1..).unwrap_or(&[]));
    if whole.len() + fraction.len() == 0 || (whole.len() > 1 && whole[0] == b'0') {
        return None;
    }
    let zeros = fraction.iter().rev().take_while(|b| **b == b'0').count();
    let fraction = &fraction[..fraction.len() - zeros];
    let significant = if whole == b"0" { 0 } else { whole.len() };
    let scale = usize::from(scale);
    if fraction.len() > scale || significant + scale > usize::from(digits.min(MAX_DIGITS)) {
        return None;
    }
    let padding = std::iter::repeat_n(&b'0', scale - fraction.len());
    let magnitude = whole.iter().chain(fraction).chain(padding).try_fold(0i128, |n, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| n * 10 + i128::from(digit)) // at most 38 digits stay below 2^127
    })?;
    Some(if negative { -magnitude } else { magnitude })
}

#[inline]
pub(super) fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        let cases: [(&str, Option<i64>); 15] = [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("1234567890", Some(1_234_567_890)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("-9223372036854775809", None),
            ("99999999999999999999", None),
            ("-0", None),
            ("00", None),
            ("01", None),
            ("+1", None),
            ("", None),
            ("-", None),
            ("1 2", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_int64(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn larger_whole_numbers() {
        let nines = "9".repeat(38);
        let cases = [
            ("0", Some(0), Some(0)),
            ("18446744073709551615", Some(u64::MAX), Some(i128::from(u64::MAX))),
            ("18446744073709551616", None, Some(i128::from(u64::MAX) + 1)),
            ("-1", None, Some(-1)),
            (&nines, None, Some(10i128.pow(38) - 1)),
            ("100000000000000000000000000000000000000", None, None),
            ("007", None, None),
            ("-0", None, None),
            ("+1", None, None),
            ("", None, None),
            ("-", None, None),
            ("5.", None, None),
            ("1.0", None, None),
        ];
        for (text, unsigned, whole) in cases {
            assert_eq!(parse_uint64(text.as_bytes()), unsigned, "{text:?}");
            assert_eq!(parse_whole(text.as_bytes()), whole, "{text:?}");
        }
    }

    #[test]
    fn decimals_of_a_scale() {
        let cases = [
            ("1.5", 18, 2, Some(150)),
            ("12", 18, 2, Some(1200)),
            ("-0.01", 18, 2, Some(-1)),
            ("-0.00", 18, 2, Some(0)),
            (".5", 18, 2, Some(50)),
            ("5.", 18, 2, Some(500)),
            ("1.2300", 18, 2, Some(123)),
            ("1.234", 18, 2, None),
            ("999.99", 5, 2, Some(99_999)),
            ("1000", 5, 2, None),
            ("0.99", 2, 2, Some(99)),
            ("1.00", 2, 2, None),
            ("00.5", 5, 2, None),
            ("1e2", 5, 2, None),
            (".", 5, 2, None),
            ("", 5, 2, None),
            ("1.2.3", 5, 2, None),
            ("+1", 5, 2, None),
        ];
        for (text, digits, scale, expected) in cases {
            assert_eq!(parse_decimal128(text.as_bytes(), digits, scale), expected, "{text:?}");
        }
    }
}
