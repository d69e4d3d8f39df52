//! The text of a cell as a value of a type in a notation: the one place that says which parser reads which of them.
//!
//! The text is trimmed and not empty. Where a notation is known when the code is compiled, so is the way to its parser.

use crate::value::kind::ColumnType;
use crate::value::marks::Rewriter;
use crate::value::notation::{DateForm, Marks, Notation, Words};
use crate::value::units::Room;
use crate::value::{dates, floats, numbers, temporal, times, words};

/// Whether a column of this type and notation can hold the text of a cell; blanks around it do not count, and nothing but
/// blanks is NULL.
pub(crate) fn reads(kind: ColumnType, notation: Notation, cell: &[u8]) -> bool {
    let text = words::trim(cell);
    text.is_empty() || is_value(kind, notation, text) || (notation.null_words && words::is_null_word(text))
}

fn is_value(kind: ColumnType, notation: Notation, text: &[u8]) -> bool {
    if !kind.is_number() {
        return is_other(kind, notation, text);
    }
    let mut room = Room::new();
    let number = notation.signs.strip(text, &mut room);
    number.is_some_and(|text| is_number(kind, notation, text))
}

/// Whether a number that is stripped of its signs is one of the type.
fn is_number(kind: ColumnType, notation: Notation, text: &[u8]) -> bool {
    let marks = notation.marks;
    match kind {
        ColumnType::Int64 => int64(text, marks).is_some(),
        ColumnType::UInt64 => uint64(text, marks).is_some(),
        ColumnType::Decimal(digits, scale) => decimal128(text, marks, digits, scale).is_some(),
        _ => float64(text, marks, notation.code_free).is_some(),
    }
}

/// Whether a text is a value of a type that has no numbers.
fn is_other(kind: ColumnType, notation: Notation, text: &[u8]) -> bool {
    match kind {
        ColumnType::Boolean => boolean(text, notation.words).is_some(),
        ColumnType::Utf8 => true,
        ColumnType::Date32 => date32(text, notation.date).is_some(),
        _ => clocked(text, kind, notation).is_some(),
    }
}

#[inline(always)]
pub(crate) fn boolean(text: &[u8], words: Words) -> Option<bool> {
    words::parse_boolean(text, words)
}

#[inline(always)]
pub(crate) fn int64(text: &[u8], marks: Marks) -> Option<i64> {
    numbers::parse_int64(Rewriter::new().plain(text, marks)?)
}

#[inline(always)]
pub(crate) fn uint64(text: &[u8], marks: Marks) -> Option<u64> {
    numbers::parse_uint64(Rewriter::new().plain(text, marks)?)
}

/// A decimal number as units of its last digit.
#[inline(always)]
pub(crate) fn decimal128(text: &[u8], marks: Marks, digits: u8, scale: u8) -> Option<i128> {
    numbers::parse_decimal128(Rewriter::new().plain(text, marks)?, digits, scale)
}

/// A float; one that may be a code is none if the column is `code_free`.
#[inline(always)]
pub(crate) fn float64(text: &[u8], marks: Marks, code_free: bool) -> Option<f64> {
    let mut rewriter = Rewriter::new();
    let plain = rewriter.plain(text, marks)?;
    floats::parse_float64(plain).filter(|_| !(code_free && floats::may_be_code(plain)))
}

/// A date as days since 1970-01-01.
#[inline(always)]
pub(crate) fn date32(text: &[u8], form: DateForm) -> Option<i32> {
    dates::parse_date(text, form)
}

/// A value of a type with a time of day, in the unit of that type.
#[inline(always)]
pub(crate) fn clocked(text: &[u8], kind: ColumnType, notation: Notation) -> Option<i64> {
    let Notation { date, clock, .. } = notation;
    match kind {
        ColumnType::Time => Some(times::parse_time(text)?.by(clock)?.nanos()),
        ColumnType::TimestampNs => temporal::parse_moment(text, date)?.naive(clock)?.nanos(),
        ColumnType::TimestampUtc => temporal::parse_moment(text, DateForm::Iso)?.utc(clock)?.micros(),
        ColumnType::TimestampUtcNs => temporal::parse_moment(text, DateForm::Iso)?.utc(clock)?.nanos(),
        _ => temporal::parse_moment(text, date)?.naive(clock)?.micros(),
    }
}
