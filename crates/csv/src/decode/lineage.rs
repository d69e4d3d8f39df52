//! The columns that say where a row comes from.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, StringArray};

use super::block::Block;
use crate::chunk::Chunk;
use crate::schema::Lineage;

/// One such column, as far as it is built.
pub(crate) struct LineageBuilder {
    lineage: Lineage,
    values: Vec<i64>,
}

impl LineageBuilder {
    pub(crate) fn new(lineage: Lineage) -> Self {
        LineageBuilder {
            lineage,
            values: Vec::new(),
        }
    }

    /// Appends the rows of `block`, which start on `lines`.
    pub(crate) fn append(&mut self, chunk: &Chunk<'_>, block: &Block, lines: &[u64]) {
        match self.lineage {
            Lineage::File => self.extend(lines.iter().map(|_| 0)),
            Lineage::Line => self.extend(lines.iter().copied()),
            Lineage::Record => self.extend(block.records().iter().map(|record| chunk.first_record + record + 1)),
            Lineage::Offset => self.extend(block.starts().iter().map(|&start| chunk.origin(start))),
        }
    }

    fn extend(&mut self, values: impl Iterator<Item = u64>) {
        // No file has 2^63 bytes.
        self.values
            .extend(values.map(|value| i64::try_from(value).unwrap_or(i64::MAX)));
    }

    pub(crate) fn finish(self, file: &str) -> ArrayRef {
        match self.lineage {
            Lineage::File => Arc::new(StringArray::from_iter_values(self.values.iter().map(|_| file))),
            Lineage::Line | Lineage::Record | Lineage::Offset => Arc::new(Int64Array::from(self.values)),
        }
    }
}

/// The same numbers, each greater by `by`.
pub(crate) fn shifted(numbers: &ArrayRef, by: u64) -> ArrayRef {
    let by = i64::try_from(by).unwrap_or(i64::MAX);
    let shifted: Int64Array = numbers
        .as_primitive::<Int64Type>()
        .unary(|number| number.saturating_add(by));
    Arc::new(shifted)
}
