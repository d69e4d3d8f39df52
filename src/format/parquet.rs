//! Parquet files, read by DataFusion. The schema and the row count come from the footer, so they are never a guess.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result as DfResult, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::DefaultParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use parquet::arrow::parquet_to_arrow_schema;

use super::{OpenTable, SourceFile, TableFormat};
use crate::error::{Error, Result};
use crate::store::PinnedStore;

/// The format of `*.parquet`.
#[derive(Debug, Default)]
pub struct ParquetFormat;

#[async_trait]
impl TableFormat for ParquetFormat {
    async fn open(&self, file: &SourceFile) -> Result<OpenTable> {
        let store = PinnedStore::new(Arc::clone(&file.store), &file.meta);
        let unreadable = || Error::bad_data(format!("file '{}' is not a Parquet file that can be read", file.name()));
        let footer = DFParquetMetadata::new(&store, &file.meta).fetch_metadata().await;
        let footer = footer.map_err(|error| unreadable().with_source(error))?;
        let footer = footer.file_metadata();
        let rows = u64::try_from(footer.num_rows()).unwrap_or_default();
        let schema = parquet_to_arrow_schema(footer.schema_descr(), footer.key_value_metadata());
        let schema = plain(&schema.map_err(|error| unreadable().with_source(error))?);
        let provider = ParquetTable {
            file: file.clone(),
            schema: Arc::clone(&schema),
            rows,
        };
        Ok(OpenTable {
            provider: Arc::new(provider),
            schema,
            rows: Some(rows),
            description: "parquet".into(),
            warnings: Vec::new(),
            checked: true,
        })
    }

    async fn check(&self, _file: &SourceFile, open: &OpenTable) -> Result<OpenTable> {
        Ok(open.clone())
    }
}

/// The file's schema without the metadata of whoever wrote it (pandas' alone can exceed a gRPC header), all nullable.
fn plain(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields: Vec<_> = fields
        .map(|field| Field::new(field.name(), field.data_type().clone(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// One Parquet file as a table.
#[derive(Debug)]
struct ParquetTable {
    file: SourceFile,
    schema: SchemaRef,
    rows: u64,
}

impl ParquetTable {
    /// Up to `count` byte ranges of equal size. A row group belongs to the range that its middle lies in (the reader's
    /// rule), so together the ranges give every row once.
    fn groups(&self, count: usize) -> Vec<FileGroup> {
        let size = i64::try_from(self.file.meta.size).unwrap_or(i64::MAX);
        let whole = PartitionedFile::new_from_meta(self.file.meta.clone());
        let count = i64::try_from(count).unwrap_or(1).clamp(1, size.max(1));
        if count == 1 {
            return vec![FileGroup::new(vec![whole])];
        }
        let cut = |part: i64| (i128::from(size) * i128::from(part) / i128::from(count)) as i64;
        (0..count)
            .map(|part| FileGroup::new(vec![whole.clone().with_range(cut(part), cut(part + 1))]))
            .collect()
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
        let store = PinnedStore::new(Arc::clone(&self.file.store), &self.file.meta);
        let reader = Arc::new(DefaultParquetFileReaderFactory::new(Arc::new(store)));
        let source = ParquetSource::new(Arc::clone(&self.schema)).with_parquet_file_reader_factory(reader);
        let rows = usize::try_from(self.rows).map_or(Precision::Absent, Precision::Exact);
        let config = FileScanConfigBuilder::new(self.file.url.clone(), Arc::new(source))
            .with_file_groups(self.groups(state.config().target_partitions()))
            .with_statistics(Statistics::new_unknown(&self.schema).with_num_rows(rows))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
