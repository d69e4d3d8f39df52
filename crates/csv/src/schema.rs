//! What is known about a CSV file: its columns and how to read it, as Arrow sees them.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::asides::OtherTable;
use crate::asked::AskedType;
use crate::dialect::{Dialect, QuotedNumbers};
use crate::encoding::Encoding;
use crate::notation::Notation;

/// The metadata key under which a field keeps what the header of its column really said.
const ORIGINAL_NAME: &str = "flightstream.original_name";

/// The most digits of a [`ColumnType::Decimal`].
pub(crate) const MAX_DIGITS: u8 = 38;

/// The type of a column: one that holds each of its cells without loss.
///
/// `types.rs` says which texts fit which type.
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

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name, unique in the file.
    pub name: String,
    /// What the header says, if that is not the name.
    pub original: Option<String>,
    /// Its type.
    pub kind: ColumnType,
    /// How its values are written.
    pub notation: Notation,
    /// Whether the caller asked for the type: no cell changes it then, and one that does not fit is an error.
    pub asked: bool,
    /// Whether the caller asked for the notation too.
    pub notation_asked: bool,
    /// Whether its quoted cells hold lines that might be rows so often that no stray quotes are to blame.
    pub holds_rows: bool,
}

impl Column {
    /// A column whose values are written as programs write them.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Column {
            name: name.into(),
            original: None,
            kind,
            notation: Notation::default(),
            asked: false,
            notation_asked: false,
            holds_rows: false,
        }
    }

    fn field(&self) -> Field {
        let field = Field::new(&self.name, self.kind.data_type(), true);
        match &self.original {
            Some(original) => field.with_metadata(HashMap::from([(ORIGINAL_NAME.to_owned(), original.clone())])),
            None => field,
        }
    }
}

/// A column that says where in the file a row is. It is no column of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lineage {
    /// The name of the file.
    File,
    /// The line, counted from 1, on which the row's record starts.
    Line,
    /// Which record it is, counted from 1; the header, blank lines and comments are not counted.
    Record,
    /// The offset of its first byte in the file, or in what the file is when it is decompressed.
    Offset,
}

impl Lineage {
    /// All of them, in the order of [`CsvProfile::wide_schema`].
    pub const ALL: [Lineage; 4] = [Lineage::File, Lineage::Line, Lineage::Record, Lineage::Offset];

    /// The column's name.
    pub const fn name(self) -> &'static str {
        match self {
            Lineage::File => "_file",
            Lineage::Line => "_line",
            Lineage::Record => "_record",
            Lineage::Offset => "_offset",
        }
    }
}

impl Lineage {
    fn data_type(self) -> DataType {
        match self {
            Lineage::File => DataType::Utf8,
            Lineage::Line | Lineage::Record | Lineage::Offset => DataType::Int64,
        }
    }
}

/// Everything that is needed to read a CSV file, and what looked odd in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvProfile {
    /// How its bytes stand for characters.
    pub encoding: Encoding,
    /// Whether the caller asked for the encoding: no byte changes it then.
    pub encoding_asked: bool,
    /// How it separates and quotes cells.
    pub dialect: Dialect,
    /// What a cell in quotes says about the type of its column.
    pub quoted_numbers: QuotedNumbers,
    /// Its columns, in file order.
    pub columns: Vec<Column>,
    /// How many cells its records usually have, at most the columns. Types are made from records with at least as many;
    /// shorter ones are rows if they fit those types.
    pub usual_cells: usize,
    /// The tables beside the one that is served.
    pub others: Vec<OtherTable>,
    /// What a person should know about how the file was read; one sentence each, lower-case, without a full stop.
    pub warnings: Vec<String>,
}

/// The warning on a repeated header.
const REPEATED: &str = "the header is repeated further down: a record that says it again is not a row";

impl CsvProfile {
    /// Says that records are the header again, if they are.
    pub(crate) fn warn_of_repeated_header(&mut self) {
        if self.dialect.repeated_header.is_some() {
            self.warn(REPEATED.to_owned());
        }
    }

    /// Takes the warning on the header back.
    pub(crate) fn clear_of_repeated_header(&mut self) {
        self.warnings.retain(|warning| warning != REPEATED);
    }

