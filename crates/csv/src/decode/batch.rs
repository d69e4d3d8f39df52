//! A record batch that is being built, column by column.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};

use super::column::ColumnBuilder;
use super::lineage::{LineageBuilder, Place};
use super::misfit::{Failure, MisfitKind};
use super::rows::Rows;
use super::source::Source;
use super::target::Target;
use crate::profile::lineage::Lineage;
use crate::text::cell;
use crate::text::chunk::{Chunk, LineCounter};
use crate::value::words;
use crate::wording;

/// A batch that is being built.
pub(crate) struct Batch {
    columns: Vec<(usize, ColumnBuilder)>,
    lineage: Vec<(usize, LineageBuilder)>,
    pub(crate) rows: usize,
    /// No less than the text in any of its columns.
    pub(crate) text_bytes: usize,
}

impl Batch {
    /// A batch with room for so many `rows`.
    pub(crate) fn new(target: &Target, rows: usize) -> Self {
        let mut batch = Batch {
            columns: Vec::new(),
            lineage: Vec::new(),
            rows: 0,
            text_bytes: 0,
        };
        for (place, &index) in target.projection.iter().enumerate() {
            match target.columns.get(index) {
                Some(column) => {
                    let builder = ColumnBuilder::new(column.kind, column.notation, column.nulls.clone(), rows);
                    batch.columns.push((place, builder));
                }
                None => {
                    let lineage = Lineage::ALL[index - target.columns.len()];
                    batch.lineage.push((place, LineageBuilder::new(lineage)));
                }
            }
        }
        batch
    }

    /// Appends rows; the error is the topmost row that does not fit.
    pub(crate) fn append(
        &mut self,
        target: &Target,
        source: Source<'_>,
        rows: &impl Rows,
    ) -> Result<(), (usize, MisfitKind)> {
        let mut first: Option<(usize, usize)> = None;
        for (place, builder) in &mut self.columns {
            let index = target.projection[*place];
            if let Err(row) = rows.append_to(builder, source, index)
                && first.is_none_or(|(least, _)| row < least)
            {
                first = Some((row, index));
            }
        }
        self.rows += rows.rows();
        let Some((row, index)) = first else { return Ok(()) };
        let column = &target.columns[index];
        let mut scratch = Vec::new();
        let value = words::trim(cell::text(source.chunk, rows.cell(row, index), &mut scratch));
        let kind = MisfitKind::Value {
            column: column.name.clone(),
            expected: column.kind,
            value: wording::shorten(value),
        };
        Err((row, kind))
    }

    pub(crate) fn append_lineage(&mut self, chunk: &Chunk<'_>, rows: &impl Rows, lines: &mut LineCounter<'_>) {
        if self.lineage.is_empty() {
            return;
        }
        let places: Vec<Place> = (0..rows.rows()).map(|row| Place::of(chunk, rows, row, lines)).collect();
        for (_, builder) in &mut self.lineage {
            builder.append(&places);
        }
    }

    pub(crate) fn finish(self, target: &Target) -> Result<RecordBatch, Failure> {
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let mut arrays: Vec<(usize, ArrayRef)> = Vec::with_capacity(target.projection.len());
        for (place, builder) in self.columns {
            arrays.push((place, builder.finish().ok_or(Failure::NotUtf8)?));
        }
        let lineage = self.lineage.into_iter();
        arrays.extend(lineage.map(|(place, builder)| (place, builder.finish(&target.file))));
        arrays.sort_by_key(|(place, _)| *place);
        let arrays = arrays.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new_with_options(Arc::clone(&target.schema), arrays, &options);
        Ok(batch.expect("the builders follow the schema and have as many rows"))
    }
}
