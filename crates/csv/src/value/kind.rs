//! The types of values: what a column may hold, and their names.

use std::fmt;
use std::str::FromStr;

use arrow_schema::{DataType, TimeUnit};

/// The most digits of a [`ColumnType::Decimal`].
pub(crate) const MAX_DIGITS: u8 = 38;

/// The type of a column: one that holds each of its cells without loss.
///
/// `column::evidence` says which texts fit which type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// `true` and `false`.
    Boolean,
    /// Whole numbers within 64 bits.
    Int64,
    /// Whole numbers from 0 to 2^64 - 1.
    UInt64,
    /// Decimal numbers of so many digits, so many of them behind the point: at most 38, and no more behind than there are.
    Decimal(u8, u8),
    /// Decimal numbers, NaN and infinities.
    Float64,
    /// Calendar days.
    Date32,
    /// Times of day; nanoseconds, as those of SQL are.
    Time,
    /// Date and time without a zone; microseconds.
    Timestamp,
    /// Date and time without a zone; nanoseconds.
    TimestampNs,
    /// Date and time that came with `Z` or an offset, as UTC; microseconds. The offset itself is not kept.
    TimestampUtc,
    /// Date and time that came with `Z` or an offset, as UTC; nanoseconds. The offset itself is not kept.
    TimestampUtcNs,
    /// Text, exactly as in the file.
    Utf8,
}

impl ColumnType {
    /// Whether there is such a type: a decimal has from 1 to 38 digits, and at most as many behind the point.
    pub(crate) fn is_sound(self) -> bool {
        match self {
            ColumnType::Decimal(digits, scale) => (1..=MAX_DIGITS).contains(&digits) && scale <= digits,
            _ => true,
        }
    }

    /// Whether its values are numbers.
    pub(crate) fn is_number(self) -> bool {
        matches!(
            self,
            ColumnType::Int64 | ColumnType::UInt64 | ColumnType::Decimal(..) | ColumnType::Float64
        )
    }

    /// Whether its values have a time of day.
    pub(crate) fn has_clock(self) -> bool {
        matches!(
            self,
            ColumnType::Time
                | ColumnType::Timestamp
                | ColumnType::TimestampNs
                | ColumnType::TimestampUtc
                | ColumnType::TimestampUtcNs
        )
    }

    /// The Arrow type of such a column.
    pub fn data_type(self) -> DataType {
        let utc = || Some("UTC".into());
        match self {
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Int64 => DataType::Int64,
            ColumnType::UInt64 => DataType::UInt64,
            ColumnType::Decimal(digits, scale) => DataType::Decimal128(digits, scale.cast_signed()),
            ColumnType::Float64 => DataType::Float64,
            ColumnType::Date32 => DataType::Date32,
            ColumnType::Time => DataType::Time64(TimeUnit::Nanosecond),
            ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            ColumnType::TimestampNs => DataType::Timestamp(TimeUnit::Nanosecond, None),
            ColumnType::TimestampUtc => DataType::Timestamp(TimeUnit::Microsecond, utc()),
            ColumnType::TimestampUtcNs => DataType::Timestamp(TimeUnit::Nanosecond, utc()),
            ColumnType::Utf8 => DataType::Utf8,
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Decimal(digits, scale) => write!(f, "Decimal({digits},{scale})"),
            plain => fmt::Debug::fmt(plain, f),
        }
    }
}

/// A text that names no column type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownType {
    name: String,
    /// What would be right.
    usable: String,
}

impl UnknownType {
    fn of(name: &str) -> Self {
        let is_decimal = name.trim().to_ascii_lowercase().starts_with("decimal(");
        let usable = if is_decimal {
            "decimal(digits,scale) has up to 38 digits, and no more behind the point than that"
        } else {
            "use boolean, int64, uint64, decimal(18,2), float64, date, time, timestamp, timestamptz or text (timestamp \
             and timestamptz also with _ns behind)"
        };
        UnknownType {
            name: name.trim().to_owned(),
            usable: usable.to_owned(),
        }
    }