    /// The Arrow schema: every field nullable; the only metadata is a changed name's original.
    ///
    /// Nullable always, because one empty cell in a part of the file nobody has read makes it so.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>()))
    }

    /// The schema with the columns of [`Lineage`] behind those of the file. One whose name a column of the file has gets
    /// further underscores in front.
    pub fn wide_schema(&self) -> SchemaRef {
        let is_taken = |name: &str| self.columns.iter().any(|column| column.name == name);
        let lineage = Lineage::ALL.map(|lineage| {
            let mut name = lineage.name().to_owned();
            while is_taken(&name) {
                name.insert(0, '_');
            }
            Field::new(name, lineage.data_type(), true)
        });
        let columns = self.columns.iter().map(Column::field);
        Arc::new(Schema::new(columns.chain(lineage).collect::<Vec<_>>()))
    }

    /// Fixes the types that the caller asked for by name; warns of an impossible type.
    pub(crate) fn ask(&mut self, types: &[(String, AskedType)]) {
        for (name, AskedType { kind, notation }) in types {
            match self.columns.iter_mut().find(|column| column.name == *name) {
                Some(_) if !kind.is_sound() => {
                    self.warn(format!("column \"{name}\" cannot be read as {kind}: no such type"))
                }
                Some(column) => {
                    (column.kind, column.asked) = (*kind, true);
                    column.notation = notation.unwrap_or_default();
                    column.notation_asked = notation.is_some();
                }
                // Whoever asks for all files cannot mean those that have no such column.
                None => {
                    let alike = self
                        .columns
                        .iter()
                        .find(|column| column.name.eq_ignore_ascii_case(name));
                    if let Some(Column { name: alike, .. }) = alike {
                        self.warn(format!(
                            "no column is called \"{name}\", as was asked for: is \"{alike}\" meant?"
                        ));
                    }
                }
            }
        }
    }

    /// Adds a warning unless it is there already.
    pub(crate) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Puts a warning, if there is one, in the place of that with the same end, if there is one.
    pub(crate) fn warn_instead(&mut self, end: &str, warning: Option<String>) {
        let said = self.warnings.iter().position(|warning| warning.ends_with(end));
        if let Some(at) = said {
            self.warnings.remove(at);
        }
        if let Some(warning) = warning {
            let at = said.unwrap_or(self.warnings.len());
            self.warnings.insert(at, warning + end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(columns: Vec<Column>) -> CsvProfile {
        CsvProfile {
            encoding: Encoding::Utf8,
            encoding_asked: false,
            dialect: Dialect::default(),
            quoted_numbers: QuotedNumbers::Values,
            usual_cells: 2,
            columns,
            others: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn schema_is_nullable_and_bare() {
        let renamed = Column {
            original: Some("x ".to_owned()),
            ..Column::new("x", ColumnType::Decimal(18, 2))
        };
        let profile = profile(vec![
            Column::new("a", ColumnType::Int64),
            Column::new("t", ColumnType::TimestampUtc),
            renamed,
        ]);
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let metadata = HashMap::from([("flightstream.original_name".to_owned(), "x ".to_owned())]);
        let expected = Schema::new(vec![
            Field::new("a", DataType::Int64, true),
            Field::new("t", utc, true),
            Field::new("x", DataType::Decimal128(18, 2), true).with_metadata(metadata),
        ]);
        assert_eq!(*profile.schema(), expected);
        assert_eq!(ColumnType::TimestampUtc.to_string(), "TimestampUtc");
        assert_eq!(ColumnType::Decimal(18, 2).to_string(), "Decimal(18,2)");
    }

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

    #[test]
    fn asked_types() {
        let mut profile = profile(vec![Column::new("a", ColumnType::Utf8)]);
        let wanted = [
            ("a".to_owned(), ColumnType::Date32.into()),
            ("a".to_owned(), ColumnType::Decimal(39, 2).into()),
            ("b".to_owned(), ColumnType::Int64.into()),
        ];
        profile.ask(&wanted);
        assert_eq!(
            (profile.columns[0].kind, profile.columns[0].asked),
            (ColumnType::Date32, true)
        );
        let warnings = ["column \"a\" cannot be read as Decimal(39,2): no such type"];
        assert_eq!(profile.warnings, warnings);
    }
}
