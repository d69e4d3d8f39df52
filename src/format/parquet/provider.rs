//! What plans scan of Parquet files: all of them, or parts of about equal size.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::object_store::ObjectMeta;
use datafusion::physical_plan::ExecutionPlan;

use super::reader::PinnedReaders;
use crate::store::PinnedStore;

/// The rows of Parquet files of one schema, in the order of the files.
#[derive(Debug)]
pub(super) struct ParquetProvider {
    store: Arc<PinnedStore>,
    url: ObjectStoreUrl,
    files: Vec<ObjectMeta>,
    pub(super) schema: SchemaRef,
    /// Exact where it is known for certain.
    pub(super) statistics: Statistics,
}

impl ParquetProvider {
    /// The rows of `files` in the store, which plans know by the URL.
    pub(super) fn new(
        (store, url): (PinnedStore, ObjectStoreUrl),
        files: Vec<ObjectMeta>,
        schema: SchemaRef,
        statistics: Statistics,
    ) -> Self {
        Self {
            store: Arc::new(store),
            url,
            files,
            schema,
            statistics,
        }
    }

    /// What is known of the rows: how many there are, and of columns if that is wanted.
    fn known(&self, of_columns: bool) -> Statistics {
        match of_columns {
            true => self.statistics.clone(),
            false => Statistics::new_unknown(&self.schema).with_num_rows(self.statistics.num_rows),
        }
    }

    /// Up to `count` parts of about equal size: byte ranges over all files, one after the other. A row group belongs to
    /// the range that its middle lies in (the reader's rule), so together the parts give every row once, in order.
    fn groups(&self, count: usize) -> Vec<FileGroup> {
        let total: u64 = self.files.iter().map(|file| file.size).sum();
        let count = u64::try_from(count).unwrap_or(1).clamp(1, total.max(1));
        let cut = |part: u64| (u128::from(total) * u128::from(part) / u128::from(count)) as u64;
        (0..count)
            .map(|part| FileGroup::new(self.pieces(cut(part)..cut(part + 1))))
            .collect()
    }

    /// What lies in a range of bytes, counted as if the files were one.
    fn pieces(&self, wanted: Range<u64>) -> Vec<PartitionedFile> {
        let (mut pieces, mut start) = (Vec::new(), 0);
        for file in &self.files {
            let end = start + file.size;
            let piece = wanted.start.max(start)..wanted.end.min(end);
            if !piece.is_empty() {
                let whole = PartitionedFile::new_from_meta(file.clone());
                let at = |offset: u64| i64::try_from(offset - start).unwrap_or(i64::MAX);
                pieces.push(match piece == (start..end) {
                    true => whole,
                    false => whole.with_range(at(piece.start), at(piece.end)),
                });
            }
            start = end;
        }
        pieces
    }
}

#[async_trait]
impl TableProvider for ParquetProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let readers = Arc::new(PinnedReaders {
            store: Arc::clone(&self.store),
            url: self.url.clone(),
            footers: state.runtime_env().cache_manager.get_file_metadata_cache(),
        });
        let source = ParquetSource::new(Arc::clone(&self.schema)).with_parquet_file_reader_factory(readers);
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(self.groups(state.config().target_partitions()))
            .with_statistics(self.known(state.config().options().execution.collect_statistics))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::Schema;
    use datafusion::object_store::memory::InMemory;
    use datafusion::object_store::path::Path;

    type Piece = (String, Option<(i64, i64)>);

    fn parts(sizes: &[u64], count: usize) -> Vec<Vec<Piece>> {
        let meta = |(index, size): (usize, &u64)| ObjectMeta {
            location: Path::from(format!("f{index}")),
            last_modified: chrono::DateTime::UNIX_EPOCH,
            size: *size,
            e_tag: None,
            version: None,
        };
        let files: Vec<_> = sizes.iter().enumerate().map(meta).collect();
        let store = PinnedStore::new(Arc::new(InMemory::new()), &files);
        let (place, schema) = ((store, ObjectStoreUrl::local_filesystem()), Arc::new(Schema::empty()));
        let statistics = Statistics::new_unknown(&schema);
        let table = ParquetProvider::new(place, files, schema, statistics);
        let piece = |file: &PartitionedFile| {
            let range = file.range.as_ref().map(|range| (range.start, range.end));
            (file.object_meta.location.to_string(), range)
        };
        let groups = table.groups(count);
        groups.iter().map(|group| group.iter().map(piece).collect()).collect()
    }

    #[test]
    fn parts_cover_all_files_once_and_in_order() {
        let (f0, f1, f2) = ("f0".to_owned(), "f1".to_owned(), "f2".to_owned());
        assert_eq!(parts(&[], 4), [vec![]]);
        assert_eq!(parts(&[10, 20], 1), [vec![(f0.clone(), None), (f1.clone(), None)]]);
        assert_eq!(
            parts(&[10, 20, 30], 2),
            [vec![(f0.clone(), None), (f1.clone(), None)], vec![(f2.clone(), None)]]
        );
        assert_eq!(
            parts(&[10, 20, 30], 4),
            [
                vec![(f0, None), (f1.clone(), Some((0, 5)))],
                vec![(f1, Some((5, 20)))],
                vec![(f2.clone(), Some((0, 15)))],
                vec![(f2, Some((15, 30)))],
            ]
        );
    }
}
