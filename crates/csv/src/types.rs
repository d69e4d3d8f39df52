//! Which types can hold a text without loss, and what the texts of a column amount to.
//!
//! Every cell allows a set of types; a column allows the types that all its cells allow, and takes the first of them in
//! the order Boolean, Int64, Float64, Date32, Timestamp, TimestampUtc, or else Utf8. Sets only shrink, so cells may be
//! seen in any order and by any number of workers. The rules, blanks (space, tab) around the value ignored:
//!
//! | type | texts |
//! |---|---|
//! | none asked | an empty cell, quoted or not: NULL in every column; a cell of only blanks: NULL in a typed column, kept in Utf8 |
//! | Boolean | `true`, `false`, any case; not 0 and 1 |
//! | Int64 | `-?(0\|[1-9]\d*)` within 64 bits; not `00123` (an identifier), `+5`, `-0` (their text would be lost) |
//! | Float64 | `-?digits[.digits][e[+-]digits]`, also `.5` and `5.`; no leading zeros; finite; not a nonzero that underflows to zero; whole numbers only up to 2^53; the words `nan`, `inf`, `-inf`, `infinity`, any case, but a column of only words is text |
//! | Date32 | `YYYY-MM-DD`, a day of the calendar |
//! | Timestamp | `YYYY-MM-DD[T ]HH:MM[:SS[.f]]`, 1–9 digits of fraction, those beyond microseconds zero; a Date32 text is midnight |
//! | TimestampUtc | the same (never a bare date) with `Z`, `±HH`, `±HHMM` or `±HH:MM` behind |
//!
//! A column without any value is Utf8.

use crate::decode::{numbers, temporal, text};
use crate::schema::ColumnType;

/// The types a column can take, in order of preference; Utf8 is what remains.
const PREFERENCE: [ColumnType; 6] = [
    ColumnType::Boolean,
    ColumnType::Int64,
    ColumnType::Float64,
    ColumnType::Date32,
    ColumnType::Timestamp,
    ColumnType::TimestampUtc,
];

/// A set of column types; Utf8 is a member always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TypeSet(u8);

impl TypeSet {
    pub(crate) const NONE: TypeSet = TypeSet(0);
    const ALL: TypeSet = TypeSet(0b11_1111);

    const fn just(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Utf8 => TypeSet::NONE,
            typed => TypeSet(1 << typed as u8),
        }
    }

    const fn and(self, kind: ColumnType) -> Self {
        TypeSet(self.0 | TypeSet::just(kind).0)
    }

    /// Whether a column of type `kind` can hold what this set was made from.
    pub(crate) fn allows(self, kind: ColumnType) -> bool {
        let wanted = TypeSet::just(kind).0;
        self.0 & wanted == wanted
    }

    /// The types that hold `value`, which is trimmed and not empty, without loss.
    pub(crate) fn of(value: &[u8]) -> Self {
        match value.first() {
            Some(b'0'..=b'9') if value.get(4) == Some(&b'-') => Self::of_temporal(value),
            Some(b'0'..=b'9' | b'-' | b'.' | b'n' | b'N' | b'i' | b'I') => Self::of_number(value),
            Some(b't' | b'T' | b'f' | b'F') if text::parse_boolean(value).is_some() => {
                TypeSet::just(ColumnType::Boolean)
            }
            _ => TypeSet::NONE,
        }
    }

    fn of_number(value: &[u8]) -> Self {
        if let Some(whole) = numbers::parse_int64(value) {
            let set = TypeSet::just(ColumnType::Int64);
            return if numbers::is_exact(whole.unsigned_abs()) {
                set.and(ColumnType::Float64)
            } else {
                set
            };
        }
        numbers::parse_float64(value).map_or(TypeSet::NONE, |_| TypeSet::just(ColumnType::Float64))
    }

    fn of_temporal(value: &[u8]) -> Self {
        if temporal::parse_date32(value).is_some() {
            return TypeSet::just(ColumnType::Date32).and(ColumnType::Timestamp);
        }
        match temporal::parse_timestamp(value) {
            Some(moment) if moment.zoned => TypeSet::just(ColumnType::TimestampUtc),
            Some(_) => TypeSet::just(ColumnType::Timestamp),
            None => TypeSet::NONE,
        }
    }
}

