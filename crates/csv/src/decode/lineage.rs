//! The columns that say where a row comes from.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, StringArray};

use super::rows::Rows;
use crate::profile::lineage::Lineage;
use crate::text::chunk::{Chunk, LineCounter};

/// Where a row comes from.
pub(crate) struct Place {
    line: u64,
    record: u64,
    offset: u64,
}

impl Place {
    /// Where a row of a chunk comes from. Rows are asked for in order.
    pub(crate) fn of(chunk: &Chunk<'_>, rows: &impl Rows, row: usize, lines: &mut LineCounter<'_>) -> Self {
        let start = rows.start(row);
        Place {
            line: lines.at(start),
            record: chunk.first_record + rows.record(row) + 1,
            offset: chunk.origin(start),
        }
    }
}

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

    pub(crate) fn append(&mut self, places: &[Place]) {
        let value = |place: &Place| match self.lineage {
            Lineage::File => 0,
            Lineage::Line => place.line,
            Lineage::Record => place.record,
            Lineage::Offset => place.offset,
        };
        // No file has 2^63 bytes.
        let values = places
            .iter()
            .map(|place| i64::try_from(value(place)).unwrap_or(i64::MAX));
        self.values.extend(values);
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
