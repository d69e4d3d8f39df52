//! A decimal number of any size, and its places among the decimals of a column.

use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, i256};
use datafusion::common::ScalarValue;

/// A number: its digits times a power of ten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Number {
    negative: bool,
    /// Without zeros at the beginning and the end; none for 0.
    digits: String,
    exponent: i64,
}

impl Number {
    /// Reads `[+-]digits[.digits][e[+-]digits]`.
    pub(in crate::engine) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = all.trim_end_matches('0');
        let zeros = all.len() - digits.len();
        let digits = digits.trim_start_matches('0').to_owned();
        let exponent = i64::from(exponent) + zeros as i64 - fraction.len() as i64;
        let is_zero = digits.is_empty();
        Some(Self {
            negative: text.starts_with('-') && !is_zero,
            digits,
            exponent: if is_zero { 0 } else { exponent },
        })
    }

    /// A float as it is written with the fewest digits: those that a person typed, if there were no more than 15.
    pub(super) fn of_float(float: f64) -> Option<Self> {
        Self::parse(&format!("{float:e}"))
    }

    /// The same number below zero if it was above, and the other way round.
    pub(super) fn negated(mut self) -> Self {
        self.negative = !self.negative && !self.digits.is_empty();
        self
    }

    /// How many digits are behind the point.
    pub(super) fn places(&self) -> u64 {
        self.exponent.min(0).unsigned_abs()
    }

    /// How many digits are in front of the point; fewer than 1 for numbers below 0.1.
    fn size(&self) -> i64 {
        self.digits.len() as i64 + self.exponent
    }

    /// The nearest float.
    pub(super) fn float(&self) -> Option<f64> {
        self.to_string().parse().ok()
    }

    /// The whole number, if it is one within 64 bits.
    pub(super) fn integer(&self) -> Option<ScalarValue> {
        if self.exponent < 0 || self.size() > 20 {
            return None;
        }
        let text = format!("{}{}", self.sign(), self.scaled(0)?);
        let unsigned = || text.parse().ok().map(|value| ScalarValue::UInt64(Some(value)));
        let signed = text.parse().ok().map(|value| ScalarValue::Int64(Some(value)));
        signed.or_else(unsigned)
    }

    /// Whether not every whole number of this size is a float.
    pub(super) fn is_beyond_floats(&self) -> bool {
        self.float().is_none_or(|float| float.abs() >= 9_007_199_254_740_992.0)
    }

    /// A decimal that compares with all decimals of this precision and scale as the number does: itself, if it is one of
    /// them; else one between the same two of them, or beyond them all. `None` if there is no room for such a one.
    pub(super) fn among(&self, precision: u8, scale: i8) -> Option<ScalarValue> {
        let places = u8::try_from(scale).ok()?;
        let size = i64::from(precision.checked_sub(places)?);
        if self.size() > size {
            let beyond = format!("1{}", "0".repeat(usize::try_from(size).ok()?));
            return self.of_digits(&beyond, 0, precision + 1);
        }
        if self.places() <= u64::from(places) {
            return self
                .of_digits(&self.scaled(places)?, scale, precision)
                .and_then(|exact| with_precision(exact, precision));
        }
        // What digits are behind the next one makes no difference.
        let between = format!("{}5", self.cut(places));
        self.of_digits(&between, scale.checked_add(1)?, precision + 1)
    }

    /// The decimal of this precision and scale that is nearest; `None` if the number is beyond them.
    pub(super) fn rounded(&self, precision: u8, scale: i8) -> Option<ScalarValue> {
        let places = u8::try_from(scale).ok()?;
        if self.places() <= u64::from(places) {
            let fits = self.size() <= i64::from(precision.checked_sub(places)?);
            return fits.then(|| self.among(precision, scale))?;
        }
        let (kept, next) = (self.cut(places), self.cut(places.checked_add(1)?));
        let up = next.as_bytes().last().is_some_and(|digit| *digit >= b'5') && next.len() > kept.len();
        let value: i256 = if kept.is_empty() {
            i256::ZERO
        } else {
            kept.parse().ok()?
        };
        let value = value + if up { i256::ONE } else { i256::ZERO };
        let text = value.to_string();
        let fits = text.len() <= usize::from(precision);
        let rounded = self.of_digits(&text, scale, precision).filter(|_| fits)?;
        with_precision(rounded, precision)
    }

    /// The digits of the number times ten to the power of `places`, if that is whole.
    fn scaled(&self, places: u8) -> Option<String> {
        let zeros = usize::try_from(self.exponent + i64::from(places)).ok()?;
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        (zeros <= usize::from(DECIMAL256_MAX_PRECISION)).then(|| format!("{digits}{}", "0".repeat(zeros)))
    }

    /// The digits of the number times ten to the power of `places`, without those behind the point.
    fn cut(&self, places: u8) -> String {
        let count = (self.size() + i64::from(places)).max(0);
        let digits = self.digits.chars().chain(std::iter::repeat('0'));
        digits.take(usize::try_from(count).unwrap_or_default()).collect()
    }

    /// The number as a decimal of this type; `None` if it is none of those.
    pub(in crate::engine) fn decimal(&self, data_type: &DataType) -> Option<ScalarValue> {
        let (DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale)) = data_type else {
            return None;
        };
        let places = u64::try_from(*scale).ok()?;
        let exact = self.rounded(*precision, *scale).filter(|_| self.places() <= places)?;
        exact.cast_to(data_type).ok()
    }

    /// A decimal of these digits, which is as wide as one of `room` digits has to be.
    fn of_digits(&self, digits: &str, scale: i8, room: u8) -> Option<ScalarValue> {
        let text = format!("{}{digits}", self.sign());
        let precision = u8::try_from(digits.len()).ok()?.max(scale.unsigned_abs()).max(1);
        if room <= DECIMAL128_MAX_PRECISION {
            return Some(ScalarValue::Decimal128(Some(text.parse().ok()?), precision, scale));
        }
        (room <= DECIMAL256_MAX_PRECISION && precision <= DECIMAL256_MAX_PRECISION)
            .then(|| Some(ScalarValue::Decimal256(Some(text.parse().ok()?), precision, scale)))?
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}0{}e{}", self.sign(), self.digits, self.exponent)
    }
}