/// What the cells of a column say about its type; grows cell by cell and merges in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Evidence {
    allowed: TypeSet,
    /// There was a cell that is not NULL in a typed column.
    value: bool,
    /// There was a number, not only words such as `nan`.
    number: bool,
}

impl Evidence {
    pub(crate) const NONE: Evidence = Evidence {
        allowed: TypeSet::ALL,
        value: false,
        number: false,
    };

    /// The types that one cell allows, and what it says of a column that has no other.
    pub(crate) fn of(cell: &[u8]) -> (TypeSet, Evidence) {
        let mut evidence = Evidence::NONE;
        (evidence.observe(cell), evidence)
    }

    /// Takes in the text of a cell; returns the types it allows.
    pub(crate) fn observe(&mut self, cell: &[u8]) -> TypeSet {
        let value = text::trim(cell);
        if value.is_empty() {
            return TypeSet::ALL;
        }
        let set = TypeSet::of(value);
        self.value = true;
        self.allowed.0 &= set.0;
        self.number |= set.allows(ColumnType::Float64) && numbers::is_number(value);
        set
    }

    /// Whether no further cell can change the outcome.
    pub(crate) fn is_text(&self) -> bool {
        self.allowed == TypeSet::NONE
    }

    /// Takes in what was seen elsewhere of the same column.
    pub(crate) fn merge(&mut self, other: Evidence) {
        self.allowed.0 &= other.allowed.0;
        self.value |= other.value;
        self.number |= other.number;
    }

    /// The type of the column.
    pub(crate) fn kind(&self) -> ColumnType {
        let words_only = |kind| kind == ColumnType::Float64 && !self.number;
        let first = PREFERENCE
            .into_iter()
            .find(|&kind| self.allowed.allows(kind) && !words_only(kind));
        first.filter(|_| self.value).unwrap_or(ColumnType::Utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColumnType::{Boolean, Date32, Float64, Int64, Timestamp, TimestampUtc, Utf8};

    fn kind(cells: &[&str]) -> ColumnType {
        let mut evidence = Evidence::NONE;
        for cell in cells {
            evidence.observe(cell.as_bytes());
        }
        evidence.kind()
    }

    #[test]
    fn columns() {
        let cases: [(&[&str], ColumnType); 29] = [
            (&[], Utf8),
            (&["", "  ", "\t"], Utf8),
            (&["1", "", " -2\t", " "], Int64),
            (&["0", "9223372036854775807", "-9223372036854775808"], Int64),
            (&["1", "2.5"], Float64),
            (&["9007199254740992", "2.5"], Float64),
            (&["9007199254740993", "2.5"], Utf8),
            (&["-9007199254740993", "2.5"], Utf8),
            (&["9223372036854775808"], Utf8),
            (&["00123"], Utf8),
            (&["+5"], Utf8),
            (&["-0"], Float64),
            (&["1", "-0"], Float64),
            (&["nan", "1"], Float64),
            (&["NaN", "-Inf", "infinity"], Utf8),
            (&["1e400"], Utf8),
            (&["1e-400"], Utf8),
            (&[".5", "-.5", "5.", "1E+05"], Float64),
            (&["true", "FALSE", ""], Boolean),
            (&["true", "1"], Utf8),
            (&["2024-02-29"], Date32),
            (&["2023-02-29"], Utf8),
            (&["2024-02-29", "2024-02-29 10:00"], Timestamp),
            (&["2024-02-29T10:00:00Z", "2024-02-29 10:00:00.5+0530"], TimestampUtc),
            (&["2024-02-29T10:00:00Z", "2024-02-29 10:00:00"], Utf8),
            (&["2024-02-29T10:00:00Z", "2024-02-29"], Utf8),
            (&["2024-02-29", "1"], Utf8),
            (&["1", "x"], Utf8),
            (&["2024"], Int64),
        ];
        for (cells, expected) in cases {
            assert_eq!(kind(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn order_and_grouping_do_not_matter() {
        let cells = ["1", "nan", "", "2.5", "9007199254740993", "true", "2024-01-01"];
        for split in 0..cells.len() {
            let (left, right) = cells.split_at(split);
            let gather = |cells: &[&str]| {
                cells.iter().rev().fold(Evidence::NONE, |mut e, c| {
                    e.observe(c.as_bytes());
                    e
                })
            };
            let mut merged = gather(right);
            merged.merge(gather(left));
            assert_eq!(merged, gather(&cells));
        }
    }
}
