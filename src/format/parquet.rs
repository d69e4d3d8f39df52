//! Parquet files, read by DataFusion. The schema and the row count come from the footer, so they are never a guess.

mod footer;
mod reader;
mod thrift;

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result as DfResult, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use datafusion::physical_plan::ExecutionPlan;
use parquet::arrow::parquet_to_arrow_schema;

use self::reader::PinnedReaders;
use super::{OpenTable, SourceFile, TableFormat, Version};
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::store::{Hold, PinnedStore};

/// The format of `*.parquet`.
#[derive(Debug, Default)]
pub struct ParquetFormat;

#[async_trait]
impl TableFormat for ParquetFormat {
    async fn open(&self, file: &SourceFile) -> Result<OpenTable> {
        let read = footer::footer(file).await?;
        let footer = read.file_metadata();
        let rows = u64::try_from(footer.num_rows()).unwrap_or_default();
        let schema = parquet_to_arrow_schema(footer.schema_descr(), footer.key_value_metadata());
        let unreadable = || format!("file '{}' has columns that cannot be read", file.name());
        let schema = plain(&schema.map_err(|error| Error::bad_data(unreadable()).with_source(error))?);
        let place = (Arc::clone(&file.store), file.url.clone());
        let provider = ParquetTable::new(place, vec![file.meta.clone()], (Arc::clone(&schema), rows), None)
            .estimating(DFParquetMetadata::statistics_from_parquet_metadata(&read, &schema).ok());
        let reading = reading(&schema);
        Ok(OpenTable {
            provider: Arc::new(provider),
            lineage: None,
            account: None,
            schema,
            rows: Some(rows),
            description: "parquet".into(),
            reading,
            warnings: Vec::new(),
            checked: true,
        })
    }

    async fn check(&self, _file: &SourceFile, open: &OpenTable) -> Result<OpenTable> {
        Ok(open.clone())
    }
}

/// A number that stands for the names and the types of columns.
fn reading(schema: &Schema) -> u64 {
    let parts = schema.fields().iter().fold(Fingerprint::default(), |parts, field| {
        parts.text(field.name()).text(&field.data_type().to_string())
    });
    parts.finish()
}

/// The file's schema without the metadata of whoever wrote it (pandas' alone can exceed a gRPC header), all nullable.
fn plain(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields: Vec<_> = fields
        .map(|field| Field::new(field.name(), field.data_type().clone(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// Parquet files of one schema as a table. They come in their order.
#[derive(Debug)]
pub struct ParquetTable {
    store: Arc<PinnedStore>,
    url: ObjectStoreUrl,
    files: Vec<ObjectMeta>,
    schema: SchemaRef,
    rows: u64,
    /// What plans estimate with.
    columns: Option<Statistics>,
}

impl ParquetTable {
    /// The table of `files` in `store`, which plans know as `url`, with `rows` rows in all. Each file's columns are
    /// those of `schema`. It and every scan of it keep `hold`.
    pub fn new(
        (store, url): (Arc<dyn ObjectStore>, ObjectStoreUrl),
        files: Vec<ObjectMeta>,
        (schema, rows): (SchemaRef, u64),
        hold: Option<Hold>,
    ) -> Self {
        Self {
            store: Arc::new(PinnedStore::new(store, &files).holding(hold)),
            url,
            files,
            schema,
            rows,
            columns: None,
        }
    }

    /// The same, with what is known of its columns. That is for estimates: nothing is answered from it.
    fn estimating(mut self, columns: Option<Statistics>) -> Self {
        self.columns = columns.map(Statistics::to_inexact);
        self
    }

    fn statistics(&self, of_columns: bool) -> Statistics {
        let rows = usize::try_from(self.rows).map_or(Precision::Absent, Precision::Exact);
        let columns = self.columns.clone().filter(|_| of_columns);
        let columns = columns.unwrap_or_else(|| Statistics::new_unknown(&self.schema));
        columns.with_num_rows(rows)
    }

    /// The files that it reads.
    pub(super) fn versions(&self) -> Vec<Version> {
        let store = Arc::clone(&self.store) as Arc<dyn ObjectStore>;
        let version = |meta| Version::new((&store, &self.url), meta);
        self.files.iter().map(version).collect()
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
impl TableProvider for ParquetTable {
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
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let readers = Arc::new(PinnedReaders {
            store: Arc::clone(&self.store),
            url: self.url.clone(),
            footers: state.runtime_env().cache_manager.get_file_metadata_cache(),
        });
        let source = ParquetSource::new(Arc::clone(&self.schema)).with_parquet_file_reader_factory(readers);
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(self.groups(state.config().target_partitions()))
            .with_statistics(self.statistics(state.config().options().execution.collect_statistics))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let files = sizes.iter().enumerate().map(meta).collect();
        let place = (Arc::new(InMemory::new()) as _, ObjectStoreUrl::local_filesystem());
        let table = ParquetTable::new(place, files, (Arc::new(Schema::empty()), 0), None);
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