    /// Of a type whose values are to be written in none of the known ways, which are these.
    pub(crate) fn written(name: &str, ways: &[String]) -> Self {
        UnknownType {
            name: name.trim().to_owned(),
            usable: format!("use {}", ways.join(", ")),
        }
    }
}

impl fmt::Display for UnknownType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no type of a column: {}", self.name, self.usable)
    }
}

impl std::error::Error for UnknownType {}

impl FromStr for ColumnType {
    type Err = UnknownType;

    /// Reads the name of a type as people and SQL write it, any case: `int64` or `bigint`, `decimal(18,2)`, `text`.
    fn from_str(name: &str) -> Result<Self, UnknownType> {
        let wanted = name.trim().to_ascii_lowercase();
        named(&wanted)
            .or_else(|| decimal(&wanted))
            .ok_or_else(|| UnknownType::of(name))
    }
}

fn named(name: &str) -> Option<ColumnType> {
    Some(match name {
        "boolean" | "bool" => ColumnType::Boolean,
        "int64" | "bigint" | "int" | "integer" | "int8" | "long" => ColumnType::Int64,
        "uint64" | "ubigint" | "bigint unsigned" => ColumnType::UInt64,
        "float64" | "double" | "double precision" | "float" | "float8" | "real" => ColumnType::Float64,
        "date" | "date32" => ColumnType::Date32,
        "time" | "time_ns" => ColumnType::Time,
        "timestamp" | "timestamp_us" | "datetime" | "timestamp without time zone" => ColumnType::Timestamp,
        "timestamp_ns" | "timestampns" => ColumnType::TimestampNs,
        "timestamptz" | "timestamptz_us" | "timestamp with time zone" | "timestamputc" => ColumnType::TimestampUtc,
        "timestamptz_ns" | "timestamputcns" => ColumnType::TimestampUtcNs,
        "text" | "utf8" | "string" | "varchar" | "char" => ColumnType::Utf8,
        _ => return None,
    })
}

/// Reads `decimal(18,2)` or `numeric(18)`.
fn decimal(name: &str) -> Option<ColumnType> {
    let (word, arguments) = name.strip_suffix(')')?.split_once('(')?;
    let (digits, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
    let digits: u8 = digits.trim().parse().ok()?;
    let scale: u8 = scale.trim().parse().ok()?;
    let known = matches!(word.trim(), "decimal" | "numeric" | "decimal128");
    let kind = ColumnType::Decimal(digits, scale);
    (known && kind.is_sound()).then_some(kind)
}

/// The article in front of a type's name: `an Int64`.
pub(crate) fn article(kind: ColumnType) -> &'static str {
    if kind == ColumnType::Int64 { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types() {
        let cases = [
            ("boolean", Some(ColumnType::Boolean)),
            (" BigInt ", Some(ColumnType::Int64)),
            ("uint64", Some(ColumnType::UInt64)),
            ("decimal(18,2)", Some(ColumnType::Decimal(18, 2))),
            ("NUMERIC( 38 , 0 )", Some(ColumnType::Decimal(38, 0))),
            ("decimal(9)", Some(ColumnType::Decimal(9, 0))),
            ("decimal(39,2)", None),
            ("decimal(2,3)", None),
            ("decimal(0,0)", None),
            ("decimal", None),
            ("double", Some(ColumnType::Float64)),
            ("date", Some(ColumnType::Date32)),
            ("time", Some(ColumnType::Time)),
            ("timestamp", Some(ColumnType::Timestamp)),
            ("timestamp_ns", Some(ColumnType::TimestampNs)),
            ("timestamptz", Some(ColumnType::TimestampUtc)),
            ("varchar", Some(ColumnType::Utf8)),
            ("money", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(name.parse().ok(), expected, "{name}");
        }
        let error = "money".parse::<ColumnType>().unwrap_err().to_string();
        assert!(error.starts_with("'money' is no type of a column: use boolean, int64"));
    }

    #[test]
    fn every_type_is_read_back_from_its_name() {
        let kinds = [
            ColumnType::Boolean,
            ColumnType::Decimal(38, 0),
            ColumnType::TimestampUtcNs,
            ColumnType::Utf8,
        ];
        for kind in kinds {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }
}