/// The same decimal with this precision.
fn with_precision(decimal: ScalarValue, precision: u8) -> Option<ScalarValue> {
    match decimal {
        ScalarValue::Decimal128(value, _, scale) => Some(ScalarValue::Decimal128(value, precision, scale)),
        ScalarValue::Decimal256(value, _, scale) => Some(ScalarValue::Decimal256(value, precision, scale)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn texts() {
        for (text, same) in [
            ("1.50", "1.5"),
            ("007", "7"),
            ("1e3", "1000"),
            ("12.5E-1", "1.25"),
            ("-0.0", "0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+5", "5"),
        ] {
            assert_eq!(number(text), number(same), "{text}");
        }
        for text in ["", "-", ".", "e5", "1e", "1.2.3", "1 2", "x", "nan", "1e99999999999"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_ne!(number("9104209908849226329123"), number("9104209908849226329124"));
        assert_eq!(Number::of_float(1_234_567.89), Some(number("1234567.89")));
        assert_eq!(Number::of_float(f64::INFINITY), None);
    }

    #[test]
    fn among_decimals() {
        let d128 = |value: i128, precision, scale| Some(ScalarValue::Decimal128(Some(value), precision, scale));
        let d256 = |value: &str, precision, scale| {
            let value = value.parse().unwrap();
            Some(ScalarValue::Decimal256(Some(value), precision, scale))
        };
        let cases = [
            ("12.5", 18, 2, d128(1250, 18, 2)),
            ("-12.5", 18, 2, d128(-1250, 18, 2)),
            ("0", 18, 2, d128(0, 18, 2)),
            ("1e15", 18, 2, d128(10i128.pow(17), 18, 2)),
            ("12.345", 18, 2, d128(12345, 5, 3)),
            ("12.3412345", 18, 2, d128(12345, 5, 3)),
            ("0.00001", 18, 2, d128(5, 3, 3)),
            ("-1e16", 18, 2, d128(-(10i128.pow(16)), 17, 0)),
            ("1e300", 18, 2, d128(10i128.pow(16), 17, 0)),
            (
                "9104209908849226329123",
                38,
                0,
                d128(9_104_209_908_849_226_329_123, 38, 0),
            ),
            ("1e38", 38, 0, d256(&format!("1{}", "0".repeat(38)), 39, 0)),
            ("0.5", 38, 0, d256("5", 1, 1)),
            (
                "0.12345678901234567890",
                38,
                20,
                d128(12_345_678_901_234_567_890, 38, 20),
            ),
            ("1e40", 50, 2, d256(&format!("1{}", "0".repeat(42)), 50, 2)),
            ("1e80", 76, 0, None),
        ];
        for (text, precision, scale, expected) in cases {
            assert_eq!(number(text).among(precision, scale), expected, "{text}");
        }
    }

    #[test]
    fn order_is_kept() {
        // Of all decimals with two digits and a fraction of one, against numbers around them.
        let column: Vec<i64> = (-99..=99).collect();
        for hundredths in -1200_i32..=1200 {
            let text = format!(
                "{}{}.{:02}",
                if hundredths < 0 { "-" } else { "" },
                hundredths.abs() / 100,
                hundredths.abs() % 100
            );
            let ScalarValue::Decimal128(Some(value), _, scale) = number(&text).among(2, 1).unwrap() else {
                panic!("{text}");
            };
            for tenths in &column {
                let (mine, theirs) = match scale {
                    0 => (value * 100, i128::from(*tenths) * 10),
                    1 => (value * 10, i128::from(*tenths) * 10),
                    _ => (value, i128::from(*tenths) * 10),
                };
                assert_eq!(
                    mine.cmp(&theirs),
                    i128::from(hundredths).cmp(&theirs),
                    "{text} and {tenths}"
                );
            }
        }
    }

    #[test]
    fn rounding() {
        let cases = [
            ("1234567.89", 38, 18, Some("1234567890000000000000000")),
            ("1.005", 9, 2, Some("101")),
            ("-1.005", 9, 2, Some("-101")),
            ("1.0049999", 9, 2, Some("100")),
            ("0.004", 9, 2, Some("0")),
            ("0.009", 9, 2, Some("1")),
            ("99.996", 4, 2, None),
            ("100", 4, 2, None),
        ];
        for (text, precision, scale, expected) in cases {
            let found = number(text).rounded(precision, scale).map(|value| match value {
                ScalarValue::Decimal128(Some(value), ..) => value.to_string(),
                other => panic!("{other}"),
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
