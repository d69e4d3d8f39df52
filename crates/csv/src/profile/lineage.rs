//! The columns that say where in a file a row is.

use arrow_schema::DataType;

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
    /// All of them, in the order of [`CsvProfile::wide_schema`](crate::CsvProfile::wide_schema).
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

    pub(super) fn data_type(self) -> DataType {
        match self {
            Lineage::File => DataType::Utf8,
            Lineage::Line | Lineage::Record | Lineage::Offset => DataType::Int64,
        }
    }
}
