//! Floats from text, without loss or not at all.
//!
//! A text that would not survive the float (leading zeros, too many digits) is refused: the caller keeps it as text. The
//! input is trimmed already.

use crate::value::numbers::sign;

/// The largest whole number up to which every whole number is a float: 2^53.
const EXACT: u64 = 1 << 53;

/// How many digits of a number a float keeps, whatever they are.
const FLOAT_DIGITS: usize = 15;

/// Powers of ten that are floats exactly.
pub(crate) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Whether a whole number of this size is a float exactly, as all its neighbours towards zero are.
pub(crate) fn is_exact(magnitude: u64) -> bool {
    magnitude <= EXACT
}

/// Whether a text that [`parse_float64`] takes is a number, not a word such as `nan`.
pub(crate) fn is_number(text: &[u8]) -> bool {
    text.last().is_some_and(|b| b.is_ascii_digit() || *b == b'.')
}

/// Whether a number may be a code as well, as `12E3` is one beside `14F2`: digits, `e` and digits, where programs that write
/// floats would have one digit other than zero in front.
pub(crate) fn may_be_code(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| b"eE".contains(byte));
    let (Some(mantissa), Some(exponent)) = (parts.next(), parts.next()) else {
        return false;
    };
    let is_zero = mantissa == b"0" && exponent.iter().any(|digit| *digit != b'0');
    let are_digits = [mantissa, exponent]
        .iter()
        .all(|part| part.iter().all(u8::is_ascii_digit));
    are_digits && (mantissa.len() > 1 || is_zero)
}

/// Whether a text is `-?digits[.digits]` without leading zeros, of any length.
pub(crate) fn is_decimal(text: &[u8]) -> bool {
    let body = sign(text).1;
    split_decimal(body).is_some_and(|decimal| !decimal.scientific)
}

/// Reads a decimal number or one of the words `nan`, `inf` and `infinity`; see the table in `column`.
#[inline]
pub(crate) fn parse_float64(text: &[u8]) -> Option<f64> {
    let (negative, body) = sign(text);
    match body.first()? {
        b'0'..=b'9' | b'.' => parse_decimal(text, body, negative),
        _ => parse_word(body, negative),
    }
}

