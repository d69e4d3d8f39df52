//! What record batches a decoder makes: which columns, in what order.

use std::sync::Arc;

use arrow_schema::SchemaRef;

use crate::column::field::Column;
use crate::profile::CsvProfile;

/// What batches are made.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The columns of the file.
    pub(super) columns: Vec<Column>,
    /// The columns of the batches: those of the file, and behind them those of the lineage.
    pub(super) projection: Vec<usize>,
    pub(super) schema: SchemaRef,
    /// How many rows a batch has at most.
    pub(super) batch_size: usize,
    /// The name of the file.
    pub(super) file: String,
}

impl Target {
    pub(super) fn new(profile: &CsvProfile, projection: Option<&[usize]>, batch_size: usize) -> Self {
        let wide = profile.wide_schema();
        let mut projection = projection.map_or_else(|| (0..profile.columns.len()).collect(), <[usize]>::to_vec);
        projection.retain(|&i| i < wide.fields().len());
        let schema = wide.project(&projection).expect("indexes are within the schema");
        Target {
            columns: profile.columns.clone(),
            projection,
            schema: Arc::new(schema),
            batch_size: batch_size.max(1),
            file: String::new(),
        }
    }

    /// How many of the first columns hold all that are projected.
    pub(super) fn wanted(&self) -> usize {
        let own = self.projection.iter().filter(|&&index| index < self.columns.len());
        own.max().map_or(0, |last| last + 1)
    }
}
