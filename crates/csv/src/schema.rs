//! What is known about a CSV file: its columns and how to read it, as Arrow sees them.

use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::dialect::Dialect;
use crate::encoding::Encoding;

/// The type of a column: one that holds each of its cells without loss.
///
/// `types.rs` says which texts fit which type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// `true` and `false`.
    Boolean,
    /// Whole numbers within 64 bits.
    Int64,
    /// Decimal numbers, NaN and infinities.
    Float64,
    /// Calendar days.
    Date32,
    /// Date and time without a zone; microseconds.
    Timestamp,
    /// Date and time that came with `Z` or an offset, as UTC; microseconds. The offset itself is not kept.
    TimestampUtc,
    /// Text, exactly as in the file.
    Utf8,
}

impl ColumnType {
    /// The Arrow type of such a column.
    pub fn data_type(self) -> DataType {
        match self {
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Int64 => DataType::Int64,
            ColumnType::Float64 => DataType::Float64,
            ColumnType::Date32 => DataType::Date32,
            ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            ColumnType::TimestampUtc => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            ColumnType::Utf8 => DataType::Utf8,
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name, unique in the file.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
}

impl Column {
    fn field(&self) -> Field {
        Field::new(&self.name, self.kind.data_type(), true)
    }
}

/// Everything that is needed to read a CSV file, and what looked odd in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvProfile {
    /// How its bytes stand for characters.
    pub encoding: Encoding,
    /// How it separates and quotes cells.
    pub dialect: Dialect,
    /// Its columns, in file order.
    pub columns: Vec<Column>,
    /// What a person should know about how the file was read; one sentence each, lower-case, without a full stop.
    pub warnings: Vec<String>,
}

impl CsvProfile {
    /// The Arrow schema: every field nullable, no metadata.
    ///
    /// Nullable always, because one empty cell in a part of the file nobody has read makes it so.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>()))
    }

    /// Adds a warning unless it is there already.
    pub(crate) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_is_nullable_and_bare() {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let profile = CsvProfile {
            encoding: Encoding::Utf8,
            dialect: Dialect {
                delimiter: b',',
                quote: None,
                header: true,
            },
            columns: vec![column("a", ColumnType::Int64), column("t", ColumnType::TimestampUtc)],
            warnings: Vec::new(),
        };
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let expected = Schema::new(vec![Field::new("a", DataType::Int64, true), Field::new("t", utc, true)]);
        assert_eq!(*profile.schema(), expected);
        assert_eq!(ColumnType::TimestampUtc.to_string(), "TimestampUtc");
    }
}