fn parse_word(body: &[u8], negative: bool) -> Option<f64> {
    if body.eq_ignore_ascii_case(b"nan") && !negative {
        return Some(f64::NAN);
    }
    let infinite = body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity");
    infinite.then_some(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// The parts of a decimal number.
struct Decimal {
    /// Its digits without the point, leading zeros dropped; meaningless if there are more than 19.
    mantissa: u64,
    /// How many digits that are, without leading zeros.
    significant: usize,
    /// The power of ten the mantissa is multiplied with.
    exponent: i32,
    /// It has neither a point nor an exponent.
    whole: bool,
    /// It has an exponent.
    scientific: bool,
}

#[inline]
fn parse_decimal(text: &[u8], body: &[u8], negative: bool) -> Option<f64> {
    let decimal = split_decimal(body)?;
    let exact = decimal.significant <= 19 && is_exact(decimal.mantissa);
    if decimal.whole && !exact {
        return None;
    }
    let power = decimal.exponent.unsigned_abs() as usize;
    if exact && power < POWERS.len() {
        let mantissa = decimal.mantissa as f64;
        let value = if decimal.exponent < 0 {
            mantissa / POWERS[power]
        } else {
            mantissa * POWERS[power]
        };
        return Some(if negative { -value } else { value });
    }
    let value: f64 = fast_float2::parse(text).ok()?;
    let underflow = value == 0.0 && decimal.significant > 0;
    // From 2^53 on a float does not even keep whole numbers: `9007199254740993.0` is refused, as its last digit would be lost.
    let is_lost = || value.abs() >= EXACT as f64 && !decimal.scientific && !keeps_digits(text, value);
    (value.is_finite() && !underflow && !is_lost()).then_some(value)
}

/// Takes a number without its sign apart; `None` if it does not follow the grammar.
#[inline]
fn split_decimal(body: &[u8]) -> Option<Decimal> {
    let mut decimal = Decimal {
        mantissa: 0,
        significant: 0,
        exponent: 0,
        whole: true,
        scientific: false,
    };
    let before = take_digits(body, &mut decimal);
    let (mut rest, mut after) = (&body[before..], 0);
    if let Some((b'.', fraction)) = rest.split_first() {
        after = take_digits(fraction, &mut decimal);
        rest = &fraction[after..];
        decimal.whole = false;
        decimal.exponent = -i32::try_from(after).ok()?;
    }
    let leading_zero = before > 1 && body[0] == b'0';
    if before + after == 0 || leading_zero {
        return None;
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        (decimal.whole, decimal.scientific) = (false, true);
        decimal.exponent = decimal.exponent.saturating_add(parse_exponent(exponent)?);
        rest = &[];
    }
    rest.is_empty().then_some(decimal)
}

/// Adds the digits at the start of `text` to the mantissa; returns how many there are.
#[inline]
fn take_digits(text: &[u8], decimal: &mut Decimal) -> usize {
    let mut count = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        count += 1;
        decimal.mantissa = decimal.mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        decimal.significant += usize::from(digit != 0 || decimal.significant > 0);
    }
    count
}

/// Reads `[+-]digits`, however large.
fn parse_exponent(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits
        .iter()
        .fold(0i32, |n, b| n.saturating_mul(10).saturating_add(i32::from(b - b'0')));
    Some(if negative { -size } else { size })
}

/// Whether a float has all the digits of the plain number that it was read from.
pub(crate) fn keeps_digits(text: &[u8], float: f64) -> bool {
    let Some(decimal) = split_decimal(sign(text).1) else {
        return false;
    };
    match decimal.significant {
        0..=FLOAT_DIGITS => true,
        16..=19 => is_nearest(decimal.mantissa, decimal.exponent, float.abs()).unwrap_or_else(|| is_same(text, float)),
        _ => is_same(text, float),
    }
}

/// Whether of all numbers with as many digits `mantissa` times a power of ten is the nearest one to a float, which is not
/// negative; `None` if there are two, or if that takes more than 128 bits to tell.
fn is_nearest(mut mantissa: u64, exponent: i32, float: f64) -> Option<bool> {
    let mut places = usize::try_from(-exponent).ok()?;
    while mantissa.is_multiple_of(10) && places > 0 {
        (mantissa, places) = (mantissa / 10, places - 1);
    }
    let power = 10i128
        .checked_pow(u32::try_from(places).ok()?)
        .filter(|_| places < POWERS.len())?;
    let bits = float.to_bits();
    let (fraction, scale) = ((bits & ((1 << 52) - 1)) | 1 << 52, (bits >> 52) as i32 - 1075);
    let scaled = i128::from(fraction) * power;
    match u32::try_from(-scale) {
        // The float is fraction / 2^shift; half a unit of the last digit is 2^(shift - 1) on this scale.
        Ok(shift @ 1..=63) => {
            let away = (scaled - (i128::from(mantissa) << shift)).abs();
            let half = 1 << (shift - 1);
            (away != half).then_some(away < half)
        }
        _ => None,
    }
}

/// Whether a float has the digits of the text when it is written with as many, or with as few as tell it from others.
fn is_same(text: &[u8], float: f64) -> bool {
    let mantissa = text.split(|byte| b"eE".contains(byte)).next().unwrap_or_default();
    let digits = mantissa.iter().filter(|byte| byte.is_ascii_digit());
    let mut digits: Vec<u8> = digits.skip_while(|digit| **digit == b'0').copied().collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let is_written = |written: String| {
        let written = written.bytes().take_while(|byte| *byte != b'e');
        written.filter(u8::is_ascii_digit).eq(digits.iter().copied())
    };
    let places = digits.len().saturating_sub(1);
    is_written(format!("{float:.places$e}")) || is_written(format!("{float:e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_floats_keep() {
        let cases = [
            ("0.1", true),
            ("0.30000000000000004", true),
            ("0.1000000000000000055511151231257827021181583404541015625", true),
            ("1.000000000000000001", false),
            ("1.00000000000000000000", true),
            ("90071992547409.93", false),
            ("90071992547409.94", true),
            ("-1.7976931348623157e308", true),
            ("-1.7976931348623158e308", false),
        ];
        for (text, expected) in cases {
            let float = parse_float64(text.as_bytes()).unwrap();
            assert_eq!(keeps_digits(text.as_bytes(), float), expected, "{text:?}");
        }
    }

    #[test]
    fn both_ways_to_tell_lost_digits_agree() {
        let (mut state, mut told) = (1u64, [0; 2]);
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (mantissa, places) = (state >> 1, state % 22);
            let digits = format!("{mantissa:023}");
            let point = digits.len() - usize::try_from(places).unwrap();
            let text = format!("{}.{}", digits[..point].trim_start_matches('0'), &digits[point..]);
            let float = text.parse::<f64>().unwrap();
            let shortest = format!("{float:?}");
            for text in [&text, &shortest] {
                let expected = is_same(text.as_bytes(), float);
                told[usize::from(expected)] += 1;
                assert_eq!(keeps_digits(text.as_bytes(), float), expected, "{text}");
            }
        }
        assert!(told[0] > 1000 && told[1] > 20_000, "{told:?}");
    }

    #[test]
    fn decimal_numbers() {
        let accepted = [
            "0",
            "0.0",
            "1",
            "-1.5",
            ".5",
            "-.5",
            "5.",
            "5.e3",
            "1e5",
            "1E+05",
            "1e-7",
            "0.1",
            "3.141592653589793",
            "123456789012345680000000000000.0",
            "99999999999999991611392.00",
            "12345678901234567890123456789e1",
            "1.7976931348623157e308",
            "5e-324",
            "0e999999999999",
            "0.30000000000000004",
            "9007199254740992",
            "9007199254740994.0",
            "2.2250738585072011e-308",
            "1e22",
            "1e23",
            "8.5e15",
        ];
        for text in accepted {
            assert_eq!(
                parse_float64(text.as_bytes()),
                Some(text.parse::<f64>().unwrap()),
                "{text:?}"
            );
            assert!(is_number(text.as_bytes()));
        }
        let refused = [
            "9007199254740993.0",
            "123456789012345678901234567890.5",
            "",
            "-",
            ".",
            "-.",
            "+1",
            "00.5",
            "01",
            "1e",
            "1e+",
            "e5",
            "1.2.3",
            "1,5",
            "1_0",
            "0x10",
            "1e400",
            "-1e400",
            "1e-400",
            "9007199254740993",
            "1f",
            "-nan",
            "infinit",
            "n",
            "1e99999999999999999999",
        ];
        for text in refused {
            assert_eq!(parse_float64(text.as_bytes()), None, "{text:?}");
        }
        assert!(parse_float64(b"-0").is_some_and(|v| v == 0.0 && v.is_sign_negative()));
    }

    #[test]
    fn floats_that_may_be_codes() {
        for text in ["5381e182", "12E3", "89012e4", "10e0", "0e5", "0E12345"] {
            assert!(may_be_code(text.as_bytes()), "{text}");
        }
        for text in [
            "1e5", "9E12", "0e0", "0e00", "2.5E3", "12.e3", "1e-4", "12e-3", "12e+3", "-12e3", "123", "1.5", "inf",
        ] {
            assert!(!may_be_code(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words() {
        assert!(parse_float64(b"NaN").is_some_and(f64::is_nan));
        assert_eq!(parse_float64(b"-INF"), Some(f64::NEG_INFINITY));
        assert_eq!(parse_float64(b"Infinity"), Some(f64::INFINITY));
        assert!(!is_number(b"nan") && !is_number(b"inf") && !is_number(b"infinity"));
    }
}
